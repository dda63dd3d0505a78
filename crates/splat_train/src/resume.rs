//! What a run folder offers to go on from, and whether it is the run that is asked for.

use crate::checkpoint::Checkpoint;
use crate::error::TrainError;
use crate::run::{RunFolder, RunSettings, RunSummary};
use serde_json::Value;
use std::path::Path;

/// How far the run in a folder has come.
#[derive(Debug)]
pub enum Standing {
    /// There is no run: no folder, or nothing in it.
    Nothing,
    /// It was begun and stopped before its first checkpoint.
    Begun,
    /// It can go on from here.
    Kept(Checkpoint),
    /// All steps are done.
    Finished(RunSummary),
}

impl RunFolder {
    /// Looks at what is in a folder; a checkpoint is checked to the last byte. Refuses folders that hold something else.
    pub fn standing(path: &Path) -> Result<Standing, TrainError> {
        let run = Self { path: path.to_owned() };
        let refuse = |message: &str| TrainError::Run { path: path.to_owned(), message: message.to_owned() };
        if path.exists() && !path.is_dir() {
            return Err(refuse("is a file, not a folder: choose another --out"));
        }
        let mut names = path.read_dir().into_iter().flatten().flatten().map(|e| e.file_name());
        if !run.settings_path().is_file() {
            return match names.all(|name| name == "previous") {
                true => Ok(Standing::Nothing),
                false => Err(refuse("holds something that is no training run: choose another --out")),
            };
        }
        // The summary is a run's last file.
        if run.cloud_path().is_file() && run.summary_path().is_file() {
            return Ok(Standing::Finished(run.summary()?));
        }
        Ok(Checkpoint::open(&run.checkpoint_path())?.map_or(Standing::Begun, Standing::Kept))
    }
}

/// Where two settings differ, as `name: what it was in the run, what it is now`. Versions of the software may.
pub fn differences(run: &RunSettings, now: &RunSettings) -> Vec<String> {
    let json = |settings: &RunSettings| {
        let mut settings = settings.clone();
        settings.version.clear();
        serde_json::to_value(settings).unwrap_or_default()
    };
    let mut found = Vec::new();
    compare("", &json(run), &json(now), &mut found);
    found
}

fn compare(name: &str, a: &Value, b: &Value, found: &mut Vec<String>) {
    match (a, b) {
        (Value::Object(x), Value::Object(y)) => {
            let mut keys: Vec<&String> = x.keys().chain(y.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                let inner = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                let [a, b] = [x, y].map(|of| of.get(key).unwrap_or(&Value::Null));
                compare(&inner, a, b, found);
            }
        }
        _ if a != b => found.push(format!("{name} was {} and is {} now", shown(a), shown(b))),
        _ => {}
    }
}

/// A value as people write it: settings hold single precision, JSON values double.
fn shown(value: &Value) -> String {
    let single = value.as_f64().map(|v| v as f32).filter(|v| value.is_f64() && Some(*v as f64) == value.as_f64());
    single.map_or_else(|| value.to_string(), |v| v.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use splat_core::TrainSettings;

    fn settings() -> RunSettings {
        RunSettings {
            version: "1".to_owned(),
            capture: "a".into(),
            labels: "mesh".to_owned(),
            vocabulary: None,
            label_map: None,
            downscale: 2.0,
            train: TrainSettings::default(),
        }
    }

    #[test]
    fn differences_have_names() {
        let mut other = RunSettings { version: "2".to_owned(), ..settings() };
        assert_eq!(differences(&settings(), &other), Vec::<String>::new());
        other.train.iterations = 60;
        other.train.loss.entropy = 0.01;
        other.vocabulary = Some("b.txt".into());
        let expected = [
            "train.iterations was 30000 and is 60 now",
            "train.loss.entropy was 0 and is 0.01 now",
            "vocabulary was null and is \"b.txt\" now",
        ];
        assert_eq!(differences(&settings(), &other), expected);
    }

    #[test]
    fn a_folder_tells_how_far_it_has_come() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run");
        assert!(matches!(RunFolder::standing(&path).unwrap(), Standing::Nothing));
        let run = RunFolder::create(&path, false).unwrap();
        assert!(matches!(RunFolder::standing(&path).unwrap(), Standing::Nothing));
        std::fs::write(path.join("diary.txt"), "dear diary").unwrap();
        assert!(RunFolder::standing(&path).unwrap_err().is_bad_input());
        run.write_settings(&settings()).unwrap();
        assert!(matches!(RunFolder::standing(&path).unwrap(), Standing::Begun));
        std::fs::write(run.checkpoint_path(), "SPLAT").unwrap();
        assert!(RunFolder::standing(&path).unwrap_err().is_bad_input());
        crate::write_checkpoint(&run.checkpoint_path(), Vec::new()).unwrap();
        assert!(matches!(RunFolder::standing(&path).unwrap(), Standing::Kept(_)));
        run.write_cloud(&splat_core::Cloud::default()).unwrap();
        run.write_summary(&RunSummary::default()).unwrap();
        assert!(matches!(RunFolder::standing(&path).unwrap(), Standing::Finished(_)));
        assert!(!run.checkpoint_path().exists(), "a finished run needs no checkpoint");
    }
}

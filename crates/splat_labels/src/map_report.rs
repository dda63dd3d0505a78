//! What a label map did to the masks of a run, for programs and for people.

use crate::map::How;
use crate::mapping::Translation;
use crate::{LabelError, LabelMap};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// What mapped how, what was lost, and how many pixels it concerns. Pixels are those of the masks that were read: the
/// training views of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapReport {
    /// The map: a file, `ade20k-to-scannetpp`, or `by name`.
    pub map: String,
    /// The folder of masks.
    pub masks: String,
    /// Names in the target vocabulary.
    pub target_classes: usize,
    /// Labelled pixels before the map.
    pub labelled_pixels: u64,
    /// Those whose class has no target: they count as unlabelled.
    pub lost_pixels: u64,
    /// Labelled pixels by how their class was mapped.
    pub pixels_by_how: BTreeMap<How, u64>,
    /// Every class of the masks' vocabulary, by id.
    pub classes: Vec<MappedClass>,
}

/// One class of the masks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappedClass {
    /// Id in the masks.
    pub id: u16,
    /// Its name.
    pub name: String,
    /// Pixels.
    pub pixels: u64,
    /// Why it is mapped as it is.
    pub how: How,
    /// What it may stand for, in the vocabulary of the run; it trains as the first.
    pub accepts: Vec<Target>,
}

/// A class that another stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Vocabulary id.
    pub id: u16,
    /// Name.
    pub name: String,
}

impl MapReport {
    /// For masks from `folder` that have so many pixels of each id.
    pub fn new(translation: &Translation, folder: &Path, pixels: &BTreeMap<u16, u64>) -> Self {
        let Translation { name, from, to, map, .. } = translation;
        let target = |&id: &u16| Target { id, name: to.name(id) };
        let class = |id: u16| MappedClass {
            id,
            name: from.name(id),
            pixels: pixels.get(&id).copied().unwrap_or(0),
            how: map.how(id),
            accepts: map.accepts(id).iter().map(target).collect(),
        };
        let classes: Vec<MappedClass> = (0..from.names.len()).map(|id| class(id as u16)).collect();
        let mut report = Self {
            map: name.clone(),
            masks: folder.display().to_string(),
            target_classes: to.names.len(),
            ..Self::default()
        };
        for class in classes.iter().filter(|c| c.pixels > 0) {
            report.labelled_pixels += class.pixels;
            *report.pixels_by_how.entry(class.how).or_default() += class.pixels;
        }
        report.lost_pixels = report.pixels_by_how.get(&How::Unmapped).copied().unwrap_or(0);
        Self { classes, ..report }
    }

    /// What labels that were trained through this map may stand for: see [`LabelMap::over_targets`]. Classes that are in no mask
    /// have no say.
    pub fn acceptance(&self) -> LabelMap {
        let ids = |class: &MappedClass| (class.accepts.iter().map(|t| t.id).collect(), class.how);
        let present = self.classes.iter().filter(|class| class.pixels > 0);
        LabelMap::from_rows(present.map(ids)).over_targets(self.target_classes)
    }

    /// One line on what was lost; `None` where nothing was.
    pub fn loss(&self) -> Option<String> {
        let present = || self.classes.iter().filter(|c| c.pixels > 0);
        let lost: Vec<&str> = present().filter(|c| c.accepts.is_empty()).map(|c| c.name.as_str()).collect();
        (!lost.is_empty()).then(|| {
            format!(
                "{}: {} of {} classes ({:.1} % of the labelled pixels) have no counterpart in the vocabulary and count as \
                 unlabelled: {}",
                self.masks,
                lost.len(),
                present().count(),
                self.percent(self.lost_pixels),
                lost.join(", "),
            )
        })
    }

    fn percent(&self, pixels: u64) -> f64 {
        100.0 * pixels as f64 / self.labelled_pixels.max(1) as f64
    }

    /// The report for people.
    pub fn markdown(&self) -> String {
        let mut out = format!("# Label map `{}`\n\n", self.map);
        let (all, lost) = (self.labelled_pixels, self.percent(self.lost_pixels));
        let _ = writeln!(out, "Masks: `{}`. {all} labelled pixels, {lost:.2} % of them lost.\n", self.masks);
        out.push_str("| mapped by | pixels | share |\n| --- | ---: | ---: |\n");
        for (how, pixels) in &self.pixels_by_how {
            let _ = writeln!(out, "| {} | {pixels} | {:.2} % |", how.words(), self.percent(*pixels));
        }
        let mut present: Vec<&MappedClass> = self.classes.iter().filter(|c| c.pixels > 0).collect();
        present.sort_by_key(|c| std::cmp::Reverse(c.pixels));
        out.push_str(
            "\n| class of the masks | pixels | share | by | trains as | evaluation also accepts |\n\
                      | --- | ---: | ---: | --- | --- | --- |\n",
        );
        for class in &present {
            let names: Vec<&str> = class.accepts.iter().map(|t| t.name.as_str()).collect();
            let (first, others) = names.split_first().map_or(("**lost**", String::new()), |(f, o)| (f, o.join(", ")));
            let share = self.percent(class.pixels);
            let how = class.how.words();
            let _ = writeln!(out, "| {} | {} | {share:.2} % | {how} | {first} | {others} |", class.name, class.pixels);
        }
        let absent = self.classes.len() - present.len();
        let _ = writeln!(out, "\n{absent} further classes of the masks' list are in no mask; label_map.json has all.");
        out
    }

    /// Writes `<stem>.json` and `<stem>.md` into a folder.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self, folder: &Path, stem: &str) -> Result<(), LabelError> {
        splat_io::write_json(&folder.join(format!("{stem}.json")), self)?;
        Ok(splat_io::write_atomic(&folder.join(format!("{stem}.md")), self.markdown().as_bytes())?)
    }
}

impl How {
    fn words(self) -> &'static str {
        match self {
            Self::Same => "same name",
            Self::Table => "table",
            Self::Words => "whole words",
            Self::Unmapped => "nothing",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use splat_core::Vocabulary;

    #[test]
    fn pixels_are_told_by_class_and_by_reason() {
        let from = Vocabulary::from_lines("seat\nwall\nsky\nlamp");
        let to = Vocabulary::from_lines("wall\nstool\nchair");
        let map = LabelMap::from_csv("a,b\nseat,chair|stool\n", Path::new("m.csv"), &from, &to).unwrap();
        let translation = Translation { name: "m.csv".into(), from, to, map, warnings: Vec::new() };
        let pixels = BTreeMap::from([(0, 60), (1, 30), (2, 10)]);
        let report = MapReport::new(&translation, Path::new("masks"), &pixels);
        assert_eq!((report.labelled_pixels, report.lost_pixels), (100, 10));
        assert_eq!(report.pixels_by_how, BTreeMap::from([(How::Table, 60), (How::Words, 30), (How::Unmapped, 10)]));
        assert!(report.loss().unwrap().contains("1 of 3 classes (10.0 %"), "{:?}", report.loss());
        let text = report.markdown();
        for part in
            ["| seat | 60 | 60.00 % | table | chair | stool |", "| sky | 10 | 10.00 % | nothing | **lost** |  |"]
        {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        let accepted = report.acceptance();
        assert_eq!((accepted.accepts(2), accepted.accepts(1)), (&[2u16, 1][..], &[1u16][..]));
        let dir = tempfile::tempdir().unwrap();
        report.write(dir.path(), "label_map").unwrap();
        let back: MapReport = splat_io::read_json(&dir.path().join("label_map.json")).unwrap();
        assert_eq!(back, report);
    }
}

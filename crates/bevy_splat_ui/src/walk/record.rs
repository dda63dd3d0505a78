//! Key frames: stand somewhere, press a key, fly on; then replay, save, load. `semsplat render --path` makes a film of the file.

use super::film::FilmCommand;
use super::path::WalkPath;
use super::walker::{WalkCommand, Walker};
use crate::keys::{Action, Shortcuts, keys_of};
use crate::toasts::Notice;
use bevy::prelude::*;
use splat_io::{read_path, write_path};
use std::path::PathBuf;

/// What may be asked of the recorded path.
#[derive(Message, Clone, Debug, PartialEq, Eq)]
pub enum PathCommand {
    /// The camera's pose becomes the last key frame.
    AddKey,
    /// The last key frame goes.
    DropKey,
    /// All key frames go.
    Clear,
    /// Write the key frames to the [`PathFile`].
    Save,
    /// Read the key frames of the [`PathFile`].
    Load,
}

/// Where key frames are saved, and what was last said about them.
#[derive(Resource, Clone, Debug)]
pub struct PathFile {
    /// The file. Its poses are those of the world: of the capture, where the cloud's transform is the identity.
    pub path: PathBuf,
    /// How the last command went, for people.
    pub notice: String,
}

impl Default for PathFile {
    fn default() -> Self {
        Self { path: "path.json".into(), notice: String::new() }
    }
}

/// Keys record, replay, save and load, and go from view to view.
pub(crate) fn keys(
    keys: Shortcuts,
    walkers: Query<&Walker>,
    mut paths: MessageWriter<PathCommand>,
    mut walks: MessageWriter<WalkCommand>,
    mut films: MessageWriter<FilmCommand>,
) {
    for action in keys.pressed() {
        match action {
            Action::Film => drop(films.write(FilmCommand::Toggle)),
            Action::AddKey => drop(paths.write(PathCommand::AddKey)),
            Action::DropKey => drop(paths.write(PathCommand::DropKey)),
            Action::SavePath => drop(paths.write(PathCommand::Save)),
            Action::LoadPath => drop(paths.write(PathCommand::Load)),
            Action::Replay => drop(walks.write(WalkCommand::Replay)),
            Action::View(step) => {
                let next = walkers.iter().next().and_then(|walker| walker.view_beside(step as isize));
                walks.write_batch(next.map(WalkCommand::JumpTo));
            }
            _ => {}
        }
    }
}

/// Does what is asked, to every walker.
pub(crate) fn record(
    mut commands: MessageReader<PathCommand>,
    mut file: ResMut<PathFile>,
    mut walkers: Query<&mut Walker>,
    mut notices: MessageWriter<Notice>,
) {
    for command in commands.read() {
        for mut walker in &mut walkers {
            let (words, is_done) = obey(command, &file.path, &mut walker);
            notices.write(if is_done { Notice::info(&words) } else { Notice::warning(&words) });
            file.notice = words;
        }
    }
}

/// How it went, for people, and whether it was done.
fn obey(command: &PathCommand, file: &std::path::Path, walker: &mut Walker) -> (String, bool) {
    let pose = walker.pose();
    match command {
        PathCommand::AddKey => walker.recorded.0.push(pose.into()),
        PathCommand::DropKey => drop(walker.recorded.0.pop()),
        PathCommand::Clear => walker.recorded = WalkPath::default(),
        PathCommand::Save if walker.recorded.is_empty() => {
            return (format!("no key frame to save: {} adds one", keys_of(Action::AddKey)), false);
        }
        PathCommand::Save => match write_path(file, &walker.recorded.0) {
            Ok(()) => return (format!("saved {}", file.display()), true),
            Err(e) => return (format!("not saved: {e}"), false),
        },
        PathCommand::Load => match read_path(file) {
            Ok(path) => walker.recorded = WalkPath(path),
            Err(e) => return (format!("not loaded: {e}"), false),
        },
    }
    let (keys, seconds) = (walker.recorded.0.keys().len(), walker.recorded.duration());
    (format!("{keys} key frame{}, {seconds:.1} s", if keys == 1 { "" } else { "s" }), true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::walk::Pose;
    use crate::walk::flight::FlightInput;

    #[test]
    fn key_frames_are_recorded_saved_loaded_and_replayed() {
        let folder = std::env::temp_dir().join(format!("splat_path_{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("path.json");
        let start = Pose { position: Vec3::new(0.5, 1.0, 2.0), rotation: Quat::from_rotation_y(0.4) };
        let mut walker = Walker::flying_from(start, Vec3::Y);
        assert!(obey(&PathCommand::Save, &file, &mut walker).0.contains("no key frame"));
        obey(&PathCommand::AddKey, &file, &mut walker);
        let ahead = FlightInput { motion: Vec3::Z, boost: 1.0, ..Default::default() };
        (0..20).for_each(|_| walker.advance(&ahead, 0.05));
        assert!(obey(&PathCommand::AddKey, &file, &mut walker).0.starts_with("2 key frames"));
        let end = walker.pose();
        obey(&PathCommand::AddKey, &file, &mut walker);
        obey(&PathCommand::DropKey, &file, &mut walker);
        assert!(obey(&PathCommand::Save, &file, &mut walker).0.starts_with("saved"));
        obey(&PathCommand::Clear, &file, &mut walker);
        walker.obey(&WalkCommand::Replay);
        assert!(walker.is_flying, "there is nothing to replay");
        obey(&PathCommand::Load, &file, &mut walker);
        walker.obey(&WalkCommand::Replay);
        let still = FlightInput::default();
        // The camera glides to the first key frame, follows the path, and stays at its end.
        (0..24).for_each(|_| walker.advance(&still, 0.05));
        assert!(walker.is_replaying() && walker.pose().position.distance(start.position) < 0.5);
        (0..200).for_each(|_| walker.advance(&still, 0.05));
        assert!(walker.pose().position.distance(end.position) < 1e-4 && !walker.is_replaying() && walker.is_flying);
        let (missing, is_done) = obey(&PathCommand::Load, &folder.join("none.json"), &mut walker);
        assert!(!is_done && missing.contains("none.json") && walker.recorded.0.keys().len() == 2, "{missing}");
        std::fs::remove_dir_all(folder).unwrap();
    }
}

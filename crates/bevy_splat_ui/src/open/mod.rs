//! Opening while the app runs: a cloud, a run folder or a capture, dropped on the window or named in a field.
//!
//! * `inspect`: finds out what a path is, on a thread of its own
//! * `show`: puts what was found in the place of what is shown

mod inspect;
mod show;

use crate::toasts::Notice;
use bevy::prelude::*;
use bevy::window::FileDragAndDrop;
pub use inspect::Found;
use splat_core::TrainSettings;
use splat_core::settings::Preset;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

pub(crate) use show::show;

/// Opens a file or a folder.
#[derive(Message, Clone, Debug, PartialEq, Eq)]
pub struct OpenCommand(pub PathBuf);

/// Something was opened.
#[derive(Message, Clone, Debug, PartialEq, Eq)]
pub struct Opened(pub PathBuf);

/// On what is shown: it goes when something else is opened.
#[derive(Component, Clone, Copy, Debug, Default)]
pub struct OpenedScene;

/// How captures are trained that somebody opens.
#[derive(Resource, Clone, Debug)]
pub struct OpenOptions {
    /// Settings of the run.
    pub settings: TrainSettings,
    /// Photographs are scaled down by this; `None`: until their longest side has at most 1,000 pixels.
    pub downscale: Option<f64>,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self { settings: Preset::Quality.settings(), downscale: None }
    }
}

/// What is being opened, and what is dragged over the window.
#[derive(Resource, Default)]
pub struct OpenWork {
    pending: Option<Pending>,
    hovered: Option<PathBuf>,
}

struct Pending {
    path: PathBuf,
    result: Arc<Mutex<Option<Result<Found, String>>>>,
}

impl OpenWork {
    /// What is being opened.
    pub fn path(&self) -> Option<&Path> {
        self.pending.as_ref().map(|pending| pending.path.as_path())
    }

    /// What is dragged over the window.
    pub fn hovered(&self) -> Option<&Path> {
        self.hovered.as_deref()
    }

    fn start(&mut self, path: PathBuf, options: OpenOptions) {
        let pending = Pending { path: path.clone(), result: Arc::default() };
        let result = pending.result.clone();
        let give = |place: &Mutex<Option<_>>, value| *place.lock().unwrap_or_else(|e| e.into_inner()) = Some(value);
        let work = move || give(&result, inspect::inspect(&path, &options));
        if let Err(e) = std::thread::Builder::new().name("opening".to_owned()).spawn(work) {
            give(&pending.result, Err(format!("no thread could be started: {e}")));
        }
        // What was being opened before is forgotten: its thread answers nobody.
        self.pending = Some(pending);
    }

    fn take(&mut self) -> Option<(PathBuf, Result<Found, String>)> {
        let result = self.pending.as_ref()?.result.lock().unwrap_or_else(|e| e.into_inner()).take()?;
        Some((self.pending.take()?.path, result))
    }
}

/// Files that are dropped on the window are opened.
pub(crate) fn take_drops(
    mut drops: MessageReader<FileDragAndDrop>,
    mut work: ResMut<OpenWork>,
    mut commands: MessageWriter<OpenCommand>,
) {
    for drop in drops.read() {
        work.hovered = match drop {
            FileDragAndDrop::HoveredFile { path_buf, .. } => Some(path_buf.clone()),
            FileDragAndDrop::HoveredFileCanceled { .. } => None,
            FileDragAndDrop::DroppedFile { path_buf, .. } => {
                commands.write(OpenCommand(path_buf.clone()));
                None
            }
        };
    }
}

/// Starts to look at what is to be opened; of several the last one counts.
pub(crate) fn begin(
    mut commands: MessageReader<OpenCommand>,
    mut work: ResMut<OpenWork>,
    options: Res<OpenOptions>,
    mut notices: MessageWriter<Notice>,
) {
    let asked: Vec<&OpenCommand> = commands.read().collect();
    let Some((OpenCommand(path), others)) = asked.split_last() else { return };
    if !others.is_empty() {
        notices.write(Notice::warning(format!("one at a time: {} is opened", path.display())));
    }
    work.start(path.clone(), options.clone());
}

#[cfg(test)]
mod tests;

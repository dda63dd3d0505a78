//! Writes the cloud of a run to a file, on a thread of its own: reading it back waits for the GPU.

use crate::live::LiveTrainer;
use bevy::prelude::Component;
use splat_io::{PlyFlavour, write_cloud};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Saves on their way, with their targets.
#[derive(Component, Clone, Default)]
pub(crate) struct Saves {
    pending: Vec<Save>,
}

#[derive(Clone)]
struct Save {
    path: PathBuf,
    result: Arc<Mutex<Option<Result<(), String>>>>,
}

impl Saves {
    /// Starts writing the cloud as it is now.
    pub fn start(&mut self, trainer: &LiveTrainer, path: &Path) {
        let save = Save { path: path.to_owned(), result: Arc::default() };
        let (thread, trainer) = (save.clone(), trainer.clone());
        let work = move || {
            let cloud = trainer.download().map_err(|e| e.to_string());
            let written = cloud.and_then(|cloud| write(&thread.path, &cloud));
            *thread.result.lock().unwrap_or_else(|e| e.into_inner()) = Some(written);
        };
        if let Err(e) = std::thread::Builder::new().name("cloud saving".to_owned()).spawn(work) {
            *save.result.lock().unwrap_or_else(|e| e.into_inner()) =
                Some(Err(format!("no thread could be started: {e}")));
        }
        self.pending.push(save);
    }

    /// Those that are done since the last call.
    pub fn take_done(&mut self) -> Vec<(PathBuf, Result<(), String>)> {
        let mut done = Vec::new();
        self.pending.retain(|save| {
            let result = save.result.lock().unwrap_or_else(|e| e.into_inner()).take();
            let is_pending = result.is_none();
            done.extend(result.map(|r| (save.path.clone(), r)));
            is_pending
        });
        done
    }
}

fn write(path: &Path, cloud: &splat_core::Cloud) -> Result<(), String> {
    write_cloud(path, cloud, PlyFlavour::Labelled).map_err(|e| e.to_string())
}

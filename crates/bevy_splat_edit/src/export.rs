//! Writes rows to files, on background tasks.

use crate::commands::{EditError, EditNews, SplatEditEvent};
use bevy::prelude::*;
use bevy::tasks::{AsyncComputeTaskPool, Task, block_on, poll_once};
use splat_core::Cloud;
use splat_core::selection::RowSet;
use splat_io::{PlyFlavour, write_cloud};
use std::path::PathBuf;
use std::sync::Arc;

/// Files on their way, with their clouds.
#[derive(Resource, Default)]
pub(crate) struct Exports(Vec<(Entity, Task<EditNews>)>);

impl Exports {
    /// Starts writing these rows, all where there is no set.
    pub fn start(&mut self, of: Entity, cloud: Arc<Cloud>, rows: Option<RowSet>, path: PathBuf) {
        let work = async move {
            let part = rows.map(|rows| cloud.subset(rows.rows()));
            let written = part.as_ref().unwrap_or(&cloud);
            match write_cloud(&path, written, PlyFlavour::Labelled) {
                Ok(()) => EditNews::Written { path, rows: written.len() },
                Err(e) => EditNews::Refused(EditError::NotWritten(e.to_string())),
            }
        };
        self.0.push((of, AsyncComputeTaskPool::get().spawn(work)));
    }
}

/// Tells of files that are there.
pub(crate) fn finish_exports(mut exports: ResMut<Exports>, mut events: MessageWriter<SplatEditEvent>) {
    if exports.0.is_empty() {
        return;
    }
    exports.0.retain_mut(|(cloud, task)| {
        let Some(what) = block_on(poll_once(task)) else { return true };
        events.write(SplatEditEvent { cloud: *cloud, what });
        false
    });
}

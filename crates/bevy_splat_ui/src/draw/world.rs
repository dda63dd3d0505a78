//! What panels read and what they write.

use crate::commands::PanelCommand;
use crate::compare::{Compare, CompareCommand};
use crate::layout::FillsSceneArea;
use crate::open::{OpenCommand, OpenWork};
use crate::pointing::LastPick;
use crate::score::SceneScore;
use crate::select::SelectTool;
use crate::walk::{Film, FilmCommand, PathCommand, PathFile, WalkCommand, Walker};
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_splat_query::{ClassFigures, ClassLabel, CloudSnapshot, SplatObject};
use bevy_splat_render::{ClassStyles, SplatIntrinsics, SplatScenes, SplatView};
use bevy_splat_train::{TrainingBudget, TrainingCommand, TrainingLog, TrainingRun, TrainingState};
use splat_core::LabelSet;
use std::sync::Arc;

/// What panels read.
#[derive(SystemParam)]
pub struct Shown<'w, 's> {
    pub(super) runs: Query<'w, 's, (Entity, &'static TrainingRun, &'static TrainingState, &'static TrainingLog)>,
    pub(super) budget: Option<Res<'w, TrainingBudget>>,
    pub(super) views: Query<
        'w,
        's,
        (
            &'static SplatView,
            &'static ClassStyles,
            &'static Camera,
            &'static GlobalTransform,
            Option<&'static SplatIntrinsics>,
        ),
        With<FillsSceneArea>,
    >,
    snapshots: Query<'w, 's, Ref<'static, CloudSnapshot>>,
    scores: Query<'w, 's, &'static SceneScore>,
    pub(super) objects: Query<'w, 's, (Entity, &'static ClassLabel, &'static SplatObject, &'static ChildOf)>,
    pub(super) places: Query<'w, 's, &'static GlobalTransform>,
    pub(super) walkers: Query<'w, 's, &'static Walker>,
    scenes: Option<Res<'w, SplatScenes>>,
    pub(super) pick: Res<'w, LastPick>,
    pub(super) tool: Res<'w, SelectTool>,
    pub(super) path_file: Res<'w, PathFile>,
    pub(super) film: Res<'w, Film>,
    pub(super) compare: Res<'w, Compare>,
    pub(super) opening: Res<'w, OpenWork>,
}

/// What panels write.
#[derive(SystemParam)]
pub struct Asked<'w> {
    pub(super) training: MessageWriter<'w, TrainingCommand>,
    pub(super) panel: MessageWriter<'w, PanelCommand>,
    pub(super) walk: MessageWriter<'w, WalkCommand>,
    pub(super) path: MessageWriter<'w, PathCommand>,
    pub(super) film: MessageWriter<'w, FilmCommand>,
    pub(super) open: MessageWriter<'w, OpenCommand>,
    pub(super) compare: MessageWriter<'w, CompareCommand>,
}

impl Shown<'_, '_> {
    /// The cloud that is shown.
    pub fn cloud(&self) -> Option<Entity> {
        let wanted = self.views.iter().next().and_then(|(view, ..)| view.cloud);
        wanted.or_else(|| self.scenes.as_ref()?.iter().map(|(entity, _)| entity).min())
    }

    /// Its classes.
    pub fn classes(&self) -> Arc<LabelSet> {
        let scene = self.cloud().and_then(|cloud| self.scenes.as_ref()?.get(cloud));
        scene.map_or_else(Arc::default, |scene| scene.lock().classes.clone())
    }

    /// Its Gaussians.
    pub fn gaussians(&self) -> Option<u32> {
        let scene = self.cloud().and_then(|cloud| self.scenes.as_ref()?.get(cloud))?;
        Some(scene.lock().row_count)
    }

    /// How its classes fare against the truth, where there is one.
    pub fn score(&self) -> Option<&SceneScore> {
        self.scores.get(self.cloud()?).ok()
    }

    /// Figures of its classes, made anew only where rows have arrived.
    pub(super) fn count(&self, figures: &mut Vec<ClassFigures>) {
        let snapshot = self.cloud().and_then(|cloud| self.snapshots.get(cloud).ok());
        match snapshot {
            Some(snapshot) if snapshot.is_changed() || figures.is_empty() => *figures = snapshot.class_figures(),
            Some(_) => {}
            None => figures.clear(),
        }
    }
}

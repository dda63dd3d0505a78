//! What panels read and what they write.

use crate::commands::PanelCommand;
use crate::compare::{Compare, CompareCommand};
use crate::layout::FillsSceneArea;
use crate::open::{OpenCommand, OpenWork};
use crate::pointing::LastPick;
use crate::score::SceneScore;
use crate::select::SelectTool;
use crate::walk::{PathCommand, PathFile, WalkCommand, Walker};
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_splat_query::{ClassLabel, CloudSnapshot, SplatObject};
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
    pub(super) open: MessageWriter<'w, OpenCommand>,
    pub(super) compare: MessageWriter<'w, CompareCommand>,
}

/// What a class's Gaussians come to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ClassFigures {
    /// Gaussians whose best class it is.
    pub gaussians: u32,
    /// Mean probability of it among them, 0..=1.
    pub confidence: f32,
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
            Some(snapshot) if snapshot.is_changed() || figures.is_empty() => *figures = figures_of(&snapshot),
            Some(_) => {}
            None => figures.clear(),
        }
    }
}

/// Figures by class column.
pub fn figures_of(snapshot: &CloudSnapshot) -> Vec<ClassFigures> {
    let mut sums = vec![(0u32, 0.0f64); snapshot.cloud.class_count()];
    for &(column, probability) in snapshot.row_classes.iter() {
        let sum = &mut sums[column as usize];
        *sum = (sum.0 + 1, sum.1 + probability as f64);
    }
    let figures = |(gaussians, sum): (u32, f64)| {
        let confidence = (sum / gaussians.max(1) as f64) as f32;
        ClassFigures { gaussians, confidence }
    };
    sums.into_iter().map(figures).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use splat_core::{ClassInfo, Cloud};

    #[test]
    fn classes_have_counts_and_mean_confidences() {
        let class = |id| ClassInfo { id, name: format!("class {id}"), colour: [9; 3], pixel_count: 0 };
        let cloud = Cloud {
            means: vec![Vec3::ZERO; 3],
            classes: LabelSet { classes: vec![class(3), class(7), class(8)] },
            logits: vec![0.0; 9],
            ..default()
        };
        let rows: Arc<[(u16, f32)]> = [(0, 0.5), (1, 0.75), (0, 1.0)].into();
        let figures = figures_of(&CloudSnapshot::known(Arc::new(cloud), rows));
        let expected = [(2, 0.75), (1, 0.75), (0, 0.0)];
        assert_eq!(figures, expected.map(|(gaussians, confidence)| ClassFigures { gaussians, confidence }));
    }
}

//! Labels of the views that are compared, brought in small on a thread of its own once the scene itself is there.

use super::SceneScore;
use crate::capture::SceneCapture;
use bevy::prelude::*;
use bevy_splat_query::CloudSnapshot;
use bevy_splat_train::TrainingState;
use splat_core::{Camera as CaptureCamera, LabelImage, Split, View};
use splat_io::{CaptureOptions, open_capture};
use splat_labels::{LabelRequest, LabelSource, gather};
use std::sync::{Arc, Mutex};

/// Longest side of the compared pictures, pixels: enough for figures, little enough to render beside everything else.
const LONGEST_PX: f64 = 320.0;
/// Views that are compared at most, spread over all.
const MOST_VIEWS: usize = 8;

/// A view whose labels are known.
pub(super) struct TrueView {
    pub camera: CaptureCamera,
    pub labels: LabelImage,
}

/// The views, and what they are.
#[derive(Component, Clone)]
pub(super) struct Truth {
    pub views: Arc<[TrueView]>,
    of: &'static str,
}

/// Labels on their way.
#[derive(Component, Clone, Default)]
pub(super) struct LoadingTruth(Arc<Mutex<Option<Result<Truth, String>>>>);

/// A scene whose labels were asked for, whatever came of it.
type Untried = (Without<LoadingTruth>, Without<Truth>, Without<NoTruth>);

/// Nothing to compare with.
#[derive(Component)]
pub(super) struct NoTruth;

/// Asks for the labels of scenes that are there.
pub(super) fn start(
    mut commands: Commands,
    scenes: Query<(Entity, &SceneCapture, Option<&TrainingState>, Has<CloudSnapshot>), Untried>,
) {
    for (entity, scene, state, has_rows) in &scenes {
        let is_there = state.map_or(has_rows, TrainingState::is_loaded);
        if !is_there {
            continue;
        }
        let loading = LoadingTruth::default();
        let (result, scene) = (loading.0.clone(), scene.clone());
        let work = move || *result.lock().unwrap_or_else(|e| e.into_inner()) = Some(load(&scene));
        match std::thread::Builder::new().name("true labels".to_owned()).spawn(work) {
            Ok(_) => drop(commands.entity(entity).insert(loading)),
            Err(_) => drop(commands.entity(entity).insert(NoTruth)),
        }
    }
}

/// Labels that have come in.
pub(super) fn finish(mut commands: Commands, scenes: Query<(Entity, &LoadingTruth)>) {
    for (entity, loading) in &scenes {
        let Some(result) = loading.0.lock().unwrap_or_else(|e| e.into_inner()).take() else { continue };
        let mut scene = commands.entity(entity);
        scene.remove::<LoadingTruth>();
        match result {
            Ok(truth) => {
                let score = SceneScore { views: truth.views.len(), of: truth.of, ..default() };
                scene.insert((truth, score));
            }
            Err(reason) => {
                info!("classes are not scored: {reason}");
                scene.insert(NoTruth);
            }
        }
    }
}

fn load(scene: &SceneCapture) -> Result<Truth, String> {
    let source = scene.labels.clone().unwrap_or_else(|| LabelSource::default_for(&scene.capture));
    if source == LabelSource::None {
        return Err("the capture has no labels".to_owned());
    }
    let smaller = (scene.capture.longest_side_px() as f64 / LONGEST_PX).max(1.0);
    let options = CaptureOptions { downscale: scene.downscale.max(1.0) * smaller, seed: 0 };
    let small = open_capture(&scene.capture.root, &options).map_err(|e| e.to_string())?;
    let held_out: Vec<&View> = small.split(Split::Test).collect();
    let (views, of) = match held_out.is_empty() {
        true => (small.split(Split::Train).collect(), "training views"),
        false => (held_out, "held-out views"),
    };
    let count = views.len().min(MOST_VIEWS);
    let chosen: Vec<&View> = (0..count).map(|i| views[i * views.len() / count]).collect();
    let request = LabelRequest { source: &source, vocabulary: scene.vocabulary.as_deref(), map: None };
    let labelling = gather(&small, &request, &chosen).map_err(|e| e.to_string())?;
    let labelled = chosen.iter().zip(labelling.images);
    let truth = labelled.filter_map(|(view, labels)| Some(TrueView { camera: view.camera, labels: labels? }));
    let views: Arc<[TrueView]> = truth.filter(|view| !view.labels.histogram().is_empty()).collect();
    if views.is_empty() { Err(format!("no labels for {of}")) } else { Ok(Truth { views, of }) }
}

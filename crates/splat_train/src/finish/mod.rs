//! Finish: what a trained cloud's classes still gain from all labels at once.
//!
//! Labels of a segmenter contradict each other from view to view; a cloud that fits them speckles, and follows the segmenter's
//! habits. [`consensus`] lets neighbours of one colour agree, [`balance`] takes habits back. Exact labels have neither fault,
//! and both would only blur their borders. So both act as far as the finished cloud contradicts its labels, and are taken back
//! where they would make it contradict them much more: a cloud that was trained for a moment only contradicts them too, but its
//! logits are small and would be swept away.

mod balance;
mod consensus;

use crate::error::TrainError;
use crate::prepare::TrainingView;
use crate::renderer::Renderer;
use serde::{Deserialize, Serialize};
use splat_core::settings::LossSettings;
use splat_core::{Camera, Cloud, IGNORE_ID};
use splat_gpu::Gpu;

/// Share of contradicted pixels up to which masks count as exact: what borders alone make.
const BORDERS_ONLY: f32 = 0.03;
/// Share from which consensus and balance act in full.
const NOISY: f32 = 0.10;
/// Share of pixels by which they may make the cloud contradict its labels more.
const MOST_HARM: f32 = 0.05;
/// Times that their strength is halved before nothing is done.
const MOST_HALVINGS: u32 = 4;
/// Training views that are looked at, evenly spread.
const MOST_VIEWS: usize = 24;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finish {
    /// Share of the labelled training pixels that the trained cloud contradicted.
    pub labels_contradicted: f32,
    /// Share of its neighbours' opinion that every Gaussian took over.
    pub consensus: f32,
    /// tau of the class balance that was applied.
    pub class_balance: f32,
}

/// A training view's camera and labels: what the finished cloud is held against.
#[derive(Clone, Debug)]
pub struct Witness {
    camera: Camera,
    columns: Vec<u16>,
}

/// The witnesses that a run with these settings needs, among its training views: labelled ones, evenly spread.
pub fn witnesses(views: &[TrainingView], loss: &LossSettings) -> Vec<Witness> {
    if loss.consensus <= 0.0 && loss.class_balance <= 0.0 {
        return Vec::new();
    }
    let labelled: Vec<(&TrainingView, &Vec<u16>)> =
        views.iter().filter_map(|v| Some((v, v.columns.as_ref()?))).collect();
    let count = labelled.len().min(MOST_VIEWS);
    let witness =
        |(view, columns): (&TrainingView, &Vec<u16>)| Witness { camera: view.camera, columns: columns.clone() };
    (0..count).map(|i| witness(labelled[i * labelled.len() / count])).collect()
}

/// Finishes a trained cloud's logits, at most as far as `loss` says. Depends on the cloud and the labels alone, so a resumed run
/// gets the same bytes. `None` where there is nothing to do or to compare.
///
/// # Errors
/// If a training view cannot be rendered.
pub fn finish(
    gpu: &Gpu,
    cloud: &mut Cloud,
    witnesses: &[Witness],
    background: [f32; 3],
    loss: &LossSettings,
) -> Result<Option<Finish>, TrainError> {
    let nothing_asked = loss.consensus <= 0.0 && loss.class_balance <= 0.0;
    if nothing_asked || cloud.class_count() < 2 || cloud.is_empty() {
        return Ok(None);
    }
    let Some(before) = contradicted(gpu, cloud, witnesses, background)? else { return Ok(None) };
    let mut strength = ((before - BORDERS_ONLY) / (NOISY - BORDERS_ONLY)).clamp(0.0, 1.0);
    let trained = cloud.logits.clone();
    for _ in 0..=MOST_HALVINGS {
        let done = Finish {
            labels_contradicted: before,
            consensus: strength * loss.consensus,
            class_balance: strength * loss.class_balance,
        };
        if strength <= 0.0 {
            return Ok(Some(done));
        }
        consensus::apply(cloud, done.consensus);
        balance::apply(cloud, done.class_balance);
        if contradicted(gpu, cloud, witnesses, background)?.is_some_and(|now| now <= before + MOST_HARM) {
            return Ok(Some(done));
        }
        cloud.logits.clone_from(&trained);
        strength *= 0.5;
    }
    Ok(Some(Finish { labels_contradicted: before, consensus: 0.0, class_balance: 0.0 }))
}

/// Share of labelled training pixels whose rendered class is another one.
fn contradicted(
    gpu: &Gpu,
    cloud: &Cloud,
    witnesses: &[Witness],
    background: [f32; 3],
) -> Result<Option<f32>, TrainError> {
    let mut renderer = Renderer::new(gpu, cloud, background)?;
    let (mut compared, mut wrong) = (0u64, 0u64);
    for witness in witnesses {
        let seen = renderer.render(&witness.camera)?;
        for (&label, &said) in witness.columns.iter().zip(&seen.columns).filter(|(l, _)| **l != IGNORE_ID) {
            compared += 1;
            wrong += (label != said) as u64;
        }
    }
    Ok((compared > 0).then(|| (wrong as f64 / compared as f64) as f32))
}

//! Class balance: what a segmenter's habits did to the logits is taken back.
//!
//! Segmenters that are not sure say "wall" or "floor". Averaged over views that habit pulls small things into their background.
//! Logit adjustment (Menon et al., 2021) undoes it after training: s_c -= tau log pi_c, with pi_c the class's share of the
//! training labels. Where masks agree with each other there is nothing to undo, and balance would only blur the borders of
//! large classes; so tau grows with the share of training pixels that the finished cloud contradicts. A cloud that was trained
//! for a moment only contradicts them too, but its logits are small and would be swept away; so tau is halved until the cloud
//! contradicts hardly more than before.

use crate::error::TrainError;
use crate::prepare::TrainingView;
use crate::renderer::Renderer;
use splat_core::{Camera, Cloud, IGNORE_ID};
use splat_gpu::Gpu;

/// Share of contradicted pixels up to which masks count as exact: what borders alone make.
const BORDERS_ONLY: f32 = 0.03;
/// Share from which balance acts in full.
const NOISY: f32 = 0.10;
/// Share of pixels by which balance may make the cloud contradict its labels more.
const MOST_HARM: f32 = 0.05;
/// Times that tau is halved before nothing is done.
const MOST_HALVINGS: u32 = 4;
/// Training views that are looked at, evenly spread.
const MOST_VIEWS: usize = 24;
/// Share of the labels that a class is believed to have at least.
const LEAST_SHARE: f64 = 1e-4;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Balance {
    /// Share of the labelled training pixels that the trained cloud contradicts.
    pub contradicted: f32,
    /// tau that was applied.
    pub strength: f32,
}

/// A training view's camera and labels: what the finished cloud is held against.
#[derive(Clone, Debug)]
pub struct Witness {
    camera: Camera,
    columns: Vec<u16>,
}

/// The witnesses among the training views of a run: labelled ones, evenly spread.
pub fn witnesses(views: &[TrainingView]) -> Vec<Witness> {
    let labelled: Vec<(&TrainingView, &Vec<u16>)> =
        views.iter().filter_map(|v| Some((v, v.columns.as_ref()?))).collect();
    let count = labelled.len().min(MOST_VIEWS);
    let witness =
        |(view, columns): (&TrainingView, &Vec<u16>)| Witness { camera: view.camera, columns: columns.clone() };
    (0..count).map(|i| witness(labelled[i * labelled.len() / count])).collect()
}

/// Adjusts a trained cloud's logits, by at most `strength` (0: nothing is done). Depends on the cloud and the labels alone, so a
/// resumed run gets the same bytes. `None` where there is nothing to compare.
///
/// # Errors
/// If a training view cannot be rendered.
pub fn balance(
    gpu: &Gpu,
    cloud: &mut Cloud,
    witnesses: &[Witness],
    background: [f32; 3],
    strength: f32,
) -> Result<Option<Balance>, TrainError> {
    if strength <= 0.0 || cloud.class_count() < 2 || cloud.is_empty() {
        return Ok(None);
    }
    let Some(contradicted) = contradicted(gpu, cloud, witnesses, background)? else { return Ok(None) };
    let mut strength = strength * ((contradicted - BORDERS_ONLY) / (NOISY - BORDERS_ONLY)).clamp(0.0, 1.0);
    if strength > 0.0 {
        let trained = cloud.logits.clone();
        for _ in 0..=MOST_HALVINGS {
            adjust(cloud, strength);
            let now = self::contradicted(gpu, cloud, witnesses, background)?;
            if now.is_some_and(|now| now <= contradicted + MOST_HARM) {
                return Ok(Some(Balance { contradicted, strength }));
            }
            cloud.logits.clone_from(&trained);
            strength *= 0.5;
        }
    }
    Ok(Some(Balance { contradicted, strength: 0.0 }))
}

/// s_c -= tau log pi_c.
fn adjust(cloud: &mut Cloud, strength: f32) {
    let shifts: Vec<f32> = log_shares(cloud).iter().map(|share| strength * share).collect();
    for logits in cloud.logits.chunks_exact_mut(shifts.len()) {
        logits.iter_mut().zip(&shifts).for_each(|(logit, shift)| *logit -= shift);
    }
}

/// Natural logarithm of every class's share of the training labels.
fn log_shares(cloud: &Cloud) -> Vec<f32> {
    let counts: Vec<f64> = cloud.classes.classes.iter().map(|c| c.pixel_count as f64).collect();
    let total = counts.iter().sum::<f64>().max(1.0);
    counts.iter().map(|n| (n / total).max(LEAST_SHARE).ln() as f32).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use splat_core::{ClassInfo, LabelSet};

    #[test]
    fn rare_classes_have_small_shares_but_not_none() {
        let class = |id, pixel_count| ClassInfo { id, name: String::new(), colour: [0; 3], pixel_count };
        let classes = LabelSet { classes: vec![class(0, 750), class(1, 250), class(2, 0)] };
        let shares = log_shares(&Cloud { classes, ..Cloud::default() });
        assert!((shares[0] - 0.75f32.ln()).abs() < 1e-6 && (shares[1] - 0.25f32.ln()).abs() < 1e-6);
        assert!((shares[2] - 1e-4f32.ln()).abs() < 1e-6);
    }
}

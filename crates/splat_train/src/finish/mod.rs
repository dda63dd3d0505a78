//! Finish: what a trained cloud's classes still gain from all labels at once.
//!
//! Labels of a segmenter contradict each other from view to view; a cloud that is trained on them, view by view, fits their
//! accidents and follows their habits. Against accidents there are two cures: the closed-form lift of all views in place of what was
//! learnt, and [`consensus`] of neighbours. Against habits there is [`balance`]. Exact labels have neither fault, and cures would
//! only blur their borders; so both act as far as the cloud contradicts labels that it was not trained on, those of a few
//! [`Witnesses`].
//!
//! The lift is the stronger cure where Gaussians are as fine as pixels, and blurs where they are not. The witnesses tell: it is taken
//! where it contradicts them hardly more than what was learnt does, consensus where not.

mod balance;
mod consensus;
mod witnesses;

pub use witnesses::Witnesses;

use crate::error::TrainError;
use crate::grouping::Codes;
use crate::trainer::Trainer;
use serde::{Deserialize, Serialize};
use splat_core::settings::LossSettings;
use splat_core::{Cloud, TrainSettings};
use splat_gpu::passes::lift::LiftOptions;

/// Share of contradicted pixels up to which masks count as exact: what borders alone make.
const BORDERS_ONLY: f32 = 0.03;
/// Share from which the cures act in full.
const NOISY: f32 = 0.10;
/// How many times as often as what was learnt the lift may contradict the witnesses. Measured: 1.01 to 1.04 where it is right (a real
/// segmenter's masks, a Gaussian a pixel), 1.08 and 1.47 where it is not (artificial noise, Gaussians of several pixels).
const MOST_BLUR: f32 = 1.05;
/// Share of pixels by which balance may contradict them more.
const MOST_HARM: f32 = 0.05;
/// Times that balance's tau is halved before nothing is done.
const MOST_HALVINGS: u32 = 4;
/// Trained logits are no logarithms of shares as lifted ones are, and want less of tau. Measured.
const TRAINED_TAU: f32 = 0.85;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finish {
    /// Share of the witnesses' labelled pixels that the trained cloud contradicted.
    pub labels_contradicted: f32,
    /// The same of the lift, where it was tried.
    pub lift_contradicted: Option<f32>,
    /// True where the lift replaced what was learnt.
    pub lifted: bool,
    /// Share of its neighbours' opinion that every Gaussian took over.
    pub consensus: f32,
    /// tau of the class balance that was applied.
    pub class_balance: f32,
}

/// True where settings ask for anything that [`finish`] does.
fn is_asked_for(loss: &LossSettings) -> bool {
    loss.consensus > 0.0 || loss.class_balance > 0.0
}

/// The cloud of a trainer that has done its steps, its class logits finished at most as far as its settings say; and the codes
/// that they were made of, with the objective `grouping`. Depends on the rows and the labels alone, so a resumed run gets the
/// same bytes. No [`Finish`] where nothing is asked for or nothing can be compared. Waits for the GPU. Afterwards the trainer's live
/// logits may be lifted ones.
///
/// # Errors
/// If the GPU is lost or full, or a witness cannot be rendered.
pub fn finish(
    trainer: &mut Trainer,
    witnesses: &Witnesses,
) -> Result<(Cloud, Option<Codes>, Option<Finish>), TrainError> {
    let (mut cloud, codes) = trainer.download_with_codes()?;
    let TrainSettings { loss, background, .. } = trainer.settings().clone();
    if !is_asked_for(&loss) || cloud.class_count() < 2 || cloud.is_empty() {
        return Ok((cloud, codes, None));
    }
    let gpu = trainer.gpu().clone();
    let contradicted = |cloud: &Cloud| witnesses.contradicted(&gpu, cloud, background.shown());
    let Some(labels_contradicted) = contradicted(&cloud)? else { return Ok((cloud, codes, None)) };
    let strength = ((labels_contradicted - BORDERS_ONLY) / (NOISY - BORDERS_ONLY)).clamp(0.0, 1.0);
    let [mix, mut tau] = [loss.consensus, loss.class_balance].map(|most| strength * most);
    // Of the cloud as it is.
    let mut now = Some(labels_contradicted);
    let mut done =
        Finish { labels_contradicted, lift_contradicted: None, lifted: false, consensus: 0.0, class_balance: 0.0 };
    if mix > 0.0 {
        if witnesses.are_withheld() {
            trainer.lift()?;
            let lifted = trainer.download()?;
            done.lift_contradicted = contradicted(&lifted)?;
            done.lifted = done.lift_contradicted <= Some(labels_contradicted * MOST_BLUR);
            if done.lifted {
                (cloud, now) = (lifted, done.lift_contradicted);
            }
        }
        if !done.lifted {
            consensus::apply(&mut cloud, mix);
            (done.consensus, now) = (mix, contradicted(&cloud)?);
        }
    }
    let is_lifted = done.lifted;
    if !is_lifted {
        tau *= TRAINED_TAU;
    }
    let lift_floor = LiftOptions::default().floor(cloud.class_count());
    let balance = |cloud: &mut Cloud, tau| match is_lifted {
        true => balance::apply_to_lifted(cloud, tau, lift_floor),
        false => balance::apply(cloud, tau),
    };
    done.class_balance = balance_gently(&mut cloud, tau, now, balance, contradicted)?;
    Ok((cloud, codes, Some(done)))
}

/// Balances classes with tau, or less where that would contradict the witnesses much more, as it would with a cloud that was
/// trained for a moment only, whose logits are small. `now`: what the cloud contradicts as it is. Returns the tau that was applied.
fn balance_gently(
    cloud: &mut Cloud,
    mut tau: f32,
    now: Option<f32>,
    balance: impl Fn(&mut Cloud, f32),
    contradicted: impl Fn(&Cloud) -> Result<Option<f32>, TrainError>,
) -> Result<f32, TrainError> {
    if tau <= 0.0 {
        return Ok(0.0);
    }
    let most = now.map(|share| share + MOST_HARM);
    let logits = cloud.logits.clone();
    for _ in 0..=MOST_HALVINGS {
        balance(cloud, tau);
        if contradicted(cloud)? <= most {
            return Ok(tau);
        }
        cloud.logits.clone_from(&logits);
        tau *= 0.5;
    }
    Ok(0.0)
}

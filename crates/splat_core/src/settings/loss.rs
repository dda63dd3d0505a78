//! What is compared with photographs and labels, and how much each part weighs.

use super::planes::PlaneSettings;
use crate::noise::{RobustLoss, SelfTrainingSettings, SmoothingSettings};
use crate::objective::Objective;
use serde::{Deserialize, Serialize};

/// Weights of the loss: L = (1 - w) L1 + w (1 - SSIM) + lambda_sem CE + lambda_H H.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LossSettings {
    /// What is blended per class and compared with the labels. Default: logits, the paper's baseline.
    pub objective: Objective,
    /// Share w of the SSIM term, 0..1. 3DGS: 0.2.
    pub ssim: f32,
    /// lambda_sem, weight of the cross-entropy. Paper: 1.
    pub semantic: f32,
    /// Divide blended logits by the accumulated weight (Eq. 2). Off: Eq. 1.
    pub normalise: bool,
    /// Share of the photograph, 0..1, whose classes a step compares with the labels: random 8x8 blocks of it, another choice at
    /// every step, weighed so that the expected gradient is that of all. None (default): all of it up to 48 class channels, of
    /// more as much as costs what 40 of them cost, but a sixteenth at least. Less: faster steps, more of them needed.
    pub class_share: Option<f32>,
    /// How much a label that contradicts the rest may pull. Default: cross-entropy, as published.
    pub robust: RobustLoss,
    /// Exponent of the per-pixel confidence that weighs labels (`DIR_confidence`), 0..: 0 (default) counts all labels alike,
    /// 1 in proportion, 2 trusts certain ones more still.
    pub confidence: f32,
    /// Most of its neighbours' opinion, 0..1, that a Gaussian takes over after training: those near in place and colour. Acts as
    /// far as masks contradict each other, so exact masks are left alone; where the closed-form lift of all views (`lift`) turns
    /// out as good as what was learnt, it takes its place instead. More: less flicker, and in the end small things go. 0
    /// (default): off, as published.
    pub consensus: f32,
    /// Most logit adjustment after training, 0..1: takes back a segmenter's habit of calling small things by the name of what is
    /// behind them. Acts as far as masks contradict each other, so exact masks are left alone. 0 (default): off, as published.
    pub class_balance: f32,
    /// kappa in 0..1: how much of the semantic gradient reaches geometry through alpha. 1 = paper, 0 = none.
    pub geometry_gate: f32,
    /// lambda_H, weight of the mean entropy per Gaussian. 0 switches it off; the paper tries 0.01 and 0.05.
    pub entropy: f32,
    /// Warm-up of lambda_H as a share of the run (5,000 of 30,000 in the paper).
    pub entropy_warmup: f32,
    /// Agreement of neighbours on their class. Default: off. Gaussian Grouping's 3D loss is this, of what its classifier says.
    pub smoothing: SmoothingSettings,
    /// Flat classes: walls and floors as planes. Default: off.
    pub planes: PlaneSettings,
    /// Training on the run's own labels. Default: off.
    pub self_training: SelfTrainingSettings,
    /// Share of the run, 0..1, after which class logits are replaced by what the labels of all views say in closed form
    /// (`lift`); 0: before the first step. Earlier: more of the run trains from them, but the geometry that they are lifted
    /// to is coarser. None: never.
    pub lift_at: Option<f32>,
}

impl Default for LossSettings {
    fn default() -> Self {
        Self {
            objective: Objective::Logits,
            ssim: 0.2,
            semantic: 1.0,
            normalise: true,
            class_share: None,
            robust: RobustLoss::CrossEntropy,
            confidence: 0.0,
            consensus: 0.0,
            class_balance: 0.0,
            smoothing: SmoothingSettings::default(),
            planes: PlaneSettings::default(),
            self_training: SelfTrainingSettings::default(),
            geometry_gate: 1.0,
            entropy: 0.0,
            entropy_warmup: 5_000.0 / 30_000.0,
            lift_at: None,
        }
    }
}

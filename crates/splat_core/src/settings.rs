//! What a training run may be told. Defaults are the published schedule of 3DGS and of Gaussian Semantics; each field
//! says its meaning, unit, range and what raising it does.

pub use crate::noise::{RobustLoss, SelfTrainingSettings, SmoothingSettings};
use crate::objective::Objective;
use serde::{Deserialize, Serialize};

/// A whole training run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainSettings {
    /// Steps, one image each. 1.. ; the paper's 30,000. More: better, longer.
    pub iterations: u32,
    /// Seed of everything random: image order, initial logits, split samples.
    pub seed: u64,
    /// Highest SH degree of the colour, 0..=3. Higher: shinier surfaces, more memory (3 (d+1)^2 floats a Gaussian).
    pub sh_degree: u8,
    /// Most Gaussians the run may hold; growth stops there.
    pub max_gaussians: u32,
    /// Also at most this many Gaussians per pixel of the largest photograph, but as many as there are points; 0 (default): no
    /// such limit. Far more Gaussians than pixels cost time and blur nothing less.
    pub gaussians_per_pixel: f32,
    /// Colour behind everything, linear in the same space as the photographs (0..1).
    pub background: [f32; 3],
    /// Learning rates.
    pub rates: LearningRates,
    /// Loss weights.
    pub loss: LossSettings,
    /// Densification.
    pub densify: DensifySettings,
    /// Sum splat gradients with float atomics where the adapter has them: faster, but the bytes differ from run to run.
    pub fast_atomics: bool,
}

/// Adam step sizes per parameter kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LearningRates {
    /// Means at the start, in scene extents per step (log-linear decay to `mean_final`).
    pub mean: f32,
    /// Means at the end, in scene extents per step.
    pub mean_final: f32,
    /// SH constant term.
    pub sh_dc: f32,
    /// Other SH terms.
    pub sh_rest: f32,
    /// Opacity logits.
    pub opacity: f32,
    /// Log-scales.
    pub scale: f32,
    /// Quaternions.
    pub rotation: f32,
    /// Class logits.
    pub logits: f32,
}

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
    /// How much a label that contradicts the rest may pull. Default: cross-entropy, as published.
    pub robust: RobustLoss,
    /// Exponent of the per-pixel confidence that weighs labels (`DIR_confidence`), 0..: 0 (default) counts all labels alike,
    /// 1 in proportion, 2 trusts certain ones more still.
    pub confidence: f32,
    /// Most logit adjustment after training, 0..1: takes back a segmenter's habit of calling small things by the name of what is
    /// behind them. Acts as far as masks contradict each other, so exact masks are left alone. 0 (default): off, as published.
    pub class_balance: f32,
    /// kappa in 0..1: how much of the semantic gradient reaches geometry through alpha. 1 = paper, 0 = none.
    pub geometry_gate: f32,
    /// lambda_H, weight of the mean entropy per Gaussian. 0 switches it off; the paper tries 0.01 and 0.05.
    pub entropy: f32,
    /// Warm-up of lambda_H as a share of the run (5,000 of 30,000 in the paper).
    pub entropy_warmup: f32,
    /// Agreement of neighbours on their class. Default: off.
    pub smoothing: SmoothingSettings,
    /// Training on the run's own labels. Default: off.
    pub self_training: SelfTrainingSettings,
    /// Share of the run, 0..1, after which class logits are replaced by what the labels of all views say in closed form
    /// (`lift`); 0: before the first step. Earlier: more of the run trains from them, but the geometry that they are lifted
    /// to is coarser. None: never.
    pub lift_at: Option<f32>,
}

/// Adaptive density control.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DensifySettings {
    /// Off: the number of Gaussians stays what the points gave.
    pub enabled: bool,
    /// Steps between densifications.
    pub interval: u32,
    /// First step of the window, of a 30,000-step run (scaled for shorter runs, not below 200).
    pub from: u32,
    /// End of the window, of a 30,000-step run (scaled).
    pub until: u32,
    /// Mean gradient norm of the projected mean, in NDC per view, above which a Gaussian grows. Lower: more Gaussians.
    pub gradient_threshold: f32,
    /// Share of the scene extent up to which a growing Gaussian is cloned; larger ones split.
    pub clone_scale: f32,
    /// Opacity under which a Gaussian is dropped.
    pub prune_opacity: f32,
    /// Share of the scene extent above which a Gaussian is dropped, once the first opacity reset has passed.
    pub prune_scale: f32,
    /// Whether the semantic part of the gradient counts in the growth statistic. On (default): as in the paper's code, a
    /// Gaussian also grows where labels pull at it. Off: colour alone decides. With `loss.geometry_gate` 0 it never counts.
    pub semantic_statistic: bool,
    /// Steps between opacity resets; only runs of 6,000 steps or more reset.
    pub reset_interval: u32,
}

impl Default for TrainSettings {
    fn default() -> Self {
        Self {
            iterations: 30_000,
            seed: 0,
            sh_degree: 3,
            max_gaussians: 1_000_000,
            gaussians_per_pixel: 0.0,
            background: [0.0; 3],
            rates: LearningRates::default(),
            loss: LossSettings::default(),
            densify: DensifySettings::default(),
            fast_atomics: false,
        }
    }
}

impl Default for LearningRates {
    fn default() -> Self {
        Self {
            mean: 1.6e-4,
            mean_final: 1.6e-6,
            sh_dc: 2.5e-3,
            sh_rest: 1.25e-4,
            opacity: 0.025,
            scale: 0.005,
            rotation: 0.001,
            logits: 0.01,
        }
    }
}

impl Default for LossSettings {
    fn default() -> Self {
        Self {
            objective: Objective::Logits,
            ssim: 0.2,
            semantic: 1.0,
            normalise: true,
            robust: RobustLoss::CrossEntropy,
            confidence: 0.0,
            class_balance: 0.0,
            smoothing: SmoothingSettings::default(),
            self_training: SelfTrainingSettings::default(),
            geometry_gate: 1.0,
            entropy: 0.0,
            entropy_warmup: 5_000.0 / 30_000.0,
            lift_at: None,
        }
    }
}

impl Default for DensifySettings {
    fn default() -> Self {
        Self {
            enabled: true,
            interval: 100,
            from: 500,
            until: 15_000,
            gradient_threshold: 2e-4,
            clone_scale: 0.01,
            prune_opacity: 0.005,
            prune_scale: 0.1,
            semantic_statistic: true,
            reset_interval: 3_000,
        }
    }
}

/// Settings with a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// As published: semantic gradients reach geometry in full and count in the growth statistic, plain cross-entropy.
    Paper,
    /// What measured best on exact and on noisy masks; ARCHITECTURE.md has the table.
    #[default]
    Quality,
}

impl Preset {
    /// The preset's settings, of a run of 30,000 steps.
    pub fn settings(self) -> TrainSettings {
        let mut settings = TrainSettings::default();
        if self == Self::Quality {
            // Classes learn from geometry but do not bend it: colour keeps all of its PSNR.
            settings.loss.geometry_gate = 0.0;
            settings.loss.class_balance = 0.5;
            // Geometry no longer waits for the classes: they may follow the labels as fast as they can.
            settings.rates.logits = 0.05;
            settings.gaussians_per_pixel = 1.5;
        }
        settings
    }
}

impl std::str::FromStr for Preset {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "paper" => Ok(Self::Paper),
            "quality" => Ok(Self::Quality),
            _ => Err("`paper` or `quality` is needed".to_owned()),
        }
    }
}

impl std::fmt::Display for Preset {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(if *self == Self::Paper { "paper" } else { "quality" })
    }
}

/// Steps of the run that the published schedule is written for.
pub const PUBLISHED_ITERATIONS: u32 = 30_000;

impl TrainSettings {
    /// `n` steps of the published schedule in a run of `iterations`: n * iterations / 30,000, never more than n.
    pub fn scaled(&self, n: u32) -> u32 {
        (n as u64 * self.iterations.min(PUBLISHED_ITERATIONS) as u64 / PUBLISHED_ITERATIONS as u64) as u32
    }

    /// Most Gaussians of a run that starts with `points` of them on photographs of at most `pixels` pixels.
    pub fn gaussian_limit(&self, points: u32, pixels: usize) -> u32 {
        let by_pixels = (self.gaussians_per_pixel as f64 * pixels as f64) as u32;
        let most = if self.gaussians_per_pixel > 0.0 { self.max_gaussians.min(by_pixels) } else { self.max_gaussians };
        most.max(points)
    }

    /// Learning rate of the means at a step, for a scene of this extent: log-linear decay over the whole run.
    pub fn mean_rate(&self, iteration: u32, extent: f32) -> f32 {
        let t = (iteration as f32 / self.iterations.max(1) as f32).clamp(0.0, 1.0);
        let (a, b) = (self.rates.mean.ln(), self.rates.mean_final.ln());
        (a + (b - a) * t).exp() * extent
    }

    /// SH degree in use at a step: one more every 1,000 (scaled) steps.
    pub fn active_sh_degree(&self, iteration: u32) -> u8 {
        let step = self.scaled(1_000).max(1);
        (iteration / step).min(self.sh_degree as u32) as u8
    }

    /// lambda_H at a step: linear warm-up.
    pub fn entropy_weight(&self, iteration: u32) -> f32 {
        let warmup = (self.loss.entropy_warmup * self.iterations as f32).min(5_000.0).max(1.0);
        self.loss.entropy * (iteration as f32 / warmup).min(1.0)
    }

    /// True where class logits are lifted from the labels after this step (0: before the first).
    pub fn lifts_after(&self, iteration: u32) -> bool {
        let step = |share: f32| (share.clamp(0.0, 1.0) as f64 * self.iterations as f64).round() as u32;
        self.loss.lift_at.is_some_and(|share| step(share) == iteration)
    }

    /// True on the steps whose labels are what is rendered.
    pub fn relabels(&self, iteration: u32) -> bool {
        let own = &self.loss.self_training;
        own.enabled && iteration as f64 > own.from as f64 * self.iterations as f64
    }

    /// True on the steps at which neighbours are compared.
    pub fn smooths(&self, iteration: u32) -> bool {
        let s = &self.loss.smoothing;
        s.weight > 0.0 && s.samples > 0 && iteration.is_multiple_of(s.interval.max(1))
    }

    /// True where the growth statistic must be taken before the classes' gradient reaches geometry.
    pub fn splits_classes(&self) -> bool {
        self.loss.geometry_gate > 0.0 && !self.densify.semantic_statistic
    }

    /// First and last step of the densification window.
    pub fn densify_window(&self) -> (u32, u32) {
        (self.scaled(self.densify.from).max(200), self.scaled(self.densify.until))
    }

    /// True on the steps after which Gaussians are cloned, split and pruned. `iteration` counts from 1.
    pub fn densifies_after(&self, iteration: u32) -> bool {
        let (from, until) = self.densify_window();
        let due = self.densify.interval > 0 && iteration.is_multiple_of(self.densify.interval);
        self.densify.enabled && due && iteration > from && iteration < until
    }

    /// True on the steps after which opacities are reset. `iteration` counts from 1.
    pub fn resets_opacity_after(&self, iteration: u32) -> bool {
        let d = &self.densify;
        let due = d.reset_interval > 0 && iteration.is_multiple_of(d.reset_interval);
        d.enabled && self.iterations >= 6_000 && due && iteration < self.densify_window().1
    }

    /// Log-scale limit above which Gaussians are pruned at a step; infinite before the first opacity reset.
    pub fn prunes_large_after(&self, iteration: u32) -> bool {
        iteration > self.densify.reset_interval
    }
}

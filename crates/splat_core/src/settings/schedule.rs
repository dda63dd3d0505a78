//! What is due at which step: a function of the settings and the step's number alone.

use super::TrainSettings;
use crate::objective::Objective;

/// Steps of the run that the published schedule is written for.
pub const PUBLISHED_ITERATIONS: u32 = 30_000;

/// Class channels that are compared all over the image, if nothing else was said.
const CHANNELS_EVERYWHERE: u32 = 48;
/// More channels are compared in as much of it as costs what this many cost all over ...
const AFFORDABLE_CHANNELS: f32 = 40.0;
/// ... but in this share at least.
const LEAST_CLASS_SHARE: f32 = 1.0 / 16.0;

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

    /// Weight of the planes' pull at a step: log-linear decay over the whole run.
    pub fn plane_weight(&self, iteration: u32) -> f32 {
        let planes = &self.loss.planes;
        let t = (iteration as f32 / self.iterations.max(1) as f32).clamp(0.0, 1.0);
        planes.weight * planes.fade.clamp(1e-6, 1.0).powf(t)
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

    /// Share of the image whose classes a step compares, of so many class channels. All of it where labels are rendered or codes
    /// blended.
    pub fn class_share(&self, channels: u32) -> f32 {
        let needs_all = self.loss.self_training.enabled || self.loss.objective == Objective::Grouping;
        match self.loss.class_share {
            _ if needs_all => 1.0,
            Some(share) => share.clamp(0.0, 1.0),
            None if channels <= CHANNELS_EVERYWHERE => 1.0,
            None => (AFFORDABLE_CHANNELS / channels as f32).max(LEAST_CLASS_SHARE),
        }
    }

    /// Learning rate of class channels, of so many. Where a step compares a share s of the image, a channel's gradient is there in
    /// that share of the steps only; Adam's steps shrink with sqrt(s), and this makes up for it.
    pub fn logit_rate(&self, channels: u32) -> f32 {
        self.rates.logits / self.class_share(channels).max(1e-3).sqrt()
    }

    /// True where blended class channels are divided by the accumulated weight (Eq. 2). Codes never are.
    pub fn normalises(&self) -> bool {
        self.loss.normalise && self.loss.objective != Objective::Grouping
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

    /// True on the steps that drop large Gaussians: after the first opacity reset, where there is a limit.
    pub fn prunes_large_after(&self, iteration: u32) -> bool {
        self.densify.prune_scale > 0.0 && iteration > self.densify.reset_interval
    }

    /// True on the steps after which dead Gaussians are relocated (MCMC). Every 100 steps of a run of 30,000, every 10 of a
    /// short one.
    pub fn relocates_after(&self, iteration: u32) -> bool {
        let m = &self.mcmc;
        let interval = self.scaled(m.interval).max(m.interval.min(10));
        let (from, until) = (self.scaled(m.from).max(m.from.min(100)), self.scaled(m.until));
        let due = interval > 0 && iteration.is_multiple_of(interval);
        self.densify.enabled && due && iteration > from && iteration < until
    }
}

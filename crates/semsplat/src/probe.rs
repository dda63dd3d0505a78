//! Looks at a few held-out views a few times during a run, for the curve.

use crate::error::CliError;
use image::RgbImage;
use splat_core::{Cloud, TrainSettings};
use splat_eval::{photo_rgb, psnr};
use splat_gpu::Gpu;
use splat_train::{Renderer, TrainingView};

/// Times a run looks at held-out views; fewer in short runs, so that looking costs under 2 % of the time.
const MOST_PROBES: u32 = 6;
const STEPS_PER_PROBE: u32 = 150;
/// Held-out views that are looked at.
const PROBED_VIEWS: usize = 2;

/// The views, and when to look at them.
pub struct Probe {
    views: Vec<TrainingView>,
    interval: u32,
    /// Step after which to look.
    pub next: u32,
    end: u32,
    background: [f32; 3],
}

impl Probe {
    /// Picks views among the held-out ones; the others are dropped.
    pub fn new(mut held_out: Vec<TrainingView>, settings: &TrainSettings) -> Self {
        let all = held_out.len();
        if all > PROBED_VIEWS {
            // Spread over the split, so that they do not all show one corner.
            let picked = (0..PROBED_VIEWS).map(|i| (2 * i + 1) * all / (2 * PROBED_VIEWS));
            let mut indices: Vec<usize> = picked.collect();
            indices.dedup();
            let mut index = 0..all;
            held_out.retain(|_| index.next().is_some_and(|i| indices.contains(&i)));
        }
        let times = (settings.iterations / STEPS_PER_PROBE).clamp(1, MOST_PROBES);
        let interval = settings.iterations.div_ceil(times).max(1);
        Self {
            views: held_out,
            interval,
            next: interval,
            end: settings.iterations,
            background: settings.background.shown(),
        }
    }

    /// True where it is time to look; the last look is the caller's, at the end.
    pub fn is_due(&self, iteration: u32) -> bool {
        !self.views.is_empty() && iteration >= self.next && self.next < self.end
    }

    /// Mean PSNR over the views, in dB.
    pub fn look(&mut self, gpu: &Gpu, cloud: &Cloud) -> Result<Option<f32>, CliError> {
        self.next += self.interval;
        if self.views.is_empty() || cloud.is_empty() {
            return Ok(None);
        }
        let mut renderer = Renderer::new(gpu, cloud, self.background)?;
        let mut sum = 0.0;
        for view in &self.views {
            let seen = renderer.render(&view.camera)?;
            let picture = RgbImage::from_raw(seen.width, seen.height, seen.rgb).unwrap_or_default();
            sum += psnr(&picture, &photo_rgb(&view.photo, self.background), None)?;
        }
        Ok(Some((sum / self.views.len() as f64) as f32))
    }
}

//! Small random scenes to try the stages on: a camera with an off-centre principal point and Gaussians before it.

use crate::exposure::Exposure;
use crate::loss::Target;
use crate::rows::{Column, Rows};
use crate::rules::RenderSettings;
use crate::step::render;
use glam::{DVec3, DVec4};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;
use splat_core::{Camera, Intrinsics, sh};

/// Random numbers from a seed.
pub struct Dice(Pcg64Mcg);

impl Dice {
    /// The same seed throws the same numbers.
    pub fn new(seed: u64) -> Self {
        Self(Pcg64Mcg::seed_from_u64(seed))
    }

    /// Uniform in low..high.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        self.0.random_range(low..high)
    }

    /// Uniform in 0..n.
    pub fn below(&mut self, n: usize) -> usize {
        self.0.random_range(0..n)
    }

    /// Three numbers, each uniform in low..high.
    pub fn vec3(&mut self, low: f64, high: f64) -> DVec3 {
        DVec3::new(self.between(low, high), self.between(low, high), self.between(low, high))
    }

    /// A standard normal number (Box and Muller 1958).
    pub fn normal(&mut self) -> f64 {
        let (u, v) = (self.between(f64::MIN_POSITIVE, 1.0), self.between(0.0, std::f64::consts::TAU));
        (-2.0 * u.ln()).sqrt() * v.cos()
    }
}

/// A camera some way off the origin that looks at it, tilted, its principal point off the image's centre.
pub fn camera(width: u32, height: u32) -> Camera {
    let (w, h) = (f64::from(width), f64::from(height));
    let intrinsics = Intrinsics { width, height, fx: 1.1 * w, fy: 1.07 * w, cx: 0.56 * w, cy: 0.43 * h };
    Camera::looking_at(intrinsics, DVec3::new(0.4, -0.6, -3.0), DVec3::ZERO, DVec3::new(0.2, -1.0, 0.1))
}

/// `n` Gaussians about the origin: stretched, turned, half transparent, not clamped in colour, with random logits.
pub fn rows(seed: u64, n: usize, sh_degree: u8, class_count: usize) -> Rows {
    let mut dice = Dice::new(seed);
    let mut rows = Rows::zeros(n, sh_degree, class_count);
    for row in 0..n {
        let mean = dice.vec3(-1.1, 1.1) * DVec3::new(1.0, 0.8, 1.0);
        rows.row_mut(Column::Mean, row).copy_from_slice(&mean.to_array());
        rows.row_mut(Column::LogScale, row).copy_from_slice(&dice.vec3(-2.6, -0.9).to_array());
        let quaternion = DVec4::from_array(std::array::from_fn(|_| dice.normal()));
        rows.row_mut(Column::Rotation, row).copy_from_slice(&quaternion.to_array());
        rows[Column::Opacity][row] = dice.between(-2.0, 2.5);
        for (k, c) in rows.row_mut(Column::Sh, row).iter_mut().enumerate() {
            *c = if k < 3 { dice.between(0.0, 1.0) / f64::from(sh::Y00) - 0.5 } else { 0.08 * dice.normal() };
        }
        rows.row_mut(Column::Logits, row).iter_mut().for_each(|s| *s = 1.5 * dice.normal());
    }
    rows
}

/// A target near the render of `rows`, but never nearer than 0.04 in any channel, so that the absolute differences of
/// L1 have no kink close by. Some pixels are masked out, some carry no label.
pub fn target(seed: u64, rows: &Rows, camera: &Camera, settings: &RenderSettings) -> Target {
    let mut dice = Dice::new(seed);
    let shown = render(rows, camera, settings).colour(settings.background);
    let mut offset = || {
        let size = dice.between(0.04, 0.3);
        if dice.between(0.0, 1.0) < 0.5 { -size } else { size }
    };
    let photo: Vec<DVec3> = shown.iter().map(|&c| c + DVec3::new(offset(), offset(), offset())).collect();
    let valid = photo.iter().map(|_| dice.between(0.0, 1.0) < 0.9).collect();
    let mut label = || {
        let class = dice.below(rows.class_count.max(1));
        (rows.class_count > 0 && dice.between(0.0, 1.0) < 0.8).then_some(class)
    };
    let labels = photo.iter().map(|_| label()).collect();
    let (label_weights, alpha) = (vec![1.0; photo.len()], vec![1.0; photo.len()]);
    Target { photo, alpha, valid, labels, label_weights, exposure: Exposure::IDENTITY }
}

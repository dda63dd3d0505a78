//! Stage Forward: blends colour, depth and class channels per pixel, front to back.

use crate::loss::softmax;
use crate::project::Splat;
use crate::rows::{Column, Rows};
use crate::rules::{MAX_ALPHA, MIN_ALPHA, MIN_TRANSMITTANCE, MIN_WEIGHT, RenderSettings};
use crate::sort::TileLists;
use glam::{DVec2, DVec3};
use splat_core::Objective;

/// What a view shows. Images are row by row from the top left.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Number of class channels C.
    pub class_count: usize,
    /// `[H, W]` sum alpha_i T_i c_i: premultiplied, without background.
    pub rgb: Vec<DVec3>,
    /// `[H, W]` what is left for the background: T after the last splat.
    pub transmittance: Vec<f64>,
    /// `[H, W, C]` of what is blended per class (`RenderSettings::objective`). Eq. 2: s_hat = S / W, 0 where W < 1e-4; or Eq. 1: S = sum alpha_i T_i s_i.
    pub payload: Vec<f64>,
    /// `[H, W]` alpha-weighted mean of the view depths, 0 where W < 1e-4.
    pub depth: Vec<f64>,
    /// Pixel-splat pairs that were blended.
    pub blended_pairs: usize,
}

impl Frame {
    /// `[H, W]` the image over a background.
    pub fn colour(&self, background: DVec3) -> Vec<DVec3> {
        self.rgb.iter().zip(&self.transmittance).map(|(&rgb, &t)| rgb + t * background).collect()
    }

    /// Accumulated weight W = 1 - T of a pixel.
    pub fn weight(&self, pixel: usize) -> f64 {
        1.0 - self.transmittance[pixel]
    }

    /// The C class channels of a pixel.
    pub fn pixel_payload(&self, pixel: usize) -> &[f64] {
        &self.payload[pixel * self.class_count..(pixel + 1) * self.class_count]
    }
}

/// A view after the first three stages.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// Visible splats in row order.
    pub splats: Vec<Splat>,
    /// Depth order and tile lists.
    pub lists: TileLists,
    /// The image.
    pub frame: Frame,
}

/// A splat's part in a pixel.
#[derive(Clone, Copy, Debug)]
pub struct Contribution {
    /// Index into the visible splats.
    pub splat: usize,
    /// Mean minus pixel centre, in pixels.
    pub offset: DVec2,
    /// exp(power), power = -1/2 d^T conic d.
    pub falloff: f64,
    /// min(0.99, opacity * falloff).
    pub alpha: f64,
    /// What the splats in front let through.
    pub transmittance: f64,
}

/// The splats blended into pixel (x, y), front to back, and the transmittance behind the last.
pub fn contributions(
    x: u32,
    y: u32,
    splats: &[Splat],
    lists: &TileLists,
    settings: &RenderSettings,
) -> (Vec<Contribution>, f64) {
    let centre = DVec2::new(f64::from(x) + 0.5, f64::from(y) + 0.5);
    let mut transmittance = 1.0;
    let mut blended = Vec::new();
    for index in lists.at_pixel(x, y) {
        let splat = &splats[index];
        let offset = splat.mean_px - centre;
        let power = -0.5 * splat.conic.form(offset.x, offset.y);
        let falloff = power.exp();
        let alpha = (splat.opacity * falloff).min(MAX_ALPHA);
        if power > 0.0 || (settings.cut_offs && alpha < MIN_ALPHA) {
            continue;
        }
        let behind = transmittance * (1.0 - alpha);
        if settings.cut_offs && behind < MIN_TRANSMITTANCE {
            break;
        }
        blended.push(Contribution { splat: index, offset, falloff, alpha, transmittance });
        transmittance = behind;
    }
    (blended, transmittance)
}

/// What a row brings to a pixel's class channels, `[C]`.
pub fn channels(rows: &Rows, row: usize, settings: &RenderSettings) -> Vec<f64> {
    let logits = rows.row(Column::Logits, row);
    match settings.objective {
        Objective::Logits | Objective::Grouping => logits.to_vec(),
        Objective::Softmax => softmax(logits),
    }
}

/// Blends every pixel of a `width` x `height` image.
pub fn forward(
    rows: &Rows,
    splats: &[Splat],
    lists: &TileLists,
    (width, height): (u32, u32),
    settings: &RenderSettings,
) -> Frame {
    let (pixels, c) = (width as usize * height as usize, rows.class_count);
    let mut frame = Frame {
        width,
        height,
        class_count: c,
        rgb: vec![DVec3::ZERO; pixels],
        transmittance: vec![1.0; pixels],
        payload: vec![0.0; pixels * c],
        depth: vec![0.0; pixels],
        blended_pairs: 0,
    };
    for pixel in 0..pixels {
        let (x, y) = (pixel as u32 % width, pixel as u32 / width);
        let (blended, transmittance) = contributions(x, y, splats, lists, settings);
        let payload = &mut frame.payload[pixel * c..(pixel + 1) * c];
        for part in &blended {
            let (splat, share) = (&splats[part.splat], part.alpha * part.transmittance);
            frame.rgb[pixel] += share * splat.colour;
            frame.depth[pixel] += share * splat.depth;
            let channels = channels(rows, splat.row, settings);
            payload.iter_mut().zip(&channels).for_each(|(sum, s)| *sum += share * s);
        }
        frame.transmittance[pixel] = transmittance;
        frame.blended_pairs += blended.len();
        let weight = 1.0 - transmittance;
        let seen = weight >= MIN_WEIGHT;
        frame.depth[pixel] = if seen { frame.depth[pixel] / weight } else { 0.0 };
        if settings.normalise {
            payload.iter_mut().for_each(|sum| *sum = if seen { *sum / weight } else { 0.0 });
        }
    }
    frame
}

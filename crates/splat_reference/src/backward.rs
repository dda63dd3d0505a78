//! Stage Backward: pixel gradients back to rows.

use crate::camera::Pinhole;
use crate::covariance::{
    Symmetric2, compensation_backward, covariance, covariance_2d, covariance_2d_backward, covariance_backward,
};
use crate::forward::{Contribution, Rendered, channels, contributions};
use crate::loss::PixelGradients;
use crate::pose::Twist;
use crate::project::{Splat, image_axes};
use crate::rows::{Column, Rows};
use crate::rules::{MIN_WEIGHT, RenderSettings};
use crate::sh;
use glam::{DVec2, DVec3};
use splat_core::Objective;

/// Gradients by what a splat is on the image plane. Class logits go straight to their row.
#[derive(Clone, Copy, Debug, Default)]
pub struct SplatGradient {
    /// By the projected mean, per pixel.
    pub mean_px: DVec2,
    /// By the conic.
    pub conic: Symmetric2,
    /// By the opacity (not its logit).
    pub opacity: f64,
    /// By the colour.
    pub colour: DVec3,
}

/// What decides which rows grow, gathered over views.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statistic {
    /// `[N]` sums of |(dL/dx w/2, dL/dy h/2)|, the gradient of the projected mean in NDC.
    pub gradient_sum: Vec<f64>,
    /// `[N]` number of views in which the row was visible.
    pub views: Vec<u32>,
}

impl Statistic {
    /// No views yet.
    pub fn new(rows: usize) -> Self {
        Self { gradient_sum: vec![0.0; rows], views: vec![0; rows] }
    }

    /// Mean gradient norm of a row over the views that saw it; 0 where none did.
    pub fn mean(&self, row: usize) -> f64 {
        self.gradient_sum[row] / f64::from(self.views[row].max(1))
    }

    /// Counts one view.
    pub fn add(&mut self, splats: &[Splat], gradients: &[SplatGradient], (width, height): (u32, u32)) {
        let half_size = 0.5 * DVec2::new(f64::from(width), f64::from(height));
        for (splat, gradient) in splats.iter().zip(gradients) {
            self.gradient_sum[splat.row] += (gradient.mean_px * half_size).length();
            self.views[splat.row] += 1;
        }
    }
}

/// First half: pixels to splats. Adds the class gradients to `d_rows`; `gate` is kappa, the share of the semantic part
/// of dL/dalpha that is kept.
pub fn pixels_to_splats(
    rows: &Rows,
    rendered: &Rendered,
    d_pixels: &PixelGradients,
    gate: f64,
    settings: &RenderSettings,
    d_rows: &mut Rows,
) -> Vec<SplatGradient> {
    let Rendered { splats, lists, frame } = rendered;
    let mut d_splats = vec![SplatGradient::default(); splats.len()];
    let c = rows.class_count;
    let nothing = vec![0.0; c];
    let mut d_channels = rows.zeros_like();
    for pixel in 0..frame.rgb.len() {
        let (x, y) = (pixel as u32 % frame.width, pixel as u32 / frame.width);
        let (blended, _) = contributions(x, y, splats, lists, settings);
        let d_colour = d_pixels.colour[pixel];
        // Eq. 2 is un-normalised compositing over the constant background s_hat, with its gradient divided by W.
        // Eq. 1 is compositing over nothing.
        let weight = frame.weight(pixel);
        let scale = match (settings.normalise, weight >= MIN_WEIGHT) {
            (true, true) => 1.0 / weight,
            (true, false) => 0.0,
            (false, _) => 1.0,
        };
        let d_payload: Vec<f64> = d_pixels.payload[pixel * c..(pixel + 1) * c].iter().map(|g| g * scale).collect();
        // What a splat covers: first the background, then all that was passed on the way back to front.
        let mut colour_behind = settings.background;
        let mut payload_behind = if settings.normalise { frame.pixel_payload(pixel).to_vec() } else { nothing.clone() };
        for part in blended.iter().rev() {
            let splat = &splats[part.splat];
            let share = part.alpha * part.transmittance;
            let d_splat = &mut d_splats[part.splat];
            d_splat.colour += share * d_colour;
            let mut d_alpha = part.transmittance * (splat.colour - colour_behind).dot(d_colour);
            colour_behind = part.alpha * splat.colour + (1.0 - part.alpha) * colour_behind;

            let channels = channels(rows, splat.row, settings);
            let d_channels = d_channels.row_mut(Column::Logits, splat.row);
            for class in 0..c {
                d_channels[class] += share * d_payload[class];
                let step = channels[class] - payload_behind[class];
                d_alpha += gate * part.transmittance * step * d_payload[class];
                payload_behind[class] += part.alpha * step;
            }
            alpha_backward(splat, part, d_alpha, d_splat);
        }
    }
    for splat in splats {
        let d_logits = logits_backward(rows, splat.row, d_channels.row(Column::Logits, splat.row), settings);
        add(d_rows.row_mut(Column::Logits, splat.row), &d_logits);
    }
    d_splats
}

/// From the gradient of what a row brings to its logits': softmax p has dL/ds_k = p_k (dL/dp_k - sum_j p_j dL/dp_j).
fn logits_backward(rows: &Rows, row: usize, d_channels: &[f64], settings: &RenderSettings) -> Vec<f64> {
    if settings.objective != Objective::Softmax {
        return d_channels.to_vec();
    }
    let shares = channels(rows, row, settings);
    let inner: f64 = shares.iter().zip(d_channels).map(|(p, d)| p * d).sum();
    shares.iter().zip(d_channels).map(|(p, d)| p * (d - inner)).collect()
}

/// alpha = min(0.99, opacity * exp(power)), the clamp passed straight through as the reference does.
fn alpha_backward(splat: &Splat, part: &Contribution, d_alpha: f64, d: &mut SplatGradient) {
    d.opacity += part.falloff * d_alpha;
    let d_power = splat.opacity * part.falloff * d_alpha;
    let (o, q) = (part.offset, splat.conic);
    d.conic.xx -= 0.5 * o.x * o.x * d_power;
    d.conic.xy -= o.x * o.y * d_power;
    d.conic.yy -= 0.5 * o.y * o.y * d_power;
    d.mean_px -= d_power * DVec2::new(q.xx * o.x + q.xy * o.y, q.xy * o.x + q.yy * o.y);
}

/// Second half: splats to rows. Adds to `d_rows`; returns the gradient by a small motion of the view.
pub fn splats_to_rows(
    rows: &Rows,
    camera: &Pinhole,
    splats: &[Splat],
    d_splats: &[SplatGradient],
    settings: &RenderSettings,
    d_rows: &mut Rows,
) -> Twist {
    let mut d_pose = Twist::default();
    for (splat, d) in splats.iter().zip(d_splats) {
        let row = splat.row;
        let (mean, log_scale) = (rows.vec3(Column::Mean, row), rows.vec3(Column::LogScale, row));
        let (mean_in_view, quaternion) = (camera.to_view(mean), rows.quaternion(row));
        let to_view = camera.rotation();

        // Shape: conic -> 2D covariance -> Sigma and T = J W -> log-scale, quaternion and the point in view space.
        let sigma = covariance(log_scale, quaternion);
        let mut d_covariance_2d = splat.conic.inverse_backward(d.conic);
        let axes = image_axes(camera, mean_in_view);
        if settings.antialiased {
            // Opacity also depends on the shape: dL/dlog o.
            let d_sharp = compensation_backward(covariance_2d(sigma, axes), d.opacity * splat.opacity);
            d_covariance_2d.xx += d_sharp.xx;
            d_covariance_2d.xy += d_sharp.xy;
            d_covariance_2d.yy += d_sharp.yy;
        }
        let (d_sigma, d_axes) = covariance_2d_backward(sigma, axes, d_covariance_2d);
        let (d_log_scale, d_quaternion) = covariance_backward(log_scale, quaternion, d_sigma);
        let d_jacobian = d_axes.map(|d_axis| to_view * d_axis);
        let d_in_view =
            camera.project_backward(mean_in_view, d.mean_px) + camera.jacobian_backward(mean_in_view, d_jacobian);

        // Colour -> coefficients and, through the viewing direction, the mean.
        let offset = mean - camera.centre_in_world;
        let (d_sh, d_offset) = sh::colour_backward(settings.sh_degree, rows.row(Column::Sh, row), offset, d.colour);

        d_pose.add(camera, mean_in_view, d_in_view, d_jacobian, d_offset);
        let d_mean = to_view.transpose() * d_in_view + d_offset;
        let d_logit = d.opacity * splat.opacity * (1.0 - rows.opacity(row));
        add(d_rows.row_mut(Column::Mean, row), &d_mean.to_array());
        add(d_rows.row_mut(Column::LogScale, row), &d_log_scale.to_array());
        add(d_rows.row_mut(Column::Rotation, row), &d_quaternion);
        add(d_rows.row_mut(Column::Opacity, row), &[d_logit]);
        add(d_rows.row_mut(Column::Sh, row), &d_sh);
    }
    d_pose
}

fn add(sum: &mut [f64], values: &[f64]) {
    sum.iter_mut().zip(values).for_each(|(s, v)| *s += v);
}

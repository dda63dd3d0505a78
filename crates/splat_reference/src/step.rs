//! The stages chained: a render, and a loss with all its gradients.

use crate::backward::{SplatGradient, Statistic, pixels_to_splats, splats_to_rows};
use crate::camera::Pinhole;
use crate::forward::{Frame, Rendered, forward};
use crate::loss::{LossTerms, LossWeights, PixelGradients, Target, entropy, loss};
use crate::pose::Twist;
use crate::project::project;
use crate::rows::Rows;
use crate::rules::RenderSettings;
use crate::sort::sort;
use splat_core::Camera;

/// Everything that a step computes, for tests that look inside.
#[derive(Clone, Debug)]
pub struct Step {
    /// Splats, tile lists and image.
    pub rendered: Rendered,
    /// The loss.
    pub terms: LossTerms,
    /// Its gradients by pixel.
    pub d_pixels: PixelGradients,
    /// `[V]` its gradients by visible splat.
    pub d_splats: Vec<SplatGradient>,
    /// Its gradients by row.
    pub d_rows: Rows,
    /// Its gradient by a small motion of the view.
    pub d_pose: Twist,
    /// The densification statistic of this one view.
    pub statistic: Statistic,
}

/// Renders a view.
pub fn render(rows: &Rows, camera: &Camera, settings: &RenderSettings) -> Frame {
    render_stages(rows, camera, settings).frame
}

/// Project, Sort, Forward, with what lies between them.
pub fn render_stages(rows: &Rows, camera: &Camera, settings: &RenderSettings) -> Rendered {
    let size = (camera.intrinsics.width, camera.intrinsics.height);
    let splats = project(rows, &Pinhole::new(camera), settings);
    let lists = sort(&splats, size.0, size.1);
    let frame = forward(rows, &splats, &lists, size, settings);
    Rendered { splats, lists, frame }
}

/// Renders a view and compares it with its target: the loss alone.
pub fn loss_value(
    rows: &Rows,
    camera: &Camera,
    target: &Target,
    weights: &LossWeights,
    settings: &RenderSettings,
) -> LossTerms {
    let frame = render(rows, camera, settings);
    let (terms, _) = loss(&frame, target, weights, settings);
    let mean_entropy = entropy(rows, 0.0, &mut rows.zeros_like());
    LossTerms { entropy: mean_entropy, total: terms.total + weights.entropy * mean_entropy, ..terms }
}

/// Renders a view, compares it with its target and carries the gradient back to every parameter.
pub fn loss_and_gradients(
    rows: &Rows,
    camera: &Camera,
    target: &Target,
    weights: &LossWeights,
    settings: &RenderSettings,
) -> Step {
    let rendered = render_stages(rows, camera, settings);
    let (mut terms, d_pixels) = loss(&rendered.frame, target, weights, settings);
    let mut d_rows = rows.zeros_like();
    terms.entropy = entropy(rows, weights.entropy, &mut d_rows);
    terms.total += weights.entropy * terms.entropy;
    let d_splats = pixels_to_splats(rows, &rendered, &d_pixels, weights.geometry_gate, settings, &mut d_rows);
    let d_pose = splats_to_rows(rows, &Pinhole::new(camera), &rendered.splats, &d_splats, settings, &mut d_rows);
    let mut statistic = Statistic::new(rows.len());
    let size = (camera.intrinsics.width, camera.intrinsics.height);
    if weights.semantic_statistic {
        statistic.add(&rendered.splats, &d_splats, size);
    } else {
        let closed = pixels_to_splats(rows, &rendered, &d_pixels, 0.0, settings, &mut rows.zeros_like());
        statistic.add(&rendered.splats, &closed, size);
    }
    Step { rendered, terms, d_pixels, d_splats, d_rows, d_pose, statistic }
}

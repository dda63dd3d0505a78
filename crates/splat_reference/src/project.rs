//! Stage Project: rows and a view to 2D splats.

use crate::blocks::block_hits;
use crate::camera::Pinhole;
use crate::covariance::{Symmetric2, compensation, covariance, covariance_2d, is_degenerate};
use crate::rows::{Column, Rows};
use crate::rules::{MIN_ALPHA, NEAR, RenderSettings};
use crate::sh;
use glam::{DVec2, DVec3};

/// A visible Gaussian as the image plane sees it.
#[derive(Clone, Copy, Debug)]
pub struct Splat {
    /// Row it comes from.
    pub row: usize,
    /// Projected mean in pixels, centres at +0.5.
    pub mean_px: DVec2,
    /// View depth z of the mean, world units.
    pub depth: f64,
    /// Inverse of the dilated 2D covariance, in 1 / square pixels.
    pub conic: Symmetric2,
    /// Opacity, 0..1, compensation included.
    pub opacity: f64,
    /// Colour from this view, not below 0.
    pub colour: DVec3,
    /// The splat covers at least 1/255 of a pixel where d^T conic d <= reach = 2 ln(255 opacity), d from the mean to
    /// the pixel centre. Infinite when the cut-offs are off.
    pub reach: f64,
}

/// The visible rows of a view, in row order. A row is visible when it is finite and turned somehow (no zero
/// quaternion), lies in front of the camera, has an opacity of at least 1/255 and reaches a block of the image.
pub fn project(rows: &Rows, camera: &Pinhole, settings: &RenderSettings) -> Vec<Splat> {
    let (width, height) = (camera.intrinsics.width, camera.intrinsics.height);
    (0..rows.len())
        .filter_map(|row| project_row(rows, row, camera, settings))
        .filter(|splat| !block_hits(splat, width, height).is_empty())
        .collect()
}

/// One row as a splat, before the test whether it reaches the image. `None` where it is culled.
pub fn project_row(rows: &Rows, row: usize, camera: &Pinhole, settings: &RenderSettings) -> Option<Splat> {
    if !rows.is_finite(row) || is_degenerate(rows.quaternion(row)) {
        return None;
    }
    let mean = rows.vec3(Column::Mean, row);
    let mean_in_view = camera.to_view(mean);
    let sigma = covariance(rows.vec3(Column::LogScale, row), rows.quaternion(row));
    if mean_in_view.z <= NEAR {
        return None;
    }
    let covariance = covariance_2d(sigma, image_axes(camera, mean_in_view));
    let conic = covariance.inverse()?;
    let compensation = if settings.antialiased { compensation(covariance) } else { 1.0 };
    let opacity = compensation * rows.opacity(row);
    if opacity == 0.0 || (settings.cut_offs && opacity < MIN_ALPHA) {
        return None;
    }
    let offset = mean - camera.centre_in_world;
    Some(Splat {
        row,
        mean_px: camera.project(mean_in_view),
        depth: mean_in_view.z,
        conic,
        opacity,
        colour: sh::colour(settings.sh_degree, rows.row(Column::Sh, row), offset),
        reach: if settings.cut_offs { 2.0 * (opacity / MIN_ALPHA).ln() } else { f64::INFINITY },
    })
}

/// The rows of T = J W: how a small step in world space moves the projection of a point.
pub fn image_axes(camera: &Pinhole, mean_in_view: DVec3) -> [DVec3; 2] {
    let view_to_world = camera.rotation().transpose();
    camera.jacobian(mean_in_view).map(|row| view_to_world * row)
}

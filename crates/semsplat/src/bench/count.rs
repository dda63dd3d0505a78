//! What a cloud asks of a rasteriser, counted on the CPU by the published rules: Gaussians in the picture, tiles that they
//! cover, pairs of pixel and Gaussian that are blended.

use glam::{DMat3, DQuat, DVec2, DVec3};
use splat_core::{Camera, Cloud};

/// Side of a tile in pixels.
const TILE_PX: u32 = 16;
/// Added to the diagonal of the 2D covariance, square pixels.
const DILATION: f64 = 0.3;
/// Less of a pixel than this is skipped.
const MIN_ALPHA: f64 = 1.0 / 255.0;
/// More of a pixel than this is never covered by one Gaussian.
const MAX_ALPHA: f64 = 0.99;
/// A pixel is finished before the Gaussian that would bring its transmittance below this.
const MIN_TRANSMITTANCE: f64 = 1e-4;

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Gaussians that cover a pixel centre.
    pub visible: u32,
    /// (tile, Gaussian) pairs where the Gaussian covers a pixel centre of the tile: at most what an exact overlap test lists.
    pub covered_tiles: u64,
    /// (pixel, Gaussian) pairs that are blended.
    pub blended_pairs: u64,
}

/// A Gaussian on the image.
struct Splat {
    depth: f64,
    mean: DVec2,
    /// Inverse 2D covariance: xx, xy, yy.
    conic: [f64; 3],
    /// Half the size of the box that it covers, in pixels.
    half: DVec2,
    opacity: f64,
}

/// Counts what one image of the cloud needs.
pub fn count(cloud: &Cloud, camera: &Camera) -> Counts {
    let mut splats: Vec<Splat> = (0..cloud.len()).filter_map(|row| project(cloud, row, camera)).collect();
    splats.sort_by(|a, b| a.depth.total_cmp(&b.depth));
    let (width, height) = (camera.intrinsics.width, camera.intrinsics.height);
    let tiles_across = width.div_ceil(TILE_PX);
    let mut transmittance = vec![1.0f64; camera.intrinsics.pixels()];
    let mut finished = vec![false; transmittance.len()];
    let mut last_in_tile = vec![usize::MAX; (tiles_across * height.div_ceil(TILE_PX)) as usize];
    let mut counts = Counts::default();
    for (index, splat) in splats.iter().enumerate() {
        let mut is_seen = false;
        for (x, y) in covered_box(splat, width, height) {
            let d = DVec2::new(x as f64 + 0.5, y as f64 + 0.5) - splat.mean;
            let [a, b, c] = splat.conic;
            let alpha = splat.opacity * (-0.5 * (a * d.x * d.x + 2.0 * b * d.x * d.y + c * d.y * d.y)).exp();
            if alpha < MIN_ALPHA {
                continue;
            }
            is_seen = true;
            let tile = (y / TILE_PX * tiles_across + x / TILE_PX) as usize;
            counts.covered_tiles += u64::from(std::mem::replace(&mut last_in_tile[tile], index) != index);
            let pixel = (y * width + x) as usize;
            if finished[pixel] {
                continue;
            }
            let left = transmittance[pixel] * (1.0 - alpha.min(MAX_ALPHA));
            finished[pixel] = left < MIN_TRANSMITTANCE;
            if !finished[pixel] {
                transmittance[pixel] = left;
                counts.blended_pairs += 1;
            }
        }
        counts.visible += u32::from(is_seen);
    }
    counts
}

/// Pixels of the box around a splat, within the image.
fn covered_box(splat: &Splat, width: u32, height: u32) -> impl Iterator<Item = (u32, u32)> {
    let (low, high) = (splat.mean - splat.half, splat.mean + splat.half);
    let first = |v: f64| (v - 0.5).ceil().max(0.0) as u32;
    let end = |v: f64, n: u32| ((v - 0.5).floor() + 1.0).clamp(0.0, n as f64) as u32;
    let columns = first(low.x)..end(high.x, width);
    (first(low.y)..end(high.y, height)).flat_map(move |y| columns.clone().map(move |x| (x, y)))
}

/// EWA projection: J W Sigma W^T J^T + 0.3 I.
fn project(cloud: &Cloud, row: usize, camera: &Camera) -> Option<Splat> {
    let (k, view_from_world) = (&camera.intrinsics, camera.view_from_world());
    let p = view_from_world.transform_point3(cloud.means[row].as_dvec3());
    let opacity = cloud.opacity(row) as f64;
    if p.z <= 0.2 || opacity < MIN_ALPHA {
        return None;
    }
    let q = cloud.rotation(row);
    let rotation = DMat3::from_quat(DQuat::from_xyzw(q.x as f64, q.y as f64, q.z as f64, q.w as f64).normalize());
    let m = view_from_world.matrix3 * rotation * DMat3::from_diagonal(cloud.log_scales[row].as_dvec3().exp());
    let sigma = m * m.transpose();
    let jx = DVec3::new(k.fx / p.z, 0.0, -k.fx * p.x / (p.z * p.z));
    let jy = DVec3::new(0.0, k.fy / p.z, -k.fy * p.y / (p.z * p.z));
    let (xx, xy, yy) = (jx.dot(sigma * jx) + DILATION, jx.dot(sigma * jy), jy.dot(sigma * jy) + DILATION);
    let det = xx * yy - xy * xy;
    let reach = 2.0 * (255.0 * opacity).ln();
    Some(Splat {
        depth: p.z,
        mean: DVec2::new(k.fx * p.x / p.z + k.cx, k.fy * p.y / p.z + k.cy),
        conic: [yy / det, -xy / det, xx / det],
        half: DVec2::new((reach * xx).sqrt(), (reach * yy).sqrt()),
        opacity,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::{DAffine3, Vec3};
    use splat_core::Intrinsics;

    #[test]
    fn one_round_gaussian_covers_the_disc_that_its_opacity_asks_for() {
        let camera = Camera {
            intrinsics: Intrinsics { width: 96, height: 96, fx: 100.0, fy: 100.0, cx: 48.0, cy: 48.0 },
            world_from_view: DAffine3::IDENTITY,
        };
        let cloud = Cloud {
            means: vec![Vec3::new(0.0, 0.0, 2.0)],
            log_scales: vec![Vec3::splat(0.1f32.ln())],
            rotations: vec![[1.0, 0.0, 0.0, 0.0]],
            opacity_logits: vec![0.0],
            sh: vec![[0.0; 3]],
            ..Cloud::default()
        };
        let counts = count(&cloud, &camera);
        let area = std::f64::consts::PI * 2.0 * 127.5f64.ln() * (25.0 + DILATION);
        assert!((counts.blended_pairs as f64 - area).abs() < 0.03 * area, "{counts:?} {area}");
        // The disc of radius 15.7 px around a corner of four tiles touches just these.
        assert_eq!((counts.visible, counts.covered_tiles), (1, 4));
    }
}

//! Points for captures without a sparse reconstruction: random, but where the cameras look.
//!
//! How it works: the point nearest to all optical axes tells how far away the subject is. A candidate lies on a random ray
//! of a random training view, between a fraction and a multiple of that distance. It stays when another view sees it too
//! and no camera is close to it: points right in front of a lens become floaters.

use glam::{DMat3, DVec3, Vec2};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;
use splat_core::{Camera, SparsePoint, Split, View};

/// Points to make; enough to start densification everywhere.
const COUNT: usize = 10_000;
/// Nearest and farthest candidate, in subject distances.
const DEPTH: [f64; 2] = [0.45, 2.5];
/// No point is nearer than this to any camera, in subject distances.
const CLEARANCE: f64 = 0.4;

/// Random points in the region that the training views share, with a warning that says so.
pub(super) fn between(views: &[View], seed: u64, warnings: &mut Vec<String>) -> Vec<SparsePoint> {
    let cameras: Vec<&Camera> = views.iter().filter(|v| v.split == Split::Train).map(|v| &v.camera).collect();
    let distance = subject_distance(&cameras);
    let mut random = Pcg64Mcg::seed_from_u64(seed);
    let needed = 2.min(cameras.len());
    let mut points = Vec::with_capacity(COUNT);
    // Cameras that share nothing must not loop for ever: the conditions are dropped for what is still missing.
    for attempt in 0..20 * COUNT {
        if points.len() == COUNT {
            break;
        }
        let point = candidate(&cameras, distance, &mut random);
        let strict = attempt < 19 * COUNT;
        if !strict || (is_clear(&cameras, point, distance) && seen_by(&cameras, point, needed)) {
            let rgb = [0; 3].map(|_| random.random_range(64..192));
            points.push(SparsePoint { position: point.as_vec3(), rgb });
        }
    }
    warnings.push(format!(
        "the capture has no sparse points: {} random ones between {:.3} and {:.3} units in front of the cameras stand in",
        points.len(),
        DEPTH[0] * distance,
        DEPTH[1] * distance
    ));
    points
}

fn candidate(cameras: &[&Camera], distance: f64, random: &mut Pcg64Mcg) -> DVec3 {
    let camera = cameras[random.random_range(0..cameras.len())];
    let k = &camera.intrinsics;
    let pixel = Vec2::new(random.random_range(0.0..k.width as f32), random.random_range(0.0..k.height as f32));
    let (origin, direction) = camera.ray(pixel);
    origin + direction * distance * random.random_range(DEPTH[0]..DEPTH[1])
}

fn is_clear(cameras: &[&Camera], point: DVec3, distance: f64) -> bool {
    cameras.iter().all(|c| c.position().distance(point) > CLEARANCE * distance)
}

fn seen_by(cameras: &[&Camera], point: DVec3, needed: usize) -> bool {
    let sees = |c: &&&Camera| {
        let k = &c.intrinsics;
        let pixel = c.project(point.as_vec3()).map(|(pixel, _)| pixel);
        pixel.is_some_and(|p| p.x >= 0.0 && p.y >= 0.0 && p.x < k.width as f32 && p.y < k.height as f32)
    };
    cameras.iter().filter(sees).take(needed).count() == needed
}

/// How far in front of the cameras the subject is: the median distance to the point nearest to all optical axes, or,
/// where the axes do not meet in front of the cameras (a room seen from inside), the spread of the cameras.
fn subject_distance(cameras: &[&Camera]) -> f64 {
    let n = cameras.len() as f64;
    let mean = cameras.iter().map(|c| c.position()).sum::<DVec3>() / n;
    let spread = cameras.iter().map(|c| c.position().distance(mean)).fold(0.0, f64::max);
    let fallback = if spread > 1e-9 { 1.5 * spread } else { 1.0 };
    // Least squares: sum over cameras of (I - d d^T)(x - c) = 0.
    let mut sum = DMat3::ZERO;
    let mut right = DVec3::ZERO;
    for camera in cameras {
        let d = camera.world_from_view.matrix3.z_axis.normalize();
        let across = DMat3::IDENTITY - DMat3::from_cols(d * d.x, d * d.y, d * d.z);
        sum += across;
        right += across * camera.position();
    }
    if sum.determinant().abs() < 1e-6 * n.powi(3) {
        return fallback;
    }
    let focus = sum.inverse() * right;
    let mut depths: Vec<f64> = cameras.iter().map(|c| c.view_from_world().transform_point3(focus).z).collect();
    depths.sort_by(f64::total_cmp);
    let (low, median) = (depths[depths.len() / 10], depths[depths.len() / 2]);
    if low > 0.0 && median > 0.1 * spread { median } else { fallback }
}

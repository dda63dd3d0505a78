//! A smooth flight over a capture's training cameras.

use glam::{DAffine3, DMat3, DQuat, DVec3, DVec4};
use splat_core::{Camera, Capture, Split};

/// Cameras that the flight is bent through; more would follow every tremble of the hand that held the camera.
const MOST_KEYS: usize = 14;
/// A turn of one radian takes as long as flying over this share of the cameras' spread.
const TURN_COST: f64 = 0.5;

/// `frames` cameras on a smooth way through the training views, in the order of their names (which is how people walk), or
/// from neighbour to neighbour where names follow no way at all. Lens and size are those of the first training view.
pub fn fly_through(capture: &Capture, frames: usize) -> Vec<Camera> {
    let cameras: Vec<Camera> = capture.split(Split::Train).map(|v| v.camera).collect();
    let Some(first) = cameras.first() else { return Vec::new() };
    let cameras = in_walking_order(cameras.clone());
    let keys = keys(&cameras);
    let costs = costs(&keys, capture.extent() as f64);
    let total = costs.last().copied().unwrap_or(0.0);
    let at = |frame: usize| {
        let place = total * frame as f64 / frames.saturating_sub(1).max(1) as f64;
        let segment = costs.iter().skip(1).position(|c| place <= *c).unwrap_or(keys.len().saturating_sub(2));
        let (from, to) = (costs[segment], costs.get(segment + 1).copied().unwrap_or(total));
        let share = if to > from { (place - from) / (to - from) } else { 0.0 };
        Camera { intrinsics: first.intrinsics, world_from_view: pose(&keys, segment, share) }
    };
    (0..frames).map(at).collect()
}

/// A place and a direction.
#[derive(Clone, Copy, Debug)]
struct Key {
    position: DVec3,
    /// The sign is chosen so that neighbours lie on one half of the sphere.
    rotation: DQuat,
}

/// Names that jump about give a way several times as long as walking from neighbour to neighbour.
fn in_walking_order(cameras: Vec<Camera>) -> Vec<Camera> {
    let length = |way: &[Camera]| way.windows(2).map(|p| p[0].position().distance(p[1].position())).sum::<f64>();
    let mut rest = cameras.clone();
    let mut tour = vec![rest.remove(0)];
    while let Some(last) = tour.last().map(Camera::position).filter(|_| !rest.is_empty()) {
        let distance = |c: &Camera| c.position().distance_squared(last);
        let nearest = (0..rest.len()).min_by(|&a, &b| distance(&rest[a]).total_cmp(&distance(&rest[b])));
        tour.push(rest.remove(nearest.unwrap_or(0)));
    }
    if length(&cameras) > 3.0 * length(&tour) { tour } else { cameras }
}

/// Evenly picked cameras.
fn keys(cameras: &[Camera]) -> Vec<Key> {
    let n = cameras.len().min(MOST_KEYS);
    let pick = |k: usize| if n > 1 { k * (cameras.len() - 1) / (n - 1) } else { 0 };
    let mut keys: Vec<Key> = Vec::new();
    for k in 0..n {
        let camera = &cameras[pick(k)];
        let mut rotation = DQuat::from_mat3(&camera.world_from_view.matrix3).normalize();
        if keys.last().is_some_and(|last| last.rotation.dot(rotation) < 0.0) {
            rotation = -rotation;
        }
        keys.push(Key { position: camera.position(), rotation });
    }
    keys
}

/// Cost of the way to every key, so that speed stays even.
fn costs(keys: &[Key], extent: f64) -> Vec<f64> {
    let mut costs = vec![0.0];
    for pair in keys.windows(2) {
        let turn = pair[0].rotation.angle_between(pair[1].rotation);
        let step = pair[0].position.distance(pair[1].position) / extent.max(1e-9) + TURN_COST * turn;
        costs.push(costs.last().copied().unwrap_or(0.0) + step.max(1e-6));
    }
    costs
}

/// The pose at `share` (0..1) between two keys: Catmull-Rom through places and through quaternions, the latter brought back
/// to unit length.
fn pose(keys: &[Key], segment: usize, share: f64) -> DAffine3 {
    let key = |i: isize| keys[(segment as isize + i).clamp(0, keys.len() as isize - 1) as usize];
    let four = [key(-1), key(0), key(1), key(2)];
    let position = catmull_rom(four.map(|k| k.position.extend(0.0)), share).truncate();
    let turn = catmull_rom(four.map(|k| DVec4::from(k.rotation)), share);
    let rotation = DQuat::from_vec4(turn.try_normalize().unwrap_or(DVec4::from(four[1].rotation)));
    DAffine3 { matrix3: DMat3::from_quat(rotation), translation: position }
}

fn catmull_rom([a, b, c, d]: [DVec4; 4], t: f64) -> DVec4 {
    0.5 * (2.0 * b + (c - a) * t + (2.0 * a - 5.0 * b + 4.0 * c - d) * t * t + (3.0 * b - a - 3.0 * c + d) * t * t * t)
}

#[cfg(test)]
mod tests {
    use super::*;
    use splat_core::{Intrinsics, View};

    fn capture(angles: impl Iterator<Item = f64>) -> Capture {
        let view = |(i, angle): (usize, f64)| View {
            name: format!("{i:03}.png"),
            camera: Camera::looking_at(
                Intrinsics::from_vertical_fov(64, 48, 0.9),
                DVec3::new(2.0 * angle.cos(), 2.0 * angle.sin(), 1.5),
                DVec3::ZERO,
                DVec3::Z,
            ),
            split: Split::Train,
            image_path: Default::default(),
            valid_mask_path: None,
            distortion: None,
        };
        Capture {
            name: String::new(),
            root: Default::default(),
            format: "test",
            views: angles.enumerate().map(view).collect(),
            points: Vec::new(),
            mesh: None,
            warnings: Vec::new(),
        }
    }

    #[test]
    fn a_flight_is_smooth_and_begins_and_ends_at_cameras() {
        let capture = capture((0..40).map(|i| i as f64 * 0.15));
        let path = fly_through(&capture, 90);
        assert_eq!(path.len(), 90);
        assert!(path.iter().all(Camera::is_valid));
        let ends = [(&path[0], &capture.views[0]), (&path[89], &capture.views[39])];
        for (camera, view) in ends {
            assert!(camera.position().distance(view.camera.position()) < 1e-9);
        }
        let steps: Vec<f64> = path.windows(2).map(|p| p[0].position().distance(p[1].position())).collect();
        let (least, most) = (steps.iter().copied().fold(f64::MAX, f64::min), steps.iter().copied().fold(0.0, f64::max));
        assert!(most < 2.0 * least, "{least} {most}");
    }

    #[test]
    fn names_that_jump_about_are_put_in_order() {
        let jumping = capture((0..40).map(|i| ((i * 17) % 40) as f64 * 0.15));
        let path = fly_through(&jumping, 60);
        let longest = path.windows(2).map(|p| p[0].position().distance(p[1].position())).fold(0.0, f64::max);
        assert!(longest < 0.6, "{longest}");
    }

    #[test]
    fn one_camera_is_a_way_too() {
        assert_eq!(fly_through(&capture([0.3].into_iter()), 3).len(), 3);
        assert!(fly_through(&capture(std::iter::empty()), 3).is_empty());
    }
}

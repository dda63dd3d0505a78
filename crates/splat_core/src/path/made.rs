//! Ways that follow from a capture's cameras.

use super::{CameraPath, PathKey, Pose};
use crate::camera::Camera;
use glam::{DMat3, DQuat, DVec3, Vec3};

/// Standard deviation of the low-pass over a walk's keys, in keys.
const SMOOTH_KEYS: f64 = 1.6;
/// Cameras that a flight is bent through; more would follow every tremble of the hand that held the camera.
const MOST_KEYS: usize = 14;
/// On a flight a turn of one radian takes as long as the way over this share of the cameras' spread.
const TURN_COST: f64 = 0.5;
/// Seconds that a flight takes over the cameras' spread.
const SPREAD_SECONDS: f64 = 4.0;
/// Key frames and seconds of an orbit.
const ORBIT_KEYS: usize = 24;
const ORBIT_SECONDS: f64 = 12.0;

impl CameraPath {
    /// A walk past all these cameras in the given order, low-passed: photographs are taken by hand, neighbours jump and shake.
    pub fn walk(cameras: &[Camera]) -> Self {
        let raw: Vec<Pose> = cameras.iter().map(Pose::of).collect();
        Self::through(low_pass(&raw))
    }

    /// A flight bent through a few of these cameras, in their order (of names, which is how people walk), or from neighbour to
    /// neighbour where that order follows no way at all. `spread`: the cameras' extent in world units; it sets the speed.
    pub fn flight(cameras: &[Camera], spread: f64) -> Self {
        let cameras = in_walking_order(cameras.to_vec());
        let n = cameras.len().min(MOST_KEYS);
        let pick = |k: usize| if n > 1 { k * (cameras.len() - 1) / (n - 1) } else { 0 };
        let mut keys: Vec<PathKey> = Vec::new();
        for pose in (0..n).map(|k| Pose::of(&cameras[pick(k)])) {
            let seconds = keys.last().map_or(0.0, |last| {
                let turn = last.pose.rotation.angle_between(pose.rotation);
                let step = last.pose.position.distance(pose.position) / spread.max(1e-9) + TURN_COST * turn;
                last.seconds + SPREAD_SECONDS * step.max(1e-6)
            });
            keys.push(PathKey { seconds, pose });
        }
        Self { keys }
    }

    /// Once round what these cameras look at, at their mean distance and height; the last pose is the first. Empty without
    /// cameras.
    pub fn orbit(cameras: &[Camera]) -> Self {
        if cameras.is_empty() {
            return Self::default();
        }
        let up = up_direction(cameras).as_dvec3();
        let centre = looked_at(cameras);
        let n = cameras.len() as f64;
        let height = cameras.iter().map(|c| (c.position() - centre).dot(up)).sum::<f64>() / n;
        let radius = cameras.iter().map(|c| (c.position() - centre).reject_from(up).length()).sum::<f64>() / n;
        let first = (cameras[0].position() - centre).reject_from(up).try_normalize();
        let first = first.unwrap_or_else(|| up.any_orthonormal_vector()) * radius.max(1e-3);
        let key = |k: usize| {
            let share = k as f64 / ORBIT_KEYS as f64;
            let out = DQuat::from_axis_angle(up, std::f64::consts::TAU * share) * first;
            let eye = centre + out + height * up;
            let view = Camera::looking_at(cameras[0].intrinsics, eye, centre, up);
            PathKey { seconds: ORBIT_SECONDS * share, pose: Pose::of(&view) }
        };
        Self { keys: (0..=ORBIT_KEYS).map(key).collect() }
    }
}

/// The world's up direction as the photographer held the camera: the mean of the views' upward image axes.
pub fn up_direction(cameras: &[Camera]) -> Vec3 {
    let sum: Vec3 = cameras.iter().map(|c| -c.world_from_view.matrix3.y_axis.as_vec3()).sum();
    let up = sum.try_normalize().unwrap_or(Vec3::Y);
    // A hand-held mean is a few degrees off; scanned rooms stand upright on an axis.
    let axes = [Vec3::X, Vec3::NEG_X, Vec3::Y, Vec3::NEG_Y, Vec3::Z, Vec3::NEG_Z];
    axes.into_iter().find(|axis| axis.dot(up) > 0.9).unwrap_or(up)
}

/// The point that is nearest to all viewing axes; before the mean camera where they are parallel.
fn looked_at(cameras: &[Camera]) -> DVec3 {
    let (mut a, mut b) = (DMat3::ZERO, DVec3::ZERO);
    for camera in cameras {
        let axis = camera.world_from_view.matrix3.z_axis;
        let across = DMat3::IDENTITY - DMat3::from_cols(axis * axis.x, axis * axis.y, axis * axis.z);
        a += across;
        b += across * camera.position();
    }
    let n = cameras.len() as f64;
    if (a * (1.0 / n)).determinant() > 1e-4 {
        return a.inverse() * b;
    }
    cameras.iter().map(|c| c.position() + c.world_from_view.matrix3.z_axis).sum::<DVec3>() / n
}

/// Names that jump about give a way several times as long as walking from neighbour to neighbour.
fn in_walking_order(cameras: Vec<Camera>) -> Vec<Camera> {
    let length = |way: &[Camera]| way.windows(2).map(|p| p[0].position().distance(p[1].position())).sum::<f64>();
    let mut rest = cameras.clone();
    let mut tour: Vec<Camera> = rest.drain(..rest.len().min(1)).collect();
    while let Some(last) = tour.last().map(Camera::position).filter(|_| !rest.is_empty()) {
        let distance = |c: &Camera| c.position().distance_squared(last);
        let nearest = (0..rest.len()).min_by(|&a, &b| distance(&rest[a]).total_cmp(&distance(&rest[b])));
        tour.push(rest.remove(nearest.unwrap_or(0)));
    }
    if length(&cameras) > 3.0 * length(&tour) { tour } else { cameras }
}

fn low_pass(keys: &[Pose]) -> Vec<Pose> {
    let reach = (3.0 * SMOOTH_KEYS) as isize;
    let smooth = |i: usize| {
        // Ends keep a symmetric window, so that the walk begins and ends where the photographer did.
        let reach = reach.min(i as isize).min((keys.len() - 1 - i) as isize);
        let weight = |d: isize| (-0.5 * (d as f64 / SMOOTH_KEYS).powi(2)).exp();
        let window = || (-reach..=reach).map(|d| (&keys[(i as isize + d) as usize], weight(d)));
        let total: f64 = window().map(|(_, w)| w).sum();
        let position = window().map(|(key, w)| key.position * (w / total)).sum();
        Pose { position, rotation: mean_rotation(window().map(|(key, w)| (key.rotation, w))) }
    };
    (0..keys.len()).map(smooth).collect()
}

/// Normalised weighted sum of rotations that lie close together.
fn mean_rotation(rotations: impl Iterator<Item = (DQuat, f64)>) -> DQuat {
    let mut sum = DQuat::from_xyzw(0.0, 0.0, 0.0, 0.0);
    for (q, w) in rotations {
        let same_side = if sum.dot(q) < 0.0 { -w } else { w };
        sum = sum + q * same_side;
    }
    if sum.length_squared() > 1e-12 { sum.normalize() } else { DQuat::IDENTITY }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Intrinsics;

    /// Cameras on a circle about the z axis at these angles, looking at a point above its middle.
    fn circle(angles: impl Iterator<Item = f64>) -> Vec<Camera> {
        let lens = Intrinsics::from_vertical_fov(64, 48, 0.9);
        let eye = |angle: f64| DVec3::new(2.0 * angle.cos(), 2.0 * angle.sin(), 1.5);
        angles.map(|angle| Camera::looking_at(lens, eye(angle), DVec3::Z * 1.2, DVec3::Z)).collect()
    }

    fn steps(path: &CameraPath, frames: usize) -> Vec<f64> {
        let poses: Vec<Pose> = path.frames(frames).collect();
        poses.windows(2).map(|p| p[0].position.distance(p[1].position)).collect()
    }

    #[test]
    fn the_walk_starts_and_ends_at_the_first_and_last_view_and_never_jumps() {
        let cameras = circle((0..20).map(|i| i as f64 * 0.2));
        let path = CameraPath::walk(&cameras);
        assert!(path.at(0.0).position.distance(cameras[0].position()) < 1e-9);
        assert!(path.at(1e9).position.distance(cameras[19].position()) < 1e-9);
        let frames = (path.duration() / 0.02) as usize;
        assert!(steps(&path, frames).iter().all(|step| *step < 0.02 * super::super::PACE * 2.0));
        let poses: Vec<Pose> = path.frames(frames).collect();
        let turns = poses.windows(2).map(|p| p[0].rotation.angle_between(p[1].rotation));
        assert!(turns.fold(0.0, f64::max) < 0.02 * super::super::TURN * 2.0);
    }

    #[test]
    fn a_flight_is_smooth_and_begins_and_ends_at_cameras() {
        let cameras = circle((0..40).map(|i| i as f64 * 0.15));
        let path = CameraPath::flight(&cameras, 2.0);
        for (pose, camera) in [(path.at(0.0), &cameras[0]), (path.at(1e9), &cameras[39])] {
            assert!(pose.position.distance(camera.position()) < 1e-9);
        }
        let steps = steps(&path, 90);
        let (least, most) = (steps.iter().copied().fold(f64::MAX, f64::min), steps.iter().copied().fold(0.0, f64::max));
        assert!(most < 2.0 * least, "{least} {most}");
    }

    #[test]
    fn cameras_whose_names_jump_about_are_flown_past_in_order() {
        let jumping = circle((0..40).map(|i| ((i * 17) % 40) as f64 * 0.15));
        let longest = steps(&CameraPath::flight(&jumping, 2.0), 60).into_iter().fold(0.0, f64::max);
        assert!(longest < 0.6, "{longest}");
    }

    #[test]
    fn an_orbit_keeps_its_distance_and_comes_back() {
        let cameras = circle((0..7).map(|i| i as f64 * 0.3));
        let path = CameraPath::orbit(&cameras);
        let centre = DVec3::Z * 1.2;
        for pose in path.frames(50) {
            assert!((pose.position.truncate().length() - 2.0).abs() < 0.02 && (pose.position.z - 1.5).abs() < 1e-6);
            assert!(pose.forward().dot((centre - pose.position).normalize()) > 0.999);
        }
        assert!(path.at(0.0).position.distance(path.at(1e9).position) < 1e-6);
        assert!(path.at(0.0).position.distance(cameras[0].position()) < 1e-6);
    }

    #[test]
    fn few_cameras_do_not_panic() {
        assert!(CameraPath::walk(&[]).is_empty() && CameraPath::flight(&[], 1.0).is_empty());
        assert!(CameraPath::orbit(&[]).is_empty());
        let one = circle([0.3].into_iter());
        for path in [CameraPath::walk(&one), CameraPath::flight(&one, 0.0), CameraPath::orbit(&one)] {
            assert!(path.at(3.0).position.is_finite() && path.at(3.0).rotation.is_finite());
            assert_eq!(path.frames(3).count(), 3);
        }
    }

    #[test]
    fn up_snaps_to_the_axis_that_the_views_agree_on() {
        assert_eq!(up_direction(&circle((0..9).map(|i| i as f64 * 0.2))), Vec3::Z);
    }
}

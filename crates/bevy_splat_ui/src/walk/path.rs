//! A smooth walk through posed cameras: positions by Catmull-Rom splines, rotations by slerp.
//!
//! Photographs are taken by hand: neighbouring views jump and shake. The keys are therefore low-passed before they are
//! joined, and the time between two keys respects a walking pace and a comfortable turning rate.

use bevy::math::{Quat, Vec3};
use bevy_splat_render::transform_from_camera;
use splat_core::Camera;

/// Walking pace, metres (world units) per second.
const PACE: f32 = 0.6;
/// Fastest comfortable turn, radians per second.
const TURN: f32 = 0.7;
/// Standard deviation of the low-pass over the keys, in keys.
const SMOOTH_KEYS: f32 = 1.6;
/// Half width of the window over which the rotation is averaged while walking, seconds: no kinks at the keys.
const SMOOTH_SECONDS: f32 = 0.45;

/// Where a walker stands and looks, in Bevy's axes (the camera looks along its -z, +y is up in the image).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    /// Position in world space.
    pub position: Vec3,
    /// World from camera.
    pub rotation: Quat,
}

impl Pose {
    /// Bevy's pose of a camera with OpenCV axes.
    pub fn of_camera(camera: &Camera) -> Self {
        let transform = transform_from_camera(camera);
        Self { position: transform.translation, rotation: transform.rotation }
    }

    /// Viewing direction in world space.
    pub fn forward(&self) -> Vec3 {
        self.rotation * Vec3::NEG_Z
    }
}

/// A walk, parametrised by seconds from its start.
#[derive(Clone, Debug, Default)]
pub struct WalkPath {
    keys: Vec<Pose>,
    /// Seconds at which each key is passed, ascending from 0.
    times: Vec<f32>,
}

impl WalkPath {
    /// A walk past these cameras in the given order.
    pub fn through(cameras: &[Camera]) -> Self {
        let raw: Vec<Pose> = cameras.iter().map(Pose::of_camera).collect();
        let keys = low_pass(&raw);
        let mut times = vec![0.0; keys.len()];
        for i in 1..keys.len() {
            let way = keys[i].position.distance(keys[i - 1].position) / PACE;
            let turn = keys[i].rotation.angle_between(keys[i - 1].rotation) / TURN;
            times[i] = times[i - 1] + way.max(turn).max(0.05);
        }
        Self { keys, times }
    }

    /// True where there is nothing to walk along.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Seconds from the first key to the last.
    pub fn duration(&self) -> f32 {
        self.times.last().copied().unwrap_or(0.0)
    }

    /// Seconds at which the key of the `index`-th camera is passed.
    pub fn time_of(&self, index: usize) -> f32 {
        self.times.get(index).copied().unwrap_or(0.0)
    }

    /// Index of the key that is nearest in time.
    pub fn key_at(&self, seconds: f32) -> usize {
        let after = self.times.partition_point(|&t| t < seconds).min(self.times.len().saturating_sub(1));
        match after {
            0 => 0,
            i if seconds - self.times[i - 1] < self.times[i] - seconds => i - 1,
            i => i,
        }
    }

    /// The pose at a time, clamped to the walk; the identity for an empty walk.
    pub fn at(&self, seconds: f32) -> Pose {
        if self.keys.is_empty() {
            return Pose { position: Vec3::ZERO, rotation: Quat::IDENTITY };
        }
        let samples = (-3..=3).map(|i| self.slerped(seconds + i as f32 * SMOOTH_SECONDS / 3.0));
        let rotation = mean_rotation(samples.zip([1.0, 3.0, 5.0, 6.0, 5.0, 3.0, 1.0]));
        Pose { position: self.splined(seconds), rotation }
    }

    /// Key before the time and the share of the way to the next.
    fn segment(&self, seconds: f32) -> (usize, f32) {
        let t = seconds.clamp(0.0, self.duration());
        let next = self.times.partition_point(|&key| key <= t).clamp(1, self.times.len().max(2) - 1);
        let (a, b) = (self.times[next - 1], self.times.get(next).copied().unwrap_or(0.0));
        (next - 1, if b > a { (t - a) / (b - a) } else { 0.0 })
    }

    fn slerped(&self, seconds: f32) -> Quat {
        let (i, s) = self.segment(seconds);
        let next = (i + 1).min(self.keys.len() - 1);
        self.keys[i].rotation.slerp(self.keys[next].rotation, s)
    }

    /// Catmull-Rom for keys that are unevenly spaced in time: cubic Hermite with central differences as velocities.
    fn splined(&self, seconds: f32) -> Vec3 {
        let last = self.keys.len() - 1;
        let (i, s) = self.segment(seconds);
        let next = (i + 1).min(last);
        let velocity = |k: usize| {
            let (before, after) = (k.saturating_sub(1), (k + 1).min(last));
            let time = self.times[after] - self.times[before];
            let way = self.keys[after].position - self.keys[before].position;
            if time > 0.0 { way / time } else { Vec3::ZERO }
        };
        let span = self.times[next] - self.times[i];
        let (p0, p1) = (self.keys[i].position, self.keys[next].position);
        let (m0, m1) = (velocity(i) * span, velocity(next) * span);
        let (s2, s3) = (s * s, s * s * s);
        p0 * (2.0 * s3 - 3.0 * s2 + 1.0) + m0 * (s3 - 2.0 * s2 + s) + p1 * (3.0 * s2 - 2.0 * s3) + m1 * (s3 - s2)
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

fn low_pass(keys: &[Pose]) -> Vec<Pose> {
    let reach = (3.0 * SMOOTH_KEYS) as isize;
    let smooth = |i: usize| {
        // Ends keep a symmetric window, so that the walk begins and ends where the photographer did.
        let reach = reach.min(i as isize).min((keys.len() - 1 - i) as isize);
        let weight = |d: isize| (-0.5 * (d as f32 / SMOOTH_KEYS).powi(2)).exp();
        let window = || (-reach..=reach).map(|d| (&keys[(i as isize + d) as usize], weight(d)));
        let total: f32 = window().map(|(_, w)| w).sum();
        let position = window().map(|(key, w)| key.position * (w / total)).sum();
        Pose { position, rotation: mean_rotation(window().map(|(key, w)| (key.rotation, w))) }
    };
    (0..keys.len()).map(smooth).collect()
}

/// Normalised weighted sum of rotations that lie close together.
fn mean_rotation(rotations: impl Iterator<Item = (Quat, f32)>) -> Quat {
    let mut sum = Quat::from_xyzw(0.0, 0.0, 0.0, 0.0);
    for (q, w) in rotations {
        let same_side = if sum.dot(q) < 0.0 { -w } else { w };
        sum = sum + q * same_side;
    }
    if sum.length_squared() > 1e-12 { sum.normalize() } else { Quat::IDENTITY }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy::math::DVec3;
    use splat_core::Intrinsics;

    fn circle(n: usize) -> Vec<Camera> {
        let lens = Intrinsics::from_vertical_fov(64, 48, 1.0);
        let eye = |i: usize| {
            let angle = i as f64 * 0.2;
            DVec3::new(2.0 * angle.cos(), 2.0 * angle.sin(), 1.5)
        };
        (0..n).map(|i| Camera::looking_at(lens, eye(i), DVec3::new(0.0, 0.0, 1.2), DVec3::Z)).collect()
    }

    #[test]
    fn poses_look_where_the_camera_looks() {
        let camera = circle(1)[0];
        let pose = Pose::of_camera(&camera);
        let forward = camera.world_from_view.matrix3.z_axis.as_vec3();
        assert!(pose.forward().distance(forward) < 1e-5);
        assert!((pose.rotation * Vec3::Y).distance(-camera.world_from_view.matrix3.y_axis.as_vec3()) < 1e-5);
    }

    #[test]
    fn the_walk_starts_and_ends_at_the_first_and_last_view_and_never_jumps() {
        let cameras = circle(20);
        let path = WalkPath::through(&cameras);
        assert!(path.at(0.0).position.distance(cameras[0].position().as_vec3()) < 1e-4);
        assert!(path.at(1e9).position.distance(cameras[19].position().as_vec3()) < 1e-4);
        let steps = (path.duration() / 0.02) as usize;
        for i in 0..steps {
            let (a, b) = (path.at(i as f32 * 0.02), path.at((i + 1) as f32 * 0.02));
            assert!(a.position.distance(b.position) < 0.02 * PACE * 2.0, "jump at {i}");
            assert!(a.rotation.angle_between(b.rotation) < 0.02 * TURN * 2.0, "turn at {i}");
        }
    }

    #[test]
    fn up_snaps_to_the_axis_that_the_views_agree_on() {
        assert_eq!(up_direction(&circle(9)), Vec3::Z);
    }

    #[test]
    fn short_walks_do_not_panic() {
        assert!(WalkPath::through(&[]).is_empty());
        let one = WalkPath::through(&circle(1));
        assert_eq!(one.duration(), 0.0);
        assert!(one.at(3.0).position.is_finite() && one.at(3.0).rotation.is_finite());
        assert_eq!(one.key_at(1.0), 0);
    }
}

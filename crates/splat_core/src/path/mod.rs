//! Ways of a camera: key frames, and what lies between them.
//!
//! * [`spline`]: the interpolation: no kinks, neither in place nor in direction
//! * [`made`]: ways that follow from a capture's cameras: a walk, a flight, an orbit

pub mod made;
pub mod spline;

pub use made::up_direction;

use crate::camera::{Camera, Intrinsics};
use glam::{DAffine3, DQuat, DVec3};

/// Walking pace, world units per second: of key frames that nobody gave a time.
const PACE: f64 = 0.6;
/// Fastest comfortable turn, radians per second.
const TURN: f64 = 0.7;
/// Least seconds between two such key frames.
const LEAST_SECONDS: f64 = 0.05;

/// Where a camera stands and looks, in world space.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    /// Camera centre.
    pub position: DVec3,
    /// World from view, OpenCV axes: the camera looks along its +z, +y is down in the image.
    pub rotation: DQuat,
}

impl Default for Pose {
    fn default() -> Self {
        Self { position: DVec3::ZERO, rotation: DQuat::IDENTITY }
    }
}

impl Pose {
    /// A camera's pose.
    pub fn of(camera: &Camera) -> Self {
        let rotation = DQuat::from_mat3(&camera.world_from_view.matrix3).normalize();
        Self { position: camera.position(), rotation }
    }

    /// A camera there.
    pub fn camera(&self, intrinsics: Intrinsics) -> Camera {
        let world_from_view = DAffine3::from_rotation_translation(self.rotation.normalize(), self.position);
        Camera { intrinsics, world_from_view }
    }

    /// Viewing direction.
    pub fn forward(&self) -> DVec3 {
        self.rotation * DVec3::Z
    }

    fn is_finite(&self) -> bool {
        self.position.is_finite() && self.rotation.is_finite() && self.rotation.length_squared() > 1e-12
    }

    /// Seconds that a person takes from here to there.
    fn seconds_to(&self, other: &Self) -> f64 {
        let way = self.position.distance(other.position) / PACE;
        let turn = self.rotation.angle_between(other.rotation) / TURN;
        way.max(turn).max(LEAST_SECONDS)
    }
}

/// A pose at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PathKey {
    /// Seconds from the start of the path.
    pub seconds: f64,
    /// Where the camera is then.
    pub pose: Pose,
}

/// A way through key frames, in ascending order of time, the first one at 0 seconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CameraPath {
    keys: Vec<PathKey>,
}

/// Key frames that are no path. Keys count from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Numbers of a key are not finite, or its rotation is zero.
    #[error("key {0} has numbers that are not finite, or a rotation of length 0")]
    NotFinite(usize),
    /// Time does not go on.
    #[error("key {0} is not later than the one before: `seconds` must ascend")]
    NotAscending(usize),
}

impl CameraPath {
    /// From key frames; times are shifted so that the first is 0, rotations normalised.
    pub fn new(mut keys: Vec<PathKey>) -> Result<Self, PathError> {
        let start = keys.first().map_or(0.0, |key| key.seconds);
        let mut last = f64::NEG_INFINITY;
        for (number, key) in (1..).zip(&mut keys) {
            if !key.pose.is_finite() || !key.seconds.is_finite() {
                return Err(PathError::NotFinite(number));
            }
            if key.seconds <= last {
                return Err(PathError::NotAscending(number));
            }
            last = key.seconds;
            key.seconds -= start;
            key.pose.rotation = key.pose.rotation.normalize();
        }
        Ok(Self { keys })
    }

    /// Through these poses in the given order, at a comfortable pace.
    pub fn through(poses: impl IntoIterator<Item = Pose>) -> Self {
        let mut path = Self::default();
        poses.into_iter().for_each(|pose| path.push(pose));
        path
    }

    /// Adds a key frame at the end, as much later as a person takes to get there. A pose with numbers that are not finite is
    /// passed over.
    pub fn push(&mut self, pose: Pose) {
        if !pose.is_finite() {
            return;
        }
        let pose = Pose { rotation: pose.rotation.normalize(), ..pose };
        let seconds = self.keys.last().map_or(0.0, |last| last.seconds + last.pose.seconds_to(&pose));
        self.keys.push(PathKey { seconds, pose });
    }

    /// Takes the last key frame away.
    pub fn pop(&mut self) -> Option<PathKey> {
        self.keys.pop()
    }

    /// The key frames.
    pub fn keys(&self) -> &[PathKey] {
        &self.keys
    }

    /// True where there is nowhere to go.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Seconds from the first key frame to the last.
    pub fn duration(&self) -> f64 {
        self.keys.last().map_or(0.0, |key| key.seconds)
    }

    /// The pose at a time, clamped to the path; the default for an empty path.
    pub fn at(&self, seconds: f64) -> Pose {
        spline::pose(&self.keys, seconds)
    }

    /// `count` poses evenly spaced in time, the ends among them; none of an empty path.
    pub fn frames(&self, count: usize) -> impl Iterator<Item = Pose> {
        let step = self.duration() / count.saturating_sub(1).max(1) as f64;
        (0..if self.is_empty() { 0 } else { count }).map(move |frame| self.at(step * frame as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seconds: f64, x: f64) -> PathKey {
        PathKey { seconds, pose: Pose { position: DVec3::X * x, ..Default::default() } }
    }

    #[test]
    fn bad_key_frames_are_refused_by_number() {
        assert_eq!(CameraPath::new(vec![key(0.0, 0.0), key(0.0, 1.0)]), Err(PathError::NotAscending(2)));
        assert_eq!(CameraPath::new(vec![key(0.0, f64::NAN)]), Err(PathError::NotFinite(1)));
        let mut flat = key(0.0, 0.0);
        flat.pose.rotation = DQuat::from_xyzw(0.0, 0.0, 0.0, 0.0);
        assert_eq!(CameraPath::new(vec![flat]), Err(PathError::NotFinite(1)));
        let shifted = CameraPath::new(vec![key(5.0, 0.0), key(7.0, 1.0)]).unwrap();
        assert_eq!((shifted.duration(), shifted.keys()[0].seconds), (2.0, 0.0));
    }

    #[test]
    fn key_frames_without_times_get_them_from_the_way() {
        let mut path = CameraPath::through([key(0.0, 0.0).pose, key(0.0, 1.2).pose]);
        assert!((path.duration() - 2.0).abs() < 1e-9);
        path.push(Pose { rotation: DQuat::from_rotation_y(1.4), ..key(0.0, 1.2).pose });
        assert!((path.duration() - 4.0).abs() < 1e-9);
        path.push(Pose { position: DVec3::NAN, ..Default::default() });
        assert_eq!(path.keys().len(), 3);
        assert_eq!(path.frames(5).count(), 5);
        assert_eq!(path.frames(5).last().map(|pose| pose.position), Some(DVec3::X * 1.2));
        assert_eq!((CameraPath::default().frames(5).count(), path.frames(1).count()), (0, 1));
    }
}

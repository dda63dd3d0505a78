//! A camera path in Bevy's axes, and the walk through a capture's cameras.

use bevy::math::{DQuat, Quat, Vec3};
use splat_core::Camera;
pub use splat_core::path::up_direction;
use splat_core::path::{self, CameraPath};

/// Where a walker stands and looks, in Bevy's axes (the camera looks along its -z, +y is up in the image).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    /// Position in world space.
    pub position: Vec3,
    /// World from camera.
    pub rotation: Quat,
}

/// Half a circle about x: between Bevy's axes and OpenCV's.
const TURN: DQuat = DQuat::from_xyzw(1.0, 0.0, 0.0, 0.0);

impl Pose {
    /// Bevy's pose of a camera with OpenCV axes.
    pub fn of_camera(camera: &Camera) -> Self {
        path::Pose::of(camera).into()
    }

    /// Viewing direction in world space.
    pub fn forward(&self) -> Vec3 {
        self.rotation * Vec3::NEG_Z
    }
}

impl From<path::Pose> for Pose {
    fn from(pose: path::Pose) -> Self {
        Self { position: pose.position.as_vec3(), rotation: (pose.rotation * TURN).as_quat().normalize() }
    }
}

impl From<Pose> for path::Pose {
    fn from(pose: Pose) -> Self {
        Self { position: pose.position.as_dvec3(), rotation: pose.rotation.as_dquat() * TURN.inverse() }
    }
}

/// A way, parametrised by seconds from its start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WalkPath(pub CameraPath);

impl WalkPath {
    /// A walk past these cameras in the given order.
    pub fn through(cameras: &[Camera]) -> Self {
        Self(CameraPath::walk(cameras))
    }

    /// True where there is nothing to walk along.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Seconds from the first key to the last.
    pub fn duration(&self) -> f32 {
        self.0.duration() as f32
    }

    /// Seconds at which a key is passed.
    pub fn time_of(&self, index: usize) -> f32 {
        self.0.keys().get(index).map_or(0.0, |key| key.seconds as f32)
    }

    /// Index of the key that is nearest in time.
    pub fn key_at(&self, seconds: f32) -> usize {
        let count = self.0.keys().len();
        let after = self.0.keys().partition_point(|key| (key.seconds as f32) < seconds).min(count.saturating_sub(1));
        match after {
            0 => 0,
            i if seconds - self.time_of(i - 1) < self.time_of(i) - seconds => i - 1,
            i => i,
        }
    }

    /// The pose at a time, clamped to the way; that of the origin for an empty one.
    pub fn at(&self, seconds: f32) -> Pose {
        self.0.at(seconds as f64).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy::math::DVec3;
    use bevy_splat_render::transform_from_camera;
    use splat_core::Intrinsics;

    fn camera() -> Camera {
        let lens = Intrinsics::from_vertical_fov(64, 48, 1.0);
        Camera::looking_at(lens, DVec3::new(2.0, 0.4, 1.5), DVec3::new(0.0, 0.0, 1.2), DVec3::Z)
    }

    #[test]
    fn poses_look_where_the_camera_looks_and_survive_the_round_trip() {
        let pose = Pose::of_camera(&camera());
        let (forward, down) = (camera().world_from_view.matrix3.z_axis, camera().world_from_view.matrix3.y_axis);
        assert!(pose.forward().distance(forward.as_vec3()) < 1e-5);
        assert!((pose.rotation * Vec3::Y).distance(-down.as_vec3()) < 1e-5);
        let transform = transform_from_camera(&camera());
        assert!(pose.rotation.angle_between(transform.rotation) < 1e-3 && pose.position == transform.translation);
        let back: path::Pose = pose.into();
        assert!(back.rotation.angle_between(path::Pose::of(&camera()).rotation) < 1e-3);
        assert!(back.forward().distance(forward) < 1e-5);
    }

    #[test]
    fn keys_are_found_by_time() {
        let path = WalkPath(CameraPath::through(
            (0..3).map(|i| path::Pose { position: DVec3::X * 0.6 * i as f64, ..Default::default() }),
        ));
        assert_eq!([0.0, 0.4, 0.6, 1.9, 99.0].map(|s| path.key_at(s)), [0, 0, 1, 2, 2]);
        assert_eq!((path.time_of(2), path.time_of(9), WalkPath::default().key_at(1.0)), (2.0, 0.0, 0));
    }
}

//! Bevy's cameras to splat cameras and back.
//!
//! A Bevy camera looks along -z with +y up; splat cameras follow OpenCV: +z forward, +y down. Both are right-handed, so the
//! turn between them is half a circle about x.

use crate::view::SplatIntrinsics;
use bevy::math::{Affine3A, DAffine3, DMat3, DQuat, DVec3};
use bevy::prelude::*;
use splat_core::{Camera as SplatCamera, Intrinsics};

/// Intrinsics of a perspective projection for a viewport; `None` for an orthographic one.
///
/// NDC x = m00 x / z - m20 with z forward, and pixel x = width (NDC x + 1) / 2; y likewise, upside down.
pub fn intrinsics_from_projection(clip_from_view: Mat4, width: u32, height: u32) -> Option<Intrinsics> {
    let m = clip_from_view.as_dmat4();
    if m.w_axis.w == 1.0 {
        return None;
    }
    let (w, h) = (0.5 * width as f64, 0.5 * height as f64);
    let k = Intrinsics {
        width,
        height,
        fx: w * m.x_axis.x,
        fy: h * m.y_axis.y,
        cx: w * (1.0 - m.z_axis.x),
        cy: h * (1.0 + m.z_axis.y),
    };
    k.is_valid().then_some(k)
}

/// The splat camera of a Bevy camera at `world_from_view` (Bevy axes; scale is passed over).
pub fn camera_from_transform(world_from_view: &GlobalTransform, intrinsics: Intrinsics) -> SplatCamera {
    camera_in_cloud(world_from_view, &CloudPose::default(), intrinsics)
}

/// Where a Bevy camera must stand to look through a splat camera (Bevy axes).
pub fn transform_from_camera(camera: &SplatCamera) -> Transform {
    let pose = camera.world_from_view;
    let m = pose.matrix3;
    let axes = DMat3::from_cols(m.x_axis, -m.y_axis, -m.z_axis);
    let rotation = DQuat::from_mat3(&axes).normalize().as_quat();
    Transform { translation: pose.translation.as_vec3(), rotation, scale: Vec3::ONE }
}

/// A cloud's place in the world: a turn, a shift and one scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CloudPose {
    /// Cloud space to world space.
    pub world_from_cloud: Affine3A,
    /// World units per cloud unit: the geometric mean of the axes.
    pub scale: f32,
    /// False where axes are scaled differently (or mirrored): the picture is then that of the mean scale.
    pub is_uniform: bool,
}

impl Default for CloudPose {
    fn default() -> Self {
        Self { world_from_cloud: Affine3A::IDENTITY, scale: 1.0, is_uniform: true }
    }
}

impl CloudPose {
    /// From a cloud entity's transform; `None` where it is degenerate.
    pub fn new(transform: &GlobalTransform) -> Option<Self> {
        let (scales, rotation, translation) = transform.to_scale_rotation_translation();
        let volume = scales.x * scales.y * scales.z;
        let scale = volume.abs().cbrt();
        if !(scale.is_finite() && scale > 0.0 && rotation.is_finite() && translation.is_finite()) {
            return None;
        }
        let is_uniform = volume > 0.0 && scales.abs_diff_eq(Vec3::splat(scale), 1e-3 * scale);
        let world_from_cloud = Affine3A::from_scale_rotation_translation(Vec3::splat(scale), rotation, translation);
        Some(Self { world_from_cloud, scale, is_uniform })
    }
}

/// The splat camera in a cloud's own space. One scale does not change a picture, so only the position feels it.
pub fn camera_in_cloud(world_from_view: &GlobalTransform, cloud: &CloudPose, intrinsics: Intrinsics) -> SplatCamera {
    let (_, rotation, translation) = world_from_view.to_scale_rotation_translation();
    let (_, cloud_rotation, cloud_translation) = cloud.world_from_cloud.to_scale_rotation_translation();
    let to_cloud = cloud_rotation.as_dquat().normalize().inverse();
    let position = to_cloud * (translation - cloud_translation).as_dvec3() / cloud.scale as f64;
    let axes = DMat3::from_quat(to_cloud * rotation.as_dquat().normalize());
    let world_from_view = DAffine3::from_cols(axes.x_axis, -axes.y_axis, -axes.z_axis, position);
    SplatCamera { intrinsics, world_from_view }
}

/// The intrinsics that a view is drawn with, at the splat picture's size.
pub fn view_intrinsics(
    exact: Option<&SplatIntrinsics>,
    clip_from_view: Mat4,
    viewport: UVec2,
    size: UVec2,
) -> Option<Intrinsics> {
    let full = match exact {
        Some(exact) => exact.fitted(viewport.x, viewport.y),
        None => intrinsics_from_projection(clip_from_view, viewport.x, viewport.y)?,
    };
    let sized = full.resized(size.x, size.y);
    sized.is_valid().then_some(sized)
}

/// Position and distance from the camera of a surface at a view depth behind a pixel, in the camera's space.
pub fn surface_point(camera: &SplatCamera, pixel: Vec2, depth: f32) -> (Vec3, f32) {
    let (origin, direction): (DVec3, DVec3) = camera.ray(pixel);
    let offset = direction * depth as f64;
    ((origin + offset).as_vec3(), offset.length() as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn projection(fov_y: f32, aspect: f32) -> Mat4 {
        Mat4::perspective_infinite_reverse_rh(fov_y, aspect, 0.1)
    }

    /// Pixel of a world point through Bevy's matrices.
    fn bevy_pixel(clip_from_view: Mat4, pose: &GlobalTransform, size: Vec2, point: Vec3) -> Vec2 {
        let ndc = clip_from_view.project_point3(pose.affine().inverse().transform_point3(point));
        Vec2::new((ndc.x + 1.0) * 0.5 * size.x, (1.0 - ndc.y) * 0.5 * size.y)
    }

    #[test]
    fn both_cameras_see_a_point_at_the_same_pixel() {
        let pose =
            GlobalTransform::from(Transform::from_xyz(1.0, 2.0, 3.0).looking_at(Vec3::new(0.2, 0.1, -1.0), Vec3::Y));
        // An off-centre projection too, as a sub-view has.
        let mut off_centre = projection(0.9, 1.6);
        off_centre.z_axis.x = 0.2;
        off_centre.z_axis.y = -0.1;
        for clip_from_view in [projection(0.9, 1.6), off_centre] {
            let k = intrinsics_from_projection(clip_from_view, 640, 400).unwrap();
            let camera = camera_from_transform(&pose, k);
            for point in [Vec3::ZERO, Vec3::new(0.5, 0.3, -0.2), Vec3::new(-0.4, 0.8, 0.1)] {
                let expected = bevy_pixel(clip_from_view, &pose, Vec2::new(640.0, 400.0), point);
                let (pixel, _) = camera.project(point).unwrap();
                assert!(pixel.distance(expected) < 1e-2, "{pixel} {expected}");
            }
        }
    }

    #[test]
    fn an_orthographic_projection_has_no_intrinsics() {
        let flat = Mat4::orthographic_rh(-1.0, 1.0, -1.0, 1.0, 0.0, 10.0);
        assert!(intrinsics_from_projection(flat, 64, 64).is_none());
    }

    #[test]
    fn poses_survive_the_round_trip() {
        let k = Intrinsics::from_vertical_fov(64, 48, 1.0);
        let eye = DVec3::new(1.0, -2.0, 0.5);
        let camera = SplatCamera::looking_at(k, eye, DVec3::new(0.0, 1.0, 0.0), DVec3::Z);
        let back = camera_from_transform(&transform_from_camera(&camera).into(), k);
        assert!(back.world_from_view.abs_diff_eq(camera.world_from_view, 1e-5));
    }

    #[test]
    fn a_moved_turned_and_scaled_cloud_is_seen_where_it_stands() {
        let cloud =
            Transform::from_xyz(1.0, 0.5, -2.0).with_rotation(Quat::from_rotation_x(-1.2)).with_scale(Vec3::splat(2.5));
        let pose = CloudPose::new(&cloud.into()).unwrap();
        let view = GlobalTransform::from(Transform::from_xyz(4.0, 3.0, 5.0).looking_at(Vec3::ZERO, Vec3::Y));
        let k = Intrinsics::from_vertical_fov(640, 400, 0.9);
        let in_cloud = camera_in_cloud(&view, &pose, k);
        let point = Vec3::new(0.3, -0.2, 0.4);
        let in_world = cloud.transform_point(point);
        let (pixel, depth) = in_cloud.project(point).unwrap();
        let (expected, world_depth) = camera_from_transform(&view, k).project(in_world).unwrap();
        assert!(pixel.distance(expected) < 1e-2 && (depth * 2.5 - world_depth).abs() < 1e-4);
        let (surface, distance) = surface_point(&camera_from_transform(&view, k), pixel, depth * 2.5);
        assert!(surface.distance(in_world) < 1e-3);
        assert!((distance - in_world.distance(view.translation())).abs() < 1e-3);
    }

    #[test]
    fn flat_clouds_have_no_pose_and_stretched_ones_say_so() {
        assert!(CloudPose::new(&Transform::from_scale(Vec3::new(1.0, 0.0, 1.0)).into()).is_none());
        assert!(!CloudPose::new(&Transform::from_scale(Vec3::new(1.0, 2.0, 1.0)).into()).unwrap().is_uniform);
    }
}

//! Bevy's cameras to splat cameras and back.
//!
//! A Bevy camera looks along -z with +y up; splat cameras follow OpenCV: +z forward, +y down. Both are right-handed, so the
//! turn between them is half a circle about x.

use crate::view::SplatIntrinsics;
use bevy::math::{Affine3A, DAffine3, DMat3, DQuat, DVec3};
use bevy::prelude::*;
use splat_core::{Camera as SplatCamera, Intrinsics};

/// A camera that splats are drawn through.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ViewCamera {
    /// Pose, image size and lens. Where the camera is orthographic, focal lengths are pixels per unit of the space that the
    /// pose is in, and the camera stands in the plane where its rays begin.
    pub pinhole: SplatCamera,
    /// Rays are parallel.
    pub is_orthographic: bool,
}

impl ViewCamera {
    /// True when numbers are finite and the pose is one.
    pub fn is_valid(&self) -> bool {
        self.pinhole.is_valid()
    }

    /// `ViewUniforms::perspective`: 1, or 0 where rays are parallel.
    pub(crate) fn perspective(&self) -> f32 {
        if self.is_orthographic { 0.0 } else { 1.0 }
    }

    /// Origin of the ray through a pixel, and a direction whose view depth is 1.
    pub fn ray(&self, pixel: Vec2) -> (DVec3, DVec3) {
        let (eye, direction) = self.pinhole.ray(pixel);
        if !self.is_orthographic {
            return (eye, direction);
        }
        let forward = self.pinhole.world_from_view.matrix3.z_axis;
        (eye + direction - forward, forward)
    }

    /// The surface at a view depth behind a pixel, and how far along the pixel's ray it lies.
    pub fn surface_point(&self, pixel: Vec2, depth: f32) -> (Vec3, f32) {
        let (origin, direction) = self.ray(pixel);
        let offset = direction * depth as f64;
        ((origin + offset).as_vec3(), offset.length() as f32)
    }

    /// Unit direction from a point to whoever looks.
    pub fn towards_viewer(&self, point: Vec3) -> Vec3 {
        match self.is_orthographic {
            true => -self.pinhole.world_from_view.matrix3.z_axis.as_vec3(),
            false => (self.pinhole.position().as_vec3() - point).normalize_or_zero(),
        }
    }

    /// Pixel and view depth of a point; `None` behind the camera.
    pub fn project(&self, point: Vec3) -> Option<(Vec2, f32)> {
        if !self.is_orthographic {
            return self.pinhole.project(point);
        }
        let p = self.pinhole.view_from_world().transform_point3(point.as_dvec3());
        let k = &self.pinhole.intrinsics;
        let pixel = Vec2::new((k.fx * p.x + k.cx) as f32, (k.fy * p.y + k.cy) as f32);
        (p.z > 0.0).then_some((pixel, p.z as f32))
    }
}

/// What a projection does to rays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lens {
    /// In pixels; orthographic focal lengths are pixels per world unit.
    pub intrinsics: Intrinsics,
    /// Orthographic: how far before the camera its parallel rays begin (behind it where negative). `None`: perspective.
    pub parallel_from: Option<f64>,
}

impl Lens {
    /// Of a Bevy projection for a viewport of `width` x `height` pixels; `None` where it shows nothing.
    ///
    /// Perspective: NDC x = m00 x / z - m20 with z forward. Orthographic: NDC x = m00 x + m30. Pixel x = width (NDC x + 1) / 2;
    /// y likewise, upside down.
    pub fn new(clip_from_view: Mat4, width: u32, height: u32) -> Option<Self> {
        let m = clip_from_view.as_dmat4();
        let is_orthographic = m.w_axis.w == 1.0;
        let (w, h) = (0.5 * width as f64, 0.5 * height as f64);
        let (x, y) = if is_orthographic { (m.w_axis.x, m.w_axis.y) } else { (-m.z_axis.x, -m.z_axis.y) };
        let (fx, fy) = (w * m.x_axis.x, h * m.y_axis.y);
        let intrinsics = Intrinsics { width, height, fx, fy, cx: w * (1.0 + x), cy: h * (1.0 - y) };
        // Reversed depth: 1 where rays begin.
        let begin = (m.w_axis.z - 1.0) / m.z_axis.z;
        let parallel_from = is_orthographic.then_some(begin);
        (intrinsics.is_valid() && parallel_from.is_none_or(f64::is_finite))
            .then_some(Self { intrinsics, parallel_from })
    }

    /// The camera of a Bevy camera entity at `world_from_view` (Bevy axes; scale is passed over).
    pub fn at(&self, world_from_view: &GlobalTransform) -> ViewCamera {
        let mut pinhole = camera_from_transform(world_from_view, self.intrinsics);
        let forward = pinhole.world_from_view.matrix3.z_axis;
        pinhole.world_from_view.translation += self.parallel_from.unwrap_or(0.0) * forward;
        ViewCamera { pinhole, is_orthographic: self.parallel_from.is_some() }
    }
}

/// The splat camera of a Bevy camera with a perspective at `world_from_view` (Bevy axes; scale is passed over).
pub fn camera_from_transform(world_from_view: &GlobalTransform, intrinsics: Intrinsics) -> SplatCamera {
    let (_, rotation, translation) = world_from_view.to_scale_rotation_translation();
    let axes = DMat3::from_quat(rotation.as_dquat().normalize());
    let world_from_view = DAffine3::from_cols(axes.x_axis, -axes.y_axis, -axes.z_axis, translation.as_dvec3());
    SplatCamera { intrinsics, world_from_view }
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

/// A camera in a cloud's own space. One scale does not change a perspective, so only the position feels it; parallel rays meet
/// more or fewer pixels per unit.
pub fn camera_in_cloud(camera: &ViewCamera, cloud: &CloudPose) -> ViewCamera {
    let (_, rotation, translation) = cloud.world_from_cloud.to_scale_rotation_translation();
    let to_cloud = rotation.as_dquat().normalize().inverse();
    let in_world = camera.pinhole.world_from_view;
    let world_from_view = DAffine3 {
        matrix3: DMat3::from_quat(to_cloud) * in_world.matrix3,
        translation: to_cloud * (in_world.translation - translation.as_dvec3()) / cloud.scale as f64,
    };
    let k = camera.pinhole.intrinsics;
    let zoom = if camera.is_orthographic { cloud.scale as f64 } else { 1.0 };
    let intrinsics = Intrinsics { fx: zoom * k.fx, fy: zoom * k.fy, ..k };
    ViewCamera { pinhole: SplatCamera { intrinsics, world_from_view }, ..*camera }
}

/// The lens that a view is drawn with, at the splat picture's size.
pub fn view_lens(exact: Option<&SplatIntrinsics>, clip_from_view: Mat4, viewport: UVec2, size: UVec2) -> Option<Lens> {
    let full = match exact {
        Some(exact) => Lens { intrinsics: exact.fitted(viewport.x, viewport.y), parallel_from: None },
        None => Lens::new(clip_from_view, viewport.x, viewport.y)?,
    };
    let sized = Lens { intrinsics: full.intrinsics.resized(size.x, size.y), ..full };
    sized.intrinsics.is_valid().then_some(sized)
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
        // Bevy's orthographic depth is reversed too; rays may begin behind the camera.
        let flat = |near| Mat4::orthographic_rh(-1.6, 2.0, -1.1, 1.0, 10.0, near);
        for clip_from_view in [projection(0.9, 1.6), off_centre, flat(0.1), flat(-3.0)] {
            let camera = Lens::new(clip_from_view, 640, 400).unwrap().at(&pose);
            for point in [Vec3::ZERO, Vec3::new(0.5, 0.3, -0.2), Vec3::new(-0.4, 0.8, 0.1)] {
                let expected = bevy_pixel(clip_from_view, &pose, Vec2::new(640.0, 400.0), point);
                let (pixel, depth) = camera.project(point).unwrap();
                assert!(pixel.distance(expected) < 1e-2, "{pixel} {expected}");
                assert!(camera.surface_point(pixel, depth).0.distance(point) < 1e-4);
            }
        }
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
        let flat = Mat4::orthographic_rh(-4.0, 4.0, -2.5, 2.5, 20.0, 0.5);
        for clip_from_view in [projection(0.9, 1.6), flat] {
            let camera = Lens::new(clip_from_view, 640, 400).unwrap().at(&view);
            let point = Vec3::new(0.3, -0.2, 0.4);
            let in_world = cloud.transform_point(point);
            let (pixel, depth) = camera_in_cloud(&camera, &pose).project(point).unwrap();
            let (expected, world_depth) = camera.project(in_world).unwrap();
            assert!(pixel.distance(expected) < 1e-2 && (depth * 2.5 - world_depth).abs() < 1e-4);
            let (surface, distance) = camera.surface_point(pixel, depth * 2.5);
            assert!(surface.distance(in_world) < 1e-3);
            let from_start = in_world.distance(camera.ray(pixel).0.as_vec3());
            assert!((distance - from_start).abs() < 1e-3);
        }
    }

    #[test]
    fn flat_clouds_have_no_pose_and_stretched_ones_say_so() {
        assert!(CloudPose::new(&Transform::from_scale(Vec3::new(1.0, 0.0, 1.0)).into()).is_none());
        assert!(!CloudPose::new(&Transform::from_scale(Vec3::new(1.0, 2.0, 1.0)).into()).unwrap().is_uniform);
    }
}

//! Pinhole cameras.
//!
//! View space follows OpenCV: +x right, +y down, +z forward. A pixel's centre lies at integer + 0.5, and
//! `cx`, `cy` are given in that convention (COLMAP's), so the top-left pixel's centre is (0.5, 0.5).

use glam::{DAffine3, DVec3, Mat4, Vec2, Vec3};
use serde::{Deserialize, Serialize};

/// Pinhole intrinsics in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Intrinsics {
    /// Image width in pixels.
    pub width: u32,
    /// Image height in pixels.
    pub height: u32,
    /// Focal length along x, in pixels.
    pub fx: f64,
    /// Focal length along y, in pixels.
    pub fy: f64,
    /// Principal point x, in pixels; pixel centres at integer + 0.5.
    pub cx: f64,
    /// Principal point y, in pixels; pixel centres at integer + 0.5.
    pub cy: f64,
}

impl Intrinsics {
    /// A camera whose principal point is the image centre, from a vertical field of view in radians.
    pub fn from_vertical_fov(width: u32, height: u32, fov_y_radians: f64) -> Self {
        let f = 0.5 * height as f64 / (0.5 * fov_y_radians).tan();
        Self { width, height, fx: f, fy: f, cx: 0.5 * width as f64, cy: 0.5 * height as f64 }
    }

    /// The same camera for an image resized to `width` x `height`; each axis scales by its own ratio.
    pub fn resized(&self, width: u32, height: u32) -> Self {
        let (sx, sy) = (width as f64 / self.width as f64, height as f64 / self.height as f64);
        Self { width, height, fx: self.fx * sx, fy: self.fy * sy, cx: self.cx * sx, cy: self.cy * sy }
    }

    /// The size an image gets when it is scaled down by `factor` (>= 1): rounded, at least one pixel.
    pub fn downscaled_size(&self, factor: f64) -> (u32, u32) {
        let scale = |n: u32| ((n as f64 / factor).round() as u32).max(1);
        (scale(self.width), scale(self.height))
    }

    /// True when every number is finite, focal lengths are positive and the image is not empty.
    pub fn is_valid(&self) -> bool {
        let numbers = [self.fx, self.fy, self.cx, self.cy];
        numbers.iter().all(|n| n.is_finite()) && self.fx > 0.0 && self.fy > 0.0 && self.width > 0 && self.height > 0
    }

    /// Number of pixels.
    pub fn pixels(&self) -> usize {
        self.width as usize * self.height as usize
    }
}

/// A posed pinhole camera.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Camera {
    /// What the lens and the sensor do.
    pub intrinsics: Intrinsics,
    /// Where the camera stands: maps view space (OpenCV axes) to world space. Rigid.
    pub world_from_view: DAffine3,
}

impl Camera {
    /// A camera at `eye` that looks at `target`; `up` is the world direction that appears upwards in the image.
    pub fn looking_at(intrinsics: Intrinsics, eye: DVec3, target: DVec3, up: DVec3) -> Self {
        let forward = (target - eye).normalize();
        let right = forward.cross(up).normalize();
        let down = forward.cross(right);
        let world_from_view = DAffine3::from_cols(right, down, forward, eye);
        Self { intrinsics, world_from_view }
    }

    /// The inverse pose.
    pub fn view_from_world(&self) -> DAffine3 {
        self.world_from_view.inverse()
    }

    /// The inverse pose as the 4x4 column-major matrix that shaders take.
    pub fn view_from_world_f32(&self) -> Mat4 {
        glam::DMat4::from(self.view_from_world()).as_mat4()
    }

    /// Camera centre in world space.
    pub fn position(&self) -> DVec3 {
        self.world_from_view.translation
    }

    /// Pixel coordinates and view depth of a world point; `None` behind the camera.
    pub fn project(&self, point_in_world: Vec3) -> Option<(Vec2, f32)> {
        let p = self.view_from_world().transform_point3(point_in_world.as_dvec3());
        let k = &self.intrinsics;
        (p.z > 1e-6).then(|| {
            let pixel = Vec2::new((k.fx * p.x / p.z + k.cx) as f32, (k.fy * p.y / p.z + k.cy) as f32);
            (pixel, p.z as f32)
        })
    }

    /// World-space ray through a pixel coordinate (centres at +0.5): origin and a direction whose view-space z is 1,
    /// so that `origin + depth * direction` is the point at view depth `depth`.
    pub fn ray(&self, pixel: Vec2) -> (DVec3, DVec3) {
        let k = &self.intrinsics;
        let dir = DVec3::new((pixel.x as f64 - k.cx) / k.fx, (pixel.y as f64 - k.cy) / k.fy, 1.0);
        (self.position(), self.world_from_view.transform_vector3(dir))
    }

    /// True when intrinsics and pose are finite and the rotation is not degenerate.
    pub fn is_valid(&self) -> bool {
        self.intrinsics.is_valid()
            && self.world_from_view.is_finite()
            && (self.world_from_view.matrix3.determinant().abs() - 1.0).abs() < 0.05
    }
}

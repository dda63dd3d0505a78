//! A posed pinhole camera in f64: projection, the Jacobian of EWA splatting, and their derivatives.

use crate::rules::SLOPE_MARGIN;
use glam::{DAffine3, DMat3, DVec2, DVec3};
use splat_core::{Camera, Intrinsics};

/// A camera with its inverse pose at hand.
#[derive(Clone, Copy, Debug)]
pub struct Pinhole {
    /// Lens and sensor.
    pub intrinsics: Intrinsics,
    /// The inverse pose.
    pub view_from_world: DAffine3,
    /// Where the camera stands.
    pub centre_in_world: DVec3,
}

/// x/z and y/z of a mean, clamped for the Jacobian.
#[derive(Clone, Copy, Debug)]
pub struct Slopes {
    /// Clamped x/z, y/z.
    pub value: DVec2,
    /// True where the clamp holds: no gradient passes.
    pub clamped: [bool; 2],
}

impl Pinhole {
    /// Takes over a camera.
    pub fn new(camera: &Camera) -> Self {
        Self {
            intrinsics: camera.intrinsics,
            view_from_world: camera.view_from_world(),
            centre_in_world: camera.position(),
        }
    }

    /// Rotation part of the inverse pose.
    pub fn rotation(&self) -> DMat3 {
        self.view_from_world.matrix3
    }

    /// World to view space.
    pub fn to_view(&self, point_in_world: DVec3) -> DVec3 {
        self.view_from_world.transform_point3(point_in_world)
    }

    /// Pixel coordinates (centres at +0.5) of a point in view space.
    pub fn project(&self, p: DVec3) -> DVec2 {
        let k = &self.intrinsics;
        DVec2::new(k.fx * p.x / p.z + k.cx, k.fy * p.y / p.z + k.cy)
    }

    /// Slopes x/z, y/z, clamped to the image plus 15 % of its size on each side: for a centred principal point
    /// that is +-1.3 tan(fov / 2), as 3DGS has it.
    pub fn slopes(&self, p: DVec3) -> Slopes {
        let k = &self.intrinsics;
        let clamp = |slope: f64, size: u32, centre: f64, focal: f64| {
            let size = f64::from(size);
            let low = -(centre + SLOPE_MARGIN * size) / focal;
            let high = (size - centre + SLOPE_MARGIN * size) / focal;
            (slope.clamp(low, high), slope < low || slope > high)
        };
        let (u, u_clamped) = clamp(p.x / p.z, k.width, k.cx, k.fx);
        let (v, v_clamped) = clamp(p.y / p.z, k.height, k.cy, k.fy);
        Slopes { value: DVec2::new(u, v), clamped: [u_clamped, v_clamped] }
    }

    /// The two rows of the projection's Jacobian at a point of view space, with its slopes clamped.
    pub fn jacobian(&self, p: DVec3) -> [DVec3; 2] {
        let k = &self.intrinsics;
        let slope = self.slopes(p).value;
        [DVec3::new(k.fx, 0.0, -k.fx * slope.x) / p.z, DVec3::new(0.0, k.fy, -k.fy * slope.y) / p.z]
    }

    /// Gradient to the point in view space from the gradient of its pixel coordinates.
    pub fn project_backward(&self, p: DVec3, d_pixel: DVec2) -> DVec3 {
        let k = &self.intrinsics;
        let (gx, gy) = (d_pixel.x * k.fx / p.z, d_pixel.y * k.fy / p.z);
        DVec3::new(gx, gy, -(gx * p.x + gy * p.y) / p.z)
    }

    /// Gradient to the point in view space from the gradient of the Jacobian's rows. Where a slope is clamped it is a
    /// constant; the 1/z in front of it still depends on the point.
    pub fn jacobian_backward(&self, p: DVec3, d_rows: [DVec3; 2]) -> DVec3 {
        let k = &self.intrinsics;
        let slopes = self.slopes(p);
        let [row_x, row_y] = self.jacobian(p);
        // Every entry is something over z.
        let mut d = DVec3::new(0.0, 0.0, -(d_rows[0].dot(row_x) + d_rows[1].dot(row_y)) / p.z);
        let d_slope = DVec2::new(-k.fx * d_rows[0].z, -k.fy * d_rows[1].z) / p.z;
        if !slopes.clamped[0] {
            d += DVec3::new(d_slope.x, 0.0, -d_slope.x * p.x / p.z) / p.z;
        }
        if !slopes.clamped[1] {
            d += DVec3::new(0.0, d_slope.y, -d_slope.y * p.y / p.z) / p.z;
        }
        d
    }
}

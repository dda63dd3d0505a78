//! 3D covariance from log-scales and a quaternion, its projection to the image plane, and both derivatives.

use crate::rules::DILATION;
use glam::{DMat2, DMat3, DVec3, DVec4};

/// Symmetric 2x2 matrix. As a gradient, `xy` is the derivative by the one number that stands in both off-diagonal places.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Symmetric2 {
    /// Top left.
    pub xx: f64,
    /// Off the diagonal.
    pub xy: f64,
    /// Bottom right.
    pub yy: f64,
}

impl Symmetric2 {
    /// Determinant.
    pub fn determinant(self) -> f64 {
        self.xx * self.yy - self.xy * self.xy
    }

    /// The inverse; `None` where the determinant is not positive and finite.
    pub fn inverse(self) -> Option<Self> {
        let det = self.determinant();
        (det > 0.0 && det.is_finite()).then(|| Self { xx: self.yy / det, xy: -self.xy / det, yy: self.xx / det })
    }

    /// The quadratic form d^T M d.
    pub fn form(self, dx: f64, dy: f64) -> f64 {
        self.xx * dx * dx + 2.0 * self.xy * dx * dy + self.yy * dy * dy
    }

    /// Gradient to a matrix from the gradient of `self`, its inverse: -M G M.
    pub fn inverse_backward(self, d_inverse: Self) -> Self {
        let m = DMat2::from_cols_array(&[self.xx, self.xy, self.xy, self.yy]);
        let g = DMat2::from_cols_array(&[d_inverse.xx, 0.5 * d_inverse.xy, 0.5 * d_inverse.xy, d_inverse.yy]);
        let d = -(m * g * m);
        Self { xx: d.x_axis.x, xy: d.x_axis.y + d.y_axis.x, yy: d.y_axis.y }
    }
}

/// True for a quaternion too short to have a direction: its row is never visible.
pub fn is_degenerate(quaternion: [f64; 4]) -> bool {
    DVec4::from_array(quaternion).length_squared() <= 1e-20
}

/// Rotation matrix of a quaternion w, x, y, z of any length; the identity for a zero quaternion.
pub fn rotation(quaternion: [f64; 4]) -> DMat3 {
    let [w, x, y, z] = match unit(quaternion) {
        Some(q) => q.to_array(),
        None => return DMat3::IDENTITY,
    };
    DMat3::from_cols(
        DVec3::new(1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y + w * z), 2.0 * (x * z - w * y)),
        DVec3::new(2.0 * (x * y - w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z + w * x)),
        DVec3::new(2.0 * (x * z + w * y), 2.0 * (y * z - w * x), 1.0 - 2.0 * (x * x + y * y)),
    )
}

/// (w, x, y, z) normalised; `None` for a zero quaternion.
fn unit(quaternion: [f64; 4]) -> Option<DVec4> {
    DVec4::from_array(quaternion).try_normalize()
}

/// Gradient to the stored quaternion from the gradient of its rotation matrix; zero for a zero quaternion.
pub fn rotation_backward(quaternion: [f64; 4], d_rotation: DMat3) -> [f64; 4] {
    let Some(q) = unit(quaternion) else { return [0.0; 4] };
    let [w, x, y, z] = q.to_array();
    // g(r, c): gradient of the entry in row r, column c.
    let g = |row: usize, column: usize| d_rotation.col(column)[row];
    let d_unit = 2.0
        * DVec4::new(
            x * (g(2, 1) - g(1, 2)) + y * (g(0, 2) - g(2, 0)) + z * (g(1, 0) - g(0, 1)),
            w * (g(2, 1) - g(1, 2)) + y * (g(0, 1) + g(1, 0)) + z * (g(0, 2) + g(2, 0)) - 2.0 * x * (g(1, 1) + g(2, 2)),
            w * (g(0, 2) - g(2, 0)) + x * (g(0, 1) + g(1, 0)) + z * (g(1, 2) + g(2, 1)) - 2.0 * y * (g(0, 0) + g(2, 2)),
            w * (g(1, 0) - g(0, 1)) + x * (g(0, 2) + g(2, 0)) + y * (g(1, 2) + g(2, 1)) - 2.0 * z * (g(0, 0) + g(1, 1)),
        );
    // Through the normalisation: only what is perpendicular to q changes its direction.
    ((d_unit - q * q.dot(d_unit)) / DVec4::from_array(quaternion).length()).to_array()
}

/// Sigma = R S S R^T.
pub fn covariance(log_scale: DVec3, quaternion: [f64; 4]) -> DMat3 {
    let m = rotation(quaternion) * DMat3::from_diagonal(log_scale.exp());
    m * m.transpose()
}

/// Gradients to log-scale and quaternion from the (symmetric) gradient of Sigma.
pub fn covariance_backward(log_scale: DVec3, quaternion: [f64; 4], d_sigma: DMat3) -> (DVec3, [f64; 4]) {
    let (r, scale) = (rotation(quaternion), log_scale.exp());
    let d_m = 2.0 * d_sigma * (r * DMat3::from_diagonal(scale));
    let along = |axis: usize| r.col(axis).dot(d_m.col(axis));
    let d_log_scale = DVec3::new(along(0), along(1), along(2)) * scale;
    (d_log_scale, rotation_backward(quaternion, d_m * DMat3::from_diagonal(scale)))
}

/// 2D covariance T Sigma T^T + 0.3 I, T = J W given by its two rows, in square pixels.
pub fn covariance_2d(sigma: DMat3, t: [DVec3; 2]) -> Symmetric2 {
    let [sx, sy] = t.map(|row| sigma * row);
    Symmetric2 { xx: t[0].dot(sx) + DILATION, xy: t[0].dot(sy), yy: t[1].dot(sy) + DILATION }
}

/// What opacity is multiplied by, that the dilated splat covers as much as the sharp one would: sqrt(det(S) / det(S + 0.3 I)),
/// from the dilated covariance (the 2D filter of Mip-Splatting, Yu et al. 2024).
pub fn compensation(dilated: Symmetric2) -> f64 {
    (sharp(dilated).determinant().max(0.0) / dilated.determinant()).sqrt()
}

/// Gradient of the dilated covariance from that of the compensation's logarithm: 1/2 (S^-1 - (S + 0.3 I)^-1).
pub fn compensation_backward(dilated: Symmetric2, d_log: f64) -> Symmetric2 {
    let (Some(s), Some(d)) = (sharp(dilated).inverse(), dilated.inverse()) else { return Symmetric2::default() };
    Symmetric2 { xx: 0.5 * d_log * (s.xx - d.xx), xy: d_log * (s.xy - d.xy), yy: 0.5 * d_log * (s.yy - d.yy) }
}

fn sharp(dilated: Symmetric2) -> Symmetric2 {
    Symmetric2 { xx: dilated.xx - DILATION, yy: dilated.yy - DILATION, ..dilated }
}

/// Gradients to Sigma and to the rows of T from the gradient of the 2D covariance.
pub fn covariance_2d_backward(sigma: DMat3, t: [DVec3; 2], d: Symmetric2) -> (DMat3, [DVec3; 2]) {
    let outer = |a: DVec3, b: DVec3| DMat3::from_cols(a * b.x, a * b.y, a * b.z);
    let mixed = outer(t[0], t[1]) + outer(t[1], t[0]);
    let d_sigma = d.xx * outer(t[0], t[0]) + 0.5 * d.xy * mixed + d.yy * outer(t[1], t[1]);
    let [sx, sy] = t.map(|row| sigma * row);
    (d_sigma, [2.0 * d.xx * sx + d.xy * sy, 2.0 * d.yy * sy + d.xy * sx])
}

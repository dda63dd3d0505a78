//! Real spherical harmonics in f64 with their derivative by the direction; the constants are `splat_core::sh`'s.

use glam::DVec3;
use splat_core::sh::{Y00, Y1, Y2, Y3};

/// The 16 basis values for a unit direction (camera centre to Gaussian, world space); those above `degree` are 0.
pub fn basis(degree: u8, d: DVec3) -> [f64; 16] {
    values_and_gradients(degree, d).map(|(value, _)| value)
}

/// Derivatives of the 16 basis values by x, y, z, taken as free variables.
pub fn basis_gradient(degree: u8, d: DVec3) -> [DVec3; 16] {
    values_and_gradients(degree, d).map(|(_, gradient)| gradient)
}

fn values_and_gradients(degree: u8, d: DVec3) -> [(f64, DVec3); 16] {
    let (x, y, z) = (d.x, d.y, d.z);
    let (xx, yy, zz) = (x * x, y * y, z * z);
    let term = |factor: f32, value: f64, gradient: [f64; 3]| {
        (f64::from(factor) * value, f64::from(factor) * DVec3::from_array(gradient))
    };
    let mut b = [(0.0, DVec3::ZERO); 16];
    b[0] = term(Y00, 1.0, [0.0; 3]);
    if degree >= 1 {
        b[1] = term(-Y1, y, [0.0, 1.0, 0.0]);
        b[2] = term(Y1, z, [0.0, 0.0, 1.0]);
        b[3] = term(-Y1, x, [1.0, 0.0, 0.0]);
    }
    if degree >= 2 {
        b[4] = term(Y2[0], x * y, [y, x, 0.0]);
        b[5] = term(Y2[1], y * z, [0.0, z, y]);
        b[6] = term(Y2[2], 2.0 * zz - xx - yy, [-2.0 * x, -2.0 * y, 4.0 * z]);
        b[7] = term(Y2[3], x * z, [z, 0.0, x]);
        b[8] = term(Y2[4], xx - yy, [2.0 * x, -2.0 * y, 0.0]);
    }
    if degree >= 3 {
        b[9] = term(Y3[0], y * (3.0 * xx - yy), [6.0 * x * y, 3.0 * xx - 3.0 * yy, 0.0]);
        b[10] = term(Y3[1], x * y * z, [y * z, x * z, x * y]);
        b[11] = term(Y3[2], y * (4.0 * zz - xx - yy), [-2.0 * x * y, 4.0 * zz - xx - 3.0 * yy, 8.0 * y * z]);
        b[12] = term(
            Y3[3],
            z * (2.0 * zz - 3.0 * xx - 3.0 * yy),
            [-6.0 * x * z, -6.0 * y * z, 6.0 * zz - 3.0 * xx - 3.0 * yy],
        );
        b[13] = term(Y3[4], x * (4.0 * zz - xx - yy), [4.0 * zz - 3.0 * xx - yy, -2.0 * x * y, 8.0 * x * z]);
        b[14] = term(Y3[5], z * (xx - yy), [2.0 * x * z, -2.0 * y * z, xx - yy]);
        b[15] = term(Y3[6], x * (xx - 3.0 * yy), [3.0 * xx - 3.0 * yy, -6.0 * x * y, 0.0]);
    }
    b
}

/// Colour of a row seen along `offset` = mean - camera centre: max(0, 0.5 + sum_k c_k Y_k). `coefficients` is `[K, 3]`.
pub fn colour(degree: u8, coefficients: &[f64], offset: DVec3) -> DVec3 {
    unclamped_colour(degree, coefficients, offset).max(DVec3::ZERO)
}

fn unclamped_colour(degree: u8, coefficients: &[f64], offset: DVec3) -> DVec3 {
    let basis = basis(degree, offset.normalize());
    coefficients.chunks(3).zip(basis).fold(DVec3::splat(0.5), |sum, (c, y)| sum + y * DVec3::from_slice(c))
}

/// Gradients to the coefficients (`[K, 3]`) and to the mean from the gradient of the colour; zero where a channel is clamped.
pub fn colour_backward(degree: u8, coefficients: &[f64], offset: DVec3, d_colour: DVec3) -> (Vec<f64>, DVec3) {
    let direction = offset.normalize();
    let shown = unclamped_colour(degree, coefficients, offset);
    let d = DVec3::select(shown.cmpgt(DVec3::ZERO), d_colour, DVec3::ZERO);
    let mut d_coefficients = Vec::with_capacity(coefficients.len());
    let mut d_direction = DVec3::ZERO;
    for (c, (y, dy)) in coefficients.chunks(3).zip(values_and_gradients(degree, direction)) {
        d_coefficients.extend((y * d).to_array());
        d_direction += dy * DVec3::from_slice(c).dot(d);
    }
    // Through the normalisation: the radial part does not turn the direction.
    let d_offset = (d_direction - direction * direction.dot(d_direction)) / offset.length();
    (d_coefficients, d_offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_agree_with_the_shared_f32_basis() {
        let d = DVec3::new(0.3, -0.7, 0.2).normalize();
        for degree in 0..=3 {
            let shared = splat_core::sh::basis(degree, d.as_vec3());
            for (ours, theirs) in basis(degree, d).iter().zip(shared) {
                assert!((ours - f64::from(theirs)).abs() < 1e-6, "{ours} against {theirs}");
            }
        }
    }

    #[test]
    fn gradients_agree_with_central_differences() {
        let (d, h) = (DVec3::new(0.3, -0.7, 0.2), 1e-6);
        let gradients = basis_gradient(3, d);
        for axis in DVec3::AXES {
            let (plus, minus) = (basis(3, d + h * axis), basis(3, d - h * axis));
            for k in 0..16 {
                let difference = (plus[k] - minus[k]) / (2.0 * h);
                assert!((difference - gradients[k].dot(axis)).abs() < 1e-8, "harmonic {k}");
            }
        }
    }
}

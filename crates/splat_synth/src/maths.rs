//! Arithmetic whose results do not depend on the platform's maths library, and a few shapes of curve.

use glam::{Mat3, Vec3};
use std::f32::consts::TAU;

/// Sine, radians.
pub fn sin(x: f32) -> f32 {
    libm::sinf(x)
}

/// Cosine, radians.
pub fn cos(x: f32) -> f32 {
    libm::cosf(x)
}

/// `x` to the power `p`; 0 for negative `x`.
pub fn pow(x: f32, p: f32) -> f32 {
    libm::powf(x.max(0.0), p)
}

/// e to the power `x`.
pub fn exp(x: f32) -> f32 {
    libm::expf(x)
}

/// Hermite step: 0 below `a`, 1 above `b`.
pub fn smoothstep(a: f32, b: f32, x: f32) -> f32 {
    let t = ((x - a) / (b - a)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Fraction of `x`, in 0..1 also for negative numbers.
pub fn fract(x: f32) -> f32 {
    x - x.floor()
}

/// Soft band: 1 within `half` of `centre`, falling to 0 over `soft`.
pub fn band(x: f32, centre: f32, half: f32, soft: f32) -> f32 {
    1.0 - smoothstep(half - 0.5 * soft, half + 0.5 * soft, (x - centre).abs())
}

/// Linear colour of an sRGB hex code such as `0xd8c7a8`.
pub fn hex(code: u32) -> Vec3 {
    let channel = |shift: u32| linear_from_srgb(((code >> shift) & 255) as f32 / 255.0);
    Vec3::new(channel(16), channel(8), channel(0))
}

/// sRGB decoding (IEC 61966-2-1).
pub fn linear_from_srgb(c: f32) -> f32 {
    if c <= 0.04045 { c / 12.92 } else { pow((c + 0.055) / 1.055, 2.4) }
}

/// sRGB encoding (IEC 61966-2-1).
pub fn srgb_from_linear(c: f32) -> f32 {
    if c <= 0.003_130_8 { 12.92 * c } else { 1.055 * pow(c, 1.0 / 2.4) - 0.055 }
}

/// Two unit vectors that make a right-handed frame with the unit vector `n`.
pub fn frame(n: Vec3) -> (Vec3, Vec3) {
    let helper = if n.z.abs() < 0.9 { Vec3::Z } else { Vec3::X };
    let t = helper.cross(n).normalize();
    (t, n.cross(t))
}

/// A direction around the unit vector `n` with probability density cos / pi, from two numbers in 0..1.
pub fn cosine_direction(n: Vec3, u: f32, v: f32) -> Vec3 {
    let (t, b) = frame(n);
    let (radius, angle) = (u.sqrt(), TAU * v);
    let z = (1.0 - u).max(0.0).sqrt();
    (t * (radius * cos(angle)) + b * (radius * sin(angle)) + n * z).normalize()
}

/// Rotation about +z by `angle` radians; quarter turns come out exact.
pub fn turn_z(angle: f32) -> Mat3 {
    let snap = |x: f32| if (x - x.round()).abs() < 1e-6 { x.round() } else { x };
    let (s, c) = (snap(sin(angle)), snap(cos(angle)));
    Mat3::from_cols(Vec3::new(c, s, 0.0), Vec3::new(-s, c, 0.0), Vec3::Z)
}

/// Rotation about +x by `angle` radians.
pub fn turn_x(angle: f32) -> Mat3 {
    let (s, c) = (sin(angle), cos(angle));
    Mat3::from_cols(Vec3::X, Vec3::new(0.0, c, s), Vec3::new(0.0, -s, c))
}

/// Rotation about +y by `angle` radians.
pub fn turn_y(angle: f32) -> Mat3 {
    let (s, c) = (sin(angle), cos(angle));
    Mat3::from_cols(Vec3::new(c, 0.0, -s), Vec3::Y, Vec3::new(s, 0.0, c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn srgb_curves_are_inverse() {
        for i in 0..=255 {
            let c = i as f32 / 255.0;
            assert!((srgb_from_linear(linear_from_srgb(c)) - c).abs() < 1e-5);
        }
    }

    #[test]
    fn frames_are_right_handed() {
        for n in [Vec3::X, Vec3::NEG_Z, Vec3::new(1.0, -2.0, 0.5).normalize()] {
            let (t, b) = frame(n);
            assert!((t.cross(b) - n).length() < 1e-5);
        }
    }

    #[test]
    fn quarter_turns_are_exact() {
        assert_eq!(turn_z(std::f32::consts::FRAC_PI_2) * Vec3::X, Vec3::Y);
    }
}

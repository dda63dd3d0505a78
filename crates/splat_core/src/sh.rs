//! Real spherical harmonics up to degree 3, as 3DGS uses them: colour = max(0, 0.5 + sum_k c_k Y_k(direction)).

/// Y_00, the constant harmonic: 1 / (2 sqrt(pi)).
pub const Y00: f32 = 0.282_094_8;
/// Degree 1: sqrt(3 / (4 pi)).
pub const Y1: f32 = 0.488_602_51;
/// Degree 2: factors of xy, yz, (2zz - xx - yy), xz, (xx - yy).
pub const Y2: [f32; 5] = [1.092_548_4, -1.092_548_4, 0.315_391_57, -1.092_548_4, 0.546_274_2];
/// Degree 3: factors of y(3xx - yy), xyz, y(4zz - xx - yy), z(2zz - 3xx - 3yy), x(4zz - xx - yy), z(xx - yy), x(xx - 3yy).
pub const Y3: [f32; 7] =
    [-0.590_043_6, 2.890_611_4, -0.457_045_8, 0.373_176_34, -0.457_045_8, 1.445_305_7, -0.590_043_6];

/// Coefficients per channel for a degree.
pub const fn coefficients(degree: u8) -> usize {
    (degree as usize + 1) * (degree as usize + 1)
}

/// DC coefficient that shows as this colour (0..1) from everywhere.
pub fn dc_from_colour(channel: f32) -> f32 {
    (channel - 0.5) / Y00
}

/// Colour (0..1, not clamped) that a DC coefficient shows.
pub fn colour_from_dc(dc: f32) -> f32 {
    dc * Y00 + 0.5
}

/// The 16 basis values for a unit direction (camera centre to Gaussian, world space); those above `degree` are 0.
pub fn basis(degree: u8, d: glam::Vec3) -> [f32; 16] {
    let (x, y, z) = (d.x, d.y, d.z);
    let (xx, yy, zz) = (x * x, y * y, z * z);
    let mut b = [0.0; 16];
    b[0] = Y00;
    if degree >= 1 {
        b[1..4].copy_from_slice(&[-Y1 * y, Y1 * z, -Y1 * x]);
    }
    if degree >= 2 {
        let v = [x * y, y * z, 2.0 * zz - xx - yy, x * z, xx - yy];
        (0..5).for_each(|k| b[4 + k] = Y2[k] * v[k]);
    }
    if degree >= 3 {
        let v = [
            y * (3.0 * xx - yy),
            x * y * z,
            y * (4.0 * zz - xx - yy),
            z * (2.0 * zz - 3.0 * xx - 3.0 * yy),
            x * (4.0 * zz - xx - yy),
            z * (xx - yy),
            x * (xx - 3.0 * yy),
        ];
        (0..7).for_each(|k| b[9 + k] = Y3[k] * v[k]);
    }
    b
}

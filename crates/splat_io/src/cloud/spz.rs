//! Clouds as SPZ (gzip of quantised columns, about a tenth of a PLY). Written as version 2, which every reader knows; read as
//! versions 2 and 3. SPZ holds no classes.
//!
//! SPZ's axes are right, up, back; a PLY's count as right, down, front: y and z change sign on the way, so that a cloud stands
//! in a viewer as its PLY does.

use crate::IoError;
use crate::files::write_atomic_with;
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use glam::{Quat, Vec3};
use splat_core::{Cloud, sh};
use std::io::{Read, Write};
use std::path::Path;

const MAGIC: u32 = 0x5053_474e;
const HEADER_BYTES: usize = 16;
/// The header's flag of clouds that were trained with anti-aliasing.
const ANTIALIASED: u8 = 1;
/// Bits behind the point of a position.
const FRACTION_BITS: u8 = 12;
/// Steps of a colour's and a scale's byte.
const COLOUR_SCALE: f32 = 0.15 * 255.0;
const LOG_SCALE_STEPS: f32 = 16.0;
const LOG_SCALE_OFFSET: f32 = 10.0;
/// Most Gaussians that are believed of a file's header.
const MOST_POINTS: usize = 100_000_000;

/// Signs of the harmonics after the constant one when y and z change theirs, in coefficient order.
const SH_SIGNS: [f32; 15] = [-1., -1., 1., -1., 1., 1., -1., 1., -1., 1., -1., -1., 1., -1., 1.];

/// True where a file starts like gzip, which is all that tells an SPZ from outside.
pub(super) fn is_spz(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// Writes a cloud; classes stay behind.
///
/// # Errors
/// Columns of different length; a mean too far out for 24-bit fixed point (2,048 world units); a full disk.
pub fn write_spz(path: &Path, cloud: &Cloud) -> Result<(), IoError> {
    cloud.check_shape().map_err(|e| IoError::bad(path, format!("cannot be written: {e}")))?;
    let limit = (1 << (23 - FRACTION_BITS)) as f32;
    if let Some(row) = cloud.means.iter().position(|m| !m.is_finite() || m.abs().max_element() >= limit) {
        let message = format!("cannot be written: SPZ holds positions within {limit} world units");
        return Err(IoError::bad_at(path, format_args!("row {row}"), message));
    }
    let columns = columns(cloud);
    write_atomic_with(path, |out| {
        let mut gzip = GzEncoder::new(out, Compression::default());
        gzip.write_all(&MAGIC.to_le_bytes())?;
        gzip.write_all(&2u32.to_le_bytes())?;
        gzip.write_all(&(cloud.len() as u32).to_le_bytes())?;
        gzip.write_all(&[cloud.sh_degree, FRACTION_BITS, if cloud.antialiased { ANTIALIASED } else { 0 }, 0])?;
        columns.iter().try_for_each(|column| gzip.write_all(column))?;
        gzip.finish().map(|_| ())
    })
}

/// Positions, opacities, colours, scales, rotations, other harmonics.
fn columns(cloud: &Cloud) -> [Vec<u8>; 6] {
    let byte = |v: f32| v.round().clamp(0.0, 255.0) as u8;
    let k = cloud.sh_coefficients();
    let fixed = |v: f32| ((v * (1 << FRACTION_BITS) as f32).round() as i32).to_le_bytes();
    let position = |m: &Vec3| [m.x, -m.y, -m.z].into_iter().flat_map(move |v| fixed(v).into_iter().take(3));
    let rotation = |row: usize| {
        let q = cloud.rotation(row);
        let sign = if q.w < 0.0 { -1.0 } else { 1.0 };
        [q.x, -q.y, -q.z].map(|v| byte(sign * v * 127.5 + 127.5))
    };
    // Degree 1 keeps 5 bits, higher degrees 4.
    let harmonic = |row: usize| {
        let bucket = |i: usize| if i < 3 { 8.0 } else { 16.0 };
        let coefficient = move |i: usize, v: f32| {
            let q = (SH_SIGNS[i] * v * 128.0).round() + 128.0;
            byte(((q + bucket(i) / 2.0) / bucket(i)).floor() * bucket(i))
        };
        let own = &cloud.sh[row * k + 1..(row + 1) * k];
        own.iter().enumerate().flat_map(move |(i, c)| c.map(|v| coefficient(i, v)))
    };
    let rows = 0..cloud.len();
    [
        cloud.means.iter().flat_map(position).collect(),
        rows.clone().map(|row| byte(cloud.opacity(row) * 255.0)).collect(),
        rows.clone().flat_map(|row| cloud.sh[row * k].map(|c| byte(c * COLOUR_SCALE + 127.5))).collect(),
        cloud
            .log_scales
            .iter()
            .flat_map(|s| s.to_array().map(|v| byte((v + LOG_SCALE_OFFSET) * LOG_SCALE_STEPS)))
            .collect(),
        rows.clone().flat_map(rotation).collect(),
        rows.flat_map(harmonic).collect(),
    ]
}

/// Reads the bytes of a file, a cloud without classes; messages call it `path`.
///
/// # Errors
/// If it is no SPZ, of another version, or ends too early.
pub fn parse_spz(path: &Path, bytes: &[u8]) -> Result<Cloud, IoError> {
    let mut gzip = GzDecoder::new(bytes);
    let mut fill = |n: usize, what: &str| -> Result<Vec<u8>, IoError> {
        let mut data = Vec::new();
        let read = gzip.by_ref().take(n as u64).read_to_end(&mut data);
        match read {
            Ok(_) if data.len() == n => Ok(data),
            _ => Err(IoError::bad(path, format!("is no whole SPZ file: its {what} ends too early; copy it again"))),
        }
    };
    let header = fill(HEADER_BYTES, "header")?;
    let word = |i: usize| u32::from_le_bytes([header[i], header[i + 1], header[i + 2], header[i + 3]]);
    let (version, points, degree, fraction_bits) = (word(4), word(8) as usize, header[12], header[13]);
    if word(0) != MAGIC {
        return Err(IoError::bad(path, "is compressed, but no SPZ cloud"));
    }
    if !(2..=3).contains(&version) || degree > 3 || fraction_bits > 23 || points > MOST_POINTS {
        let message =
            format!("is an SPZ file of version {version}, SH degree {degree}: versions 2 and 3 to degree 3 are read");
        return Err(IoError::bad(path, message));
    }
    let k = sh::coefficients(degree);
    let positions = fill(9 * points, "positions")?;
    let opacities = fill(points, "opacities")?;
    let colours = fill(3 * points, "colours")?;
    let scales = fill(3 * points, "scales")?;
    let rotations = fill(if version == 2 { 3 } else { 4 } * points, "rotations")?;
    let harmonics = fill(3 * (k - 1) * points, "harmonics")?;

    let fixed = |b: &[u8]| (i32::from_le_bytes([0, b[0], b[1], b[2]]) >> 8) as f32 / (1u32 << fraction_bits) as f32;
    let logit = |b: u8| {
        let p = (b as f32 / 255.0).clamp(1e-4, 1.0 - 1e-4);
        (p / (1.0 - p)).ln()
    };
    let mut sh_values = Vec::with_capacity(points * k);
    for row in 0..points {
        sh_values.push([0, 1, 2].map(|c| (colours[3 * row + c] as f32 - 127.5) / COLOUR_SCALE));
        for i in 0..k - 1 {
            let at = 3 * (row * (k - 1) + i);
            sh_values.push([0, 1, 2].map(|c| SH_SIGNS[i] * (harmonics[at + c] as f32 - 128.0) / 128.0));
        }
    }
    let rotation: fn(&[u8]) -> Quat = if version == 2 { three_bytes } else { smallest_three };
    Ok(Cloud {
        sh_degree: degree,
        means: positions.chunks_exact(9).map(|b| Vec3::new(fixed(b), -fixed(&b[3..]), -fixed(&b[6..]))).collect(),
        log_scales: scales
            .chunks_exact(3)
            .map(|b| Vec3::from_array([0, 1, 2].map(|i| b[i] as f32 / LOG_SCALE_STEPS - LOG_SCALE_OFFSET)))
            .collect(),
        rotations: rotations
            .chunks_exact(if version == 2 { 3 } else { 4 })
            .map(|b| {
                let q = rotation(b);
                [q.w, q.x, -q.y, -q.z]
            })
            .collect(),
        opacity_logits: opacities.into_iter().map(logit).collect(),
        sh: sh_values,
        antialiased: header[14] & ANTIALIASED != 0,
        ..Cloud::default()
    })
}

/// Version 2: x, y, z; w is what is left, and not negative.
fn three_bytes(b: &[u8]) -> Quat {
    let v = Vec3::from_array([0, 1, 2].map(|i| b[i] as f32 / 127.5 - 1.0));
    Quat::from_xyzw(v.x, v.y, v.z, (1.0 - v.length_squared()).max(0.0).sqrt())
}

/// Version 3: which of x, y, z, w is the largest (2 bits), then the others, last first, as sign and 9 bits of magnitude.
fn smallest_three(b: &[u8]) -> Quat {
    let mut packed = u32::from_le_bytes([b[0], b[1], b[2], b[3]]);
    let largest = (packed >> 30) as usize;
    let mut q = [0.0f32; 4];
    for i in (0..4).rev().filter(|&i| i != largest) {
        let magnitude = (packed & 511) as f32 / 511.0 * std::f32::consts::FRAC_1_SQRT_2;
        q[i] = if (packed >> 9) & 1 == 1 { -magnitude } else { magnitude };
        packed >>= 10;
    }
    q[largest] = (1.0 - q.iter().map(|v| v * v).sum::<f32>()).max(0.0).sqrt();
    Quat::from_array(q)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smallest_three_puts_the_largest_back() {
        // Largest: y (1). Others last first: w = +0, z = -full, x = +0.
        let packed: u32 = (1 << 30) | ((1 << 9 | 511) << 10);
        let q = smallest_three(&packed.to_le_bytes());
        let half = std::f32::consts::FRAC_1_SQRT_2;
        assert!((q.y - half).abs() < 1e-3 && (q.z + half).abs() < 1e-3 && q.x == 0.0 && q.w == 0.0, "{q}");
    }
}

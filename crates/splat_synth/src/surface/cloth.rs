//! Cloth, wallpaper and rugs.

use super::material::Spot;
use super::noise::{fbm2, fbm3, value2, zigzag};
use crate::maths::{band, cos, fract, sin, smoothstep};
use glam::{Vec2, Vec3};
use std::f32::consts::{PI, TAU};

/// Woven cloth: a soft cross-hatch of two centimetre slubs over broad shading.
pub fn weave(p: Vec3, colour: Vec3, accent: Vec3, contrast: f32) -> Vec3 {
    let slub = |stretch: Vec3, seed: u32| fbm3(p * stretch, 2, seed);
    let threads = slub(Vec3::new(70.0, 14.0, 14.0), 41).max(slub(Vec3::new(14.0, 70.0, 70.0), 42));
    let broad = fbm3(p * 6.0, 3, 43);
    let t = smoothstep(0.35, 0.8, threads);
    colour.lerp(accent, contrast * t) * (0.88 + 0.24 * broad)
}

/// Soft stripes across one axis of the piece.
pub fn stripes(spot: &Spot, base: Vec3, stripe: Vec3, across: usize, period: f32) -> Vec3 {
    let x = spot.rest[across] / period;
    let wide = smoothstep(0.42, 0.58, zigzag(x));
    let thin = band(fract(x + 0.5), 0.5, 0.06, 0.05);
    base.lerp(stripe, (wide * 0.85 + thin * 0.5).min(1.0)) * (0.92 + 0.16 * fbm3(spot.solid() * 9.0, 2, 44))
}

/// Checks of two colours with a thin line between them.
pub fn plaid(uv: Vec2, base: Vec3, bands: Vec3, line: Vec3, period: f32) -> Vec3 {
    let cover = |x: f32| smoothstep(0.45, 0.55, zigzag(x / period));
    let thin = |x: f32| band(fract(x / period), 0.0, 0.05, 0.05).max(band(fract(x / period), 1.0, 0.05, 0.05));
    let share = 0.5 * (cover(uv.x) + cover(uv.y));
    let lined = base.lerp(bands, share).lerp(line, 0.6 * thin(uv.x).max(thin(uv.y)));
    lined * (0.9 + 0.2 * fbm2(uv * 20.0, 2, 45))
}

/// A printed leaf motif in staggered rows over paper with a little relief.
pub fn wallpaper(uv: Vec2, base: Vec3, motif: Vec3, period: f32) -> Vec3 {
    let row = (uv.y / period).floor();
    let x = uv.x / period + 0.5 * (row - 2.0 * (0.5 * row).floor());
    let cell = Vec2::new(fract(x) - 0.5, fract(uv.y / period) - 0.5);
    let radius = cell.length().max(1e-4);
    // |cos 3a| of the angle a, by the triple-angle formula: six petals.
    let c = cell.x / radius;
    let petals = (4.0 * c * c * c - 3.0 * c).abs();
    let flower = smoothstep(0.03, -0.03, radius - (0.12 + 0.2 * petals));
    let heart = smoothstep(0.02, -0.02, radius - 0.07);
    let ring = band(radius, 0.42, 0.015, 0.03);
    let ink = (flower * 0.8 + ring * 0.35 - heart * 0.6).clamp(0.0, 1.0);
    base.lerp(motif, ink) * (0.97 + 0.06 * fbm2(uv * 5.0, 3, 46))
}

/// A rug: frame, inner line and a field of diamonds, rings or waves. `colours`: field, border, accent.
pub fn rug(p: Vec3, colours: [Vec3; 3], half: Vec2, style: u32) -> Vec3 {
    let [field, border, accent] = colours;
    let q = Vec2::new(p.x, p.y);
    let to_edge = (half - q.abs()).min_element();
    let motif = match style % 3 {
        0 => {
            let cell = Vec2::new(fract(q.x / 0.34) - 0.5, fract(q.y / 0.34) - 0.5).abs();
            let d = cell.x + cell.y;
            band(d, 0.3, 0.05, 0.06).max(smoothstep(0.13, 0.08, d))
        }
        1 => {
            let d = (q / half).length();
            band(fract(d * 3.2), 0.5, 0.16, 0.08) * smoothstep(1.3, 1.1, d)
        }
        _ => smoothstep(-0.2, 0.2, sin(TAU * (q.y / 0.32 + 0.13 * sin(TAU * q.x / 0.55)))) * 0.8,
    };
    let mut colour = field.lerp(accent, motif);
    let frame = smoothstep(0.24, 0.225, to_edge);
    colour = colour.lerp(border, frame);
    let line = band(to_edge, 0.2, 0.016, 0.012).max(band(to_edge, 0.05, 0.016, 0.012));
    let teeth = smoothstep(-0.15, 0.15, cos(PI * q.x / 0.07) * cos(PI * q.y / 0.07));
    let inner = band(to_edge, 0.125, 0.035, 0.02) * teeth;
    colour = colour.lerp(accent, (line + 0.9 * inner).min(1.0));
    let pile = 0.84 + 0.2 * fbm2(q * 26.0, 2, 47) + 0.12 * value2(q * 4.0, 48);
    colour * pile
}

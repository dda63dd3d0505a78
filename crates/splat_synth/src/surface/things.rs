//! Patterns of small things: books, boxes, leaves, crockery.

use super::material::Spot;
use super::noise::{fbm2, fbm3, value2, zigzag};
use crate::geometry::face;
use crate::maths::{band, cos, fract, hex, sin, smoothstep};
use crate::random::hash01;
use glam::{Vec2, Vec3};
use std::f32::consts::TAU;

/// Spine with title block and bands, cover boards, cream pages on the other three sides.
pub fn book(spot: &Spot, cover: Vec3, accent: Vec3, style: u32) -> Vec3 {
    let st = spot.st();
    match spot.face {
        face::TOP | face::BOTTOM | face::BACK => {
            let rim = if spot.face == face::BACK { st.x } else { st.x.min(1.0 - st.x) * 2.0 };
            let pages = hex(0xe6dcc3) * (0.86 + 0.14 * value2(Vec2::new(spot.uv.x * 160.0, 0.0), spot.seed));
            pages.lerp(cover, smoothstep(0.12, 0.06, rim.min(1.0 - rim)))
        }
        face::FRONT => {
            let title = band(st.y, 0.62, 0.14, 0.03) * band(st.x, 0.5, 0.32, 0.1);
            let rings = band(st.y, 0.12, 0.025, 0.02).max(band(st.y, 0.88, 0.025, 0.02));
            let mark = match style % 3 {
                0 => title.max(rings),
                1 => rings.max(band(st.y, 0.3, 0.1, 0.03)),
                _ => title,
            };
            cover.lerp(accent, 0.85 * mark) * (0.75 + 0.25 * band(st.x, 0.5, 0.35, 0.3))
        }
        _ => {
            let block = band(st.x, 0.5, 0.3, 0.02) * band(st.y, 0.66, 0.14, 0.02);
            cover.lerp(accent, 0.8 * block) * (0.9 + 0.2 * fbm3(spot.solid() * 12.0, 2, 61))
        }
    }
}

/// Brown board, a strip of tape over the top and a printed mark on the sides.
pub fn cardboard(spot: &Spot, colour: Vec3, tape: Vec3) -> Vec3 {
    let st = spot.st();
    let board = colour
        * (0.88 + 0.14 * fbm3(spot.solid() * 7.0, 3, 62))
        * (0.97 + 0.05 * value2(Vec2::new(spot.uv.x * 90.0, spot.uv.y * 3.0), 63));
    let strip = match spot.face {
        face::TOP => band(spot.uv.y, 0.5 * spot.size.y, 0.03, 0.006),
        face::LEFT | face::RIGHT => band(spot.uv.x, 0.5 * spot.size.x, 0.03, 0.006) * smoothstep(0.72, 0.74, st.y),
        _ => 0.0,
    };
    let print = if spot.face == face::FRONT { band(st.x, 0.75, 0.13, 0.01) * band(st.y, 0.3, 0.12, 0.01) } else { 0.0 };
    board.lerp(tape, 0.75 * strip).lerp(colour * 0.35, 0.8 * print)
}

/// Midrib, side veins, lighter towards the tip.
pub fn leaf(spot: &Spot, light: Vec3, dark: Vec3) -> Vec3 {
    let st = spot.st();
    let across = 2.0 * (st.x - 0.5);
    let rib = band(across, 0.0, 0.1, 0.1);
    let veins = smoothstep(0.6, 0.9, zigzag(st.y * 5.0 - 0.9 * across.abs())) * 0.35;
    let tone = 0.25 + 0.45 * st.y + 0.4 * (fbm2(st * 4.0, 2, spot.seed) - 0.5) + veins;
    dark.lerp(light, tone.clamp(0.0, 1.0)).lerp(light * 1.35, 0.6 * rib)
}

/// Keys in five rows on the top side.
pub fn keys(spot: &Spot, body: Vec3, key: Vec3) -> Vec3 {
    if spot.face != face::TOP {
        return body;
    }
    let inner = (spot.uv - Vec2::splat(0.012)) / (spot.size - Vec2::splat(0.024));
    if inner.min_element() < 0.0 || inner.max_element() > 1.0 {
        return body;
    }
    let (columns, rows) = (14.0, 5.0);
    let cell = Vec2::new(fract(inner.x * columns), fract(inner.y * rows));
    let row = (inner.y * rows).floor();
    let space_bar = row == 0.0 && (0.3..0.65).contains(&inner.x);
    let gap_x = if space_bar { 0.0 } else { (cell.x - 0.5).abs() };
    let gap = gap_x.max((cell.y - 0.5).abs());
    let tone = 0.85 + 0.3 * hash01((inner.x * columns) as i32, row as i32, 4, 64);
    body.lerp(key * tone, smoothstep(0.46, 0.36, gap))
}

/// Twelve strokes and two hands at ten past ten; `p` is the place on the unit disc.
pub fn dial(p: Vec2, face: Vec3, ink: Vec3) -> Vec3 {
    let mut mark = band(p.length(), 0.93, 0.04, 0.04);
    for hour in 0..12 {
        let angle = TAU * hour as f32 / 12.0;
        let (along, across) = polar(p, angle);
        let half = if hour % 3 == 0 { 0.045 } else { 0.025 };
        mark = mark.max(band(along, 0.76, 0.09, 0.03) * band(across, 0.0, half, 0.03));
    }
    for (angle, reach, half) in [(TAU * 2.0 / 12.0, 0.62, 0.03), (TAU * 10.2 / 12.0, 0.42, 0.045)] {
        let (along, across) = polar(p, angle);
        mark = mark.max(band(along, 0.5 * reach, 0.5 * reach, 0.03) * band(across, 0.0, half, 0.03));
    }
    face.lerp(ink, mark)
}

/// Components of `p` along and across a hand at `angle` clockwise from twelve.
fn polar(p: Vec2, angle: f32) -> (f32, f32) {
    let d = Vec2::new(sin(angle), cos(angle));
    (p.dot(d), p.perp_dot(d))
}

/// Glazed ware with two painted bands and a dotted line between them.
pub fn glaze(spot: &Spot, body: Vec3, trim: Vec3, low: f32, high: f32) -> Vec3 {
    let z = spot.rest.z;
    let bands = band(z, low, 0.008, 0.006).max(band(z, high, 0.008, 0.006));
    let around = libm::atan2f(spot.rest.y, spot.rest.x) / TAU;
    let middle = 0.5 * (low + high);
    let dots = smoothstep(0.2, 0.55, cos(TAU * 9.0 * around)) * band(z, middle, 0.28 * (high - low), 0.01);
    let mottled = body * (0.95 + 0.08 * fbm3(spot.solid() * 10.0, 2, 65));
    mottled.lerp(trim, (bands + 0.8 * dots).min(1.0))
}

/// Over and under.
pub fn wicker(uv: Vec2, light: Vec3, dark: Vec3) -> Vec3 {
    let row = (uv.y / 0.035).floor();
    let x = uv.x / 0.07 + 0.5 * row;
    let bump = zigzag(x) * (1.0 - 0.5 * zigzag(uv.y / 0.035 + 0.5));
    dark.lerp(light, smoothstep(0.05, 0.75, bump)) * (0.85 + 0.3 * value2(uv * 25.0, 66))
}

/// Cabinet with a large and a small membrane on the front.
pub fn speaker(spot: &Spot, body: Vec3, membrane: Vec3) -> Vec3 {
    if spot.face != face::FRONT {
        return body * (0.92 + 0.16 * fbm3(spot.solid() * 8.0, 2, 67));
    }
    let p = spot.uv - 0.5 * spot.size;
    let cone = |centre: Vec2, radius: f32| {
        let d = p.distance(centre) / radius;
        (smoothstep(1.04, 0.98, d), 0.6 + 0.6 * d * d)
    };
    let (large, large_shade) = cone(Vec2::new(0.0, -0.12 * spot.size.y), 0.36 * spot.size.x);
    let (small, small_shade) = cone(Vec2::new(0.0, 0.3 * spot.size.y), 0.18 * spot.size.x);
    body.lerp(membrane * large_shade, large).lerp(membrane * small_shade, small)
}

/// A paper label between two heights of a bottle or jar.
pub fn labelled(spot: &Spot, glass: Vec3, label: Vec3, low: f32, high: f32) -> Vec3 {
    let z = spot.rest.z;
    let paper = band(z, 0.5 * (low + high), 0.5 * (high - low), 0.006);
    let line = band(z, low + 0.7 * (high - low), 0.1 * (high - low), 0.006);
    let ink = label.lerp(glass, 0.7 * line);
    glass.lerp(ink, paper)
}

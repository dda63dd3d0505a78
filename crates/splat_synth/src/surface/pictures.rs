//! Pictures that hang on the wall: landscapes, still lifes and abstracts, painted from a seed.

use super::noise::{fbm2, value2};
use crate::maths::{band, hex, smoothstep};
use crate::random::hash01;
use glam::{Vec2, Vec3};

/// Colour at `st` (0..1, t upwards) of a picture of `size` metres.
pub fn picture(st: Vec2, size: Vec2, style: u32, seed: u32) -> Vec3 {
    let p = Vec2::new(st.x * size.x / size.y, st.y);
    let colour = match style % 5 {
        0 => hills(p, seed),
        1 => sea(p, size.x / size.y, seed),
        2 => shapes(p, size.x / size.y, seed),
        3 => bouquet(p - Vec2::new(0.5 * size.x / size.y, 0.0), seed),
        _ => desktop(st, seed),
    };
    colour * (0.93 + 0.14 * fbm2(p * 14.0, 3, seed ^ 51))
}

fn hills(p: Vec2, seed: u32) -> Vec3 {
    let sky = hex(0xf0d9b0).lerp(hex(0x7fa6c9), smoothstep(0.4, 1.0, p.y + 0.25 * fbm2(p * 4.0, 4, seed)));
    let mut colour = sky;
    let sun = Vec2::new(0.35 + 0.6 * hash01(1, 0, 0, seed), 0.74);
    colour = colour.lerp(hex(0xfff0cc), smoothstep(0.1, 0.06, p.distance(sun)));
    let ridges = [(0.58, 0x6f8ea3), (0.46, 0x5b7f6c), (0.34, 0x48693f), (0.18, 0x7d7a35)];
    for (i, (height, code)) in ridges.into_iter().enumerate() {
        let wave = fbm2(Vec2::new(p.x * (1.6 + i as f32), i as f32 * 9.0), 4, seed ^ 52);
        let top = height + 0.26 * (wave - 0.5);
        let shade = hex(code) * (0.75 + 0.5 * fbm2(p * Vec2::new(7.0, 16.0), 3, seed ^ 53));
        colour = colour.lerp(shade, smoothstep(0.0, -0.02, p.y - top));
    }
    colour
}

fn sea(p: Vec2, aspect: f32, seed: u32) -> Vec3 {
    let clouds = smoothstep(0.45, 0.75, fbm2(p * Vec2::new(2.5, 6.0), 4, seed));
    let sky = hex(0x8db4d8).lerp(hex(0xf2eee2), clouds);
    let wave = fbm2(Vec2::new(p.x * 6.0, p.y * 30.0), 3, seed ^ 54);
    let water = hex(0x1f5a78).lerp(hex(0x6fb0b5), wave);
    let mut colour = sky.lerp(water, smoothstep(0.46, 0.44, p.y));
    let beach = 0.14 + 0.1 * p.x / aspect + 0.03 * value2(Vec2::new(p.x * 5.0, 0.0), seed);
    colour = colour.lerp(hex(0xf3efe4), band(p.y, beach, 0.018, 0.02));
    colour = colour.lerp(hex(0xd8b981), smoothstep(beach, beach - 0.02, p.y));
    // One sail.
    let boat = p - Vec2::new(aspect * (0.3 + 0.4 * hash01(2, 0, 0, seed)), 0.43);
    let sail = smoothstep(0.01, -0.01, boat.x.abs() - 0.5 * (0.2 - boat.y)) * smoothstep(0.0, 0.01, boat.y);
    let hull = smoothstep(0.015, 0.0, boat.y.abs() - 0.01) * smoothstep(0.11, 0.1, boat.x.abs());
    colour.lerp(hex(0xf7f3ea), sail).lerp(hex(0x7a3524), hull)
}

fn shapes(p: Vec2, aspect: f32, seed: u32) -> Vec3 {
    let palette = [0xd0573a, 0x274b6b, 0xe2b04a, 0x6d8f7a, 0x2c2a2e, 0xc98f86];
    let mut colour = hex(0xefe6d3) * (0.9 + 0.2 * fbm2(p * 3.0, 3, seed));
    for i in 0..7 {
        let r = |k: i32| hash01(i, k, 7, seed);
        let centre = Vec2::new(r(0) * aspect, r(1));
        let q = p - centre;
        let size = 0.1 + 0.18 * r(2);
        let wobble = 0.02 * (value2(p * 6.0, seed ^ i as u32) - 0.5);
        let d = if i % 2 == 0 { q.length() - size } else { q.abs().max_element() - 0.8 * size } + wobble;
        let ink = hex(palette[(r(3) * palette.len() as f32) as usize % palette.len()]);
        colour = colour.lerp(ink, 0.92 * smoothstep(0.008, -0.008, d));
    }
    colour
}

fn bouquet(p: Vec2, seed: u32) -> Vec3 {
    let wall = hex(0x5d6a5f).lerp(hex(0x93937c), fbm2(p * 2.0, 4, seed) * 0.8 + 0.2 * p.y);
    let table = hex(0x8a5c3a) * (0.8 + 0.4 * fbm2(p * Vec2::new(3.0, 20.0), 2, seed));
    let mut colour = wall.lerp(table, smoothstep(0.21, 0.2, p.y));
    for i in 0..26 {
        let r = |k: i32| hash01(i, k, 9, seed);
        let (a, reach) = (2.0 * r(0) - 1.0, r(1).sqrt());
        let centre = Vec2::new(0.3 * a * reach, 0.62 + 0.26 * (2.0 * r(2) - 1.0) * (1.0 - 0.5 * a * a));
        let leaf = i < 10;
        let size = if leaf { 0.09 } else { 0.045 + 0.045 * r(3) };
        let petals = [0xd9536f, 0xf2e3d5, 0xe8a13c, 0xb23a48, 0xe9c8d0];
        let ink = if leaf { hex(0x3e5c33) } else { hex(petals[(r(4) * 5.0) as usize % 5]) };
        let d = (p - centre).length() / size + 0.35 * (value2(p * 30.0, seed ^ i as u32) - 0.5);
        colour = colour.lerp(ink * (1.1 - 0.5 * d.min(1.0)), smoothstep(1.05, 0.9, d));
    }
    let width = 0.07 + 0.05 * smoothstep(0.12, 0.28, p.y) - 0.06 * smoothstep(0.3, 0.42, p.y);
    let vase = smoothstep(0.008, -0.008, p.x.abs() - width) * band(p.y, 0.27, 0.15, 0.01);
    colour.lerp(hex(0x3f6f8c) * (0.8 + 3.0 * (p.x + 0.12).max(0.0)), vase)
}

fn desktop(st: Vec2, seed: u32) -> Vec3 {
    let flow = fbm2(st * Vec2::new(1.6, 2.4), 3, seed);
    let ground = hex(0x12355c).lerp(hex(0x3f8fb5), smoothstep(0.3, 0.7, flow + 0.3 * (st.y - 0.5)));
    let glow = ground.lerp(hex(0xe2a45e), smoothstep(0.6, 0.78, flow) * 0.8);
    let window = |low: Vec2, high: Vec2| {
        let d = (low - st).max(st - high).max_element();
        smoothstep(0.006, -0.006, d)
    };
    let paper = window(Vec2::new(0.12, 0.25), Vec2::new(0.56, 0.85));
    let lines = 0.75
        * smoothstep(0.45, 0.6, crate::maths::fract(st.y * 14.0))
        * smoothstep(0.52, 0.5, st.x)
        * smoothstep(0.15, 0.17, st.x);
    let sheet = hex(0xe9e9e4).lerp(hex(0x6a7078), lines * value2(st * Vec2::new(30.0, 14.0), seed ^ 55));
    let bar = smoothstep(0.06, 0.05, st.y);
    glow.lerp(sheet, paper).lerp(hex(0x1c222b), bar)
}

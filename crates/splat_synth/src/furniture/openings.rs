//! Window, curtains, heater and door: what belongs to a hole in the wall.

use super::palette::Palette;
use crate::geometry::{Cut, Object, Patch, Shape, block, block_between, lathe, rod, steps, tube};
use crate::maths::{cos, hex, sin, smoothstep, turn_x};
use crate::random::Choose;
use crate::surface::{Material, Pattern};
use glam::Vec3;
use std::f32::consts::{FRAC_PI_2, TAU};

/// A hole in a wall, in the wall's frame: x along it from its middle, z up.
#[derive(Clone, Copy, Debug)]
pub struct Opening {
    /// Middle of the opening along the wall.
    pub x: f32,
    /// Width.
    pub width: f32,
    /// Lower edge.
    pub low: f32,
    /// Upper edge.
    pub high: f32,
}

/// Thickness of the outer wall, metres.
pub const WALL: f32 = 0.22;

/// Frame with two wings, the pane, and the sill. The wall's face is y = 0, outside is -y.
pub fn window(o: Opening, palette: &Palette) -> Vec<Object> {
    let mut frame = Object::new("window frame");
    let paint = frame.material(palette.painted());
    let (left, right) = (o.x - 0.5 * o.width, o.x + 0.5 * o.width);
    let y = (-0.15, -0.09);
    let bar = 0.06;
    let cut = Cut { radius: 0.012, bevel_cells: 2, cell: 0.4 };
    let mut beam = |low: (f32, f32), high: (f32, f32), deep: f32| {
        frame.add(block_between(Vec3::new(low.0, y.0, low.1), Vec3::new(high.0, y.1 + deep, high.1), cut), paint);
    };
    beam((left, o.low), (left + bar, o.high), 0.0);
    beam((right - bar, o.low), (right, o.high), 0.0);
    beam((left, o.low), (right, o.low + bar), 0.0);
    beam((left, o.high - bar), (right, o.high), 0.0);
    beam((o.x - 0.04, o.low), (o.x + 0.04, o.high), 0.015);
    let transom = o.low + 0.7 * (o.high - o.low);
    beam((left, transom - 0.025), (right, transom + 0.025), 0.005);
    let mut pane = Object::new("window");
    pane.invisible = true;
    let glass = pane.material(Material::plain(Vec3::splat(0.8)));
    let corner = Vec3::new(right, -0.12, o.low);
    pane.add(Patch::rectangle(corner, Vec3::X * -o.width, Vec3::Z * (o.high - o.low), 0.3).into(), glass);
    let mut sill = Object::new("windowsill");
    let stone = sill.material(Material::plain(hex(0xd9d4c8)).glossy(0.03, 0.3));
    let low = Vec3::new(left - 0.06, -0.1, o.low - 0.035);
    sill.add(block_between(low, Vec3::new(right + 0.06, 0.09, o.low + 0.004), cut), stone);
    vec![frame, pane, sill]
}

/// Inner faces of the hole; part of the wall.
pub fn reveal(o: Opening) -> Shape {
    let (left, right) = (o.x - 0.5 * o.width, o.x + 0.5 * o.width);
    let (up, out) = (Vec3::Z * (o.high - o.low), Vec3::NEG_Y * WALL);
    let face = |corner: Vec3, u: Vec3, v: Vec3| Shape::from(Patch::rectangle(corner, u, v, 0.3));
    face(Vec3::new(left, 0.0, o.low), up, out)
        .and(face(Vec3::new(right, 0.0, o.low), out, up))
        .and(face(Vec3::new(left, 0.0, o.high), Vec3::X * o.width, out))
        .and(face(Vec3::new(left, 0.0, o.low), out, Vec3::X * o.width))
}

/// A pair of curtains on a rail over an opening.
pub fn curtains(rng: &mut impl Choose, o: Opening, top: f32, palette: &Palette) -> Vec<Object> {
    let each = |side: f32, rng: &mut dyn FnMut(f32, f32) -> f32| {
        let mut c = Object::new("curtain");
        let cloth = Palette::cloth(palette.curtain, 0.3).translucent(0.25);
        let cloth = c.material(cloth);
        let (wide, folds, phase) = (0.56, 6.0, rng(0.0, TAU));
        let wave = rng(0.5, 1.1);
        let middle = o.x + side * (0.5 * o.width + 0.12);
        let drop = top - 0.03;
        let place = move |u: f32, v: f32| {
            let t = v / drop; // 0 at the hem, 1 at the rail
            let s = u / wide;
            // Drawn together at hip height, as by a sash.
            let waist = 1.0 - 0.28 * (1.0 - smoothstep(0.0, 0.34, (t - 0.42).abs()));
            let depth = (0.028 + 0.03 * (1.0 - t)) * waist;
            let angle = TAU * folds * s + phase + 0.6 * sin(wave * 4.0 * t + 7.0 * s);
            let x = middle - side * 0.02 + waist * u + 0.012 * cos(angle * 2.0);
            Vec3::new(x, 0.13 + depth * sin(angle), 0.03 + v)
        };
        let us = steps(-0.5 * wide, 0.5 * wide, wide / 54.0);
        let mut patch = Patch::from_fn(us, steps(0.0, drop, drop / 13.0), place);
        patch.two_sided = true;
        c.add(patch.into(), cloth);
        c
    };
    let mut draw = |a: f32, b: f32| rng.between(a, b);
    let mut left = each(-1.0, &mut draw);
    let right = each(1.0, &mut draw);
    let metal = left.material(Palette::metal());
    let reach = 0.5 * o.width + 0.45;
    let y = 0.13;
    left.add(
        rod(Vec3::new(o.x - reach, y, top + 0.02), Vec3::new(o.x + reach, y, top + 0.02), (0.016, 0.016), 10),
        metal,
    );
    for side in [-1.0, 1.0] {
        let knob = [(0.0, -0.035), (0.026, -0.02), (0.032, 0.0), (0.026, 0.02), (0.0, 0.035)];
        left.add(lathe(&knob, 12).moved(Vec3::new(o.x + side * reach, y, top + 0.02)), metal);
        let arm = [
            (Vec3::new(o.x + side * (reach - 0.06), 0.0, top + 0.02), 0.012),
            (Vec3::new(o.x + side * (reach - 0.06), y, top + 0.02), 0.012),
        ];
        left.add(tube(&arm, 8), metal);
    }
    vec![left, right]
}

/// A ribbed heater under the window, its back to y = 0.
pub fn heater(width: f32, palette: &Palette) -> Object {
    let mut o = Object::new("heater");
    let paint = o.material(palette.painted());
    let (low, high) = (0.14, 0.7);
    let half = 0.5 * width;
    let rib = 0.075;
    let place = |u: f32, v: f32| {
        let round = smoothstep(0.0, 0.05, v.min(high - low - v));
        Vec3::new(-u, 0.1 + 0.02 * round * cos(TAU * u / rib), low + v)
    };
    let us = steps(-half, half, rib / 7.0);
    o.add(Patch::from_fn(us, vec![0.0, 0.025, 0.05, 0.28, 0.51, 0.535, 0.56], place).into(), paint);
    let body = block_between(Vec3::new(-half, 0.04, low), Vec3::new(half, 0.1, high), Cut::bevel(0.008));
    o.add(body, paint);
    let pipe = [
        (Vec3::new(half + 0.03, 0.07, 0.0), 0.011),
        (Vec3::new(half + 0.03, 0.07, 0.2), 0.011),
        (Vec3::new(half - 0.02, 0.07, 0.24), 0.011),
    ];
    o.add(tube(&pipe, 8), paint);
    o.add(block(Vec3::new(0.05, 0.05, 0.07), Cut::soft(0.02, 0.1)).moved(Vec3::new(half + 0.03, 0.07, 0.25)), paint);
    o
}

/// A panelled door in its frame, standing before the wall's face y = 0.
pub fn door(x: f32, palette: &Palette, wooden: bool) -> Vec<Object> {
    let (half, high) = (0.43, 2.04);
    let mut leaf = Object::new("door");
    let material = if wooden { palette.wood(2) } else { palette.painted() };
    let (skin, metal) = (leaf.material(material.clone()), leaf.material(Palette::metal()));
    let flat = Cut { radius: 0.004, bevel_cells: 1, cell: 0.4 };
    leaf.add(block_between(Vec3::new(x - half, 0.0, 0.006), Vec3::new(x + half, 0.025, high), flat), skin);
    for (low, top) in [(0.14, 0.86), (1.0, 1.9)] {
        for side in [-1.0, 1.0] {
            let (a, b) = (x + side * 0.055, x + side * 0.33);
            let raised = Cut { radius: 0.022, bevel_cells: 2, cell: 0.4 };
            let corners = (Vec3::new(a.min(b), 0.0, low), Vec3::new(a.max(b), 0.048, top));
            leaf.add(block_between(corners.0, corners.1, raised), skin);
        }
    }
    let plate = block(Vec3::new(0.04, 0.01, 0.2), Cut::bevel(0.004));
    leaf.add(plate.moved(Vec3::new(x - half + 0.06, 0.03, 1.02)), metal);
    let grip = x - half + 0.06;
    let handle = [
        (Vec3::new(grip, 0.03, 1.05), 0.011),
        (Vec3::new(grip, 0.07, 1.05), 0.012),
        (Vec3::new(grip + 0.03, 0.085, 1.05), 0.012),
        (Vec3::new(grip + 0.12, 0.085, 1.045), 0.01),
    ];
    leaf.add(tube(&handle, 10), metal);
    let mut frame = Object::new("doorframe");
    let paint = frame.material(material);
    let cut = Cut { radius: 0.014, bevel_cells: 2, cell: 0.4 };
    let wide = 0.09;
    for side in [-1.0, 1.0] {
        let (a, b) = (x + side * half, x + side * (half + wide));
        frame.add(block_between(Vec3::new(a.min(b), 0.0, 0.0), Vec3::new(a.max(b), 0.055, high + wide), cut), paint);
    }
    frame.add(block_between(Vec3::new(x - half, 0.0, high), Vec3::new(x + half, 0.055, high + wide), cut), paint);
    vec![leaf, frame]
}

/// A switch or a socket on the wall around z = 0.
pub fn wall_plate(label: &'static str) -> Object {
    let mut o = Object::new(label);
    let white = o.material(Material::plain(hex(0xeeece6)).glossy(0.03, 0.3));
    let grey = o.material(Material::plain(hex(if label == "socket" { 0x77756f } else { 0xe2e0da })));
    let plate = Cut { radius: 0.006, bevel_cells: 2, cell: 0.2 };
    o.add(block(Vec3::new(0.085, 0.016, 0.085), plate).moved(Vec3::Y * 0.008), white);
    if label == "socket" {
        let well = [(0.0, 0.0), (0.024, 0.0), (0.024, 0.003), (0.0, 0.003)];
        o.add(lathe(&well, 16).turned(turn_x(-FRAC_PI_2)).moved(Vec3::Y * 0.0155), grey);
    } else {
        o.add(block(Vec3::new(0.05, 0.012, 0.055), plate).turned(turn_x(0.08)).moved(Vec3::Y * 0.016), grey);
    }
    o
}

/// Hung things on the papered wall and cloth need the same paper: the wall's own material.
pub fn wall_material(palette: &Palette, papered: bool) -> Material {
    Material::matt(if papered {
        Pattern::Wallpaper { base: palette.wall, motif: palette.motif, period: 0.36 }
    } else {
        Pattern::Plain { colour: palette.wall, mottle: 0.02, scale: 0.4 }
    })
}

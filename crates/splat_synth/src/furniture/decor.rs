//! Lamps, pictures, clock, rug and plants.

use super::palette::Palette;
use crate::geometry::{Cut, Object, Patch, Shape, block, block_between, lathe, steps, tube};
use crate::maths::{cos, hex, sin, turn_x, turn_z};
use crate::random::Choose;
use crate::surface::{Material, Pattern};
use glam::{Vec2, Vec3};
use std::f32::consts::{FRAC_PI_2, PI};

/// Height of a table lamp's bulb above its foot, metres.
pub const BULB: f32 = 0.4;
/// Radius at the middle and height of a table lamp's shade, metres.
pub const SHADE: (f32, f32) = (0.135, 0.22);

/// A lit lamp with a turned foot and a cloth shade.
pub fn table_lamp(palette: &Palette) -> Object {
    let mut o = Object::new("table lamp");
    let foot = o.material(
        Material::matt(Pattern::Glaze { body: palette.border, trim: palette.second, low: 0.08, high: 0.2 })
            .glossy(0.03, 0.3),
    );
    let shade = Material::matt(Pattern::Weave { colour: hex(0xf1e3c4), accent: hex(0xe0c894), contrast: 0.4 });
    let shade = o.material(shade.glowing(Vec3::new(1.5, 1.12, 0.66)).translucent(0.4));
    let turned = [
        (0.0, 0.0),
        (0.075, 0.0),
        (0.08, 0.012),
        (0.05, 0.026),
        (0.035, 0.045),
        (0.06, 0.09),
        (0.074, 0.14),
        (0.066, 0.19),
        (0.036, 0.235),
        (0.02, 0.26),
        (0.018, 0.31),
        (0.0, 0.312),
    ];
    o.add(lathe(&turned, 24), foot);
    let (z0, z1) = (0.3, 0.3 + SHADE.1);
    let cone = [(0.165, z0), (0.15, z0 + 0.5 * (z1 - z0)), (0.105 + 0.02, z1)];
    o.add(lathe(&cone, 32).two_sided(), shade);
    o
}

/// A glass dome hung from the ceiling, its top at z = 0.
pub fn ceiling_lamp() -> Object {
    let mut o = Object::new("ceiling lamp");
    let glass = Material::plain(hex(0xf4efe4)).glowing(Vec3::new(1.25, 1.15, 0.98));
    let (glass, metal) = (o.material(glass), o.material(Palette::metal()));
    let dome: Vec<(f32, f32)> = (0..=8)
        .map(|i| {
            let a = FRAC_PI_2 * i as f32 / 8.0;
            (0.24 * sin(a), -0.27 - 0.1 * cos(a))
        })
        .chain([(0.245, -0.255), (0.2, -0.235), (0.05, -0.225)])
        .collect();
    o.add(lathe(&dome, 32), glass);
    o.add(
        lathe(&[(0.05, -0.23), (0.05, -0.2), (0.014, -0.19), (0.014, -0.03), (0.06, -0.02), (0.065, 0.0)], 16),
        metal,
    );
    o
}

/// A framed picture of `width` x `height`, hung at z = 0 (its middle), its back to y = 0.
pub fn picture(label: &'static str, width: f32, height: f32, style: u32, frame: Material) -> Object {
    let mut o = Object::new(label);
    let wood = o.material(frame);
    let mount = o.material(Material::plain(hex(0xece6d8)));
    let art = o.material(Material::matt(Pattern::Picture { style }));
    let bar = 0.035 + 0.02 * width.min(height);
    let cut = Cut { radius: 0.01, bevel_cells: 2, cell: 0.5 };
    let (x, z) = (0.5 * width, 0.5 * height);
    for side in [-1.0, 1.0] {
        let (a, b) = (side * x, side * (x - bar));
        o.add(block_between(Vec3::new(a.min(b), 0.0, -z), Vec3::new(a.max(b), 0.03, z), cut), wood);
        let (a, b) = (side * z, side * (z - bar));
        o.add(block_between(Vec3::new(-x + bar, 0.0, a.min(b)), Vec3::new(x - bar, 0.03, a.max(b)), cut), wood);
    }
    let panel = |x: f32, z: f32, y: f32| {
        Shape::from(Patch::rectangle(Vec3::new(x, y, -z), Vec3::X * (-2.0 * x), Vec3::Z * (2.0 * z), 0.5))
    };
    let (x, z) = (x - bar + 0.002, z - bar + 0.002);
    o.add(panel(x, z, 0.012), mount);
    let margin = if label == "picture" { 0.16 * width.min(height) } else { 0.0 };
    o.add(panel(x - margin, z - margin, 0.0145), art);
    o
}

/// A round clock, hung at z = 0 (its middle).
pub fn clock(palette: &Palette) -> Object {
    let mut o = Object::new("clock");
    let rim = o.material(Material::plain(palette.border).glossy(0.02, 0.3));
    let dial = o.material(Material::matt(Pattern::Dial { face: hex(0xf0ece0), ink: hex(0x2a2a2c), radius: 0.15 }));
    let r = 0.17;
    let ring = [(r - 0.02, 0.0), (r, 0.0), (r + 0.006, 0.02), (r - 0.002, 0.038), (r - 0.018, 0.036), (r - 0.02, 0.02)];
    // The axis of revolution points into the room.
    o.add(lathe(&ring, 40).turned(turn_x(-FRAC_PI_2)), rim);
    let place = move |u: f32, v: f32| {
        // A square pulled onto a disc.
        let (a, b) = (u / r, v / r);
        let reach = a.abs().max(b.abs());
        let k = if reach > 1e-6 { reach / Vec2::new(a, b).length() } else { 1.0 };
        Vec3::new(-u * k, 0.022, v * k)
    };
    let grid = || steps(-r, r, r / 8.0);
    let mut disc = Patch::from_fn(grid(), grid(), place);
    disc.normals.iter_mut().for_each(|n| *n = Vec3::Y);
    o.add(disc.into(), dial);
    o
}

/// A rug of full size `size`, centred. Part of the floor as far as labels go: the list knows no rugs.
pub fn rug(size: Vec2, palette: &Palette, style: u32) -> Object {
    let mut o = Object::new("floor");
    let pattern = Pattern::Rug {
        field: palette.accent,
        border: palette.border,
        accent: palette.wall * 0.95,
        half: 0.5 * size,
        style,
    };
    let cloth = o.material(Material::matt(pattern));
    let body = block(size.extend(0.014), Cut { radius: 0.006, bevel_cells: 1, cell: 0.3 });
    o.add(body.without_faces(&[crate::geometry::face::BOTTOM]).moved(Vec3::Z * 0.007), cloth);
    o
}

/// A plant with arching leaves, and its pot. `reach` is about the length of its leaves, metres.
pub fn plant(rng: &mut impl Choose, leaves: usize, reach: f32, pot: f32, colour: Vec3) -> Vec<Object> {
    let mut vessel = Object::new("plant pot");
    let clay = vessel.material(Material::matt(Pattern::Glaze {
        body: colour,
        trim: colour * 0.6,
        low: 0.3 * pot,
        high: 0.75 * pot,
    }));
    let soil = vessel.material(Material::matt(Pattern::Plain { colour: hex(0x4a3526), mottle: 0.3, scale: 0.04 }));
    let r = 0.55 * pot;
    let outline = [
        (0.0, 0.0),
        (0.7 * r, 0.0),
        (0.78 * r, 0.03 * pot),
        (0.97 * r, 0.86 * pot),
        (1.06 * r, 0.88 * pot),
        (1.06 * r, 0.99 * pot),
        (0.98 * r, pot),
        (0.92 * r, 0.98 * pot),
        (0.9 * r, 0.85 * pot),
    ];
    vessel.add(lathe(&outline, 28), clay);
    vessel.add(lathe(&[(0.91 * r, 0.86 * pot), (0.5 * r, 0.89 * pot), (0.0, 0.9 * pot)], 20), soil);
    let mut green = Object::new("plant");
    let tones = [(0x7fa653, 0x33592b), (0x6d9a58, 0x2b5230), (0x93ad57, 0x44652f)];
    let skins: Vec<_> = tones
        .iter()
        .map(|&(a, b)| {
            green.material(
                Material::matt(Pattern::Leaf { light: hex(a), dark: hex(b) }).glossy(0.015, 0.4).translucent(0.28),
            )
        })
        .collect();
    let stem = green.material(Material::plain(hex(0x5f7a3c)));
    for i in 0..leaves {
        let t = (i as f32 + 0.5) / leaves as f32;
        // Golden angle around, from flat outer leaves to upright inner ones.
        let around = turn_z(2.399_963 * i as f32 + rng.between(-0.2, 0.2));
        let rise = 0.35 + 1.0 * t + rng.between(-0.1, 0.1);
        let length = reach * rng.between(0.75, 1.05) * (0.8 + 0.25 * t);
        let (stalk, blade) = frond(length, rise, rng.between(1.2, 1.7) - 0.5 * t, rng.between(0.85, 1.15));
        let foot = around * Vec3::new(0.35 * r * (1.0 - t), 0.0, 0.0) + Vec3::Z * (0.86 * pot);
        green.add(stalk.turned(around).moved(foot), stem);
        green.add(blade.turned(around).moved(foot), skins[i % skins.len()]);
    }
    vec![vessel, green]
}

/// A stalk and the leaf at its end, in the plane y = 0, rising at `rise` radians and bending by `bend` over its length.
fn frond(length: f32, rise: f32, bend: f32, broad: f32) -> (Shape, Shape) {
    let samples = 24;
    let mut curve = vec![Vec3::ZERO];
    for k in 0..samples {
        let s = (k as f32 + 0.5) / samples as f32;
        let angle = rise - bend * s * s;
        curve.push(curve[k] + Vec3::new(cos(angle), 0.0, sin(angle)) * (length / samples as f32));
    }
    let at = move |s: f32| {
        let x = (s.clamp(0.0, 1.0) * samples as f32).min(samples as f32 - 1e-3);
        let k = x as usize;
        curve[k].lerp(curve[k + 1], x - k as f32)
    };
    let bare = 0.38;
    let stalk: Vec<(Vec3, f32)> = (0..=4).map(|k| (at(bare * k as f32 / 4.0), 0.007)).collect();
    let half = 0.16 * length * broad;
    let blade = move |u: f32, v: f32| {
        let s = v / length;
        let t = ((s - bare) / (1.0 - bare)).clamp(0.0, 1.0);
        let width = half * sin(PI * crate::maths::pow(t, 0.75)).max(0.0).sqrt();
        let a = u / half;
        let along = (at(s + 0.02) - at(s - 0.02)).normalize_or(Vec3::X);
        let up = Vec3::new(-along.z, 0.0, along.x);
        // Halves rise from the rib, edges ripple.
        at(s) + Vec3::Y * (a * width) + up * (0.28 * width * a * a + 0.01 * sin(14.0 * t + 2.0 * a) * a * a)
    };
    let us = steps(-half, half, half / 2.01);
    let mut leaf = Patch::from_fn(us, steps(bare * length, length, (1.0 - bare) * length / 9.0), blade);
    leaf.two_sided = true;
    (tube(&stalk, 6), leaf.into())
}

/// The frame material of a picture: dark, light or gilt.
pub fn frame_material(rng: &mut impl Choose, palette: &Palette) -> Material {
    match rng.pick(&[0, 1, 2]) {
        0 => palette.wood(2),
        1 => Material::plain(hex(0x2f2a27)).glossy(0.02, 0.4),
        _ => Material::plain(hex(0xa8894f)).glossy(0.03, 0.4),
    }
}

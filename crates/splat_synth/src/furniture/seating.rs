//! Sofa, armchair, chair, and the pillows and blankets on them.

use super::palette::Palette;
use crate::geometry::{Cut, Object, Patch, Shape, block, block_between, pillow, rod, steps};
use crate::maths::{sin, turn_x, turn_y, turn_z};
use crate::random::Choose;
use crate::surface::{Material, Pattern};
use glam::Vec3;

/// A block whose top and front swell.
fn stuffed(size: Vec3, swell: Vec3) -> Shape {
    let half = 0.5 * size;
    let cut = Cut::soft((0.32 * size.min_element()).min(0.07), 0.14);
    block(size, cut).deformed(|p| {
        let q = p / half;
        let dome = |a: f32, b: f32| (1.0 - a * a).max(0.0) * (1.0 - b * b).max(0.0);
        p + swell * Vec3::new(dome(q.y, q.z) * q.x, dome(q.x, q.z) * q.y, dome(q.x, q.y) * q.z)
    })
}

/// A sofa with its back to y = 0.
pub fn sofa(width: f32, palette: &Palette, seats: usize) -> Object {
    let mut o = Object::new("sofa");
    let cloth = o.material(Palette::cloth(palette.sofa, 0.35));
    let wood = o.material(palette.wood(2));
    let (arm, depth) = (0.2, 0.92);
    let half = 0.5 * width;
    o.add(
        block_between(Vec3::new(-half + 0.03, 0.06, 0.1), Vec3::new(half - 0.03, depth - 0.05, 0.29), Cut::bevel(0.02)),
        cloth,
    );
    let back = block(Vec3::new(width - 0.1, 0.2, 0.66), Cut::soft(0.08, 0.3)).turned(turn_x(0.1));
    o.add(back.moved(Vec3::new(0.0, 0.13, 0.48)), cloth);
    for side in [-1.0, 1.0] {
        let body = stuffed(Vec3::new(arm, depth - 0.02, 0.5), Vec3::new(0.012, 0.0, 0.02));
        o.add(body.moved(Vec3::new(side * (half - 0.5 * arm), 0.5 * depth, 0.36)), cloth);
        for y in [0.1, depth - 0.1] {
            let x = side * (half - 0.12);
            o.add(rod(Vec3::new(x, y, 0.0), Vec3::new(x, y, 0.12), (0.02, 0.028), 8), wood);
        }
    }
    let seat = (width - 2.0 * arm) / seats as f32;
    for i in 0..seats {
        let x = (i as f32 - 0.5 * (seats - 1) as f32) * seat;
        let cushion = stuffed(Vec3::new(seat - 0.008, 0.68, 0.17), Vec3::new(0.0, 0.02, 0.03));
        o.add(cushion.moved(Vec3::new(x, 0.58, 0.37)), cloth);
        let rest = stuffed(Vec3::new(seat - 0.015, 0.19, 0.42), Vec3::new(0.0, 0.05, 0.02)).turned(turn_x(0.2));
        o.add(rest.moved(Vec3::new(x, 0.29, 0.65)), cloth);
    }
    o
}

/// Throw pillows along a sofa of `width`.
pub fn sofa_pillows(rng: &mut impl Choose, width: f32, palette: &Palette) -> Vec<Object> {
    let places = [(-0.36, 0.3), (-0.2, -0.2), (0.34, -0.25)];
    let count = if rng.chance(0.6) { 3 } else { 2 };
    let colours = [palette.accent, palette.second, palette.border];
    let first = rng.pick(&[0usize, 1, 2]);
    let each = |i: usize| {
        let (at, yaw) = if count == 2 { places[2 * i] } else { places[i] };
        let colour = colours[(first + i) % 3];
        let mut o = Object::new(if i == 2 { "cushion" } else { "pillow" });
        let pattern = match i {
            1 => Pattern::Stripes { base: palette.wall * 0.9, stripe: colour, across: 0, period: 0.11 },
            2 => Pattern::Plaid { base: colour, bands: palette.wall, line: palette.border, period: 0.15 },
            _ => Pattern::Weave { colour, accent: colour * 0.6 + Vec3::splat(0.12), contrast: 0.5 },
        };
        let cloth = o.material(Material::matt(pattern));
        let side = 0.4 + 0.06 * (i % 2) as f32;
        o.add(pillow(Vec3::new(side, side, 0.17), 12), cloth);
        let turn = turn_z(yaw + rng.between(-0.1, 0.1)) * turn_x(1.08) * turn_z(rng.between(-0.15, 0.15));
        o.posed(Vec3::new(at * width, 0.57 - 0.05 * (i % 2) as f32, 0.455 + 0.47 * side), turn)
    };
    (0..count).map(each).collect()
}

/// A blanket over the arm at `side` (-1 or 1) of a sofa of `width`.
pub fn arm_blanket(width: f32, side: f32, palette: &Palette) -> Object {
    let mut o = Object::new("blanket");
    let pattern = Pattern::Plaid { base: palette.second, bands: palette.accent, line: palette.wall, period: 0.17 };
    let cloth = o.material(Material::matt(pattern).translucent(0.05));
    let (inner, outer, top, round) = (0.5 * width - 0.23, 0.5 * width + 0.025, 0.655, 0.07);
    // Up the inner side, over the top and down the outer side, as arc length.
    let (rise, across, fall) = (top - 0.47, outer - inner, 0.36);
    let profile = move |s: f32| {
        let corner = |a: f32, b: f32, t: f32| a + (b - a) * t.clamp(0.0, 1.0);
        let x = corner(inner, outer, (s - rise + round) / (across + 2.0 * round));
        let lift = (s.min(rise) / rise).clamp(-0.05, 1.0);
        let drop = (s - rise - across).max(0.0);
        (x, 0.47 + lift * rise - drop)
    };
    let place = move |u: f32, v: f32| {
        let (x, z) = profile(v);
        let fold = 0.012 * sin(21.0 * u + 1.3 * sin(5.0 * v)) * (1.0 + ((v - rise - across).max(0.0) * 4.0));
        let lean = 0.03 * sin(4.0 * v);
        Vec3::new(
            side * (x + fold * if v > rise + across { 1.0 } else { 0.2 }),
            0.5 + lean + u,
            z + 0.012 + 0.3 * fold.abs(),
        )
    };
    let length = rise + across + fall;
    let us = steps(-0.2, 0.2, 0.025);
    let mut patch = Patch::from_fn(us, steps(0.0, length, 0.035), place);
    patch.two_sided = true;
    o.add(patch.into(), cloth);
    o
}

/// A small upholstered chair with arms, its back to y = 0.
pub fn armchair(palette: &Palette) -> Object {
    let mut o = Object::new("chair");
    let cloth = o.material(Palette::cloth(palette.armchair, 0.3));
    let wood = o.material(palette.wood(2));
    let width = 0.76;
    o.add(
        stuffed(Vec3::new(width - 0.2, 0.6, 0.19), Vec3::new(0.0, 0.02, 0.03)).moved(Vec3::new(0.0, 0.47, 0.38)),
        cloth,
    );
    o.add(block(Vec3::new(width - 0.06, 0.66, 0.16), Cut::soft(0.04, 0.4)).moved(Vec3::new(0.0, 0.44, 0.22)), cloth);
    let back = stuffed(Vec3::new(width - 0.1, 0.17, 0.68), Vec3::new(0.0, 0.045, 0.02)).deformed(|p| {
        // Wings come forward.
        Vec3::new(p.x, p.y + 0.5 * p.x * p.x, p.z)
    });
    o.add(back.turned(turn_x(0.16)).moved(Vec3::new(0.0, 0.14, 0.6)), cloth);
    for side in [-1.0, 1.0] {
        let arm = stuffed(Vec3::new(0.13, 0.64, 0.36), Vec3::new(0.01, 0.01, 0.015)).turned(turn_y(side * 0.06));
        o.add(arm.moved(Vec3::new(side * 0.34, 0.43, 0.41)), cloth);
        for (y, lean) in [(0.16, -0.04), (0.7, 0.04)] {
            let foot = Vec3::new(side * 0.31, y + lean, 0.0);
            o.add(rod(foot, Vec3::new(side * 0.28, y, 0.16), (0.014, 0.024), 8), wood);
        }
    }
    o
}

/// A wooden chair with a seat cushion, its back to y = 0.
pub fn chair(palette: &Palette) -> Object {
    let mut o = Object::new("chair");
    let wood = o.material(palette.wood(2));
    let across = o.material(palette.wood(0));
    let cloth = o.material(Palette::cloth(palette.second, 0.4));
    let (half, depth, seat) = (0.21, 0.43, 0.44);
    for side in [-1.0, 1.0] {
        let x = side * (half - 0.02);
        o.add(rod(Vec3::new(x * 1.1, depth - 0.01, 0.0), Vec3::new(x, depth - 0.04, seat), (0.016, 0.022), 10), wood);
        let foot = Vec3::new(x * 1.1, -0.03, 0.0);
        let (hip, top) = (Vec3::new(x, 0.04, seat), Vec3::new(x, -0.05, 0.9));
        o.add(crate::geometry::tube(&[(foot, 0.016), (hip, 0.022), (top, 0.018)], 10), wood);
    }
    o.add(block_between(Vec3::new(-half, 0.0, seat - 0.04), Vec3::new(half, depth, seat), Cut::bevel(0.012)), across);
    o.add(
        stuffed(Vec3::new(0.38, 0.38, 0.055), Vec3::new(0.0, 0.0, 0.012)).moved(Vec3::new(0.0, 0.22, seat + 0.025)),
        cloth,
    );
    for (height, tall) in [(0.82, 0.11), (0.66, 0.06), (0.56, 0.06)] {
        let lean = 0.04 - 0.2 * (height - seat);
        let slat = block(Vec3::new(2.0 * half - 0.05, 0.022, tall), Cut { radius: 0.008, bevel_cells: 1, cell: 0.08 });
        let bent = slat.deformed(|p| Vec3::new(p.x, p.y + 0.6 * p.x * p.x - 0.02, p.z));
        o.add(bent.moved(Vec3::new(0.0, lean, height)), across);
    }
    o
}

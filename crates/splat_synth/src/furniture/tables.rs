//! Tables: in front of the sofa, beside it, and one to work at.

use super::palette::Palette;
use crate::geometry::{Cut, Object, block, block_between, lathe, rod};
use glam::Vec3;

/// Height of the low table's top, metres.
pub const LOW: f32 = 0.42;
/// Height of the side table's top, metres.
pub const SIDE: f32 = 0.52;
/// Height of the desk's top, metres.
pub const DESK: f32 = 0.74;

/// A low table with a shelf under its top, centred.
pub fn coffee_table(length: f32, depth: f32, palette: &Palette) -> Object {
    let mut o = Object::new("table");
    let (top, leg) = (o.material(palette.wood(0)), o.material(palette.wood(2)));
    let edge = Cut { radius: 0.012, bevel_cells: 2, cell: 0.4 };
    o.add(block(Vec3::new(length, depth, 0.04), edge).moved(Vec3::Z * (LOW - 0.02)), top);
    o.add(block(Vec3::new(length - 0.14, depth - 0.12, 0.025), Cut::bevel(0.008)).moved(Vec3::Z * 0.15), top);
    for (x, y) in corners(0.5 * length - 0.07, 0.5 * depth - 0.07) {
        let foot = Vec3::new(1.03 * x, 1.03 * y, 0.0);
        o.add(rod(foot, Vec3::new(x, y, LOW - 0.035), (0.018, 0.028), 12), leg);
    }
    o
}

/// A small round table, centred.
pub fn side_table(palette: &Palette) -> Object {
    let mut o = Object::new("table");
    let (top, leg) = (o.material(palette.wood(0)), o.material(palette.wood(2)));
    let r = 0.23;
    let rim = [
        (0.0, SIDE - 0.03),
        (r - 0.012, SIDE - 0.03),
        (r, SIDE - 0.022),
        (r, SIDE - 0.008),
        (r - 0.01, SIDE),
        (0.0, SIDE),
    ];
    o.add(lathe(&rim, 32), top);
    for k in 0..3 {
        let angle = 0.5 + std::f32::consts::TAU * k as f32 / 3.0;
        let out = Vec3::new(crate::maths::cos(angle), crate::maths::sin(angle), 0.0);
        o.add(rod(out * 0.2, out * 0.12 + Vec3::Z * (SIDE - 0.03), (0.014, 0.02), 10), leg);
    }
    o
}

/// A desk with drawers on one side, its back to y = 0.
pub fn desk(width: f32, depth: f32, drawers_at: f32, palette: &Palette) -> Object {
    let mut o = Object::new("table");
    let (top, leg) = (o.material(palette.wood(0)), o.material(palette.wood(2)));
    let (paint, metal) = (o.material(palette.painted()), o.material(Palette::metal()));
    let half = 0.5 * width;
    let edge = Cut { radius: 0.01, bevel_cells: 2, cell: 0.4 };
    o.add(block_between(Vec3::new(-half, 0.0, DESK - 0.035), Vec3::new(half, depth, DESK), edge), top);
    for (x, y) in corners(half - 0.05, 0.5 * depth - 0.05) {
        if x * drawers_at < 0.0 {
            let at = Vec3::new(x, y + 0.5 * depth, 0.0);
            o.add(rod(at, at + Vec3::Z * (DESK - 0.03), (0.02, 0.026), 10), leg);
        }
    }
    let x = drawers_at * (half - 0.22);
    let body = block_between(
        Vec3::new(x - 0.2, 0.03, 0.05),
        Vec3::new(x + 0.2, depth - 0.05, DESK - 0.035),
        Cut::bevel(0.008),
    );
    o.add(body, paint);
    for i in 0..3 {
        let low = 0.08 + 0.205 * i as f32;
        let front = block_between(
            Vec3::new(x - 0.185, depth - 0.055, low),
            Vec3::new(x + 0.185, depth - 0.033, low + 0.19),
            Cut::bevel(0.007),
        );
        o.add(front, paint);
        let knob = block(Vec3::new(0.1, 0.022, 0.018), Cut::bevel(0.007));
        o.add(knob.moved(Vec3::new(x, depth - 0.024, low + 0.1)), metal);
    }
    o
}

fn corners(x: f32, y: f32) -> [(f32, f32); 4] {
    [(-x, -y), (x, -y), (x, y), (-x, y)]
}

//! Shelves with books, and the low cabinet under the television.

use super::palette::Palette;
use crate::geometry::{Cut, Object, block, block_between, face, lathe};
use crate::maths::{hex, turn_x, turn_y};
use crate::random::Choose;
use crate::surface::{Material, Pattern};
use glam::Vec3;

const COVERS: [u32; 12] = [
    0x7a2f2b, 0x2d4a66, 0x3d5c48, 0xb98a3e, 0x54415f, 0xc4b59a, 0x2f2d30, 0xa5552f, 0x6f8791, 0x8c7b52, 0xd7d2c4,
    0x43655f,
];

/// A row of standing books from `x0` to `x1` with their backs at y = `back`, on a board at height `z`.
pub fn book_row(rng: &mut impl Choose, (x0, x1): (f32, f32), back: f32, z: f32, tallest: f32) -> Object {
    let mut o = Object::new("book");
    let mut x = x0;
    while x < x1 - 0.03 {
        let thick = rng.between(0.028, 0.058).min(x1 - x);
        let (tall, deep) = (tallest * rng.between(0.72, 1.0), rng.between(0.16, 0.2));
        let m = cover(&mut o, rng);
        let body = block(Vec3::new(thick - 0.002, deep, tall), Cut { radius: 0.0, bevel_cells: 0, cell: 1.0 });
        let last = x + thick > x1 - 0.03;
        // The last book of a row often leans on the others.
        let lean = if last && rng.chance(0.6) { -0.16 } else { 0.0 };
        let lift = 0.5 * tall + 0.5 * thick * -lean;
        let shift = 0.5 * tall * -lean;
        let place = Vec3::new(x + 0.5 * thick + shift, back + 0.5 * deep, z + lift);
        o.add(body.without_faces(&[face::BOTTOM]).turned(turn_y(lean)).moved(place), m);
        x += thick;
    }
    o
}

/// Books lying on each other around (x, y) on a board at height `z`.
pub fn book_pile(rng: &mut impl Choose, count: usize, at: Vec3) -> Object {
    let mut o = Object::new("book");
    let mut z = at.z;
    for _ in 0..count {
        let size = Vec3::new(rng.between(0.03, 0.05), rng.between(0.17, 0.2), rng.between(0.24, 0.28));
        let m = cover(&mut o, rng);
        let body =
            block(size, Cut { radius: 0.0, bevel_cells: 0, cell: 1.0 }).turned(turn_y(std::f32::consts::FRAC_PI_2));
        let yaw = crate::maths::turn_z(rng.between(-0.25, 0.25));
        o.add(body.turned(yaw).moved(Vec3::new(at.x, at.y, z + 0.5 * size.x)), m);
        z += size.x;
    }
    o
}

fn cover(o: &mut Object, rng: &mut impl Choose) -> crate::geometry::MaterialId {
    let colour = hex(rng.pick(&COVERS)) * rng.between(0.85, 1.15);
    let accent = hex(rng.pick(&[0xe3d6b3, 0xd9b458, 0xefe9dc, 0x1f1f22]));
    let style = rng.pick(&[0, 1, 2]);
    o.material(Material::matt(Pattern::Book { cover: colour, accent, style }))
}

/// An open bookcase with its back to y = 0, and what stands in it.
pub fn bookcase(rng: &mut impl Choose, width: f32, height: f32, palette: &Palette) -> Vec<Object> {
    let mut o = Object::new("bookshelf");
    let (board, side) = (o.material(palette.wood(0)), o.material(palette.wood(2)));
    let (depth, thick, half) = (0.3, 0.025, 0.5 * width);
    let cut = Cut { radius: 0.005, bevel_cells: 1, cell: 0.4 };
    for x in [-half, half - thick] {
        o.add(block_between(Vec3::new(x, 0.0, 0.0), Vec3::new(x + thick, depth, height), cut), side);
    }
    o.add(block_between(Vec3::new(-half, 0.0, 0.0), Vec3::new(half, 0.012, height), Cut::bevel(0.0)), side);
    let shelves = 5;
    let gap = (height - 0.08 - thick) / shelves as f32;
    let mut things = Vec::new();
    for i in 0..=shelves {
        let z = 0.08 + gap * i as f32;
        let low = Vec3::new(-half + 0.5 * thick, 0.006, z - 0.5 * thick);
        let high = Vec3::new(half - 0.5 * thick, depth - 0.006, z + 0.5 * thick);
        o.add(block_between(low, high, cut), board);
        if i < shelves {
            fill(rng, &mut things, (half - 0.035, z + 0.5 * thick, gap - 0.06), i, palette);
        }
    }
    o.add(
        block_between(
            Vec3::new(-half + thick, 0.02, 0.0),
            Vec3::new(half - thick, depth - 0.03, 0.07),
            Cut::bevel(0.0),
        ),
        board,
    );
    let mut out = vec![o];
    out.extend(things);
    out
}

/// Fills one shelf of half width `half` at height `z` with up to `tallest` of room.
fn fill(
    rng: &mut impl Choose,
    out: &mut Vec<Object>,
    (half, z, tallest): (f32, f32, f32),
    index: usize,
    palette: &Palette,
) {
    let tallest = tallest.min(0.29);
    let split = rng.between(-0.3, 0.35) * half;
    match index % 5 {
        1 | 4 => {
            out.push(book_row(rng, (-half, split), 0.06, z, tallest));
            out.push(ornament(rng, Vec3::new(0.5 * (split + half) + 0.05, 0.16, z), palette));
        }
        2 => {
            out.push(book_pile(rng, 4, Vec3::new(-half + 0.17, 0.15, z)));
            out.push(book_row(rng, (-half + 0.36, half - 0.02), 0.06, z, tallest));
        }
        0 => {
            let mut boxy = super::small::storage_box(Vec3::new(0.28, 0.22, 0.2), palette.border);
            boxy = boxy.placed(Vec3::new(half - 0.16, 0.15, z), 0.0);
            out.push(boxy);
            out.push(book_row(rng, (-half, half - 0.34), 0.06, z, tallest));
        }
        _ => out.push(book_row(rng, (-half, half - 0.05), 0.06, z, tallest)),
    }
}

/// A jar or a bowl.
fn ornament(rng: &mut impl Choose, at: Vec3, palette: &Palette) -> Object {
    let trim = rng.pick(&[palette.accent, palette.second, palette.border]);
    let object = if rng.chance(0.5) { super::small::jar(trim) } else { super::small::bowl(trim) };
    object.placed(at, 0.0)
}

/// A low cabinet with three fronts, its back to y = 0; `height` of its top.
pub fn low_cabinet(width: f32, height: f32, palette: &Palette) -> Object {
    let mut o = Object::new("cabinet");
    let (board, paint) = (o.material(palette.wood(0)), o.material(palette.painted()));
    let (dark, leg) = (o.material(Palette::metal()), o.material(palette.wood(2)));
    let (depth, half) = (0.42, 0.5 * width);
    let edge = Cut { radius: 0.01, bevel_cells: 2, cell: 0.4 };
    o.add(block_between(Vec3::new(-half, 0.0, height - 0.03), Vec3::new(half, depth, height), edge), board);
    let body = block_between(
        Vec3::new(-half + 0.01, 0.0, 0.13),
        Vec3::new(half - 0.01, depth - 0.03, height - 0.028),
        Cut::bevel(0.006),
    );
    o.add(body, board);
    let fronts = 3;
    let each = (width - 0.06) / fronts as f32;
    for i in 0..fronts {
        let x = -half + 0.03 + each * i as f32;
        let low = Vec3::new(x + 0.006, depth - 0.04, 0.15);
        let high = Vec3::new(x + each - 0.006, depth - 0.012, height - 0.042);
        o.add(block_between(low, high, Cut { radius: 0.008, bevel_cells: 2, cell: 0.3 }), paint);
        let panel = (low + Vec3::new(0.06, 0.0, 0.06), high - Vec3::new(0.06, -0.006, 0.06));
        o.add(block_between(panel.0, panel.1, Cut { radius: 0.012, bevel_cells: 2, cell: 0.4 }), paint);
        let knob = [(0.0, 0.0), (0.01, 0.0), (0.012, 0.012), (0.018, 0.018), (0.016, 0.028), (0.0, 0.03)];
        let knob = lathe(&knob, 12).turned(turn_x(-std::f32::consts::FRAC_PI_2));
        o.add(knob.moved(Vec3::new(x + each - 0.035, depth - 0.012, 0.5 * (low.z + high.z))), dark);
    }
    for x in [-half + 0.1, half - 0.1] {
        for y in [0.08, depth - 0.08] {
            o.add(crate::geometry::rod(Vec3::new(x, y, 0.0), Vec3::new(x, y, 0.14), (0.016, 0.024), 10), leg);
        }
    }
    o
}

/// A board on brackets, its back to y = 0 and its top at z = 0.
pub fn wall_shelf(width: f32, palette: &Palette) -> Object {
    let mut o = Object::new("shelf");
    let (board, metal) = (o.material(palette.wood(0)), o.material(Palette::metal()));
    let half = 0.5 * width;
    let cut = Cut { radius: 0.006, bevel_cells: 1, cell: 0.3 };
    o.add(block_between(Vec3::new(-half, 0.0, -0.03), Vec3::new(half, 0.21, 0.0), cut), board);
    for x in [-half + 0.12, half - 0.12] {
        o.add(
            block_between(Vec3::new(x - 0.012, 0.0, -0.15), Vec3::new(x + 0.012, 0.02, -0.03), Cut::bevel(0.004)),
            metal,
        );
        o.add(
            block_between(Vec3::new(x - 0.012, 0.02, -0.05), Vec3::new(x + 0.012, 0.17, -0.03), Cut::bevel(0.004)),
            metal,
        );
    }
    o
}

//! Small things: crockery, boxes, and what stands on a desk.

use super::palette::Palette;
use crate::geometry::{Cut, Object, Patch, Shape, block, block_between, lathe, rod, tube};
use crate::maths::{cos, hex, sin, turn_x};
use crate::random::Choose;
use crate::surface::{Material, Pattern};
use glam::Vec3;
use std::f32::consts::PI;

/// A mug with a handle.
pub fn cup(trim: Vec3) -> Object {
    let mut o = Object::new("cup");
    let glaze = o.material(
        Material::matt(Pattern::Glaze { body: hex(0xe9e4d8), trim, low: 0.02, high: 0.09 }).glossy(0.03, 0.3),
    );
    let tea = o.material(Material::plain(hex(0x5a3820)));
    let r = 0.048;
    let wall = [
        (0.0, 0.0),
        (0.036, 0.0),
        (0.042, 0.008),
        (r, 0.03),
        (r, 0.108),
        (r - 0.003, 0.111),
        (r - 0.006, 0.108),
        (r - 0.007, 0.075),
    ];
    o.add(lathe(&wall, 24), glaze);
    o.add(lathe(&[(r - 0.006, 0.085), (0.0, 0.085)], 20), tea);
    let handle: Vec<(Vec3, f32)> = (0..=8)
        .map(|k| {
            let a = PI * k as f32 / 8.0;
            (Vec3::new(r - 0.004 + 0.034 * sin(a), 0.0, 0.06 + 0.034 * cos(a)), 0.0075)
        })
        .collect();
    o.add(tube(&handle, 8), glaze);
    o
}

/// A bowl with fruit in it.
pub fn bowl(trim: Vec3) -> Object {
    let mut o = Object::new("bowl");
    let glaze = o.material(
        Material::matt(Pattern::Glaze { body: hex(0xdfe3df), trim, low: 0.03, high: 0.085 }).glossy(0.03, 0.3),
    );
    let fruit = [0xc8582e, 0xd8a532, 0x8c9c3a].map(|c| o.material(Material::plain(hex(c)).glossy(0.02, 0.4)));
    let wall = [
        (0.0, 0.0),
        (0.05, 0.0),
        (0.055, 0.012),
        (0.095, 0.04),
        (0.125, 0.085),
        (0.13, 0.105),
        (0.124, 0.106),
        (0.115, 0.085),
        (0.085, 0.05),
        (0.0, 0.03),
    ];
    o.add(lathe(&wall, 32), glaze);
    let ball: Vec<(f32, f32)> = (0..=10)
        .map(|k| {
            let a = PI * k as f32 / 10.0;
            (0.042 * sin(a), -0.04 * cos(a))
        })
        .collect();
    for (i, (x, y, z)) in
        [(0.05, 0.0, 0.085), (-0.03, 0.042, 0.085), (-0.028, -0.045, 0.083), (0.0, 0.0, 0.13)].into_iter().enumerate()
    {
        o.add(lathe(&ball, 16).moved(Vec3::new(x, y, z)), fruit[i % 3]);
    }
    o
}

/// A bottle with a paper label.
pub fn bottle(glass: Vec3, label: Vec3) -> Object {
    let mut o = Object::new("bottle");
    let body = o.material(Material::matt(Pattern::Labelled { glass, label, low: 0.06, high: 0.15 }).glossy(0.04, 0.25));
    let outline = [
        (0.0, 0.0),
        (0.034, 0.0),
        (0.038, 0.008),
        (0.038, 0.17),
        (0.034, 0.195),
        (0.018, 0.225),
        (0.014, 0.24),
        (0.014, 0.285),
        (0.016, 0.287),
        (0.016, 0.3),
        (0.0, 0.302),
    ];
    o.add(lathe(&outline, 20), body);
    o
}

/// A jar with a lid.
pub fn jar(trim: Vec3) -> Object {
    let mut o = Object::new("jar");
    let glaze = o.material(
        Material::matt(Pattern::Glaze { body: hex(0xd8cdb6), trim, low: 0.04, high: 0.15 }).glossy(0.03, 0.3),
    );
    let lid = o.material(Material::plain(trim));
    let outline = [(0.0, 0.0), (0.05, 0.0), (0.058, 0.012), (0.075, 0.07), (0.072, 0.13), (0.05, 0.175), (0.046, 0.18)];
    o.add(lathe(&outline, 24), glaze);
    o.add(
        lathe(
            &[(0.05, 0.178), (0.052, 0.19), (0.04, 0.2), (0.014, 0.205), (0.014, 0.215), (0.02, 0.225), (0.0, 0.232)],
            20,
        ),
        lid,
    );
    o
}

/// A cardboard box standing on z = 0, centred.
pub fn cardboard_box(size: Vec3) -> Object {
    let mut o = Object::new("box");
    let board = o.material(Material::matt(Pattern::Cardboard { colour: hex(0xb28a5a), tape: hex(0xd9c8a3) }));
    o.add(block(size, Cut { radius: 0.008, bevel_cells: 1, cell: 0.2 }).moved(Vec3::Z * (0.5 * size.z)), board);
    o
}

/// A coloured box with a lid.
pub fn storage_box(size: Vec3, colour: Vec3) -> Object {
    let mut o = Object::new("box");
    let board = o.material(Material::plain(colour));
    let lid = o.material(Material::plain(colour * 0.75 + Vec3::splat(0.08)));
    let tag = o.material(Material::plain(hex(0xe8e0cc)));
    let low = Vec3::new(-0.5 * size.x, -0.5 * size.y, 0.0);
    o.add(block_between(low, Vec3::new(0.5 * size.x, 0.5 * size.y, 0.75 * size.z), Cut::bevel(0.006)), board);
    let rim = Vec3::new(0.006, 0.006, 0.0);
    o.add(
        block_between(
            low - rim + Vec3::Z * (0.72 * size.z),
            Vec3::new(0.5 * size.x, 0.5 * size.y, size.z) + rim,
            Cut::bevel(0.006),
        ),
        lid,
    );
    o.add(
        block(Vec3::new(0.09, 0.006, 0.05), Cut::bevel(0.002)).moved(Vec3::new(0.0, 0.5 * size.y, 0.4 * size.z)),
        tag,
    );
    o
}

/// A bin.
pub fn trash_can(colour: Vec3, trim: Vec3) -> Object {
    let mut o = Object::new("trash can");
    let skin = o.material(Material::matt(Pattern::Glaze { body: colour, trim, low: 0.06, high: 0.24 }));
    let inside = o.material(Material::plain(colour * 0.6));
    let outline = [
        (0.0, 0.0),
        (0.1, 0.0),
        (0.105, 0.01),
        (0.14, 0.31),
        (0.146, 0.315),
        (0.146, 0.325),
        (0.138, 0.328),
        (0.133, 0.315),
    ];
    o.add(lathe(&outline, 28), skin);
    o.add(lathe(&[(0.134, 0.317), (0.102, 0.03), (0.0, 0.03)], 24), inside);
    o
}

/// A round wicker basket.
pub fn basket() -> Object {
    let mut o = Object::new("basket");
    let wicker = o.material(Material::matt(Pattern::Wicker { light: hex(0xc9a36a), dark: hex(0x7d5a32) }));
    let outline = [
        (0.0, 0.0),
        (0.17, 0.0),
        (0.19, 0.02),
        (0.225, 0.17),
        (0.22, 0.32),
        (0.228, 0.335),
        (0.215, 0.35),
        (0.2, 0.33),
        (0.2, 0.2),
        (0.16, 0.04),
        (0.0, 0.035),
    ];
    o.add(lathe(&outline, 32), wicker);
    o
}

/// A rolled-up blanket that stands in a basket.
pub fn rolled_blanket(colour: Vec3, stripe: Vec3) -> Object {
    let mut o = Object::new("blanket");
    let cloth = o.material(Material::matt(Pattern::Stripes { base: colour, stripe, across: 2, period: 0.12 }));
    let roll =
        [(0.0, 0.06), (0.1, 0.06), (0.125, 0.09), (0.125, 0.42), (0.1, 0.455), (0.06, 0.45), (0.04, 0.43), (0.0, 0.44)];
    o.add(lathe(&roll, 24).turned(turn_x(0.16)), cloth);
    o
}

/// A switched-off television, its back to y = 0 and its middle at z = 0.
pub fn tv(width: f32) -> Object {
    let mut o = Object::new("tv");
    let shell = o.material(Palette::plastic());
    let glass = o.material(Material::matt(Pattern::Plain { colour: hex(0x26282d), mottle: 0.12, scale: 0.4 }));
    let height = 0.575 * width;
    o.add(block(Vec3::new(width, 0.045, height), Cut::bevel(0.008)).moved(Vec3::Y * 0.045), shell);
    let (x, z) = (0.5 * width - 0.014, 0.5 * height - 0.014);
    o.add(
        Shape::from(Patch::rectangle(Vec3::new(x, 0.0685, -z), Vec3::X * (-2.0 * x), Vec3::Z * (2.0 * z), 0.3)),
        glass,
    );
    o
}

/// A monitor that is on, standing at the origin and facing +y.
pub fn monitor() -> Object {
    let mut o = Object::new("monitor");
    let shell = o.material(Palette::plastic());
    let screen = Material::matt(Pattern::Picture { style: 4 }).glowing(Vec3::splat(0.75));
    let screen = o.material(screen);
    let (width, height, z) = (0.58, 0.34, 0.31);
    o.add(block(Vec3::new(width, 0.035, height), Cut::bevel(0.008)).moved(Vec3::Z * z), shell);
    let (x, half) = (0.5 * width - 0.012, 0.5 * height - 0.012);
    o.add(
        Shape::from(Patch::rectangle(Vec3::new(x, 0.019, z - half), Vec3::X * (-2.0 * x), Vec3::Z * (2.0 * half), 0.3)),
        screen,
    );
    o.add(rod(Vec3::new(0.0, -0.03, 0.01), Vec3::new(0.0, -0.02, z), (0.022, 0.018), 10), shell);
    o.add(block(Vec3::new(0.24, 0.17, 0.014), Cut::bevel(0.006)).moved(Vec3::new(0.0, -0.02, 0.007)), shell);
    o
}

/// A keyboard, its space bar towards +y.
pub fn keyboard() -> Object {
    let mut o = Object::new("keyboard");
    let keys = o.material(Material::matt(Pattern::Keys { body: hex(0x3a3c40), key: hex(0xd5d3cb) }));
    // The pattern's first row is at the patch's low end; turned so that it lies towards the user.
    let body = block(Vec3::new(0.42, 0.14, 0.018), Cut { radius: 0.004, bevel_cells: 1, cell: 0.2 });
    o.add(body.turned(crate::maths::turn_z(PI)).turned(turn_x(-0.03)).moved(Vec3::Z * 0.011), keys);
    o
}

/// A mouse.
pub fn mouse() -> Object {
    let mut o = Object::new("mouse");
    let shell = o.material(Palette::plastic());
    o.add(block(Vec3::new(0.06, 0.105, 0.034), Cut::soft(0.016, 0.05)).moved(Vec3::Z * 0.017), shell);
    o
}

/// A loudspeaker, standing at the origin, facing +y.
pub fn speaker() -> Object {
    let mut o = Object::new("speaker");
    let skin = o.material(Material::matt(Pattern::Speaker { body: hex(0x4a3a2c), membrane: hex(0x1d1d20) }));
    o.add(
        block(Vec3::new(0.17, 0.19, 0.3), Cut { radius: 0.008, bevel_cells: 2, cell: 0.1 }).moved(Vec3::Z * 0.15),
        skin,
    );
    o
}

/// Some sheets of paper, a little out of line.
pub fn papers(rng: &mut impl Choose) -> Object {
    let mut o = Object::new("paper");
    let sheet = o.material(Material::plain(hex(0xeceae2)));
    for k in 0..3 {
        let body = block(Vec3::new(0.21, 0.297, 0.004), Cut::bevel(0.0))
            .turned(crate::maths::turn_z(rng.between(-0.15, 0.15)));
        o.add(
            body.moved(Vec3::new(rng.between(-0.02, 0.02), rng.between(-0.02, 0.02), 0.002 + 0.004 * k as f32)),
            sheet,
        );
    }
    o
}

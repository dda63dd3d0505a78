//! A room from a seed: its walls, what stands where, and its light.

use crate::furniture::{Palette, decor, openings, openings::Opening, seating, small, storage, tables};
use crate::geometry::{Cut, Object, Patch, Shape, block_between};
use crate::light::{Lamp, Lights, Outdoors};
use crate::maths::{cos, hex, sin};
use crate::random::{Choose, Purpose, stream};
use crate::surface::{Material, Pattern};
use glam::{Vec2, Vec3};
use rand_pcg::Pcg32;
use std::f32::consts::{FRAC_PI_2, PI};

/// A furnished room. The floor is z = 0, one corner is the origin, the window is in the wall at y = `size.y`.
pub struct Room {
    /// Inner size, metres.
    pub size: Vec3,
    /// Everything in it, walls included.
    pub objects: Vec<Object>,
    /// Its light.
    pub lights: Lights,
}

/// The four walls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wall {
    /// y = size.y, with the window.
    North,
    /// x = size.x.
    East,
    /// y = 0.
    South,
    /// x = 0.
    West,
}

struct Builder {
    size: Vec3,
    objects: Vec<Object>,
    lamps: Vec<Lamp>,
    palette: Palette,
    rng: Pcg32,
    /// Walls of the sofa and of the television.
    sofa: Wall,
    media: Wall,
}

impl Room {
    /// The room of a seed.
    pub fn new(seed: u64) -> Self {
        let mut rng = stream(seed, Purpose::Layout, 0);
        let size = Vec3::new(rng.between(5.1, 5.6), rng.between(4.3, 4.6), rng.between(2.55, 2.7));
        let palette = Palette::choose(&mut rng);
        let (sofa, media) = if rng.chance(0.5) { (Wall::West, Wall::East) } else { (Wall::East, Wall::West) };
        let (objects, lamps) = (Vec::new(), Vec::new());
        let mut b = Builder { size, objects, lamps, palette, rng, sofa, media };
        let window = Opening { x: b.rng.between(-0.15, 0.15), width: b.rng.between(2.0, 2.3), low: 0.86, high: 2.2 };
        b.shell(window);
        b.window_wall(window);
        b.sofa_group();
        b.media_group();
        b.south_group();
        let lights = b.light(window, seed);
        Self { size, objects: b.objects, lights }
    }
}

impl Builder {
    /// Place and yaw of something `along` metres to the right of a wall's middle (seen from the wall into the room),
    /// `gap` metres before it, at height `z`.
    fn at(&self, wall: Wall, along: f32, gap: f32, z: f32) -> (Vec3, f32) {
        let s = self.size;
        match wall {
            Wall::South => (Vec3::new(0.5 * s.x + along, gap, z), 0.0),
            Wall::North => (Vec3::new(0.5 * s.x - along, s.y - gap, z), PI),
            Wall::East => (Vec3::new(s.x - gap, 0.5 * s.y + along, z), FRAC_PI_2),
            Wall::West => (Vec3::new(gap, 0.5 * s.y - along, z), -FRAC_PI_2),
        }
    }

    fn put(&mut self, object: Object, wall: Wall, along: f32, gap: f32, z: f32) {
        let (place, yaw) = self.at(wall, along, gap, z);
        self.objects.push(object.placed(place, yaw));
    }

    fn put_all(&mut self, objects: Vec<Object>, wall: Wall, along: f32, gap: f32, z: f32) {
        objects.into_iter().for_each(|o| self.put(o, wall, along, gap, z));
    }

    /// Like `put`, turned by `yaw` about its own origin.
    fn put_turned(&mut self, object: Object, wall: Wall, (along, gap, z): (f32, f32, f32), yaw: f32) {
        let (place, base) = self.at(wall, along, gap, z);
        self.objects.push(object.placed(place, base + yaw));
    }

    /// +1 where growing `along` leads to the window, else -1.
    fn towards_window(wall: Wall) -> f32 {
        if wall == Wall::West { -1.0 } else { 1.0 }
    }

    fn shell(&mut self, window: Opening) {
        let s = self.size;
        let mut floor = Object::new("floor");
        let (light, dark) = self.palette.floor;
        let boards = Pattern::Boards { light, dark, width: 0.14, length: 1.15 };
        let m = floor.material(Material::matt(boards).glossy(0.035, 0.3));
        floor.add(Patch::rectangle(Vec3::ZERO, Vec3::X * s.x, Vec3::Y * s.y, 0.25).into(), m);
        let mut ceiling = Object::new("ceiling");
        let m = ceiling.material(Material::matt(Pattern::Plain { colour: hex(0xe9e6df), mottle: 0.015, scale: 0.5 }));
        ceiling.add(Patch::rectangle(Vec3::Z * s.z, Vec3::Y * s.y, Vec3::X * s.x, 0.4).into(), m);
        self.objects.extend([floor, ceiling]);
        for wall in [Wall::North, Wall::East, Wall::South, Wall::West] {
            let length = if matches!(wall, Wall::North | Wall::South) { s.x } else { s.y };
            let hole = (wall == Wall::North).then_some(window);
            let object = self.wall(length, hole, wall == self.sofa);
            self.put(object, wall, 0.0, 0.0, 0.0);
        }
    }

    fn wall(&self, length: f32, hole: Option<Opening>, papered: bool) -> Object {
        let mut o = Object::new("wall");
        let paper = o.material(openings::wall_material(&self.palette, papered));
        let (half, high) = (0.5 * length, self.size.z);
        let panel = |x0: f32, x1: f32, z0: f32, z1: f32| {
            Shape::from(Patch::rectangle(Vec3::new(x1, 0.0, z0), Vec3::X * (x0 - x1), Vec3::Z * (z1 - z0), 0.3))
        };
        match hole {
            None => o.add(panel(-half, half, 0.0, high), paper),
            Some(w) => {
                let (left, right) = (w.x - 0.5 * w.width, w.x + 0.5 * w.width);
                o.add(panel(-half, left, 0.0, high), paper);
                o.add(panel(right, half, 0.0, high), paper);
                o.add(panel(left, right, 0.0, w.low), paper);
                o.add(panel(left, right, w.high, high), paper);
                o.add(openings::reveal(w), paper);
            }
        }
        let skirting = o.material(self.palette.painted());
        let edge = Cut { radius: 0.006, bevel_cells: 1, cell: 0.5 };
        o.add(block_between(Vec3::new(-half, 0.0, 0.0), Vec3::new(half, 0.016, 0.09), edge), skirting);
        o
    }

    fn window_wall(&mut self, window: Opening) {
        let palette = self.palette;
        self.put_all(openings::window(window, &palette), Wall::North, 0.0, 0.0, 0.0);
        let curtains = openings::curtains(&mut self.rng, window, 2.36, &palette);
        self.put_all(curtains, Wall::North, 0.0, 0.0, 0.0);
        self.put(openings::heater(1.3, &palette), Wall::North, window.x, 0.0, 0.0);
        // The plant stands beside the window on the sofa's side, the armchair on the other.
        let side = if self.sofa == Wall::West { 1.0 } else { -1.0 };
        let plant = decor::plant(&mut self.rng, 24, 0.78, 0.34, palette.border);
        let turn = self.rng.between(0.0, 6.0);
        for part in plant {
            self.put_turned(part, Wall::North, (side * (0.5 * self.size.x - 0.52), 0.6, 0.0), turn);
        }
        let small_plant = decor::plant(&mut self.rng, 11, 0.2, 0.13, palette.second);
        let x = window.x + side * 0.3 * window.width;
        self.put_all(small_plant, Wall::North, x, 0.0, window.low + 0.004);
        let yaw = side * 0.75 + self.rng.between(-0.1, 0.1);
        let place = (-side * (0.5 * self.size.x - 1.0), 0.55, 0.0);
        self.put_turned(seating::armchair(&palette), Wall::North, place, yaw);
    }

    fn sofa_group(&mut self) {
        let (palette, wall) = (self.palette, self.sofa);
        let up = Self::towards_window(wall);
        let width = self.rng.between(1.95, 2.15);
        let centre = up * -0.18;
        self.put(seating::sofa(width, &palette, 2 + (width > 2.05) as usize), wall, centre, 0.03, 0.0);
        let pillows = seating::sofa_pillows(&mut self.rng, width, &palette);
        self.put_all(pillows, wall, centre, 0.03, 0.0);
        self.put(seating::arm_blanket(width, -up, &palette), wall, centre, 0.03, 0.0);
        let beside = centre + up * (0.5 * width + 0.29);
        self.put(tables::side_table(&palette), wall, beside, 0.36, 0.0);
        self.put(decor::table_lamp(&palette), wall, beside, 0.33, tables::SIDE);
        let (place, _) = self.at(wall, beside, 0.33, tables::SIDE);
        self.switch_on_table_lamp(place);
        self.put(small::basket(), wall, centre - up * (0.5 * width + 0.36), 0.36, 0.0);
        let roll = small::rolled_blanket(palette.second, palette.wall);
        self.put(roll, wall, centre - up * (0.5 * width + 0.38), 0.36, 0.0);
        self.rug_group(wall, centre);
        self.pictures(wall, centre);
    }

    fn switch_on_table_lamp(&mut self, place: Vec3) {
        let warm = Vec3::new(1.0, 0.76, 0.46);
        let (radius, height) = decor::SHADE;
        let bulb =
            Lamp::Cylinder { centre: place + Vec3::Z * decor::BULB, radius: 0.03, height: 0.08, radiance: warm * 26.0 };
        let middle = place + Vec3::Z * (0.3 + 0.5 * height);
        // Just outside the shade's cloth, so that the cloth does not shadow its own light.
        let shade = Lamp::Cylinder { centre: middle, radius: radius + 0.045, height, radiance: warm * 1.1 };
        self.lamps.extend([bulb, shade]);
    }

    fn rug_group(&mut self, wall: Wall, centre: f32) {
        let palette = self.palette;
        let size = Vec2::new(self.rng.between(2.3, 2.6), self.rng.between(1.6, 1.8));
        let style = self.rng.pick(&[0, 1, 2]);
        self.put(decor::rug(size, &palette, style), wall, centre, 1.75, 0.0);
        let (length, depth) = (1.1, 0.6);
        let gap = 1.7;
        self.put(tables::coffee_table(length, depth, &palette), wall, centre, gap, 0.014);
        let top = tables::LOW + 0.014;
        self.put(small::bowl(palette.accent), wall, centre + 0.02, gap + 0.02, top);
        self.put_turned(small::cup(palette.accent), wall, (centre - 0.36, gap - 0.14, top), 0.7);
        self.put_turned(small::cup(palette.border), wall, (centre + 0.33, gap + 0.12, top), 2.6);
        let pile = storage::book_pile(&mut self.rng, 2, Vec3::ZERO);
        self.put_turned(pile, wall, (centre + 0.34, gap - 0.13, top), 0.3);
    }

    fn pictures(&mut self, wall: Wall, centre: f32) {
        let palette = self.palette;
        let styles = self.rng.pick(&[[0, 2, 3], [1, 3, 2], [3, 2, 0], [2, 0, 1]]);
        let frame = decor::frame_material(&mut self.rng, &palette);
        self.put(decor::picture("painting", 1.05, 0.68, styles[0], frame), wall, centre - 0.42, 0.0, 1.56);
        let frame = decor::frame_material(&mut self.rng, &palette);
        self.put(decor::picture("picture", 0.46, 0.58, styles[1], frame.clone()), wall, centre + 0.52, 0.0, 1.6);
        let frame_two = frame;
        self.put(decor::picture("picture", 0.4, 0.3, styles[2], frame_two), wall, centre + 1.08, 0.0, 1.52);
    }

    fn media_group(&mut self) {
        let (palette, wall) = (self.palette, self.media);
        let up = Self::towards_window(wall);
        let height = 0.52;
        let centre = up * 0.12;
        self.put(storage::low_cabinet(1.75, height, &palette), wall, centre, 0.02, 0.0);
        self.put(small::tv(1.12), wall, centre, 0.0, 1.13);
        for side in [-1.0, 1.0] {
            self.put_turned(small::speaker(), wall, (centre + side * 0.72, 0.22, height), -side * 0.15);
        }
        let pile = storage::book_pile(&mut self.rng, 3, Vec3::ZERO);
        self.put_turned(pile, wall, (centre - 0.36, 0.25, height), 0.2);
        self.put(small::jar(palette.second), wall, centre + 0.4, 0.24, height);
        let shelf_at = centre - up * (0.5 * 1.75 + 0.62);
        let high = self.rng.between(1.85, 2.0);
        let case = storage::bookcase(&mut self.rng, 0.95, high, &palette);
        self.put_all(case, wall, shelf_at, 0.015, 0.0);
        let frame = decor::frame_material(&mut self.rng, &palette);
        let style = self.rng.pick(&[0, 1, 3]);
        self.put(decor::picture("picture", 0.5, 0.62, style, frame), wall, centre + up * 1.2, 0.0, 1.55);
    }

    fn south_group(&mut self) {
        let (palette, wall) = (self.palette, Wall::South);
        // Positive: the sofa's side of the room.
        let side = if self.sofa == Wall::West { -1.0 } else { 1.0 };
        let door_at = side * (0.5 * self.size.x - 1.05);
        let wooden = self.rng.chance(0.6);
        self.put_all(openings::door(0.0, &palette, wooden), wall, door_at, 0.0, 0.0);
        self.put(openings::wall_plate("light switch"), wall, door_at - side * 0.68, 0.0, 1.12);
        let desk_at = door_at - side * 1.95;
        let (width, depth) = (1.35, 0.62);
        self.put(tables::desk(width, depth, -side, &palette), wall, desk_at, 0.02, 0.0);
        self.put(small::monitor(), wall, desk_at - side * 0.05, 0.22, tables::DESK);
        self.put(small::keyboard(), wall, desk_at - side * 0.05, 0.46, tables::DESK);
        self.put(small::mouse(), wall, desk_at - side * 0.05 - 0.3, 0.46, tables::DESK);
        self.put_turned(small::cup(palette.second), wall, (desk_at + side * 0.5, 0.36, tables::DESK), 1.0);
        let papers = small::papers(&mut self.rng);
        self.put(papers, wall, desk_at - side * 0.48, 0.4, tables::DESK);
        let yaw = PI + side * self.rng.between(0.25, 0.45);
        self.put_turned(seating::chair(&palette), wall, (desk_at + side * 0.1, 1.12, 0.0), yaw);
        self.put(small::trash_can(palette.accent, palette.wall), wall, desk_at + side * 0.88, 0.24, 0.0);
        self.put(storage::wall_shelf(1.0, &palette), wall, desk_at, 0.0, 1.62);
        let row = storage::book_row(&mut self.rng, (-0.46, 0.02), 0.02, 1.62, 0.24);
        self.put(row, wall, desk_at, 0.0, 0.0);
        let glass = [hex(0x2f4d33), hex(0x3c2a1e), hex(0x6a7f86)];
        self.put(small::bottle(glass[0], hex(0xe0d4b4)), wall, desk_at + 0.12, 0.1, 1.62);
        self.put(small::bottle(glass[1], palette.accent), wall, desk_at + 0.22, 0.12, 1.62);
        let trailing = decor::plant(&mut self.rng, 12, 0.2, 0.12, palette.wall * 0.8);
        self.put_all(trailing, wall, desk_at + 0.38, 0.11, 1.62);
        self.put(decor::clock(&palette), wall, desk_at + side * 0.92, 0.0, 1.9);
        self.put(openings::wall_plate("socket"), wall, desk_at + side * 0.82, 0.0, 0.45);
        let corner = desk_at - side * (0.5 * width + 0.36);
        self.put_turned(small::cardboard_box(Vec3::new(0.46, 0.36, 0.32)), wall, (corner, 0.28, 0.0), 0.08);
        self.put_turned(small::cardboard_box(Vec3::new(0.36, 0.28, 0.24)), wall, (corner, 0.26, 0.32), -0.18);
    }

    fn light(&mut self, window: Opening, seed: u64) -> Lights {
        let s = self.size;
        let middle = Vec3::new(0.5 * s.x, 0.5 * s.y, s.z);
        self.objects.push(decor::ceiling_lamp().placed(middle, 0.0));
        let below = middle + Vec3::Z * -0.385;
        self.lamps.push(Lamp::Disc { centre: below, radius: 0.22, radiance: Vec3::new(1.0, 0.88, 0.7) * 1.6 });
        let azimuth = self.rng.between(-0.5, 0.5) + if self.sofa == Wall::West { 0.35 } else { -0.35 };
        let elevation = self.rng.between(0.55, 0.68);
        let towards_sun = Vec3::new(sin(azimuth) * cos(elevation), cos(azimuth) * cos(elevation), sin(elevation));
        let left_edge = 0.5 * s.x - window.x - 0.5 * window.width;
        Lights {
            window_corner: Vec3::new(left_edge, s.y + openings::WALL, window.low),
            window_size: (window.width, window.high - window.low),
            outdoors: Outdoors {
                garden_y: s.y + 0.9,
                sky: Vec3::new(0.92, 0.98, 1.06) * 4.2,
                towards_sun,
                sun: Vec3::new(1.0, 0.92, 0.8) * 0.8,
                sun_radius: 0.03,
                view_gain: 1.0,
                seed: seed as u32 ^ 0x51,
            },
            lamps: std::mem::take(&mut self.lamps),
        }
    }
}

//! Colours that go together: one scheme per room.

use crate::maths::hex;
use crate::random::Choose;
use crate::surface::{Material, Pattern};
use glam::Vec3;

/// Colours and woods of a room.
#[derive(Clone, Copy, Debug)]
pub struct Palette {
    /// Painted walls.
    pub wall: Vec3,
    /// Print on the papered wall.
    pub motif: Vec3,
    /// Light and dark tone of the floor boards.
    pub floor: (Vec3, Vec3),
    /// Light and dark tone of tables and shelves.
    pub wood: (Vec3, Vec3),
    /// Painted furniture and doors.
    pub paint: Vec3,
    /// Sofa cloth.
    pub sofa: Vec3,
    /// Armchair cloth.
    pub armchair: Vec3,
    /// Curtains.
    pub curtain: Vec3,
    /// First accent: cushions, rug.
    pub accent: Vec3,
    /// Second accent.
    pub second: Vec3,
    /// Rug border.
    pub border: Vec3,
}

/// Wall, motif, sofa, armchair, curtain, accent, second accent, rug border.
const SCHEMES: [[u32; 8]; 5] = [
    [0xded4c2, 0xc3b398, 0x7d8f9c, 0xb8683f, 0xc9b48c, 0xb5502f, 0xe0b65a, 0x2f4858],
    [0xcfd8d2, 0xaebdb2, 0xb9ab95, 0x4f7468, 0xd9cdb4, 0x2f6b62, 0xd98f4e, 0x6b3f34],
    [0xe2d8cf, 0xc9b3a5, 0x8a9a78, 0x6a7fa0, 0xa9b79a, 0x8c3b4a, 0xd8b27c, 0x39505c],
    [0xd8dade, 0xb7bdc6, 0x9a6f58, 0xc2a14f, 0x7f93a8, 0x2c4f74, 0xcf7a4a, 0x44352f],
    [0xe3dcc4, 0xcabf95, 0x6f7f74, 0xa4574f, 0xdcc9a4, 0x3d6a8a, 0xc98a3c, 0x5a2f3a],
];

const WOODS: [(u32, u32); 4] = [(0xc79a63, 0x94673a), (0xa9784c, 0x6e4526), (0xd8b98a, 0xb08a57), (0x8a6242, 0x54371f)];

const FLOORS: [(u32, u32); 3] = [(0xb98d5e, 0x84592f), (0xc9a577, 0x97703f), (0x9c7048, 0x654022)];

impl Palette {
    /// A scheme from the generator.
    pub fn choose(rng: &mut impl Choose) -> Self {
        let s = rng.pick(&SCHEMES).map(hex);
        let pair = |(a, b): (u32, u32)| (hex(a), hex(b));
        Self {
            wall: s[0],
            motif: s[1],
            sofa: s[2],
            armchair: s[3],
            curtain: s[4],
            accent: s[5],
            second: s[6],
            border: s[7],
            floor: pair(rng.pick(&FLOORS)),
            wood: pair(rng.pick(&WOODS)),
            paint: hex(rng.pick(&[0xe6e1d6, 0xd5dad8, 0xe9e4da])),
        }
    }

    /// Varnished wood with its grain along an axis.
    pub fn wood(&self, along: usize) -> Material {
        let (light, dark) = self.wood;
        Material::matt(Pattern::Wood { light, dark, along }).glossy(0.025, 0.35)
    }

    /// Upholstery in a colour.
    pub fn cloth(colour: Vec3, contrast: f32) -> Material {
        let accent = colour * 0.55 + Vec3::splat(0.18);
        Material::matt(Pattern::Weave { colour, accent, contrast })
    }

    /// Paint.
    pub fn painted(&self) -> Material {
        Material::plain(self.paint).glossy(0.02, 0.4)
    }

    /// Brushed metal, matt enough to look the same from everywhere.
    pub fn metal() -> Material {
        Material::plain(hex(0x8d8a84)).glossy(0.06, 0.4)
    }

    /// Dark plastic.
    pub fn plastic() -> Material {
        Material::plain(hex(0x2b2c2f)).glossy(0.02, 0.4)
    }
}

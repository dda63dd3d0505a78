//! Materials: a pattern for the diffuse colour, and a few numbers for everything else.
//!
//! Patterns are band-limited on purpose. Their finest features are about a centimetre, what a photograph of a
//! room resolves, so that all views agree about a surface's colour.

use super::noise::fbm3;
use super::{cloth, pictures, things, wood};
use glam::{Vec2, Vec3};

/// Where on a surface a colour is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Spot {
    /// Position in the piece's own frame, metres.
    pub rest: Vec3,
    /// Patch parameters, metres from the patch's first corner.
    pub uv: Vec2,
    /// Patch extent in the same unit.
    pub size: Vec2,
    /// Box side, see [`crate::geometry::face`].
    pub face: u8,
    /// Different for every piece of the scene.
    pub seed: u32,
}

impl Spot {
    /// Parameters in 0..1.
    pub fn st(&self) -> Vec2 {
        self.uv / self.size
    }

    /// `rest`, shifted to a place of the noise field that belongs to this piece alone.
    pub fn solid(&self) -> Vec3 {
        let s = self.seed;
        let shift = |k: u32| (s.wrapping_mul(k) >> 20) as f32 * 0.037;
        self.rest + Vec3::new(shift(0x9e37_79b1), shift(0x85eb_ca77), shift(0xc2b2_ae3d))
    }
}

/// Diffuse colour as a function of place. Colours are linear.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// One colour, with soft brightness variation of relative strength `mottle` and feature size `scale` metres.
    Plain { colour: Vec3, mottle: f32, scale: f32 },
    /// Solid wood with its grain along axis `along` (0 x, 1 y, 2 z).
    Wood { light: Vec3, dark: Vec3, along: usize },
    /// Floor boards along x.
    Boards { light: Vec3, dark: Vec3, width: f32, length: f32 },
    /// Papered wall with a printed motif every `period` metres.
    Wallpaper { base: Vec3, motif: Vec3, period: f32 },
    /// Woven cloth.
    Weave { colour: Vec3, accent: Vec3, contrast: f32 },
    /// Cloth with stripes across axis `across`.
    Stripes { base: Vec3, stripe: Vec3, across: usize, period: f32 },
    /// Checked blanket.
    Plaid { base: Vec3, bands: Vec3, line: Vec3, period: f32 },
    /// Woven rug with border and field, centred on the piece's origin.
    Rug { field: Vec3, border: Vec3, accent: Vec3, half: Vec2, style: u32 },
    /// A picture over the whole patch.
    Picture { style: u32 },
    /// A book: spine towards +y, pages on top, bottom and back.
    Book { cover: Vec3, accent: Vec3, style: u32 },
    /// Corrugated board with a strip of tape across the top.
    Cardboard { colour: Vec3, tape: Vec3 },
    /// A leaf with its rib along v.
    Leaf { light: Vec3, dark: Vec3 },
    /// Rows of keys on the upper side.
    Keys { body: Vec3, key: Vec3 },
    /// A clock face of a radius, around the piece's origin, towards +y.
    Dial { face: Vec3, ink: Vec3, radius: f32 },
    /// Glazed ware: bands of `trim` at the heights given in metres.
    Glaze { body: Vec3, trim: Vec3, low: f32, high: f32 },
    /// Wicker.
    Wicker { light: Vec3, dark: Vec3 },
    /// Loudspeaker cloth with two round membranes on the front side.
    Speaker { body: Vec3, membrane: Vec3 },
    /// A bottle's label between two heights.
    Labelled { glass: Vec3, label: Vec3, low: f32, high: f32 },
}

/// A pattern and how it meets light.
#[derive(Clone, Debug)]
pub struct Material {
    /// Diffuse colour.
    pub pattern: Pattern,
    /// Strength of the mirror part at normal incidence, 0 for none; varnish is about 0.04.
    pub gloss: f32,
    /// Spread of the mirror part: 0 sharp, 0.5 very blurred.
    pub roughness: f32,
    /// Light given off towards the camera, linear, before exposure.
    pub emission: Vec3,
    /// Share of light that passes through cloth and leaves.
    pub translucency: f32,
}

impl Material {
    /// A matt surface.
    pub fn matt(pattern: Pattern) -> Self {
        Self { pattern, gloss: 0.0, roughness: 0.3, emission: Vec3::ZERO, translucency: 0.0 }
    }

    /// One colour with a little variation.
    pub fn plain(colour: Vec3) -> Self {
        Self::matt(Pattern::Plain { colour, mottle: 0.03, scale: 0.12 })
    }

    /// With a blurred reflection.
    pub fn glossy(mut self, gloss: f32, roughness: f32) -> Self {
        (self.gloss, self.roughness) = (gloss, roughness);
        self
    }

    /// Giving off light.
    pub fn glowing(mut self, emission: Vec3) -> Self {
        self.emission = emission;
        self
    }

    /// Letting light through.
    pub fn translucent(mut self, share: f32) -> Self {
        self.translucency = share;
        self
    }

    /// Diffuse reflectance at a spot, linear, each channel in 0..1.
    pub fn albedo(&self, spot: &Spot) -> Vec3 {
        use Pattern::*;
        let colour = match self.pattern {
            Plain { colour, mottle, scale } => {
                colour * (1.0 + mottle * 2.0 * (fbm3(spot.solid() / scale, 3, 11) - 0.5))
            }
            Wood { light, dark, along } => wood::grain(spot.solid(), light, dark, along),
            Boards { light, dark, width, length } => wood::boards(spot.rest, light, dark, width, length),
            Wallpaper { base, motif, period } => cloth::wallpaper(spot.uv, base, motif, period),
            Weave { colour, accent, contrast } => cloth::weave(spot.solid(), colour, accent, contrast),
            Stripes { base, stripe, across, period } => cloth::stripes(spot, base, stripe, across, period),
            Plaid { base, bands, line, period } => cloth::plaid(spot.uv, base, bands, line, period),
            Rug { field, border, accent, half, style } => cloth::rug(spot.rest, [field, border, accent], half, style),
            Picture { style } => pictures::picture(spot.st(), spot.size, style, spot.seed),
            Book { cover, accent, style } => things::book(spot, cover, accent, style),
            Cardboard { colour, tape } => things::cardboard(spot, colour, tape),
            Leaf { light, dark } => things::leaf(spot, light, dark),
            Keys { body, key } => things::keys(spot, body, key),
            Dial { face, ink, radius } => things::dial(Vec2::new(-spot.rest.x, spot.rest.z) / radius, face, ink),
            Glaze { body, trim, low, high } => things::glaze(spot, body, trim, low, high),
            Wicker { light, dark } => things::wicker(spot.uv, light, dark),
            Speaker { body, membrane } => things::speaker(spot, body, membrane),
            Labelled { glass, label, low, high } => things::labelled(spot, glass, label, low, high),
        };
        colour.clamp(Vec3::splat(0.01), Vec3::splat(0.92))
    }
}

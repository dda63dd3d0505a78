//! One colour per class: stable, distinct, pleasant side by side.
//!
//! Hues walk around the circle by the golden angle, so that any run of consecutive ids is spread as evenly as it can
//! be. Where the walk comes near an earlier hue, lightness and chroma make the difference: of a few, each id takes those
//! that lie furthest from all ids before it. Distances are taken in OKLab, where equal steps look equal. Wall, floor and
//! ceiling fill most of a room: they are muted, so that the things in it stand out.

use palette::convert::TryFromColor;
use palette::{FromColor, Oklab, Oklch, Srgb};
use std::sync::OnceLock;

/// Turn of the hue from one id to the next: 360 degrees / golden ratio.
const GOLDEN_ANGLE_DEGREES: f32 = 222.492_23;
/// Hue of id 0.
const FIRST_HUE_DEGREES: f32 = 190.0;
/// Lightness that an id may take.
const LIGHTNESS: [f32; 5] = [0.54, 0.62, 0.70, 0.78, 0.86];
/// Chroma that an id may take.
const CHROMA: [f32; 3] = [0.07, 0.12, 0.17];
/// Ids whose colours are chosen against each other; later ones only follow the walk.
const CHOSEN: usize = 512;

/// What a pixel without a label looks like.
pub const UNLABELLED: [u8; 3] = [38, 38, 42];

/// Colour of a vocabulary id, for vocabularies whose ids 0, 1, 2 are wall, ceiling and floor, as in ScanNet++'s
/// benchmark list. Where names are at hand, [`class_colour`] mutes the right ids in any vocabulary.
pub fn colour(id: u16) -> [u8; 3] {
    match id {
        0 => class_colour(id, "wall"),
        1 => class_colour(id, "ceiling"),
        2 => class_colour(id, "floor"),
        _ => walk(id),
    }
}

/// What encloses a room: name, lightness, chroma, hue in degrees.
const MUTED: [(&str, f32, f32, f32); 3] =
    [("wall", 0.78, 0.022, 85.0), ("ceiling", 0.90, 0.015, 220.0), ("floor", 0.56, 0.045, 62.0)];

/// Colour of a class by id and name: the walk's, but muted for what encloses a room.
pub fn class_colour(id: u16, name: &str) -> [u8; 3] {
    match MUTED.iter().find(|m| m.0 == name) {
        Some(&(_, lightness, chroma, hue)) => to_srgb(fitted(lightness, chroma, hue)),
        None => walk(id),
    }
}

/// Class colours as picture bytes: `[H, W, 3]` sRGB, unlabelled pixels in [`UNLABELLED`].
pub fn paint(ids: &[u16], colour_of: impl Fn(u16) -> [u8; 3]) -> Vec<u8> {
    let mut known: Vec<Option<[u8; 3]>> = vec![None; 1 << 16];
    known[splat_core::IGNORE_ID as usize] = Some(UNLABELLED);
    ids.iter().flat_map(|&id| *known[id as usize].get_or_insert_with(|| colour_of(id))).collect()
}

fn walk(id: u16) -> [u8; 3] {
    static TABLE: OnceLock<Vec<[u8; 3]>> = OnceLock::new();
    let table = TABLE.get_or_init(choose);
    table.get(id as usize).copied().unwrap_or_else(|| {
        let step = id as usize;
        to_srgb(fitted(LIGHTNESS[step % LIGHTNESS.len()], CHROMA[step % CHROMA.len()], hue(id)))
    })
}

fn hue(id: u16) -> f32 {
    (FIRST_HUE_DEGREES + GOLDEN_ANGLE_DEGREES * id as f32) % 360.0
}

/// The first [`CHOSEN`] colours, each as far as can be from those before it and from the muted ones.
fn choose() -> Vec<[u8; 3]> {
    let mut taken: Vec<Oklab> = MUTED.iter().map(|m| Oklab::from_color(fitted(m.1, m.2, m.3))).collect();
    let mut colours = Vec::with_capacity(CHOSEN);
    for id in 0..CHOSEN as u16 {
        let nearest = |c: &Oklch| {
            let lab = Oklab::from_color(*c);
            taken.iter().map(|t| squared_distance(lab, *t)).fold(f32::INFINITY, f32::min)
        };
        let candidates = LIGHTNESS.iter().flat_map(|&l| CHROMA.map(|c| fitted(l, c, hue(id))));
        let best = candidates.map(|c| (nearest(&c), c)).max_by(|a, b| a.0.total_cmp(&b.0));
        let colour = best.map_or(fitted(LIGHTNESS[0], CHROMA[0], hue(id)), |(_, c)| c);
        taken.push(Oklab::from_color(colour));
        colours.push(to_srgb(colour));
    }
    colours
}

fn squared_distance(a: Oklab, b: Oklab) -> f32 {
    (a.l - b.l).powi(2) + (a.a - b.a).powi(2) + (a.b - b.b).powi(2)
}

/// Nearest colour that a screen can show: chroma is lowered until it fits, hue and lightness stay.
fn fitted(lightness: f32, chroma: f32, hue_degrees: f32) -> Oklch {
    let mut colour: Oklch = Oklch::new(lightness, chroma, hue_degrees);
    while Srgb::try_from_color(colour).is_err() && colour.chroma > 0.0 {
        colour.chroma = (colour.chroma - 0.004).max(0.0);
    }
    colour
}

fn to_srgb(colour: Oklch) -> [u8; 3] {
    let colour: Srgb<f32> = Srgb::from_color(colour);
    colour.into_format::<u8>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distance(a: [u8; 3], b: [u8; 3]) -> f32 {
        let lab = |c: [u8; 3]| Oklab::from_color(Srgb::from(c).into_format::<f32>());
        squared_distance(lab(a), lab(b)).sqrt()
    }

    #[test]
    fn neighbouring_ids_are_far_apart() {
        for id in 0..510 {
            assert!(distance(colour(id), colour(id + 1)) > 0.1, "{id}: {:?} {:?}", colour(id), colour(id + 1));
        }
    }

    #[test]
    fn a_hundred_classes_are_distinct_and_differ_from_unlabelled() {
        let colours: Vec<_> = (0..100).map(colour).collect();
        for (i, &a) in colours.iter().enumerate() {
            assert!(distance(a, UNLABELLED) > 0.15, "{i} looks unlabelled");
            for (j, &b) in colours.iter().enumerate().take(i) {
                assert!(distance(a, b) > 0.03, "{j} and {i} look alike: {b:?} {a:?}");
            }
        }
    }

    #[test]
    fn rooms_shells_are_muted_whatever_their_id() {
        assert_eq!(class_colour(3, "floor"), colour(2));
        let spread = |c: [u8; 3]| c.iter().max().unwrap() - c.iter().min().unwrap();
        assert!(spread(colour(0)) < 40 && spread(colour(1)) < 40 && spread(colour(9)) > 60);
    }

    #[test]
    fn painting_covers_every_pixel() {
        let picture = paint(&[7, splat_core::IGNORE_ID], colour);
        assert_eq!(picture[..3], colour(7));
        assert_eq!(picture[3..], UNLABELLED);
    }
}

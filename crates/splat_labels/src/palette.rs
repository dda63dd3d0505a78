//! One colour per class: stable, distinct, pleasant side by side.
//!
//! Hues walk around the circle by the golden angle, so that any run of consecutive ids is spread as evenly as it can
//! be; lightness and chroma step through short cycles, so that hues that come close again differ in those. The walk is
//! done in OKLCH, where equal steps look equal. Wall, floor and ceiling fill most of a room: they are muted, so that
//! the things in it stand out.

use palette::convert::TryFromColor;
use palette::{FromColor, Oklch, Srgb};

/// Turn of the hue from one id to the next: 360 degrees / golden ratio.
const GOLDEN_ANGLE_DEGREES: f32 = 222.492_23;
/// Hue of id 0.
const FIRST_HUE_DEGREES: f32 = 25.0;
/// Lightness cycle; its length is coprime to that of the chroma cycle, so pairs repeat late.
const LIGHTNESS: [f32; 4] = [0.70, 0.58, 0.82, 0.48];
/// Chroma cycle.
const CHROMA: [f32; 3] = [0.145, 0.105, 0.175];

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

/// Colour of a class by id and name: the walk's, but muted for what encloses a room.
pub fn class_colour(id: u16, name: &str) -> [u8; 3] {
    let muted = |lightness, chroma, hue| to_srgb(Oklch::new(lightness, chroma, hue));
    match name {
        "wall" => muted(0.78, 0.022, 85.0),
        "ceiling" => muted(0.90, 0.015, 220.0),
        "floor" => muted(0.56, 0.045, 62.0),
        _ => walk(id),
    }
}

/// Picture row of class colours: `[H, W, 3]` sRGB, unlabelled pixels in [`UNLABELLED`].
pub fn paint(ids: &[u16], colour_of: impl Fn(u16) -> [u8; 3]) -> Vec<u8> {
    let mut known: Vec<Option<[u8; 3]>> = vec![None; 1 << 16];
    known[splat_core::IGNORE_ID as usize] = Some(UNLABELLED);
    ids.iter().flat_map(|&id| *known[id as usize].get_or_insert_with(|| colour_of(id))).collect()
}

fn walk(id: u16) -> [u8; 3] {
    let step = id as usize;
    let hue = (FIRST_HUE_DEGREES + GOLDEN_ANGLE_DEGREES * id as f32) % 360.0;
    to_srgb(Oklch::new(LIGHTNESS[step % LIGHTNESS.len()], CHROMA[step % CHROMA.len()], hue))
}

/// Nearest colour that a screen can show: chroma is lowered until it fits, hue and lightness stay.
fn to_srgb(mut colour: Oklch) -> [u8; 3] {
    while Srgb::try_from_color(colour).is_err() && colour.chroma > 0.0 {
        colour.chroma = (colour.chroma - 0.004).max(0.0);
    }
    let fitted: Srgb<f32> = Srgb::from_color(colour);
    fitted.into_format::<u8>().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use palette::Oklab;

    fn distance(a: [u8; 3], b: [u8; 3]) -> f32 {
        let lab = |c: [u8; 3]| Oklab::from_color(Srgb::from(c).into_format::<f32>());
        let (a, b) = (lab(a), lab(b));
        ((a.l - b.l).powi(2) + (a.a - b.a).powi(2) + (a.b - b.b).powi(2)).sqrt()
    }

    #[test]
    fn neighbouring_ids_are_far_apart() {
        for id in 0..500 {
            assert!(distance(colour(id), colour(id + 1)) > 0.1, "{id}: {:?} {:?}", colour(id), colour(id + 1));
        }
    }

    #[test]
    fn a_hundred_classes_are_distinct_and_differ_from_unlabelled() {
        let colours: Vec<_> = (0..100).map(colour).collect();
        for (i, &a) in colours.iter().enumerate() {
            assert!(distance(a, UNLABELLED) > 0.15, "{i} looks unlabelled");
            for (j, &b) in colours.iter().enumerate().take(i) {
                assert!(distance(a, b) > 0.015, "{j} and {i} look alike: {b:?} {a:?}");
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

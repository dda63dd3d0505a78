//! A key to class pictures: colours and names in lines, as wide as the picture that they belong to.

use crate::panels::fill;
use crate::text::{draw_text, shortened, text_width};
use image::{Rgb, RgbImage};
use splat_core::LabelSet;
use splat_labels::palette;

const INK: [u8; 3] = [235, 235, 238];
const GROUND: Rgb<u8> = Rgb([24, 24, 28]);
const SIZE: f32 = 15.0;
const LINE: u32 = 24;
const SWATCH: u32 = 16;
/// Pixels between things.
const GAP: u32 = 6;

/// Colour and name of every class, and what pixels without a label look like.
pub fn class_key(classes: &LabelSet, width: u32) -> RgbImage {
    let named = classes.classes.iter().map(|c| (c.colour, c.name.as_str()));
    let entries: Vec<_> = named.chain([(palette::UNLABELLED, "no label")]).collect();
    let room = width.saturating_sub(3 * GAP + SWATCH) as f32;
    let mut places = Vec::new();
    let (mut x, mut y) = (GAP, 0);
    for (colour, name) in entries {
        let name = shortened(name, SIZE, room);
        let wide = SWATCH + GAP + text_width(&name, SIZE).ceil() as u32;
        if x > GAP && x + wide + GAP > width {
            (x, y) = (GAP, y + LINE);
        }
        places.push((x, y, colour, name));
        x += wide + 3 * GAP;
    }
    let mut out = RgbImage::from_pixel(width.max(1), y + LINE + GAP, GROUND);
    for (x, y, colour, name) in places {
        fill(&mut out, x, y + 3, SWATCH, SWATCH, colour);
        draw_text(&mut out, (x + SWATCH + GAP) as f32, y as f32 + 2.0, SIZE, INK, &name);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use splat_core::ClassInfo;

    #[test]
    fn every_class_has_its_place_however_narrow_the_picture_is() {
        let class = |id: u16| {
            let colour = [100 + id as u8, 7, 200];
            ClassInfo { id, name: format!("a class with a name, {id}"), colour, pixel_count: 0 }
        };
        let classes = LabelSet { classes: (0..9).map(class).collect() };
        let (narrow, wide) = (class_key(&classes, 90), class_key(&classes, 900));
        assert!(narrow.height() >= 10 * LINE && wide.height() < 5 * LINE);
        for picture in [narrow, wide] {
            for class in &classes.classes {
                let count = picture.pixels().filter(|p| p.0 == class.colour).count();
                assert_eq!(count, (SWATCH * SWATCH) as usize, "{}", class.name);
            }
        }
        assert!(class_key(&LabelSet::default(), 0).height() > 0);
    }
}

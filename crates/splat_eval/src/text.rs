//! Small print on pictures, in a font that comes along: no system font is needed.

use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};
use image::{Rgb, RgbImage};

/// The font's file: Ubuntu Light, as egui's default fonts carry it.
pub(crate) fn font_bytes() -> &'static [u8] {
    epaint_default_fonts::UBUNTU_LIGHT
}

fn font() -> Option<FontRef<'static>> {
    FontRef::try_from_slice(font_bytes()).ok()
}

/// Width of a line of text in pixels.
pub fn text_width(text: &str, size_px: f32) -> f32 {
    let Some(font) = font() else { return 0.0 };
    let font = font.as_scaled(PxScale::from(size_px));
    text.chars().map(|c| font.h_advance(font.glyph_id(c))).sum()
}

/// Draws one line of text; (`x`, `y`) is its top left corner, what sticks out of the picture is cut off.
pub fn draw_text(picture: &mut RgbImage, x: f32, y: f32, size_px: f32, colour: [u8; 3], text: &str) {
    let Some(font) = font() else { return };
    let scaled = font.as_scaled(PxScale::from(size_px));
    let (mut pen, base) = (x, y + scaled.ascent());
    for c in text.chars() {
        let glyph = scaled.glyph_id(c).with_scale_and_position(size_px, point(pen, base));
        pen += scaled.h_advance(glyph.id);
        let Some(outline) = font.outline_glyph(glyph) else { continue };
        let corner = outline.px_bounds().min;
        outline.draw(|dx, dy, coverage| {
            let (px, py) = (corner.x as i64 + dx as i64, corner.y as i64 + dy as i64);
            if (0..picture.width() as i64).contains(&px) && (0..picture.height() as i64).contains(&py) {
                blend(picture.get_pixel_mut(px as u32, py as u32), colour, coverage.clamp(0.0, 1.0));
            }
        });
    }
}

/// The longest beginning of a text that fits, with an ellipsis where something is cut off.
pub fn shortened(text: &str, size_px: f32, width_px: f32) -> String {
    if text_width(text, size_px) <= width_px {
        return text.to_owned();
    }
    let mut short: String = text.to_owned();
    while short.pop().is_some() {
        let candidate = format!("{}…", short.trim_end());
        if text_width(&candidate, size_px) <= width_px {
            return candidate;
        }
    }
    short
}

fn blend(pixel: &mut Rgb<u8>, colour: [u8; 3], coverage: f32) {
    for (old, new) in pixel.0.iter_mut().zip(colour) {
        *old = (*old as f32 + (new as f32 - *old as f32) * coverage).round() as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_leaves_ink_inside_its_box_only_and_never_outside_the_picture() {
        let mut picture = RgbImage::new(60, 20);
        draw_text(&mut picture, 2.0, 2.0, 14.0, [255; 3], "wall");
        let ink: Vec<u32> = picture.enumerate_pixels().filter(|(_, _, p)| p.0[0] > 128).map(|(x, _, _)| x).collect();
        assert!(ink.len() > 10);
        assert!(*ink.iter().max().unwrap() as f32 <= 3.0 + text_width("wall", 14.0));
        draw_text(&mut picture, -30.0, 15.0, 40.0, [255; 3], "cut off on every side");
    }

    #[test]
    fn long_text_is_shortened_to_fit() {
        let short = shortened("chest of drawers", 14.0, 60.0);
        assert!(short.ends_with('…') && text_width(&short, 14.0) <= 60.0, "{short}");
        assert_eq!(shortened("bed", 14.0, 60.0), "bed");
    }
}

//! Pictures for people: photograph, render and classes side by side, a legend, depth.

use crate::text::{draw_text, shortened, text_width};
use image::{ImageBuffer, Luma, Rgb, RgbImage};
use splat_core::{IGNORE_ID, LabelImage, LabelSet};
use splat_labels::palette;
use std::collections::BTreeMap;

const INK: [u8; 3] = [235, 235, 238];
const FAINT_INK: [u8; 3] = [160, 160, 168];
const GROUND: Rgb<u8> = Rgb([24, 24, 28]);
/// Pixels between two pictures.
const GAP: u32 = 6;
/// Height of the strip above the pictures.
const CAPTION_HEIGHT: u32 = 24;
const CAPTION_SIZE: f32 = 15.0;

/// What one panel shows, left to right. Pictures may differ in size; a class picture that is missing leaves its place
/// out.
#[derive(Clone, Copy, Debug)]
pub struct Panel<'a> {
    /// The photograph.
    pub photo: &'a RgbImage,
    /// The cloud as seen from the same place.
    pub render: &'a RgbImage,
    /// Classes of the cloud.
    pub rendered_classes: Option<&'a LabelImage>,
    /// True classes.
    pub true_classes: Option<&'a LabelImage>,
    /// Names and colours.
    pub classes: &'a LabelSet,
    /// Short scores, e.g. `27.1 dB`, written above the render.
    pub render_note: &'a str,
    /// Short scores, e.g. `mIoU 0.93`, written above the rendered classes.
    pub classes_note: &'a str,
}

/// Photograph | render | rendered classes | true classes, each under a small caption.
pub fn compose_panel(panel: &Panel) -> RgbImage {
    let paint = |labels: &LabelImage| class_picture(labels, panel.classes);
    let (rendered, truth) = (panel.rendered_classes.map(paint), panel.true_classes.map(paint));
    let tiles = [
        Some(("photograph", "", panel.photo)),
        Some(("render", panel.render_note, panel.render)),
        rendered.as_ref().map(|picture| ("rendered classes", panel.classes_note, picture)),
        truth.as_ref().map(|picture| ("true classes", "", picture)),
    ];
    let tiles: Vec<_> = tiles.into_iter().flatten().collect();
    picture_row(&tiles)
}

/// Rows of pictures, each picture under its caption; what a row lacks stays dark.
pub fn picture_grid(rows: &[Vec<(String, RgbImage)>]) -> RgbImage {
    let tile = |(caption, picture): &'_ (String, RgbImage)| -> RgbImage { picture_row(&[(caption, "", picture)]) };
    let rows: Vec<Vec<RgbImage>> = rows.iter().map(|row| row.iter().map(tile).collect()).collect();
    let width = |row: &Vec<RgbImage>| row.iter().map(RgbImage::width).sum::<u32>();
    let height = |row: &Vec<RgbImage>| row.iter().map(RgbImage::height).max().unwrap_or(0);
    let size = (rows.iter().map(width).max().unwrap_or(1), rows.iter().map(height).sum::<u32>().max(1));
    let mut out = RgbImage::from_pixel(size.0, size.1, GROUND);
    let mut top = 0;
    for row in &rows {
        let mut left = 0;
        for picture in row {
            image::imageops::replace(&mut out, picture, left, top);
            left += picture.width() as i64;
        }
        top += height(row) as i64;
    }
    out
}

/// Pictures side by side, each under a title and a fainter note.
fn picture_row(tiles: &[(&str, &str, &RgbImage)]) -> RgbImage {
    let width = tiles.iter().map(|(.., p)| p.width() + GAP).sum::<u32>() + GAP;
    let height = tiles.iter().map(|(.., p)| p.height()).max().unwrap_or(0) + CAPTION_HEIGHT + GAP;
    let mut out = RgbImage::from_pixel(width, height, GROUND);
    let mut left = GAP;
    for &(title, note, picture) in tiles {
        let title = &shortened(title, CAPTION_SIZE, picture.width() as f32);
        let title_width = text_width(title, CAPTION_SIZE) + 10.0;
        let room = (picture.width() as f32 - title_width).max(0.0);
        draw_text(&mut out, left as f32, 4.0, CAPTION_SIZE, INK, title);
        let note = shortened(note, CAPTION_SIZE, room);
        draw_text(&mut out, left as f32 + title_width, 4.0, CAPTION_SIZE, FAINT_INK, &note);
        image::imageops::replace(&mut out, picture, left as i64, CAPTION_HEIGHT as i64);
        left += picture.width() + GAP;
    }
    out
}

/// Classes as colours: those of the set, the palette's for ids that the set lacks; unlabelled pixels are dark, with a
/// faint hatch so that they are not taken for a class.
pub fn class_picture(labels: &LabelImage, classes: &LabelSet) -> RgbImage {
    let known: BTreeMap<u16, [u8; 3]> = classes.classes.iter().map(|c| (c.id, c.colour)).collect();
    let colour = |id: u16| known.get(&id).copied().unwrap_or_else(|| palette::colour(id));
    let bytes = palette::paint(&labels.ids, colour);
    let mut picture = RgbImage::from_raw(labels.width, labels.height, bytes).unwrap_or_default();
    for (pixel, (x, y, colour)) in picture.enumerate_pixels_mut().enumerate() {
        if labels.ids[pixel] == IGNORE_ID && (x + y) % 8 == 0 {
            *colour = Rgb(palette::UNLABELLED.map(|c| c + 14));
        }
    }
    picture
}

/// Colour, id and name of every class, with its IoU as a bar where it is known.
pub fn legend(classes: &LabelSet, iou: &BTreeMap<u16, f64>) -> RgbImage {
    const ROW: u32 = 24;
    const COLUMN: u32 = 300;
    const ROWS_PER_COLUMN: u32 = 16;
    let n = classes.len() as u32;
    let columns = n.div_ceil(ROWS_PER_COLUMN).max(1);
    let rows = n.div_ceil(columns).max(1);
    let mut out = RgbImage::from_pixel(columns * COLUMN + 2 * GAP, rows * ROW + 2 * GAP, GROUND);
    for (i, class) in classes.classes.iter().enumerate() {
        let (column, row) = (i as u32 / rows, i as u32 % rows);
        let (x, y) = (GAP + column * COLUMN, GAP + row * ROW);
        fill(&mut out, x, y + 3, 18, 18, class.colour);
        let name = shortened(&class.name, CAPTION_SIZE, 130.0);
        draw_text(&mut out, x as f32 + 26.0, y as f32 + 3.0, CAPTION_SIZE, INK, &name);
        if let Some(&iou) = iou.get(&class.id) {
            fill(&mut out, x + 164, y + 9, 80, 6, [58, 58, 64]);
            fill(&mut out, x + 164, y + 9, (80.0 * iou.clamp(0.0, 1.0)).round() as u32, 6, class.colour);
            let text = format!("{iou:.2}");
            draw_text(&mut out, x as f32 + 252.0, y as f32 + 3.0, CAPTION_SIZE, FAINT_INK, &text);
        }
    }
    out
}

pub(crate) fn fill(picture: &mut RgbImage, x: u32, y: u32, width: u32, height: u32, colour: [u8; 3]) {
    for (py, px) in (y..y + height).flat_map(|py| (x..x + width).map(move |px| (py, px))) {
        if px < picture.width() && py < picture.height() {
            picture.put_pixel(px, py, Rgb(colour));
        }
    }
}

/// View depth, `[H, W]` in metres, as 16-bit millimetres; 0 where there is none (not finite or not positive), 65535
/// for all that lies beyond 65.535 m.
pub fn depth_to_png16(width: u32, height: u32, metres: &[f32]) -> ImageBuffer<Luma<u16>, Vec<u16>> {
    ImageBuffer::from_fn(width, height, |x, y| {
        let depth = metres.get(y as usize * width as usize + x as usize).copied().unwrap_or(0.0);
        Luma([if depth.is_finite() && depth > 0.0 { (depth * 1000.0).round().clamp(1.0, 65_535.0) as u16 } else { 0 }])
    })
}

/// View depth, `[H, W]` in any unit, as a picture: near is bright and warm, far is dark and cold, nothing is black.
/// Scaled between the 2nd and 98th percentile.
pub fn depth_picture(width: u32, height: u32, depth: &[f32]) -> RgbImage {
    let mut sorted: Vec<f32> = depth.iter().copied().filter(|d| d.is_finite() && *d > 0.0).collect();
    sorted.sort_unstable_by(f32::total_cmp);
    let percentile = |p: f32| sorted.get((p * sorted.len().saturating_sub(1) as f32) as usize).copied().unwrap_or(1.0);
    let (near, far) = (percentile(0.02), percentile(0.98).max(percentile(0.02) + 1e-6));
    RgbImage::from_fn(width, height, |x, y| {
        let d = depth.get(y as usize * width as usize + x as usize).copied().unwrap_or(0.0);
        let is_there = d.is_finite() && d > 0.0;
        let t = ((d - near) / (far - near)).clamp(0.0, 1.0);
        Rgb(if is_there { ramp(1.0 - t) } else { [0; 3] })
    })
}

/// Dark blue over purple and orange to pale yellow; 0 = dark.
pub(crate) fn ramp(t: f32) -> [u8; 3] {
    const STOPS: [[f32; 3]; 5] =
        [[18.0, 14.0, 60.0], [92.0, 26.0, 122.0], [187.0, 55.0, 84.0], [246.0, 140.0, 40.0], [250.0, 240.0, 170.0]];
    let place = t * (STOPS.len() - 1) as f32;
    let i = (place as usize).min(STOPS.len() - 2);
    let f = place - i as f32;
    std::array::from_fn(|c| (STOPS[i][c] + (STOPS[i + 1][c] - STOPS[i][c]) * f).round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use splat_core::ClassInfo;

    fn classes() -> LabelSet {
        let class = |id, name: &str, colour| ClassInfo { id, name: name.into(), colour, pixel_count: 0 };
        LabelSet { classes: vec![class(0, "wall", [200, 190, 180]), class(7, "chair", [10, 200, 30])] }
    }

    #[test]
    fn a_panel_holds_its_pictures_untouched() {
        let photo = RgbImage::from_pixel(40, 30, Rgb([1, 2, 3]));
        let labels = LabelImage { width: 40, height: 30, ids: vec![7; 1200] };
        let set = classes();
        let mut panel = Panel {
            photo: &photo,
            render: &photo,
            rendered_classes: Some(&labels),
            true_classes: Some(&labels),
            classes: &set,
            render_note: "27.1 dB",
            classes_note: "mIoU 0.93 and a very long remark that cannot fit here",
        };
        let picture = compose_panel(&panel);
        assert_eq!(picture.dimensions(), (4 * 46 + GAP, 30 + CAPTION_HEIGHT + GAP));
        assert_eq!(picture.get_pixel(GAP, CAPTION_HEIGHT).0, [1, 2, 3]);
        assert_eq!(picture.get_pixel(3 * 46 + GAP + 39, CAPTION_HEIGHT + 29).0, [10, 200, 30]);
        panel.true_classes = None;
        assert_eq!(compose_panel(&panel).width(), 3 * 46 + GAP);
    }

    #[test]
    fn a_grid_is_as_wide_as_its_widest_row() {
        let picture =
            |side| ("a caption that is far too long".to_owned(), RgbImage::from_pixel(side, side, Rgb([9, 8, 7])));
        let grid = picture_grid(&[vec![picture(30), picture(20)], vec![picture(10)]]);
        let tile = |side: u32| side + 2 * GAP;
        let tall = |side: u32| side + CAPTION_HEIGHT + GAP;
        assert_eq!(grid.dimensions(), (tile(30) + tile(20), tall(30) + tall(10)));
        assert_eq!(grid.get_pixel(GAP + 5, tall(30) + CAPTION_HEIGHT + 5).0, [9, 8, 7]);
        assert!(picture_grid(&[]).width() > 0);
    }

    #[test]
    fn unlabelled_pixels_look_like_no_class() {
        let labels = LabelImage { width: 3, height: 1, ids: vec![IGNORE_ID, IGNORE_ID, 99] };
        let picture = class_picture(&labels, &classes());
        assert_eq!(picture.get_pixel(1, 0).0, palette::UNLABELLED);
        assert_ne!(picture.get_pixel(0, 0), picture.get_pixel(1, 0), "hatched");
        assert_eq!(picture.get_pixel(2, 0).0, palette::colour(99));
    }

    #[test]
    fn depth_is_millimetres_and_zero_where_there_is_none() {
        let png = depth_to_png16(5, 1, &[1.2345, f32::INFINITY, -1.0, 99.0, f32::NAN]);
        assert_eq!(png.into_raw(), [1235, 0, 0, 65_535, 0]);
        let picture = depth_picture(3, 1, &[1.0, 2.0, f32::INFINITY]);
        assert_eq!(picture.get_pixel(2, 0).0, [0; 3]);
        assert!(picture.get_pixel(0, 0).0[1] > picture.get_pixel(1, 0).0[1], "near is brighter");
        assert_eq!(depth_picture(2, 1, &[f32::NAN; 2]).get_pixel(0, 0).0, [0; 3]);
    }

    #[test]
    fn a_legend_shows_every_class() {
        let picture = legend(&classes(), &BTreeMap::from([(7, 0.5)]));
        let has = |colour: [u8; 3]| picture.pixels().filter(|p| p.0 == colour).count();
        assert!(has([200, 190, 180]) >= 18 * 18 && has([10, 200, 30]) >= 18 * 18 + 40 * 6);
        assert!(legend(&LabelSet::default(), &BTreeMap::new()).width() > 0);
    }
}

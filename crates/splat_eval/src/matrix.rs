//! The confusion matrix as a picture: rows are true classes, columns what they were taken for, brightness the share of the row.

use crate::Confusion;
use crate::panels::ramp;
use crate::text::{draw_text, shortened, text_width};
use image::{Rgb, RgbImage};
use splat_core::{IGNORE_ID, Vocabulary};
use std::collections::BTreeMap;

const INK: [u8; 3] = [235, 235, 238];
const GROUND: Rgb<u8> = Rgb([24, 24, 28]);
/// Pixels of a cell's side.
const CELL: u32 = 30;
/// Room for names.
const NAMES: u32 = 150;
const SMALL: f32 = 13.0;
/// Classes that get a row; smaller ones are joined to `others`.
const MOST_CLASSES: usize = 40;
/// Shares under this are left blank.
const LEAST_SHOWN: f64 = 0.005;

/// Draws the matrix; classes in id order, `none` (no label at all) last.
pub fn confusion_picture(confusion: &Confusion, vocabulary: &Vocabulary) -> RgbImage {
    let table = Table::of(confusion);
    let name = |entry: &Entry| match entry {
        Entry::Class(id) => vocabulary.name(*id),
        Entry::Others => "others".to_owned(),
        Entry::Nothing => "none".to_owned(),
    };
    let (columns, rows) = (table.columns.len() as u32, table.rows.len() as u32);
    let mut out = RgbImage::from_pixel(NAMES + columns * CELL + 12, NAMES + rows * CELL + 12, GROUND);
    draw_text(&mut out, 8.0, 8.0, SMALL, [160, 160, 168], "true class (row) taken for");
    draw_text(&mut out, 8.0, 24.0, SMALL, [160, 160, 168], "(column), % of the row");
    for (i, entry) in table.rows.iter().enumerate() {
        let label = shortened(&name(entry), SMALL, NAMES as f32 - 14.0);
        let (x, y) = (NAMES as f32 - 8.0 - text_width(&label, SMALL), (NAMES + i as u32 * CELL) as f32 + 8.0);
        draw_text(&mut out, x, y, SMALL, INK, &label);
    }
    for (i, entry) in table.columns.iter().enumerate() {
        let upright = upright_text(&shortened(&name(entry), SMALL, NAMES as f32 - 44.0));
        let (x, y) = (NAMES + i as u32 * CELL + 7, NAMES.saturating_sub(upright.height() + 6));
        image::imageops::replace(&mut out, &upright, x as i64, y as i64);
    }
    for (r, row) in table.shares().iter().enumerate() {
        for (c, share) in row.iter().enumerate() {
            draw_cell(&mut out, NAMES + c as u32 * CELL, NAMES + r as u32 * CELL, *share);
        }
    }
    out
}

fn draw_cell(out: &mut RgbImage, x: u32, y: u32, share: f64) {
    let colour = ramp((share as f32).sqrt());
    for (px, py) in (1..CELL).flat_map(|dy| (1..CELL).map(move |dx| (x + dx, y + dy))) {
        out.put_pixel(px, py, Rgb(colour));
    }
    if share >= LEAST_SHOWN {
        let text = format!("{:.0}", 100.0 * share);
        let ink = if share > 0.4 { [20, 20, 24] } else { INK };
        let left = x as f32 + (CELL as f32 - text_width(&text, SMALL)) / 2.0;
        draw_text(out, left, y as f32 + 8.0, SMALL, ink, &text);
    }
}

/// A line of text that reads from bottom to top.
fn upright_text(text: &str) -> RgbImage {
    let mut line = RgbImage::from_pixel(text_width(text, SMALL).ceil() as u32 + 2, 18, GROUND);
    draw_text(&mut line, 0.0, 1.0, SMALL, INK, text);
    image::imageops::rotate270(&line)
}

/// What a row or column stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Entry {
    Class(u16),
    Others,
    Nothing,
}

/// Pixels by row and column entry.
struct Table {
    rows: Vec<Entry>,
    columns: Vec<Entry>,
    pixels: BTreeMap<(Entry, Entry), u64>,
}

impl Table {
    fn of(confusion: &Confusion) -> Self {
        let mut classes = confusion.classes();
        classes.sort_by_key(|c| std::cmp::Reverse(c.truth_pixels.max(c.predicted_pixels)));
        let kept: Vec<u16> = classes.iter().take(MOST_CLASSES).map(|c| c.id).collect();
        let entry = |id: u16| match id {
            IGNORE_ID => Entry::Nothing,
            id if kept.contains(&id) => Entry::Class(id),
            _ => Entry::Others,
        };
        let mut pixels: BTreeMap<(Entry, Entry), u64> = BTreeMap::new();
        for (&(truth, said), &n) in &confusion.pairs {
            *pixels.entry((entry(truth), entry(said))).or_default() += n;
        }
        let mut rows: Vec<Entry> = pixels.keys().map(|k| k.0).collect();
        // A true class that is never predicted has its column too: the diagonal stays one.
        let mut columns: Vec<Entry> = pixels.keys().flat_map(|k| [k.0, k.1]).collect();
        for entries in [&mut rows, &mut columns] {
            entries.sort_unstable();
            entries.dedup();
        }
        Self { rows, columns, pixels }
    }

    /// `[rows][columns]` shares of the row.
    fn shares(&self) -> Vec<Vec<f64>> {
        let row = |r: &Entry| {
            let count = |c: &Entry| self.pixels.get(&(*r, *c)).copied().unwrap_or(0) as f64;
            let all: f64 = self.columns.iter().map(count).sum();
            self.columns.iter().map(|c| count(c) / all.max(1.0)).collect()
        };
        self.rows.iter().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use splat_core::LabelImage;

    fn confusion(truth: &[u16], said: &[u16]) -> Confusion {
        let image = |ids: &[u16]| LabelImage { width: ids.len() as u32, height: 1, ids: ids.to_vec() };
        Confusion::of(&image(truth), &image(said)).unwrap()
    }

    #[test]
    fn rows_are_shares_of_true_classes() {
        let table = Table::of(&confusion(&[3, 3, 3, 3, 5, 5], &[3, 3, 9, IGNORE_ID, 3, 3]));
        assert_eq!(table.rows, [Entry::Class(3), Entry::Class(5)]);
        assert_eq!(table.columns, [Entry::Class(3), Entry::Class(5), Entry::Class(9), Entry::Nothing]);
        assert_eq!(table.shares(), [[0.5, 0.0, 0.25, 0.25], [1.0, 0.0, 0.0, 0.0]]);
    }

    #[test]
    fn the_picture_is_bright_on_the_diagonal_of_a_good_cloud() {
        let names = Vocabulary::from_lines("wall\nfloor\na rather long name of a class that must be cut off");
        let picture = confusion_picture(&confusion(&[0, 1, 2, 2], &[0, 1, 2, 2]), &names);
        assert_eq!(picture.dimensions(), (NAMES + 3 * CELL + 12, NAMES + 3 * CELL + 12));
        let corner = |row: u32, column: u32| picture.get_pixel(NAMES + column * CELL + 2, NAMES + row * CELL + 2).0;
        assert_eq!((corner(1, 1), corner(0, 1)), (ramp(1.0), ramp(0.0)));
        let many: Vec<u16> = (0..100).collect();
        let crowded = Table::of(&confusion(&many, &many));
        assert_eq!((crowded.rows.len(), crowded.rows[MOST_CLASSES]), (MOST_CLASSES + 1, Entry::Others));
        if let Some(dir) = std::env::var_os("SEMSPLAT_KEEP_PICTURES") {
            let truth: Vec<u16> = (0..4000).map(|i| i % 23).collect();
            let said: Vec<u16> = (0..4000u32).map(|i| if i * 7919 % 13 < 3 { 5 } else { (i % 23) as u16 }).collect();
            let list = splat_labels::vocabulary::scannetpp_top100();
            let drawn = confusion_picture(&confusion(&truth, &said), &list);
            crate::save_png(&std::path::Path::new(&dir).join("confusion.png"), &drawn).unwrap();
        }
    }
}

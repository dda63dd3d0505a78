//! Bars in groups: a figure for shares of 0 to 1.

use crate::panels::fill;
use crate::text::{draw_text, shortened, text_width};
use image::{Rgb, RgbImage};

const INK: [u8; 3] = [50, 50, 56];
const GRID: [u8; 3] = [228, 228, 232];
const COLOURS: [[u8; 3]; 6] =
    [[38, 104, 176], [214, 106, 30], [46, 132, 84], [150, 80, 160], [190, 60, 70], [90, 90, 96]];
const SIZE: f32 = 15.0;
/// Pixels of a bar, of the plot's height, and of the room around it.
const BAR: u32 = 56;
const HEIGHT: u32 = 300;
const ROOM: u32 = 56;

/// One group per name, one bar per (label, value); values are shares, drawn from 0 to 1. Bars of one label have one colour.
pub fn bar_chart(title: &str, groups: &[(String, Vec<(String, f64)>)]) -> RgbImage {
    let bars: u32 = groups.iter().map(|(_, bars)| bars.len() as u32).sum();
    let width = (2 * ROOM + bars * BAR + groups.len() as u32 * BAR / 2).max(640);
    let mut labels: Vec<&str> = Vec::new();
    for (label, _) in groups.iter().flat_map(|(_, bars)| bars) {
        if !labels.contains(&label.as_str()) {
            labels.push(label);
        }
    }
    let mut out = RgbImage::from_pixel(width, HEIGHT + 3 * ROOM, Rgb([255; 3]));
    draw_text(&mut out, ROOM as f32, 12.0, 18.0, INK, title);
    let base = HEIGHT + ROOM;
    for step in 0..=5 {
        let y = base - step * HEIGHT / 5;
        fill(&mut out, ROOM, y, width - 2 * ROOM, 1, GRID);
        draw_text(&mut out, 16.0, y as f32 - 9.0, SIZE, INK, &format!("{:.1}", step as f32 / 5.0));
    }
    let mut x = ROOM + BAR / 4;
    for (name, bars) in groups {
        let room = (bars.len() as u32 * BAR) as f32;
        draw_text(&mut out, x as f32, base as f32 + 8.0, SIZE, INK, &shortened(name, SIZE, room));
        for (label, value) in bars {
            let colour = labels.iter().position(|l| l == label).map_or(INK, |i| COLOURS[i % COLOURS.len()]);
            let height = (value.clamp(0.0, 1.0) * HEIGHT as f64).round() as u32;
            fill(&mut out, x, base - height, BAR - 8, height, colour);
            let text = format!("{value:.3}");
            let left = x as f32 + (BAR as f32 - 8.0 - text_width(&text, SIZE)) / 2.0;
            draw_text(&mut out, left, (base - height) as f32 - 20.0, SIZE, INK, &text);
            x += BAR;
        }
        x += BAR / 2;
    }
    let mut x = ROOM;
    for (i, label) in labels.iter().enumerate() {
        fill(&mut out, x, base + 48, 14, 14, COLOURS[i % COLOURS.len()]);
        draw_text(&mut out, x as f32 + 20.0, base as f32 + 46.0, SIZE, INK, label);
        x += text_width(label, SIZE) as u32 + 44;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_high_as_their_values() {
        let bars = |values: [f64; 2]| vec![("original".to_owned(), values[0]), ("softmax".to_owned(), values[1])];
        let groups = [("room".to_owned(), bars([0.5, 1.0])), ("hall".to_owned(), bars([0.0, 2.0]))];
        let picture = bar_chart("mIoU", &groups);
        let count = |colour: [u8; 3]| picture.pixels().filter(|p| p.0 == colour).count() as u32;
        let bar = |share: f64| (BAR - 8) * (share * HEIGHT as f64) as u32;
        assert_eq!(count(COLOURS[0]), bar(0.5) + 14 * 14);
        assert!(count(COLOURS[1]) <= bar(2.0) + 14 * 14 && count(COLOURS[1]) > bar(1.9), "values end at 1");
        assert!(bar_chart("nothing", &[]).width() > 0);
    }
}

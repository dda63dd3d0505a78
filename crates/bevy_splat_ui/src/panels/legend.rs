//! The classes of the scene: colour, name, id, size. A click highlights a class, another clears it.

use crate::theme::{self, ACCENT, CARD, QUIET, TEXT};
use bevy_egui::egui::{
    Align2, Color32, CornerRadius, FontId, Rect, ScrollArea, Sense, Stroke, StrokeKind, TextEdit, Ui, pos2, vec2,
};
use splat_core::{ClassInfo, LabelSet};

/// Height of a class's row in points.
const ROW: f32 = 22.0;
/// Width of the count at the right end of a row, points.
const COUNT_WIDTH: f32 = 52.0;

/// What the legend shows.
pub struct LegendData<'a> {
    /// The classes in column order.
    pub classes: &'a LabelSet,
    /// Gaussians per class column, where counted.
    pub gaussians: Option<&'a [u32]>,
    /// Highlighted column.
    pub highlight: Option<u32>,
}

/// Draws the legend; `search` is the text of the search box. Returns the new highlight where it was changed.
pub fn show(ui: &mut Ui, data: &LegendData, search: &mut String) -> Option<Option<u32>> {
    let mut ask = None;
    theme::section(ui, "Classes", |ui| {
        if data.highlight.is_none() {
            theme::quiet(ui, data.classes.len().to_string());
        } else if ui.small_button("show all").clicked() {
            ask = Some(None);
        }
    });
    if data.classes.is_empty() {
        theme::quiet(ui, "the cloud has no classes");
        return ask;
    }
    ui.add(TextEdit::singleline(search).hint_text("search name or id").desired_width(f32::INFINITY));
    header(ui, if data.gaussians.is_some() { "Gaussians" } else { "pixels" });
    let needle = search.trim().to_lowercase();
    let shown: Vec<(usize, &ClassInfo)> =
        data.classes.classes.iter().enumerate().filter(|(_, c)| matches(c, &needle)).collect();
    if shown.is_empty() {
        theme::quiet(ui, "no class of that name");
    }
    ui.spacing_mut().item_spacing.y = 1.0;
    ScrollArea::vertical().auto_shrink([false, false]).show_rows(ui, ROW, shown.len(), |ui, range| {
        for &(column, class) in &shown[range] {
            let count = match data.gaussians {
                Some(counts) => counts.get(column).map(|&n| n as u64),
                None => Some(class.pixel_count).filter(|&n| n > 0),
            };
            let is_on = data.highlight == Some(column as u32);
            if class_row(ui, class, count, is_on, data.highlight.is_some()) {
                ask = Some(if is_on { None } else { Some(column as u32) });
            }
        }
    });
    ask
}

/// Whether a class answers to a search, lower case: by part of its name, or by its id.
fn matches(class: &ClassInfo, needle: &str) -> bool {
    needle.is_empty() || class.name.to_lowercase().contains(needle) || class.id.to_string() == needle
}

/// Names of the columns, over the figures.
fn header(ui: &mut Ui, counts: &str) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 12.0), Sense::hover());
    let text = |x: f32, words: &str| {
        let font = FontId::proportional(10.0);
        ui.painter().text(pos2(x, rect.center().y), Align2::RIGHT_CENTER, words, font, QUIET);
    };
    text(rect.right() - 5.0, counts);
    text(rect.right() - 5.0 - COUNT_WIDTH, "id");
}

fn class_row(ui: &mut Ui, class: &ClassInfo, count: Option<u64>, is_on: bool, is_any_on: bool) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    if !ui.is_rect_visible(rect) {
        return response.clicked();
    }
    let painter = ui.painter().with_clip_rect(rect);
    let fade = if is_any_on && !is_on { 0.55 } else { 1.0 };
    if is_on || response.hovered() {
        painter.rect_filled(rect, CornerRadius::same(4), if is_on { ACCENT.gamma_multiply(0.25) } else { CARD });
    }
    let y = rect.center().y;
    let chip = Rect::from_center_size(pos2(rect.left() + 12.0, y), vec2(13.0, 13.0));
    painter.rect_filled(chip, CornerRadius::same(3), colour_of(class).gamma_multiply(fade));
    if is_on {
        painter.rect_stroke(chip, CornerRadius::same(3), Stroke::new(1.5, Color32::WHITE), StrokeKind::Outside);
    }
    let font = FontId::proportional(13.0);
    let ink = if is_on { Color32::WHITE } else { TEXT.gamma_multiply(fade) };
    let quiet = QUIET.gamma_multiply(fade);
    let figures = FontId::monospace(10.5);
    let mut right = rect.right() - 5.0;
    if let Some(count) = count {
        let text = compact(count);
        painter.text(pos2(right, y), Align2::RIGHT_CENTER, text, figures.clone(), quiet);
    }
    right -= COUNT_WIDTH;
    painter.text(pos2(right, y), Align2::RIGHT_CENTER, class.id.to_string(), figures, quiet);
    right -= 30.0;
    let names = painter.with_clip_rect(rect.with_max_x(right));
    names.text(pos2(rect.left() + 26.0, y), Align2::LEFT_CENTER, &class.name, font, ink);
    let response = response.on_hover_text(format!(
        "{}, id {}{}",
        class.name,
        class.id,
        if is_on { ": click to show all" } else { ": click to highlight" }
    ));
    response.clicked()
}

/// A class's display colour.
pub fn colour_of(class: &ClassInfo) -> Color32 {
    let [r, g, b] = class.colour;
    Color32::from_rgb(r, g, b)
}

/// `12,345` as `12k`: four characters at most.
fn compact(n: u64) -> String {
    match n {
        0..1_000 => n.to_string(),
        1_000..10_000 => format!("{:.1}k", n as f64 / 1e3),
        10_000..1_000_000 => format!("{}k", n / 1_000),
        1_000_000..10_000_000 => format!("{:.1}M", n as f64 / 1e6),
        _ => format!("{}M", n / 1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_find_by_part_of_the_name_or_by_id() {
        let class = ClassInfo { id: 23, name: "Coffee Table".to_owned(), colour: [0; 3], pixel_count: 0 };
        assert!(matches(&class, "") && matches(&class, "table") && matches(&class, "23"));
        assert!(!matches(&class, "2") && !matches(&class, "chair"));
    }

    #[test]
    fn counts_stay_short() {
        assert_eq!([compact(999), compact(1234), compact(56_789), compact(4_200_000)], ["999", "1.2k", "56k", "4.2M"]);
    }
}

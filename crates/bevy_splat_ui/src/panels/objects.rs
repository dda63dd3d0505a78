//! The objects of the cloud: class, Gaussians, confidence. A click flies there and highlights the class.

use crate::theme::{self, ACCENT, CARD, QUIET, TEXT};
use bevy::prelude::Entity;
use bevy_egui::egui::{Align2, Color32, CornerRadius, FontId, Rect, ScrollArea, Sense, TextEdit, Ui, pos2, vec2};

/// Height of a row in points.
const ROW: f32 = 22.0;

/// An object of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectRow {
    /// Its entity.
    pub entity: Entity,
    /// Its class.
    pub name: String,
    /// Colour of the class.
    pub colour: Color32,
    /// Gaussians.
    pub count: usize,
    /// Mean probability of the class, 0..=1.
    pub confidence: f32,
}

/// Rows that answer to a search, by name, the largest first.
pub fn listed(mut rows: Vec<ObjectRow>, search: &str) -> Vec<ObjectRow> {
    let needle = search.trim().to_lowercase();
    rows.retain(|row| needle.is_empty() || row.name.to_lowercase().contains(&needle));
    rows.sort_by(|a, b| a.name.cmp(&b.name).then(b.count.cmp(&a.count)).then(a.entity.cmp(&b.entity)));
    rows
}

/// Draws the list; returns the object that was clicked.
pub fn show(ui: &mut Ui, rows: Vec<ObjectRow>, chosen: Option<Entity>, search: &mut String) -> Option<Entity> {
    let total = rows.len();
    ui.add(TextEdit::singleline(search).hint_text("search by class").desired_width(f32::INFINITY));
    let rows = listed(rows, search);
    if rows.is_empty() {
        theme::quiet(ui, if total == 0 { "none found yet" } else { "no object of that class" });
        return None;
    }
    header(ui);
    let mut clicked = None;
    ui.spacing_mut().item_spacing.y = 1.0;
    ScrollArea::vertical().auto_shrink([false, false]).show_rows(ui, ROW, rows.len(), |ui, range| {
        for row in &rows[range] {
            if object(ui, row, chosen == Some(row.entity)) {
                clicked = Some(row.entity);
            }
        }
    });
    clicked
}

fn header(ui: &mut Ui) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 12.0), Sense::hover());
    for (x, words) in [(5.0, "confidence"), (76.0, "Gaussians")] {
        let place = pos2(rect.right() - x, rect.center().y);
        ui.painter().text(place, Align2::RIGHT_CENTER, words, FontId::proportional(10.0), QUIET);
    }
}

fn object(ui: &mut Ui, row: &ObjectRow, is_chosen: bool) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    if is_chosen || response.hovered() {
        let fill = if is_chosen { ACCENT.gamma_multiply(0.25) } else { CARD };
        ui.painter().rect_filled(rect, CornerRadius::same(4), fill);
    }
    let y = rect.center().y;
    let painter = ui.painter().with_clip_rect(rect);
    let chip = Rect::from_center_size(pos2(rect.left() + 11.0, y), vec2(13.0, 13.0));
    painter.rect_filled(chip, CornerRadius::same(3), row.colour);
    let figure = |x: f32, words: String| {
        painter.text(pos2(rect.right() - x, y), Align2::RIGHT_CENTER, words, FontId::monospace(10.5), QUIET);
    };
    figure(5.0, format!("{:.0} %", 100.0 * row.confidence));
    figure(76.0, theme::compact(row.count as u64));
    let ink = if is_chosen { Color32::WHITE } else { TEXT };
    let names = painter.with_clip_rect(rect.with_max_x(rect.right() - 112.0));
    names.text(pos2(rect.left() + 24.0, y), Align2::LEFT_CENTER, &row.name, FontId::proportional(13.0), ink);
    response.on_hover_text(format!("{}: click to fly there", row.name)).clicked()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_found_by_class_and_large_ones_come_first() {
        let row = |i: u32, name: &str, count| {
            let entity = Entity::from_raw_u32(i).unwrap();
            ObjectRow { entity, name: name.to_owned(), colour: ACCENT, count, confidence: 0.9 }
        };
        let rows = vec![row(1, "Office Chair", 40), row(2, "table", 90), row(3, "Office Chair", 70)];
        let counts = |search| listed(rows.clone(), search).iter().map(|row| row.count).collect::<Vec<_>>();
        assert_eq!(counts(""), [70, 40, 90]);
        assert_eq!(counts(" chair"), [70, 40]);
        assert!(counts("sofa").is_empty());
    }
}

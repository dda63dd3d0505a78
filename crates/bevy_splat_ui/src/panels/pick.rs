//! What the last click hit: class, probability, distance, Gaussian; and its mark in the scene.

use crate::panels::legend::colour_of_picked;
use crate::pointing::LastPick;
use crate::theme::{self, QUIET};
use bevy_egui::egui::{Color32, Pos2, Response, RichText, Sense, Stroke, Ui, vec2};
use bevy_splat_query::PickHit;
use bevy_splat_render::ClassStyles;
use splat_core::LabelSet;

/// Draws the card. Returns true where its class was clicked, to highlight it.
pub fn show(ui: &mut Ui, pick: &LastPick, classes: &LabelSet, styles: &ClassStyles) -> bool {
    theme::section(ui, "Picked", |_| {});
    match &pick.hit {
        Some(hit) => {
            ui.add_space(2.0);
            theme::card_frame().show(ui, |ui| card(ui, hit, colour_of_picked(hit, classes, styles))).inner
        }
        None => {
            let words = match pick {
                LastPick { is_waiting: true, .. } => "asking ...",
                LastPick { is_miss: true, .. } => "nothing is there",
                _ => "click a point of the scene",
            };
            theme::quiet(ui, words);
            false
        }
    }
}

fn card(ui: &mut Ui, hit: &PickHit, colour: Option<Color32>) -> bool {
    let colour = colour.unwrap_or(QUIET);
    ui.set_width(ui.available_width());
    ui.spacing_mut().item_spacing.y = 4.0;
    let name = hit.class.as_ref().map_or("no classes", |c| c.name.as_str());
    let is_clicked = ui
        .horizontal(|ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::hover());
            ui.painter().rect_filled(rect, 3.0, colour);
            let title = RichText::new(name).size(15.0).strong().color(Color32::WHITE);
            let label: Response = ui.add(bevy_egui::egui::Label::new(title).sense(Sense::click()));
            label.on_hover_text("click to highlight the class").clicked()
        })
        .inner;
    if let Some(picked) = &hit.class {
        theme::row(ui, "probability", format!("{:.1} %", 100.0 * hit.probability));
        theme::thin_bar(ui, hit.probability, colour);
        theme::row(ui, "vocabulary id", picked.id.to_string());
    }
    theme::row(ui, "distance", format!("{:.2} m", hit.distance));
    theme::row(ui, "Gaussian", format!("row {}", theme::thousands(hit.row as u64)));
    theme::row(ui, "share of the pixel", format!("{:.0} %", 100.0 * hit.weight));
    let p = hit.position;
    theme::row(ui, "position", format!("{:.2} {:.2} {:.2}", p.x, p.y, p.z));
    is_clicked && hit.class.is_some()
}

/// Marks the picked point in the scene.
pub fn mark(ui: &Ui, place: Pos2, colour: Color32) {
    let painter = ui.painter();
    painter.circle_stroke(place, 9.0, Stroke::new(4.0, Color32::from_black_alpha(150)));
    painter.circle_stroke(place, 9.0, Stroke::new(2.0, Color32::WHITE));
    painter.circle_filled(place, 3.5, Color32::WHITE);
    painter.circle_filled(place, 2.5, colour);
}

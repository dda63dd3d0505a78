//! Toasts at the lower right of the scene; a click sends one away, the pointer holds them.

use crate::theme::{self, BAD, CARD, GOOD, QUIET, TEXT, WARM};
use crate::toasts::{NoticeKind, Toast, Toasts};
use bevy_egui::egui::{Align2, Area, Context, Id, Label, Order, Rect, RichText, Sense, Stroke, vec2};

/// Widest toast, points.
const WIDTH: f32 = 340.0;

/// Draws the toasts over the scene, whose part of the window is `area`.
pub fn show(ctx: &Context, toasts: &mut Toasts, area: Rect) {
    if toasts.shown.is_empty() {
        toasts.is_held = false;
        return;
    }
    let corner = area.right_bottom() - vec2(12.0, 12.0);
    let width = WIDTH.min(area.width() - 24.0).max(120.0);
    let mut gone = None;
    let shown = Area::new(Id::new("toasts")).order(Order::Foreground).pivot(Align2::RIGHT_BOTTOM).fixed_pos(corner);
    let response = shown.show(ctx, |ui| {
        ui.set_max_width(width);
        for (i, toast) in toasts.shown.iter().enumerate() {
            let colour = match toast.notice.kind {
                NoticeKind::Info => GOOD,
                NoticeKind::Warning => WARM,
                NoticeKind::Error => BAD,
            };
            // The last second fades.
            let fade = toast.left_s.clamp(0.0, 1.0);
            let frame = theme::card_frame().fill(CARD.gamma_multiply(0.96 * fade)).stroke(Stroke::new(1.0, colour));
            let card = frame.show(ui, |ui| {
                ui.set_width(width - 22.0);
                ui.horizontal_top(|ui| {
                    ui.label(RichText::new("■").color(colour.gamma_multiply(fade)));
                    let text = RichText::new(words(toast)).color(TEXT.gamma_multiply(fade));
                    ui.add(Label::new(text).wrap());
                });
            });
            let click = card.response.interact(Sense::click());
            if click.on_hover_text("click to send it away").clicked() {
                gone = Some(i);
            }
        }
    });
    toasts.is_held = response.response.contains_pointer();
    if let Some(i) = gone {
        toasts.shown.remove(i);
        toasts.is_held = false;
    }
}

fn words(toast: &Toast) -> String {
    match toast.times {
        0 | 1 => toast.notice.text.clone(),
        times => format!("{} ({times} times)", toast.notice.text),
    }
}

/// A quiet line at the lower edge of the scene, as long as something is dragged over the window.
pub fn invite_drop(ctx: &Context, area: Rect, what: &str) {
    let place = Area::new(Id::new("drop")).order(Order::Foreground).pivot(Align2::CENTER_CENTER);
    place.fixed_pos(area.center()).interactable(false).show(ctx, |ui| {
        theme::card_frame().show(ui, |ui| {
            ui.label(RichText::new("drop to open").size(15.0).color(TEXT));
            ui.label(RichText::new(what).small().color(QUIET));
        });
    });
}

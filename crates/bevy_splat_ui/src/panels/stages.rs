//! Time per stage of a training step, as bars.

use crate::theme::{self, ACCENT, CARD, QUIET, TEXT};
use bevy_egui::egui::{Align2, CornerRadius, FontId, Rect, Sense, Ui, pos2, vec2};
use splat_core::Stage;

/// Height of a bar's row in points.
const ROW: f32 = 16.0;
/// Width of the names and of the figures.
const NAMES: f32 = 68.0;
const FIGURES: f32 = 62.0;

/// Draws one bar per stage; the longest fills the width.
pub fn show(ui: &mut Ui, stages: &[(Stage, f64)]) {
    let total: f64 = stages.iter().map(|s| s.1).sum();
    theme::section(ui, "Time per stage", |ui| {
        if total > 0.0 {
            theme::quiet(ui, format!("{} ms a step", short(total)));
        }
    });
    ui.spacing_mut().item_spacing.y = 1.0;
    if stages.is_empty() {
        theme::quiet(ui, "not measured yet");
        return;
    }
    let longest = stages.iter().map(|s| s.1).fold(1e-9, f64::max);
    for &(stage, ms) in stages.iter().filter(|s| s.1 > 0.0) {
        bar(ui, stage.stem(), ms, ms / longest, 100.0 * ms / total.max(1e-9));
    }
}

fn bar(ui: &mut Ui, name: &str, ms: f64, share: f64, percent: f64) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let painter = ui.painter();
    let text = |x: f32, align, words: String, colour| {
        painter.text(pos2(x, rect.center().y), align, words, FontId::proportional(12.0), colour);
    };
    text(rect.left(), Align2::LEFT_CENTER, name.to_owned(), QUIET);
    text(rect.right(), Align2::RIGHT_CENTER, format!("{} ms", short(ms)), TEXT);
    let track = Rect::from_min_max(
        pos2(rect.left() + NAMES, rect.center().y - 4.0),
        pos2(rect.right() - FIGURES, rect.center().y + 4.0),
    );
    painter.rect_filled(track, CornerRadius::same(3), CARD);
    let filled = track.with_max_x(track.left() + (track.width() * share as f32).max(2.0));
    painter.rect_filled(filled, CornerRadius::same(3), ACCENT.gamma_multiply(0.8));
    response.on_hover_text(format!("{percent:.0} % of the step"));
}

fn short(ms: f64) -> String {
    match ms {
        ms if ms >= 100.0 => format!("{ms:.0}"),
        ms if ms >= 10.0 => format!("{ms:.1}"),
        ms => format!("{ms:.2}"),
    }
}

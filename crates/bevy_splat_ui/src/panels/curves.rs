//! Loss, PSNR and, where the truth is known, mean IoU over the iterations.

use crate::score::SceneScore;
use crate::theme::{self, ACCENT, CARD, GOOD, QUIET, WARM};
use bevy_egui::egui::{Align, Color32, Layout, RichText, Ui};
use bevy_splat_train::{Curve, TrainingLog};
use egui_plot::{Line, Plot, PlotPoints};

/// Draws the curves, each `height` points high.
pub fn show(ui: &mut Ui, log: &TrainingLog, score: Option<&SceneScore>, height: f32) {
    theme::section(ui, "Curves", |_| {});
    curve(ui, "PSNR", "dB", &log.psnr, ACCENT, height, |v| format!("{v:.2}"));
    ui.add_space(2.0);
    curve(ui, "loss", "", &log.loss, WARM, height, |v| format!("{v:.4}"));
    if let Some(score) = score.filter(|score| score.curve.points.len() > 1) {
        ui.add_space(2.0);
        curve(ui, "mIoU", "", &score.curve, GOOD, height, |v| format!("{v:.3}"));
    }
}

fn curve(
    ui: &mut Ui,
    name: &str,
    unit: &str,
    curve: &Curve,
    colour: Color32,
    height: f32,
    words: impl Fn(f64) -> String,
) {
    ui.horizontal(|ui| {
        ui.label(RichText::new("■").small().color(colour));
        theme::quiet(ui, name);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let latest = curve.latest().map_or_else(|| "–".to_owned(), &words);
            ui.label(RichText::new(format!("{latest} {unit}").trim_end()).monospace());
        });
    });
    ui.visuals_mut().extreme_bg_color = CARD;
    Plot::new(name)
        .height(height)
        .show_x(false)
        .show_y(false)
        .allow_drag(false)
        .allow_scroll(false)
        .allow_zoom(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .y_axis_min_width(34.0)
        .include_x(0.0)
        .set_margin_fraction(bevy_egui::egui::vec2(0.01, 0.08))
        .grid_color(QUIET.gamma_multiply(0.35))
        .show(ui, |plot| {
            // Single steps scatter, for every one sees another view: they stay in the background of their average.
            let raw = Line::new("steps", PlotPoints::from(curve.points.clone()));
            plot.line(raw.color(colour.gamma_multiply(0.22)).width(1.0));
            let smooth = Line::new("average", PlotPoints::from(curve.smooth.clone()));
            plot.line(smooth.color(colour).width(2.0));
        });
}

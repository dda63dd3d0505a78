//! Training: progress, controls, key figures.

use crate::score::SceneScore;
use crate::theme::{self, ACCENT, BAD, GOOD, QUIET, WARM};
use bevy_egui::egui::{Align, Button, Color32, ProgressBar, RichText, Slider, TextEdit, Ui, vec2};
use bevy_splat_train::{TrainingAction, TrainingLog, TrainingState};
use std::path::PathBuf;

/// What the panel shows.
pub struct TrainingData<'a> {
    /// Name of the capture.
    pub name: &'a str,
    /// Where the run stands.
    pub state: &'a TrainingState,
    /// What it has reported.
    pub log: &'a TrainingLog,
    /// GPU milliseconds per frame that training may take.
    pub budget_ms: f64,
}

/// What the panel asks for.
#[derive(Default)]
pub struct TrainingAsk {
    /// An action of the run.
    pub action: Option<TrainingAction>,
    /// Another budget.
    pub budget_ms: Option<f64>,
}

/// Draws the panel; `save_path` is the text of the path field.
pub fn show(ui: &mut Ui, data: &TrainingData, save_path: &mut String) -> TrainingAsk {
    let mut ask = TrainingAsk::default();
    let (text, colour) = state_words(data.state);
    theme::section(ui, "Training", |ui| drop(ui.label(RichText::new(text).color(colour))));
    match data.state {
        TrainingState::Failed(reason) => {
            ui.label(RichText::new(reason).color(BAD));
            if ui.button("Try again").clicked() {
                ask.action = Some(TrainingAction::Restart);
            }
            return ask;
        }
        TrainingState::Queued | TrainingState::Loading { .. } => {
            loading(ui, data);
            return ask;
        }
        _ => {}
    }
    let log = data.log;
    let text = format!("{} / {}", theme::thousands(log.iteration as u64), theme::thousands(log.iterations as u64));
    ui.add(
        ProgressBar::new(log.progress())
            .text(RichText::new(text).color(Color32::WHITE))
            .desired_height(20.0)
            .fill(ACCENT.gamma_multiply(0.55)),
    );
    ui.add_space(2.0);
    buttons(ui, data, save_path, &mut ask);
    ui.add_space(2.0);
    ui.scope(|ui| figures(ui, log));
    ui.horizontal(|ui| {
        theme::quiet(ui, "budget a frame")
            .on_hover_text("GPU milliseconds that training may take per frame, on average");
        let mut budget = data.budget_ms;
        ui.spacing_mut().slider_width = (ui.available_width() - 70.0).max(40.0);
        let slider = Slider::new(&mut budget, 1.0..=1000.0).logarithmic(true).fixed_decimals(0).suffix(" ms");
        if ui.add(slider).changed() {
            ask.budget_ms = Some(budget);
        }
    });
    if let Some(notice) = &log.notice {
        ui.label(RichText::new(notice).small().color(QUIET));
    }
    if !log.warnings.is_empty() {
        let title = RichText::new(format!("{} warnings", log.warnings.len())).color(WARM);
        ui.collapsing(title, |ui| log.warnings.iter().for_each(|w| drop(ui.label(RichText::new(w).small()))));
    }
    ask
}

fn loading(ui: &mut Ui, data: &TrainingData) {
    let (what, share) = match data.state {
        TrainingState::Loading { what, share } => (what.as_str(), *share),
        _ => ("waiting for the GPU", 0.0),
    };
    ui.horizontal(|ui| {
        ui.spinner();
        ui.label(format!("{}: {what}", data.name));
    });
    ui.add(ProgressBar::new(share).desired_height(6.0).fill(ACCENT));
}

fn buttons(ui: &mut Ui, data: &TrainingData, save_path: &mut String, ask: &mut TrainingAsk) {
    let is_training = *data.state == TrainingState::Training;
    let is_paused = *data.state == TrainingState::Paused;
    let width = (ui.available_width() - 2.0 * ui.spacing().item_spacing.x) / 3.0;
    let button = |text: &str| Button::new(text.to_owned()).min_size(vec2(width, 26.0));
    ui.horizontal(|ui| {
        let (text, action) =
            if is_training { ("⏸ Pause", TrainingAction::Pause) } else { ("▶ Start", TrainingAction::Start) };
        if ui.add_enabled(is_training || is_paused, button(text)).clicked() {
            ask.action = Some(action);
        }
        let step = ui.add_enabled(is_training || is_paused, button("⏭ Step"));
        if step.on_hover_text("one step, then hold").clicked() {
            ask.action = Some(TrainingAction::Step);
        }
        let restart = ui.add(button("⟲ Restart"));
        if restart.on_hover_text("load the capture again and begin anew").clicked() {
            ask.action = Some(TrainingAction::Restart);
        }
    });
    ui.horizontal(|ui| {
        let field = ui.available_width() - width - ui.spacing().item_spacing.x;
        let path = TextEdit::singleline(save_path).hint_text("cloud.ply").vertical_align(Align::Center);
        ui.add_sized(vec2(field, 26.0), path);
        let can_save = !save_path.trim().is_empty();
        let save = ui.add_enabled(can_save, button("💾 Save"));
        if save.on_hover_text("write the cloud as labelled 3DGS PLY").clicked() {
            ask.action = Some(TrainingAction::Save(PathBuf::from(save_path.trim())));
        }
    });
}

fn figures(ui: &mut Ui, log: &TrainingLog) {
    let or_dash = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
    ui.spacing_mut().item_spacing.y = 4.0;
    theme::row(ui, "Gaussians", theme::thousands(log.gaussians as u64));
    theme::row(ui, "loss", or_dash(log.loss.latest().map(|v| format!("{v:.4}"))));
    theme::row(ui, "PSNR, training views", or_dash(log.psnr.latest().map(|v| format!("{v:.2} dB"))));
    let speed = log.its_per_s().map(|v| if v < 10.0 { format!("{v:.2} it/s") } else { format!("{v:.0} it/s") });
    theme::row(ui, "speed", or_dash(speed));
    theme::row(ui, "time left", or_dash(log.seconds_left().map(theme::clock)));
    if let Some(finish) = &log.finish {
        let taken = if finish.lifted { "lifted from all views" } else { "as learnt" };
        theme::row(ui, "classes", taken.to_owned());
        theme::row(ui, "unseen labels contradicted", format!("{:.1} %", 100.0 * finish.labels_contradicted));
    }
}

/// How the classes fare against the truth, where there is one.
pub fn scores(ui: &mut Ui, score: Option<&SceneScore>) {
    let Some(score) = score else { return };
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        let figure = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |v| format!("{v:.3}"));
        theme::row(ui, &format!("mIoU, {} {}", score.views, score.of), figure(score.miou));
        theme::row(ui, "pixel accuracy", figure(score.accuracy));
    });
}

fn state_words(state: &TrainingState) -> (&'static str, Color32) {
    match state {
        TrainingState::Queued => ("waiting", QUIET),
        TrainingState::Loading { .. } => ("loading", ACCENT),
        TrainingState::Training => ("training", GOOD),
        TrainingState::Paused => ("paused", WARM),
        TrainingState::Finishing => ("finishing classes", ACCENT),
        TrainingState::Finished => ("finished", GOOD),
        TrainingState::Failed(_) => ("failed", BAD),
    }
}

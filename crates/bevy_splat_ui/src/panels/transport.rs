//! The walk: play, pause, seek, pace, free flight, jump to a view.

use crate::theme::{self, ACCENT};
use crate::walk::{WalkCommand, Walker};
use bevy_egui::egui::{Button, ComboBox, DragValue, RichText, Slider, Ui, vec2};

/// Draws the bar and returns what was asked for.
pub fn show(ui: &mut Ui, walker: &Walker) -> Option<WalkCommand> {
    let mut ask = None;
    ui.horizontal_centered(|ui| {
        let has_path = !walker.path.is_empty();
        let is_walking = walker.is_playing && !walker.is_flying;
        let button = |text: &str| Button::new(RichText::new(text).size(14.0)).min_size(vec2(34.0, 26.0));
        let play = ui.add_enabled(has_path, button(if is_walking { "⏸" } else { "▶" }));
        if play.on_hover_text("walk or stand (space)").clicked() {
            ask = Some(if is_walking { WalkCommand::Pause } else { WalkCommand::Play });
        }
        let fly = ui.add(Button::new("free flight").selected(walker.is_flying).min_size(vec2(0.0, 26.0)));
        if fly.on_hover_text("W A S D, Q E down and up, right mouse drag to look, wheel for speed").clicked() {
            ask = Some(if walker.is_flying && has_path { WalkCommand::Play } else { WalkCommand::Fly });
        }
        ask = ask.or(speed(ui, walker));
        ui.separator();
        ask = ask.or(views(ui, walker));
        ui.separator();
        ask = ask.or(seek(ui, walker));
    });
    ask
}

fn speed(ui: &mut Ui, walker: &Walker) -> Option<WalkCommand> {
    if walker.is_flying {
        let mut speed = walker.flight_speed;
        let drag = DragValue::new(&mut speed).range(0.1..=20.0).speed(0.05).fixed_decimals(1).suffix(" m/s");
        return ui.add(drag).on_hover_text("flight speed").changed().then_some(WalkCommand::FlightSpeed(speed));
    }
    let mut pace = walker.pace;
    let drag = DragValue::new(&mut pace).range(0.1..=8.0).speed(0.02).fixed_decimals(1).prefix("× ");
    ui.add(drag).on_hover_text("times the walking pace").changed().then_some(WalkCommand::Pace(pace))
}

fn views(ui: &mut Ui, walker: &Walker) -> Option<WalkCommand> {
    if walker.views.is_empty() {
        return None;
    }
    let current = walker.path.key_at(walker.seconds);
    let last = walker.views.len() - 1;
    let mut ask = None;
    let step = |text: &str| Button::new(text.to_owned()).min_size(vec2(24.0, 26.0));
    if ui.add(step("◀")).on_hover_text("previous view").clicked() {
        ask = Some(WalkCommand::JumpTo(current.saturating_sub(1)));
    }
    ComboBox::from_id_salt("views").width(132.0).selected_text(&walker.views[current].0).show_ui(ui, |ui| {
        for (index, (name, _)) in walker.views.iter().enumerate() {
            if ui.selectable_label(index == current, name).clicked() {
                ask = Some(WalkCommand::JumpTo(index));
            }
        }
    });
    if ui.add(step("▶")).on_hover_text("next view").clicked() {
        ask = Some(WalkCommand::JumpTo((current + 1).min(last)));
    }
    ask
}

fn seek(ui: &mut Ui, walker: &Walker) -> Option<WalkCommand> {
    if walker.path.is_empty() {
        return None;
    }
    let duration = walker.path.duration();
    let clock = |s: f32| format!("{}:{:02}", s as u32 / 60, s as u32 % 60);
    let text = format!("{} / {}", clock(walker.seconds), clock(duration));
    let mut seconds = walker.seconds;
    let reserved = 92.0;
    ui.spacing_mut().slider_width = (ui.available_width() - reserved).max(60.0);
    let changed = ui.add(Slider::new(&mut seconds, 0.0..=duration.max(0.1)).show_value(false)).changed();
    ui.label(RichText::new(text).monospace().color(if walker.is_playing { ACCENT } else { theme::QUIET }));
    changed.then_some(WalkCommand::Seek(seconds))
}

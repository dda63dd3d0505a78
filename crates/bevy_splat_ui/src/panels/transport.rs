//! The walk: play, pause, seek, pace, free flight, key frames, jump to a view.

use crate::compare::CompareCommand;
use crate::keys::{Action, keys_of};
use crate::theme::{self, ACCENT};
use crate::walk::{FilmCommand, PathCommand, PathFile, WalkCommand, Walker};
use bevy_egui::egui::{Button, ComboBox, DragValue, RichText, Slider, Ui, vec2};

/// What the bar asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TransportAsk {
    /// Of the walker.
    pub walk: Option<WalkCommand>,
    /// Of its key frames.
    pub path: Option<PathCommand>,
    /// Of the film of them.
    pub film: Option<FilmCommand>,
    /// Of the comparison with photographs.
    pub compare: Option<CompareCommand>,
}

/// Draws the bar and returns what was asked for.
pub fn show(
    ui: &mut Ui,
    walker: &Walker,
    (file, filmed): (&PathFile, Option<[usize; 2]>),
    is_comparing: bool,
) -> TransportAsk {
    let (mut ask, mut frames) = (None, TransportAsk::default());
    ui.horizontal_centered(|ui| {
        let has_path = !walker.way().is_empty();
        let is_walking = walker.is_playing && !walker.is_flying;
        let button = |text: &str| Button::new(RichText::new(text).size(14.0)).min_size(vec2(34.0, 26.0));
        let play = ui.add_enabled(has_path, button(if is_walking { "⏸" } else { "▶" }));
        if play.on_hover_text(format!("walk or stand ({})", keys_of(Action::Walk))).clicked() {
            ask = Some(if is_walking { WalkCommand::Pause } else { WalkCommand::Play });
        }
        let fly = ui.add(Button::new("free flight").selected(walker.is_flying).min_size(vec2(0.0, 26.0)));
        if fly.on_hover_text("W A S D, Q E down and up, right mouse drag to look, wheel for speed").clicked() {
            ask = Some(if walker.is_flying && has_path { WalkCommand::Play } else { WalkCommand::Fly });
        }
        ask = ask.or(speed(ui, walker));
        ui.separator();
        ask = ask.or(views(ui, walker));
        frames = key_frames(ui, walker, file, filmed);
        if !walker.views.is_empty() {
            let button = Button::new("compare").selected(is_comparing).min_size(vec2(0.0, 26.0));
            let keys = keys_of(Action::Compare);
            if ui.add(button).on_hover_text(format!("the photograph beside the render ({keys})")).clicked() {
                frames.compare = Some(CompareCommand::Toggle);
            }
        }
        ui.separator();
        ask = ask.or(seek(ui, walker));
    });
    TransportAsk { walk: ask.or(frames.walk), ..frames }
}

/// The menu of recorded key frames; `filmed`: frames that are there, of how many.
fn key_frames(ui: &mut Ui, walker: &Walker, file: &PathFile, filmed: Option<[usize; 2]>) -> TransportAsk {
    let mut ask = TransportAsk::default();
    let count = walker.recorded.0.keys().len();
    let title = match (filmed, count) {
        (Some([done, all]), _) => format!("filming {done} / {all}"),
        (None, 0) => "key frames".to_owned(),
        (None, _) => format!("key frames: {count}"),
    };
    ui.menu_button(title, |ui| {
        ui.set_min_width(170.0);
        let mut item = |text: &str, key: Option<Action>, is_possible: bool| {
            let keys = key.map_or_else(String::new, keys_of);
            ui.add_enabled(is_possible, Button::new(text).shortcut_text(keys)).clicked()
        };
        let items = [
            ("add this view", Some(Action::AddKey), true, PathCommand::AddKey),
            ("take the last one back", Some(Action::DropKey), count > 0, PathCommand::DropKey),
            ("clear", None, count > 0, PathCommand::Clear),
            ("save", Some(Action::SavePath), count > 0, PathCommand::Save),
            ("load", Some(Action::LoadPath), true, PathCommand::Load),
        ];
        if item("replay", Some(Action::Replay), count > 0) {
            ask.walk = Some(WalkCommand::Replay);
        }
        let film = if filmed.is_some() { "stop filming" } else { "film" };
        if item(film, Some(Action::Film), count > 0 || filmed.is_some()) {
            ask.film = Some(FilmCommand::Toggle);
        }
        for (text, key, is_possible, command) in items {
            if item(text, key, is_possible) {
                ask.path = Some(command);
            }
        }
        ui.separator();
        theme::quiet(ui, file.path.display().to_string());
        if !file.notice.is_empty() {
            theme::quiet(ui, file.notice.as_str());
        }
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
    let current = walker.view_beside(0).unwrap_or(0);
    let mut ask = None;
    let mut step = |ui: &mut Ui, text: &str, words: &str, by: i8| {
        let button = Button::new(text.to_owned()).min_size(vec2(24.0, 26.0));
        if ui.add(button).on_hover_text(format!("{words} view ({})", keys_of(Action::View(by)))).clicked() {
            ask = walker.view_beside(by as isize).map(WalkCommand::JumpTo);
        }
    };
    step(ui, "◀", "previous", -1);
    let mut chosen = None;
    ComboBox::from_id_salt("views").width(132.0).selected_text(&walker.views[current].0).show_ui(ui, |ui| {
        for (index, (name, _)) in walker.views.iter().enumerate() {
            if ui.selectable_label(index == current, name).clicked() {
                chosen = Some(WalkCommand::JumpTo(index));
            }
        }
    });
    step(ui, "▶", "next", 1);
    ask.or(chosen)
}

fn seek(ui: &mut Ui, walker: &Walker) -> Option<WalkCommand> {
    if walker.way().is_empty() {
        return None;
    }
    let duration = walker.way().duration();
    let clock = |s: f32| format!("{}:{:02}", s as u32 / 60, s as u32 % 60);
    let text = format!("{} / {}", clock(walker.seconds), clock(duration));
    let mut seconds = walker.seconds;
    let reserved = 92.0;
    ui.spacing_mut().slider_width = (ui.available_width() - reserved).max(60.0);
    let changed = ui.add(Slider::new(&mut seconds, 0.0..=duration.max(0.1)).show_value(false)).changed();
    ui.label(RichText::new(text).monospace().color(if walker.is_playing { ACCENT } else { theme::QUIET }));
    changed.then_some(WalkCommand::Seek(seconds))
}

//! What is shown: mode, strength of the overlay, sharpness.

use crate::keys::{Action, keys_of};
use crate::theme;
use bevy_egui::egui::{Button, Slider, Ui, vec2};
use bevy_splat_render::{DisplayMode, SplatView};

/// What the panel asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ViewAsk {
    /// Another mode.
    pub mode: Option<DisplayMode>,
    /// Another strength of the overlay.
    pub overlay: Option<f32>,
    /// Another radius of points, pixels.
    pub point_radius_px: Option<f32>,
    /// Another share of the resolution.
    pub resolution_scale: Option<f32>,
}

/// Draws the panel. Modes that need classes are greyed out where the cloud has none.
pub fn show(ui: &mut Ui, view: &SplatView, has_classes: bool, frames_per_s: f64) -> ViewAsk {
    let mut ask = ViewAsk::default();
    theme::section(ui, "View", |ui| {
        let figure = if frames_per_s < 10.0 { format!("{frames_per_s:.1}") } else { format!("{frames_per_s:.0}") };
        theme::quiet(ui, format!("{figure} frames/s"));
    });
    let gap = 4.0;
    let available = ui.available_width();
    for modes in DisplayMode::ALL.chunks(3) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = gap;
            ui.spacing_mut().button_padding.x = 4.0;
            // A long name takes what the others leave: the row must not widen the panel.
            let has_long = modes.iter().any(|mode| mode.name().len() > 8);
            let third = (available - (modes.len() - 1) as f32 * gap) / modes.len() as f32;
            let width = if has_long { 0.88 * third } else { third };
            for &mode in modes {
                let is_on = view.mode == mode;
                let button = Button::new(mode.name()).selected(is_on).min_size(vec2(width, 26.0));
                let response = ui.add_enabled(has_classes || !mode.needs_classes(), button);
                if response.on_hover_text(format!("key {}", keys_of(Action::Mode(mode)))).clicked() {
                    ask.mode = Some(mode);
                }
            }
        });
    }
    if view.mode == DisplayMode::Overlay {
        let mut overlay = view.overlay;
        if slider(ui, "strength", Slider::new(&mut overlay, 0.0..=1.0).fixed_decimals(2)) {
            ask.overlay = Some(overlay);
        }
    }
    if view.mode == DisplayMode::Points {
        let mut radius = view.point_radius_px;
        if slider(ui, "radius", Slider::new(&mut radius, 0.5..=8.0).fixed_decimals(1)) {
            ask.point_radius_px = Some(radius);
        }
    }
    let mut scale = view.resolution_scale;
    if slider(ui, "sharpness", Slider::new(&mut scale, 0.1..=1.0).fixed_decimals(2)) {
        ask.resolution_scale = Some(scale);
    }
    ask
}

fn slider(ui: &mut Ui, name: &str, slider: Slider) -> bool {
    ui.horizontal(|ui| {
        let label = theme::quiet(ui, name);
        ui.add_space((68.0 - label.rect.width()).max(0.0));
        ui.spacing_mut().slider_width = (ui.available_width() - 56.0).max(40.0);
        ui.add(slider).changed()
    })
    .inner
}

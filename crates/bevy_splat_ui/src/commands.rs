//! What panels ask for beyond training and walking, and the system that does it.

use bevy::prelude::*;
use bevy_splat_render::{DisplayMode, SplatView};
use bevy_splat_train::TrainingBudget;

/// A wish of a panel.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub enum PanelCommand {
    /// What splat cameras show.
    Mode(DisplayMode),
    /// Strength of the overlay, 0..=1.
    Overlay(f32),
    /// Class column to highlight; `None` shows all alike.
    Highlight(Option<u32>),
    /// Splat pixels per viewport pixel, 0.05..=1.
    ResolutionScale(f32),
    /// GPU milliseconds per frame that training may take.
    Budget(f64),
}

/// Does what panels ask for, to every camera with a [`SplatView`].
pub(crate) fn obey(
    mut commands: MessageReader<PanelCommand>,
    mut views: Query<&mut SplatView>,
    budget: Option<ResMut<TrainingBudget>>,
) {
    let mut budget = budget;
    for command in commands.read() {
        if let (PanelCommand::Budget(ms), Some(budget)) = (command, &mut budget) {
            budget.ms_per_frame = ms.max(0.0);
        }
        for mut view in &mut views {
            let mut wanted = view.clone();
            match *command {
                PanelCommand::Mode(mode) => wanted.mode = mode,
                PanelCommand::Overlay(strength) => wanted.overlay = strength.clamp(0.0, 1.0),
                PanelCommand::Highlight(column) => wanted.highlight = column,
                PanelCommand::ResolutionScale(scale) => wanted.resolution_scale = scale.clamp(0.05, 1.0),
                PanelCommand::Budget(_) => {}
            }
            view.set_if_neq(wanted);
        }
    }
}

/// Keys 1 to 5 choose the mode.
pub(crate) fn mode_keys(
    scene: crate::layout::SceneInput,
    keys: Option<Res<ButtonInput<KeyCode>>>,
    mut commands: MessageWriter<PanelCommand>,
) {
    let Some(keys) = keys.filter(|_| scene.has_keys()) else { return };
    let digits = [KeyCode::Digit1, KeyCode::Digit2, KeyCode::Digit3, KeyCode::Digit4, KeyCode::Digit5];
    for (mode, key) in DisplayMode::ALL.into_iter().zip(digits) {
        if keys.just_pressed(key) {
            commands.write(PanelCommand::Mode(mode));
        }
    }
}

//! What panels ask for beyond training and walking, and the system that does it.

use crate::keys::{Action, Shortcuts};
use crate::score::ScoringCamera;
use bevy::prelude::*;
use bevy_splat_render::{ClassStyles, DisplayMode, SplatView};
use bevy_splat_train::TrainingBudget;

/// A wish of a panel.
#[derive(Message, Clone, Debug, PartialEq)]
pub enum PanelCommand {
    /// What splat cameras show.
    Mode(DisplayMode),
    /// Strength of the overlay, 0..=1.
    Overlay(f32),
    /// Class column to highlight; `None` shows all alike.
    Highlight(Option<u32>),
    /// How classes look.
    Styles(ClassStyles),
    /// Radius of points, pixels.
    PointRadius(f32),
    /// Splat pixels per viewport pixel, 0.05..=1.
    ResolutionScale(f32),
    /// GPU milliseconds per frame that training may take.
    Budget(f64),
}

/// Does what panels ask for, to every camera with a [`SplatView`].
pub(crate) fn obey(
    mut commands: MessageReader<PanelCommand>,
    mut views: Query<(&mut SplatView, &mut ClassStyles), Without<ScoringCamera>>,
    budget: Option<ResMut<TrainingBudget>>,
) {
    let mut budget = budget;
    for command in commands.read() {
        if let (PanelCommand::Budget(ms), Some(budget)) = (command, &mut budget) {
            budget.ms_per_frame = ms.max(0.0);
        }
        for (mut view, mut styles) in &mut views {
            let mut wanted = view.clone();
            match *command {
                PanelCommand::Styles(ref asked) => drop(styles.set_if_neq(asked.clone())),
                PanelCommand::PointRadius(px) => wanted.point_radius_px = px.clamp(0.5, 16.0),
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

/// Keys choose the mode.
pub(crate) fn mode_keys(keys: Shortcuts, mut commands: MessageWriter<PanelCommand>) {
    for action in keys.pressed() {
        if let Action::Mode(mode) = action {
            commands.write(PanelCommand::Mode(mode));
        }
    }
}

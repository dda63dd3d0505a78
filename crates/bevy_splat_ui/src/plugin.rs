//! The plugin: an egui context of its own over the window, the panels, and the systems that obey them.

use crate::commands::{self, PanelCommand};
use crate::draw::{PanelState, draw};
use crate::layout::{SceneArea, fit_viewports};
use crate::pointing::{self, LastPick};
use crate::select::{SelectTool, tool};
use crate::walk::WalkerPlugin;
use bevy::camera::visibility::RenderLayers;
use bevy::camera::{CameraOutputMode, ClearColorConfig};
use bevy::prelude::*;
use bevy::render::render_resource::BlendState;
use bevy_egui::{EguiGlobalSettings, EguiPlugin, EguiPrimaryContextPass, PrimaryEguiContext};

/// Panels for training, display, classes and picks, and a walking camera.
///
/// Needs a window. Cameras with [`FillsSceneArea`](crate::FillsSceneArea) get the part of it that the panels leave free.
#[derive(Default)]
pub struct SplatUiPlugin;

impl Plugin for SplatUiPlugin {
    fn build(&self, app: &mut App) {
        if !app.is_plugin_added::<EguiPlugin>() {
            app.add_plugins(EguiPlugin::default());
        }
        if !app.is_plugin_added::<WalkerPlugin>() {
            app.add_plugins(WalkerPlugin);
        }
        app.init_resource::<SceneArea>()
            .init_resource::<PanelState>()
            .init_resource::<LastPick>()
            .init_resource::<SelectTool>()
            .add_message::<PanelCommand>()
            .add_systems(PreStartup, open_context)
            .add_systems(EguiPrimaryContextPass, draw)
            .add_systems(Update, (commands::mode_keys, pointing::pick_on_click, pointing::keep_answers))
            .add_systems(Update, (tool::keys, tool::drag, tool::keep_news))
            // After the panels have spoken (egui runs in PostUpdate), ahead of the next frame's cameras.
            .add_systems(First, (commands::obey, fit_viewports));
    }
}

/// A camera for egui alone, over the whole window, so that scene cameras may have viewports.
fn open_context(mut commands: Commands, settings: Option<ResMut<EguiGlobalSettings>>) {
    let Some(mut settings) = settings else { return };
    settings.auto_create_primary_context = false;
    commands.spawn((
        Name::new("panels"),
        PrimaryEguiContext,
        Camera2d,
        RenderLayers::none(),
        Camera {
            order: 100,
            output_mode: CameraOutputMode::Write {
                blend_state: Some(BlendState::ALPHA_BLENDING),
                clear_color: ClearColorConfig::None,
            },
            clear_color: ClearColorConfig::Custom(Color::NONE),
            ..default()
        },
        Msaa::Off,
    ));
}

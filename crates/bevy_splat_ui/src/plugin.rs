//! The plugin: an egui context of its own over the window, the panels, and the systems that obey them.

use crate::commands::{self, PanelCommand};
use crate::compare::{self, Compare, CompareCommand};
use crate::draw::{self, PanelState};
use crate::layout::{SceneArea, fit_viewports};
use crate::open::{self, OpenCommand, OpenOptions, OpenWork, Opened};
use crate::pointing::{self, LastPick};
use crate::scale::{self, UiZoom};
use crate::score::ScoringPlugin;
use crate::select::{SelectTool, tool};
use crate::toasts::{self, Toasts};
use crate::walk::{FilmPlugin, WalkerPlugin};
use crate::{news, objects};
use bevy::camera::visibility::RenderLayers;
use bevy::camera::{CameraOutputMode, ClearColorConfig};
use bevy::prelude::*;
use bevy::render::render_resource::BlendState;
use bevy_egui::{EguiGlobalSettings, EguiPlugin, EguiPrimaryContextPass, PrimaryEguiContext};

/// Panels for scene, training, display, classes, objects, camera and picks, a walking camera, the photograph beside the render,
/// shortcuts and toasts. What is dropped on the window is opened.
///
/// [`SettingsPlugin`](crate::SettingsPlugin) keeps what people choose between runs.
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
        if !app.is_plugin_added::<ScoringPlugin>() {
            app.add_plugins(ScoringPlugin);
        }
        if !app.is_plugin_added::<FilmPlugin>() {
            app.add_plugins(FilmPlugin);
        }
        app.init_resource::<SceneArea>()
            .init_resource::<PanelState>()
            .init_resource::<LastPick>()
            .init_resource::<SelectTool>()
            .init_resource::<Toasts>()
            .init_resource::<Compare>()
            .init_resource::<OpenWork>()
            .init_resource::<OpenOptions>()
            .init_resource::<UiZoom>()
            .add_message::<PanelCommand>()
            .add_message::<CompareCommand>()
            .add_message::<OpenCommand>()
            .add_message::<Opened>()
            .add_systems(PreStartup, open_context)
            .add_systems(EguiPrimaryContextPass, draw::draw)
            .add_systems(Update, (draw::keys, scale::keys, objects::keep_listed))
            .add_systems(Update, (compare::obey, compare::follow, compare::upload).chain())
            .add_systems(Update, (open::take_drops, open::begin, open::show).chain())
            .add_systems(
                Update,
                (news::of_training, news::of_clouds, news::of_edits, news::of_gpu, toasts::keep).chain(),
            )
            .add_systems(Update, (commands::mode_keys, pointing::pick_on_click, pointing::keep_answers))
            .add_systems(Update, (tool::keys, tool::drag, tool::keep_news))
            // After the panels have spoken (egui runs in PostUpdate), ahead of the next frame's cameras.
            .add_systems(First, (commands::obey, scale::fit, fit_viewports).chain());
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

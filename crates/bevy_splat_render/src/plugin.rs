//! What runs when.

use crate::cloud::{finish_loading, start_loading, update_scenes};
use crate::gpu::{SplatGpu, start_gpu};
use crate::scene::SplatScenes;
use bevy::prelude::*;
use bevy::render::{RenderApp, RenderStartup};

/// Where this crate's systems run, for others to order against.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SplatRenderSystems {
    /// Main world, `PostUpdate`: [`SplatScenes`] follows the cloud entities.
    UpdateScenes,
    /// Render world, `RenderStartup`: [`SplatGpu`] gets its device.
    StartGpu,
    /// Render world, `RenderGraph`, before the cameras: training and others may write rows here.
    WriteScenes,
    /// Render world, `Core3d`: the splat picture of a camera.
    Draw,
}

/// Shows splat clouds: [`crate::SplatCloud`] entities through cameras with a [`crate::SplatView`].
///
/// Without a renderer, or on an adapter that does not fit, it warns once and does nothing.
#[derive(Default)]
pub struct SplatRenderPlugin;

impl Plugin for SplatRenderPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<SplatGpu>().init_resource::<SplatScenes>();
        app.add_systems(
            PostUpdate,
            (finish_loading, start_loading, update_scenes).chain().in_set(SplatRenderSystems::UpdateScenes),
        );
    }

    fn finish(&self, app: &mut App) {
        let gpu = app.world().resource::<SplatGpu>().clone();
        let Some(render_app) = app.get_sub_app_mut(RenderApp) else {
            gpu.set_unfit("the app has no renderer, or the machine no graphics driver".to_owned());
            return;
        };
        render_app.insert_resource(gpu).init_resource::<SplatScenes>();
        render_app.add_systems(RenderStartup, start_gpu.in_set(SplatRenderSystems::StartGpu));
    }
}

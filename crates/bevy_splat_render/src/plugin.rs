//! What runs when.

use crate::asset::{SplatAsset, SplatLoader, follow_assets};
use crate::cloud::{finish_loading, start_loading, update_scenes};
use crate::display::Painter;
use crate::extract::{ExtractedSplats, extract_splats};
use crate::frame::{SplatFrames, begin_frames, end_frames};
use crate::gpu::{SplatGpu, start_gpu};
use crate::record::draw_splats;
use crate::scene::SplatScenes;
use crate::view::let_depth_be_read;
use bevy::core_pipeline::core_3d::{main_opaque_pass_3d, main_transparent_pass_3d};
use bevy::core_pipeline::schedule::camera_driver;
use bevy::core_pipeline::{Core3d, Core3dSystems};
use bevy::prelude::*;
use bevy::render::renderer::{RenderGraph, RenderGraphSystems};
use bevy::render::{ExtractSchedule, RenderApp, RenderStartup};

/// Where this crate's systems run, for others to order against.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SplatRenderSystems {
    /// Main world, `PostUpdate`: [`SplatScenes`] follows the cloud entities.
    UpdateScenes,
    /// Render world, `RenderStartup`: [`SplatGpu`] gets its device.
    StartGpu,
    /// Render world, `RenderGraph`, before the cameras: training and others write rows here.
    WriteScenes,
    /// Render world, `Core3d`, between the opaque and the transparent pass: the splat picture of a camera.
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
        if app.is_plugin_added::<AssetPlugin>() {
            app.init_asset::<SplatAsset>().init_asset_loader::<SplatLoader>();
        }
        app.add_systems(
            PostUpdate,
            (follow_assets.run_if(resource_exists::<Assets<SplatAsset>>), finish_loading, start_loading, update_scenes)
                .chain()
                .in_set(SplatRenderSystems::UpdateScenes),
        );
        app.add_systems(PostUpdate, let_depth_be_read);
    }

    // Not in `build`: the render app must be there whatever the order of plugins.
    fn finish(&self, app: &mut App) {
        let gpu = app.world().resource::<SplatGpu>().clone();
        let Some(render_app) = app.get_sub_app_mut(RenderApp) else {
            gpu.set_unfit("the app has no renderer, or the machine no graphics driver".to_owned());
            return;
        };
        render_app
            .insert_resource(gpu)
            .init_resource::<SplatScenes>()
            .init_resource::<ExtractedSplats>()
            .init_resource::<SplatFrames>()
            .init_resource::<Painter>();
        render_app.configure_sets(
            RenderGraph,
            SplatRenderSystems::WriteScenes.in_set(RenderGraphSystems::Render).before(camera_driver),
        );
        let draw = SplatRenderSystems::Draw.after(main_opaque_pass_3d).before(main_transparent_pass_3d);
        render_app.configure_sets(Core3d, draw.in_set(Core3dSystems::MainPass));
        render_app
            .add_systems(RenderStartup, start_gpu.in_set(SplatRenderSystems::StartGpu))
            .add_systems(ExtractSchedule, extract_splats)
            .add_systems(
                RenderGraph,
                (begin_frames.in_set(RenderGraphSystems::Begin), end_frames.in_set(RenderGraphSystems::Finish)),
            )
            .add_systems(Core3d, draw_splats.in_set(SplatRenderSystems::Draw));
    }
}

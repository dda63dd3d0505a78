//! What runs when.

use crate::matching::Synonyms;
use crate::objects::{forget, search, settle};
use crate::pick::{
    PickAnswer, PickQueue, PickRequest, demand_classes, give_answers, record_picks, request_results, take_requests,
};
use crate::pointing::{PointedSplats, point};
use crate::snapshot::{
    RefreshSnapshot, SnapshotPolicy, Transfers, collect_transfers, finish_snapshots, record_transfers, request_live,
    request_transfers, snapshot_loaded,
};
use crate::surface::{SurfaceQueue, give_surfaces, record_surfaces, request_surfaces};
use bevy::core_pipeline::schedule::camera_driver;
use bevy::core_pipeline::{Core3d, Core3dSystems};
use bevy::picking::PickingSystems;
use bevy::picking::backend::PointerHits;
use bevy::prelude::*;
use bevy::render::RenderApp;
use bevy::render::renderer::{RenderGraph, RenderGraphSystems};
use bevy_splat_render::{SplatFrames, SplatGpu, SplatRenderSystems};

/// Picking and class queries; needs [`bevy_splat_render::SplatRenderPlugin`].
///
/// Without a fitting GPU picks are answered with nothing; class queries on clouds from files and memory still work.
#[derive(Default)]
pub struct SplatQueryPlugin;

impl Plugin for SplatQueryPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<SplatGpu>()
            .init_resource::<PickQueue>()
            .init_resource::<SurfaceQueue>()
            .init_resource::<Transfers>()
            .init_resource::<SnapshotPolicy>()
            .init_resource::<PointedSplats>()
            .init_resource::<Synonyms>()
            .add_message::<PickRequest>()
            .add_message::<PickAnswer>()
            .add_message::<RefreshSnapshot>();
        app.add_systems(PreUpdate, (give_answers, give_surfaces, (collect_transfers, finish_snapshots).chain()));
        app.add_systems(
            PreUpdate,
            point.in_set(PickingSystems::Backend).after(give_answers).run_if(resource_exists::<Messages<PointerHits>>),
        );
        app.add_systems(Update, (forget, settle, search).chain());
        app.add_systems(PostUpdate, (snapshot_loaded, request_live).chain().after(SplatRenderSystems::UpdateScenes));
        app.add_systems(Last, take_requests);
    }

    fn finish(&self, app: &mut App) {
        let (picks, transfers) =
            (app.world().resource::<PickQueue>().clone(), app.world().resource::<Transfers>().clone());
        let surfaces = app.world().resource::<SurfaceQueue>().clone();
        let Some(render_app) = app.get_sub_app_mut(RenderApp) else { return };
        render_app.insert_resource(picks).insert_resource(transfers).insert_resource(surfaces);
        let has_frames = resource_exists::<SplatFrames>;
        render_app
            .add_systems(
                RenderGraph,
                (
                    (demand_classes, record_transfers)
                        .in_set(RenderGraphSystems::Render)
                        .after(SplatRenderSystems::WriteScenes)
                        .before(camera_driver),
                    (request_results, request_surfaces, request_transfers).in_set(RenderGraphSystems::Finish),
                )
                    .run_if(has_frames),
            )
            .add_systems(
                Core3d,
                (record_picks, record_surfaces)
                    .chain()
                    .after(SplatRenderSystems::Draw)
                    .before(Core3dSystems::EarlyPostProcess)
                    .run_if(has_frames),
            );
    }
}

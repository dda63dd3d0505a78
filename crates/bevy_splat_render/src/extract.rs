//! What crosses to the render world every frame: settings and handles, never Gaussians.

use crate::camera::CloudPose;
use crate::cloud::SplatCloud;
use crate::scene::{SharedScene, SplatScenes};
use crate::view::{SplatIntrinsics, SplatView};
use bevy::camera::visibility::RenderLayers;
use bevy::ecs::entity::EntityHashMap;
use bevy::prelude::*;
use bevy::render::Extract;

/// Render world: the cameras and clouds of this frame, by main-world entity.
#[derive(Resource, Default)]
pub struct ExtractedSplats {
    /// Cameras with a [`SplatView`].
    pub views: EntityHashMap<SplatCameraSettings>,
    /// Visible clouds that have a scene, in entity order.
    pub clouds: Vec<ExtractedCloud>,
}

/// What a camera asks of its splats.
pub struct SplatCameraSettings {
    /// What is shown and how.
    pub view: SplatView,
    /// A data set's camera instead of the projection.
    pub exact: Option<SplatIntrinsics>,
    layers: RenderLayers,
}

/// A visible cloud.
pub struct ExtractedCloud {
    /// Main-world entity.
    pub entity: Entity,
    /// Its rows.
    pub scene: SharedScene,
    /// Where it stands.
    pub pose: CloudPose,
    layers: RenderLayers,
}

impl ExtractedSplats {
    /// The clouds that a camera shows: those of its layers, or the one that its view names.
    pub fn clouds_of(&self, camera: &SplatCameraSettings) -> impl Iterator<Item = &ExtractedCloud> {
        let is_shown = |cloud: &&ExtractedCloud| match camera.view.cloud {
            Some(entity) => cloud.entity == entity,
            None => cloud.layers.intersects(&camera.layers),
        };
        self.clouds.iter().filter(is_shown)
    }
}

pub(crate) fn extract_splats(
    mut extracted: ResMut<ExtractedSplats>,
    mut render_scenes: ResMut<SplatScenes>,
    scenes: Extract<Res<SplatScenes>>,
    clouds: Extract<Query<(Entity, &GlobalTransform, &InheritedVisibility, Option<&RenderLayers>), With<SplatCloud>>>,
    views: Extract<Query<(Entity, &SplatView, Option<&SplatIntrinsics>, Option<&RenderLayers>), With<Camera>>>,
) {
    if scenes.is_changed() {
        *render_scenes = scenes.clone();
    }
    let settings = |view: &SplatView, exact: Option<&SplatIntrinsics>, layers: Option<&RenderLayers>| {
        SplatCameraSettings { view: view.clone(), exact: exact.copied(), layers: layers.cloned().unwrap_or_default() }
    };
    extracted.views =
        views.iter().map(|(entity, view, exact, layers)| (entity, settings(view, exact, layers))).collect();
    extracted.clouds.clear();
    for (entity, transform, visibility, layers) in &clouds {
        let (Some(scene), Some(pose)) = (scenes.get(entity), CloudPose::new(transform)) else { continue };
        if !pose.is_uniform {
            warn_once!("a splat cloud is scaled differently along its axes (or mirrored): its mean scale is used");
        }
        if visibility.get() {
            let layers = layers.cloned().unwrap_or_default();
            extracted.clouds.push(ExtractedCloud { entity, scene: scene.clone(), pose, layers });
        }
    }
    extracted.clouds.sort_unstable_by_key(|c| c.entity);
}

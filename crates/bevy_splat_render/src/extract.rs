//! What crosses to the render world every frame: settings and handles, never Gaussians.

use crate::camera::CloudPose;
use crate::cloud::SplatCloud;
use crate::scene::{SharedScene, SplatScenes};
use crate::styles::ClassStyles;
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
    /// How classes look.
    pub styles: ClassStyles,
    /// A data set's camera instead of the projection.
    pub exact: Option<SplatIntrinsics>,
    layers: RenderLayers,
}

impl SplatCameraSettings {
    fn new(
        (view, styles, exact, layers): (&SplatView, &ClassStyles, Option<&SplatIntrinsics>, Option<&RenderLayers>),
    ) -> Self {
        let layers = layers.cloned().unwrap_or_default();
        Self { view: view.clone(), styles: styles.clone(), exact: exact.copied(), layers }
    }
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

/// What a camera's settings are made of.
type ViewParts =
    (&'static SplatView, &'static ClassStyles, Option<&'static SplatIntrinsics>, Option<&'static RenderLayers>);

pub(crate) fn extract_splats(
    mut extracted: ResMut<ExtractedSplats>,
    mut render_scenes: ResMut<SplatScenes>,
    scenes: Extract<Res<SplatScenes>>,
    clouds: Extract<Query<(Entity, &GlobalTransform, &InheritedVisibility, Option<&RenderLayers>), With<SplatCloud>>>,
    views: Extract<Query<(Entity, ViewParts), With<Camera>>>,
) {
    if scenes.is_changed() {
        *render_scenes = scenes.clone();
    }
    extracted.views = views.iter().map(|(entity, parts)| (entity, SplatCameraSettings::new(parts))).collect();
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

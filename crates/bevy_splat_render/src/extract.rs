//! What crosses to the render world every frame: settings and handles, never Gaussians.

use crate::camera::CloudPose;
use crate::cloud::SplatCloud;
use crate::scene::{SharedScene, SplatScenes};
use crate::view::{SplatIntrinsics, SplatView};
use bevy::ecs::entity::EntityHashMap;
use bevy::prelude::*;
use bevy::render::Extract;

/// Render world: the cameras and clouds of this frame, by main-world entity.
#[derive(Resource, Default)]
pub struct ExtractedSplats {
    /// Cameras with a [`SplatView`].
    pub views: EntityHashMap<(SplatView, Option<SplatIntrinsics>)>,
    /// Visible clouds that have a scene, in entity order.
    pub clouds: Vec<ExtractedCloud>,
}

/// A visible cloud.
pub struct ExtractedCloud {
    /// Main-world entity.
    pub entity: Entity,
    /// Its rows.
    pub scene: SharedScene,
    /// Where it stands.
    pub pose: CloudPose,
}

impl ExtractedSplats {
    /// The cloud that a view shows.
    pub fn cloud_of(&self, view: &SplatView) -> Option<&ExtractedCloud> {
        match view.cloud {
            Some(entity) => self.clouds.iter().find(|c| c.entity == entity),
            None => {
                if self.clouds.len() > 1 {
                    warn_once!(
                        "several splat clouds are visible; a camera shows one, its `SplatView::cloud` says which"
                    );
                }
                self.clouds.first()
            }
        }
    }
}

pub(crate) fn extract_splats(
    mut extracted: ResMut<ExtractedSplats>,
    mut render_scenes: ResMut<SplatScenes>,
    scenes: Extract<Res<SplatScenes>>,
    clouds: Extract<Query<(Entity, &GlobalTransform, &InheritedVisibility), With<SplatCloud>>>,
    views: Extract<Query<(Entity, &SplatView, Option<&SplatIntrinsics>), With<Camera>>>,
) {
    if scenes.is_changed() {
        *render_scenes = scenes.clone();
    }
    extracted.views = views.iter().map(|(entity, view, exact)| (entity, (view.clone(), exact.copied()))).collect();
    extracted.clouds.clear();
    for (entity, transform, visibility) in &clouds {
        let (Some(scene), Some(pose)) = (scenes.get(entity), CloudPose::new(transform)) else { continue };
        if !pose.is_uniform {
            warn_once!("a splat cloud is scaled differently along its axes (or mirrored): its mean scale is used");
        }
        if visibility.get() {
            extracted.clouds.push(ExtractedCloud { entity, scene: scene.clone(), pose });
        }
    }
    extracted.clouds.sort_unstable_by_key(|c| c.entity);
}

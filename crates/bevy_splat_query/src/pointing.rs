//! Splats under pointers, for `bevy_picking`: `Pointer<Click>` and the others reach the cloud entity.
//!
//! What lies under a pointer is asked for whenever it has moved, and now and then while it rests; the answer, a frame or two
//! later, holds until the next one. The [`PickHit`] comes along as the hit's extra data.

use crate::pick::{Asker, PickAnswer, PickHit, PickQueue, PickRequest};
use bevy::camera::RenderTarget;
use bevy::picking::backend::{HitData, PointerHits};
use bevy::picking::pointer::{PointerId, PointerLocation};
use bevy::platform::collections::HashMap;
use bevy::prelude::*;
use bevy::window::PrimaryWindow;
use bevy_splat_render::SplatView;
use std::sync::Arc;

/// Frames after which a resting pointer asks again: the scene may have changed.
const REST_FRAMES: u32 = 8;

/// What lies under the pointers, by pointer and camera.
#[derive(Resource, Default)]
pub struct PointedSplats {
    pointed: HashMap<(PointerId, Entity), Pointed>,
}

#[derive(Default)]
struct Pointed {
    pixel: Vec2,
    is_asked: bool,
    rest_frames: u32,
    hit: Option<PickHit>,
}

impl PointedSplats {
    /// What a pointer hit last through a camera.
    pub fn get(&self, pointer: PointerId, camera: Entity) -> Option<&PickHit> {
        self.pointed.get(&(pointer, camera))?.hit.as_ref()
    }

    pub(crate) fn answer(&mut self, pointer: PointerId, answer: PickAnswer) {
        if let Some(pointed) = self.pointed.get_mut(&(pointer, answer.camera)) {
            (pointed.hit, pointed.is_asked) = (answer.hit, false);
        }
    }
}

/// Main world, where backends report: what is known goes out, and is asked for anew.
pub(crate) fn point(
    cameras: Query<(Entity, &Camera, &RenderTarget), With<SplatView>>,
    locations: Query<(&PointerId, &PointerLocation)>,
    windows: Query<Entity, With<PrimaryWindow>>,
    pickables: Query<&Pickable>,
    queue: Res<PickQueue>,
    mut pointers: ResMut<PointedSplats>,
    mut hits: MessageWriter<PointerHits>,
) {
    let window = windows.single().ok();
    let mut seen = Vec::new();
    for (&pointer, location) in &locations {
        let Some(location) = location.location() else { continue };
        for (entity, camera, target) in &cameras {
            let is_its = target.normalize(window).as_ref() == Some(&location.target) && camera.is_active;
            let viewport = camera.logical_viewport_rect().filter(|rect| is_its && rect.contains(location.position));
            let Some(viewport) = viewport else { continue };
            seen.push((pointer, entity));
            let pixel = location.position - viewport.min;
            let pointed = pointers.pointed.entry((pointer, entity)).or_default();
            pointed.rest_frames += 1;
            if !pointed.is_asked && (pointed.pixel != pixel || pointed.rest_frames > REST_FRAMES) {
                *pointed = Pointed { pixel, is_asked: true, rest_frames: 0, hit: pointed.hit.take() };
                let request = PickRequest { camera: entity, pixel };
                queue.ask(Asker::Pointer(pointer), request, pixel / viewport.size());
            }
            let Some(hit) = &pointed.hit else { continue };
            if pickables.get(hit.cloud).is_ok_and(|p| !p.is_hoverable) {
                continue;
            }
            let mut data = HitData::new(entity, hit.distance, Some(hit.position), Some(hit.normal));
            data.extra = Some(Arc::new(hit.clone()));
            hits.write(PointerHits::new(pointer, vec![(hit.cloud, data)], camera.order as f32));
        }
    }
    pointers.pointed.retain(|key, _| seen.contains(key));
}

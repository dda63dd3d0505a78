//! How far a camera sees, pixel by pixel: for questions about what is hidden by what. Nothing waits for the GPU.

use bevy::prelude::*;
use bevy::render::renderer::{RenderContext, ViewQuery};
use bevy::render::view::ExtractedView;
use bevy_splat_render::{GpuStatus, SplatFrames, SplatGpu, ViewCamera};
use splat_gpu::Readback;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Time after which a request is answered with nothing.
const PATIENCE: Duration = Duration::from_secs(10);
/// Share of a pixel that must be covered for it to have a surface.
const LEAST_COVERAGE: f32 = 0.5;

/// The visible surface of a camera's splats.
#[derive(Clone, Debug)]
pub struct Surface {
    /// The camera of the picture in world space; its size may be smaller than the viewport's.
    pub camera: ViewCamera,
    /// `[H, W]` view depths of the surface in world units; 0 where less than half of a pixel is covered.
    pub depths: Vec<f32>,
}

impl Surface {
    /// True for a world point that the camera sees: on the surface of its pixel or before it, or where there is none.
    /// `slack` of its view depth, both in world units, is forgiven. Points outside the picture are not seen.
    pub fn shows(&self, point: Vec3, slack: impl Fn(f32) -> f32) -> bool {
        let k = &self.camera.pinhole.intrinsics;
        let Some((pixel, depth)) = self.camera.project(point) else { return false };
        let is_inside = pixel.cmpge(Vec2::ZERO).all() && pixel.x < k.width as f32 && pixel.y < k.height as f32;
        let at = pixel.as_uvec2();
        let surface = self.depths.get((at.y * k.width + at.x) as usize).copied().unwrap_or_default();
        is_inside && (surface == 0.0 || depth <= surface + slack(depth))
    }
}

/// What becomes of a request.
enum Answer {
    Waiting,
    Here(Surface),
    Nothing,
}

/// A request on its way; ask it every frame.
#[derive(Clone)]
pub struct SurfaceTicket(Arc<Mutex<Answer>>);

impl SurfaceTicket {
    /// The surface, once: `None` while it is on its way, `Some(None)` where the camera shows no splats.
    pub fn take(&self) -> Option<Option<Surface>> {
        let mut answer = self.0.lock().unwrap_or_else(|e| e.into_inner());
        match std::mem::replace(&mut *answer, Answer::Nothing) {
            Answer::Waiting => {
                *answer = Answer::Waiting;
                None
            }
            Answer::Here(surface) => Some(Some(surface)),
            Answer::Nothing => Some(None),
        }
    }

    fn give(&self, answer: Answer) {
        *self.0.lock().unwrap_or_else(|e| e.into_inner()) = answer;
    }
}

struct Asked {
    camera: Entity,
    ticket: SurfaceTicket,
    since: Instant,
    flight: Option<(ViewCamera, Readback)>,
}

/// Requests on their way, shared by both worlds.
#[derive(Resource, Clone, Default)]
pub struct SurfaceQueue(Arc<Mutex<Vec<Asked>>>);

impl SurfaceQueue {
    /// Asks for the surface of a camera with a [`bevy_splat_render::SplatView`].
    pub fn ask(&self, camera: Entity) -> SurfaceTicket {
        let ticket = SurfaceTicket(Arc::new(Mutex::new(Answer::Waiting)));
        self.lock().push(Asked { camera, ticket: ticket.clone(), since: Instant::now(), flight: None });
        ticket
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Asked>> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}

/// Main world, start of frame: gives answers out.
pub(crate) fn give_surfaces(queue: Res<SurfaceQueue>, gpu: Res<SplatGpu>) {
    let mut queue = queue.lock();
    if queue.is_empty() {
        return;
    }
    if let Some(gpu) = gpu.get() {
        gpu.poll();
    }
    let is_hopeless = matches!(gpu.status(), GpuStatus::Unfit(_));
    queue.retain_mut(|asked| {
        if let Some((camera, readback)) = asked.flight.as_mut().filter(|(_, readback)| readback.is_done()) {
            let surface = readback.take().map(|texels: Vec<f32>| unpack(*camera, &texels));
            asked.ticket.give(surface.map_or(Answer::Nothing, Answer::Here));
            return false;
        }
        if is_hopeless || asked.since.elapsed() > PATIENCE {
            asked.ticket.give(Answer::Nothing);
            return false;
        }
        true
    });
}

/// `[H, W]` sums of weighted depths, then `[H, W, 4]` colours and what light is left.
fn unpack(camera: ViewCamera, texels: &[f32]) -> Surface {
    let (sums, image) = texels.split_at(camera.pinhole.intrinsics.pixels().min(texels.len()));
    let depth = |(&sum, texel): (&f32, &[f32])| {
        let coverage = 1.0 - texel[3];
        if coverage >= LEAST_COVERAGE { sum / coverage } else { 0.0 }
    };
    Surface { camera, depths: sums.iter().zip(image.chunks_exact(4)).map(depth).collect() }
}

/// Render world, after the picture of a camera: records the copies.
pub(crate) fn record_surfaces(
    view: ViewQuery<&ExtractedView>,
    queue: Res<SurfaceQueue>,
    frames: Res<SplatFrames>,
    gpu: Res<SplatGpu>,
    mut context: RenderContext,
) {
    let entity = view.into_inner().retained_view_entity.main_entity.id();
    let mut queue = queue.lock();
    for asked in queue.iter_mut().filter(|asked| asked.camera == entity && asked.flight.is_none()) {
        let (Some(gpu), Some(frame)) = (gpu.get(), frames.get(entity)) else { return };
        let Some(picture) = frame.picture() else { return };
        let (images, pixels) = (frame.images(), picture.camera.pinhole.intrinsics.pixels() as u64);
        let sources = [(&images.depth, 4 * pixels), (&images.image.buffer, 16 * pixels)];
        asked.flight = Some((picture.camera, Readback::record_many(&gpu, context.command_encoder(), &sources)));
    }
}

/// Render world, after submission: asks for the data.
pub(crate) fn request_surfaces(queue: Res<SurfaceQueue>) {
    queue.lock().iter_mut().filter_map(|asked| asked.flight.as_mut()).for_each(|(_, readback)| readback.request());
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy::math::DVec3;
    use splat_core::{Camera as SplatCamera, Intrinsics};

    #[test]
    fn what_lies_behind_the_surface_is_not_seen() {
        let k = Intrinsics::from_vertical_fov(4, 2, 1.0);
        let camera = SplatCamera::looking_at(k, DVec3::ZERO, DVec3::Z, DVec3::Y);
        // The left half is covered at depth 2, the right half hardly.
        let covered = |i: usize| i % 4 < 2;
        let sums = (0..8).map(|i| if covered(i) { 2.0 * 0.9 } else { 0.2 });
        let image = (0..8).flat_map(|i| [0.5, 0.5, 0.5, if covered(i) { 0.1 } else { 0.9 }]);
        let view = ViewCamera { pinhole: camera, is_orthographic: false };
        let surface = unpack(view, &sums.chain(image).collect::<Vec<f32>>());
        let left = camera.world_from_view.matrix3.x_axis.as_vec3() * -0.3;
        assert!(surface.shows(left + Vec3::Z * 1.5, |_| 0.0) && surface.shows(left + Vec3::Z * 2.0, |_| 0.01));
        assert!(!surface.shows(left + Vec3::Z * 2.5, |_| 0.3) && surface.shows(left + Vec3::Z * 2.5, |_| 0.6));
        assert!(surface.shows(-left + Vec3::Z * 9.0, |_| 0.0), "nothing hides it");
        assert!(!surface.shows(Vec3::NEG_Z, |_| 1.0) && !surface.shows(Vec3::X * 99.0 + Vec3::Z, |_| 1.0));
    }
}

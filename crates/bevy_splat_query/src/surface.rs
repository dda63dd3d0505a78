//! How far a camera sees, pixel by pixel, for questions about what is hidden by what; and what class it sees there. Nothing
//! waits for the GPU.

use bevy::prelude::*;
use bevy::render::renderer::{RenderContext, ViewQuery};
use bevy::render::view::ExtractedView;
use bevy_splat_render::{GpuStatus, SplatFrames, SplatGpu, ViewCamera};
use splat_core::LabelSet;
use splat_gpu::Readback;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Time after which a request is answered with nothing.
const PATIENCE: Duration = Duration::from_secs(10);
/// Share of a pixel that must be covered for it to have a surface.
const LEAST_COVERAGE: f32 = 0.5;
/// Share of a pixel under which it shows no class: the evaluation's.
const EMPTY_COVERAGE: f32 = 1e-4;

/// The visible surface of a camera's splats.
#[derive(Clone, Debug)]
pub struct Surface {
    /// The camera of the picture in world space; its size may be smaller than the viewport's.
    pub camera: ViewCamera,
    /// `[H, W]` view depths of the surface in world units; 0 where less than half of a pixel is covered.
    pub depths: Vec<f32>,
    /// The classes that are seen, where they were asked for and blended.
    pub classes: Option<SeenClasses>,
}

/// Blended class channels of a picture.
#[derive(Clone, Debug)]
pub struct SeenClasses {
    /// The classes of the columns.
    pub classes: Arc<LabelSet>,
    /// `[planes, H, W, 4]` channels.
    texels: Vec<f32>,
    /// `[H, W]` whether the pixel shows anything.
    is_covered: Vec<bool>,
}

impl SeenClasses {
    /// `[H, W]` the best class's column; `None` where nothing is seen. Takes a while: not for the main thread.
    pub fn columns(&self) -> impl Iterator<Item = Option<u16>> {
        let (pixels, channels) = (self.is_covered.len(), self.classes.len());
        let value = move |pixel: usize, c: usize| self.texels[4 * ((c / 4) * pixels + pixel) + c % 4];
        let best = move |pixel| (0..channels).max_by(|&a, &b| value(pixel, a).total_cmp(&value(pixel, b)));
        (0..pixels).map(move |pixel| best(pixel).filter(|_| self.is_covered[pixel]).map(|column| column as u16))
    }
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
    with_classes: bool,
    flight: Option<Flight>,
}

/// A picture on its way, and what it is of.
struct Flight {
    camera: ViewCamera,
    /// The classes of its channels, where those come along.
    classes: Option<Arc<LabelSet>>,
    readback: Readback,
}

/// Requests on their way, shared by both worlds.
#[derive(Resource, Clone, Default)]
pub struct SurfaceQueue(Arc<Mutex<Vec<Asked>>>);

impl SurfaceQueue {
    /// Asks for the surface of a camera with a [`bevy_splat_render::SplatView`].
    pub fn ask(&self, camera: Entity) -> SurfaceTicket {
        self.push(camera, false)
    }

    /// The same with the classes that are seen: the camera's mode must be one that needs them.
    pub fn ask_for_classes(&self, camera: Entity) -> SurfaceTicket {
        self.push(camera, true)
    }

    fn push(&self, camera: Entity, with_classes: bool) -> SurfaceTicket {
        let ticket = SurfaceTicket(Arc::new(Mutex::new(Answer::Waiting)));
        let asked = Asked { camera, ticket: ticket.clone(), since: Instant::now(), with_classes, flight: None };
        self.lock().push(asked);
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
        if let Some(flight) = asked.flight.as_mut().filter(|flight| flight.readback.is_done()) {
            let texels = flight.readback.take();
            let surface = texels.map(|texels: Vec<f32>| unpack(flight.camera, &texels, flight.classes.clone()));
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

/// `[H, W]` sums of weighted depths, then `[H, W, 4]` colours and what light is left, then class channels.
fn unpack(camera: ViewCamera, texels: &[f32], classes: Option<Arc<LabelSet>>) -> Surface {
    let pixels = camera.pinhole.intrinsics.pixels();
    let (sums, rest) = texels.split_at(pixels.min(texels.len()));
    let (image, channels) = rest.split_at((4 * pixels).min(rest.len()));
    let depth = |(&sum, texel): (&f32, &[f32])| {
        let coverage = 1.0 - texel[3];
        if coverage >= LEAST_COVERAGE { sum / coverage } else { 0.0 }
    };
    let classes = classes.map(|classes| SeenClasses {
        classes,
        texels: channels.to_vec(),
        is_covered: image.chunks_exact(4).map(|texel| 1.0 - texel[3] >= EMPTY_COVERAGE).collect(),
    });
    Surface { camera, depths: sums.iter().zip(image.chunks_exact(4)).map(depth).collect(), classes }
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
        let mut sources = vec![(&images.depth, 4 * pixels), (&images.image.buffer, 16 * pixels)];
        let classes = (asked.with_classes && picture.has_classes()).then(|| picture.classes.clone());
        if classes.is_some() {
            let planes = picture.layout.logit_planes() as u64;
            sources.push((&images.payload.buffer, 16 * pixels * planes));
        }
        let readback = Readback::record_many(&gpu, context.command_encoder(), &sources);
        asked.flight = Some(Flight { camera: picture.camera, classes, readback });
    }
}

/// Render world, after submission: asks for the data.
pub(crate) fn request_surfaces(queue: Res<SurfaceQueue>) {
    queue.lock().iter_mut().filter_map(|asked| asked.flight.as_mut()).for_each(|flight| flight.readback.request());
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
        let surface = unpack(view, &sums.chain(image).collect::<Vec<f32>>(), None);
        let left = camera.world_from_view.matrix3.x_axis.as_vec3() * -0.3;
        assert!(surface.shows(left + Vec3::Z * 1.5, |_| 0.0) && surface.shows(left + Vec3::Z * 2.0, |_| 0.01));
        assert!(!surface.shows(left + Vec3::Z * 2.5, |_| 0.3) && surface.shows(left + Vec3::Z * 2.5, |_| 0.6));
        assert!(surface.shows(-left + Vec3::Z * 9.0, |_| 0.0), "nothing hides it");
        assert!(!surface.shows(Vec3::NEG_Z, |_| 1.0) && !surface.shows(Vec3::X * 99.0 + Vec3::Z, |_| 1.0));
    }

    #[test]
    fn the_best_class_is_seen_where_anything_is() {
        let k = Intrinsics::from_vertical_fov(3, 1, 1.0);
        let camera = SplatCamera::looking_at(k, DVec3::ZERO, DVec3::Z, DVec3::Y);
        let class = |id| splat_core::ClassInfo { id, name: format!("{id}"), colour: [0; 3], pixel_count: 0 };
        let classes = Arc::new(LabelSet { classes: (0..5).map(class).collect() });
        let depths = [1.0; 3];
        let image = [0.1, 0.1, 0.1, 0.2, 0.1, 0.1, 0.1, 1.0, 0.1, 0.1, 0.1, 0.9];
        // Channels 0 to 3 of the three pixels, then channel 4 and padding.
        let planes = [[0.1, 0.7, 0.0, 0.0], [9.0; 4], [0.0, 0.0, 0.0, 0.2], [0.6, 9.0, 9.0, 9.0], [9.0; 4], [0.3; 4]];
        let texels: Vec<f32> = depths.into_iter().chain(image).chain(planes.into_iter().flatten()).collect();
        let view = ViewCamera { pinhole: camera, is_orthographic: false };
        let seen = unpack(view, &texels, Some(classes)).classes.unwrap();
        assert_eq!(seen.columns().collect::<Vec<_>>(), [Some(1), None, Some(4)]);
    }
}

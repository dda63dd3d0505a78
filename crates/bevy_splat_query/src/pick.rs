//! What lies behind a pixel. A request is answered a frame or two later; nothing waits for the GPU.

use bevy::prelude::*;
use bevy::render::renderer::{RenderContext, ViewQuery};
use bevy::render::view::ExtractedView;
use bevy_splat_render::{GpuStatus, Picture, SplatFrames, SplatGpu, SplatView, ViewFrame};
use splat_gpu::{Gpu, Readback, passes, wgpu};
use splat_shaders::layout::{NO_COUNTER, PickResult};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Frames after which a request to a camera that shows no cloud is answered with nothing.
const EMPTY_FRAMES: u32 = 3;
/// Time after which any request is: a GPU that is busy training may need a while for a picture with classes.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks what a camera with a [`SplatView`] sees at a pixel.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct PickRequest {
    /// The camera entity.
    pub camera: Entity,
    /// Logical pixels from the upper left corner of the camera's viewport, as `Window::cursor_position` gives them for a
    /// camera that fills its window.
    pub pixel: Vec2,
}

/// Answers a [`PickRequest`].
#[derive(Message, Clone, Debug, PartialEq)]
pub struct PickAnswer {
    /// As asked.
    pub camera: Entity,
    /// As asked.
    pub pixel: Vec2,
    /// What is there; `None` for background, outside the viewport, without a cloud or without a GPU.
    pub hit: Option<PickHit>,
}

/// A pixel's Gaussian and class.
#[derive(Clone, Debug, PartialEq)]
pub struct PickHit {
    /// The cloud entity.
    pub cloud: Entity,
    /// Row that weighs most in the pixel. In a live scene it may mean another Gaussian after the next densification.
    pub row: u32,
    /// The pixel's class; `None` in a cloud without classes.
    pub class: Option<PickedClass>,
    /// Softmax probability of the pixel's class, 0 without classes.
    pub probability: f32,
    /// Metres (world units) from the camera to the surface along the pixel's ray. The surface lies where half the light is
    /// spent.
    pub distance: f32,
    /// The surface in world space.
    pub position: Vec3,
    /// The row's share in the pixel, 0..1.
    pub weight: f32,
    /// Share of the pixel that is covered at all, 0..1.
    pub coverage: f32,
}

/// The class of a picked pixel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PickedClass {
    /// Class column.
    pub column: u32,
    /// Vocabulary id.
    pub id: u16,
    /// Name.
    pub name: String,
}

struct Waiting {
    request: PickRequest,
    /// Place in the viewport, 0..1.
    place: Vec2,
    empty_frames: u32,
    since: Instant,
}

struct Flying {
    request: PickRequest,
    pixel: UVec2,
    picture: Picture,
    readback: Readback,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Waiting>,
    flying: Vec<Flying>,
    answers: Vec<PickAnswer>,
}

/// Requests on their way, shared by both worlds.
#[derive(Resource, Clone, Default)]
pub(crate) struct PickQueue(Arc<Mutex<Queue>>);

impl PickQueue {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}

/// Main world, end of frame: takes requests in.
pub(crate) fn take_requests(
    mut requests: MessageReader<PickRequest>,
    queue: Res<PickQueue>,
    cameras: Query<&Camera, With<SplatView>>,
    gpu: Res<SplatGpu>,
) {
    if requests.is_empty() {
        return;
    }
    let is_hopeless = matches!(gpu.status(), GpuStatus::Unfit(_));
    let mut queue = queue.lock();
    let since = Instant::now();
    for request in requests.read() {
        let size = cameras.get(request.camera).ok().and_then(Camera::logical_viewport_size);
        let place = size.map(|size| request.pixel / size);
        let inside = place.filter(|p| p.min_element() >= 0.0 && p.max_element() < 1.0 && !is_hopeless);
        match inside {
            Some(place) => queue.waiting.push(Waiting { request: *request, place, empty_frames: 0, since }),
            None => queue.answers.push(nothing(request)),
        }
    }
}

fn nothing(request: &PickRequest) -> PickAnswer {
    PickAnswer { camera: request.camera, pixel: request.pixel, hit: None }
}

/// Main world, start of frame: gives answers out.
pub(crate) fn give_answers(queue: Res<PickQueue>, gpu: Res<SplatGpu>, mut answers: MessageWriter<PickAnswer>) {
    let mut queue = queue.lock();
    if let Some(gpu) = gpu.get().filter(|_| !queue.flying.is_empty()) {
        gpu.poll();
    }
    let Queue { flying, answers: ready, .. } = &mut *queue;
    flying.retain_mut(|flight| {
        if flight.readback.is_done() {
            let result = flight.readback.take().and_then(|results: Vec<PickResult>| results.first().copied());
            let hit = result.and_then(|result| hit(flight, &result));
            ready.push(PickAnswer { hit, ..nothing(&flight.request) });
            return false;
        }
        true
    });
    answers.write_batch(ready.drain(..));
}

fn hit(flight: &Flying, result: &PickResult) -> Option<PickHit> {
    if result.row == NO_COUNTER {
        return None;
    }
    let Picture { cloud, pose, camera, classes, .. } = &flight.picture;
    let class = classes.classes.get(result.column as usize).map(|class| PickedClass {
        column: result.column,
        id: class.id,
        name: class.name.clone(),
    });
    let centre = flight.pixel.as_vec2() + 0.5;
    let (position, distance) = bevy_splat_render::camera::surface_point(camera, pose, centre, result.depth);
    Some(PickHit {
        cloud: *cloud,
        row: result.row,
        probability: if class.is_some() { result.probability } else { 0.0 },
        class,
        distance,
        position,
        weight: result.weight,
        coverage: result.coverage,
    })
}

/// Render world, before the cameras: pictures that are picked from need their class channels.
pub(crate) fn demand_classes(queue: Res<PickQueue>, mut frames: ResMut<SplatFrames>) {
    let mut queue = queue.lock();
    let Queue { waiting, answers, .. } = &mut *queue;
    waiting.retain_mut(|pick| {
        frames.demand_classes(pick.request.camera);
        pick.empty_frames += u32::from(!frames.is_drawing(pick.request.camera));
        let is_vain = pick.empty_frames > EMPTY_FRAMES || pick.since.elapsed() > PATIENCE;
        if is_vain {
            answers.push(nothing(&pick.request));
        }
        !is_vain
    });
}

/// Render world, after the picture of a camera: records its picks.
pub(crate) fn record_picks(
    view: ViewQuery<&ExtractedView>,
    queue: Res<PickQueue>,
    frames: Res<SplatFrames>,
    gpu: Res<SplatGpu>,
    mut context: RenderContext,
) {
    let camera = view.into_inner().retained_view_entity.main_entity.id();
    let mut queue = queue.lock();
    if !queue.waiting.iter().any(|w| w.request.camera == camera) {
        return;
    }
    let (Some(gpu), Some(frame)) = (gpu.get(), frames.get(camera)) else { return };
    let Queue { waiting, flying, .. } = &mut *queue;
    let encoder = context.command_encoder();
    waiting.retain(|pick| {
        if pick.request.camera != camera {
            return true;
        }
        match record_pick(&gpu, encoder, frame, pick) {
            Some(flight) => {
                flying.push(flight);
                false
            }
            None => true,
        }
    });
}

/// `None` while the picture lacks what a pick needs.
fn record_pick(gpu: &Gpu, encoder: &mut wgpu::CommandEncoder, frame: &ViewFrame, pick: &Waiting) -> Option<Flying> {
    let (picture, rows) = (frame.picture()?, frame.rows()?);
    if !picture.has_classes && !picture.classes.is_empty() {
        return None;
    }
    let images = frame.images();
    let size = UVec2::new(images.width, images.height);
    let pixel = (pick.place * size.as_vec2()).as_uvec2().min(size - 1);
    let readback = passes::pick::record(gpu, encoder, rows, frame.lists(), images, pixel.to_array());
    Some(Flying { request: pick.request, pixel, picture: picture.clone(), readback })
}

/// Render world, after submission: asks for the results.
pub(crate) fn request_results(queue: Res<PickQueue>) {
    queue.lock().flying.iter_mut().for_each(|flight| flight.readback.request());
}

//! What lies behind a pixel. A request is answered a frame or two later; nothing waits for the GPU.

use crate::objects::SplatObject;
use crate::pointing::PointedSplats;
use crate::snapshot::CloudSnapshot;
use bevy::picking::pointer::PointerId;
use bevy::prelude::*;
use bevy::render::renderer::{RenderContext, ViewQuery};
use bevy::render::view::ExtractedView;
use bevy_splat_render::{GpuStatus, Picture, SplatFrames, SplatGpu, SplatView, ViewCamera, ViewFrame};
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
    /// The pixel's most probable classes with their probabilities, best first, three at most.
    pub top: Vec<(PickedClass, f32)>,
    /// The object that the row belongs to, where the cloud's objects are kept ([`crate::FindObjects`]).
    pub object: Option<Entity>,
    /// Metres (world units) from where the pixel's ray begins to the surface: the camera, or the near plane of an orthographic
    /// one. The surface is the plane that most light of the pixels around comes from.
    pub distance: f32,
    /// The surface in world space.
    pub position: Vec3,
    /// The surface's normal in world space, towards the camera; against the ray where the surface is too ragged to tell.
    pub normal: Vec3,
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

/// Who wants to know.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Asker {
    /// Whoever reads [`PickAnswer`]s.
    Messages,
    /// A pointer that moves over the picture. Its picture need not carry classes.
    Pointer(PointerId),
}

struct Waiting {
    request: PickRequest,
    asker: Asker,
    /// Place in the viewport, 0..1.
    place: Vec2,
    empty_frames: u32,
    since: Instant,
}

struct Flying {
    request: PickRequest,
    asker: Asker,
    pixel: UVec2,
    picture: Picture,
    readback: Readback,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Waiting>,
    flying: Vec<Flying>,
    answers: Vec<(Asker, PickAnswer)>,
}

/// Requests on their way, shared by both worlds.
#[derive(Resource, Clone, Default)]
pub(crate) struct PickQueue(Arc<Mutex<Queue>>);

impl PickQueue {
    /// Asks at a place in the viewport, 0..1 from the upper left corner.
    pub(crate) fn ask(&self, asker: Asker, request: PickRequest, place: Vec2) {
        let since = Instant::now();
        self.lock().waiting.push(Waiting { request, asker, place, empty_frames: 0, since });
    }

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
            Some(place) => {
                let asker = Asker::Messages;
                queue.waiting.push(Waiting { request: *request, asker, place, empty_frames: 0, since });
            }
            None => queue.answers.push((Asker::Messages, nothing(request))),
        }
    }
}

fn nothing(request: &PickRequest) -> PickAnswer {
    PickAnswer { camera: request.camera, pixel: request.pixel, hit: None }
}

/// Main world, start of frame: gives answers out.
pub(crate) fn give_answers(
    queue: Res<PickQueue>,
    gpu: Res<SplatGpu>,
    clouds: Query<&CloudSnapshot>,
    objects: Query<(Entity, &SplatObject, &ChildOf)>,
    mut pointers: ResMut<PointedSplats>,
    mut answers: MessageWriter<PickAnswer>,
) {
    let mut queue = queue.lock();
    if let Some(gpu) = gpu.get().filter(|_| !queue.flying.is_empty()) {
        gpu.poll();
    }
    let Queue { flying, answers: ready, .. } = &mut *queue;
    flying.retain_mut(|flight| {
        if flight.readback.is_done() {
            let result = flight.readback.take().and_then(|results: Vec<PickResult>| results.first().copied());
            let hit = result.and_then(|result| hit(flight, &result));
            ready.push((flight.asker, PickAnswer { hit, ..nothing(&flight.request) }));
            return false;
        }
        true
    });
    for (asker, mut answer) in ready.drain(..) {
        if let Some(hit) = &mut answer.hit {
            hit.object = objects.iter().find(|(_, o, of)| of.0 == hit.cloud && o.holds(hit.row)).map(|(e, ..)| e);
            if hit.class.is_none() {
                name_by_row(hit, clouds.get(hit.cloud).ok());
            }
        }
        match asker {
            Asker::Messages => drop(answers.write(answer)),
            Asker::Pointer(pointer) => pointers.answer(pointer, answer),
        }
    }
}

/// A picture without class channels says which row was hit: its own class is the next best.
fn name_by_row(hit: &mut PickHit, snapshot: Option<&CloudSnapshot>) {
    let Some(snapshot) = snapshot else { return };
    let Some(&(column, probability)) = snapshot.row_classes.get(hit.row as usize) else { return };
    if let Some(class) = snapshot.cloud.classes.classes.get(column as usize) {
        let class = PickedClass { column: column as u32, id: class.id, name: class.name.clone() };
        (hit.top, hit.probability) = (vec![(class.clone(), probability)], probability);
        hit.class = Some(class);
    }
}

fn hit(flight: &Flying, result: &PickResult) -> Option<PickHit> {
    if result.row == NO_COUNTER {
        return None;
    }
    let Picture { camera, classes, .. } = &flight.picture;
    let (cloud, row) = flight.picture.cloud_of(result.row)?;
    let named = |(&column, &probability): (&u32, &f32)| {
        let class = classes.classes.get(column as usize)?;
        Some((PickedClass { column, id: class.id, name: class.name.clone() }, probability))
    };
    let top: Vec<_> = result.columns.iter().zip(&result.probabilities).filter_map(named).collect();
    let centre = flight.pixel.as_vec2() + 0.5;
    let (position, distance) = camera.surface_point(centre, result.depth);
    Some(PickHit {
        cloud: cloud.entity,
        row,
        class: top.first().map(|(class, _)| class.clone()),
        probability: top.first().map_or(0.0, |(_, probability)| *probability),
        top,
        object: None,
        distance,
        position,
        normal: normal(camera, centre, position, result.around),
        weight: result.weight,
        coverage: result.coverage,
    })
}

/// Normal of the surface from the depths a pixel to the left, right, above and below.
fn normal(camera: &ViewCamera, centre: Vec2, position: Vec3, around: [f32; 4]) -> Vec3 {
    let towards = camera.towards_viewer(position);
    let [left, right, above, below] = around;
    let at = |step: Vec2, depth: f32| camera.surface_point(centre + step, depth).0;
    let across = at(Vec2::X, right) - at(Vec2::NEG_X, left);
    let down = at(Vec2::Y, below) - at(Vec2::NEG_Y, above);
    let Some(normal) = across.cross(down).try_normalize() else { return towards };
    normal * normal.dot(towards).signum()
}

/// Render world, before the cameras: pictures that are picked from need their class channels.
pub(crate) fn demand_classes(queue: Res<PickQueue>, mut frames: ResMut<SplatFrames>) {
    let mut queue = queue.lock();
    let Queue { waiting, answers, .. } = &mut *queue;
    waiting.retain_mut(|pick| {
        if pick.asker == Asker::Messages {
            frames.demand_classes(pick.request.camera);
        }
        pick.empty_frames += u32::from(!frames.is_drawing(pick.request.camera));
        let is_vain = pick.empty_frames > EMPTY_FRAMES || pick.since.elapsed() > PATIENCE;
        if is_vain {
            answers.push((pick.asker, nothing(&pick.request)));
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
    let picture = frame.picture()?;
    let needs_classes = pick.asker == Asker::Messages && !picture.classes.is_empty();
    if needs_classes && !picture.has_classes() {
        return None;
    }
    let seen = frame.seen()?;
    let size = UVec2::new(seen.frame.width, seen.frame.height);
    let pixel = (pick.place * size.as_vec2()).as_uvec2().min(size - 1);
    let readback = passes::pick::record(gpu, encoder, &seen, pixel.to_array());
    Some(Flying { request: pick.request, asker: pick.asker, pixel, picture: picture.clone(), readback })
}

/// Render world, after submission: asks for the results.
pub(crate) fn request_results(queue: Res<PickQueue>) {
    queue.lock().flying.iter_mut().for_each(|flight| flight.readback.request());
}

//! One view at a time: the camera goes there, its classes are read back, a background task compares them.

use super::SceneScore;
use super::truth::Truth;
use bevy::asset::RenderAssetUsages;
use bevy::camera::RenderTarget;
use bevy::camera::visibility::RenderLayers;
use bevy::core_pipeline::tonemapping::Tonemapping;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy::render::render_resource::TextureFormat;
use bevy::tasks::{AsyncComputeTaskPool, Task, block_on, poll_once};
use bevy_splat_query::{SeenClasses, Surface, SurfaceQueue, SurfaceTicket};
use bevy_splat_render::{
    DisplayMode, GpuStatus, SharedScene, SplatGpu, SplatIntrinsics, SplatScenes, SplatView, transform_from_camera,
};
use bevy_splat_train::TrainingLog;
use splat_core::LabelImage;
use splat_eval::Confusion;

/// Frames that a picture is given before it is asked for: lists that were too short have grown by then.
const SETTLE_FRAMES: u32 = 4;
/// A layer that nothing else is on: meshes of the app stay out of the picture.
const LAYER: usize = 31;
/// Least seconds between two turns on a software GPU.
const SOFTWARE_INTERVAL_S: f32 = 4.0;

/// How often views have their turn.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct ScoringPace {
    /// Least seconds between two of them; infinity: never.
    pub interval_s: f32,
}

impl Default for ScoringPace {
    fn default() -> Self {
        Self { interval_s: 1.0 }
    }
}

/// On the camera that renders the compared views; no panel speaks to it.
#[derive(Component, Clone, Copy, Debug, Default)]
pub struct ScoringCamera;

/// What a scene's views have come to.
#[derive(Component, Default)]
pub(super) struct Rounds {
    confusions: Vec<Option<Confusion>>,
    /// The rows that each view was last compared with.
    seen: Vec<Option<(SharedScene, u64)>>,
    next: usize,
}

/// Whose turn it is.
#[derive(Resource, Default)]
pub(super) struct Turn {
    step: Step,
    next_s: f32,
}

#[derive(Default)]
enum Step {
    #[default]
    Idle,
    /// The camera stands there, so many frames already.
    Aiming(Subject, u32),
    Asked(Subject, SurfaceTicket),
    Judging(Subject, Task<Option<Confusion>>),
}

/// A view of a scene, and the rows that it shows.
#[derive(Clone)]
struct Subject {
    scene: Entity,
    view: usize,
    rows: (SharedScene, u64),
}

/// A software GPU has less to spare.
pub(super) fn suit_the_gpu(gpu: Option<Res<SplatGpu>>, mut pace: ResMut<ScoringPace>, mut is_done: Local<bool>) {
    let Some(GpuStatus::Ready(adapter)) = gpu.filter(|_| !*is_done).map(|gpu| gpu.status()) else { return };
    *is_done = true;
    if adapter.is_software && *pace == ScoringPace::default() {
        pace.interval_s = SOFTWARE_INTERVAL_S;
    }
}

/// What a turn needs.
#[derive(SystemParam)]
pub(super) struct Means<'w, 's> {
    scenes: Option<Res<'w, SplatScenes>>,
    surfaces: Option<Res<'w, SurfaceQueue>>,
    images: Option<ResMut<'w, Assets<Image>>>,
    camera: Query<
        'w,
        's,
        (Entity, &'static mut Camera, &'static mut Transform, &'static mut SplatView, &'static mut SplatIntrinsics),
        With<ScoringCamera>,
    >,
    places: Query<'w, 's, &'static GlobalTransform>,
    commands: Commands<'w, 's>,
}

/// Goes on by one step, once a frame.
pub(super) fn turn(
    mut turn: ResMut<Turn>,
    pace: Res<ScoringPace>,
    time: Res<Time<Real>>,
    mut scored: Query<(Entity, &Truth, &mut SceneScore, Option<&mut Rounds>, Option<&TrainingLog>)>,
    mut means: Means,
) {
    let step = std::mem::take(&mut turn.step);
    turn.step = match step {
        Step::Idle if time.elapsed_secs() < turn.next_s => Step::Idle,
        Step::Idle => {
            turn.next_s = time.elapsed_secs() + pace.interval_s;
            let subject = scored.iter().find_map(|(scene, truth, _, rounds, _)| means.due(scene, truth, rounds));
            let aimed = subject.and_then(|subject| {
                let truth = scored.get(subject.scene).ok()?.1;
                means.aim(&subject, truth).then_some(Step::Aiming(subject, 0))
            });
            aimed.unwrap_or_default()
        }
        Step::Aiming(subject, frames) if frames < SETTLE_FRAMES => Step::Aiming(subject, frames + 1),
        Step::Aiming(subject, _) => means.ask().map_or(Step::Idle, |ticket| Step::Asked(subject, ticket)),
        Step::Asked(subject, ticket) => match ticket.take() {
            None => Step::Asked(subject, ticket),
            Some(surface) => {
                means.rest();
                let judged =
                    surface.and_then(|surface| judge(surface, subject.view, scored.get(subject.scene).ok()?.1));
                judged.map_or(Step::Idle, |task| Step::Judging(subject, task))
            }
        },
        Step::Judging(subject, mut task) => match block_on(poll_once(&mut task)) {
            None => Step::Judging(subject, task),
            Some(confusion) => {
                if let (Some(confusion), Ok((scene, truth, mut score, rounds, log))) =
                    (confusion, scored.get_mut(subject.scene))
                {
                    let mut fresh = Rounds::default();
                    let is_new = rounds.is_none();
                    let mut kept = rounds;
                    let rounds = kept.as_deref_mut().unwrap_or(&mut fresh);
                    rounds.take(subject, confusion, truth.views.len(), &mut score, log.map_or(0, |log| log.iteration));
                    if is_new {
                        means.commands.entity(scene).insert(fresh);
                    }
                }
                Step::Idle
            }
        },
    };
}

impl Rounds {
    fn take(&mut self, subject: Subject, confusion: Confusion, views: usize, score: &mut SceneScore, iteration: u32) {
        self.confusions.resize(views, None);
        self.seen.resize(views, None);
        self.confusions[subject.view] = Some(confusion);
        self.seen[subject.view] = Some(subject.rows);
        self.next = (subject.view + 1) % views;
        score.set(&self.confusions);
        if let (0, Some(miou)) = (self.next, score.miou) {
            score.curve.push(iteration, miou);
        }
    }
}

/// Starts to compare a picture with the truth of its view; `None` where it is of another size.
fn judge(surface: Surface, view: usize, truth: &Truth) -> Option<Task<Option<Confusion>>> {
    let (views, classes) = (truth.views.clone(), surface.classes?);
    let size = surface.camera.pinhole.intrinsics;
    let wanted = views.get(view)?.camera.intrinsics;
    let is_it = (size.width, size.height) == (wanted.width, wanted.height);
    let compare =
        async move { Confusion::of(&views.get(view)?.labels, &labels_of(&classes, size.width, size.height)).ok() };
    is_it.then(|| AsyncComputeTaskPool::get().spawn(compare))
}

fn labels_of(seen: &SeenClasses, width: u32, height: u32) -> LabelImage {
    let id = |column: Option<u16>| {
        let class = column.and_then(|column| seen.classes.classes.get(column as usize));
        class.map_or(splat_core::IGNORE_ID, |class| class.id)
    };
    LabelImage { width, height, ids: seen.columns().map(id).collect() }
}

impl Means<'_, '_> {
    /// The next view of a scene that shows other rows than when it was last compared.
    fn due(&self, scene: Entity, truth: &Truth, rounds: Option<&Rounds>) -> Option<Subject> {
        let shared = self.scenes.as_ref()?.get(scene)?;
        let rows = (shared.clone(), shared.version());
        let view = rounds.map_or(0, |rounds| rounds.next).min(truth.views.len() - 1);
        let seen = rounds.and_then(|rounds| rounds.seen.get(view)?.as_ref());
        let is_known = seen.is_some_and(|(old, version)| old.is_same(&rows.0) && *version == rows.1);
        (!is_known && !shared.lock().classes.is_empty()).then_some(Subject { scene, view, rows })
    }

    /// Sends the camera to a view; false as long as there is none.
    fn aim(&mut self, subject: &Subject, truth: &Truth) -> bool {
        let view = truth.views[subject.view].camera;
        let lens = view.intrinsics;
        let Some(images) = &mut self.images else { return false };
        let Ok((entity, mut camera, mut place, mut splats, mut exact)) = self.camera.single_mut() else {
            let target = target(images, lens.width, lens.height);
            self.commands.spawn(camera_of(target, SplatIntrinsics(lens)));
            return false;
        };
        if (exact.0.width, exact.0.height) != (lens.width, lens.height) {
            let target = target(images, lens.width, lens.height);
            self.commands.entity(entity).insert(RenderTarget::Image(target.into()));
        }
        let cloud = self.places.get(subject.scene).copied().unwrap_or_default();
        *place = (cloud * transform_from_camera(&view)).compute_transform().with_scale(Vec3::ONE);
        *exact = SplatIntrinsics(lens);
        splats.cloud = Some(subject.scene);
        camera.is_active = true;
        true
    }

    fn ask(&mut self) -> Option<SurfaceTicket> {
        let (entity, ..) = self.camera.single().ok()?;
        Some(self.surfaces.as_ref()?.ask_for_classes(entity))
    }

    fn rest(&mut self) {
        if let Ok((_, mut camera, ..)) = self.camera.single_mut() {
            camera.is_active = false;
        }
    }
}

fn target(images: &mut Assets<Image>, width: u32, height: u32) -> Handle<Image> {
    let mut image = Image::new_target_texture(width, height, TextureFormat::Rgba8UnormSrgb, None);
    image.asset_usage = RenderAssetUsages::RENDER_WORLD;
    images.add(image)
}

fn camera_of(target: Handle<Image>, lens: SplatIntrinsics) -> impl Bundle {
    (
        Name::new("scoring"),
        ScoringCamera,
        Camera3d::default(),
        Camera { is_active: false, order: -1, ..default() },
        RenderTarget::Image(target.into()),
        RenderLayers::layer(LAYER),
        Tonemapping::None,
        Msaa::Off,
        // The rows of one moment for all frames of a turn.
        SplatView { mode: DisplayMode::Classes, scene_refresh_s: 1.0, ..default() },
        lens,
    )
}

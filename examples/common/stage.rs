//! The world of the walkthrough: a camera that walks, and a run that trains or a cloud that is trained.

use super::options::{Plan, Show};
use bevy::app::{PluginGroup, PluginGroupBuilder, ScheduleRunnerPlugin};
use bevy::core_pipeline::tonemapping::Tonemapping;
use bevy::prelude::*;
use bevy::window::{ExitCondition, WindowResolution};
use bevy::winit::{WinitPlugin, WinitSettings};
use bevy_semantic_splats::prelude::*;
use bevy_semantic_splats::train::{TrainingEvent, TrainingNews};
use bevy_semantic_splats::ui::{FillsSceneArea, OpenedScene, Walker};
use std::time::Duration;

/// GPU milliseconds per frame for training: in a window, in a window on a software GPU (where a frame takes longer than
/// anywhere else, and a step more than all of these), without a window.
const BUDGET_MS: [f64; 3] = [12.0, 80.0, 1_000.0];

/// On a software GPU a splat pixel covers this many pixels along each axis, and the picture of a training scene is
/// renewed this seldom while the camera stands.
const SOFTWARE_PIXELS: f32 = 2.5;
const SOFTWARE_REFRESH_S: f32 = 2.0;

/// Spawns the world and ends the app when it is time.
pub struct StagePlugin;

impl Plugin for StagePlugin {
    fn build(&self, app: &mut App) {
        app.insert_resource(WinitSettings::continuous())
            .insert_resource(ClearColor(Color::srgb(0.05, 0.055, 0.065)))
            .add_systems(Startup, spawn)
            .add_systems(Update, (suit_the_gpu, tell, quit_in_time));
    }
}

/// The window.
pub fn window(plan: &Plan) -> WindowPlugin {
    WindowPlugin {
        primary_window: Some(Window {
            title: format!("{} — semantic splats", plan.name),
            resolution: WindowResolution::new(plan.size.x, plan.size.y),
            ..default()
        }),
        ..default()
    }
}

/// Bevy without a window, frames as fast as they come.
pub fn windowless() -> PluginGroupBuilder {
    DefaultPlugins
        .set(WindowPlugin { primary_window: None, exit_condition: ExitCondition::DontExit, ..default() })
        .disable::<WinitPlugin>()
        .add(ScheduleRunnerPlugin::run_loop(Duration::from_millis(2)))
}

fn spawn(plan: Res<Plan>, mut commands: Commands) {
    let mut camera = commands.spawn((
        Camera3d::default(),
        Tonemapping::None,
        Msaa::Off,
        SplatView { mode: plan.mode.unwrap_or_default(), ..default() },
        FillsSceneArea,
        Walker::along(&plan.views),
    ));
    if let Some((_, first)) = plan.views.first() {
        camera.insert(SplatIntrinsics(first.intrinsics));
    }
    // What is opened later takes its place.
    let scene = (OpenedScene, plan.scene.clone());
    match &plan.show {
        Show::Training(run) => drop(commands.spawn(((**run).clone(), scene))),
        Show::Cloud(path) => drop(commands.spawn((SplatCloud::from_ply(path), scene))),
    }
}

/// A software GPU gets fewer pixels, so that the window stays usable.
fn suit_the_gpu(
    gpu: Res<SplatGpu>,
    plan: Res<Plan>,
    mut budget: ResMut<TrainingBudget>,
    mut views: Query<&mut SplatView>,
    mut is_done: Local<bool>,
) {
    let GpuStatus::Ready(adapter) = gpu.status() else { return };
    if std::mem::replace(&mut *is_done, true) {
        return;
    }
    let case = if plan.out.is_some() { 2 } else { usize::from(adapter.is_software) };
    budget.ms_per_frame = plan.budget_ms.unwrap_or(BUDGET_MS[case]);
    if adapter.is_software && plan.out.is_none() {
        for mut view in &mut views {
            view.resolution_scale = 1.0 / SOFTWARE_PIXELS;
            view.scene_refresh_s = SOFTWARE_REFRESH_S;
        }
    }
}

/// Says what happens on the terminal. A run or a cloud that cannot be loaded ends the app where nobody watches; in a window a
/// toast says so, and something else may be opened.
fn tell(
    plan: Res<Plan>,
    mut events: MessageReader<TrainingEvent>,
    failed: Query<&CloudFailed, Added<CloudFailed>>,
    mut exit: MessageWriter<AppExit>,
) {
    for event in events.read() {
        match &event.what {
            TrainingNews::Loaded => info!("loaded, training begins"),
            TrainingNews::Finished => info!("training is finished"),
            TrainingNews::Saved(path) => info!("saved {}", path.display()),
            TrainingNews::SaveFailed(reason) => error!("not saved: {reason}"),
            TrainingNews::Failed { reason, is_bad_input } => {
                eprintln!("error: {reason}");
                if plan.out.is_some() {
                    exit.write(AppExit::from_code(if *is_bad_input { 2 } else { 1 }));
                }
            }
        }
    }
    for CloudFailed(reason) in &failed {
        eprintln!("error: {reason}");
        if plan.out.is_some() {
            exit.write(AppExit::from_code(2));
        }
    }
}

fn quit_in_time(plan: Res<Plan>, time: Res<Time<Real>>, mut exit: MessageWriter<AppExit>) {
    if plan.quit_after.is_some_and(|seconds| time.elapsed_secs() > seconds) {
        exit.write(AppExit::Success);
    }
}

//! What the small examples share: a window or none, the sample room, and a script of pictures.
#![allow(dead_code, reason = "each example uses its part")]

use bevy::app::ScheduleRunnerPlugin;
use bevy::camera::RenderTarget;
use bevy::core_pipeline::tonemapping::Tonemapping;
use bevy::ecs::system::RunSystemOnce;
use bevy::input::ButtonState;
use bevy::input::keyboard::{Key, KeyboardInput, NativeKey};
use bevy::prelude::*;
use bevy::render::RenderPlugin;
use bevy::render::render_resource::{TextureFormat, TextureUsages};
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use bevy::window::ExitCondition;
use bevy::winit::WinitPlugin;
use bevy_semantic_splats::prelude::*;
use bevy_semantic_splats::query::Bounds;
use bevy_semantic_splats::splat_core::settings::Preset;
use bevy_semantic_splats::train::{TrainingEvent, TrainingLog, TrainingNews, TrainingScene, TrainingState};
use clap::Parser;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Pictures of a headless example.
pub const SIZE: UVec2 = UVec2::new(768, 512);
/// Frames after which a picture shows what was changed.
const SETTLE_FRAMES: u32 = 4;
/// A headless example that is not done by then hangs, seconds; on two idle cores all of them together take less than five minutes.
const PATIENCE_S: f32 = 1_200.0;

/// Runs on the sample room, which is trained the first time, or on a cloud of your own.
#[derive(Parser, Resource, Clone, Debug)]
pub struct Args {
    /// A labelled 3DGS .ply, z up, instead of the sample room
    #[arg(long, value_name = "FILE")]
    pub cloud: Option<PathBuf>,
    /// Open no window: write pictures to --out, and end
    #[arg(long, requires = "out")]
    pub headless: bool,
    /// Folder for the pictures of --headless
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// On the cloud that the example is about.
#[derive(Component)]
pub struct Room;

/// How the sample room is trained.
#[derive(Resource, Clone, Copy)]
pub struct Training {
    /// Steps.
    pub iterations: u32,
    /// Photographs are scaled down by this.
    pub downscale: f64,
    /// What was trained once is trained again.
    pub is_fresh: bool,
}

/// Once, for all examples.
pub const ONCE: Training = Training { iterations: 700, downscale: 3.0, is_fresh: false };

/// What a headless example does before each picture: called every frame until it says yes.
pub type Act = fn(&mut World) -> bool;

#[derive(Resource)]
struct Script {
    steps: Vec<(&'static str, Act)>,
    next: usize,
    frames: u32,
    target: Handle<Image>,
    is_shooting: bool,
}

/// An app with the room; `steps` are the pictures of its headless form, file stem and what happens before.
pub fn app(title: &str, training: Training, steps: Vec<(&'static str, Act)>) -> App {
    let args = Args::parse();
    let mut app = App::new();
    if args.headless {
        let window = WindowPlugin { primary_window: None, exit_condition: ExitCondition::DontExit, ..default() };
        let run = ScheduleRunnerPlugin::run_loop(Duration::from_millis(2));
        // Pictures are of what is there, not of what is still being compiled.
        let render = RenderPlugin { synchronous_pipeline_compilation: true, ..default() };
        app.add_plugins(DefaultPlugins.set(window).set(render).disable::<WinitPlugin>().add(run));
        app.insert_resource(Script { steps, next: 0, frames: 0, target: Handle::default(), is_shooting: false });
        app.add_systems(Update, (aim_at_picture, play).chain());
    } else {
        let window = Window { title: title.to_owned(), ..default() };
        app.add_plugins(DefaultPlugins.set(WindowPlugin { primary_window: Some(window), ..default() }));
    }
    app.add_plugins(SemanticSplatPlugins)
        .insert_resource(args)
        .insert_resource(training)
        .insert_resource(ClearColor(Color::srgb(0.05, 0.055, 0.065)))
        .insert_resource(TrainingBudget { ms_per_frame: 400.0, ..default() })
        .add_systems(Startup, spawn_room)
        .add_systems(Update, (keep_trained, report));
    app
}

/// What a camera of these examples has in common.
pub fn camera(at: Vec3, target: Vec3) -> impl Bundle {
    let place = Transform::from_translation(at).looking_at(target, Vec3::Y);
    (Camera3d::default(), Tonemapping::None, Msaa::Off, SplatView::default(), place)
}

/// Looks through the first camera that was held out, as soon as it is known.
pub fn look_through_held_out(
    mut commands: Commands,
    scenes: Query<(&TrainingScene, &GlobalTransform), Added<TrainingScene>>,
) {
    for (scene, place) in &scenes {
        let Some((_, camera)) = scene.held_out.first() else { continue };
        let in_world = *place * transform_from_camera(camera);
        commands
            .spawn((self::camera(Vec3::Z, Vec3::ZERO), SplatIntrinsics(camera.intrinsics)))
            .insert(in_world.compute_transform());
    }
}

/// The room's box in world space, once its rows are known.
pub fn room(world: &mut World) -> Option<(Entity, Bounds)> {
    let mut rooms = world.query_filtered::<(Entity, &CloudSnapshot, &GlobalTransform), With<Room>>();
    let (entity, snapshot, transform) = rooms.single(world).ok()?;
    let points: Vec<Vec3> = snapshot.cloud.means.iter().map(|&mean| transform.transform_point(mean)).collect();
    Some((entity, Bounds::around(&points)?))
}

/// Height of the floor in world space: where most of what is called so lies.
pub fn floor(world: &mut World) -> Option<f32> {
    let low = room(world)?.1.low.y;
    let rows = world.run_system_once(|query: SemanticQuery| query.rows(&Question::class("floor"))).ok()?;
    let mut heights: Vec<f32> = rows.iter().map(|row| row.position.y).collect();
    heights.sort_unstable_by(f32::total_cmp);
    Some(heights.get(heights.len() / 2).copied().unwrap_or(low))
}

impl Training {
    /// Where the trained room goes.
    fn file(&self, args: &Args) -> PathBuf {
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/sample_room");
        let folder = args.out.clone().filter(|_| self.is_fresh).unwrap_or(kept);
        folder.join(format!("cloud_{}.ply", self.iterations))
    }
}

fn spawn_room(args: Res<Args>, training: Res<Training>, mut commands: Commands) {
    let place = Transform::from_rotation(SplatCloud::Z_UP);
    let file = args.cloud.clone().unwrap_or_else(|| training.file(&args));
    if args.cloud.is_some() || (file.is_file() && !training.is_fresh) {
        commands.spawn((Room, SplatCloud::from_ply(file), place));
        return;
    }
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample_room/data");
    let scenes = std::fs::read_dir(data).into_iter().flatten().flatten();
    let Some(scene) = scenes.map(|entry| entry.path()).find(|path| path.is_dir()) else { return };
    let settings = TrainSettings { iterations: training.iterations, ..Preset::Quality.settings() };
    let run = TrainingRun { settings, downscale: training.downscale, ..TrainingRun::from_capture(scene) };
    println!("training the sample room");
    commands.spawn((Room, run, place));
}

/// A finished training goes to a file, and is a still cloud from then on.
fn keep_trained(
    mut events: MessageReader<TrainingEvent>,
    (args, training): (Res<Args>, Res<Training>),
    mut orders: MessageWriter<TrainingCommand>,
    mut commands: Commands,
) {
    for TrainingEvent { run, what } in events.read() {
        match what {
            TrainingNews::Finished => {
                let file = training.file(&args);
                let _ = std::fs::create_dir_all(file.parent().unwrap_or(Path::new(".")));
                orders.write(TrainingCommand { run: *run, action: TrainingAction::Save(file) });
            }
            TrainingNews::Saved(file) => {
                commands.entity(*run).despawn();
                commands.spawn((Room, SplatCloud::from_ply(file), Transform::from_rotation(SplatCloud::Z_UP)));
            }
            TrainingNews::SaveFailed(reason) | TrainingNews::Failed { reason, .. } => eprintln!("error: {reason}"),
            TrainingNews::Loaded => {}
        }
    }
}

fn report(
    runs: Query<(&TrainingState, &TrainingLog)>,
    failed: Query<&CloudFailed, Added<CloudFailed>>,
    time: Res<Time<Real>>,
    mut next_s: Local<f32>,
    mut exit: MessageWriter<AppExit>,
) {
    for CloudFailed(reason) in &failed {
        eprintln!("error: {reason}");
        exit.write(AppExit::from_code(2));
    }
    if time.elapsed_secs() >= *next_s {
        *next_s = time.elapsed_secs() + 5.0;
        for (_, log) in runs.iter().filter(|(state, _)| **state == TrainingState::Training) {
            println!("step {} / {}, {} Gaussians", log.iteration, log.iterations, log.gaussians);
        }
    }
}

/// Presses a key of the headless form's keyboard and lets it go again.
pub fn type_key(world: &mut World, key: KeyCode) {
    for state in [ButtonState::Pressed, ButtonState::Released] {
        let (logical_key, window) = (Key::Unidentified(NativeKey::Unidentified), Entity::PLACEHOLDER);
        world.write_message(KeyboardInput { key_code: key, logical_key, state, text: None, repeat: false, window });
    }
}

/// Cameras of a headless example draw into a picture.
fn aim_at_picture(
    mut commands: Commands,
    mut script: ResMut<Script>,
    mut images: ResMut<Assets<Image>>,
    cameras: Query<Entity, Added<SplatView>>,
) {
    for camera in &cameras {
        if script.target == Handle::default() {
            let mut image = Image::new_target_texture(SIZE.x, SIZE.y, TextureFormat::Rgba8UnormSrgb, None);
            image.texture_descriptor.usage |= TextureUsages::COPY_SRC;
            script.target = images.add(image);
        }
        commands.entity(camera).insert(RenderTarget::Image(script.target.clone().into()));
    }
}

/// Plays the script once the room is there and no longer trained.
fn play(world: &mut World) {
    if world.resource::<Time<Real>>().elapsed_secs() > PATIENCE_S {
        eprintln!("error: not done after {PATIENCE_S} s");
        world.write_message(AppExit::from_code(1));
        return;
    }
    let is_training = world.query::<&TrainingState>().iter(world).next().is_some();
    let script = world.resource::<Script>();
    let (next, frames, is_shooting) = (script.next, script.frames, script.is_shooting);
    if is_training || is_shooting || room(world).is_none() {
        return;
    }
    let Some(&(name, act)) = world.resource::<Script>().steps.get(next) else {
        world.write_message(AppExit::Success);
        return;
    };
    if frames == 0 && !act(world) {
        return;
    }
    if let Some(gpu) = world.resource::<SplatGpu>().get() {
        let _ = gpu.wait();
    }
    let mut script = world.resource_mut::<Script>();
    script.frames += 1;
    if script.frames > SETTLE_FRAMES {
        script.is_shooting = true;
        let shot = Screenshot::image(script.target.clone());
        world.spawn(shot).observe(move |shot: On<ScreenshotCaptured>, mut script: ResMut<Script>, args: Res<Args>| {
            let file = args.out.clone().unwrap_or_default().join(name).with_extension("png");
            match save(&shot.image, &file) {
                Ok(()) => println!("{}", file.display()),
                Err(e) => eprintln!("error: {}: {e}", file.display()),
            }
            (script.next, script.frames, script.is_shooting) = (script.next + 1, 0, false);
        });
    }
}

fn save(image: &Image, file: &Path) -> Result<(), Box<dyn std::error::Error>> {
    std::fs::create_dir_all(file.parent().unwrap_or(Path::new(".")))?;
    let picture = image.clone().try_into_dynamic()?.to_rgb8();
    Ok(picture.save(file)?)
}

//! Pictures without a window: trains for a while, then stops along the walk and photographs every mode, a highlight and a
//! pick.

use super::options::{Plan, Show};
use bevy::asset::RenderAssetUsages;
use bevy::camera::RenderTarget;
use bevy::prelude::*;
use bevy::render::render_resource::{TextureFormat, TextureUsages};
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use bevy_semantic_splats::prelude::*;
use bevy_semantic_splats::train::{TrainingLog, TrainingState};
use bevy_semantic_splats::ui::{WalkCommand, Walker};
use image::{Rgba, RgbaImage};
use std::path::{Path, PathBuf};

/// Places of the walk that are photographed, as shares of it.
const PLACES: [f32; 3] = [0.06, 0.31, 0.81];
/// Frames between a wish and the first question about it: both worlds have seen it by then.
const SETTLE_FRAMES: u32 = 4;
/// Questions before a photograph. The answer to the first says that the GPU has caught up, so that the picture behind the
/// second is that of the new place and mode.
const QUESTIONS: u32 = 2;
/// Seconds after which a scene that shows nothing is given up.
const PATIENCE_S: f32 = 120.0;

/// Runs the tour and ends the app.
pub struct TourPlugin;

impl Plugin for TourPlugin {
    fn build(&self, app: &mut App) {
        app.add_plugins(bevy_semantic_splats::ui::WalkerPlugin)
            .init_resource::<Tour>()
            .add_systems(PostStartup, set_up)
            .add_systems(Update, (report_training, go_on).chain());
    }
}

/// One photograph.
#[derive(Clone, Debug)]
struct Stop {
    file: String,
    place: f32,
    mode: DisplayMode,
    subject: Subject,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Subject {
    Everything,
    /// The class that the middle of the picture shows.
    Highlight,
    /// The middle of the picture, marked.
    Pick,
}

/// Where the tour is.
#[derive(Resource, Default)]
struct Tour {
    target: Handle<Image>,
    stops: Vec<Stop>,
    next: usize,
    phase: Phase,
    frames: u32,
    answers: u32,
    waited_s: f32,
    trained_s: f32,
    answer: Option<PickHit>,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Phase {
    /// Until the training is over, or the cloud is there.
    #[default]
    Waiting,
    /// The camera has been sent to the next stop.
    Going,
    /// The middle of the picture has been asked for.
    Asking,
    /// The photograph is on its way.
    Shooting,
}

fn stops(only: Option<DisplayMode>) -> Vec<Stop> {
    let mut stops = Vec::new();
    for (i, place) in PLACES.into_iter().enumerate() {
        for mode in DisplayMode::ALL.into_iter().filter(|mode| only.is_none_or(|only| only == *mode)) {
            let file = format!("place{}_{}.png", i + 1, mode.name());
            stops.push(Stop { file, place, mode, subject: Subject::Everything });
        }
    }
    let extra = |file: &str, place, subject| Stop { file: file.to_owned(), place, mode: DisplayMode::Colour, subject };
    stops.push(extra("highlight.png", PLACES[1], Subject::Highlight));
    stops.push(extra("pick.png", PLACES[1], Subject::Pick));
    stops
}

fn set_up(
    plan: Res<Plan>,
    mut tour: ResMut<Tour>,
    mut images: ResMut<Assets<Image>>,
    mut cameras: Query<(Entity, &mut Camera, &mut Walker), With<SplatView>>,
    mut commands: Commands,
) {
    let mut image = Image::new_target_texture(plan.size.x, plan.size.y, TextureFormat::Rgba8UnormSrgb, None);
    image.asset_usage = RenderAssetUsages::default();
    image.texture_descriptor.usage |= TextureUsages::COPY_SRC;
    tour.target = images.add(image);
    tour.stops = stops(plan.mode);
    for (entity, mut camera, mut walker) in &mut cameras {
        walker.is_playing = false;
        // Nobody watches the training: it may have the whole GPU.
        camera.is_active = false;
        commands.entity(entity).insert(RenderTarget::Image(tour.target.clone().into()));
    }
}

/// A line of progress now and then.
fn report_training(runs: Query<(&TrainingState, &TrainingLog)>, time: Res<Time<Real>>, mut next_s: Local<f32>) {
    let Ok((state, log)) = runs.single() else { return };
    let is_over = matches!(state, TrainingState::Finished | TrainingState::Paused | TrainingState::Failed(_));
    if is_over || time.elapsed_secs() < *next_s {
        return;
    }
    *next_s = time.elapsed_secs() + 5.0;
    match state {
        TrainingState::Loading { what, share } => println!("{what}: {:.0} %", 100.0 * share),
        TrainingState::Queued => {}
        _ => println!(
            "step {} / {}, loss {:.4}, {:.2} dB, {:.1} it/s, {} Gaussians",
            log.iteration,
            log.iterations,
            log.loss.latest().unwrap_or_default(),
            log.psnr.latest().unwrap_or_default(),
            log.its_per_s().unwrap_or_default(),
            log.gaussians,
        ),
    }
}

#[expect(clippy::too_many_arguments, reason = "the tour looks at everything that an app would")]
fn go_on(
    plan: Res<Plan>,
    time: Res<Time<Real>>,
    mut tour: ResMut<Tour>,
    runs: Query<(Entity, &TrainingState, &TrainingLog)>,
    mut cameras: Query<(Entity, &mut Camera, &mut SplatView, &Walker)>,
    mut training: MessageWriter<TrainingCommand>,
    mut walk: MessageWriter<WalkCommand>,
    mut requests: MessageWriter<PickRequest>,
    mut answers: MessageReader<PickAnswer>,
    mut commands: Commands,
) {
    let Ok((camera, mut lens, mut view, walker)) = cameras.single_mut() else { return };
    let tour = &mut *tour;
    let answer = answers.read().last().cloned();
    let middle = PickRequest { camera, pixel: 0.5 * plan.size.as_vec2() };
    match tour.phase {
        Phase::Waiting => {
            for (run, state, log) in &runs {
                if *state == TrainingState::Training && log.iteration > 0 {
                    tour.trained_s += time.delta_secs();
                    if tour.trained_s > plan.train_s {
                        training.write(TrainingCommand { run, action: TrainingAction::Pause });
                    }
                }
            }
            let is_over = |state: &TrainingState| matches!(state, TrainingState::Finished | TrainingState::Paused);
            if matches!(plan.show, Show::Cloud(_)) || runs.iter().all(|(_, state, _)| is_over(state)) {
                lens.is_active = true;
                send(tour, &mut view, walker, &mut walk);
            }
        }
        Phase::Going => {
            tour.frames += 1;
            if tour.frames >= SETTLE_FRAMES {
                requests.write(middle);
                tour.phase = Phase::Asking;
            }
        }
        Phase::Asking => {
            let Some(answer) = answer else { return };
            tour.answer = answer.hit;
            tour.answers += 1;
            if tour.answers < QUESTIONS {
                requests.write(middle);
                return;
            }
            // The first hit proves that the cloud is there and all pipelines are compiled.
            tour.waited_s += if tour.next == 0 && tour.answer.is_none() { time.delta_secs() } else { 0.0 };
            if tour.next == 0 && tour.answer.is_none() && tour.waited_s < PATIENCE_S {
                requests.write(middle);
                return;
            }
            if tour.stops[tour.next].subject == Subject::Highlight && view.highlight.is_none() {
                view.highlight = tour.answer.as_ref().and_then(|hit| hit.class.as_ref()).map(|class| class.column);
                (tour.phase, tour.frames, tour.answers) = (Phase::Going, 0, 0);
                return;
            }
            shoot(tour, &plan, &mut commands);
        }
        Phase::Shooting => {}
    }
}

/// Sends the camera to the next stop.
fn send(tour: &mut Tour, view: &mut SplatView, walker: &Walker, walk: &mut MessageWriter<WalkCommand>) {
    let stop = &tour.stops[tour.next];
    walk.write(WalkCommand::Seek(stop.place * walker.path.duration()));
    view.mode = stop.mode;
    view.highlight = None;
    (tour.phase, tour.frames, tour.answers) = (Phase::Going, 0, 0);
}

/// Takes the photograph and, when it is there, goes to the next stop or ends the app.
fn shoot(tour: &mut Tour, plan: &Plan, commands: &mut Commands) {
    let stop = tour.stops[tour.next].clone();
    let folder = plan.out.clone().unwrap_or_default();
    let answer = tour.answer.clone();
    tour.phase = Phase::Shooting;
    tour.frames = 0;
    let on_captured = move |shot: On<ScreenshotCaptured>,
                            mut tour: ResMut<Tour>,
                            mut cameras: Query<(&mut SplatView, &Walker)>,
                            mut walk: MessageWriter<WalkCommand>,
                            mut exit: MessageWriter<AppExit>| {
        if let Err(message) = develop(&shot.image, &folder, &stop, answer.as_ref()) {
            eprintln!("error: {message}");
            exit.write(AppExit::from_code(1));
            return;
        }
        tour.next += 1;
        let Ok((mut view, walker)) = cameras.single_mut() else { return };
        if tour.next < tour.stops.len() {
            send(&mut tour, &mut view, walker, &mut walk);
        } else {
            println!("{} pictures are in {}", tour.stops.len(), folder.display());
            exit.write(AppExit::Success);
        }
    };
    commands.spawn(Screenshot::image(tour.target.clone())).observe(on_captured);
}

fn develop(image: &Image, folder: &Path, stop: &Stop, answer: Option<&PickHit>) -> Result<(), String> {
    let path: PathBuf = folder.join(&stop.file);
    let in_file = |e: &dyn std::fmt::Display| format!("{}: cannot be written: {e}", path.display());
    std::fs::create_dir_all(folder).map_err(|e| in_file(&e))?;
    let mut picture = image.clone().try_into_dynamic().map_err(|e| in_file(&e))?.to_rgba8();
    if stop.subject == Subject::Pick {
        mark(&mut picture);
        let words = answer.map_or_else(|| "nothing is there".to_owned(), describe);
        println!("{}: {words}", stop.file);
        let text = path.with_extension("txt");
        std::fs::write(&text, words + "\n").map_err(|e| format!("{}: cannot be written: {e}", text.display()))?;
    }
    image::DynamicImage::ImageRgba8(picture).to_rgb8().save(&path).map_err(|e| in_file(&e))
}

fn describe(hit: &PickHit) -> String {
    let class = hit.class.as_ref().map_or_else(
        || "no classes".to_owned(),
        |c| format!("{} (id {}), probability {:.3}", c.name, c.id, hit.probability),
    );
    format!("{class}, {:.2} m away, Gaussian {} with {:.0} % of the pixel", hit.distance, hit.row, 100.0 * hit.weight)
}

/// A ring and a dot in the middle.
fn mark(picture: &mut RgbaImage) {
    let (cx, cy) = (0.5 * picture.width() as f32, 0.5 * picture.height() as f32);
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let r = (x as f32 + 0.5 - cx).hypot(y as f32 + 0.5 - cy);
        if (9.0..11.5).contains(&r) || r < 2.5 {
            *pixel = Rgba([255, 255, 255, 255]);
        } else if (7.5..13.0).contains(&r) || r < 4.0 {
            *pixel = Rgba([0, 0, 0, 255]);
        }
    }
}

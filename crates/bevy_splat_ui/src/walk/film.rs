//! Film: the recorded key frames as a sequence of pictures and a video, drawn by a camera of its own while everything else goes on.

use super::path::WalkPath;
use super::record::PathFile;
use super::walker::Walker;
use crate::layout::FillsSceneArea;
use crate::toasts::Notice;
use bevy::asset::RenderAssetUsages;
use bevy::camera::RenderTarget;
use bevy::core_pipeline::tonemapping::Tonemapping;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy::render::render_resource::{TextureFormat, TextureUsages};
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use bevy::tasks::{AsyncComputeTaskPool, Task, block_on, poll_once};
use bevy_splat_render::{ClassStyles, SplatIntrinsics, SplatView};
use image::RgbImage;
use splat_io::video::Video;
use std::path::{Path, PathBuf};

/// Frames of the app between a new place and its photograph; more for the first, whose lists must find their length.
const SETTLE_FRAMES: u32 = 3;
const FIRST_SETTLE_FRAMES: u32 = 12;
/// What a film may have, as from the command line.
const MOST_FRAMES: f32 = 100_000.0;

/// What may be asked.
#[derive(Message, Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilmCommand {
    /// Begin; or end, with what there is.
    Toggle,
}

/// How films are made, and the one that is being made.
#[derive(Resource)]
pub struct Film {
    /// Pixels of a frame.
    pub size: UVec2,
    /// Frames a second.
    pub fps: u32,
    shooting: Option<Shooting>,
}

impl Default for Film {
    fn default() -> Self {
        Self { size: UVec2::new(1280, 720), fps: 30, shooting: None }
    }
}

impl Film {
    /// Frames that are there, of how many; `None` where nothing is filmed.
    pub fn progress(&self) -> Option<[usize; 2]> {
        self.shooting.as_ref().map(|s| [s.next, s.frames])
    }
}

/// A film that is being made.
struct Shooting {
    camera: Entity,
    target: Handle<Image>,
    path: WalkPath,
    fps: u32,
    frames: usize,
    next: usize,
    /// Frames of the app until the next photograph; `None` while one is on its way.
    settle: Option<u32>,
    is_stopped: bool,
    reel: Option<Reel>,
    developing: Option<Task<Result<Reel, String>>>,
}

/// Makes films of key frames: numbered PNGs in a folder beside the [`PathFile`], and a video where `ffmpeg` is installed.
pub struct FilmPlugin;

impl Plugin for FilmPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Film>().add_message::<FilmCommand>().add_systems(Update, (obey, shoot).chain());
    }
}

/// The camera whose look films have.
type Looks =
    (&'static Walker, &'static SplatView, &'static ClassStyles, &'static Projection, Option<&'static SplatIntrinsics>);

#[derive(SystemParam)]
struct Studio<'w, 's> {
    images: Option<ResMut<'w, Assets<Image>>>,
    walkers: Query<'w, 's, Looks, With<FillsSceneArea>>,
    notices: MessageWriter<'w, Notice>,
    commands: Commands<'w, 's>,
}

fn obey(mut asked: MessageReader<FilmCommand>, mut film: ResMut<Film>, file: Res<PathFile>, mut studio: Studio) {
    for FilmCommand::Toggle in asked.read() {
        match &mut film.shooting {
            Some(shooting) => shooting.is_stopped = true,
            None => match studio.open(&film, &file.path) {
                Ok(shooting) => film.shooting = Some(shooting),
                Err(reason) => drop(studio.notices.write(Notice::warning(reason))),
            },
        }
    }
}

impl Studio<'_, '_> {
    fn open(&mut self, film: &Film, file: &Path) -> Result<Shooting, String> {
        let Ok((walker, view, styles, projection, exact)) = self.walkers.single() else {
            return Err("there is no camera to film with".to_owned());
        };
        let path = walker.recorded.clone();
        if path.is_empty() {
            return Err("no key frame to film: add some views first".to_owned());
        }
        let frames = (path.duration() * film.fps as f32).round().min(MOST_FRAMES) as usize + 1;
        let Some(images) = &mut self.images else { return Err("nothing is drawn here".to_owned()) };
        let reel = Reel::start(file, film.size, film.fps, frames)?;
        let mut image = Image::new_target_texture(film.size.x, film.size.y, TextureFormat::Rgba8UnormSrgb, None);
        image.asset_usage = RenderAssetUsages::RENDER_WORLD;
        image.texture_descriptor.usage |= TextureUsages::COPY_SRC;
        let target = images.add(image);
        let camera = self.commands.spawn((
            Name::new("film"),
            Camera3d::default(),
            // Behind the main camera, so that nobody takes it for that one.
            Camera { order: 50, ..default() },
            RenderTarget::Image(target.clone().into()),
            lens(projection, exact),
            Tonemapping::None,
            Msaa::Off,
            SplatView { resolution_scale: 1.0, scene_refresh_s: 0.0, ..view.clone() },
            styles.clone(),
            transform_at(&path, 0.0),
        ));
        self.notices.write(Notice::info(format!("filming {frames} frames to {}", reel.folder.display())));
        Ok(Shooting {
            camera: camera.id(),
            target,
            path,
            fps: film.fps,
            frames,
            next: 0,
            settle: Some(FIRST_SETTLE_FRAMES),
            is_stopped: false,
            reel: Some(reel),
            developing: None,
        })
    }
}

/// The lens of the main camera, whose picture may have another shape.
fn lens(projection: &Projection, exact: Option<&SplatIntrinsics>) -> Projection {
    match exact {
        Some(SplatIntrinsics(k)) => Projection::Perspective(PerspectiveProjection {
            fov: 2.0 * (0.5 * k.height as f64 / k.fy).atan() as f32,
            ..default()
        }),
        None => projection.clone(),
    }
}

fn transform_at(path: &WalkPath, seconds: f32) -> Transform {
    let pose = path.at(seconds);
    Transform { translation: pose.position, rotation: pose.rotation, scale: Vec3::ONE }
}

/// Goes on by one step, once a frame.
fn shoot(mut film: ResMut<Film>, mut studio: Studio, mut places: Query<&mut Transform>) {
    let Some(shooting) = &mut film.shooting else { return };
    if let Some(task) = &mut shooting.developing {
        let Some(developed) = block_on(poll_once(task)) else { return };
        shooting.developing = None;
        match developed {
            Ok(reel) => shooting.reel = Some(reel),
            Err(reason) => {
                studio.notices.write(Notice::error(format!("the film ends after {} frames: {reason}", shooting.next)));
                shooting.is_stopped = true;
            }
        }
        shooting.next += usize::from(shooting.reel.is_some());
        if let Ok(mut place) = places.get_mut(shooting.camera) {
            *place = transform_at(&shooting.path, shooting.next as f32 / shooting.fps as f32);
        }
        shooting.settle = Some(SETTLE_FRAMES);
    }
    let is_over = shooting.is_stopped || shooting.next >= shooting.frames;
    match &mut shooting.settle {
        Some(_) if is_over => {
            studio.commands.entity(shooting.camera).despawn();
            if let Some(reel) = shooting.reel.take() {
                let (frames, folder) = (shooting.next, reel.folder.display().to_string());
                let ended = reel.finish().map(|what| format!("{frames} frames are in {folder}{what}"));
                studio.notices.write(ended.map_or_else(Notice::error, Notice::info));
            }
            film.shooting = None;
        }
        Some(0) => {
            shooting.settle = None;
            studio.commands.spawn(Screenshot::image(shooting.target.clone())).observe(develop);
        }
        Some(frames) => *frames -= 1,
        None => {}
    }
}

/// A photograph has come: it is written while the camera goes on.
fn develop(shot: On<ScreenshotCaptured>, mut film: ResMut<Film>) {
    let Some(shooting) = &mut film.shooting else { return };
    let (Some(mut reel), image) = (shooting.reel.take(), shot.image.clone()) else { return };
    shooting.developing = Some(AsyncComputeTaskPool::get().spawn(async move {
        let picture = image.try_into_dynamic().map_err(|e| e.to_string())?;
        reel.add(&picture.to_rgb8())?;
        Ok(reel)
    }));
}

/// Where frames go.
struct Reel {
    folder: PathBuf,
    written: usize,
    video: Option<(PathBuf, Video)>,
}

impl Reel {
    /// A new folder beside the file of the key frames. Without `ffmpeg` there is no video.
    fn start(file: &Path, size: UVec2, fps: u32, frames: usize) -> Result<Self, String> {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        let named = |i: usize| match i {
            1 => file.with_file_name(format!("{stem}_film")),
            _ => file.with_file_name(format!("{stem}_film_{i}")),
        };
        let folder = (1..).map(named).find(|folder| !folder.exists()).unwrap_or_default();
        std::fs::create_dir_all(&folder).map_err(|e| format!("{}: cannot be made: {e}", folder.display()))?;
        let video = folder.join("film.mp4");
        let started = Video::start(&video, size.to_array(), frames as u32, fps);
        Ok(Self { folder, written: 0, video: started.ok().map(|film| (video, film)) })
    }

    fn add(&mut self, picture: &RgbImage) -> Result<(), String> {
        self.written += 1;
        let path = self.folder.join(format!("frame_{:04}.png", self.written));
        picture.save(&path).map_err(|e| format!("{}: cannot be written: {e}", path.display()))?;
        self.video.as_mut().map_or(Ok(()), |(_, video)| video.add(picture)).map_err(|e| e.to_string())
    }

    /// What there is beside the frames, for people.
    fn finish(self) -> Result<String, String> {
        let Some((path, video)) = self.video else { return Ok("; with ffmpeg there would be a video too".to_owned()) };
        video.finish().map_err(|e| e.to_string())?;
        Ok(format!(", and as {}", path.file_name().unwrap_or_default().to_string_lossy()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_film_never_writes_over_another_one() {
        let parent = tempfile::tempdir().unwrap();
        let file = parent.path().join("walk.json");
        let picture = RgbImage::from_pixel(64, 48, image::Rgb([200, 100, 50]));
        let mut folders = Vec::new();
        for _ in 0..2 {
            let mut reel = Reel::start(&file, UVec2::new(64, 48), 25, 2).unwrap();
            (0..2).for_each(|_| reel.add(&picture).unwrap());
            folders.push(reel.folder.clone());
            reel.finish().unwrap();
        }
        assert_eq!(folders, ["walk_film", "walk_film_2"].map(|name| parent.path().join(name)));
        for frame in ["frame_0001.png", "frame_0002.png"] {
            assert_eq!(image::open(folders[1].join(frame)).unwrap().to_rgb8(), picture);
        }
    }

    #[test]
    fn without_key_frames_there_is_no_film() {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, FilmPlugin)).init_resource::<PathFile>().init_resource::<Assets<Image>>();
        app.add_message::<Notice>();
        app.world_mut().spawn((
            FillsSceneArea,
            Walker::along(&[]),
            SplatView::default(),
            ClassStyles::default(),
            Projection::default(),
        ));
        app.world_mut().write_message(FilmCommand::Toggle);
        app.update();
        assert_eq!(app.world().resource::<Film>().progress(), None);
        let said: Vec<Notice> = app.world_mut().resource_mut::<Messages<Notice>>().drain().collect();
        assert!(said.len() == 1 && said[0].text.contains("no key frame"), "{said:?}");
    }
}

//! A headless app with one splat camera that draws into an image, a made scene, and what tests ask of both.

use bevy::app::PluginsState;
use bevy::asset::RenderAssetUsages;
use bevy::camera::RenderTarget;
use bevy::core_pipeline::tonemapping::Tonemapping;
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::render::gpu_readback::{Readback, ReadbackComplete};
use bevy::render::pipelined_rendering::PipelinedRenderingPlugin;
use bevy::render::render_resource::{TextureFormat, TextureUsages};
use bevy::render::{RenderApp, RenderPlugin};
use bevy::window::ExitCondition;
use bevy::winit::WinitPlugin;
use bevy_semantic_splats::prelude::*;
use bevy_semantic_splats::render::SplatFrames;
use bevy_semantic_splats::splat_core::{ClassInfo, Cloud, LabelSet, sh};

/// Picture size; a row of RGBA8 fills whole 256-byte blocks, so that readbacks are not padded.
pub const SIZE: UVec2 = UVec2::new(256, 192);
/// Vertical field of view in radians.
pub const FOV: f32 = 0.8;
/// Camera distance from the blobs' plane.
pub const DISTANCE: f32 = 4.0;
/// Blob centres in cloud space; red and blue are chairs, green is a table.
pub const BLOBS: [Vec3; 3] = [Vec3::new(-1.1, 0.0, 0.0), Vec3::ZERO, Vec3::new(1.1, 0.4, 0.0)];
/// Blob colours, sRGB.
pub const COLOURS: [[f32; 3]; 3] = [[0.9, 0.15, 0.1], [0.1, 0.8, 0.2], [0.15, 0.2, 0.9]];
/// Rows of a blob.
pub const BLOB_ROWS: u32 = 60;
/// Blob radius: where its Gaussians' means end.
pub const RADIUS: f32 = 0.3;

/// Three dense blobs of two classes.
pub fn blobs() -> Cloud {
    let class = |id, name: &str, colour| ClassInfo { id, name: name.to_owned(), colour, pixel_count: 0 };
    let classes = vec![class(5, "office chair", [230, 60, 180]), class(9, "table", [60, 170, 240])];
    let mut cloud = Cloud { classes: LabelSet { classes }, ..Default::default() };
    for (blob, centre) in BLOBS.into_iter().enumerate() {
        for i in 0..BLOB_ROWS {
            // A spiral on a sphere, points evenly spread.
            let z = 1.0 - 2.0 * (i as f32 + 0.5) / BLOB_ROWS as f32;
            let (sin, cos) = (i as f32 * 2.399_963).sin_cos();
            let r = (1.0 - z * z).sqrt();
            cloud.means.push(centre + RADIUS * Vec3::new(r * cos, r * sin, z));
            cloud.log_scales.push(Vec3::splat(0.1f32.ln()));
            cloud.rotations.push([1.0, 0.0, 0.0, 0.0]);
            cloud.opacity_logits.push(3.0);
            cloud.sh.push(COLOURS[blob].map(sh::dc_from_colour));
            cloud.logits.extend(if blob == 1 { [-2.0, 3.0] } else { [3.0, -2.0] });
        }
    }
    cloud
}

/// Class column of a blob.
pub fn column(blob: usize) -> usize {
    usize::from(blob == 1)
}

/// Pixel of a point of the plane that the camera faces.
pub fn pixel_of(point: Vec3) -> Vec2 {
    let focal = 0.5 * SIZE.y as f32 / (0.5 * FOV).tan();
    0.5 * SIZE.as_vec2() + focal / (DISTANCE - point.z) * Vec2::new(point.x, -point.y)
}

/// The app and its camera.
pub struct Stage {
    pub app: App,
    pub camera: Entity,
}

#[derive(Resource, Default)]
struct Shot(Vec<u8>);

/// The adapter to test on: `SEMSPLAT_GPU=required` fails without one, `off` skips, `auto` (default) skips loudly.
pub fn has_gpu() -> bool {
    let mode = std::env::var("SEMSPLAT_GPU").unwrap_or_else(|_| "auto".to_owned());
    if mode == "off" {
        eprintln!("SKIPPED: SEMSPLAT_GPU=off");
        return false;
    }
    match splat_gpu::Gpu::headless(Default::default()) {
        Ok(_) => true,
        Err(e) if mode == "required" => panic!("SEMSPLAT_GPU=required, but {e}"),
        Err(e) => {
            eprintln!("SKIPPED: no adapter ({e})");
            false
        }
    }
}

impl Stage {
    /// Starts the app; the camera stands on +z and looks at the origin. Its pictures come back.
    pub fn new() -> Self {
        let (mut stage, image) = Self::of_size(SIZE);
        let mut back = stage.app.world_mut().spawn(Readback::texture(image));
        back.observe(|data: On<ReadbackComplete>, mut shot: ResMut<Shot>| shot.0.clone_from(&data.data));
        stage
    }

    /// Starts the app with a picture of this size.
    pub fn of_size(size: UVec2) -> (Self, Handle<Image>) {
        Self::with(size, |_| {})
    }

    /// Starts the app with more plugins.
    pub fn with(size: UVec2, more: impl FnOnce(&mut App)) -> (Self, Handle<Image>) {
        let mut app = App::new();
        let window = WindowPlugin { primary_window: None, exit_condition: ExitCondition::DontExit, ..default() };
        let render = RenderPlugin { synchronous_pipeline_compilation: true, ..default() };
        let plugins = DefaultPlugins.set(window).set(render);
        app.add_plugins((
            plugins.disable::<WinitPlugin>().disable::<PipelinedRenderingPlugin>().disable::<LogPlugin>(),
            SemanticSplatPlugins,
        ));
        more(&mut app);
        app.insert_resource(ClearColor(Color::srgb(0.2, 0.3, 0.4))).init_resource::<Shot>();
        while app.plugins_state() == PluginsState::Adding {
            bevy::tasks::tick_global_task_pools_on_main_thread();
        }
        app.finish();
        app.cleanup();
        let mut image = Image::new_target_texture(size.x, size.y, TextureFormat::Rgba8UnormSrgb, None);
        image.texture_descriptor.usage |= TextureUsages::COPY_SRC;
        image.asset_usage = RenderAssetUsages::all();
        let image = app.world_mut().resource_mut::<Assets<Image>>().add(image);
        let camera = app.world_mut().spawn((
            Camera3d::default(),
            RenderTarget::Image(image.clone().into()),
            Projection::Perspective(PerspectiveProjection { fov: FOV, ..default() }),
            SplatView::default(),
            Tonemapping::None,
            Msaa::Off,
            Transform::from_xyz(0.0, 0.0, DISTANCE),
        ));
        let camera = camera.id();
        (Self { app, camera }, image)
    }

    /// Runs frames and lets the GPU finish each, so that what was asked for is there.
    pub fn run(&mut self, frames: u32) {
        for _ in 0..frames {
            self.app.update();
            if let Some(gpu) = self.app.world().resource::<SplatGpu>().get() {
                gpu.wait().expect("the device lives");
            }
        }
    }

    /// The picture, `[H, W, 4]` sRGB, after enough frames. `SEMSPLAT_SHOTS` names a folder that takes a copy.
    pub fn shot(&mut self, name: &str) -> Picture {
        self.run(5);
        let rgba = self.app.world().resource::<Shot>().0.clone();
        assert_eq!(rgba.len(), 4 * SIZE.x as usize * SIZE.y as usize, "no picture came back");
        if let Some(folder) = std::env::var_os("SEMSPLAT_SHOTS") {
            let path = std::path::Path::new(&folder).join(format!("{name}.png"));
            image::save_buffer(path, &rgba, SIZE.x, SIZE.y, image::ColorType::Rgba8).expect("the picture is written");
        }
        Picture(rgba)
    }

    /// Changes the camera's view settings.
    pub fn look(&mut self, change: impl FnOnce(&mut SplatView)) {
        change(&mut self.app.world_mut().get_mut::<SplatView>(self.camera).expect("the camera lives"));
    }

    /// Sends a pick and returns its answer and the frames that it took.
    pub fn pick(&mut self, pixel: Vec2) -> (PickAnswer, u32) {
        let request = PickRequest { camera: self.camera, pixel };
        self.app.world_mut().write_message(request);
        for frame in 1..60 {
            self.run(1);
            let answers: Vec<_> = self.app.world_mut().resource_mut::<Messages<PickAnswer>>().drain().collect();
            if let Some(answer) = answers.into_iter().next() {
                return (answer, frame);
            }
        }
        panic!("no answer came");
    }

    /// The render world's pictures.
    pub fn frames(&self) -> &SplatFrames {
        self.app.sub_app(RenderApp).world().resource::<SplatFrames>()
    }
}

/// RGBA8 pixels of a shot.
pub struct Picture(Vec<u8>);

impl Picture {
    /// sRGB 0..1 at a pixel.
    pub fn at(&self, pixel: Vec2) -> [f32; 3] {
        let at = pixel.as_uvec2();
        let first = 4 * (at.y * SIZE.x + at.x) as usize;
        [0, 1, 2].map(|c| self.0[first + c] as f32 / 255.0)
    }

    /// Fails where the pixel differs from sRGB `expected` by more than `tolerance`.
    pub fn assert_near(&self, pixel: Vec2, expected: [f32; 3], tolerance: f32) {
        let got = self.at(pixel);
        let is_near = got.iter().zip(expected).all(|(g, e)| (g - e).abs() <= tolerance);
        assert!(is_near, "pixel {pixel}: {got:?}, expected {expected:?}");
    }

    /// Largest difference of any channel of any pixel, 0..1.
    pub fn difference(&self, other: &Self) -> f32 {
        let most = self.0.iter().zip(&other.0).map(|(a, b)| a.abs_diff(*b)).max();
        most.unwrap_or(u8::MAX) as f32 / 255.0
    }

    /// Standard deviation of all channels of all pixels.
    pub fn spread(&self) -> f32 {
        let values: Vec<f32> = self.0.chunks(4).flat_map(|p| [0, 1, 2].map(|c| p[c] as f32 / 255.0)).collect();
        let n = values.len() as f32;
        let mean = values.iter().sum::<f32>() / n;
        (values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / n).sqrt()
    }

    /// Centre, in pixels, and area of what `weigh` finds, by its weight of each pixel's colour.
    pub fn centre(&self, weigh: impl Fn([f32; 3]) -> f32) -> (Vec2, f32) {
        let (mut sum, mut area) = (Vec2::ZERO, 0.0);
        for (x, y) in (0..SIZE.y).flat_map(|y| (0..SIZE.x).map(move |x| (x, y))) {
            let place = Vec2::new(x as f32 + 0.5, y as f32 + 0.5);
            let weight = weigh(self.at(place));
            (sum, area) = (sum + weight * place, area + weight);
        }
        (sum / area.max(1e-6), area)
    }

    /// Mean of the channels at a pixel.
    pub fn grey(&self, pixel: Vec2) -> f32 {
        self.at(pixel).iter().sum::<f32>() / 3.0
    }
}

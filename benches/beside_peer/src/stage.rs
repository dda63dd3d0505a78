//! A headless app with one camera over the cube, and how long its frames take.

use crate::cube::HALF;
use bevy::app::PluginsState;
use bevy::asset::RenderAssetUsages;
use bevy::camera::RenderTarget;
use bevy::core_pipeline::tonemapping::Tonemapping;
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::render::RenderPlugin;
use bevy::render::gpu_readback::{Readback, ReadbackComplete};
use bevy::render::pipelined_rendering::PipelinedRenderingPlugin;
use bevy::render::render_resource::{PollType, TextureFormat, TextureUsages};
use bevy::render::renderer::RenderDevice;
use bevy::window::ExitCondition;
use bevy::winit::WinitPlugin;
use std::path::Path;
use std::time::Instant;

/// Picture size.
pub const SIZE: UVec2 = UVec2::new(640, 360);
const FOV: f32 = 0.8;
/// Frames before any are timed: pipelines, uploads, lists that grow.
const WARM_UP: usize = 30;
const FRAMES: usize = 21;

/// The app and its camera.
pub struct Stage {
    pub app: App,
    pub camera: Entity,
    image: Handle<Image>,
}

#[derive(Resource, Default)]
struct Shot(Vec<u8>);

impl Stage {
    /// An app with Bevy's plugins and what `plugins` adds.
    pub fn new(plugins: impl FnOnce(&mut App)) -> Self {
        let mut app = App::new();
        let window = WindowPlugin { primary_window: None, exit_condition: ExitCondition::DontExit, ..default() };
        let render = RenderPlugin { synchronous_pipeline_compilation: true, ..default() };
        app.add_plugins(
            DefaultPlugins
                .set(window)
                .set(render)
                .disable::<WinitPlugin>()
                .disable::<PipelinedRenderingPlugin>()
                .disable::<LogPlugin>(),
        );
        plugins(&mut app);
        app.insert_resource(ClearColor(Color::BLACK)).init_resource::<Shot>();
        while app.plugins_state() == PluginsState::Adding {
            bevy::tasks::tick_global_task_pools_on_main_thread();
        }
        app.finish();
        app.cleanup();
        let mut image = Image::new_target_texture(SIZE.x, SIZE.y, TextureFormat::Rgba8UnormSrgb, None);
        image.texture_descriptor.usage |= TextureUsages::COPY_SRC;
        image.asset_usage = RenderAssetUsages::all();
        let image = app.world_mut().resource_mut::<Assets<Image>>().add(image);
        let camera = app.world_mut().spawn((
            Camera3d::default(),
            RenderTarget::Image(image.clone().into()),
            Projection::Perspective(PerspectiveProjection { fov: FOV, ..default() }),
            Tonemapping::None,
            Msaa::Off,
        ));
        let camera = camera.id();
        Self { app, camera, image }
    }

    /// Milliseconds of some frames after a warm-up; the last picture goes to `shot`.
    pub fn frame_ms(mut self, shot: &Path) -> Vec<f64> {
        let times = (0..WARM_UP + FRAMES).map(|frame| self.frame(frame)).collect::<Vec<f64>>();
        let mut back = self.app.world_mut().spawn(Readback::texture(self.image.clone()));
        back.observe(|data: On<ReadbackComplete>, mut shot: ResMut<Shot>| shot.0.clone_from(&data.data));
        (0..4).for_each(|_| drop(self.frame(WARM_UP + FRAMES)));
        let rgba = &self.app.world().resource::<Shot>().0;
        image::save_buffer(shot, rgba, SIZE.x, SIZE.y, image::ColorType::Rgba8).expect("the picture is written");
        times[WARM_UP..].to_vec()
    }

    /// Runs a frame from the next place on a circle until the GPU is done.
    fn frame(&mut self, frame: usize) -> f64 {
        let distance = 2.0 * HALF / (0.5 * FOV).tan();
        let place = Quat::from_rotation_y(0.02 * frame as f32) * (distance * Vec3::Z);
        let pose = Transform::from_translation(place).looking_at(Vec3::ZERO, Vec3::Y);
        self.app.world_mut().entity_mut(self.camera).insert(pose);
        let start = Instant::now();
        self.app.update();
        let device = self.app.world().resource::<RenderDevice>();
        device.poll(PollType::wait_indefinitely()).expect("the device lives");
        1e3 * start.elapsed().as_secs_f64()
    }
}

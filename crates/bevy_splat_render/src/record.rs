//! Records a camera's picture: project, sort and forward where something changed, then the picture onto its target.

use crate::camera::{CloudPose, camera_in_cloud, view_intrinsics};
use crate::display::{Painter, Paper};
use crate::extract::ExtractedSplats;
use crate::frame::{Picture, SplatFrames, ViewFrame, picture_size};
use crate::gpu::SplatGpu;
use crate::scene::{SharedScene, share};
use crate::view::{SplatIntrinsics, SplatView};
use bevy::color::ColorToComponents;
use bevy::prelude::*;
use bevy::render::renderer::{RenderContext, ViewQuery};
use bevy::render::view::{ExtractedView, ViewTarget};
use splat_core::{Camera as SplatCamera, LabelSet};
use splat_gpu::passes::{self, forward::Blend};
use splat_gpu::view::view_uniforms;
use splat_gpu::{Gpu, GpuError, PlaneLayout, Readback, Recorder, RowBuffers, wgpu};
use splat_shaders::layout::{COUNT_ROWS, COUNTERS};
use std::sync::Arc;
use std::time::Instant;

/// What a scene holds right now, so that its lock is released at once.
struct Snapshot {
    rows: RowBuffers,
    classes: Arc<LabelSet>,
    bounds: Option<(Vec3, Vec3)>,
    background: [f32; 3],
    version: u64,
}

impl Snapshot {
    fn take(scene: &SharedScene) -> Option<Self> {
        let scene = scene.lock();
        let rows = scene.rows.as_ref().filter(|r| r.upper_bound > 0)?;
        Some(Self {
            rows: share(rows),
            classes: scene.classes.clone(),
            bounds: scene.bounds,
            background: scene.background,
            version: scene.version(),
        })
    }
}

/// Draws the splats of the current camera behind everything else.
pub(crate) fn draw_splats(
    view: ViewQuery<(&ExtractedView, &ViewTarget)>,
    extracted: Res<ExtractedSplats>,
    gpu: Res<SplatGpu>,
    mut frames: ResMut<SplatFrames>,
    mut painter: ResMut<Painter>,
    mut context: RenderContext,
) {
    let (view, target) = view.into_inner();
    let camera = view.retained_view_entity.main_entity.id();
    let Some((settings, exact)) = extracted.views.get(&camera) else { return };
    let cloud = extracted.cloud_of(settings);
    let scene = cloud.and_then(|cloud| Snapshot::take(&cloud.scene));
    let (Some((gpu, generation)), Some(cloud), Some(scene)) = (gpu.get_with_generation(), cloud, scene) else {
        frames.frames.remove(&camera);
        return;
    };
    let with_classes = settings.needs_classes() || frames.has_demand(camera);
    let request =
        Request { view, settings, exact: exact.as_ref(), pose: cloud.pose, cloud: cloud.entity, with_classes };
    let drawn = update_picture(&gpu, &mut frames, camera, &request, &scene, context.command_encoder());
    match drawn {
        Ok(false) => return,
        Ok(true) => {}
        Err(e) => {
            warn_once!("splats cannot be drawn: {e}");
            frames.frames.remove(&camera);
            return;
        }
    }
    let Some(frame) = frames.frames.get_mut(&camera).filter(|f| f.picture.is_some()) else { return };
    let paper = Paper { target, viewport: view.viewport };
    let background = settings.background.map_or(scene.background, |c| c.to_srgba().to_f32_array_no_alpha());
    let looks = crate::display::looks(settings, frame, scene.bounds, background);
    painter.paint((&gpu, generation), context.command_encoder(), frame, &looks, &paper);
}

struct Request<'a> {
    view: &'a ExtractedView,
    settings: &'a SplatView,
    exact: Option<&'a SplatIntrinsics>,
    pose: CloudPose,
    cloud: Entity,
    with_classes: bool,
}

/// Brings the camera's buffers up to date. False where there is nothing to show.
fn update_picture(
    gpu: &Gpu,
    frames: &mut SplatFrames,
    camera: Entity,
    request: &Request,
    scene: &Snapshot,
    encoder: &mut wgpu::CommandEncoder,
) -> Result<bool, GpuError> {
    let layout = scene.rows.layout;
    let has_classes = request.with_classes && layout.channels > 0;
    let channels = if has_classes { layout.channels } else { 0 };
    let layout = PlaneLayout { channels, ..layout };
    let viewport = UVec2::new(request.view.viewport.z, request.view.viewport.w);
    if viewport.min_element() == 0 {
        return Ok(false);
    }
    let scale = request.settings.resolution_scale;
    let size = picture_size(viewport, scale, layout.logit_planes(), gpu.binding_limit());
    let Some(intrinsics) = view_intrinsics(request.exact, request.view.clip_from_view, viewport, size) else {
        warn_once!("a SplatView needs a camera with a perspective projection");
        return Ok(false);
    };
    let splat_camera = camera_in_cloud(&request.view.world_from_view, &request.pose, intrinsics);
    if !splat_camera.is_valid() {
        return Ok(false);
    }
    if !frames.frames.contains_key(&camera) {
        let frame = ViewFrame::new(gpu, request.cloud, &scene.rows, size, layout.logit_planes())?;
        frames.frames.insert(camera, frame);
    }
    let Some(frame) = frames.frames.get_mut(&camera) else { return Ok(false) };
    frame.cloud = request.cloud;
    if frame.is_busy() {
        // An older picture is better than a queue of pictures that nobody will see.
        return Ok(frame.picture.is_some());
    }
    frame.fit(gpu, &scene.rows, size, layout.logit_planes())?;
    let picture = Picture {
        cloud: request.cloud,
        pose: request.pose,
        camera: splat_camera,
        classes: scene.classes.clone(),
        has_classes,
        version: scene.version,
        recorded: Instant::now(),
    };
    if !is_due(frame.picture.as_ref(), &picture, request.settings.scene_refresh_s) {
        return Ok(true);
    }
    let rows = RowBuffers { layout, counters: frame.counters.clone(), ..share(&scene.rows) };
    record_picture(gpu, encoder, frame, &rows, &scene.rows.counters, &splat_camera);
    frame.rows = Some(rows);
    frame.picture = Some(picture);
    frames.drawn += 1;
    Ok(true)
}

/// Whether the passes must run again.
fn is_due(old: Option<&Picture>, new: &Picture, scene_refresh_s: f32) -> bool {
    let Some(old) = old else { return true };
    let is_same_view = old.cloud == new.cloud
        && old.pose == new.pose
        && old.camera == new.camera
        && (old.has_classes || !new.has_classes)
        && Arc::ptr_eq(&old.classes, &new.classes);
    if !is_same_view {
        return true;
    }
    old.version != new.version && new.recorded.duration_since(old.recorded).as_secs_f32() >= scene_refresh_s
}

fn record_picture(
    gpu: &Gpu,
    encoder: &mut wgpu::CommandEncoder,
    frame: &mut ViewFrame,
    rows: &RowBuffers,
    live_counters: &wgpu::Buffer,
    camera: &SplatCamera,
) {
    let degree = rows.layout.sh_degree;
    // Backward slots are not written here: their number limits nothing.
    let uniforms = view_uniforms(camera, [0.0; 3], degree, rows, frame.lists.entry_capacity, u32::MAX);
    let view = gpu.uniform("view", &uniforms);
    let mut recorder = Recorder::new(gpu, encoder, None);
    // The writer's counters stay its own; of them a picture needs the number of rows only.
    recorder.clear(&frame.counters, 4 * COUNTERS as u64);
    let rows_at = 4 * COUNT_ROWS as u64;
    recorder.copy((live_counters, rows_at), (&frame.counters, rows_at), 4);
    passes::project::record(&mut recorder, rows, &frame.lists, &view);
    passes::sort::record(&mut recorder, rows, &frame.lists, &view, uniforms.tiles[0] * uniforms.tiles[1]);
    passes::forward::record(&mut recorder, rows, &frame.lists, &frame.images, &view, Blend::default());
    recorder.finish();
    let counters = frame.counters.clone();
    let readback = Readback::record(gpu, encoder, &counters, 4 * COUNTERS as u64);
    frame.expect_feedback(readback);
}

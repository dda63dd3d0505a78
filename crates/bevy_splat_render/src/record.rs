//! Records a camera's picture: project, sort and forward where something changed, then the picture onto its target.

use crate::camera::{Lens, view_lens};
use crate::compose::{self, SceneCloud};
use crate::display::{Painter, Paper, form_of};
use crate::extract::{ExtractedSplats, SplatCameraSettings};
use crate::frame::{Picture, Restyle, SplatFrames, ViewFrame, picture_size};
use crate::gpu::SplatGpu;
use bevy::color::ColorToComponents;
use bevy::core_pipeline::core_3d::{AlphaMask3d, Opaque3d};
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy::render::render_phase::ViewBinnedRenderPhases;
use bevy::render::renderer::{RenderContext, ViewQuery};
use bevy::render::view::{ExtractedView, ViewDepthTexture, ViewTarget};
use splat_gpu::passes::scene::{MeshDepth, record_limits};
use splat_gpu::{Gpu, GpuError, wgpu};
use std::sync::Arc;
use std::time::Instant;

/// What the camera draws beside splats.
#[derive(SystemParam)]
pub(crate) struct Meshes<'w> {
    opaque: Res<'w, ViewBinnedRenderPhases<Opaque3d>>,
    masked: Res<'w, ViewBinnedRenderPhases<AlphaMask3d>>,
}

impl Meshes<'_> {
    /// True where the camera has drawn something opaque.
    fn are_in(&self, view: &ExtractedView) -> bool {
        let key = &view.retained_view_entity;
        self.opaque.get(key).is_some_and(|p| !p.is_empty()) || self.masked.get(key).is_some_and(|p| !p.is_empty())
    }
}

/// Draws the splats of the current camera among what it has drawn so far.
pub(crate) fn draw_splats(
    view: ViewQuery<(&ExtractedView, &ViewTarget, &ViewDepthTexture)>,
    extracted: Res<ExtractedSplats>,
    gpu: Res<SplatGpu>,
    meshes: Meshes,
    mut frames: ResMut<SplatFrames>,
    mut painter: ResMut<Painter>,
    mut context: RenderContext,
) {
    let (view, target, depth) = view.into_inner();
    let camera = view.retained_view_entity.main_entity.id();
    let Some(settings) = extracted.views.get(&camera) else { return };
    let clouds: Vec<SceneCloud> = extracted.clouds_of(settings).filter_map(SceneCloud::take).collect();
    let (Some((gpu, generation)), Some(first)) = (gpu.get_with_generation(), clouds.first()) else {
        frames.frames.remove(&camera);
        return;
    };
    let can_read_depth = depth.texture.usage().contains(wgpu::TextureUsages::TEXTURE_BINDING);
    let request = Request {
        camera,
        view,
        settings,
        with_classes: settings.view.needs_classes() || frames.has_demand(camera),
        depth: (can_read_depth && meshes.are_in(view)).then_some(depth),
    };
    match update_picture(&gpu, &mut frames, &request, &clouds, context.command_encoder()) {
        Ok(false) => return,
        Ok(true) => {}
        Err(e) => {
            warn_once!("splats cannot be drawn: {e}");
            frames.frames.remove(&camera);
            return;
        }
    }
    let Some(frame) = frames.frames.get_mut(&camera).filter(|f| f.picture.is_some()) else { return };
    let paper = Paper { target, depth, viewport: view.viewport };
    let [r, g, b] = first.background;
    let background = settings.view.background.map_or([r, g, b, 1.0], |c| c.to_srgba().to_f32_array());
    let looks = crate::display::looks(&settings.view, frame, &clouds, background);
    let wishes = (&settings.view, &settings.styles, &looks);
    let painted = painter.paint((&gpu, generation), context.command_encoder(), frame, wishes, &paper);
    if let Err(e) = painted {
        warn_once!("splats cannot be drawn: {e}");
    }
}

struct Request<'a> {
    camera: Entity,
    view: &'a ExtractedView,
    settings: &'a SplatCameraSettings,
    with_classes: bool,
    /// Where opaque meshes were drawn.
    depth: Option<&'a ViewDepthTexture>,
}

/// Brings the camera's buffers up to date. False where there is nothing to show.
fn update_picture(
    gpu: &Gpu,
    frames: &mut SplatFrames,
    request: &Request,
    clouds: &[SceneCloud],
    encoder: &mut wgpu::CommandEncoder,
) -> Result<bool, GpuError> {
    let viewport = UVec2::new(request.view.viewport.z, request.view.viewport.w);
    if viewport.min_element() == 0 {
        return Ok(false);
    }
    let old = frames.frames.get(&request.camera).and_then(|f| f.picture.as_ref());
    let classes = compose::common_classes(clouds, old.map(|p| &p.classes));
    let layout = compose::common_layout(clouds, if request.with_classes { classes.len() } else { 0 });
    let planes = layout.logit_planes();
    let view = &request.settings.view;
    let size = picture_size(viewport, view.resolution_scale, planes, gpu.binding_limit());
    let exact = request.settings.exact.as_ref();
    let Some(lens) = view_lens(exact, request.view.clip_from_view, viewport, size) else {
        warn_once!("a SplatView needs a camera with a perspective or orthographic projection");
        return Ok(false);
    };
    let camera = lens.at(&request.view.world_from_view);
    if !camera.is_valid() {
        return Ok(false);
    }
    let rows = compose::row_count(clouds);
    if !frames.frames.contains_key(&request.camera) {
        frames.frames.insert(request.camera, ViewFrame::new(gpu, rows, size, planes)?);
    }
    let Some(frame) = frames.frames.get_mut(&request.camera) else { return Ok(false) };
    if frame.is_busy() {
        // An older picture is better than a queue of pictures that nobody will see.
        return Ok(frame.picture.is_some());
    }
    frame.fit(gpu, rows, size, planes)?;
    let scale = size.x as f32 / viewport.x as f32;
    let restyle = Restyle { form: form_of(view, scale), factors: request.settings.styles.factors(&classes) };
    let picture = Picture {
        clouds: compose::shown(clouds),
        camera,
        classes,
        layout,
        is_limited: request.depth.is_some(),
        restyle,
        clip_depth: clip_depth(&lens, request.view.clip_from_view),
        recorded: Instant::now(),
    };
    let due = due(frame.picture.as_ref(), &picture, view.scene_refresh_s);
    if due == Due::Nothing {
        return Ok(true);
    }
    if let Some(depth) = request.depth {
        let depth = mesh_depth(request.view, depth, picture.clip_depth);
        record_limits(gpu, encoder, &depth, size.to_array(), &frame.limits);
    }
    if due == Due::All {
        frame.picture = Some(picture);
        compose::project_and_sort(gpu, encoder, frame, clouds)?;
    } else if let Some(shown) = &mut frame.picture {
        shown.is_limited = picture.is_limited;
    }
    compose::blend(gpu, encoder, frame, clouds);
    frames.drawn += 1;
    Ok(true)
}

/// What of the stages must run again.
#[derive(PartialEq)]
enum Due {
    Nothing,
    /// The camera sees the same clouds, but meshes may have moved among them.
    Forward,
    All,
}

fn due(old: Option<&Picture>, new: &Picture, scene_refresh_s: f32) -> Due {
    let Some(old) = old else { return Due::All };
    let is_same_scene = old.clouds.len() == new.clouds.len()
        && old.clouds.iter().zip(&new.clouds).all(|(a, b)| a.is_same_place(b))
        && old.camera == new.camera
        && old.restyle == new.restyle
        && (old.has_classes() || !new.has_classes())
        && Arc::ptr_eq(&old.classes, &new.classes);
    let is_old = old.clouds.iter().zip(&new.clouds).any(|(a, b)| a.version != b.version);
    let is_time = new.recorded.duration_since(old.recorded).as_secs_f32() >= scene_refresh_s;
    if !is_same_scene || (is_old && is_time) {
        return Due::All;
    }
    if old.is_limited || new.is_limited { Due::Forward } else { Due::Nothing }
}

/// Clip depth of a view depth z as (x z + y) / (z z + w): two rows of the projection, whose z points backwards. Depths are
/// measured from where rays begin.
fn clip_depth(lens: &Lens, clip_from_view: Mat4) -> [f32; 4] {
    let m = clip_from_view;
    let begin = lens.parallel_from.unwrap_or(0.0) as f32;
    let (slope, slope_w) = (-m.z_axis.z, -m.z_axis.w);
    [slope, m.w_axis.z + slope * begin, slope_w, m.w_axis.w + slope_w * begin]
}

fn mesh_depth<'a>(view: &ExtractedView, depth: &'a ViewDepthTexture, clip_depth: [f32; 4]) -> MeshDepth<'a> {
    MeshDepth {
        view: depth.view(),
        many_samples: depth.texture.sample_count() > 1,
        viewport_px: view.viewport.as_vec4().to_array(),
        clip_depth,
    }
}

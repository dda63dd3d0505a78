//! The picture onto the camera's target: one triangle that turns forward's images into what the mode asks for.

use crate::frame::ViewFrame;
use crate::view::{DisplayMode, SplatView};
use bevy::platform::collections::HashMap;
use bevy::prelude::*;
use bevy::render::view::ViewTarget;
use splat_core::{Camera as SplatCamera, LabelSet};
use splat_gpu::{Gpu, wgpu};
use splat_shaders::layout::{
    DISPLAY_CLASSES, DISPLAY_CONFIDENCE, DISPLAY_DEPTH, DISPLAY_OVERLAY, DISPLAY_RGB, DisplayUniforms, NO_COUNTER,
    objective_code,
};
use splat_shaders::{LaneOps, Shape, compose, table};
use std::sync::Arc;

/// Where a picture goes.
pub(crate) struct Paper<'a> {
    pub target: &'a ViewTarget,
    /// x, y, width, height in pixels.
    pub viewport: UVec4,
}

/// Class colours on the GPU, and the classes that they were made of.
pub(crate) struct Palette {
    classes: Arc<LabelSet>,
    buffer: wgpu::Buffer,
}

impl Palette {
    fn new(gpu: &Gpu, classes: &Arc<LabelSet>) -> Self {
        let colours: Vec<[f32; 4]> = classes.classes.iter().map(|c| palette_colour(c.colour)).collect();
        Self { classes: classes.clone(), buffer: gpu.storage("palette", &colours) }
    }
}

/// Render world: pipelines by target format and sample count.
#[derive(Resource, Default)]
pub(crate) struct Painter {
    generation: u32,
    pipelines: HashMap<(wgpu::TextureFormat, u32), wgpu::RenderPipeline>,
}

impl Painter {
    /// Records the picture. The camera's own clear happens in the same pass.
    pub fn paint(
        &mut self,
        (gpu, generation): (&Gpu, u32),
        encoder: &mut wgpu::CommandEncoder,
        frame: &mut ViewFrame,
        looks: &DisplayUniforms,
        paper: &Paper,
    ) {
        if self.generation != generation {
            *self = Self { generation, ..Self::default() };
        }
        let Some(picture) = &frame.picture else { return };
        if !frame.palette.as_ref().is_some_and(|p| Arc::ptr_eq(&p.classes, &picture.classes)) {
            frame.palette = Some(Palette::new(gpu, &picture.classes));
        }
        let Some(palette) = &frame.palette else { return };
        let format = paper.target.main_texture_format();
        let samples = paper.target.sampled_main_texture().map_or(1, |t| t.sample_count());
        let pipeline = self.pipelines.entry((format, samples)).or_insert_with(|| pipeline(gpu, format, samples));
        let uniform = gpu.uniform("display", looks);
        let images = &frame.images;
        let buffers = [&uniform, &images.image.buffer, &images.payload.buffer, &images.depth, &palette.buffer];
        let entries: Vec<_> = buffers
            .iter()
            .zip(0..)
            .map(|(buffer, binding)| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() })
            .collect();
        let group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("splat picture"),
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        });
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("splat picture"),
            color_attachments: &[Some(paper.target.get_color_attachment())],
            ..Default::default()
        });
        let [x, y, width, height] = paper.viewport.as_vec4().to_array();
        pass.set_viewport(x, y, width, height, 0.0, 1.0);
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, &group, &[]);
        pass.draw(0..3, 0..1);
    }
}

fn palette_colour(rgb: [u8; 3]) -> [f32; 4] {
    let [r, g, b] = rgb.map(|c| c as f32 / 255.0);
    [r, g, b, 1.0]
}

fn pipeline(gpu: &Gpu, format: wgpu::TextureFormat, samples: u32) -> wgpu::RenderPipeline {
    // Nothing here talks between lanes or reads mirrors: one plain module serves all adapters.
    let shape = Shape { lanes: 1, lane_ops: LaneOps::Single, mirror_textures: false, ..gpu.shape.plain() };
    let module = gpu.device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some("display"),
        source: wgpu::ShaderSource::Wgsl(compose(&table::DISPLAY, &shape).into()),
    });
    gpu.device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some("display"),
        layout: None,
        vertex: wgpu::VertexState {
            module: &module,
            entry_point: Some("display_vertex"),
            compilation_options: Default::default(),
            buffers: &[],
        },
        fragment: Some(wgpu::FragmentState {
            module: &module,
            entry_point: Some("display_fragment"),
            compilation_options: Default::default(),
            targets: &[Some(format.into())],
        }),
        primitive: Default::default(),
        depth_stencil: None,
        multisample: wgpu::MultisampleState { count: samples, ..Default::default() },
        multiview_mask: None,
        cache: None,
    })
}

/// The uniforms of a picture. A mode that needs class channels shows colour until the picture has them.
pub(crate) fn looks(
    settings: &SplatView,
    frame: &ViewFrame,
    bounds: Option<(Vec3, Vec3)>,
    background: [f32; 3],
) -> DisplayUniforms {
    let picture = frame.picture();
    let has_classes = picture.is_some_and(|p| p.has_classes);
    let channels = if has_classes { picture.map_or(0, |p| p.classes.len() as u32) } else { 0 };
    let scale = picture.map_or(1.0, |p| p.pose.scale);
    let [near, far] = match (settings.depth_range, bounds, picture) {
        // World units to cloud units, which is what the images hold.
        (Some([near, far]), ..) => [near / scale, far / scale],
        (None, Some(bounds), Some(picture)) => depth_range(&picture.camera, bounds),
        _ => [0.0, 10.0],
    };
    let [r, g, b] = background;
    DisplayUniforms {
        size_px: [frame.images.width, frame.images.height],
        mode: match settings.mode {
            DisplayMode::Colour => DISPLAY_RGB,
            DisplayMode::Classes => DISPLAY_CLASSES,
            DisplayMode::Overlay => DISPLAY_OVERLAY,
            DisplayMode::Depth => DISPLAY_DEPTH,
            DisplayMode::Confidence => DISPLAY_CONFIDENCE,
        },
        channels,
        background: [r, g, b, 0.0],
        highlight: settings.highlight.filter(|&column| column < channels).unwrap_or(NO_COUNTER),
        overlay: settings.overlay.clamp(0.0, 1.0),
        depth_near: near,
        depth_far: far,
        objective: frame.rows().map_or(0, |rows| objective_code(rows.layout.objective)),
        pad0: 0,
        pad1: 0,
        pad2: 0,
    }
}

/// View depths of the nearest and farthest corner of the bounds, not behind the camera.
fn depth_range(camera: &SplatCamera, (low, high): (Vec3, Vec3)) -> [f32; 2] {
    let view_from_world = camera.view_from_world();
    let corner = |i: u32| Vec3::select(BVec3::new(i & 1 != 0, i & 2 != 0, i & 4 != 0), high, low);
    let depths = (0..8).map(|i| view_from_world.transform_point3(corner(i).as_dvec3()).z as f32);
    let (near, far) = depths.fold((f32::MAX, 0.1f32), |(near, far), z| (near.min(z), far.max(z)));
    [near.clamp(0.0, 0.9 * far), far]
}

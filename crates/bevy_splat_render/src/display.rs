//! The picture onto the camera's target: one triangle that turns forward's images into what the mode asks for.

use crate::compose::SceneCloud;
use crate::frame::ViewFrame;
use crate::view::{DisplayMode, SplatView};
use bevy::core_pipeline::core_3d::CORE_3D_DEPTH_FORMAT;
use bevy::platform::collections::HashMap;
use bevy::prelude::*;
use bevy::render::render_resource::StoreOp;
use bevy::render::view::{ViewDepthTexture, ViewTarget};
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
    pub depth: &'a ViewDepthTexture,
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
    pipelines: HashMap<(wgpu::TextureFormat, u32), Pipelines>,
}

/// One after the other: the picture, then the depths of what it covers.
struct Pipelines {
    colour: wgpu::RenderPipeline,
    depth: wgpu::RenderPipeline,
}

impl Painter {
    /// Records the picture.
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
        let pipelines = self.pipelines.entry((format, samples)).or_insert_with(|| pipelines(gpu, format, samples));
        let uniform = gpu.uniform("display", looks);
        let images = &frame.images;
        let buffers =
            [&uniform, &images.image.buffer, &images.payload.buffer, &images.depth, &palette.buffer, &frame.limits];
        let group = |pipeline: &wgpu::RenderPipeline, bindings: &[u32]| {
            let entry = |&binding: &u32| {
                let resource = buffers[binding as usize].as_entire_binding();
                wgpu::BindGroupEntry { binding, resource }
            };
            gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("splat picture"),
                layout: &pipeline.get_bind_group_layout(0),
                entries: &bindings.iter().map(entry).collect::<Vec<_>>(),
            })
        };
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("splat picture"),
            color_attachments: &[Some(paper.target.get_color_attachment())],
            depth_stencil_attachment: Some(paper.depth.get_attachment(StoreOp::Store)),
            ..Default::default()
        });
        let [x, y, width, height] = paper.viewport.as_vec4().to_array();
        pass.set_viewport(x, y, width, height, 0.0, 1.0);
        for (pipeline, bindings) in [(&pipelines.colour, &[0, 1, 2, 3, 4, 5][..]), (&pipelines.depth, &[0, 1, 3])] {
            pass.set_pipeline(pipeline);
            pass.set_bind_group(0, &group(pipeline, bindings), &[]);
            pass.draw(0..3, 0..1);
        }
    }
}

fn palette_colour(rgb: [u8; 3]) -> [f32; 4] {
    let [r, g, b] = rgb.map(|c| c as f32 / 255.0);
    [r, g, b, 1.0]
}

fn pipelines(gpu: &Gpu, format: wgpu::TextureFormat, samples: u32) -> Pipelines {
    // Nothing here talks between lanes or reads mirrors: one plain module serves all adapters.
    let shape = Shape { lanes: 1, lane_ops: LaneOps::Single, mirror_textures: false, ..gpu.shape.plain() };
    let module = gpu.device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some("display"),
        source: wgpu::ShaderSource::Wgsl(compose(&table::DISPLAY, &shape).into()),
    });
    // Over what is there: the picture's alpha says how much of it shows through. The target's own alpha stays.
    let over = wgpu::BlendComponent {
        src_factor: wgpu::BlendFactor::One,
        dst_factor: wgpu::BlendFactor::SrcAlpha,
        operation: wgpu::BlendOperation::Add,
    };
    let keep = wgpu::BlendComponent { src_factor: wgpu::BlendFactor::Zero, dst_factor: wgpu::BlendFactor::One, ..over };
    let blend = Some(wgpu::BlendState { color: over, alpha: keep });
    let pipeline = |fragment, write_mask, writes_depth: bool| {
        gpu.device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some(fragment),
            layout: None,
            vertex: wgpu::VertexState {
                module: &module,
                entry_point: Some("display_vertex"),
                compilation_options: Default::default(),
                buffers: &[],
            },
            fragment: Some(wgpu::FragmentState {
                module: &module,
                entry_point: Some(fragment),
                compilation_options: Default::default(),
                targets: &[Some(wgpu::ColorTargetState { format, blend, write_mask })],
            }),
            primitive: Default::default(),
            depth_stencil: Some(wgpu::DepthStencilState {
                format: CORE_3D_DEPTH_FORMAT,
                depth_write_enabled: Some(writes_depth),
                // Depth is reversed: what is nearer is greater.
                depth_compare: Some(if writes_depth {
                    wgpu::CompareFunction::Greater
                } else {
                    wgpu::CompareFunction::Always
                }),
                stencil: Default::default(),
                bias: Default::default(),
            }),
            multisample: wgpu::MultisampleState { count: samples, ..Default::default() },
            multiview_mask: None,
            cache: None,
        })
    };
    Pipelines {
        colour: pipeline("display_fragment", wgpu::ColorWrites::ALL, false),
        depth: pipeline("display_depth_fragment", wgpu::ColorWrites::empty(), true),
    }
}

/// The uniforms of a picture. A mode that needs class channels shows colour until the picture has them.
pub(crate) fn looks(
    settings: &SplatView,
    frame: &ViewFrame,
    clouds: &[SceneCloud],
    background: [f32; 4],
    clip_depth: [f32; 4],
) -> DisplayUniforms {
    let picture = frame.picture();
    let channels = picture.map_or(0, |p| p.layout.channels);
    let [near, far] = match (settings.depth_range, picture) {
        (Some(range), _) => range,
        (None, Some(picture)) => depth_range(&picture.camera, clouds),
        (None, None) => [0.0, 10.0],
    };
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
        background,
        highlight: settings.highlight.filter(|&column| column < channels).unwrap_or(NO_COUNTER),
        overlay: settings.overlay.clamp(0.0, 1.0),
        depth_near: near,
        depth_far: far,
        objective: picture.map_or(0, |p| objective_code(p.layout.objective)),
        is_limited: picture.is_some_and(|p| p.is_limited) as u32,
        pad0: 0,
        pad1: 0,
        clip_depth,
    }
}

/// View depths, in world units, of the nearest and farthest corner of the clouds' bounds, not behind the camera.
fn depth_range(camera: &SplatCamera, clouds: &[SceneCloud]) -> [f32; 2] {
    let view_from_world = camera.view_from_world();
    let corners = |cloud: &SceneCloud| {
        let (low, high) = cloud.bounds?;
        let world_from_cloud = cloud.pose.world_from_cloud;
        let corner = move |i: u32| Vec3::select(BVec3::new(i & 1 != 0, i & 2 != 0, i & 4 != 0), high, low);
        Some((0..8).map(move |i| world_from_cloud.transform_point3(corner(i))))
    };
    let depths = clouds.iter().filter_map(corners).flatten();
    let depths = depths.map(|corner| view_from_world.transform_point3(corner.as_dvec3()).z as f32);
    let (near, far) = depths.fold((f32::MAX, 0.1f32), |(near, far), z| (near.min(z), far.max(z)));
    if near == f32::MAX { [0.0, 10.0] } else { [near.clamp(0.0, 0.9 * far), far] }
}

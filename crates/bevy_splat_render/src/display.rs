//! The picture onto the camera's target: one triangle that turns forward's images into what the mode asks for.

use crate::compose::SceneCloud;
use crate::frame::ViewFrame;
use crate::styles::ClassStyles;
use crate::view::{DisplayMode, SplatView};
use bevy::core_pipeline::core_3d::CORE_3D_DEPTH_FORMAT;
use bevy::platform::collections::HashMap;
use bevy::prelude::*;
use bevy::render::render_resource::StoreOp;
use bevy::render::view::{ViewDepthTexture, ViewTarget};
use splat_core::{Camera as SplatCamera, ClassInfo, Intrinsics, LabelSet};
use splat_gpu::passes::scene::Form;
use splat_gpu::{Gpu, wgpu};
use splat_shaders::layout::{
    DISPLAY_CLASSES, DISPLAY_CONFIDENCE, DISPLAY_DEPTH, DISPLAY_ENTROPY, DISPLAY_NORMALS, DISPLAY_OVERLAY, DISPLAY_RGB,
    DisplayUniforms, NO_COUNTER, objective_code,
};
use splat_shaders::{LaneOps, Shape, compose, table};
use std::sync::Arc;

/// Alpha at which an ellipsoid ends.
const ELLIPSOID_ALPHA: f32 = 0.3;

/// Where a picture goes.
pub(crate) struct Paper<'a> {
    pub target: &'a ViewTarget,
    pub depth: &'a ViewDepthTexture,
    /// x, y, width, height in pixels.
    pub viewport: UVec4,
}

/// Class colours on the GPU, and what they were made of.
pub(crate) struct Palette {
    classes: Arc<LabelSet>,
    styles: ClassStyles,
    /// `[C]` sRGB and factor of opacity.
    pub buffer: wgpu::Buffer,
}

impl Palette {
    fn new(gpu: &Gpu, styles: &ClassStyles, classes: &Arc<LabelSet>) -> Self {
        let colour = |(column, class): (usize, &ClassInfo)| {
            let [r, g, b] = styles.colour_of(column, class).map(|c| c as f32 / 255.0);
            [r, g, b, styles.get(&class.name).factor()]
        };
        let colours: Vec<[f32; 4]> = classes.classes.iter().enumerate().map(colour).collect();
        Self { classes: classes.clone(), styles: styles.clone(), buffer: gpu.storage("palette", &colours) }
    }

    fn is_of(&self, styles: &ClassStyles, classes: &Arc<LabelSet>) -> bool {
        Arc::ptr_eq(&self.classes, classes) && self.styles == *styles
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
        (looks, styles): (&DisplayUniforms, &ClassStyles),
        paper: &Paper,
    ) {
        if self.generation != generation {
            *self = Self { generation, ..Self::default() };
        }
        let Some(picture) = &frame.picture else { return };
        let current = frame.palette.take().filter(|palette| palette.is_of(styles, &picture.classes));
        let palette = current.unwrap_or_else(|| Palette::new(gpu, styles, &picture.classes));
        let palette = frame.palette.insert(palette);
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
) -> DisplayUniforms {
    let picture = frame.picture();
    let channels = picture.map_or(0, |p| p.layout.channels);
    let [near, far] = match (settings.depth_range, picture) {
        (Some(range), _) => range,
        (None, Some(picture)) => depth_range(&picture.camera.pinhole, clouds),
        (None, None) => [0.0, 10.0],
    };
    let lens = |of: fn(&Intrinsics) -> [f64; 2]| {
        picture.map_or([1.0; 2], |p| of(&p.camera.pinhole.intrinsics).map(|v| v as f32))
    };
    DisplayUniforms {
        size_px: [frame.images.width, frame.images.height],
        mode: match settings.mode {
            DisplayMode::Colour | DisplayMode::Points | DisplayMode::Ellipsoids => DISPLAY_RGB,
            DisplayMode::Classes => DISPLAY_CLASSES,
            DisplayMode::Overlay => DISPLAY_OVERLAY,
            DisplayMode::Depth => DISPLAY_DEPTH,
            DisplayMode::Confidence => DISPLAY_CONFIDENCE,
            DisplayMode::Entropy => DISPLAY_ENTROPY,
            DisplayMode::Normals => DISPLAY_NORMALS,
        },
        channels,
        background,
        highlight: settings.highlight.filter(|&column| column < channels).unwrap_or(NO_COUNTER),
        overlay: settings.overlay.clamp(0.0, 1.0),
        depth_near: near,
        depth_far: far,
        objective: picture.map_or(0, |p| objective_code(p.layout.objective)),
        is_limited: picture.is_some_and(|p| p.is_limited) as u32,
        perspective: picture.map_or(1.0, |p| p.camera.perspective()),
        pad: 0,
        clip_depth: picture.map_or([0.0; 4], |p| p.clip_depth),
        focal: lens(|k| [k.fx, k.fy]),
        principal: lens(|k| [k.cx, k.cy]),
        axes: picture.map_or([[0.0; 4]; 3], |p| {
            let m = p.camera.pinhole.world_from_view.matrix3;
            [m.x_axis, m.y_axis, m.z_axis].map(|axis| axis.as_vec3().extend(0.0).to_array())
        }),
    }
}

/// What a view's splats are drawn as; `scale` is picture pixels per viewport pixel.
pub(crate) fn form_of(view: &SplatView, scale: f32) -> Form {
    match view.mode {
        DisplayMode::Points => Form::Points((scale * view.point_radius_px).clamp(0.5, 64.0)),
        DisplayMode::Ellipsoids => Form::Ellipsoids(ELLIPSOID_ALPHA),
        _ => Form::Gaussians,
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

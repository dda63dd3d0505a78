//! The picture onto the camera's target: one triangle that turns forward's images into what the mode asks for.

use crate::compose::SceneCloud;
use crate::frame::{Picture, ViewFrame};
use crate::styles::ClassStyles;
use crate::view::{DisplayMode, SplatView};
use bevy::core_pipeline::core_3d::CORE_3D_DEPTH_FORMAT;
use bevy::platform::collections::HashMap;
use bevy::prelude::*;
use bevy::render::render_resource::StoreOp;
use bevy::render::view::{ViewDepthTexture, ViewTarget};
use splat_core::{Camera as SplatCamera, ClassInfo, Intrinsics, LabelSet, Objective};
use splat_gpu::passes::scene::Form;
use splat_gpu::{Gpu, GpuError, Mirror, Recorder, wgpu};
use splat_shaders::layout::{
    DISPLAY_CLASSES, DISPLAY_CONFIDENCE, DISPLAY_DEPTH, DISPLAY_ENTROPY, DISPLAY_NORMALS, DISPLAY_OVERLAY, DISPLAY_RGB,
    DisplayUniforms, NO_COUNTER,
};
use splat_shaders::table::MirrorKind;
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
    /// `[C]` sRGB and factor of opacity; then `[planes]` of 1 for each of four classes that is shown, 0 elsewhere.
    pub mirror: Mirror,
}

impl Palette {
    fn new(
        gpu: &Gpu,
        encoder: &mut wgpu::CommandEncoder,
        styles: &ClassStyles,
        classes: &Arc<LabelSet>,
    ) -> Result<Self, GpuError> {
        let colour = |(column, class): (usize, &ClassInfo)| {
            let [r, g, b] = styles.colour_of(column, class).map(|c| c as f32 / 255.0);
            [r, g, b, styles.get(&class.name).factor()]
        };
        let mut texels: Vec<[f32; 4]> = classes.classes.iter().enumerate().map(colour).collect();
        let factors: Vec<f32> = texels.iter().map(|texel| texel[3]).collect();
        let is_shown =
            |four: &[f32]| [0, 1, 2, 3].map(|i| four.get(i).is_some_and(|&factor| factor > 0.0) as u32 as f32);
        texels.extend(factors.chunks(4).map(is_shown));
        let mirror = Mirror::new(gpu, "palette", texels.len() as u64, MirrorKind::F32x4)?;
        let mut rec = Recorder::new(gpu, encoder, None);
        rec.copy((&gpu.storage("palette", &texels), 0), (&mirror.buffer, 0), 16 * texels.len() as u64);
        rec.sync(&mirror, texels.len() as u64);
        rec.finish();
        Ok(Self { classes: classes.clone(), styles: styles.clone(), mirror })
    }

    fn is_of(&self, styles: &ClassStyles, classes: &Arc<LabelSet>) -> bool {
        Arc::ptr_eq(&self.classes, classes) && self.styles == *styles
    }
}

/// Render world: pipelines by target format, sample count and what they draw.
#[derive(Resource, Default)]
pub(crate) struct Painter {
    generation: u32,
    pipelines: HashMap<(wgpu::TextureFormat, u32, Draw), wgpu::RenderPipeline>,
}

/// What a pipeline draws.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Draw {
    Colour(Look),
    /// The depths of what the picture covers.
    Depth,
}

impl Draw {
    /// Its part of the bindings.
    fn bindings(self) -> &'static [usize] {
        match self {
            Self::Colour(_) => &[0, 1, 2, 3, 4, 5],
            Self::Depth => &[0, 1, 3],
        }
    }
}

/// What of a picture's look its pipeline is made for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Look {
    /// A `DISPLAY_*` constant.
    mode: u32,
    is_highlighted: bool,
    is_softmax: bool,
    is_limited: bool,
    is_scaled: bool,
}

impl Look {
    /// A mode that needs class channels shows colour until the picture has them.
    fn of(settings: &SplatView, picture: &Picture, size_px: [u32; 2], viewport: UVec4) -> Self {
        let has_classes = picture.layout.channels > 0;
        let mode = match settings.mode {
            DisplayMode::Depth => DISPLAY_DEPTH,
            DisplayMode::Normals => DISPLAY_NORMALS,
            DisplayMode::Classes if has_classes => DISPLAY_CLASSES,
            DisplayMode::Overlay if has_classes => DISPLAY_OVERLAY,
            DisplayMode::Confidence if has_classes => DISPLAY_CONFIDENCE,
            DisplayMode::Entropy if has_classes => DISPLAY_ENTROPY,
            _ => DISPLAY_RGB,
        };
        let is_shape = [DISPLAY_DEPTH, DISPLAY_NORMALS].contains(&mode);
        Self {
            mode,
            is_highlighted: !is_shape && settings.highlight.is_some_and(|column| column < picture.layout.channels),
            is_softmax: picture.layout.objective == Objective::Softmax,
            is_limited: picture.is_limited,
            is_scaled: UVec2::from(size_px) != viewport.zw(),
        }
    }

    /// Values of the shader's overrides.
    fn constants(self) -> [(&'static str, f64); 5] {
        [
            ("MODE", self.mode.into()),
            ("IS_HIGHLIGHTED", f64::from(self.is_highlighted as u8)),
            ("IS_SOFTMAX", f64::from(self.is_softmax as u8)),
            ("IS_LIMITED", f64::from(self.is_limited as u8)),
            ("IS_SCALED", f64::from(self.is_scaled as u8)),
        ]
    }
}

impl Painter {
    /// Records the picture.
    pub fn paint(
        &mut self,
        (gpu, generation): (&Gpu, u32),
        encoder: &mut wgpu::CommandEncoder,
        frame: &mut ViewFrame,
        (settings, styles, looks): (&SplatView, &ClassStyles, &DisplayUniforms),
        paper: &Paper,
    ) -> Result<(), GpuError> {
        if self.generation != generation {
            *self = Self { generation, ..Self::default() };
        }
        let Some(picture) = &frame.picture else { return Ok(()) };
        let current = frame.palette.take().filter(|palette| palette.is_of(styles, &picture.classes));
        let palette = match current {
            Some(palette) => palette,
            None => Palette::new(gpu, encoder, styles, &picture.classes)?,
        };
        let palette = frame.palette.insert(palette);
        let format = paper.target.main_texture_format();
        let samples = paper.target.sampled_main_texture().map_or(1, |t| t.sample_count());
        let look = Look::of(settings, picture, [frame.images.width, frame.images.height], paper.viewport);
        let draws = [Draw::Colour(look), Draw::Depth];
        for draw in draws {
            self.pipelines.entry((format, samples, draw)).or_insert_with(|| pipeline(gpu, format, samples, draw));
        }
        let uniform = gpu.uniform("display", looks);
        let images = &frame.images;
        let resources = [
            uniform.as_entire_binding(),
            images.image.resource(),
            images.payload.resource(),
            images.depth.as_entire_binding(),
            palette.mirror.resource(),
            frame.limits.as_entire_binding(),
        ];
        let group = |pipeline: &wgpu::RenderPipeline, draw: Draw| {
            let entry = |&binding: &usize| wgpu::BindGroupEntry {
                binding: binding as u32,
                resource: resources[binding].clone(),
            };
            gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("splat picture"),
                layout: &pipeline.get_bind_group_layout(0),
                entries: &draw.bindings().iter().map(entry).collect::<Vec<_>>(),
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
        for draw in draws {
            let pipeline = &self.pipelines[&(format, samples, draw)];
            pass.set_pipeline(pipeline);
            pass.set_bind_group(0, &group(pipeline, draw), &[]);
            pass.draw(0..3, 0..1);
        }
        Ok(())
    }
}

fn pipeline(gpu: &Gpu, format: wgpu::TextureFormat, samples: u32, draw: Draw) -> wgpu::RenderPipeline {
    // Nothing here talks between lanes.
    let shape = Shape { lanes: 1, lane_ops: LaneOps::Single, ..gpu.shape.plain() };
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
    // Depth is reversed: what is nearer is greater.
    let (fragment, constants, write_mask, depth_compare) = match draw {
        Draw::Colour(look) => {
            ("display_fragment", look.constants().to_vec(), wgpu::ColorWrites::ALL, wgpu::CompareFunction::Always)
        }
        Draw::Depth => {
            ("display_depth_fragment", Vec::new(), wgpu::ColorWrites::empty(), wgpu::CompareFunction::Greater)
        }
    };
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
            compilation_options: wgpu::PipelineCompilationOptions { constants: &constants, ..Default::default() },
            targets: &[Some(wgpu::ColorTargetState { format, blend, write_mask })],
        }),
        primitive: Default::default(),
        depth_stencil: Some(wgpu::DepthStencilState {
            format: CORE_3D_DEPTH_FORMAT,
            depth_write_enabled: Some(draw == Draw::Depth),
            depth_compare: Some(depth_compare),
            stencil: Default::default(),
            bias: Default::default(),
        }),
        multisample: wgpu::MultisampleState { count: samples, ..Default::default() },
        multiview_mask: None,
        cache: None,
    })
}

/// The uniforms of a picture.
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
        channels,
        highlight: settings.highlight.filter(|&column| column < channels).unwrap_or(NO_COUNTER),
        background,
        overlay: settings.overlay.clamp(0.0, 1.0),
        depth_near: near,
        depth_far: far,
        perspective: picture.map_or(1.0, |p| p.camera.perspective()),
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

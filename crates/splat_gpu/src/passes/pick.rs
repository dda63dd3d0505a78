//! Pick: what one pixel of the last forward shows. The answer arrives through a [`Readback`].

use crate::readback::Readback;
use crate::recorder::Bind::Buffer;
use crate::{FrameBuffers, Gpu, ListBuffers, PlaneLayout, Recorder};
use splat_shaders::layout::{PickResult, PickUniforms, objective_code};
use splat_shaders::{Shape, table};

/// The view that was last projected, sorted and blended.
pub struct Seen<'a> {
    /// What its class channels hold.
    pub layout: PlaneLayout,
    /// Its splats and tile lists.
    pub lists: &'a ListBuffers,
    /// Its images.
    pub frame: &'a FrameBuffers,
    /// `[H, W]` depths at which its splats end.
    pub limits: Option<&'a wgpu::Buffer>,
    /// `[C]` vec4 whose w is 0 where a class is hidden; `None`: none is.
    pub palette: Option<&'a wgpu::Buffer>,
    /// Splats were drawn solid.
    pub is_solid: bool,
}

/// Records a pick at `pixel` of a view. The readback holds one [`PickResult`]; request it after submission. Splats behind the
/// pixel's limit are hidden, and so are hidden classes.
pub fn record(gpu: &Gpu, encoder: &mut wgpu::CommandEncoder, seen: &Seen, pixel: [u32; 2]) -> Readback {
    let Seen { layout, lists, frame, limits, palette, is_solid } = *seen;
    let request = PickUniforms {
        pixel: [pixel[0].min(frame.width - 1), pixel[1].min(frame.height - 1)],
        size_px: [frame.width, frame.height],
        tiles_x: crate::view::tiles(frame.width, frame.height)[0],
        channels: layout.channels,
        objective: objective_code(layout.objective),
        is_limited: limits.is_some() as u32,
    };
    let uniform = gpu.uniform("pick", &request);
    let bytes = size_of::<PickResult>() as u64;
    let answer = gpu.zeroed("pick", bytes);
    let all_shown = palette.is_none().then(|| gpu.storage("palette", &[[1.0f32; 4]]));
    let mut rec = Recorder::new(gpu, encoder, None);
    let kernel = gpu.kernel(&table::PICK, "pick", Shape { solid: is_solid, ..gpu.shape });
    let mut binds = vec![
        Buffer(0, &uniform),
        Buffer(1, &lists.splats.buffer),
        Buffer(2, &lists.listed.buffer),
        Buffer(3, &lists.tile_ranges),
        Buffer(4, &frame.payload.buffer),
        Buffer(5, &answer),
        Buffer(6, limits.unwrap_or(&frame.depth)),
    ];
    binds.extend(palette.or(all_shown.as_ref()).map(|palette| Buffer(7, palette)));
    rec.run(&kernel, &binds, [1, 1, 1]);
    rec.finish();
    Readback::record(gpu, encoder, &answer, bytes)
}

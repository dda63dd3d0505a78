//! Pick: what one pixel of the last forward shows. The answer arrives through a [`Readback`].

use crate::readback::Readback;
use crate::recorder::Bind::Buffer;
use crate::{FrameBuffers, Gpu, ListBuffers, PlaneLayout, Recorder};
use splat_shaders::layout::{PickResult, PickUniforms, objective_code};
use splat_shaders::table;

/// Records a pick at `pixel` of the view that was last projected, sorted and blended into these buffers. The readback
/// holds one [`PickResult`]; request it after submission. Splats behind the pixel's depth in `limits` `[H, W]` are hidden.
pub fn record(
    gpu: &Gpu,
    encoder: &mut wgpu::CommandEncoder,
    layout: PlaneLayout,
    lists: &ListBuffers,
    frame: &FrameBuffers,
    limits: Option<&wgpu::Buffer>,
    pixel: [u32; 2],
) -> Readback {
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
    let mut rec = Recorder::new(gpu, encoder, None);
    let kernel = gpu.kernel(&table::PICK, "pick", gpu.shape);
    let binds = [
        Buffer(0, &uniform),
        Buffer(1, &lists.splats.buffer),
        Buffer(2, &lists.listed.buffer),
        Buffer(3, &lists.tile_ranges),
        Buffer(4, &frame.payload.buffer),
        Buffer(5, &answer),
        Buffer(6, limits.unwrap_or(&frame.depth)),
        Buffer(7, &frame.image.buffer),
        Buffer(8, &frame.depth),
    ];
    rec.run(&kernel, &binds, [1, 1, 1]);
    rec.finish();
    Readback::record(gpu, encoder, &answer, bytes)
}

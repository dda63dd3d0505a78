//! A camera as kernels take it.

use crate::rows::RowBuffers;
use splat_core::Camera;
use splat_shaders::layout::{TILE_PX, ViewUniforms};

/// Tiles along x and y of an image.
pub fn tiles(width: u32, height: u32) -> [u32; 2] {
    [width.div_ceil(TILE_PX), height.div_ceil(TILE_PX)]
}

/// Uniforms of a view. The Jacobian's limits are 3DGS's +-1.3 tan(fov / 2), widened about the real principal point.
pub fn view_uniforms(
    camera: &Camera,
    background: [f32; 3],
    sh_degree: u8,
    rows: &RowBuffers,
    entry_capacity: u32,
    hit_capacity: u32,
) -> ViewUniforms {
    let k = &camera.intrinsics;
    let limits = |c: f64, f: f64, n: u32| {
        let n = n as f64;
        (((-c - 0.15 * n) / f) as f32, ((n - c + 0.15 * n) / f) as f32)
    };
    let (x, y) = (limits(k.cx, k.fx, k.width), limits(k.cy, k.fy, k.height));
    let p = camera.position().as_vec3();
    ViewUniforms {
        view_from_world: camera.view_from_world_f32().to_cols_array_2d(),
        camera_in_world: [p.x, p.y, p.z, 0.0],
        background: [background[0], background[1], background[2], 0.0],
        focal: [k.fx as f32, k.fy as f32],
        principal: [k.cx as f32, k.cy as f32],
        slope_low: [x.0, y.0],
        slope_high: [x.1, y.1],
        size_px: [k.width, k.height],
        tiles: tiles(k.width, k.height),
        row_capacity: rows.capacity,
        sh_degree: sh_degree as u32,
        entry_capacity,
        hit_capacity,
        planes: rows.layout.planes(),
        counts_growth: 1,
        antialiased: rows.layout.antialiased as u32,
        first_row: 0,
        row_bound: 0,
        depth_scale: 1.0,
        perspective: 1.0,
        pad: 0,
    }
}

// The view and the buffers' shapes: layout.rs ViewUniforms.
struct ViewUniforms {
    view_from_world: mat4x4<f32>,
    camera_in_world: vec4<f32>,
    background: vec4<f32>,
    focal: vec2<f32>,
    principal: vec2<f32>,
    slope_low: vec2<f32>,
    slope_high: vec2<f32>,
    size_px: vec2<u32>,
    tiles: vec2<u32>,
    row_capacity: u32,
    sh_degree: u32,
    entry_capacity: u32,
    hit_capacity: u32,
}

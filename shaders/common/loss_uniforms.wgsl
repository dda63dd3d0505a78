// Loss weights and shapes of a step: layout.rs LossUniforms.
struct LossUniforms {
    size_px: vec2<u32>,
    ssim_weight: f32,
    semantic_scale: f32,
    background: vec4<f32>,
    channels: u32,
    normalise: u32,
    geometry_gate: f32,
    pad: f32,
}

// Loss weights and shapes of a step: layout.rs LossUniforms.
struct LossUniforms {
    size_px: vec2<u32>,
    ssim_weight: f32,
    semantic_scale: f32,
    background: vec4<f32>,
    channels: u32,
    normalise: u32,
    geometry_gate: f32,
    confidence: f32,
    robust: vec4<f32>,
    rest_plane: u32,
    pad0: u32,
    pad1: u32,
    pad2: u32,
}

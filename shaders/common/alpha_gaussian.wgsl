// A splat's alpha at an offset from its centre, where power = -0.5 q and q = d^T conic d.
fn splat_alpha(power: f32, d: vec2<f32>, conic: vec3<f32>, opacity: f32) -> f32 { return min(0.99, opacity * exp(power)); }
// How light its colour is there.
fn splat_light(power: f32, shade: f32) -> f32 { return 1.0; }

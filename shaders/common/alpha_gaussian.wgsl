// A splat's alpha at an offset from its centre, before the clamp at 0.99: opacity exp(-q / 2), q = d^T conic d.
fn splat_alpha(d: vec2<f32>, conic: vec3<f32>, opacity: f32) -> f32 {
    let power = -0.5 * (conic.x * d.x * d.x + conic.z * d.y * d.y) - conic.y * d.x * d.y;
    return select(0.0, opacity * exp(power), power <= 0.0);
}
// How light its colour is there.
fn splat_light(d: vec2<f32>, conic: vec3<f32>, shade: f32) -> f32 { return 1.0; }

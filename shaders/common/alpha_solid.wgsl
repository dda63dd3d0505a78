// Solid splats end where q = d^T conic d = 1 (power = -0.5 q); their edge is as soft as one pixel, half of it outside.
fn splat_alpha(power: f32, d: vec2<f32>, conic: vec3<f32>, opacity: f32) -> f32 {
    let slope = 2.0 * length(vec2<f32>(conic.x * d.x + conic.y * d.y, conic.y * d.x + conic.z * d.y));
    return min(0.99, opacity) * clamp(0.5 + (1.0 + 2.0 * power) / max(slope, 1e-6), 0.0, 1.0);
}
// Light comes from where the viewer stands: a ball of radius 1 leans by sqrt(1 - q).
fn splat_light(power: f32, shade: f32) -> f32 { return 1.0 - shade + shade * sqrt(clamp(1.0 + 2.0 * power, 0.0, 1.0)); }

// Solid splats end where q = d^T conic d = 1; their edge is as soft as one pixel, half of it outside.
fn inside(d: vec2<f32>, conic: vec3<f32>) -> f32 {
    return 1.0 - (conic.x * d.x * d.x + conic.z * d.y * d.y) - 2.0 * conic.y * d.x * d.y;
}
fn splat_alpha(d: vec2<f32>, conic: vec3<f32>, opacity: f32) -> f32 {
    let slope = 2.0 * length(vec2<f32>(conic.x * d.x + conic.y * d.y, conic.y * d.x + conic.z * d.y));
    return opacity * clamp(0.5 + inside(d, conic) / max(slope, 1e-6), 0.0, 1.0);
}
// Light comes from where the viewer stands: a ball of radius 1 leans by sqrt(1 - q).
fn splat_light(d: vec2<f32>, conic: vec3<f32>, shade: f32) -> f32 {
    return 1.0 - shade + shade * sqrt(clamp(inside(d, conic), 0.0, 1.0));
}

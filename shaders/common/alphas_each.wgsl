// A splat's alphas at a lane's pixels, the first of which lies `d` from its centre, before the clamp at 0.99.
fn splat_alphas(d: vec2<f32>, conic: vec3<f32>, opacity: f32, lane: u32) -> array<f32, PIXELS_PER_LANE> {
    var alphas: array<f32, PIXELS_PER_LANE>;
    for (var p = 0u; p < PIXELS_PER_LANE; p++) { alphas[p] = splat_alpha(d + pixel_step(lane, p), conic, opacity); }
    return alphas;
}

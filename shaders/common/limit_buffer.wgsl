// Splats of a pixel end at a view depth, where something opaque stands.
@group(0) @binding(9) var<storage, read> limits: array<f32>;   // [H, W]

fn limit_of(px: vec2<u32>) -> f32 {
    let inside = min(px, view.size_px - 1u);
    return limits[inside.y * view.size_px.x + inside.x];
}
fn is_before(z: f32, limit: f32) -> bool { return z <= limit; }

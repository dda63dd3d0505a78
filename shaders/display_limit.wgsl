// From a camera's depth buffer to the view depths at which the splats of a picture end.

struct LimitUniforms {
    size_px: vec2<u32>,
    pad: vec2<u32>,
    viewport_px: vec4<f32>,
    clip_depth: vec4<f32>,
}

@group(0) @binding(0) var<uniform> limit: LimitUniforms;
@group(0) @binding(2) var<storage, read_write> limits: array<f32>;   // [H, W]

@compute @workgroup_size(ROW_GROUP)
fn display_limit(@builtin(global_invocation_id) id: vec3<u32>) {
    let pixel = id.x;
    for (var once = pixel < min(limit.size_px.x * limit.size_px.y, arrayLength(&limits)); once; once = false) {
        let px = vec2<u32>(pixel % limit.size_px.x, pixel / limit.size_px.x);
        let place = (vec2<f32>(px) + 0.5) / vec2<f32>(limit.size_px);
        let clip = mesh_depth_at(vec2<u32>(limit.viewport_px.xy + place * limit.viewport_px.zw));
        // clip = (x z + y) / (z z + w), solved for z. Bevy's depth is reversed: 0 is infinitely far, or never drawn on.
        let c = limit.clip_depth;
        let z = (clip * c.w - c.y) / (c.x - clip * c.z);
        limits[pixel] = select(NO_LIMIT, z, clip > 0.0 && z > 0.0);
    }
}

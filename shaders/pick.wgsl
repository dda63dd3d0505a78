// Pick: one pixel's list walked once more, to name the Gaussian that weighs most there, its depth and the pixel's class.

struct PickUniforms {
    pixel: vec2<u32>,
    size_px: vec2<u32>,
    tiles_x: u32,
    channels: u32,
    objective: u32,
    pad: u32,
}

struct PickResult {
    row: u32,
    column: u32,
    probability: f32,
    depth: f32,
    weight: f32,
    coverage: f32,
    pad: vec2<u32>,
}

@group(0) @binding(0) var<uniform> request: PickUniforms;
@group(0) @binding(1) var<storage, read> splats: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> listed: array<vec2<u32>>;
@group(0) @binding(3) var<storage, read> tile_ranges: array<vec2<u32>>;
@group(0) @binding(4) var<storage, read> payload: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> answer: PickResult;

@compute @workgroup_size(1)
fn pick() {
    let at = vec2<f32>(request.pixel) + 0.5;
    let tile = request.pixel / TILE_PX;
    let range = tile_ranges[tile.y * request.tiles_x + tile.x];
    var t = 1.0;
    var best = PickResult(NO_COUNTER, NO_COUNTER, 0.0, 0.0, 0.0, 0.0, vec2<u32>(0u));
    var median = -1.0;
    for (var k = range.x; k < range.y; k++) {
        let row = listed[k].x & 0x0fffffffu;
        let s0 = splats[SPLAT_TEXELS * row];
        let s1 = splats[SPLAT_TEXELS * row + 1u];
        let d = at - s0.xy;
        let power = -0.5 * (s0.z * d.x * d.x + s1.x * d.y * d.y) - s0.w * d.x * d.y;
        let alpha = min(0.99, s1.y * exp(power));
        if power > 0.0 || alpha < 1.0 / 255.0 { continue; }
        let behind = t * (1.0 - alpha);
        if behind < 1e-4 { break; }
        let weight = alpha * t;
        if weight > best.weight { best.weight = weight; best.row = row; best.depth = s1.z; }
        if t > 0.5 && behind <= 0.5 { median = s1.z; }
        t = behind;
    }
    best.coverage = 1.0 - t;
    if median > 0.0 { best.depth = median; }
    let pixels = request.size_px.x * request.size_px.y;
    let pixel = request.pixel.y * request.size_px.x + request.pixel.x;
    var top = -3.4e38;
    for (var c = 0u; c < request.channels; c++) {
        let s = payload[(c / 4u) * pixels + pixel][c % 4u];
        if s > top { top = s; best.column = c; }
    }
    var sum = 0.0;
    for (var c = 0u; c < request.channels; c++) { sum += exp(payload[(c / 4u) * pixels + pixel][c % 4u] - top); }
    let probability = select(1.0 / max(sum, 1.0), top, request.objective == OBJECTIVE_SOFTMAX);
    best.probability = select(0.0, probability, request.channels > 0u);
    if best.row == NO_COUNTER { best.column = NO_COUNTER; best.probability = 0.0; }
    answer = best;
}

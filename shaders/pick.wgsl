// Pick: the lists of a pixel and its neighbours walked once more, to name the Gaussian that weighs most there, the surface and
// the pixel's classes. A lane is a pixel.

struct PickUniforms {
    pixel: vec2<u32>,
    size_px: vec2<u32>,
    tiles_x: u32,
    channels: u32,
    objective: u32,
    is_limited: u32,
}

struct PickResult {
    row: u32,
    depth: f32,
    weight: f32,
    coverage: f32,
    columns: vec4<u32>,
    probabilities: vec4<f32>,
    around: vec4<f32>,
}

@group(0) @binding(0) var<uniform> request: PickUniforms;
@group(0) @binding(1) var<storage, read> splats: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> listed: array<vec2<u32>>;
@group(0) @binding(3) var<storage, read> tile_ranges: array<vec2<u32>>;
@group(0) @binding(4) var<storage, read> payload: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> answer: PickResult;
@group(0) @binding(6) var<storage, read> limits: array<f32>;       // [H, W] where something opaque hides splats
@group(0) @binding(7) var<storage, read> palette: array<vec4<f32>>; // [C] w is 0 where a class is hidden

fn channel_at(c: u32, pixel: u32) -> f32 {
    return payload[(c / 4u) * request.size_px.x * request.size_px.y + pixel][c % 4u];
}

fn is_hidden(c: u32) -> bool {
    return palette[min(c, arrayLength(&palette) - 1u)].w <= 0.0;
}

// What a walk of one pixel's list finds.
struct Walk {
    row: u32,            // of the largest weight, or NO_COUNTER
    weight: f32,
    coverage: f32,
    surface: f32,        // depth where the surface is by the pixel alone; that of the row where little is there
    near: vec2<f32>,     // light from near a depth: its sum, and that of light times depth
}

// `expected`: the depth that light shall come from, as near as `reach`.
fn walk(pixel: vec2<u32>, expected: f32, reach: f32) -> Walk {
    let at = vec2<f32>(pixel) + 0.5;
    let tile = pixel / TILE_PX;
    let range = tile_ranges[tile.y * request.tiles_x + tile.x];
    let limit = select(NO_LIMIT, limits[pixel.y * request.size_px.x + pixel.x], request.is_limited == 1u);
    var found = Walk(NO_COUNTER, 0.0, 0.0, 0.0, vec2<f32>(0.0));
    var t = 1.0;
    var is_found = false;
    for (var k = range.x; k < range.y; k++) {
        let row = listed[k].x & 0x0fffffffu;
        let s0 = splats[SPLAT_TEXELS * row];
        let s1 = splats[SPLAT_TEXELS * row + 1u];
        if s1.z > limit { break; }
        let d = at - s0.xy;
        let alpha = min(0.99, splat_alpha(d, vec3<f32>(s0.zw, s1.x), s1.y));
        if alpha < 1.0 / 255.0 { continue; }
        let behind = t * (1.0 - alpha);
        if behind < 1e-4 { break; }
        var slope = vec2<f32>(0.0);
        if !SOLID { slope = unpack2x16float(bitcast<u32>(splats[SPLAT_TEXELS * row + 2u].w)); }
        let z = depth_at(s1.z, slope, d);
        let weight = alpha * t;
        let is_heaviest = weight > found.weight;
        if is_heaviest { found.weight = weight; found.row = row; }
        let is_here = is_surface(t, behind);
        if is_here || (is_heaviest && !is_found) { found.surface = z; }
        is_found = is_found || is_here;
        let off = (z - expected) / reach;
        found.near += weight * exp(-off * off) * vec2<f32>(1.0, z);
        t = behind;
    }
    found.coverage = 1.0 - t;
    return found;
}

var<workgroup> surface: f32;
var<workgroup> near: array<vec2<f32>, PICK_LANES>;

fn step_of(lane: u32) -> vec2<f32> {
    return vec2<f32>(vec2<u32>(lane % PICK_SAMPLES, lane / PICK_SAMPLES)) - f32(PICK_SAMPLES / 2u);
}

// Depth at the picked pixel, and what a step to the right and one down add: the plane that fits the light in `near`.
fn plane_of_light() -> vec3<f32> {
    var total = 0.0;
    var mean = vec3<f32>(0.0);       // x, y, depth
    var squares = vec3<f32>(0.0);    // xx, xy, yy
    var products = vec2<f32>(0.0);   // x depth, y depth
    for (var lane = 0u; lane < PICK_LANES; lane++) {
        let d = step_of(lane);
        let light = near[lane];
        total += light.x;
        mean += vec3<f32>(light.x * d, light.y);
        squares += light.x * vec3<f32>(d.x * d.x, d.x * d.y, d.y * d.y);
        products += light.y * d;
    }
    total = max(total, 1e-6);
    mean /= total;
    // A hair is added, so that pixels in a line, as of a lamp's foot, do not tilt what they know nothing of.
    let xx = squares / total - vec3<f32>(mean.x * mean.x, mean.x * mean.y, mean.y * mean.y) + vec3<f32>(1e-2, 0.0, 1e-2);
    let xz = products / total - mean.xy * mean.z;
    let slope = vec2<f32>(xx.z * xz.x - xx.y * xz.y, xx.x * xz.y - xx.y * xz.x) / (xx.x * xx.z - xx.y * xx.y);
    return vec3<f32>(mean.z - dot(slope, mean.xy), slope);
}

// The surface is the plane that the light of the pixels around comes from: at first what lies as deep as the pixel's own surface,
// then, some rounds, what lies near the plane before. One pixel's depth is that of one Gaussian, and those lie before and behind
// the surface by some per cent; a haze before it and the other side of an edge hardly count.
@compute @workgroup_size(PICK_LANES)
fn pick(@builtin(local_invocation_index) lane: u32) {
    let at = vec2<i32>(request.pixel) + vec2<i32>(step_of(lane));
    let is_inside = all(at >= vec2<i32>(0)) && all(at < vec2<i32>(request.size_px));
    let own = vec2<u32>(clamp(at, vec2<i32>(0), vec2<i32>(request.size_px) - 1));
    let first = walk(own, 0.0, 1.0);
    let is_picked = lane == PICK_LANES / 2u;
    if is_picked { surface = first.surface; }
    let here = workgroupUniformLoad(&surface);
    var plane = vec3<f32>(here, 0.0, 0.0);
    for (var round = 0u; round < PICK_ROUNDS; round++) {
        let expected = dot(plane, vec3<f32>(1.0, step_of(lane)));
        near[lane] = select(vec2<f32>(0.0), walk(own, expected, max(PICK_REACH * here, 1e-6)).near, is_inside);
        workgroupBarrier();
        plane = plane_of_light();
        workgroupBarrier();
    }
    if is_picked { answer = answer_of(first, plane); }
}

fn answer_of(found: Walk, plane: vec3<f32>) -> PickResult {
    let pixel = request.pixel.y * request.size_px.x + request.pixel.x;
    let around = plane.x + vec4<f32>(-plane.y, plane.y, -plane.z, plane.z);
    var best = PickResult(
        found.row, plane.x, found.weight, found.coverage, vec4<u32>(NO_COUNTER), vec4<f32>(0.0), around);
    if best.row != NO_COUNTER {
        var top = vec3<f32>(-3.4e38);
        for (var c = 0u; c < request.channels; c++) {
            let s = channel_at(c, pixel);
            if is_hidden(c) { continue; }
            if s > top.x {
                top = vec3<f32>(s, top.xy);
                best.columns = vec4<u32>(c, best.columns.xy, NO_COUNTER);
            } else if s > top.y {
                top = vec3<f32>(top.x, s, top.y);
                best.columns = vec4<u32>(best.columns.x, c, best.columns.y, NO_COUNTER);
            } else if s > top.z {
                top.z = s;
                best.columns.z = c;
            }
        }
        var sum = 0.0;
        for (var c = 0u; c < request.channels; c++) {
            sum += select(exp(channel_at(c, pixel) - top.x), 0.0, is_hidden(c));
        }
        let softmax = exp(top - top.x) / max(sum, 1.0);
        let known = best.columns.xyz != vec3<u32>(NO_COUNTER);
        let probabilities = select(softmax, top, request.objective == OBJECTIVE_SOFTMAX);
        best.probabilities = vec4<f32>(select(vec3<f32>(0.0), probabilities, known), 0.0);
    }
    return best;
}

// Pick: one pixel's list walked once more, to name the Gaussian that weighs most there, its depth and the pixel's classes.

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
@group(0) @binding(7) var<storage, read> image: array<vec4<f32>>;  // [H, W] rgb, T_final
@group(0) @binding(8) var<storage, read> depth: array<f32>;        // [H, W] surface depth times 1 - T_final
@group(0) @binding(9) var<storage, read> palette: array<vec4<f32>>; // [C] w is 0 where a class is hidden

fn channel_at(c: u32, pixel: u32) -> f32 {
    return payload[(c / 4u) * request.size_px.x * request.size_px.y + pixel][c % 4u];
}

fn is_hidden(c: u32) -> bool {
    return palette[min(c, arrayLength(&palette) - 1u)].w <= 0.0;
}

// The surface's depth some pixels away; 0 where the picture ends or little is there.
fn depth_near(step: vec2<i32>) -> f32 {
    let at = vec2<i32>(request.pixel) + step * i32(PICK_STEP_PX);
    let is_inside = all(at >= vec2<i32>(0)) && all(at < vec2<i32>(request.size_px));
    let px = vec2<u32>(clamp(at, vec2<i32>(0), vec2<i32>(request.size_px) - 1));
    let pixel = px.y * request.size_px.x + px.x;
    let covered = 1.0 - image[pixel].w;
    return select(0.0, depth[pixel] / max(covered, 0.5), is_inside && covered > 0.5);
}

// The plane that fits the surface's depths around the pixel, `here` at the pixel itself: depth there, and what a step to the right
// and one down add. One pixel's depth is that of one Gaussian, and those lie before and behind the surface by some per cent; what
// lies further off than that hardly counts, nor does the other side of an edge.
fn surface_plane(here: f32) -> vec3<f32> {
    var plane = vec3<f32>(here, 0.0, 0.0);
    for (var round = 0; round < PICK_ROUNDS; round++) {
        var total = 0.0;
        var mean = vec3<f32>(0.0);       // x, y, depth
        var squares = vec3<f32>(0.0);    // xx, xy, yy
        var products = vec2<f32>(0.0);   // x depth, y depth
        for (var k = 0; k < PICK_SAMPLES * PICK_SAMPLES; k++) {
            let step = vec2<i32>(k % PICK_SAMPLES, k / PICK_SAMPLES) - PICK_SAMPLES / 2;
            let z = depth_near(step);
            let d = vec2<f32>(step);
            let off = (z - dot(plane, vec3<f32>(1.0, d))) / (PICK_REACH * here);
            let w = select(0.0, exp(-off * off), z > 0.0);
            total += w;
            mean += w * vec3<f32>(d, z);
            squares += w * vec3<f32>(d.x * d.x, d.x * d.y, d.y * d.y);
            products += w * z * d;
        }
        if total < 1e-3 { break; }
        mean /= total;
        // A hair is added, so that pixels in a line, as of a lamp's foot, do not tilt what they know nothing of.
        let xx = squares / total - vec3<f32>(mean.x * mean.x, mean.x * mean.y, mean.y * mean.y) + vec3<f32>(1e-2, 0.0, 1e-2);
        let xz = products / total - mean.xy * mean.z;
        let slope = vec2<f32>(xx.z * xz.x - xx.y * xz.y, xx.x * xz.y - xx.y * xz.x) / (xx.x * xx.z - xx.y * xx.y);
        plane = vec3<f32>(mean.z - dot(slope, mean.xy), slope);
    }
    return plane;
}

@compute @workgroup_size(1)
fn pick() {
    let at = vec2<f32>(request.pixel) + 0.5;
    let tile = request.pixel / TILE_PX;
    let range = tile_ranges[tile.y * request.tiles_x + tile.x];
    let pixel = request.pixel.y * request.size_px.x + request.pixel.x;
    let limit = select(NO_LIMIT, limits[pixel], request.is_limited == 1u);
    var t = 1.0;
    var best = PickResult(NO_COUNTER, 0.0, 0.0, 0.0, vec4<u32>(NO_COUNTER), vec4<f32>(0.0), vec4<f32>(0.0));
    var surface = -1.0;
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
        let weight = alpha * t;
        if weight > best.weight { best.weight = weight; best.row = row; best.depth = s1.z; }
        if is_surface(t, behind) {
            var slope = vec2<f32>(0.0);
            if !SOLID { slope = unpack2x16float(bitcast<u32>(splats[SPLAT_TEXELS * row + 2u].w)); }
            surface = depth_at(s1.z, slope, d);
        }
        t = behind;
    }
    best.coverage = 1.0 - t;
    if surface > 0.0 {
        let plane = surface_plane(surface);
        best.depth = plane.x;
        best.around = plane.x + vec4<f32>(-plane.y, plane.y, -plane.z, plane.z);
    }
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
    answer = best;
}

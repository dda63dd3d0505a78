// Display: forward's buffers as a picture, over what the camera has drawn already (one triangle). Photographs are sRGB numbers
// and are trained as such; render targets are linear, so the picture is decoded at the very end.

struct DisplayUniforms {
    size_px: vec2<u32>,
    channels: u32,
    highlight: u32,
    background: vec4<f32>,
    overlay: f32,
    depth_near: f32,
    depth_far: f32,
    perspective: f32,
    clip_depth: vec4<f32>,
    focal: vec2<f32>,
    principal: vec2<f32>,
    axes: array<vec4<f32>, 3>,
}

// Settled when the pipeline is made: a software GPU pays for every branch that it does not take.
override MODE: u32 = DISPLAY_RGB;
override IS_HIGHLIGHTED: bool = false;
override IS_SOFTMAX: bool = false;   // the payload holds probabilities
override IS_LIMITED: bool = false;   // where the depth limit is finite something opaque was drawn, which shows through
override IS_SCALED: bool = false;    // the picture is smaller or larger than where it goes

@group(0) @binding(0) var<uniform> display: DisplayUniforms;
@group(0) @binding(3) var<storage, read> depth: array<f32>;           // [H, W] surface depth times 1 - T_final
@group(0) @binding(5) var<storage, read> limits: array<f32>;          // [H, W] where meshes end the splats

struct Corner { @builtin(position) position: vec4<f32>, @location(0) uv: vec2<f32> }

@vertex
fn display_vertex(@builtin(vertex_index) i: u32) -> Corner {
    let uv = vec2<f32>(f32((i << 1u) & 2u), f32(i & 2u));
    return Corner(vec4<f32>(uv * vec2<f32>(2.0, -2.0) + vec2<f32>(-1.0, 1.0), 0.0, 1.0), uv);
}

fn linear_from_srgb(c: vec3<f32>) -> vec3<f32> {
    let low = c / 12.92;
    let high = pow((max(c, vec3<f32>(0.0)) + 0.055) / 1.055, vec3<f32>(2.4));
    return select(high, low, c <= vec3<f32>(0.04045));
}

// Colour without background and transmittance at a continuous position, bilinear.
fn picture_at(at: vec2<f32>) -> vec4<f32> {
    let low = floor(at - 0.5);
    let f = at - 0.5 - low;
    var sum = vec4<f32>(0.0);
    for (var k = 0u; k < 4u; k++) {
        let corner = vec2<f32>(f32(k & 1u), f32(k >> 1u));
        let w = mix(1.0 - f, f, corner);
        let px = vec2<u32>(clamp(low + corner, vec2<f32>(0.0), vec2<f32>(display.size_px) - 1.0));
        sum += w.x * w.y * image_at(px.y * display.size_px.x + px.x);
    }
    return sum;
}

// Which of a plane's four classes take part: those that there are and that are not hidden.
fn shown_of(plane: u32) -> vec4<bool> { return palette_at(display.channels + plane) > vec4<f32>(0.0); }

// Winning column (NO_COUNTER where nothing is labelled), its probability (softmax of logits, or as blended), and the entropy
// of all probabilities, 1 where they are all alike. Hidden classes take no part.
struct Winner { column: u32, probability: f32, entropy: f32 }

fn winner_at(pixel: u32) -> Winner {
    let pixels = display.size_px.x * display.size_px.y;
    // No loop's end may hang on uniforms alone, see `compose`.
    let planes = min((display.channels + 3u) / 4u, arrayLength(&depth));
    var top = -3.4e38;
    var column = NO_COUNTER;
    for (var k = 0u; k < planes; k++) {
        let s = payload_at(k * pixels + pixel);
        let is_shown = shown_of(k);
        for (var i = 0u; i < 4u; i++) {
            let is_higher = is_shown[i] && s[i] > top;
            top = select(top, s[i], is_higher);
            column = select(column, 4u * k + i, is_higher);
        }
    }
    // Entropy of p = v / sum v is ln(sum v) - (sum v ln v) / sum v.
    var sum = 0.0;
    var logs = 0.0;
    var shown = 0.0;
    for (var k = 0u; k < planes; k++) {
        let s = payload_at(k * pixels + pixel);
        let is_shown = shown_of(k);
        let log_v = select(s - top, log(max(s, vec4<f32>(1e-30))), IS_SOFTMAX);
        let v = select(vec4<f32>(0.0), exp(log_v), is_shown);
        sum += dot(v, vec4<f32>(1.0));
        logs += dot(v, log_v);
        shown += dot(select(vec4<f32>(0.0), vec4<f32>(1.0), is_shown), vec4<f32>(1.0));
    }
    let covered = image_at(pixel).w < 0.5;
    let whole = max(sum, 1e-30);
    let entropy = (log(whole) - logs / whole) / log(max(shown, 2.0));
    let probability = select(1.0 / whole, top, IS_SOFTMAX);
    return Winner(select(NO_COUNTER, column, covered), probability, clamp(entropy, 0.0, 1.0));
}

// A perceptually even dark-blue to yellow ramp.
fn ramp(x: f32) -> vec3<f32> {
    let t = clamp(x, 0.0, 1.0);
    return clamp(vec3<f32>(0.16 + t * (-0.28 + t * (1.55 - 0.45 * t)), 0.05 + t * (1.15 - 0.27 * t),
        0.38 + t * (0.95 + t * (-2.75 + 1.55 * t))), vec3<f32>(0.0), vec3<f32>(1.0));
}

// What is linear in the image over a plane: 1 / z, or z where the camera is orthographic. 0 where little is there.
fn planar_depth(px: vec2<i32>) -> f32 {
    let at = vec2<u32>(clamp(px, vec2<i32>(0), vec2<i32>(display.size_px) - 1));
    let pixel = at.y * display.size_px.x + at.x;
    let covered = 1.0 - image_at(pixel).w;
    let z = depth[pixel] / max(covered, 0.5);
    return select(0.0, select(z, 1.0 / max(z, 1e-6), display.perspective > 0.5), covered > 0.5 && z > 0.0);
}

// Normal in world space of the plane that fits the depths around a pixel; what lies at other depths hardly counts.
fn normal_at(px: vec2<i32>) -> vec3<f32> {
    let here = planar_depth(px);
    var total = 0.0;
    var sums = vec3<f32>(0.0);       // x, y, depth
    var squares = vec3<f32>(0.0);    // xx, xy, yy
    var products = vec2<f32>(0.0);   // x depth, y depth
    for (var k = 0; k < NORMAL_SAMPLES * NORMAL_SAMPLES; k++) {
        let step = (vec2<i32>(k % NORMAL_SAMPLES, k / NORMAL_SAMPLES) - NORMAL_SAMPLES / 2) * NORMAL_STEP_PX;
        let value = planar_depth(px + step);
        let off = (value - here) / (NORMAL_REACH * here);
        let w = select(0.0, exp(-off * off), value > 0.0);
        let d = vec2<f32>(step);
        total += w;
        sums += w * vec3<f32>(d, value - here);
        squares += w * vec3<f32>(d.x * d.x, d.x * d.y, d.y * d.y);
        products += w * (value - here) * d;
    }
    let mean = sums / max(total, 1e-6);
    let xx = squares / max(total, 1e-6) - vec3<f32>(mean.x * mean.x, mean.x * mean.y, mean.y * mean.y);
    let xv = products / max(total, 1e-6) - mean.xy * mean.z;
    let det = max(xx.x * xx.z - xx.y * xx.y, 1e-6);
    let slope = vec2<f32>(xx.z * xv.x - xx.y * xv.y, xx.x * xv.y - xx.y * xv.x) / det;
    let middle = here + mean.z - dot(slope, mean.xy);
    let s = slope * display.focal;
    let ray = (vec2<f32>(px) + 0.5 - display.principal) / display.focal;
    let n = normalize(select(vec3<f32>(s, -1.0), vec3<f32>(-s, dot(s, ray) - middle), display.perspective > 0.5));
    return display.axes[0].xyz * n.x + display.axes[1].xyz * n.y + display.axes[2].xyz * n.z;
}

fn pixel_of(uv: vec2<f32>) -> u32 {
    let px = min(vec2<u32>(uv * vec2<f32>(display.size_px)), display.size_px - 1u);
    return px.y * display.size_px.x + px.x;
}

// Modes that look at shape alone are not highlighted.
fn asks_for_classes() -> bool {
    return IS_HIGHLIGHTED || (MODE != DISPLAY_RGB && MODE != DISPLAY_DEPTH && MODE != DISPLAY_NORMALS);
}

// Colour, and in w how much of what the camera has drawn so far shows through.
@fragment
fn display_fragment(corner: Corner) -> @location(0) vec4<f32> {
    let pixel = pixel_of(corner.uv);
    var here = image_at(pixel);
    if IS_SCALED { here = picture_at(corner.uv * vec2<f32>(display.size_px)); }
    var hides = display.background.w;
    // Splats are blended over what is there instead of over the background.
    if IS_LIMITED { hides = select(hides, 0.0, limits[pixel] < NO_LIMIT); }
    let through = here.w * (1.0 - hides);
    let base = (here.xyz + here.w * hides * display.background.xyz) / max(1.0 - through, 1e-4);
    let grey = dot(base, vec3<f32>(0.299, 0.587, 0.114));
    var shown = base;
    if MODE == DISPLAY_DEPTH {
        let v = image_at(pixel);
        let z = depth[pixel] / max(1.0 - v.w, 1e-4);
        let x = (z - display.depth_near) / max(display.depth_far - display.depth_near, 1e-3);
        shown = select(vec3<f32>(0.05), ramp(1.0 - x), v.w < 0.5);
    }
    if MODE == DISPLAY_NORMALS {
        let px = vec2<i32>(min(vec2<u32>(corner.uv * vec2<f32>(display.size_px)), display.size_px - 1u));
        shown = select(vec3<f32>(0.05), 0.5 + 0.5 * normal_at(px), image_at(pixel).w < 0.5);
    }
    if asks_for_classes() {
        let w = winner_at(pixel);
        let colour = palette_at(min(w.column, display.channels - 1u)).xyz;
        let is_labelled = w.column != NO_COUNTER;
        if MODE == DISPLAY_CLASSES { shown = select(vec3<f32>(0.12), colour * (0.65 + 0.5 * grey), is_labelled); }
        if MODE == DISPLAY_OVERLAY { shown = select(base, mix(base, colour, display.overlay), is_labelled); }
        if MODE == DISPLAY_ENTROPY { shown = select(vec3<f32>(0.05), ramp(w.entropy), is_labelled); }
        if MODE == DISPLAY_CONFIDENCE { shown = select(vec3<f32>(0.05), ramp(w.probability), is_labelled); }
        if IS_HIGHLIGHTED {
            let lit = mix(shown, colour, 0.55) + 0.12;
            shown = select(mix(vec3<f32>(grey), shown, 0.25) * 0.45, lit, w.column == display.highlight);
        }
    }
    return vec4<f32>(linear_from_srgb(clamp(shown, vec3<f32>(0.0), vec3<f32>(1.0))) * (1.0 - through), through);
}

// Splats that cover a pixel hide transparent meshes and gizmos behind them.
@fragment
fn display_depth_fragment(corner: Corner) -> @builtin(frag_depth) f32 {
    let pixel = pixel_of(corner.uv);
    let t = image_at(pixel).w;
    if t >= 0.5 { discard; }
    let z = depth[pixel] / (1.0 - t);
    let c = display.clip_depth;
    return (c.x * z + c.y) / (c.z * z + c.w);
}

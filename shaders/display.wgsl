// Display: forward's buffers as a picture, over what the camera has drawn already (one triangle). Photographs are sRGB numbers
// and are trained as such; render targets are linear, so the picture is decoded at the very end.

struct DisplayUniforms {
    size_px: vec2<u32>,
    mode: u32,
    channels: u32,
    background: vec4<f32>,
    highlight: u32,
    overlay: f32,
    depth_near: f32,
    depth_far: f32,
    objective: u32,
    is_limited: u32,
    pad0: u32,
    pad1: u32,
    clip_depth: vec4<f32>,
}

@group(0) @binding(0) var<uniform> display: DisplayUniforms;
@group(0) @binding(1) var<storage, read> image: array<vec4<f32>>;     // [H, W] rgb, T_final
@group(0) @binding(2) var<storage, read> payload: array<vec4<f32>>;   // [planes, H, W]
@group(0) @binding(3) var<storage, read> depth: array<f32>;           // [H, W] surface depth times 1 - T_final
@group(0) @binding(4) var<storage, read> palette: array<vec4<f32>>;   // [C] sRGB 0..1
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
fn image_at(at: vec2<f32>) -> vec4<f32> {
    let low = floor(at - 0.5);
    let f = at - 0.5 - low;
    var sum = vec4<f32>(0.0);
    for (var k = 0u; k < 4u; k++) {
        let corner = vec2<f32>(f32(k & 1u), f32(k >> 1u));
        let px = vec2<u32>(clamp(low + corner, vec2<f32>(0.0), vec2<f32>(display.size_px) - 1.0));
        let w = mix(1.0 - f, f, corner);
        sum += w.x * w.y * image[px.y * display.size_px.x + px.x];
    }
    return sum;
}

// Winning column (NO_COUNTER where nothing is labelled) and its probability: softmax of logits, or as blended.
struct Winner { column: u32, probability: f32 }

fn winner_at(pixel: u32) -> Winner {
    let pixels = display.size_px.x * display.size_px.y;
    let channels = min(display.channels, 4u * arrayLength(&payload));
    var top = -3.4e38;
    var column = NO_COUNTER;
    for (var c = 0u; c < channels; c++) {
        let s = payload[(c / 4u) * pixels + pixel][c % 4u];
        if s > top { top = s; column = c; }
    }
    var sum = 0.0;
    for (var c = 0u; c < channels; c++) {
        sum += exp(payload[(c / 4u) * pixels + pixel][c % 4u] - top);
    }
    let covered = image[pixel].w < 0.5;
    let probability = select(1.0 / max(sum, 1.0), top, display.objective == OBJECTIVE_SOFTMAX);
    return Winner(select(NO_COUNTER, column, covered), probability);
}

// A perceptually even dark-blue to yellow ramp.
fn ramp(x: f32) -> vec3<f32> {
    let t = clamp(x, 0.0, 1.0);
    return clamp(vec3<f32>(0.16 + t * (-0.28 + t * (1.55 - 0.45 * t)), 0.05 + t * (1.15 - 0.27 * t),
        0.38 + t * (0.95 + t * (-2.75 + 1.55 * t))), vec3<f32>(0.0), vec3<f32>(1.0));
}

fn pixel_of(uv: vec2<f32>) -> u32 {
    let px = min(vec2<u32>(uv * vec2<f32>(display.size_px)), display.size_px - 1u);
    return px.y * display.size_px.x + px.x;
}

// Something opaque was drawn at the pixel: splats are blended over it instead of over the background.
fn stands_before_something(pixel: u32) -> bool {
    return display.is_limited == 1u && limits[pixel] < NO_LIMIT;
}

// Colour, and in w how much of what the camera has drawn so far shows through.
@fragment
fn display_fragment(corner: Corner) -> @location(0) vec4<f32> {
    let pixel = pixel_of(corner.uv);
    let here = image_at(corner.uv * vec2<f32>(display.size_px));
    let hides = select(display.background.w, 0.0, stands_before_something(pixel));
    let through = here.w * (1.0 - hides);
    let base = (here.xyz + here.w * hides * display.background.xyz) / max(1.0 - through, 1e-4);
    let grey = dot(base, vec3<f32>(0.299, 0.587, 0.114));
    var shown = base;
    if display.mode == DISPLAY_DEPTH {
        let v = image[pixel];
        let z = depth[pixel] / max(1.0 - v.w, 1e-4);
        let x = (z - display.depth_near) / max(display.depth_far - display.depth_near, 1e-3);
        shown = select(vec3<f32>(0.05), ramp(1.0 - x), v.w < 0.5);
    } else if display.channels > 0u && (display.mode != DISPLAY_RGB || display.highlight != NO_COUNTER) {
        let w = winner_at(pixel);
        let colour = palette[min(w.column, display.channels - 1u)].xyz;
        let is_labelled = w.column != NO_COUNTER;
        if display.mode == DISPLAY_CLASSES { shown = select(vec3<f32>(0.12), colour * (0.65 + 0.5 * grey), is_labelled); }
        if display.mode == DISPLAY_OVERLAY { shown = select(base, mix(base, colour, display.overlay), is_labelled); }
        if display.mode == DISPLAY_CONFIDENCE { shown = select(vec3<f32>(0.05), ramp(w.probability), is_labelled); }
        if display.highlight != NO_COUNTER {
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
    let t = image[pixel].w;
    if t >= 0.5 { discard; }
    let z = depth[pixel] / (1.0 - t);
    let c = display.clip_depth;
    return (c.x * z + c.y) / (c.z * z + c.w);
}

// Stage Loss, colour: (1 - w) L1 + w (1 - SSIM) and its gradient. SSIM's 11-tap window is separable and, with zero
// padding, its own adjoint: blur five maps, form the partial derivatives, blur three maps back.
// Pixels that the photograph does not show (valid = 0) take the photograph's value, so they neither count nor pull.

struct LossUniforms {
    size_px: vec2<u32>,
    ssim_weight: f32,
    semantic_scale: f32,
    background: vec4<f32>,
    channels: u32,
    normalise: u32,
    geometry_gate: f32,
    pad: f32,
}

@group(0) @binding(0) var<uniform> loss: LossUniforms;
@group(0) @binding(1) var photo: texture_2d<f32>;                            // rgb 0..1, a = valid
@group(0) @binding(4) var<storage, read_write> blur_out: array<vec4<f32>>;   // [planes, H, W]
@group(0) @binding(5) var<storage, read_write> d_image: array<vec4<f32>>;    // [H, W] dL/drgb, final colour . dL/drgb
@group(0) @binding(6) var<storage, read_write> partials: array<vec4<f32>>;   // [H, W] L1, SSIM, squared error, cross-entropy

const TAPS: i32 = 5;
const C1: f32 = 0.0001;
const C2: f32 = 0.0009;

fn tap(i: i32) -> f32 {
    let weights = array<f32, 6>(0.26601171, 0.21300552, 0.10936069, 0.03600077, 0.00759876, 0.00102838);
    return weights[abs(i)];
}

fn pixel_index(px: vec2<i32>) -> u32 { return u32(px.y) * loss.size_px.x + u32(px.x); }
fn pixel_count() -> u32 { return loss.size_px.x * loss.size_px.y; }
fn is_inside(px: vec2<i32>) -> bool {
    return all(px >= vec2<i32>(0)) && all(px < vec2<i32>(loss.size_px));
}

struct Pair { render: vec3<f32>, photo: vec3<f32>, valid: f32 }

fn pair_at(px: vec2<i32>) -> Pair {
    let inside = is_inside(px);
    let at = clamp(px, vec2<i32>(0), vec2<i32>(loss.size_px) - 1);
    let p = textureLoad(photo, at, 0);
    let c = image_at(pixel_index(at));
    let render = select(p.xyz, c.xyz + c.w * loss.background.xyz, p.w > 0.5);
    let keep = select(0.0, 1.0, inside);
    return Pair(render * keep, p.xyz * keep, select(0.0, 1.0, p.w > 0.5));
}

// Horizontal blur of x, y, xx, yy, xy (five RGB maps in four planes).
@compute @workgroup_size(8, 8)
fn loss_blur_x(@builtin(global_invocation_id) id: vec3<u32>) {
    let px = vec2<i32>(id.xy);
    for (var once = is_inside(px); once; once = false) {
        var x = vec3<f32>(0.0); var y = vec3<f32>(0.0);
        var xx = vec3<f32>(0.0); var yy = vec3<f32>(0.0); var xy = vec3<f32>(0.0);
        for (var i = -TAPS; i <= TAPS; i++) {
            let v = pair_at(px + vec2<i32>(i, 0));
            let w = tap(i);
            x += w * v.render; y += w * v.photo;
            xx += w * v.render * v.render; yy += w * v.photo * v.photo; xy += w * v.render * v.photo;
        }
        let pixel = pixel_index(px);
        let n = pixel_count();
        blur_out[pixel] = vec4<f32>(x, xy.x);
        blur_out[n + pixel] = vec4<f32>(y, xy.y);
        blur_out[2u * n + pixel] = vec4<f32>(xx, xy.z);
        blur_out[3u * n + pixel] = vec4<f32>(yy, 0.0);
    }
}

// Vertical blur, SSIM per channel and its partial derivatives by mu_x, E[xx], E[xy].
@compute @workgroup_size(8, 8)
fn loss_ssim(@builtin(global_invocation_id) id: vec3<u32>) {
    let px = vec2<i32>(id.xy);
    for (var once = is_inside(px); once; once = false) {
        let n = pixel_count();
        var m = array<vec4<f32>, 4>();
        for (var i = -TAPS; i <= TAPS; i++) {
            let at = px + vec2<i32>(0, i);
            let w = select(0.0, tap(i), is_inside(at));
            let pixel = pixel_index(clamp(at, vec2<i32>(0), vec2<i32>(loss.size_px) - 1));
            for (var k = 0u; k < 4u; k++) { m[k] += w * blurred_at(k * n + pixel); }
        }
        let mx = m[0].xyz; let my = m[1].xyz;
        let sxy = vec3<f32>(m[0].w, m[1].w, m[2].w) - mx * my;
        let sx = m[2].xyz - mx * mx;
        let sy = m[3].xyz - my * my;
        let a1 = 2.0 * mx * my + C1;
        let a2 = 2.0 * sxy + C2;
        let b1 = mx * mx + my * my + C1;
        let b2 = sx + sy + C2;
        let s = a1 * a2 / (b1 * b2);
        let d_mx = 2.0 * my * (a2 - a1) / (b1 * b2) + 2.0 * mx * s * (1.0 / b2 - 1.0 / b1);
        let d_xx = -s / b2;
        let d_xy = 2.0 * a1 / (b1 * b2);
        let pixel = pixel_index(px);
        blur_out[pixel] = vec4<f32>(d_mx, d_xy.x);
        blur_out[n + pixel] = vec4<f32>(d_xx, d_xy.y);
        blur_out[2u * n + pixel] = vec4<f32>(d_xy.z, 0.0, 0.0, 0.0);
        let v = pair_at(px);
        let e = v.render - v.photo;
        partials[pixel] = vec4<f32>(dot(abs(e), vec3<f32>(1.0)), dot(s, vec3<f32>(1.0)), dot(e, e), 0.0);
    }
}

// Horizontal blur of the derivative maps.
@compute @workgroup_size(8, 8)
fn loss_adjoint_x(@builtin(global_invocation_id) id: vec3<u32>) {
    let px = vec2<i32>(id.xy);
    for (var once = is_inside(px); once; once = false) {
        let n = pixel_count();
        var m = array<vec4<f32>, 3>();
        for (var i = -TAPS; i <= TAPS; i++) {
            let at = px + vec2<i32>(i, 0);
            let w = select(0.0, tap(i), is_inside(at));
            let pixel = pixel_index(clamp(at, vec2<i32>(0), vec2<i32>(loss.size_px) - 1));
            for (var k = 0u; k < 3u; k++) { m[k] += w * blurred_at(k * n + pixel); }
        }
        let pixel = pixel_index(px);
        for (var k = 0u; k < 3u; k++) { blur_out[k * n + pixel] = m[k]; }
    }
}

// Vertical blur of the derivative maps, then dL/drgb.
@compute @workgroup_size(8, 8)
fn loss_gradient(@builtin(global_invocation_id) id: vec3<u32>) {
    let px = vec2<i32>(id.xy);
    for (var once = is_inside(px); once; once = false) {
        let n = pixel_count();
        var m = array<vec4<f32>, 3>();
        for (var i = -TAPS; i <= TAPS; i++) {
            let at = px + vec2<i32>(0, i);
            let w = select(0.0, tap(i), is_inside(at));
            let pixel = pixel_index(clamp(at, vec2<i32>(0), vec2<i32>(loss.size_px) - 1));
            for (var k = 0u; k < 3u; k++) { m[k] += w * blurred_at(k * n + pixel); }
        }
        let v = pair_at(px);
        let d_xy = vec3<f32>(m[0].w, m[1].w, m[2].x);
        let d_ssim = m[0].xyz + 2.0 * v.render * m[1].xyz + v.photo * d_xy;
        let d_l1 = sign(v.render - v.photo);
        let scale = v.valid / f32(3u * n);
        let g = scale * ((1.0 - loss.ssim_weight) * d_l1 - loss.ssim_weight * d_ssim);
        d_image[pixel_index(px)] = vec4<f32>(g, dot(v.render, g));
    }
}

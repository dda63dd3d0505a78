// Stage Loss, colour: (1 - w) L1 + w (1 - SSIM) and its gradient. SSIM's 11-tap window is separable and, with zero
// padding, its own adjoint: blur five maps, form the partial derivatives, blur three maps back.
// Pixels that the photograph does not show (valid = 0) take the photograph's value, so they neither count nor pull. What is
// compared with it is the render as the photograph's exposure would show it; without compensation that is the identity.

@group(0) @binding(0) var<uniform> loss: LossUniforms;
@group(0) @binding(1) var photo: texture_2d<f32>;                            // rgb over black, a: 0 = not valid, else (1 + 254 alpha) / 255
@group(0) @binding(4) var<storage, read_write> blur_out: array<vec4<f32>>;   // [planes, H, W]
@group(0) @binding(5) var<storage, read_write> d_image: array<vec4<f32>>;    // [H, W] dL/drgb, final colour . dL/drgb
@group(0) @binding(6) var<storage, read_write> partials: array<vec4<f32>>;   // [H, W] L1, SSIM, squared error, cross-entropy
@group(0) @binding(7) var<uniform> exposure: Exposure;

const C1: f32 = 0.0001;
const C2: f32 = 0.0009;

// Every lane makes RUN neighbouring pixels and so loads RUN + 10 values instead of 11 RUN. Value j of the run meets
// pixel r with the window's weight j - r: WEIGHTS[j + RUN - 1 - r], padded with zeros.
const WEIGHTS = array<f32, 17>(0.0, 0.0, 0.0, 0.00102838, 0.00759876, 0.03600077, 0.10936069, 0.21300553, 0.26601172,
    0.21300553, 0.10936069, 0.03600077, 0.00759876, 0.00102838, 0.0, 0.0, 0.0);

fn pixel_index(px: vec2<i32>) -> u32 { return u32(px.y) * loss.size_px.x + u32(px.x); }
fn pixel_count() -> u32 { return loss.size_px.x * loss.size_px.y; }
fn is_inside(px: vec2<i32>) -> bool {
    return all(px >= vec2<i32>(0)) && all(px < vec2<i32>(loss.size_px));
}
fn nearest_inside(px: vec2<i32>) -> vec2<i32> { return clamp(px, vec2<i32>(0), vec2<i32>(loss.size_px) - 1); }

struct Pair { render: vec3<f32>, photo: vec3<f32>, valid: f32 }

fn pair_at(px: vec2<i32>) -> Pair {
    let at = nearest_inside(px);
    let p = textureLoad(photo, at, 0);
    let c = image_at(pixel_index(at));
    let is_valid = p.w > 0.002;
    // Where the photograph is transparent it shows the same background.
    let through = select(0.0, (1.0 - p.w) * (255.0 / 254.0), is_valid);
    let shown = p.xyz + through * loss.background.xyz;
    let render = select(shown, exposed(exposure, c.xyz + c.w * loss.background.xyz), is_valid);
    let keep = select(0.0, 1.0, is_inside(px));
    return Pair(render * keep, shown * keep, select(0.0, 1.0, is_valid));
}

// Horizontal blur of x, y, xx, yy, xy (five RGB maps in four planes).
@compute @workgroup_size(8, 8)
fn loss_blur_x(@builtin(global_invocation_id) id: vec3<u32>) {
    let first = vec2<i32>(id.xy * vec2<u32>(RUN, 1u));
    for (var once = is_inside(first); once; once = false) {
        var m = array<vec4<f32>, 4u * RUN>();
        for (var j = 0u; j < SPAN; j++) {
            let v = pair_at(first + vec2<i32>(i32(j) - 5, 0));
            let xy = v.render * v.photo;
            let a = vec4<f32>(v.render, xy.x);
            let b = vec4<f32>(v.photo, xy.y);
            let c = vec4<f32>(v.render * v.render, xy.z);
            let d = vec4<f32>(v.photo * v.photo, 0.0);
            for (var r = 0u; r < RUN; r++) {
                const w = WEIGHTS[j + RUN - 1u - r];
                m[4u * r] += w * a; m[4u * r + 1u] += w * b; m[4u * r + 2u] += w * c; m[4u * r + 3u] += w * d;
            }
        }
        for (var r = 0u; r < RUN; r++) {
            let px = first + vec2<i32>(i32(r), 0);
            if is_inside(px) {
                let n = pixel_count();
                let pixel = pixel_index(px);
                blur_out[pixel] = m[4u * r];
                blur_out[n + pixel] = m[4u * r + 1u];
                blur_out[2u * n + pixel] = m[4u * r + 2u];
                blur_out[3u * n + pixel] = m[4u * r + 3u];
            }
        }
    }
}

// From the blurred maps of a pixel: SSIM per channel, its partial derivatives by mu_x, E[xx], E[xy], and the partial sums.
fn ssim_pixel(px: vec2<i32>, m0: vec4<f32>, m1: vec4<f32>, m2: vec4<f32>, m3: vec4<f32>) {
    let mx = m0.xyz; let my = m1.xyz;
    let sxy = vec3<f32>(m0.w, m1.w, m2.w) - mx * my;
    let sx = m2.xyz - mx * mx;
    let sy = m3.xyz - my * my;
    let a1 = 2.0 * mx * my + C1;
    let a2 = 2.0 * sxy + C2;
    let b1 = mx * mx + my * my + C1;
    let b2 = sx + sy + C2;
    let over = 1.0 / (b1 * b2);
    let s = a1 * a2 * over;
    let d_mx = 2.0 * my * (a2 - a1) * over + 2.0 * mx * s * (b1 - b2) * over;
    let d_xx = -s * b1 * over;
    let d_xy = 2.0 * a1 * over;
    let pixel = pixel_index(px);
    let n = pixel_count();
    blur_out[pixel] = vec4<f32>(d_mx, d_xy.x);
    blur_out[n + pixel] = vec4<f32>(d_xx, d_xy.y);
    blur_out[2u * n + pixel] = vec4<f32>(d_xy.z, 0.0, 0.0, 0.0);
    let v = pair_at(px);
    let e = v.render - v.photo;
    partials[pixel] = vec4<f32>(dot(abs(e), vec3<f32>(1.0)), dot(s, vec3<f32>(1.0)), dot(e, e), 0.0);
}

// Vertical blur, then SSIM.
@compute @workgroup_size(8, 8)
fn loss_ssim(@builtin(global_invocation_id) id: vec3<u32>) {
    let first = vec2<i32>(id.xy * vec2<u32>(1u, RUN));
    for (var once = is_inside(first); once; once = false) {
        let n = pixel_count();
        var m = array<vec4<f32>, 4u * RUN>();
        for (var j = 0u; j < SPAN; j++) {
            let at = first + vec2<i32>(0, i32(j) - 5);
            let keep = select(0.0, 1.0, is_inside(at));
            let pixel = pixel_index(nearest_inside(at));
            let a = keep * blurred_at(pixel); let b = keep * blurred_at(n + pixel);
            let c = keep * blurred_at(2u * n + pixel); let d = keep * blurred_at(3u * n + pixel);
            for (var r = 0u; r < RUN; r++) {
                const w = WEIGHTS[j + RUN - 1u - r];
                m[4u * r] += w * a; m[4u * r + 1u] += w * b; m[4u * r + 2u] += w * c; m[4u * r + 3u] += w * d;
            }
        }
        for (var r = 0u; r < RUN; r++) {
            let px = first + vec2<i32>(0, i32(r));
            if is_inside(px) { ssim_pixel(px, m[4u * r], m[4u * r + 1u], m[4u * r + 2u], m[4u * r + 3u]); }
        }
    }
}

// Horizontal blur of the derivative maps.
@compute @workgroup_size(8, 8)
fn loss_adjoint_x(@builtin(global_invocation_id) id: vec3<u32>) {
    let first = vec2<i32>(id.xy * vec2<u32>(RUN, 1u));
    for (var once = is_inside(first); once; once = false) {
        let n = pixel_count();
        var m = array<vec4<f32>, 3u * RUN>();
        for (var j = 0u; j < SPAN; j++) {
            let at = first + vec2<i32>(i32(j) - 5, 0);
            let keep = select(0.0, 1.0, is_inside(at));
            let pixel = pixel_index(nearest_inside(at));
            let a = keep * blurred_at(pixel); let b = keep * blurred_at(n + pixel); let c = keep * blurred_at(2u * n + pixel);
            for (var r = 0u; r < RUN; r++) {
                const w = WEIGHTS[j + RUN - 1u - r];
                m[3u * r] += w * a; m[3u * r + 1u] += w * b; m[3u * r + 2u] += w * c;
            }
        }
        for (var r = 0u; r < RUN; r++) {
            let px = first + vec2<i32>(i32(r), 0);
            if is_inside(px) {
                let pixel = pixel_index(px);
                blur_out[pixel] = m[3u * r];
                blur_out[n + pixel] = m[3u * r + 1u];
                blur_out[2u * n + pixel] = m[3u * r + 2u];
            }
        }
    }
}

// From the derivative maps of a pixel, blurred back: dL/drgb.
fn gradient_pixel(px: vec2<i32>, m0: vec4<f32>, m1: vec4<f32>, m2: vec4<f32>) {
    let v = pair_at(px);
    let d_ssim = m0.xyz + 2.0 * v.render * m1.xyz + v.photo * vec3<f32>(m0.w, m1.w, m2.x);
    let d_l1 = sign(v.render - v.photo);
    let scale = v.valid / f32(3u * pixel_count());
    let g = scale * ((1.0 - loss.ssim_weight) * d_l1 - loss.ssim_weight * d_ssim);
    d_image[pixel_index(px)] = vec4<f32>(g, dot(v.render, g));
}

// Vertical blur of the derivative maps, then the gradient.
@compute @workgroup_size(8, 8)
fn loss_gradient(@builtin(global_invocation_id) id: vec3<u32>) {
    let first = vec2<i32>(id.xy * vec2<u32>(1u, RUN));
    for (var once = is_inside(first); once; once = false) {
        let n = pixel_count();
        var m = array<vec4<f32>, 3u * RUN>();
        for (var j = 0u; j < SPAN; j++) {
            let at = first + vec2<i32>(0, i32(j) - 5);
            let keep = select(0.0, 1.0, is_inside(at));
            let pixel = pixel_index(nearest_inside(at));
            let a = keep * blurred_at(pixel); let b = keep * blurred_at(n + pixel); let c = keep * blurred_at(2u * n + pixel);
            for (var r = 0u; r < RUN; r++) {
                const w = WEIGHTS[j + RUN - 1u - r];
                m[3u * r] += w * a; m[3u * r + 1u] += w * b; m[3u * r + 2u] += w * c;
            }
        }
        for (var r = 0u; r < RUN; r++) {
            let px = first + vec2<i32>(0, i32(r));
            if is_inside(px) { gradient_pixel(px, m[3u * r], m[3u * r + 1u], m[3u * r + 2u]); }
        }
    }
}

// Stage Loss, classes: the loss of the blended channels, mean over labelled pixels, and its gradient. Logits: softmax
// cross-entropy. Probabilities (softmax before blending): -log(p_label + 1e-8).
// The gradient is stored for the un-normalised sum S (divided by W under Eq. 2), and s_hat . dL/dS joins the pixel's
// remainder in d_image.w, which is all that the backward walk needs of Eq. 2's denominator.

@group(0) @binding(0) var<uniform> loss: LossUniforms;
@group(0) @binding(1) var labels: texture_2d<u32>;                             // class column, 65535 = none
@group(0) @binding(4) var<storage, read_write> d_payload: array<vec4<f32>>;    // [planes, H, W]
@group(0) @binding(5) var<storage, read_write> d_image: array<vec4<f32>>;      // [H, W]
@group(0) @binding(6) var<storage, read_write> partials: array<vec4<f32>>;     // [H, W]

const FLOOR: f32 = 1e-8;

struct Labelled {
    label: u32,
    counts: bool,
    scale: f32,       // lambda_sem / labelled pixels; 0 where the pixel does not count
    by_weight: f32,   // the same, for the gradient of S
}

fn labelled(px: vec2<u32>, pixel: u32) -> Labelled {
    let label = textureLoad(labels, px, 0).x;
    let coverage = 1.0 - image_at(pixel).w;
    let counts = label < loss.channels && (coverage >= 1e-4 || loss.normalise == 0u);
    let scale = select(0.0, loss.semantic_scale, counts);
    return Labelled(label, counts, scale, select(scale, scale / max(coverage, 1e-4), loss.normalise == 1u));
}

fn hot_channels(plane: u32, label: u32) -> vec4<f32> {
    let is_label = vec4<u32>(4u * plane) + vec4<u32>(0u, 1u, 2u, 3u) == vec4<u32>(label);
    return select(vec4<f32>(0.0), vec4<f32>(1.0), is_label);
}

@compute @workgroup_size(8, 8)
fn loss_logits(@builtin(global_invocation_id) id: vec3<u32>) {
    for (var once = all(id.xy < loss.size_px); once; once = false) {
        let pixel = id.y * loss.size_px.x + id.x;
        let n = loss.size_px.x * loss.size_px.y;
        let planes = min((loss.channels + 3u) / 4u, arrayLength(&d_payload));
        let at = labelled(id.xy, pixel);
        var top = -3.4e38;
        for (var k = 0u; k < planes; k++) {
            top = max(top, plane_top(payload_at(k * n + pixel), real_channels(k, loss.channels)));
        }
        var sum = 0.0;
        for (var k = 0u; k < planes; k++) {
            sum += dot(exp(min(payload_at(k * n + pixel) - top, vec4<f32>(0.0))), real_channels(k, loss.channels));
        }
        var remainder = 0.0;
        var own = 0.0;
        for (var k = 0u; k < planes; k++) {
            let s = payload_at(k * n + pixel);
            let hot = hot_channels(k, at.label);
            let p = exp(min(s - top, vec4<f32>(0.0))) / sum * real_channels(k, loss.channels);
            let g = at.by_weight * (p - hot);
            d_payload[k * n + pixel] = g;
            remainder += dot(s, g);
            own += dot(s, hot);
        }
        d_image[pixel].w += loss.geometry_gate * remainder;
        partials[pixel].w = select(0.0, at.scale * (log(sum) + top - own), at.counts);
    }
}

@compute @workgroup_size(8, 8)
fn loss_probabilities(@builtin(global_invocation_id) id: vec3<u32>) {
    for (var once = all(id.xy < loss.size_px); once; once = false) {
        let pixel = id.y * loss.size_px.x + id.x;
        let n = loss.size_px.x * loss.size_px.y;
        let planes = min((loss.channels + 3u) / 4u, arrayLength(&d_payload));
        let at = labelled(id.xy, pixel);
        var own = 0.0;
        for (var k = 0u; k < planes; k++) { own += dot(payload_at(k * n + pixel), hot_channels(k, at.label)); }
        let g = -at.by_weight / (own + FLOOR);
        for (var k = 0u; k < planes; k++) { d_payload[k * n + pixel] = g * hot_channels(k, at.label); }
        d_image[pixel].w += loss.geometry_gate * own * g;
        partials[pixel].w = select(0.0, -at.scale * log(own + FLOOR), at.counts);
    }
}

// Stage Loss, classes: the loss of the blended channels, a weighted mean over labelled pixels, and its gradient. With p the
// probability of the label (softmax of blended logits, or the blended probability + 1e-8), the loss is
// a (-log p) + r (1 - p) + g (1 - p^q) / q, of which cross-entropy is a = 1, r = g = 0; its gradient is the cross-entropy's
// times w(p) = a + r p + g p^q.
// The gradient is stored for the un-normalised sum S (divided by W under Eq. 2), and s_hat . dL/dS joins the pixel's
// remainder in d_image.w, which is all that the backward walk needs of Eq. 2's denominator; or lies in a plane of its own
// where class channels have walks of their own.

@group(0) @binding(0) var<uniform> loss: LossUniforms;
@group(0) @binding(1) var<storage, read> labels: array<u32>;                   // factor; then [H, W] label words, or one for all
@group(0) @binding(4) var<storage, read_write> d_payload: array<vec4<f32>>;    // [planes, H, W]
@group(0) @binding(5) var<storage, read_write> d_image: array<vec4<f32>>;      // [H, W]
@group(0) @binding(6) var<storage, read_write> partials: array<vec4<f32>>;     // [H, W]

const FLOOR: f32 = 1e-8;

struct Labelled {
    column: u32,
    counts: bool,
    scale: f32,       // lambda_sem x weight / sum of weights; 0 where the pixel does not count
    by_weight: f32,   // the same, for the gradient of S
}

fn labelled(pixel: u32) -> Labelled {
    let word = labels[min(1u + pixel, arrayLength(&labels) - 1u)];
    let column = label_column(word);
    let coverage = 1.0 - image_at(pixel).w;
    let counts = column < loss.channels && (coverage >= 1e-4 || loss.normalise == 0u);
    let full = loss.semantic_scale * bitcast<f32>(labels[0]) * label_weight(word, loss.confidence);
    let scale = select(0.0, full, counts);
    return Labelled(column, counts, scale, select(scale, scale / max(coverage, 1e-4), loss.normalise == 1u));
}

fn hot_channels(plane: u32, column: u32) -> vec4<f32> {
    let is_label = vec4<u32>(4u * plane) + vec4<u32>(0u, 1u, 2u, 3u) == vec4<u32>(column);
    return select(vec4<f32>(0.0), vec4<f32>(1.0), is_label);
}

// w(p), and the loss of a label of probability p whose cross-entropy is known.
fn pull(p: f32) -> f32 {
    return loss.robust.x + loss.robust.y * p + loss.robust.z * pow(max(p, 1e-30), loss.robust.w);
}
fn value(p: f32, cross_entropy: f32) -> f32 {
    let generalised = (1.0 - pow(max(p, 1e-30), loss.robust.w)) / loss.robust.w;
    return loss.robust.x * cross_entropy + loss.robust.y * (1.0 - p) + loss.robust.z * generalised;
}

fn put_remainder(pixel: u32, n: u32, remainder: f32) {
    // Not a condition on uniforms alone: lavapipe would compile the kernel anew at every dispatch.
    let has_plane = loss.rest_plane < arrayLength(&d_payload);
    d_image[pixel].w += select(remainder, 0.0, has_plane);
    for (var once = has_plane; once; once = false) {
        d_payload[loss.rest_plane * n + pixel] = vec4<f32>(remainder, 0.0, 0.0, 0.0);
    }
}

@compute @workgroup_size(8, 8)
fn loss_logits(@builtin(global_invocation_id) id: vec3<u32>) {
    for (var once = all(id.xy < loss.size_px); once; once = false) {
        let pixel = id.y * loss.size_px.x + id.x;
        let n = loss.size_px.x * loss.size_px.y;
        let planes = min((loss.channels + 3u) / 4u, arrayLength(&d_payload));
        let at = labelled(pixel);
        var top = -3.4e38;
        for (var k = 0u; k < planes; k++) {
            top = max(top, plane_top(payload_at(k * n + pixel), real_channels(k, loss.channels)));
        }
        var sum = 0.0;
        var own = 0.0;
        for (var k = 0u; k < planes; k++) {
            let s = payload_at(k * n + pixel);
            sum += dot(exp(min(s - top, vec4<f32>(0.0))), real_channels(k, loss.channels));
            own += dot(s, hot_channels(k, at.column));
        }
        let cross_entropy = log(sum) + top - own;
        let p_own = exp(min(own - top, 0.0)) / sum;
        let by_weight = at.by_weight * pull(p_own);
        var remainder = 0.0;
        for (var k = 0u; k < planes; k++) {
            let s = payload_at(k * n + pixel);
            let p = exp(min(s - top, vec4<f32>(0.0))) / sum * real_channels(k, loss.channels);
            let g = by_weight * (p - hot_channels(k, at.column));
            d_payload[k * n + pixel] = g;
            remainder += dot(s, g);
        }
        put_remainder(pixel, n, loss.geometry_gate * remainder);
        partials[pixel].w = select(0.0, at.scale * value(p_own, cross_entropy), at.counts);
    }
}

@compute @workgroup_size(8, 8)
fn loss_probabilities(@builtin(global_invocation_id) id: vec3<u32>) {
    for (var once = all(id.xy < loss.size_px); once; once = false) {
        let pixel = id.y * loss.size_px.x + id.x;
        let n = loss.size_px.x * loss.size_px.y;
        let planes = min((loss.channels + 3u) / 4u, arrayLength(&d_payload));
        let at = labelled(pixel);
        var own = 0.0;
        for (var k = 0u; k < planes; k++) { own += dot(payload_at(k * n + pixel), hot_channels(k, at.column)); }
        let p = own + FLOOR;
        let g = -at.by_weight * pull(p) / p;
        for (var k = 0u; k < planes; k++) { d_payload[k * n + pixel] = g * hot_channels(k, at.column); }
        put_remainder(pixel, n, loss.geometry_gate * own * g);
        partials[pixel].w = select(0.0, at.scale * value(p, -log(p)), at.counts);
    }
}

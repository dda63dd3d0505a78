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

@compute @workgroup_size(8, 8)
fn loss_logits(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    let own_px = class_pixel(group.xy, groups.x, local.xy);
    for (var once = own_px.inside; once; once = false) {
        let pixel = own_px.at;
        let n = own_px.stride;
        let planes = min((loss.channels + 3u) / 4u, arrayLength(&d_payload));
        let at = labelled(own_px);
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
        put_remainder(own_px, loss.geometry_gate * remainder);
        partials[own_px.pixel].w = select(0.0, at.scale * value(p_own, cross_entropy), at.counts);
    }
}

@compute @workgroup_size(8, 8)
fn loss_probabilities(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    let own_px = class_pixel(group.xy, groups.x, local.xy);
    for (var once = own_px.inside; once; once = false) {
        let pixel = own_px.at;
        let n = own_px.stride;
        let planes = min((loss.channels + 3u) / 4u, arrayLength(&d_payload));
        let at = labelled(own_px);
        var own = 0.0;
        for (var k = 0u; k < planes; k++) { own += dot(payload_at(k * n + pixel), hot_channels(k, at.column)); }
        let p = own + FLOOR;
        let g = -at.by_weight * pull(p) / p;
        for (var k = 0u; k < planes; k++) { d_payload[k * n + pixel] = g * hot_channels(k, at.column); }
        put_remainder(own_px, loss.geometry_gate * own * g);
        partials[own_px.pixel].w = select(0.0, at.scale * value(p, -log(p)), at.counts);
    }
}

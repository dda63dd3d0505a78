// Stage Loss, classes: softmax cross-entropy of the blended channels, mean over labelled pixels, and its gradient.
// The gradient is stored for the un-normalised sum S (divided by W under Eq. 2), and s_hat . dL/dS joins the pixel's
// remainder in d_image.w, which is all that the backward walk needs of Eq. 2's denominator.

@group(0) @binding(0) var<uniform> loss: LossUniforms;
@group(0) @binding(1) var labels: texture_2d<u32>;                             // class column, 65535 = none
@group(0) @binding(4) var<storage, read_write> d_payload: array<vec4<f32>>;    // [planes, H, W]
@group(0) @binding(5) var<storage, read_write> d_image: array<vec4<f32>>;      // [H, W]
@group(0) @binding(6) var<storage, read_write> partials: array<vec4<f32>>;     // [H, W]

// Channels beyond C are padding: they take no part in the softmax.
fn real_channels(plane: u32) -> vec4<f32> {
    let first = vec4<u32>(4u * plane) + vec4<u32>(0u, 1u, 2u, 3u);
    return select(vec4<f32>(0.0), vec4<f32>(1.0), first < vec4<u32>(loss.channels));
}

@compute @workgroup_size(8, 8)
fn loss_semantic(@builtin(global_invocation_id) id: vec3<u32>) {
    for (var once = all(id.xy < loss.size_px); once; once = false) {
        let pixel = id.y * loss.size_px.x + id.x;
        let n = loss.size_px.x * loss.size_px.y;
        let planes = (loss.channels + 3u) / 4u;
        let label = textureLoad(labels, id.xy, 0).x;
        let coverage = 1.0 - image_at(pixel).w;
        var top = -3.4e38;
        for (var k = 0u; k < planes; k++) {
            let s = select(vec4<f32>(-3.4e38), payload_at(k * n + pixel), real_channels(k) > vec4<f32>(0.5));
            top = max(top, max(max(s.x, s.y), max(s.z, s.w)));
        }
        var sum = 0.0;
        for (var k = 0u; k < planes; k++) {
            sum += dot(exp(min(payload_at(k * n + pixel) - top, vec4<f32>(0.0))), real_channels(k));
        }
        let counts = label < loss.channels && (coverage >= 1e-4 || loss.normalise == 0u);
        let scale = select(0.0, loss.semantic_scale, counts);
        let by_weight = select(scale, scale / max(coverage, 1e-4), loss.normalise == 1u);
        var remainder = 0.0;
        var own = 0.0;
        for (var k = 0u; k < planes; k++) {
            let s = payload_at(k * n + pixel);
            let is_label = vec4<u32>(4u * k) + vec4<u32>(0u, 1u, 2u, 3u) == vec4<u32>(label);
            let hot = select(vec4<f32>(0.0), vec4<f32>(1.0), is_label);
            let g = by_weight * (exp(min(s - top, vec4<f32>(0.0))) / sum * real_channels(k) - hot);
            d_payload[k * n + pixel] = g;
            remainder += dot(s, g);
            own += dot(s, hot);
        }
        d_image[pixel].w += loss.geometry_gate * remainder;
        partials[pixel].w = select(0.0, scale * (log(sum) + top - own), counts);
    }
}

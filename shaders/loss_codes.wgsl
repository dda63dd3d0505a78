// Stage Loss, Gaussian Grouping: a classifier turns a pixel's blended code S into class logits z = W S + b; the loss is their
// softmax cross-entropy (or a robust form of it) over ln C, a weighted mean over labelled pixels. Codes are blended without
// Eq. 2. The classifier's own gradient is summed in pieces of the image, each in one order: the same bytes every time.

@group(0) @binding(0) var<uniform> loss: LossUniforms;                         // semantic_scale holds 1 / ln C too
@group(0) @binding(1) var<storage, read> labels: array<u32>;                   // factor; then [H, W] label words, or one for all
@group(0) @binding(4) var<storage, read_write> d_payload: array<vec4<f32>>;    // [CODE_PLANES, H, W]
@group(0) @binding(5) var<storage, read_write> d_image: array<vec4<f32>>;      // [H, W]
@group(0) @binding(6) var<storage, read_write> partials: array<vec4<f32>>;     // [H, W]
@group(0) @binding(8) var<storage, read_write> terms: array<vec4<f32>>;        // [max(H W, C)] log of the softmax's sum, dL/dz over (p - label), column
@group(0) @binding(10) var<storage, read_write> sums: array<vec4<f32>>;        // [pieces, C, CLASSIFIER_TEXELS]

fn blended_code(pixel: u32, n: u32) -> Code {
    var code: Code;
    for (var k = 0u; k < CODE_PLANES; k++) { code.s[k] = payload_at(k * n + pixel); }
    return code;
}

@compute @workgroup_size(8, 8)
fn loss_codes(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    let own_px = class_pixel(group.xy, groups.x, local.xy);
    for (var once = own_px.inside; once; once = false) {
        let pixel = own_px.at;
        let n = own_px.stride;
        let classes = min(loss.channels, arrayLength(&terms));
        let at = labelled(own_px);
        let code = blended_code(pixel, n);
        // One pass: sum and gradient are scaled down whenever a larger logit comes.
        var top = -3.4e38;
        var sum = 0.0;
        var own = 0.0;
        var mean = Code();
        for (var c = 0u; c < classes; c++) {
            let z = class_logit(code, c);
            let higher = max(top, z);
            let shrink = exp(top - higher);
            let e = exp(z - higher);
            for (var k = 0u; k < CODE_PLANES; k++) { mean.s[k] *= shrink; }
            mean = add_weights(mean, c, e);
            sum = sum * shrink + e;
            own = select(own, z, c == at.column);
            top = higher;
        }
        let cross_entropy = log(sum) + top - own;
        let p_own = exp(min(own - top, 0.0)) / sum;
        let factor = at.scale * pull(p_own);
        let label = min(at.column, max(loss.channels, 1u) - 1u);
        var remainder = 0.0;
        for (var k = 0u; k < CODE_PLANES; k++) {
            let g = factor * (mean.s[k] / sum - classifier_at(label * CLASSIFIER_TEXELS + k));
            d_payload[k * n + pixel] = g;
            remainder += dot(code.s[k], g);
        }
        put_remainder(own_px, loss.geometry_gate * remainder);
        partials[own_px.pixel].w = select(0.0, at.scale * value(p_own, cross_entropy), at.counts);
        terms[pixel] = vec4<f32>(log(sum) + top, factor, f32(at.column), 0.0);
    }
}

// dL/dW_c and dL/db_c over one piece of the image: one invocation a class and piece.
@compute @workgroup_size(ROW_GROUP)
fn loss_classifier(@builtin(global_invocation_id) id: vec3<u32>) {
    let c = id.x;
    for (var once = c < loss.channels; once; once = false) {
        let n = loss.size_px.x * loss.size_px.y;
        let first = id.y * CLASSIFIER_PIXELS;
        let end = min(min(first + CLASSIFIER_PIXELS, n), arrayLength(&sums) * CLASSIFIER_PIXELS);
        var weights = Code();
        var bias = 0.0;
        for (var pixel = first; pixel < end; pixel++) {
            let term = terms_at(pixel);
            let code = blended_code(pixel, n);
            let p = exp(min(class_logit(code, c) - term.x, 0.0));
            let d = term.y * (p - select(0.0, 1.0, f32(c) == term.z));
            for (var k = 0u; k < CODE_PLANES; k++) { weights.s[k] += d * code.s[k]; }
            bias += d;
        }
        let at = (id.y * loss.channels + c) * CLASSIFIER_TEXELS;
        for (var k = 0u; k < CODE_PLANES; k++) { sums[at + k] = weights.s[k]; }
        sums[at + CODE_PLANES] = vec4<f32>(bias, 0.0, 0.0, 0.0);
    }
}

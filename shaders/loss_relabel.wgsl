// Stage Loss, self-training: the step's labels are what was just rendered, where that is sure of itself; elsewhere the given
// ones, or none. The result lives for this step only, so a step that is repeated sees the same, and what was given stays.

@group(0) @binding(0) var<uniform> loss: LossUniforms;
@group(0) @binding(1) var<storage, read> labels: array<u32>;                 // given: factor; then [H, W] label words, or one for all
@group(0) @binding(4) var<storage, read_write> relabelled: array<u32>;       // factor; then [H, W] label words
@group(0) @binding(5) var<storage, read_write> row_sums: array<vec4<f32>>;   // [H] weights
@group(0) @binding(6) var photo: texture_2d<f32>;                            // a > 0: valid

const COVERED: f32 = 0.5;

@compute @workgroup_size(8, 8)
fn relabel(@builtin(global_invocation_id) id: vec3<u32>) {
    for (var once = all(id.xy < loss.size_px); once; once = false) {
        let pixel = id.y * loss.size_px.x + id.x;
        let n = loss.size_px.x * loss.size_px.y;
        let planes = min((loss.channels + 3u) / 4u, arrayLength(&relabelled));
        var top = -3.4e38;
        var column = 0u;
        for (var k = 0u; k < planes; k++) {
            let s = payload_at(k * n + pixel);
            let real = real_channels(k, loss.channels);
            for (var c = 0u; c < 4u; c++) {
                let better = real[c] > 0.5 && s[c] > top;
                top = select(top, s[c], better);
                column = select(column, 4u * k + c, better);
            }
        }
        var sum = 0.0;
        for (var k = 0u; k < planes; k++) {
            sum += dot(exp(min(payload_at(k * n + pixel) - top, vec4<f32>(0.0))), real_channels(k, loss.channels));
        }
        let probability = select(1.0 / sum, top, loss.objective == OBJECTIVE_SOFTMAX);
        let is_shown = textureLoad(photo, id.xy, 0).w > 0.002 && 1.0 - image_at(pixel).w >= COVERED;
        let given = select(NO_LABEL, labels[min(1u + pixel, arrayLength(&labels) - 1u)], loss.keeps_given == 1u);
        let rendered = column | (u32(clamp(probability, 0.0, 1.0) * 255.0 + 0.5) << 24u);
        relabelled[1u + pixel] = select(given, rendered, is_shown && probability >= loss.sure);
    }
}

@compute @workgroup_size(8)
fn relabel_rows(@builtin(global_invocation_id) id: vec3<u32>) {
    for (var once = id.x < loss.size_px.y; once; once = false) {
        var sum = 0.0;
        let end = min(loss.size_px.x, arrayLength(&relabelled));
        for (var x = 0u; x < end; x++) {
            let word = relabelled[1u + id.x * loss.size_px.x + x];
            sum += select(0.0, label_weight(word, loss.confidence), label_column(word) < loss.channels);
        }
        row_sums[id.x] = vec4<f32>(sum, 0.0, 0.0, 0.0);
    }
}

// The loss's scale was made for the given labels' sum of weights.
@compute @workgroup_size(1)
fn relabel_total() {
    var sum = 0.0;
    let end = min(loss.size_px.y, arrayLength(&row_sums));
    for (var y = 0u; y < end; y++) { sum += row_sums[y].x; }
    relabelled[0] = bitcast<u32>(select(0.0, loss.label_weight / sum, sum > 0.0));
}

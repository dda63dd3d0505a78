// A labelled pixel: where it lies, what its label counts, the form of the loss, and where its remainder goes. Needs `labels`,
// `d_payload`, `d_image` and `image_at`.

// A pixel of a selected block.
struct ClassPixel {
    inside: bool,
    pixel: u32,     // in the image
    at: u32,        // in a plane of the payload
    stride: u32,    // pixels of a payload plane
    weight: f32,    // of how many blocks its own was chosen
}

fn class_pixel(group: vec2<u32>, groups_x: u32, local: vec2<u32>) -> ClassPixel {
    let slot = group.y * groups_x + group.x;
    let across = (loss.size_px + BLOCK_PX - 1u) / BLOCK_PX;
    let block = selected_block(slot, across.x * across.y, loss.selected_blocks, 0u, loss.block_seed);
    let px = BLOCK_PX * vec2<u32>(block.index % across.x, block.index / across.x) + local;
    let pixel = px.y * loss.size_px.x + px.x;
    let area = BLOCK_PX * BLOCK_PX;
    let is_packed = loss.is_packed == 1u;
    return ClassPixel(
        all(px < loss.size_px),
        pixel,
        select(pixel, slot * area + local.y * BLOCK_PX + local.x, is_packed),
        select(loss.size_px.x * loss.size_px.y, loss.selected_blocks * area, is_packed),
        block.weight,
    );
}

struct Labelled {
    column: u32,
    counts: bool,
    scale: f32,       // lambda_sem x weight / sum of weights; 0 where the pixel does not count
    by_weight: f32,   // the same, for the gradient of S
}

fn labelled(own_px: ClassPixel) -> Labelled {
    let pixel = own_px.pixel;
    let word = labels[min(1u + pixel, arrayLength(&labels) - 1u)];
    let column = label_column(word);
    let coverage = 1.0 - image_at(pixel).w;
    let counts = column < loss.channels && (coverage >= 1e-4 || loss.normalise == 0u);
    let full = own_px.weight * loss.semantic_scale * bitcast<f32>(labels[0]) * label_weight(word, loss.confidence);
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

fn put_remainder(own_px: ClassPixel, remainder: f32) {
    // Not a condition on uniforms alone: lavapipe would compile the kernel anew at every dispatch.
    let has_plane = loss.rest_plane < arrayLength(&d_payload);
    d_image[own_px.pixel].w += select(remainder, 0.0, has_plane);
    for (var once = has_plane; once; once = false) {
        d_payload[loss.rest_plane * own_px.stride + own_px.at] = vec4<f32>(remainder, 0.0, 0.0, 0.0);
    }
}

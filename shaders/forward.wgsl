// Stage Forward: blends colour, depth and class channels front to back. A workgroup is one subgroup and owns one block;
// lanes fetch LANES splats at a time, a ballot keeps those that reach the block, shuffles pass them round. No barrier, no
// workgroup memory. Eq. 1: S = sum alpha T s; Eq. 2: s_hat = S / (1 - T_final).

@group(0) @binding(0) var<uniform> view: ViewUniforms;
@group(0) @binding(4) var<storage, read> tile_ranges: array<vec2<u32>>;
@group(0) @binding(5) var<storage, read_write> image: array<vec4<f32>>;     // [H, W] rgb without background, T_final
@group(0) @binding(6) var<storage, read_write> payload: array<vec4<f32>>;   // [planes, H, W] S or s_hat
@group(0) @binding(7) var<storage, read_write> depth: array<f32>;           // [H, W] sum alpha T z, or the surface's depth times 1 - T_final
@group(0) @binding(8) var<uniform> chunk: ChunkUniforms;

@compute @workgroup_size(LANES)
fn forward(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let slot = group.y * groups.x + group.x;
    let block = walked_block(slot, view.size_px, view.tiles.x);
    let range = tile_ranges[block.tile];
    let lane_px = block_pixel(lane, 0u);
    let origin = vec2<f32>(block.first_px + lane_px) + 0.5;

    var t: array<f32, PIXELS_PER_LANE>;
    var is_open: array<f32, PIXELS_PER_LANE>;   // 1 until the pixel is saturated
    var colour: array<vec4<f32>, PIXELS_PER_LANE>;
    var channels: array<vec4<f32>, PIXELS_PER_LANE * CHUNK_STORE>;
    var limit: array<f32, PIXELS_PER_LANE>;
    for (var p = 0u; p < PIXELS_PER_LANE; p++) {
        t[p] = 1.0;
        is_open[p] = 1.0;
        limit[p] = limit_of(block.first_px + block_pixel(lane, p));
    }

    for (var first = range.x; first < range.y; first += LANES) {
        let k = first + lane;
        let listed = listed_at(min(k, range.y - 1u));
        let row_ = listed.x & 0x0fffffffu;
        var hits = lane_ballot(k < range.y && ((listed.x >> (28u + block.bit)) & 1u) == 1u);
        let own0 = splats_at(SPLAT_TEXELS * row_);
        let own1 = splats_at(SPLAT_TEXELS * row_ + 1u);
        let own2 = splats_at(SPLAT_TEXELS * row_ + 2u);
        while (hits.x | hits.y) != 0u {
            let j = first_lane(hits);
            hits = without_first(hits);
            let mean = vec2<f32>(lane_shuffle(own0.x, j), lane_shuffle(own0.y, j));
            let conic = vec3<f32>(lane_shuffle(own0.z, j), lane_shuffle(own0.w, j), lane_shuffle(own1.x, j));
            let opacity = lane_shuffle(own1.y, j);
            let z = lane_shuffle(own1.z, j);
            var c = vec4<f32>(0.0);
            var shade = 0.0;
            if HAS_COLOUR && SOLID { shade = lane_shuffle(own2.w, j); }
            if HAS_COLOUR {
                c = vec4<f32>(lane_shuffle(own2.x, j), lane_shuffle(own2.y, j), lane_shuffle(own2.z, j), select(z, 0.0, SURFACE_DEPTH));
            }
            var slope = vec2<f32>(0.0);
            if HAS_COLOUR && SURFACE_DEPTH && !SOLID { slope = unpack2x16float(bitcast<u32>(lane_shuffle(own2.w, j))); }
            let d = origin - mean;
            let alphas = splat_alphas(d, conic, opacity, lane);
            var weight: array<f32, PIXELS_PER_LANE>;
            for (var p = 0u; p < PIXELS_PER_LANE; p++) {
                let dp = d + pixel_step(lane, p);
                let alpha = min(0.99, alphas[p]);
                let reaches = alpha >= 1.0 / 255.0 && is_open[p] > 0.0 && is_before(z, limit[p]);
                let behind = t[p] * (1.0 - alpha);
                let stops = reaches && behind < 1e-4;
                is_open[p] = select(is_open[p], 0.0, stops);
                let counts = reaches && !stops;
                weight[p] = select(0.0, alpha * t[p], counts);
                if HAS_COLOUR && SURFACE_DEPTH { colour[p].w = select(colour[p].w, depth_at(z, slope, dp), counts && is_surface(t[p], behind)); }
                t[p] = select(t[p], behind, counts);
                if HAS_COLOUR { colour[p] += weight[p] * vec4<f32>(c.xyz * splat_light(dp, conic, shade), c.w); }
            }
            if CHUNK_TEXELS > 0u {
                let row = lane_shuffle_u32(row_, j);
                for (var q = 0u; q < CHUNK_TEXELS; q++) {
                    let s = channels_at((chunk.first_channel_plane + q) * view.row_capacity + row);
                    for (var p = 0u; p < PIXELS_PER_LANE; p++) { channels[p * CHUNK_STORE + q] += weight[p] * s; }
                }
            }
        }
        var open = 0.0;
        for (var p = 0u; p < PIXELS_PER_LANE; p++) { open += is_open[p]; }
        let still = lane_ballot(open > 0.0);
        if (still.x | still.y) == 0u { break; }
    }

    for (var p = 0u; p < PIXELS_PER_LANE; p++) {
        let px = block.first_px + block_pixel(lane, p);
        if px.x < view.size_px.x && px.y < view.size_px.y {
            let pixel = px.y * view.size_px.x + px.x;
            if HAS_COLOUR {
                image[pixel] = vec4<f32>(colour[p].xyz, t[p]);
                depth[pixel] = select(colour[p].w, colour[p].w * (1.0 - t[p]), SURFACE_DEPTH);
            }
            let w = 1.0 - t[p];
            let labelled = select(0.0, 1.0, w >= 1e-4);
            let factor = select(1.0, labelled / max(w, 1e-4), chunk.normalise == 1u);
            let at = payload_pixel(pixel, slot, lane, p);
            for (var q = 0u; q < CHUNK_TEXELS; q++) {
                payload[(chunk.first_pixel_plane + q) * chunk.payload_stride + at] = channels[p * CHUNK_STORE + q] * factor;
            }
        }
    }
}

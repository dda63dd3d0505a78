// Stage Backward, walk: pixel gradients to splat sums. Front to back like the forward walk, with the same shape. With
// D_i = c_i . g + kappa s_i . g_s and R = what is composited behind i (dotted with the gradients, plus what the
// background and Eq. 2's denominator contribute), dL/dalpha_i = T_i D_i - R_i / (1 - alpha_i): one scalar per pixel replaces
// the stored suffixes. Each lane sums its pixels, a transposing butterfly sums the lanes and leaves every lane with its
// share of the slot: deterministic, one plain store per value.

@group(0) @binding(0) var<uniform> view: ViewUniforms;
@group(0) @binding(6) var<storage, read> tile_ranges: array<vec2<u32>>;
@group(0) @binding(8) var<uniform> chunk: ChunkUniforms;

@compute @workgroup_size(LANES)
fn backward(
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
    var is_open: array<f32, PIXELS_PER_LANE>;
    var rest: array<f32, PIXELS_PER_LANE>;
    var g: array<vec3<f32>, PIXELS_PER_LANE>;
    var gs: array<vec4<f32>, PIXELS_PER_LANE * CHUNK_STORE>;
    for (var p = 0u; p < PIXELS_PER_LANE; p++) {
        let px = block.first_px + block_pixel(lane, p);
        let inside = select(0.0, 1.0, all(px < view.size_px));
        let at = min(px, view.size_px - 1u);
        let pixel = at.y * view.size_px.x + at.x;
        let payload = payload_pixel(pixel, slot, lane, p);
        t[p] = 1.0;
        is_open[p] = inside;
        if HAS_COLOUR {
            let d = d_image_at(pixel) * inside;
            g[p] = d.xyz;
            rest[p] = d.w;
        } else {
            let has_rest = chunk.rest_plane != NO_COUNTER;
            let own = d_payload_at(select(0u, chunk.rest_plane, has_rest) * chunk.payload_stride + payload).x;
            rest[p] = select(0.0, own * inside, has_rest);
        }
        for (var q = 0u; q < CHUNK_TEXELS; q++) {
            gs[p * CHUNK_STORE + q] = inside * d_payload_at((chunk.first_pixel_plane + q) * chunk.payload_stride + payload);
        }
    }

    for (var first = range.x; first < range.y; first += LANES) {
        let k = first + lane;
        let listed = listed_at(min(k, range.y - 1u));
        let row_ = listed.x & 0x0fffffffu;
        let mask = listed.x >> 28u;
        let hit_ = listed.y + countOneBits(mask & ((1u << block.bit) - 1u));
        var hits = lane_ballot(k < range.y && ((mask >> block.bit) & 1u) == 1u);
        let own0 = splats_at(SPLAT_TEXELS * row_);
        let own1 = splats_at(SPLAT_TEXELS * row_ + 1u);
        let own2 = splats_at(SPLAT_TEXELS * row_ + 2u);
        while (hits.x | hits.y) != 0u {
            let j = first_lane(hits);
            hits = without_first(hits);
            let mean = vec2<f32>(lane_shuffle(own0.x, j), lane_shuffle(own0.y, j));
            let conic = vec3<f32>(lane_shuffle(own0.z, j), lane_shuffle(own0.w, j), lane_shuffle(own1.x, j));
            let opacity = lane_shuffle(own1.y, j);
            var c = vec3<f32>(0.0);
            if HAS_COLOUR { c = vec3<f32>(lane_shuffle(own2.x, j), lane_shuffle(own2.y, j), lane_shuffle(own2.z, j)); }
            let row = lane_shuffle_u32(row_, j);
            let hit = lane_shuffle_u32(hit_, j);
            let d = origin - mean;

            var dots: array<f32, PIXELS_PER_LANE>;
            for (var p = 0u; p < PIXELS_PER_LANE; p++) { dots[p] = 0.0; }
            if HAS_GEOMETRY {
                for (var q = 0u; q < CHUNK_TEXELS; q++) {
                    let s = channels_at((chunk.first_channel_plane + q) * view.row_capacity + row);
                    for (var p = 0u; p < PIXELS_PER_LANE; p++) { dots[p] += dot(s, gs[p * CHUNK_STORE + q]); }
                }
            }

            let alphas = splat_alphas(d, conic, opacity, lane);
            var sums: array<f32, SLOT_VALUES>;
            var d_colour = vec3<f32>(0.0);
            // Declared with a value: naga does not zero a plain `var` anew in every trip of a loop.
            var d_channels = array<vec4<f32>, CHUNK_STORE>();
            var m0 = 0.0; var m1 = vec2<f32>(0.0); var m2 = vec3<f32>(0.0);
            for (var p = 0u; p < PIXELS_PER_LANE; p++) {
                let dp = d + pixel_step(lane, p);
                let alpha = min(0.99, alphas[p]);
                let reaches = alpha >= 1.0 / 255.0 && is_open[p] > 0.0;
                let behind = t[p] * (1.0 - alpha);
                let stops = reaches && behind < 1e-4;
                is_open[p] = select(is_open[p], 0.0, stops);
                let counts = reaches && !stops;
                let weight = select(0.0, alpha * t[p], counts);
                if HAS_GEOMETRY {
                    let contribution = dot(c, g[p]) + chunk.geometry_gate * dots[p];
                    rest[p] -= weight * contribution;
                    let d_alpha = t[p] * contribution - rest[p] / (1.0 - alpha);
                    // Straight through the clamp at 0.99, as in the reference.
                    let d_power = select(0.0, d_alpha * alphas[p], counts);
                    m0 += d_power;
                    m1 += d_power * select(dp, vec2<f32>(0.0, dp.y), IS_COLUMN);
                    m2 += d_power * select(vec3<f32>(dp.x * dp.x, dp.x * dp.y, dp.y * dp.y), vec3<f32>(0.0, 0.0, dp.y * dp.y), IS_COLUMN);
                }
                t[p] = select(t[p], behind, counts);
                if HAS_COLOUR { d_colour += weight * g[p]; }
                for (var q = 0u; q < CHUNK_TEXELS; q++) { d_channels[q] += weight * gs[p * CHUNK_STORE + q]; }
            }
            if IS_COLUMN && HAS_GEOMETRY {
                // All pixels of a lane share dx: three of the six sums follow from the others.
                m1.x = m0 * d.x;
                m2.x = m1.x * d.x;
                m2.y = m1.y * d.x;
            }
            if HAS_GEOMETRY {
                // Places that a slot without geometry lacks are named all the same: the remainder keeps them within it.
                sums[0] = m0; sums[1] = m1.x; sums[2] = m1.y; sums[3] = m2.x;
                sums[4u % SLOT_VALUES] = m2.y; sums[5u % SLOT_VALUES] = m2.z;
            }
            if HAS_COLOUR { sums[6u % SLOT_VALUES] = d_colour.x; sums[7u % SLOT_VALUES] = d_colour.y; sums[8u % SLOT_VALUES] = d_colour.z; }
            for (var q = 0u; q < CHUNK_TEXELS; q++) {
                let at = (SLOT_BASE + q) * 4u;
                sums[at] = d_channels[q].x; sums[at + 1u] = d_channels[q].y;
                sums[at + 2u] = d_channels[q].z; sums[at + 3u] = d_channels[q].w;
            }
            butterfly(&sums, lane);
            for (var i = 0u; i < SLOT_SHARE; i++) {
                let value = lane * SLOT_SHARE + i;
                if value < SLOT_TEXELS * 4u { put(hit, row, value, sums[i]); }
            }
        }
        var open = 0.0;
        for (var p = 0u; p < PIXELS_PER_LANE; p++) { open += is_open[p]; }
        let still = lane_ballot(open > 0.0);
        if (still.x | still.y) == 0u { break; }
    }
}

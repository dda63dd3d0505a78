// Stage Backward, gather: sums a row's slots, which lie side by side in the order of emission. One invocation per (row,
// texel): geometry and colour sums go to splat_sums, class channels straight to the logits' gradient.

@group(0) @binding(0) var<uniform> view: ViewUniforms;
@group(0) @binding(2) var<storage, read> row_hits: array<vec2<u32>>;
@group(0) @binding(3) var<storage, read> counters: array<u32>;
@group(0) @binding(4) var<storage, read_write> splat_sums: array<vec4<f32>>;  // [N, 3]
@group(0) @binding(5) var<storage, read_write> d_rows: array<vec4<f32>>;      // [planes, N]
@group(0) @binding(8) var<uniform> chunk: ChunkUniforms;

@compute @workgroup_size(ROW_GROUP)
fn gather(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.y * groups.x * ROW_GROUP + id.x;
    let row = i / SLOT_TEXELS;
    let texel = i % SLOT_TEXELS;
    for (var once = row < counters[COUNT_ROWS]; once; once = false) {
        let hits = row_hits[row];
        let end = min(hits.x + hits.y, view.hit_capacity);
        var sum = vec4<f32>(0.0);
        for (var hit = hits.x; hit < end; hit++) { sum += slots_at(hit * SLOT_TEXELS + texel); }
        if texel >= SLOT_BASE {
            d_rows[(chunk.first_row_plane + texel - SLOT_BASE) * view.row_capacity + row] = sum;
        } else if HAS_COLOUR {
            splat_sums[row * SPLAT_TEXELS + texel] = sum;
        } else {
            // Further chunks add their share of the geometry; the colour sums stay.
            let keep = select(vec4<f32>(1.0), vec4<f32>(1.0, 1.0, 0.0, 0.0), texel == 1u);
            splat_sums[row * SPLAT_TEXELS + texel] += sum * keep;
        }
    }
}

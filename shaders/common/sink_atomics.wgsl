// Where the backward walk leaves its sums, opt-in: added to the row at once with float atomics. Faster on wide GPUs, but the
// order of additions, and so the last bits, differ from run to run.
@group(0) @binding(7) var<storage, read_write> splat_sums: array<atomic<f32>>;   // [N, 3] vec4
@group(0) @binding(9) var<storage, read_write> d_rows: array<atomic<f32>>;       // [planes, N] vec4

fn put(hit: u32, row: u32, value: u32, sum: f32) {
    if value < SLOT_BASE * 4u {
        atomicAdd(&splat_sums[row * SPLAT_TEXELS * 4u + value], sum);
    } else {
        let plane = chunk.first_row_plane + value / 4u - SLOT_BASE;
        atomicAdd(&d_rows[(plane * view.row_capacity + row) * 4u + value % 4u], sum);
    }
}

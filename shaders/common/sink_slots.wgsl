// Where the backward walk leaves its sums: one slot per (splat, block) hit, a plain store per value. Deterministic.
@group(0) @binding(7) var<storage, read_write> slots: array<f32>;            // [hits, SLOT_TEXELS * 4]

fn put(hit: u32, row: u32, value: u32, sum: f32) {
    if hit < view.hit_capacity { slots[hit * SLOT_TEXELS * 4u + value] = sum; }
}

// One radix pass or prefix sum: layout SortUniforms.
struct SortUniforms {
    count_slot: u32,
    per_lane: u32,
    shift: u32,
    total_slot: u32,
    radix_per_lane: u32,
    stride: u32,
    offset: u32,
    bins: u32,
}

// Classes may be walked and compared in some of an image's 8x8 blocks only: one of each of as many equal parts of the blocks
// as are wanted, or `selected` blocks in a row.

struct SelectedBlock {
    index: u32,     // row by row over the image's blocks
    weight: f32,    // of how many it was chosen
}

fn selected_block(slot: u32, blocks: u32, selected: u32, first: u32, seed: u32) -> SelectedBlock {
    let count = max(selected, 1u);
    let longer = blocks % count;
    let span = max(blocks / count + select(0u, 1u, slot < longer), 1u);
    let start = first + slot * (blocks / count) + min(slot, longer);
    return SelectedBlock(start + hash(seed ^ hash(slot + 1u)) % span, f32(span));
}

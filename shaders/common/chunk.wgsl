// One walk of the tile lists: which class channels it carries and which blocks it visits. Needs `chunk`.

// Which class channels a walk carries.
struct ChunkUniforms {
    first_row_plane: u32,       // plane of the rows that holds the first channel's logits
    first_channel_plane: u32,   // plane of what is blended that holds it
    first_pixel_plane: u32,     // plane of the payload image that holds it
    normalise: u32,             // 1: Eq. 2
    geometry_gate: f32,         // kappa
    rest_plane: u32,            // plane of d_payload that holds the remainder this walk starts with
    blocks: u32,                // blocks that the walk's are selected from
    selected_blocks: u32,       // blocks that are walked
    first_block: u32,
    block_seed: u32,
    payload_stride: u32,        // pixels of a payload plane
    is_packed: u32,             // 1: a payload plane holds the selected blocks, one after the other
}

// Where a pixel of a block lies in a payload plane.
fn payload_pixel(pixel: u32, slot: u32, lane: u32, p: u32) -> u32 {
    return select(pixel, slot * BLOCK_PX * BLOCK_PX + p * LANES + lane, chunk.is_packed == 1u);
}

// The block of a workgroup; its slot is its number among the walked ones.
fn walked_block(slot: u32, size_px: vec2<u32>, tiles_x: u32) -> Block {
    let across = (size_px.x + BLOCK_PX - 1u) / BLOCK_PX;
    let index = selected_block(slot, chunk.blocks, chunk.selected_blocks, chunk.first_block, chunk.block_seed).index;
    return block_of(vec2<u32>(index % across, index / across), tiles_x);
}

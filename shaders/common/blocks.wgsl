// A workgroup of LANES invocations owns one 8x8 block of pixels, PIXELS_PER_LANE each. Pixel p of a lane is number
// p * LANES + lane of the block, row by row, so with 8 lanes and more a lane stays in one column.

struct Block {
    first_px: vec2<u32>,
    tile: u32,
    bit: u32,       // which of the tile's four blocks
}

fn block_of(group: vec2<u32>, tiles_x: u32) -> Block {
    let tile = group / 2u;
    return Block(group * BLOCK_PX, tile.y * tiles_x + tile.x, (group.y % 2u) * 2u + group.x % 2u);
}

fn block_pixel(lane: u32, p: u32) -> vec2<u32> {
    let i = p * LANES + lane;
    return vec2<u32>(i % BLOCK_PX, i / BLOCK_PX);
}

// From a lane's first pixel to its pixel p.
fn pixel_step(lane: u32, p: u32) -> vec2<f32> {
    if LANES >= BLOCK_PX { return vec2<f32>(0.0, f32(p * (LANES / BLOCK_PX))); }
    return vec2<f32>(block_pixel(lane, p)) - vec2<f32>(block_pixel(lane, 0u));
}

// The lowest set bit of a two-word ballot, and the ballot without it.
fn first_lane(ballot: vec2<u32>) -> u32 {
    return select(32u + countTrailingZeros(ballot.y), countTrailingZeros(ballot.x), ballot.x != 0u);
}
fn without_first(ballot: vec2<u32>) -> vec2<u32> {
    return select(vec2<u32>(0u, ballot.y & (ballot.y - 1u)), vec2<u32>(ballot.x & (ballot.x - 1u), ballot.y), ballot.x != 0u);
}

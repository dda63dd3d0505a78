// Lane operations of a workgroup of one lane: nothing to exchange.
fn lane_shuffle(value: f32, lane: u32) -> f32 { return value; }
fn lane_shuffle_u32(value: u32, lane: u32) -> u32 { return value; }
fn lane_exchange(value: f32, bit: u32) -> f32 { return value; }
fn lane_ballot(yes: bool) -> vec2<u32> { return vec2<u32>(select(0u, 1u, yes), 0u); }
fn lane_sum(value: f32) -> f32 { return value; }

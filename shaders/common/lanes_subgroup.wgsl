// Lane operations of a workgroup that lies in one subgroup.
fn lane_shuffle(value: f32, lane: u32) -> f32 { return subgroupShuffle(value, lane); }
fn lane_shuffle_u32(value: u32, lane: u32) -> u32 { return subgroupShuffle(value, lane); }
fn lane_exchange(value: f32, bit: u32) -> f32 { return subgroupShuffleXor(value, bit); }
// Bit l is set where lane l says yes; two words for up to 64 lanes.
fn lane_ballot(yes: bool) -> vec2<u32> { return subgroupBallot(yes).xy; }
// The sum over all lanes, in every lane; always in the same order.
fn lane_sum(value: f32) -> f32 {
    var sum = value;
    for (var bit = 1u; bit < LANES; bit *= 2u) { sum += lane_exchange(sum, bit); }
    return sum;
}

// H of a lift as it lies in two words. Needs `low` and `high`.

// Pixels' worth of weight in four columns of a row.
fn weights(at: u32) -> vec4<f32> {
    return vec4<f32>(high[at]) * 256.0 + vec4<f32>(low[at]) * (1.0 / 16777216.0);
}

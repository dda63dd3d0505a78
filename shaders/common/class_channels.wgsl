// Class channels come four a plane; those beyond C are padding and take no part in any softmax.

// 1 where a plane's channel is one of the C, 0 where it is padding.
fn real_channels(plane: u32, channels: u32) -> vec4<f32> {
    let first = vec4<u32>(4u * plane) + vec4<u32>(0u, 1u, 2u, 3u);
    return select(vec4<f32>(0.0), vec4<f32>(1.0), first < vec4<u32>(channels));
}

// The largest real value of a plane, or -3.4e38.
fn plane_top(values: vec4<f32>, real: vec4<f32>) -> f32 {
    let v = select(vec4<f32>(-3.4e38), values, real > vec4<f32>(0.5));
    return max(max(v.x, v.y), max(v.z, v.w));
}

// Finiteness, for rows that may hold anything.

// False for NaN and infinities. Written on bits: compilers may assume floats are finite.
fn is_finite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }
fn is_finite3(v: vec3<f32>) -> bool { return is_finite(v.x) && is_finite(v.y) && is_finite(v.z); }
fn is_finite4(v: vec4<f32>) -> bool { return is_finite3(v.xyz) && is_finite(v.w); }

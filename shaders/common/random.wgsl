// Random numbers from counters.

fn hash(x: u32) -> u32 {
    var h = x * 0x9e3779b9u;
    h = (h ^ (h >> 16u)) * 0x21f0aaadu;
    h = (h ^ (h >> 15u)) * 0x735a2d97u;
    return h ^ (h >> 15u);
}
fn unit(h: u32) -> f32 { return (f32(h >> 8u) + 0.5) / 16777216.0; }

// Two standard normals from a counter (Box-Muller).
fn normals(seed: u32, counter: u32) -> vec2<f32> {
    let a = hash(counter ^ hash(seed));
    let radius = sqrt(-2.0 * log(unit(a)));
    let angle = 6.2831853 * unit(hash(a ^ 0x68bc21ebu));
    return radius * vec2<f32>(cos(angle), sin(angle));
}

// Three of a row.
fn row_normals(seed: u32, row: u32) -> vec3<f32> {
    return vec3<f32>(normals(seed, 2u * row), normals(seed, 2u * row + 1u).x);
}

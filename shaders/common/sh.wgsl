// Spherical harmonics: colour of a row from a direction, and the way back. Constants as in splat_core::sh.
const SH_Y00: f32 = 0.2820948;
const SH_Y1: f32 = 0.48860251;

// Four consecutive coefficients (RGB triples) lie in three planes.
struct Sh4 { c0: vec3<f32>, c1: vec3<f32>, c2: vec3<f32>, c3: vec3<f32> }

fn unpack_sh4(p0: vec4<f32>, p1: vec4<f32>, p2: vec4<f32>) -> Sh4 {
    return Sh4(p0.xyz, vec3<f32>(p0.w, p1.xy), vec3<f32>(p1.zw, p2.x), p2.yzw);
}

// Basis values 1..15 for a unit direction.
struct ShBasis { degree1: vec3<f32>, degree2: array<f32, 5>, degree3: array<f32, 7> }

fn sh_basis1(d: vec3<f32>) -> vec3<f32> { return SH_Y1 * vec3<f32>(-d.y, d.z, -d.x); }

fn sh_basis2(d: vec3<f32>) -> array<f32, 5> {
    let xx = d.x * d.x; let yy = d.y * d.y; let zz = d.z * d.z;
    return array<f32, 5>(1.0925484 * d.x * d.y, -1.0925484 * d.y * d.z, 0.31539157 * (2.0 * zz - xx - yy),
        -1.0925484 * d.x * d.z, 0.5462742 * (xx - yy));
}

fn sh_basis3(d: vec3<f32>) -> array<f32, 7> {
    let x = d.x; let y = d.y; let z = d.z;
    let xx = x * x; let yy = y * y; let zz = z * z;
    return array<f32, 7>(-0.5900436 * y * (3.0 * xx - yy), 2.8906114 * x * y * z,
        -0.4570458 * y * (4.0 * zz - xx - yy), 0.37317634 * z * (2.0 * zz - 3.0 * xx - 3.0 * yy),
        -0.4570458 * x * (4.0 * zz - xx - yy), 1.4453057 * z * (xx - yy), -0.5900436 * x * (xx - 3.0 * yy));
}

// Stage Optimise, 3DGS-MCMC: opacity and scale in the loss (before Adam), and a random step of the means (after it).

struct McmcUniforms {
    opacity_weight: f32,
    scale_weight: f32,
    noise: f32,          // noise weight times the learning rate of the means
    row_capacity: u32,
    seed: u32,
    pad0: u32,
    pad1: u32,
    pad2: u32,
}

@group(0) @binding(0) var<uniform> mcmc: McmcUniforms;
@group(0) @binding(1) var<storage, read> counters: array<u32>;
@group(0) @binding(2) var<storage, read_write> rows: array<vec4<f32>>;     // [planes, N]
@group(0) @binding(3) var<storage, read_write> d_rows: array<vec4<f32>>;   // [planes, N]

// Adds the gradient of weight_o mean(o) + weight_s mean(s), over rows and over rows and axes.
@compute @workgroup_size(ROW_GROUP)
fn mcmc_regularise(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x;
    let count = f32(max(counters[COUNT_ROWS], 1u));
    for (var once = row < counters[COUNT_ROWS]; once; once = false) {
        let opacity = sigmoid(rows_at(row).w);
        let scale = scale_from_log(rows_at(mcmc.row_capacity + row).xyz);
        let d_opacity = mcmc.opacity_weight / count * opacity * (1.0 - opacity);
        let d_scale = mcmc.scale_weight / (3.0 * count) * scale;
        // Of a row that is no number nothing is wanted.
        d_rows[row].w += select(0.0, d_opacity, is_finite(d_opacity));
        d_rows[mcmc.row_capacity + row] += select(vec4<f32>(0.0), vec4<f32>(d_scale, 0.0), is_finite3(d_scale));
    }
}

const GATE_SHARPNESS: f32 = 100.0;
const GATE_TRANSPARENCY: f32 = 0.995;

// mean += noise gate(1 - o) Sigma normal: large where a row hardly shows, along its own axes.
@compute @workgroup_size(ROW_GROUP)
fn mcmc_noise(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x;
    for (var once = row < counters[COUNT_ROWS] && counters[COUNT_OVERFLOW] == 0u; once; once = false) {
        let p0 = rows_at(row);
        let q = rows_at(2u * mcmc.row_capacity + row);
        let scale = scale_from_log(rows_at(mcmc.row_capacity + row).xyz);
        let rotation = rotation_matrix(q * inverseSqrt(max(dot(q, q), 1e-30)));
        let gate = sigmoid(GATE_SHARPNESS * (1.0 - sigmoid(p0.w) - GATE_TRANSPARENCY));
        let turned = row_normals(mcmc.seed, row) * rotation;
        let step = mcmc.noise * gate * (rotation * (scale * scale * turned));
        rows[row] = vec4<f32>(p0.xyz + select(vec3<f32>(0.0), step, is_finite3(step)), p0.w);
    }
}

// Stage Densify, sharing: rows through the map of a relocation into scratch. N rows that stand where one stood look as it did
// with (Eq. 9 of 3DGS-MCMC)
//
//     o' = 1 - (1 - o)^(1/N),   s' = s o / D,   D = sum over i = 1..N, k = 0..i-1 of C(i-1, k) (-1)^k o'^(k+1) / sqrt(k + 1)
//
// Summed over i first, and with 1/sqrt(j) = 2/sqrt(pi) times the integral of exp(-j t^2) over t > 0, the alternating sum becomes
// an integral of positive numbers that f32 holds for every N: D = 2/sqrt(pi) times that of 1 - (1 - o' exp(-t^2))^N. The
// trapezoidal rule on 17 points gives it to 1e-8.

@group(0) @binding(0) var<uniform> relocate: RelocateUniforms;
@group(0) @binding(1) var<storage, read> counters: array<u32>;
@group(0) @binding(2) var<storage, read> column: array<vec4<f32>>;              // [planes, N]
@group(0) @binding(3) var<storage, read> row_map: array<u32>;                   // [N']
@group(0) @binding(4) var<storage, read_write> scratch: array<vec4<f32>>;       // [planes, N']
@group(0) @binding(5) var<storage, read> fates: array<u32>;                     // [N] rows that a row becomes

const NODES: u32 = 17u;
const NODE_STEP: f32 = 0.25;

// 1 - exp(-x) and -log(1 - q), also where x and q are small.
fn one_minus_exp(x: f32) -> f32 { return select(1.0 - exp(-x), x * (1.0 - x * (0.5 - x / 6.0)), x < 0.02); }
fn minus_log_of_rest(q: f32) -> f32 { return select(-log(max(1.0 - q, 1e-30)), q * (1.0 + q * (0.5 + q / 3.0)), abs(q) < 0.01); }

// -log(1 - sigmoid(logit)).
fn softplus(logit: f32) -> f32 {
    return max(logit, 0.0) - minus_log_of_rest(-exp(-abs(logit)));
}

// Opacity logit and what is added to log-scales of each of `count` rows that share the place of one.
fn share(logit: f32, count: u32) -> vec2<f32> {
    let x = softplus(logit) / f32(max(count, 1u));
    let opacity = one_minus_exp(x);
    var sum = 0.0;
    for (var k = 0u; k < NODES; k++) {
        let t = NODE_STEP * f32(k);
        let seen = one_minus_exp(f32(count) * minus_log_of_rest(opacity * exp(-t * t)));
        sum += seen * select(1.0, 0.5, k == 0u);
    }
    let d = 1.1283792 * NODE_STEP * max(sum, 1e-30);
    let lowest = log(relocate.dead_opacity / (1.0 - relocate.dead_opacity));
    return vec2<f32>(max(log(max(opacity, 1e-30)) + x, lowest), log(sigmoid(logit) / d));
}

@compute @workgroup_size(ROW_GROUP)
fn share_rows(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x;
    let plane = id.y;
    for (var once = row < counters[COUNT_ROWS]; once; once = false) {
        let parent = row_map[row] & 0x3fffffffu;
        var value = column[plane * relocate.row_capacity + parent];
        let count = select(1u, fates[parent], plane < 2u);
        for (var once_more = count > 1u; once_more; once_more = false) {
            let change = share(column[parent].w, count);
            value = select(vec4<f32>(value.xyz + change.y, value.w), vec4<f32>(value.xyz, change.x), plane == 0u);
        }
        scratch[plane * relocate.row_capacity + row] = value;
    }
}

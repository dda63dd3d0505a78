// Stage Optimise: Adam on every vec4 of every plane, plus the entropy term on class logits.
// A step whose lists overflowed changes nothing.

struct OptimiseUniforms {
    correction1: f32,
    correction2: f32,
    row_capacity: u32,
    planes: u32,
}

@group(0) @binding(0) var<uniform> step: OptimiseUniforms;
@group(0) @binding(1) var<storage, read_write> rows: array<vec4<f32>>;      // [planes, N]
@group(0) @binding(2) var<storage, read_write> moment1: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> moment2: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> rates: array<vec4<f32>>;           // [planes]
@group(0) @binding(5) var<storage, read_write> counters: array<u32>;

const BETA1: f32 = 0.9;
const BETA2: f32 = 0.999;
const EPSILON: f32 = 1e-15;

@compute @workgroup_size(ROW_GROUP)
fn optimise(@builtin(global_invocation_id) id: vec3<u32>) {
    for (var once = id.x < counters[COUNT_ROWS] && counters[COUNT_OVERFLOW] == 0u; once; once = false) {
        let i = id.y * step.row_capacity + id.x;
        let g = d_rows_at(i);
        let m = BETA1 * moment1_at(i) + (1.0 - BETA1) * g;
        let v = BETA2 * moment2_at(i) + (1.0 - BETA2) * g * g;
        moment1[i] = m;
        moment2[i] = v;
        rows[i] = rows_at(i) - rates[id.y] * (m / step.correction1) / (sqrt(v / step.correction2) + EPSILON);
    }
}

@compute @workgroup_size(1)
fn count_step() {
    counters[COUNT_STEPS] += select(0u, 1u, counters[COUNT_OVERFLOW] == 0u);
}

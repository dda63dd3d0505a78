// Stage Optimise, exposure: Adam on the exposure of the step's view. Only differences between photographs are exposure, so
// what is added to one is taken from all in equal shares: their mean stays the identity.
// A step whose lists overflowed changes nothing.

struct ExposureUniforms {
    view: u32,
    views: u32,
    rate: f32,
    correction1: f32,
    correction2: f32,
    pad0: u32,
    pad1: u32,
    pad2: u32,
}

@group(0) @binding(0) var<uniform> step: ExposureUniforms;
@group(0) @binding(1) var<storage, read_write> exposures: array<vec4<f32>>;   // [views, 3]
@group(0) @binding(2) var<storage, read_write> moments: array<vec4<f32>>;     // [views, 3, 2]
@group(0) @binding(3) var<storage, read> lane_sums: array<vec4<f32>>;         // [64, 3]
@group(0) @binding(4) var<storage, read_write> change: array<vec4<f32>>;      // [3]
@group(0) @binding(5) var<storage, read> counters: array<u32>;

const BETA1: f32 = 0.9;
const BETA2: f32 = 0.999;
const EPSILON: f32 = 1e-15;

@compute @workgroup_size(3)
fn exposure_adam(@builtin(global_invocation_id) id: vec3<u32>) {
    change[id.x] = vec4<f32>(0.0);
    for (var once = counters[COUNT_OVERFLOW] == 0u; once; once = false) {
        var gradient = vec4<f32>(0.0);
        for (var lane = 0u; lane < EXPOSURE_LANES; lane++) { gradient += lane_sums[3u * lane + id.x]; }
        let at = 2u * (3u * step.view + id.x);
        let m = BETA1 * moments[at] + (1.0 - BETA1) * gradient;
        let v = BETA2 * moments[at + 1u] + (1.0 - BETA2) * gradient * gradient;
        moments[at] = m;
        moments[at + 1u] = v;
        change[id.x] = -step.rate * (m / step.correction1) / (sqrt(v / step.correction2) + EPSILON);
    }
}

@compute @workgroup_size(ROW_GROUP)
fn exposure_share(@builtin(global_invocation_id) id: vec3<u32>) {
    for (var once = id.x < min(3u * step.views, arrayLength(&exposures)); once; once = false) {
        let own = select(0.0, 1.0, id.x / 3u == step.view);
        exposures[id.x] += (own - 1.0 / f32(step.views)) * change[id.x % 3u];
    }
}

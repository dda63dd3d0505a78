// Stage Optimise, Gaussian Grouping: adds up the pieces of the classifier's gradient, in order, and takes a step of Adam.
// A step whose lists overflowed changes nothing.

struct ClassifierUniforms {
    classes: u32,
    pieces: u32,
    rate: f32,
    correction1: f32,
    correction2: f32,
    pad0: u32,
    pad1: u32,
    pad2: u32,
}

@group(0) @binding(0) var<uniform> step: ClassifierUniforms;
@group(0) @binding(1) var<storage, read_write> classifier: array<vec4<f32>>;   // [C, CLASSIFIER_TEXELS] weights, bias
@group(0) @binding(2) var<storage, read_write> moment1: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> moment2: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> counters: array<u32>;
@group(0) @binding(10) var<storage, read> sums: array<vec4<f32>>;              // [pieces, C, CLASSIFIER_TEXELS]

const BETA1: f32 = 0.9;
const BETA2: f32 = 0.999;
const EPSILON: f32 = 1e-15;

@compute @workgroup_size(ROW_GROUP)
fn optimise_classifier(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.x;
    let count = step.classes * CLASSIFIER_TEXELS;
    for (var once = i < count && counters[COUNT_OVERFLOW] == 0u; once; once = false) {
        var g = vec4<f32>(0.0);
        let pieces = min(step.pieces, arrayLength(&sums));
        for (var piece = 0u; piece < pieces; piece++) { g += sums[piece * count + i]; }
        let m = BETA1 * moment1[i] + (1.0 - BETA1) * g;
        let v = BETA2 * moment2[i] + (1.0 - BETA2) * g * g;
        moment1[i] = m;
        moment2[i] = v;
        classifier[i] -= step.rate * (m / step.correction1) / (sqrt(v / step.correction2) + EPSILON);
    }
}

// Stage Optimise, pose: Adam on the view's pose, in the tangent space at the pose itself: V becomes exp(w) V + d. A motion that
// all cameras share is none of theirs but the scene's, so every step is taken back from all in equal shares.
// A step whose lists overflowed changes nothing.

struct PoseUniforms {
    view: u32,
    views: u32,
    rotation_rate: f32,
    translation_rate: f32,
    correction1: f32,
    correction2: f32,
    pad0: u32,
    pad1: u32,
}

struct Pose {
    view_from_world: mat4x4<f32>,
    camera_in_world: vec4<f32>,
}

@group(0) @binding(0) var<uniform> step: PoseUniforms;
@group(0) @binding(1) var<storage, read_write> poses: array<Pose>;            // [views]
@group(0) @binding(2) var<storage, read_write> moments: array<vec4<f32>>;     // [views, 2, 2]
@group(0) @binding(3) var<storage, read> lane_sums: array<vec4<f32>>;         // [64, 2]
@group(0) @binding(4) var<storage, read_write> shared_motion: array<vec4<f32>>; // [2] of the step in world space: w, d
@group(0) @binding(5) var<storage, read> counters: array<u32>;

const BETA1: f32 = 0.9;
const BETA2: f32 = 0.999;
const EPSILON: f32 = 1e-15;

fn rotation_of(pose: Pose) -> mat3x3<f32> {
    return mat3x3<f32>(pose.view_from_world[0].xyz, pose.view_from_world[1].xyz, pose.view_from_world[2].xyz);
}

// exp(w) p; series, for steps are small.
fn turned(w: vec3<f32>, p: vec3<f32>) -> vec3<f32> {
    let s = dot(w, w);
    let once = cross(w, p);
    return p + (1.0 - s / 6.0 + s * s / 120.0) * once + (0.5 - s / 24.0 + s * s / 720.0) * cross(w, once);
}

// The pose of this rotation, made orthonormal again, and translation.
fn pose_of(rotation: mat3x3<f32>, translation: vec3<f32>) -> Pose {
    let x = normalize(rotation[0]);
    let y = normalize(rotation[1] - x * dot(x, rotation[1]));
    let z = cross(x, y);
    let matrix = mat4x4<f32>(vec4<f32>(x, 0.0), vec4<f32>(y, 0.0), vec4<f32>(z, 0.0), vec4<f32>(translation, 1.0));
    return Pose(matrix, vec4<f32>(-dot(x, translation), -dot(y, translation), -dot(z, translation), 0.0));
}

fn adam(at: u32, gradient: vec3<f32>) -> vec3<f32> {
    let m = BETA1 * moments[at].xyz + (1.0 - BETA1) * gradient;
    let v = BETA2 * moments[at + 1u].xyz + (1.0 - BETA2) * gradient * gradient;
    moments[at] = vec4<f32>(m, 0.0);
    moments[at + 1u] = vec4<f32>(v, 0.0);
    return -(m / step.correction1) / (sqrt(v / step.correction2) + EPSILON);
}

@compute @workgroup_size(1)
fn pose_adam() {
    shared_motion[0] = vec4<f32>(0.0);
    shared_motion[1] = vec4<f32>(0.0);
    for (var once = counters[COUNT_OVERFLOW] == 0u; once; once = false) {
        var d_rotation = vec3<f32>(0.0);
        var d_translation = vec3<f32>(0.0);
        for (var lane = 0u; lane < POSE_LANES; lane++) {
            d_rotation += lane_sums[2u * lane].xyz;
            d_translation += lane_sums[2u * lane + 1u].xyz;
        }
        let w = step.rotation_rate * adam(4u * step.view, d_rotation);
        let d = step.translation_rate * adam(4u * step.view + 2u, d_translation);
        let pose = poses[step.view];
        let r = rotation_of(pose);
        let t = pose.view_from_world[3].xyz;
        shared_motion[0] = vec4<f32>(w * r, 0.0);
        shared_motion[1] = vec4<f32>((cross(w, t) + d) * r, 0.0);
        poses[step.view] = pose_of(mat3x3<f32>(turned(w, r[0]), turned(w, r[1]), turned(w, r[2])), turned(w, t) + d);
    }
}

@compute @workgroup_size(ROW_GROUP)
fn pose_share(@builtin(global_invocation_id) id: vec3<u32>) {
    let is_open = id.x < min(step.views, arrayLength(&poses)) && counters[COUNT_OVERFLOW] == 0u;
    for (var once = is_open; once; once = false) {
        let share = -1.0 / f32(step.views);
        let w = share * shared_motion[0].xyz;
        let d = share * shared_motion[1].xyz;
        let r = rotation_of(poses[id.x]);
        let turn = mat3x3<f32>(
            turned(w, vec3<f32>(1.0, 0.0, 0.0)),
            turned(w, vec3<f32>(0.0, 1.0, 0.0)),
            turned(w, vec3<f32>(0.0, 0.0, 1.0)),
        );
        poses[id.x] = pose_of(r * turn, poses[id.x].view_from_world[3].xyz + r * d);
    }
}

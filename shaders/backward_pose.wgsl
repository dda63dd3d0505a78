// Stage Backward, pose: the gradient by a small motion of the view, summed over rows in a fixed order: runs of rows, then every
// 64th run (`optimise_pose` sums those 64).

@group(0) @binding(0) var<storage, read> d_pose: array<vec4<f32>>;            // [N, 2] by rotation vector, by translation
@group(0) @binding(1) var<storage, read> counters: array<u32>;
@group(0) @binding(2) var<storage, read_write> run_sums: array<vec4<f32>>;    // [runs, 2]
@group(0) @binding(3) var<storage, read_write> lane_sums: array<vec4<f32>>;   // [64, 2]

@compute @workgroup_size(ROW_GROUP)
fn pose_runs(@builtin(global_invocation_id) id: vec3<u32>) {
    let first = id.x * POSE_RUN;
    for (var once = first < counters[COUNT_ROWS]; once; once = false) {
        let end = min(first + POSE_RUN, counters[COUNT_ROWS]);
        var rotation = vec4<f32>(0.0);
        var translation = vec4<f32>(0.0);
        for (var row = first; row < end; row++) {
            rotation += d_pose[2u * row];
            translation += d_pose[2u * row + 1u];
        }
        run_sums[2u * id.x] = rotation;
        run_sums[2u * id.x + 1u] = translation;
    }
}

@compute @workgroup_size(ROW_GROUP)
fn pose_lanes(@builtin(global_invocation_id) id: vec3<u32>) {
    let runs = (counters[COUNT_ROWS] + POSE_RUN - 1u) / POSE_RUN;
    var sum = vec4<f32>(0.0);
    for (var run = id.x / 2u; run < runs; run += POSE_LANES) { sum += run_sums[2u * run + id.x % 2u]; }
    lane_sums[id.x] = sum;
}

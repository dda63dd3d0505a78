// Stage Densify, gather: one column through the row map into scratch. Children of a split are drawn inside their parent
// with scales / 1.6; moments and statistics of new rows start at zero.

@group(0) @binding(0) var<uniform> densify: DensifyUniforms;
@group(0) @binding(1) var<storage, read> counters: array<u32>;
@group(0) @binding(2) var<storage, read> column: array<vec4<f32>>;              // [planes, N]
@group(0) @binding(3) var<storage, read> row_map: array<u32>;                   // [N']
@group(0) @binding(4) var<storage, read_write> scratch: array<vec4<f32>>;       // [planes, N']

const SOURCE_SPLIT: u32 = 2u;
const SPLIT_LOG: f32 = 0.47000363; // ln 1.6

@compute @workgroup_size(ROW_GROUP)
fn gather_rows(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x;
    let plane = id.y;
    for (var once = row < counters[COUNT_ROWS]; once; once = false) {
        let source = row_map[row];
        let parent = source & 0x3fffffffu;
        let is_split = (source >> 30u) == SOURCE_SPLIT;
        var value = column[plane * densify.row_capacity + parent];
        if plane == 0u && is_split {
            let n = row_normals(densify.seed, row);
            let log_scale = column[densify.row_capacity + parent].xyz;
            let q = column[2u * densify.row_capacity + parent];
            let offset = rotation_matrix(q * inverseSqrt(max(dot(q, q), 1e-30))) * (scale_from_log(log_scale) * n);
            value = vec4<f32>(value.xyz + offset, value.w);
        }
        if plane == 1u && is_split { value = vec4<f32>(value.xyz - SPLIT_LOG, value.w); }
        scratch[plane * densify.row_capacity + row] = value;
    }
}

@compute @workgroup_size(ROW_GROUP)
fn gather_moments(@builtin(global_invocation_id) id: vec3<u32>) {
    for (var once = id.x < counters[COUNT_ROWS]; once; once = false) {
        let source = row_map[id.x];
        let value = column[id.y * densify.row_capacity + (source & 0x3fffffffu)];
        scratch[id.y * densify.row_capacity + id.x] = select(vec4<f32>(0.0), value, (source >> 30u) == 0u);
    }
}

// Opacity reset, in place on scratch after a copy of the column: o to min(o, 0.01), logit(0.01) = -4.59512.
@compute @workgroup_size(ROW_GROUP)
fn reset_opacity(@builtin(global_invocation_id) id: vec3<u32>) {
    for (var once = id.x < counters[COUNT_ROWS]; once; once = false) {
        scratch[id.x].w = min(scratch[id.x].w, -4.59512);
    }
}
@compute @workgroup_size(ROW_GROUP)
fn reset_opacity_moment(@builtin(global_invocation_id) id: vec3<u32>) {
    for (var once = id.x < counters[COUNT_ROWS]; once; once = false) { scratch[id.x].w = 0.0; }
}

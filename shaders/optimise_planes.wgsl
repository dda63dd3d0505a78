// Stage Optimise, planes: Gaussians of a class are drawn to the nearest plane of that class. Adds the gradient of
// weight / N x sum of strength p (sqrt(1 + e / width^2) - 1), e = d^2 + n^T Sigma n: the mean square distance of a Gaussian's mass
// from the plane. p, the probability of the row's class, takes none. A Gaussian that photographs do not hold becomes part of the
// wall.

struct PlaneUniforms {
    row_capacity: u32,
    first_plane: u32,     // of logits
    channels: u32,
    weight: f32,
    width: f32,           // world units, as every length below
    cell: f32,            // side of a cell of the grid of planes
    pad0: u32,
    pad1: u32,
    low: vec3<f32>,       // corner of its first cell
    pad2: u32,
    cells: vec3<u32>,     // along its axes
    pad3: u32,
}

struct ClassPlane {
    normal: vec3<f32>,
    offset: f32,
    side0: vec3<f32>,
    middle0: f32,
    side1: vec3<f32>,
    middle1: f32,
    half: vec2<f32>,
    reach: f32,
    strength: f32,
}

@group(0) @binding(0) var<uniform> pull: PlaneUniforms;
@group(0) @binding(2) var<storage, read> counters: array<u32>;
@group(0) @binding(4) var<storage, read_write> d_rows: array<vec4<f32>>;     // [planes, N]
@group(0) @binding(5) var<storage, read> firsts: array<u32>;                 // [cells + 1] first entry of a cell, and the end

const LEAST_PROBABILITY: f32 = 0.5;
const PLANE_TEXELS: u32 = 4u;    // of `class_planes`

fn class_plane(i: u32) -> ClassPlane {
    let face = class_planes_at(PLANE_TEXELS * i);
    let side0 = class_planes_at(PLANE_TEXELS * i + 1u);
    let side1 = class_planes_at(PLANE_TEXELS * i + 2u);
    let size = class_planes_at(PLANE_TEXELS * i + 3u);
    return ClassPlane(face.xyz, face.w, side0.xyz, side0.w, side1.xyz, side1.w, size.xy, size.z, size.w);
}

struct RowClass {
    column: u32,
    probability: f32,
}

// The best class of a row, the lowest column among equals, in one walk.
fn row_class(row: u32) -> RowClass {
    var top = -3.4e38;
    var column = 0u;
    var sum = 0.0;
    for (var k = 0u; k < (pull.channels + 3u) / 4u; k++) {
        let real = real_channels(k, pull.channels);
        let logits = rows_at((pull.first_plane + k) * pull.row_capacity + row);
        let best = plane_top(logits, real);
        for (var once = best > top; once; once = false) {
            let is_best = (logits == vec4<f32>(best)) & (real > vec4<f32>(0.5));
            column = 4u * k + select(select(select(3u, 2u, is_best.z), 1u, is_best.y), 0u, is_best.x);
            sum *= exp(max(top - best, -80.0));
            top = best;
        }
        sum += dot(exp(clamp(logits - top, vec4<f32>(-80.0), vec4<f32>(0.0))), real);
    }
    return RowClass(column, 1.0 / sum);
}

@compute @workgroup_size(ROW_GROUP)
fn pull_to_planes(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x;
    for (var once = row < counters[COUNT_ROWS]; once; once = false) {
        let mean = rows_at(row).xyz;
        let own = row_class(row);
        let place = vec3<i32>(floor((mean - pull.low) / pull.cell));
        let is_inside = all(place >= vec3<i32>(0)) && all(place < vec3<i32>(pull.cells));
        let at = vec3<u32>(clamp(place, vec3<i32>(0), vec3<i32>(pull.cells) - 1));
        let cell = (at.z * pull.cells.y + at.y) * pull.cells.x + at.x;
        let end = select(0u, firsts[cell + 1u], is_inside && own.probability >= LEAST_PROBABILITY);
        var nearest = 3.4e38;
        var found = NO_COUNTER;
        for (var i = firsts[cell]; i < end; i++) {
            let entry = plane_entries_at(i);    // plane, its class column
            for (var is_own = entry.y == own.column; is_own; is_own = false) {
                let plane = class_plane(entry.x);
                let away = abs(dot(plane.normal, mean) - plane.offset);
                let foot = vec2<f32>(dot(plane.side0, mean), dot(plane.side1, mean));
                let is_beside = all(abs(foot - vec2<f32>(plane.middle0, plane.middle1)) <= plane.half + plane.reach);
                let is_nearer = is_beside && away <= plane.reach && away < nearest;
                found = select(found, entry.x, is_nearer);
                nearest = select(nearest, away, is_nearer);
            }
        }
        for (var is_pulled = found != NO_COUNTER; is_pulled; is_pulled = false) {
            let plane = class_plane(found);
            let n = plane.normal;
            let d = dot(n, mean) - plane.offset;
            let q = rows_at(2u * pull.row_capacity + row);
            let inverse_norm = inverseSqrt(max(dot(q, q), 1e-30));
            let scale = scale_from_log(rows_at(pull.row_capacity + row).xyz);
            let along = n * rotation_matrix(q * inverse_norm);     // the normal in the row's own axes
            let e = d * d + dot(along * along, scale * scale);
            let root = sqrt(1.0 + e / (pull.width * pull.width));
            let share = pull.weight * plane.strength * own.probability / f32(max(counters[COUNT_ROWS], 1u));
            let d_e = share / (2.0 * pull.width * pull.width * root);
            let d_mean = 2.0 * d_e * d * n;
            let d_along = 2.0 * d_e * along * scale * scale;
            // dL/dR = n d_along^T.
            let d_q = quaternion_gradient(q * inverse_norm, inverse_norm, mat3x3<f32>(n * d_along.x, n * d_along.y, n * d_along.z));
            for (var fine = is_finite3(d_mean) && is_finite3(d_along) && is_finite4(d_q); fine; fine = false) {
                d_rows[row] += vec4<f32>(d_mean, 0.0);
                d_rows[pull.row_capacity + row] += vec4<f32>(d_along * along, 0.0);
                d_rows[2u * pull.row_capacity + row] += d_q;
            }
        }
    }
}

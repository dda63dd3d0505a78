// Stage Backward, rows: from a splat's sums back through conic, covariance, Jacobian, rotation, scale and SH to the row.
// Sums: v, v dx, v dy, v dx^2 | v dx dy, v dy^2, r, g | b, with v = dL/dpower and (r, g, b) = dL/dcolour.

@group(0) @binding(0) var<uniform> view: ViewUniforms;
@group(0) @binding(3) var<storage, read> row_hits: array<vec2<u32>>;
@group(0) @binding(4) var<storage, read> counters: array<u32>;
@group(0) @binding(5) var<storage, read_write> d_rows: array<vec4<f32>>;      // [planes, N]
@group(0) @binding(6) var<storage, read_write> growth: array<vec2<f32>>;      // [N] sum of NDC gradient norms, views seen
@group(0) @binding(8) var<storage, read_write> d_pose: array<vec4<f32>>;      // [N, 2] by rotation vector, by translation; or short

fn sh_plane(row: u32, plane: u32) -> vec4<f32> {
    if plane >= SH_PLANES { return vec4<f32>(0.0); }
    return rows_at((GEOMETRY_PLANES + plane) * view.row_capacity + row);
}

fn sh_four(row: u32, first_plane: u32) -> Sh4 {
    return unpack_sh4(sh_plane(row, first_plane), sh_plane(row, first_plane + 1u), sh_plane(row, first_plane + 2u));
}

fn put_plane(row: u32, plane: u32, value: vec4<f32>) {
    if plane < SH_PLANES { d_rows[(GEOMETRY_PLANES + plane) * view.row_capacity + row] = value; }
}

// Stores dL/dc_k = Y_k dL/dcolour for four coefficients.
fn put_four(row: u32, first_plane: u32, y: vec4<f32>, g: vec3<f32>) {
    put_plane(row, first_plane, vec4<f32>(y.x * g, y.y * g.x));
    put_plane(row, first_plane + 1u, vec4<f32>(y.y * g.yz, y.z * g.xy));
    put_plane(row, first_plane + 2u, vec4<f32>(y.z * g.z, y.w * g));
}

// dL/d(unit direction) from the projections s_k = c_k . dL/dcolour.
fn direction_gradient(row: u32, d: vec3<f32>, g: vec3<f32>) -> vec3<f32> {
    let x = d.x; let y = d.y; let z = d.z;
    var out = vec3<f32>(0.0);
    for (var once = SH_PLANES > 1u && view.sh_degree >= 1u; once; once = false) {
        let c = sh_four(row, 0u);
        out += SH_Y1 * vec3<f32>(-dot(c.c3, g), -dot(c.c1, g), dot(c.c2, g));
    }
    for (var once = SH_PLANES > 3u && view.sh_degree >= 2u; once; once = false) {
        let c = sh_four(row, 3u);
        let s0 = 1.0925484 * dot(c.c0, g); let s1 = -1.0925484 * dot(c.c1, g);
        let s2 = 0.31539157 * dot(c.c2, g); let s3 = -1.0925484 * dot(c.c3, g);
        let s4 = 0.5462742 * dot(sh_plane(row, 6u).xyz, g);
        out += s0 * vec3<f32>(y, x, 0.0) + s1 * vec3<f32>(0.0, z, y) + s2 * vec3<f32>(-2.0 * x, -2.0 * y, 4.0 * z)
            + s3 * vec3<f32>(z, 0.0, x) + s4 * vec3<f32>(2.0 * x, -2.0 * y, 0.0);
    }
    for (var once = SH_PLANES > 7u && view.sh_degree >= 3u; once; once = false) {
        let c = sh_four(row, 6u);
        let e = sh_four(row, 9u);
        let xx = x * x; let yy = y * y; let zz = z * z;
        out += -0.5900436 * dot(c.c1, g) * vec3<f32>(6.0 * x * y, 3.0 * xx - 3.0 * yy, 0.0)
            + 2.8906114 * dot(c.c2, g) * vec3<f32>(y * z, x * z, x * y)
            - 0.4570458 * dot(c.c3, g) * vec3<f32>(-2.0 * x * y, 4.0 * zz - xx - 3.0 * yy, 8.0 * y * z)
            + 0.37317634 * dot(e.c0, g) * vec3<f32>(-6.0 * x * z, -6.0 * y * z, 6.0 * zz - 3.0 * xx - 3.0 * yy)
            - 0.4570458 * dot(e.c1, g) * vec3<f32>(4.0 * zz - 3.0 * xx - yy, -2.0 * x * y, 8.0 * x * z)
            + 1.4453057 * dot(e.c2, g) * vec3<f32>(2.0 * x * z, -2.0 * y * z, xx - yy)
            - 0.5900436 * dot(e.c3, g) * vec3<f32>(3.0 * xx - 3.0 * yy, -6.0 * x * y, 0.0);
    }
    return out;
}

fn put_sh(row: u32, d: vec3<f32>, g: vec3<f32>) {
    let y1 = sh_basis1(d) * select(0.0, 1.0, view.sh_degree >= 1u);
    put_four(row, 0u, vec4<f32>(SH_Y00, y1), g);
    for (var once = SH_PLANES > 3u; once; once = false) {
        var y2 = sh_basis2(d);
        let on = select(0.0, 1.0, view.sh_degree >= 2u);
        put_four(row, 3u, on * vec4<f32>(y2[0], y2[1], y2[2], y2[3]), g);
        var y3 = sh_basis3(d);
        let on3 = select(0.0, 1.0, view.sh_degree >= 3u);
        put_four(row, 6u, vec4<f32>(on * y2[4], on3 * vec3<f32>(y3[0], y3[1], y3[2])), g);
        put_four(row, 9u, on3 * vec4<f32>(y3[3], y3[4], y3[5], y3[6]), g);
    }
}

@compute @workgroup_size(ROW_GROUP)
fn backward_rows(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x;
    for (var once = row < counters[COUNT_ROWS]; once; once = false) {
        let is_seen = row_hits[row].y > 0u;
        let p0 = rows_at(row);
        let p1 = rows_at(view.row_capacity + row);
        let p2 = rows_at(2u * view.row_capacity + row);
        let inverse_norm = inverseSqrt(max(dot(p2, p2), 1e-30));
        let q = p2 * inverse_norm;
        let rotation = rotation_matrix(q);
        let scale = scale_from_log(p1.xyz);
        let f = footprint(view, p0.xyz, rotation, scale);
        let s0 = splat_sums_at(SPLAT_TEXELS * row);
        let s1 = splat_sums_at(SPLAT_TEXELS * row + 1u);
        let s2 = splat_sums_at(SPLAT_TEXELS * row + 2u);

        // Mean in the image: dpower/dmean = conic (d).
        let a = f.conic.x; let b = f.conic.y; let c = f.conic.z;
        let d_mean_px = vec2<f32>(a * s0.y + b * s0.z, b * s0.y + c * s0.z);
        // Covariance: power = -1/2 d^T K d, dL/dcov = 1/2 K M K with M = sum v d d^T.
        let k0 = vec2<f32>(a * s0.w + b * s1.x, a * s1.x + b * s1.y);
        let k1 = vec2<f32>(b * s0.w + c * s1.x, b * s1.x + c * s1.y);
        // The opacity's compensation |n| / sqrt(det): sum v is dL/dlog opacity, d(-1/2 log det)/dcov = -1/2 K.
        let v = select(0.0, s0.x, view.antialiased == 1u);
        let d_cov = vec3<f32>(0.5 * (k0.x * a + k0.y * b), k0.x * b + k0.y * c, 0.5 * (k1.x * b + k1.y * c))
            - v * vec3<f32>(0.5 * a, b, 0.5 * c);
        let along_n = f.normal * (v / max(dot(f.normal, f.normal), 1e-30));
        let d_u0 = 2.0 * d_cov.x * f.u0 + d_cov.y * f.u1 + cross(f.u1, along_n);
        let d_u1 = 2.0 * d_cov.z * f.u1 + d_cov.y * f.u0 + cross(along_n, f.u0);

        // U = J (W R) S.
        let world = mat3x3<f32>(view.view_from_world[0].xyz, view.view_from_world[1].xyz, view.view_from_world[2].xyz);
        let m = world * rotation;
        let z = f.mean_in_view.z;
        let j0 = vec3<f32>(view.focal.x / z, 0.0, -view.focal.x * f.slope.x / z);
        let j1 = vec3<f32>(0.0, view.focal.y / z, -view.focal.y * f.slope.y / z);
        let d_j0 = m * (d_u0 * scale);
        let d_j1 = m * (d_u1 * scale);
        let d_log_scale = (d_u0 * (j0 * m) + d_u1 * (j1 * m)) * scale;
        // dL/dR = (J W)^T dU S, column by column.
        let jw0 = j0 * world;
        let jw1 = j1 * world;
        let d_rotation = mat3x3<f32>(
            (jw0 * d_u0.x + jw1 * d_u1.x) * scale.x,
            (jw0 * d_u0.y + jw1 * d_u1.y) * scale.y,
            (jw0 * d_u0.z + jw1 * d_u1.z) * scale.z,
        );

        // J's entries and the mean's projection back to the mean in view space.
        let fz = view.focal / z;
        let open = select(vec2<f32>(1.0), vec2<f32>(0.0), f.is_clamped);
        let d_slope = -fz * vec2<f32>(d_j0.z, d_j1.z);
        let d_raw = open * d_slope + view.focal * d_mean_px;
        let d_z_of_j = -(fz.x * d_j0.x + fz.y * d_j1.y) / z + dot(fz * f.slope, vec2<f32>(d_j0.z, d_j1.z)) / z;
        let raw = f.mean_in_view.xy / z;
        let d_view = vec3<f32>(d_raw / z, d_z_of_j - dot(d_raw, raw) / z);

        // Colour: clamped at 0 by max; the sign of the unclamped colour decides.
        let to_row = p0.xyz - view.camera_in_world.xyz;
        let inverse_distance = inverseSqrt(max(dot(to_row, to_row), 1e-30));
        let d = to_row * inverse_distance;
        let shown = splats_at(SPLAT_TEXELS * row + 2u).xyz;
        let d_colour = select(vec3<f32>(0.0), vec3<f32>(s1.zw, s2.x), shown > vec3<f32>(0.0));
        let d_direction = direction_gradient(row, d, d_colour);
        let d_to_row = (d_direction - d * dot(d, d_direction)) * inverse_distance;

        let opacity = sigmoid(p0.w);
        // dL/dopacity = sum v / opacity, times opacity (1 - opacity).
        let d_opacity = s0.x * (1.0 - opacity);
        let d_mean = d_view * world + d_to_row;
        let d_quaternion = quaternion_gradient(q, inverse_norm, d_rotation);

        let g0 = vec4<f32>(d_mean, d_opacity);
        let g1 = vec4<f32>(d_log_scale, 0.0);
        let is_good = is_seen && is_finite4(g0) && is_finite3(d_log_scale) && is_finite4(d_quaternion) && is_finite3(d_colour);
        d_rows[row] = select(vec4<f32>(0.0), g0, is_good);
        d_rows[view.row_capacity + row] = select(vec4<f32>(0.0), g1, is_good);
        d_rows[2u * view.row_capacity + row] = select(vec4<f32>(0.0), d_quaternion, is_good);
        put_sh(row, select(vec3<f32>(0.0), d, is_good), select(vec3<f32>(0.0), d_colour, is_good));
        // A small motion V -> exp(w) V + d of the view: means move with it, the Jacobian turns against the covariance, and the
        // camera's centre moves, by -d in view space, under the colour.
        for (var refines = 2u * row + 1u < arrayLength(&d_pose); refines; refines = false) {
            let d_w = cross(f.mean_in_view, d_view) + cross(d_j0, j0) + cross(d_j1, j1);
            let is_kept = is_good && is_finite3(d_w);
            d_pose[2u * row] = select(vec4<f32>(0.0), vec4<f32>(d_w, 0.0), is_kept);
            d_pose[2u * row + 1u] = select(vec4<f32>(0.0), vec4<f32>(d_view + world * d_to_row, 0.0), is_kept);
        }
        let norm = length(d_mean_px * 0.5 * vec2<f32>(view.size_px));
        if counters[COUNT_OVERFLOW] == 0u && view.counts_growth == 1u {
            growth[row] += select(vec2<f32>(0.0), vec2<f32>(norm, 1.0), is_good);
        }
    }
}

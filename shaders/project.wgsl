// Stage Project: every row, seen by the view, becomes a 2D splat with a depth key and the number of tile entries and
// block hits it needs. Rows that are not seen get the largest key and need nothing, so sorting drops them. Several clouds
// may share the lists: each is projected by its own view, to its own stretch of rows.

@group(0) @binding(0) var<uniform> view: ViewUniforms;
@group(0) @binding(2) var<storage, read> counters: array<u32>;
@group(0) @binding(3) var<storage, read_write> splats: array<vec4<f32>>;   // [N, 3]: mean_px, a, b | c, opacity, z, r2 | rgb, slope of z
@group(0) @binding(4) var<storage, read_write> depth_keys: array<u32>;     // [N]
@group(0) @binding(5) var<storage, read_write> depth_rows: array<u32>;     // [N]
@group(0) @binding(6) var<storage, read_write> needs: array<vec2<u32>>;    // [N]: tile entries, block hits

fn sh_plane(row: u32, plane: u32) -> vec4<f32> {
    if plane >= SH_PLANES { return vec4<f32>(0.0); }
    return rows_at((GEOMETRY_PLANES + plane) * view.row_capacity + row);
}

fn sh_four(row: u32, first_plane: u32) -> Sh4 {
    return unpack_sh4(sh_plane(row, first_plane), sh_plane(row, first_plane + 1u), sh_plane(row, first_plane + 2u));
}

// Colour before the +0.5 and the clamp. Loops of one trip: a loop not entered costs nothing on a software GPU, where
// both sides of an `if` are always executed.
fn sh_colour(row: u32, d: vec3<f32>, degree: u32) -> vec3<f32> {
    let first = sh_four(row, 0u);
    var colour = SH_Y00 * first.c0;
    for (var once = SH_PLANES > 1u && degree >= 1u; once; once = false) {
        let b = sh_basis1(d);
        colour += b.x * first.c1 + b.y * first.c2 + b.z * first.c3;
    }
    for (var once = SH_PLANES > 3u && degree >= 2u; once; once = false) {
        let b = sh_basis2(d);
        let c = sh_four(row, 3u);
        colour += b[0] * c.c0 + b[1] * c.c1 + b[2] * c.c2 + b[3] * c.c3 + b[4] * sh_plane(row, 6u).xyz;
    }
    for (var once = SH_PLANES > 7u && degree >= 3u; once; once = false) {
        let b = sh_basis3(d);
        let c = sh_four(row, 6u);
        let e = sh_four(row, 9u);
        colour += b[0] * c.c1 + b[1] * c.c2 + b[2] * c.c3 + b[3] * e.c0 + b[4] * e.c1 + b[5] * e.c2 + b[6] * e.c3;
    }
    return colour;
}

@compute @workgroup_size(ROW_GROUP)
fn project(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x;
    let is_live = row < counters[COUNT_ROWS];
    for (var once = row < max(counters[COUNT_ROWS], view.row_bound); once; once = false) {
        // No loop's end may hang on uniforms alone, see `compose`.
        let one = min(counters[COUNT_ROWS], 1u);
        let p0 = rows_at(row);
        let p1 = rows_at(view.row_capacity + row);
        let p2 = rows_at(2u * view.row_capacity + row);
        let norm2 = dot(p2, p2);
        let f = footprint(view, p0.xyz, rotation_matrix(p2 * inverseSqrt(max(norm2, 1e-30))), scale_from_log(p1.xyz));
        let opacity = sigmoid(p0.w) * f.compensation;
        // A hair wider than 1/255: rounding may only ever add a block, never lose one.
        let r2 = 2.0 * log(max(255.0 * opacity, 1e-30)) * 1.0001 + 1e-4;
        let forward = vec3<f32>(view.view_from_world[0].z, view.view_from_world[1].z, view.view_from_world[2].z);
        let to_row = mix(forward, p0.xyz - view.camera_in_world.xyz, view.perspective);
        let d = to_row * inverseSqrt(max(dot(to_row, to_row), 1e-30));
        let light = sh_colour(row, d, view.sh_degree * one) + 0.5;
        let colour = max(light, vec3<f32>(0.0));

        let z = f.mean_in_view.z;
        // A number that is none anywhere in a row, class logits included, would spoil every pixel that it touches. Planes that
        // the colour is made of need no second look: it is no number either.
        var is_whole = true;
        let used = 3u * (view.sh_degree + 1u) * (view.sh_degree + 1u) / 4u;
        for (var plane = GEOMETRY_PLANES + min(used, SH_PLANES); plane < view.planes * one; plane++) {
            is_whole = is_whole && is_finite4(rows_at(plane * view.row_capacity + row));
        }
        let sane = is_whole && is_finite4(p0) && is_finite3(p1.xyz) && is_finite4(p2) && norm2 > 1e-20 && is_finite3(f.conic)
            && is_finite(f.mean_px.x) && is_finite(f.mean_px.y) && is_finite3(light) && f.det > 0.0;
        var visible = is_live && sane && z > 0.2 * view.perspective && opacity >= 1.0 / 255.0;

        let slope = pack2x16float(clamp(f.depth_slope * view.depth_scale, vec2<f32>(-6e4), vec2<f32>(6e4)));
        let need = list_needs(Ellipse(f.mean_px, f.conic, r2), view.size_px, visible);
        visible = need.x > 0u;
        let at = view.first_row + row;
        splats[SPLAT_TEXELS * at] = select(vec4<f32>(0.0), vec4<f32>(f.mean_px, f.conic.xy), visible);
        splats[SPLAT_TEXELS * at + 1u] =
            select(vec4<f32>(0.0), vec4<f32>(f.conic.z, opacity, z * view.depth_scale, r2), visible);
        splats[SPLAT_TEXELS * at + 2u] = select(vec4<f32>(0.0), vec4<f32>(colour, bitcast<f32>(slope)), visible);
        depth_keys[at] = select(0xffffffffu, bitcast<u32>(z * view.depth_scale), visible);
        depth_rows[at] = at;
        needs[at] = need;
    }
}

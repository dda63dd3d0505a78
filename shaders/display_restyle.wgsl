// What a camera asks of splats beyond what Project makes of them: a factor of opacity per class, and points or ellipsoids
// instead of Gaussians. Runs between Project and Sort, so what is hidden or faded lets through what lies behind it, and
// lists are made for what is really drawn.

struct RestyleUniforms {
    row_capacity: u32,
    first_plane: u32,
    channels: u32,
    first_row: u32,
    size_px: vec2<u32>,
    form: u32,
    size: f32,
}

@group(0) @binding(0) var<uniform> restyle: RestyleUniforms;
@group(0) @binding(2) var<storage, read> counters: array<u32>;
@group(0) @binding(3) var<storage, read> factors: array<f32>;              // [channels] of opacity, by the cloud's columns
@group(0) @binding(4) var<storage, read_write> splats: array<vec4<f32>>;   // [N, 3] as Project writes them
@group(0) @binding(5) var<storage, read_write> depth_keys: array<u32>;     // [N]
@group(0) @binding(6) var<storage, read_write> needs: array<vec2<u32>>;    // [N]: tile entries, block hits

// Factor of the row's own class, the one with the largest logit.
fn class_factor(row: u32) -> f32 {
    // No loop's end may hang on uniforms alone, see `compose`.
    let channels = min(restyle.channels, arrayLength(&factors));
    var top = -3.4e38;
    var column = 0u;
    for (var first = 0u; first < channels; first += 4u) {
        let s = rows_at((restyle.first_plane + first / 4u) * restyle.row_capacity + row);
        for (var k = 0u; k < 4u; k++) {
            let wins = first + k < channels && s[k] > top;
            top = select(top, s[k], wins);
            column = select(column, first + k, wins);
        }
    }
    return select(1.0, factors[column], channels > 0u);
}

@compute @workgroup_size(ROW_GROUP)
fn display_restyle(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x;
    for (var once = row < counters[COUNT_ROWS]; once; once = false) {
        let at = restyle.first_row + row;
        let s0 = splats[SPLAT_TEXELS * at];
        let s1 = splats[SPLAT_TEXELS * at + 1u];
        let s2 = splats[SPLAT_TEXELS * at + 2u];
        let factor = class_factor(row);

        // Gaussians are fainter; what is solid is as large as ever and lets light through. An ellipsoid's edge is where its
        // Gaussian's alpha falls below `size`, a point's at a radius of `size`: both are brought to q = 1.
        let is_point = restyle.form == FORM_POINTS;
        let is_ellipsoid = restyle.form == FORM_ELLIPSOIDS;
        let is_solid = is_point || is_ellipsoid;
        let edge = 2.0 * log(max(s1.y / restyle.size, 1e-30));
        let own = vec3<f32>(s0.zw, s1.x);
        let disc = vec3<f32>(1.0, 0.0, 1.0) / (restyle.size * restyle.size);
        let conic = select(select(own, own / max(edge, 1e-6), is_ellipsoid), disc, is_point);
        let opacity = factor * select(s1.y, select(1.0, 0.0, is_ellipsoid && edge <= 0.0), is_solid);
        // Solid edges reach half a pixel farther than q = 1: at most as far as where conic is steepest.
        let rim = 1.001 + 0.5 * sqrt(conic.x + conic.z);
        let r2 = select(2.0 * log(max(255.0 * opacity, 1e-30)) * 1.0001 + 1e-4, rim * rim, is_solid);
        let shade = select(0.0, ELLIPSOID_SHADE, is_ellipsoid);

        let visible = s1.y > 0.0 && opacity >= 1.0 / 255.0;
        let need = list_needs(Ellipse(s0.xy, conic, r2), restyle.size_px, visible);
        let is_listed = need.x > 0u;
        splats[SPLAT_TEXELS * at] = select(vec4<f32>(0.0), vec4<f32>(s0.xy, conic.xy), is_listed);
        splats[SPLAT_TEXELS * at + 1u] = select(vec4<f32>(0.0), vec4<f32>(conic.z, opacity, s1.z, r2), is_listed);
        splats[SPLAT_TEXELS * at + 2u] = select(vec4<f32>(0.0), vec4<f32>(s2.xyz, select(s2.w, shade, is_solid)), is_listed);
        depth_keys[at] = select(0xffffffffu, depth_keys[at], is_listed);
        needs[at] = need;
    }
}

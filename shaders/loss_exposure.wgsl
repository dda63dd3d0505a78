// Stage Loss, exposure: photographs are compared with A c + b of the rendered colour c, each with its own A and b. From the
// gradient g of the exposed colour: dL/dc = A^T g, dL/d[A | b] = sum over pixels of g [c, 1]^T. Sums in a fixed order: runs of
// pixels, then every 64th run, then those 64 (`optimise_exposure`).

@group(0) @binding(0) var<uniform> loss: LossUniforms;
@group(0) @binding(1) var<uniform> exposure: Exposure;
@group(0) @binding(3) var<storage, read_write> d_image: array<vec4<f32>>;     // [H, W] in: g; out: dL/dc, c . dL/dc
@group(0) @binding(4) var<storage, read_write> run_sums: array<vec4<f32>>;    // [runs, 3]
@group(0) @binding(5) var<storage, read_write> lane_sums: array<vec4<f32>>;   // [64, 3]

@compute @workgroup_size(ROW_GROUP)
fn exposure_runs(@builtin(global_invocation_id) id: vec3<u32>) {
    let n = loss.size_px.x * loss.size_px.y;
    let first = id.x * EXPOSURE_RUN;
    var r = vec4<f32>(0.0);
    var g = vec4<f32>(0.0);
    var b = vec4<f32>(0.0);
    let end = min(first + EXPOSURE_RUN, min(n, arrayLength(&d_image)));
    for (var pixel = first; pixel < end; pixel++) {
        let seen = image_at(pixel);
        let colour = seen.xyz + seen.w * loss.background.xyz;
        let c = vec4<f32>(colour, 1.0);
        let d = d_image[pixel].xyz;
        r += d.x * c;
        g += d.y * c;
        b += d.z * c;
        let d_colour = d.x * exposure.rows[0].xyz + d.y * exposure.rows[1].xyz + d.z * exposure.rows[2].xyz;
        d_image[pixel] = vec4<f32>(d_colour, dot(colour, d_colour));
    }
    for (var once = first < n; once; once = false) {
        run_sums[3u * id.x] = r;
        run_sums[3u * id.x + 1u] = g;
        run_sums[3u * id.x + 2u] = b;
    }
}

@compute @workgroup_size(ROW_GROUP)
fn exposure_lanes(@builtin(global_invocation_id) id: vec3<u32>) {
    let n = loss.size_px.x * loss.size_px.y;
    let runs = min((n + EXPOSURE_RUN - 1u) / EXPOSURE_RUN, arrayLength(&run_sums) / 3u);
    var sum = vec4<f32>(0.0);
    for (var run = id.x / 3u; run < runs; run += EXPOSURE_LANES) { sum += run_sums[3u * run + id.x % 3u]; }
    lane_sums[id.x] = sum;
}

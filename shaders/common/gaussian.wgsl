// A row seen by a view: EWA projection of a 3D Gaussian.

// Rotation matrix of a unit quaternion w, x, y, z.
fn rotation_matrix(q: vec4<f32>) -> mat3x3<f32> {
    let w = q.x; let x = q.y; let y = q.z; let z = q.w;
    return mat3x3<f32>(
        vec3<f32>(1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y + w * z), 2.0 * (x * z - w * y)),
        vec3<f32>(2.0 * (x * y - w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z + w * x)),
        vec3<f32>(2.0 * (x * z + w * y), 2.0 * (y * z - w * x), 1.0 - 2.0 * (x * x + y * y)),
    );
}

// Gradient of a quaternion (w, x, y, z), through its normalisation, from the gradient of the rotation matrix.
fn quaternion_gradient(q: vec4<f32>, inverse_norm: f32, m: mat3x3<f32>) -> vec4<f32> {
    let w = q.x; let x = q.y; let y = q.z; let z = q.w;
    let d = 2.0 * vec4<f32>(
        z * (m[0].y - m[1].x) + y * (m[2].x - m[0].z) + x * (m[1].z - m[2].y),
        y * (m[1].x + m[0].y) + z * (m[2].x + m[0].z) + w * (m[1].z - m[2].y) - 2.0 * x * (m[2].z + m[1].y),
        x * (m[1].x + m[0].y) + w * (m[2].x - m[0].z) + z * (m[1].z + m[2].y) - 2.0 * y * (m[2].z + m[0].x),
        w * (m[0].y - m[1].x) + x * (m[2].x + m[0].z) + y * (m[1].z + m[2].y) - 2.0 * z * (m[1].y + m[0].x),
    );
    return (d - q * dot(q, d)) * inverse_norm;
}

struct Footprint {
    mean_in_view: vec3<f32>,
    mean_px: vec2<f32>,
    slope: vec2<f32>,      // x/z, y/z clamped for the Jacobian
    is_clamped: vec2<bool>,
    u0: vec3<f32>,         // rows of U = J W R S, so that cov2d = U U^T
    u1: vec3<f32>,
    cov: vec3<f32>,        // cov2d + 0.3 I: xx, xy, yy
    det: f32,
    conic: vec3<f32>,
    normal: vec3<f32>,     // u0 x u1: its length is the root of det(cov2d)
    depth_slope: vec2<f32>, // of the depth at which a pixel's ray is deepest in the Gaussian, per pixel
    compensation: f32,     // of opacity: sqrt(det(cov2d) / det(cov2d + 0.3 I)), or 1
}

fn footprint(view: ViewUniforms, mean: vec3<f32>, rotation: mat3x3<f32>, scale: vec3<f32>) -> Footprint {
    var f: Footprint;
    f.mean_in_view = (view.view_from_world * vec4<f32>(mean, 1.0)).xyz;
    // Orthographic: what perspective divides by is 1, and the slopes do not matter.
    let z = mix(1.0, f.mean_in_view.z, view.perspective);
    let raw = f.mean_in_view.xy / z;
    f.mean_px = view.focal * raw + view.principal;
    f.slope = clamp(raw, view.slope_low, view.slope_high);
    f.is_clamped = f.slope != raw;
    let world = mat3x3<f32>(view.view_from_world[0].xyz, view.view_from_world[1].xyz, view.view_from_world[2].xyz);
    let m = world * rotation;
    let j0 = vec3<f32>(view.focal.x / z, 0.0, -view.focal.x * f.slope.x / z * view.perspective);
    let j1 = vec3<f32>(0.0, view.focal.y / z, -view.focal.y * f.slope.y / z * view.perspective);
    f.u0 = (j0 * m) * scale;
    f.u1 = (j1 * m) * scale;
    f.cov = vec3<f32>(dot(f.u0, f.u0) + 0.3, dot(f.u0, f.u1), dot(f.u1, f.u1) + 0.3);
    f.det = f.cov.x * f.cov.z - f.cov.y * f.cov.y;
    f.conic = vec3<f32>(f.cov.z, -f.cov.y, f.cov.x) / f.det;
    // The mean of z given the place on the screen: flat Gaussians are planes there.
    let uz = (vec3<f32>(0.0, 0.0, 1.0) * m) * scale;
    let zu = vec2<f32>(dot(uz, f.u0), dot(uz, f.u1));
    f.depth_slope = vec2<f32>(f.conic.x * zu.x + f.conic.y * zu.y, f.conic.y * zu.x + f.conic.z * zu.y);
    f.normal = cross(f.u0, f.u1);
    f.compensation = select(1.0, sqrt(dot(f.normal, f.normal) / f.det), view.antialiased == 1u);
    return f;
}

// exp of a log-scale, kept where f32 squares stay finite.
fn scale_from_log(log_scale: vec3<f32>) -> vec3<f32> {
    return exp(clamp(log_scale, vec3<f32>(-30.0), vec3<f32>(30.0)));
}

fn sigmoid(x: f32) -> f32 { return 1.0 / (1.0 + exp(-x)); }

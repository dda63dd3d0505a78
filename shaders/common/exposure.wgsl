// What a photograph's exposure made of the scene's colours, row by row of [A | b]: layout Exposure.
struct Exposure {
    rows: array<vec4<f32>, 3>,
}

fn exposed(exposure: Exposure, colour: vec3<f32>) -> vec3<f32> {
    let c = vec4<f32>(colour, 1.0);
    return vec3<f32>(dot(exposure.rows[0], c), dot(exposure.rows[1], c), dot(exposure.rows[2], c));
}

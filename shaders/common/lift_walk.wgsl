// What a lift's walks share: a pixel's label, a lane's splat, and how a pixel's light is spent on it. Needs `view`, `labels` and
// `lift_`.

const NO_COLUMN: u32 = 65535u;

// Class column of a lane's pixel p, NO_COLUMN where there is none.
fn pixel_column(block: Block, lane: u32, p: u32) -> u32 {
    let px = block.first_px + block_pixel(lane, p);
    let at = min(px, view.size_px - 1u);
    let own = label_column(labels[min(1u + at.y * view.size_px.x + at.x, arrayLength(&labels) - 1u)]);
    return select(NO_COLUMN, own, all(px < view.size_px) && own < lift_.channels);
}

struct LiftSplat {
    mean: vec2<f32>,
    conic: vec3<f32>,
    opacity: f32,
}

// The splat whose first two texels lane j holds.
fn splat_of_lane(own0: vec4<f32>, own1: vec4<f32>, j: u32) -> LiftSplat {
    return LiftSplat(
        vec2<f32>(lane_shuffle(own0.x, j), lane_shuffle(own0.y, j)),
        vec3<f32>(lane_shuffle(own0.z, j), lane_shuffle(own0.w, j), lane_shuffle(own1.x, j)),
        lane_shuffle(own1.y, j),
    );
}

// A pixel behind a splat: alpha_i T_i, what is left of its light, and 1 until it is saturated.
struct Passed {
    weight: f32,
    t: f32,
    is_open: f32,
}

fn passed(splat_alpha: f32, t: f32, is_open: f32) -> Passed {
    let alpha = min(0.99, splat_alpha);
    let reaches = alpha >= 1.0 / 255.0 && is_open > 0.0;
    let behind = t * (1.0 - alpha);
    let stops = reaches && behind < 1e-4;
    let counts = reaches && !stops;
    return Passed(select(0.0, alpha * t, counts), select(t, behind, counts), select(is_open, 0.0, stops));
}

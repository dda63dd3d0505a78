// A Gaussian's alphas at a lane's pixels, the first of which lies `d` from its centre, before the clamp at 0.99. The pixels are a
// column, so the power is a parabola over them: each alpha is the one before times a ratio, and that ratio times a constant.
// Four exponentials serve all. They begin in the middle: an alpha that counts, 1/255 or more, is at most four rows away, and
// with variances of 0.3 and more it is not below e^-57 there, nor a ratio beyond e^57.
const COLUMN_STEP: f32 = f32(LANES / BLOCK_PX);
const MIDDLE: u32 = PIXELS_PER_LANE / 2u;

fn splat_alphas(d: vec2<f32>, conic: vec3<f32>, opacity: f32, lane: u32) -> array<f32, PIXELS_PER_LANE> {
    let y = d.y + COLUMN_STEP * f32(MIDDLE);
    let power = -0.5 * (conic.x * d.x * d.x + conic.z * y * y) - conic.y * d.x * y;
    let slope = COLUMN_STEP * (conic.z * y + conic.y * d.x);
    let bend = COLUMN_STEP * COLUMN_STEP * conic.z;
    let ratio_change = exp(-bend);
    var up = exp(min(slope - 0.5 * bend, 60.0));
    var down = exp(min(-slope - 0.5 * bend, 60.0));
    var alphas: array<f32, PIXELS_PER_LANE>;
    let middle = opacity * exp(power);
    alphas[MIDDLE] = middle;
    var alpha = middle;
    for (var p = 0u; p < PIXELS_PER_LANE; p++) {
        if p < MIDDLE {
            alpha *= up;
            up *= ratio_change;
            alphas[(MIDDLE + PIXELS_PER_LANE - 1u - p) % PIXELS_PER_LANE] = alpha;
        }
    }
    alpha = middle;
    for (var p = 0u; p < PIXELS_PER_LANE; p++) {
        if p > MIDDLE {
            alpha *= down;
            down *= ratio_change;
            alphas[p] = alpha;
        }
    }
    return alphas;
}

// Where the surface of a pixel lies.

// Before this splat more light was left, and after it less, than at the surface: three tenths, since what is trained from
// photographs wears a haze in front; half where not so much is spent.
fn is_surface(before: f32, behind: f32) -> bool {
    return (before > 0.5 && behind <= 0.5) || (before > 0.3 && behind <= 0.3);
}

// Depth of a splat `d` pixels from its centre, as far as a slope can be trusted.
fn depth_at(z: f32, slope: vec2<f32>, d: vec2<f32>) -> f32 { return clamp(z + dot(slope, d), 0.5 * z, 2.0 * z); }

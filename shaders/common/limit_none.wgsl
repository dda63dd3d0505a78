// Nothing ends the splats of a pixel but the splats.
fn limit_of(px: vec2<u32>) -> f32 { return NO_LIMIT; }
fn is_before(z: f32, limit: f32) -> bool { return true; }

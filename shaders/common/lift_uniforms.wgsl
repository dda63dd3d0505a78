// Shapes of a lift: layout LiftUniforms.
struct LiftUniforms {
    row_capacity: u32,
    first_plane: u32,
    channels: u32,
    is_hard: u32,
    smoothing: f32,
    pad0: u32,
    pad1: u32,
    pad2: u32,
}

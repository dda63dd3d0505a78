// Where a row's class logits lie: layout LogitUniforms.
struct LogitUniforms {
    row_capacity: u32,
    first_plane: u32,
    channels: u32,
    weight: f32,
}

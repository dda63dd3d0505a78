// A relocation: layout RelocateUniforms.
struct RelocateUniforms {
    dead_opacity: f32,
    weight_unit: f32,
    row_capacity: u32,
    planes: u32,
    row_target: u32,
    seed: u32,
    pad0: u32,
    pad1: u32,
}

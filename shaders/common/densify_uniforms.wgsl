// Thresholds of a densification: layout DensifyUniforms.
struct DensifyUniforms {
    gradient_threshold: f32,
    clone_scale: f32,
    prune_opacity: f32,
    prune_scale: f32,
    row_capacity: u32,
    planes: u32,
    row_limit: u32,
    seed: u32,
}

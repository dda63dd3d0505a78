// Which rows are sampled and asked for their neighbours: layout NeighbourUniforms.
struct NeighbourUniforms {
    samples: u32,
    most: u32,
    slices: u32,
    seed: u32,
}

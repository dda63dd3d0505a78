// Neighbours that should agree: layout SmoothingUniforms.
struct SmoothingUniforms {
    row_capacity: u32,
    first_plane: u32,
    channels: u32,
    samples: u32,
    most: u32,
    weight: f32,
    first_sum: u32,
    pad1: u32,
}

const SLOTS: u32 = NEIGHBOURS + 1u;   // a sample and its neighbours
const PARTS: u32 = 16u;               // invocations that share the rows of one plane

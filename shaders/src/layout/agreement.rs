//! Codes and their classifier, and neighbours that should agree.

/// Planes of a code: Gaussian Grouping's class channels.
pub const CODE_PLANES: u32 = splat_core::CODE_CHANNELS as u32 / 4;
/// vec4s of one class of the classifier: its weights, then the bias and three unused numbers.
pub const CLASSIFIER_TEXELS: u32 = CODE_PLANES + 1;
/// Pixels of one piece of the classifier's gradient.
pub const CLASSIFIER_PIXELS: u32 = 2048;
/// Pieces of the classifier's gradient that the comparison of neighbours adds.
pub const CLASSIFIER_PARTS: u32 = 16;
/// Other rows that are found for every sampled row.
pub const NEIGHBOURS: u32 = 5;

crossing! {
    /// A step of Adam on the classifier.
    pub struct ClassifierUniforms {
        /// Classes C.
        pub classes: u32,
        /// Pieces of the gradient to be added up.
        pub pieces: u32,
        /// Learning rate.
        pub rate: f32,
        /// 1 - beta1^t.
        pub correction1: f32,
        /// 1 - beta2^t.
        pub correction2: f32,
        /// Unused.
        pub pad0: u32,
        /// Unused.
        pub pad1: u32,
        /// Unused.
        pub pad2: u32,
    }

    /// Neighbour smoothing of one step.
    pub struct SmoothingUniforms {
        /// Row stride of planes.
        pub row_capacity: u32,
        /// First plane of logits.
        pub first_plane: u32,
        /// Class channels C.
        pub channels: u32,
        /// Rows that are sampled.
        pub samples: u32,
        /// Rows that samples are taken from.
        pub most: u32,
        /// Weight of the mean KL divergence.
        pub weight: f32,
        /// Codes: first piece of the classifier's gradient that is written; unused elsewhere.
        pub first_sum: u32,
        /// Unused.
        pub pad1: u32,
    }

    /// The pull of planes in one step.
    pub struct PlaneUniforms {
        /// Row stride of planes of rows.
        pub row_capacity: u32,
        /// First plane of logits.
        pub first_plane: u32,
        /// Class channels C.
        pub channels: u32,
        /// Weight of the mean pull.
        pub weight: f32,
        /// Distance up to which the pull grows, world units.
        pub width: f32,
        /// Side of a cell of the grid of planes, world units.
        pub cell: f32,
        /// Unused.
        pub pad0: u32,
        /// Unused.
        pub pad1: u32,
        /// Corner of its first cell, world space.
        pub low: [f32; 3],
        /// Unused.
        pub pad2: u32,
        /// Cells along its axes.
        pub cells: [u32; 3],
        /// Unused.
        pub pad3: u32,
    }

    /// A rectangle of a plane that holds one class.
    pub struct ClassPlane {
        /// Unit normal, world space.
        pub normal: [f32; 3],
        /// normal . x on the plane, world units.
        pub offset: f32,
        /// Unit vector along the rectangle's first side.
        pub side0: [f32; 3],
        /// Its middle along the first side, world units.
        pub middle0: f32,
        /// Unit vector along the second side.
        pub side1: [f32; 3],
        /// Its middle along the second side, world units.
        pub middle1: f32,
        /// Half lengths of the sides, world units.
        pub half: [f32; 2],
        /// How far it reaches, world units.
        pub reach: f32,
        /// What its pull is multiplied by.
        pub strength: f32,
    }

    /// Which rows are sampled and asked for their neighbours.
    pub struct NeighbourUniforms {
        /// Rows to sample.
        pub samples: u32,
        /// Rows that samples and neighbours are taken from, at most.
        pub most: u32,
        /// Slices that the candidates are searched in.
        pub slices: u32,
        /// Which rows.
        pub seed: u32,
    }
}

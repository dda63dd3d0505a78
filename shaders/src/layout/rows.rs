//! What changes rows: optimiser, strategies, lift.

crossing! {
    /// Where a row's class logits lie, for the kernels that take a row's softmax.
    pub struct LogitUniforms {
        /// Row stride of planes.
        pub row_capacity: u32,
        /// First plane of logits.
        pub first_plane: u32,
        /// Class channels C.
        pub channels: u32,
        /// lambda_H of this step in the entropy kernel; unused elsewhere.
        pub weight: f32,
    }

    /// Adam's numbers of one step; the rates per plane are a storage buffer of vec4.
    pub struct OptimiseUniforms {
        /// 1 - beta1^t.
        pub correction1: f32,
        /// 1 - beta2^t.
        pub correction2: f32,
        /// Row stride of planes.
        pub row_capacity: u32,
        /// Number of planes.
        pub planes: u32,
    }

    /// Densification's numbers.
    pub struct DensifyUniforms {
        /// Growth threshold on the mean NDC gradient norm.
        pub gradient_threshold: f32,
        /// Clone up to this scale, split above (world units).
        pub clone_scale: f32,
        /// Prune opacities below.
        pub prune_opacity: f32,
        /// Prune scales above (world units); very large = never.
        pub prune_scale: f32,
        /// Row stride of planes.
        pub row_capacity: u32,
        /// Number of planes.
        pub planes: u32,
        /// Rows that may exist afterwards.
        pub row_limit: u32,
        /// Seed of the split samples of this densification.
        pub seed: u32,
    }

    /// Relocation's numbers.
    pub struct RelocateUniforms {
        /// Opacity up to which a row is dead.
        pub dead_opacity: f32,
        /// Weight of a row of opacity 1 in the draws; the sum over all rows must stay below 2^30.
        pub weight_unit: f32,
        /// Row stride of planes.
        pub row_capacity: u32,
        /// Number of planes.
        pub planes: u32,
        /// Rows that there are to be afterwards.
        pub row_target: u32,
        /// Seed of the draws.
        pub seed: u32,
        /// Unused.
        pub pad0: u32,
        /// Unused.
        pub pad1: u32,
    }

    /// Regularisation and noise of MCMC in one step.
    pub struct McmcUniforms {
        /// Weight of the mean opacity.
        pub opacity_weight: f32,
        /// Weight of the mean standard deviation.
        pub scale_weight: f32,
        /// Noise weight times the learning rate of the means.
        pub noise: f32,
        /// Row stride of planes.
        pub row_capacity: u32,
        /// Seed of this step's noise.
        pub seed: u32,
        /// Unused.
        pub pad0: u32,
        /// Unused.
        pub pad1: u32,
        /// Unused.
        pub pad2: u32,
    }

    /// Shapes of a lift: labels of views to class logits, without training.
    pub struct LiftUniforms {
        /// Row stride of planes.
        pub row_capacity: u32,
        /// First plane of logits.
        pub first_plane: u32,
        /// Class channels C.
        pub channels: u32,
        /// 1: a row's whole share goes to its heaviest class.
        pub is_hard: u32,
        /// Added to every share before the logarithm.
        pub smoothing: f32,
        /// Unused.
        pub pad0: u32,
        /// Unused.
        pub pad1: u32,
        /// Unused.
        pub pad2: u32,
    }
}

//! The loss of a step and its objective.

use splat_core::Objective;

/// Neighbouring pixels that one lane of the loss kernels makes.
pub const LOSS_RUN: u32 = 4;
/// The payload holds blended logits.
pub const OBJECTIVE_LOGITS: u32 = 0;
/// The payload holds blended probabilities.
pub const OBJECTIVE_SOFTMAX: u32 = 1;
/// The constant of an objective.
pub const fn objective_code(objective: Objective) -> u32 {
    match objective {
        // Codes are blended as logits are; nothing but the classifier understands them.
        Objective::Logits | Objective::Grouping => OBJECTIVE_LOGITS,
        Objective::Softmax => OBJECTIVE_SOFTMAX,
    }
}

crossing! {
    /// Loss weights of one step.
    pub struct LossUniforms {
        /// Image size in pixels.
        pub size_px: [u32; 2],
        /// Share of SSIM.
        pub ssim_weight: f32,
        /// lambda_sem divided by the sum of the labels' weights.
        pub semantic_scale: f32,
        /// Background colour; w unused.
        pub background: [f32; 4],
        /// Class channels C.
        pub channels: u32,
        /// 1: Eq. 2, 0: Eq. 1.
        pub normalise: u32,
        /// kappa: share of the semantic gradient that reaches alpha.
        pub geometry_gate: f32,
        /// Exponent of the labels' confidence, 0: all count alike.
        pub confidence: f32,
        /// `RobustLoss::coefficients`.
        pub robust: [f32; 4],
        /// Plane of `d_payload` that takes s_hat . dL/dS where class channels have walks of their own; `NO_COUNTER`: `d_image.w`.
        pub rest_plane: u32,
        /// Self-training: probability from which a rendered label replaces the given one.
        pub sure: f32,
        /// Self-training: 1: elsewhere the given label stays, 0: it goes.
        pub keeps_given: u32,
        /// Sum of weights that `semantic_scale` was made for.
        pub label_weight: f32,
        /// What the payload holds, an `OBJECTIVE_*` constant.
        pub objective: u32,
        /// 8x8 blocks whose classes are compared.
        pub selected_blocks: u32,
        /// Which they are.
        pub block_seed: u32,
        /// 1: payload planes hold the selected blocks, one after the other; 0: the image.
        pub is_packed: u32,
    }
}

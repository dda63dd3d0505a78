//! What a training run may be told. Defaults are the published schedule of 3DGS and of Gaussian Semantics; each field
//! says its meaning, unit, range and what raising it does.

mod densify;
mod grouping;
mod loss;
mod photographs;
mod planes;
mod preset;
mod rates;
mod schedule;
mod strategy;

pub use crate::noise::{RobustLoss, SelfTrainingSettings, SmoothingSettings};
pub use densify::DensifySettings;
pub use loss::LossSettings;
pub use photographs::{Background, ExposureSettings, PoseSettings};
pub use planes::PlaneSettings;
pub use preset::Preset;
pub use rates::LearningRates;
pub use schedule::PUBLISHED_ITERATIONS;
use serde::{Deserialize, Serialize};
pub use strategy::{McmcSettings, StrategyKind};

/// A whole training run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainSettings {
    /// Steps, one image each. 1.. ; the paper's 30,000. More: better, longer.
    pub iterations: u32,
    /// Seed of everything random: image order, initial logits, split samples.
    pub seed: u64,
    /// Highest SH degree of the colour, 0..=3. Higher: shinier surfaces, more memory (3 (d+1)^2 floats a Gaussian).
    pub sh_degree: u8,
    /// Most Gaussians the run may hold; growth stops there.
    pub max_gaussians: u32,
    /// Also at most this many Gaussians per pixel of the largest photograph, but as many as there are points; 0 (default): no
    /// such limit. Far more Gaussians than pixels cost time and blur nothing less.
    pub gaussians_per_pixel: f32,
    /// Colour behind everything; transparent photographs show it too.
    pub background: Background,
    /// Render with opacities that make up for what dilation adds to a footprint (the 2D filter of Mip-Splatting): what is far away
    /// or seen at a lower resolution than it was trained at keeps its thickness. The cloud remembers.
    pub antialiased: bool,
    /// Learning rates.
    pub rates: LearningRates,
    /// Loss weights.
    pub loss: LossSettings,
    /// Exposure compensation per photograph.
    pub exposure: ExposureSettings,
    /// Refinement of the views' poses.
    pub poses: PoseSettings,
    /// Who decides when Gaussians come and go.
    pub strategy: StrategyKind,
    /// Adaptive density control.
    pub densify: DensifySettings,
    /// The other strategy.
    pub mcmc: McmcSettings,
    /// Sum splat gradients with float atomics where the adapter has them: faster, but the bytes differ from run to run.
    pub fast_atomics: bool,
}

impl Default for TrainSettings {
    fn default() -> Self {
        Self {
            iterations: 30_000,
            seed: 0,
            sh_degree: 3,
            max_gaussians: 1_000_000,
            gaussians_per_pixel: 0.0,
            background: Background::BLACK,
            antialiased: false,
            rates: LearningRates::default(),
            loss: LossSettings::default(),
            exposure: ExposureSettings::default(),
            poses: PoseSettings::default(),
            strategy: StrategyKind::default(),
            densify: DensifySettings::default(),
            mcmc: McmcSettings::default(),
            fast_atomics: false,
        }
    }
}

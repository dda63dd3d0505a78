//! Which strategy adds, moves and drops Gaussians, and the numbers of the one that is not in [`super::DensifySettings`].

use serde::{Deserialize, Serialize};

/// Who decides when Gaussians come and go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StrategyKind {
    /// Adaptive density control of 3DGS: clone and split where the gradient is large, prune, reset opacities.
    #[default]
    Adc,
    /// 3DGS-MCMC (Kheradmand et al. 2024): nearly transparent Gaussians move to opaque ones, means take random steps, the number
    /// grows steadily up to the budget.
    Mcmc,
}

impl std::str::FromStr for StrategyKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "adc" => Ok(Self::Adc),
            "mcmc" => Ok(Self::Mcmc),
            _ => Err("`adc` or `mcmc` is needed".to_owned()),
        }
    }
}

impl std::fmt::Display for StrategyKind {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(if *self == Self::Adc { "adc" } else { "mcmc" })
    }
}

/// Numbers of [`StrategyKind::Mcmc`]. The budget is `max_gaussians` or `gaussians_per_pixel`; `densify.enabled` switches
/// relocation and growth off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct McmcSettings {
    /// Steps between relocations, of a 30,000-step run; scaled for shorter runs, so that they reach their budget too.
    pub interval: u32,
    /// First step of the window, of a 30,000-step run (scaled).
    pub from: u32,
    /// End of the window, of a 30,000-step run (scaled).
    pub until: u32,
    /// Opacity up to which a Gaussian counts as dead and moves.
    pub dead_opacity: f32,
    /// Share by which the number grows at a relocation, until the budget is reached.
    pub growth: f32,
    /// Size of the random steps of means, in learning rates of the means (times covariance and gate). 0: none.
    pub noise: f32,
    /// Weight of the mean opacity in the loss: what is not needed becomes transparent, and moves.
    pub opacity_weight: f32,
    /// Weight of the mean standard deviation (world units) in the loss.
    pub scale_weight: f32,
}

impl Default for McmcSettings {
    fn default() -> Self {
        Self {
            interval: 100,
            from: 500,
            until: 25_000,
            dead_opacity: 0.005,
            growth: 0.05,
            noise: 5e5,
            opacity_weight: 0.01,
            scale_weight: 0.01,
        }
    }
}

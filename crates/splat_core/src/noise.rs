//! Settings against wrong labels: robust losses, neighbours that agree, training on the run's own labels.

use serde::{Deserialize, Serialize};

/// Robust forms of the classes' loss, of the probability p that a pixel gives its label. All are a function of p alone, so
/// their gradient is that of the cross-entropy times one scalar, [`RobustLoss::pull`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RobustLoss {
    /// -log p. Believes every label.
    #[default]
    CrossEntropy,
    /// (1 - p^q) / q (Zhang and Sabuncu 2018). q in 0..=1: towards 0 cross-entropy, at 1 the mean absolute error, which
    /// hardly minds a wrong label and learns slowly.
    Generalised {
        /// The exponent; published 0.7.
        q: f32,
    },
    /// a (-log p) + b 4 (1 - p) (Wang et al. 2019): cross-entropy plus reverse cross-entropy with log 0 := -4.
    Symmetric {
        /// Weight of the cross-entropy; published 0.1 to 6.
        a: f32,
        /// Weight of the reverse cross-entropy; published 0.1 to 1.
        b: f32,
    },
}

impl std::str::FromStr for RobustLoss {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, numbers) = text.split_once(':').unwrap_or((text, ""));
        let numbers: Vec<f32> = if numbers.is_empty() {
            Vec::new()
        } else {
            let parsed: Result<_, _> = numbers.split(',').map(str::parse).collect();
            parsed.map_err(|_| format!("`{numbers}` are no numbers"))?
        };
        match (name, numbers.as_slice()) {
            _ if numbers.iter().any(|n| !n.is_finite() || *n < 0.0) => {
                Err("numbers of 0 or more are needed".to_owned())
            }
            ("ce", []) => Ok(Self::CrossEntropy),
            ("gce", []) => Ok(Self::Generalised { q: 0.7 }),
            ("gce", &[q]) if q <= 1.0 => Ok(Self::Generalised { q }),
            ("sce", []) => Ok(Self::Symmetric { a: 0.1, b: 1.0 }),
            ("sce", &[a, b]) => Ok(Self::Symmetric { a, b }),
            _ => Err("`ce`, `gce`, `gce:Q` with Q from 0 to 1, `sce` or `sce:A,B` is needed".to_owned()),
        }
    }
}

impl RobustLoss {
    /// The loss as a (-log p) + r (1 - p) + g (1 - p^q) / q: `[a, r, g, q]`.
    pub fn coefficients(self) -> [f32; 4] {
        match self {
            Self::CrossEntropy => [1.0, 0.0, 0.0, 1.0],
            Self::Generalised { q } => [0.0, 0.0, 1.0, q.clamp(1e-3, 1.0)],
            Self::Symmetric { a, b } => [a, 4.0 * b, 0.0, 1.0],
        }
    }

    /// w(p) = -p dL/dp: how hard a label of probability p pulls, relative to the cross-entropy's 1.
    pub fn pull(self, p: f64) -> f64 {
        let [a, r, g, q] = self.coefficients().map(f64::from);
        a + r * p + g * p.powf(q)
    }

    /// The loss of a label of probability p.
    pub fn value(self, p: f64) -> f64 {
        let [a, r, g, q] = self.coefficients().map(f64::from);
        let log = if a == 0.0 { 0.0 } else { -a * p.ln() };
        log + r * (1.0 - p) + g * (1.0 - p.powf(q)) / q
    }
}

/// Neighbour smoothing: weight x mean KL divergence between the class distributions of sampled Gaussians and of their five
/// nearest others. Samples, pool and interval are those of Gaussian Grouping's 3D loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmoothingSettings {
    /// Weight of the term, 0.. ; 0 (default) switches it off. More: speckles go, and in the end small objects.
    pub weight: f32,
    /// Steps between two of its gradients.
    pub interval: u32,
    /// Gaussians that are sampled each time.
    pub samples: u32,
    /// Gaussians that samples and neighbours are taken from; evenly spaced ones where there are more.
    pub most: u32,
}

/// Self-training: late in the run a view's labels are replaced by what the cloud renders there, where that is sure of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SelfTrainingSettings {
    /// Default: off.
    pub enabled: bool,
    /// Share of the run, 0..1, after which it begins. Earlier: more steps without the given labels' noise, from worse labels.
    pub from: f32,
    /// Probability, 0..1, from which a rendered label counts as sure. Higher: fewer labels are replaced.
    pub sure: f32,
    /// What labels pixels that are not sure: the given label (true), or none (false).
    pub keeps_given: bool,
}

impl Default for SmoothingSettings {
    fn default() -> Self {
        Self { weight: 0.0, interval: 5, samples: 1_000, most: 200_000 }
    }
}

impl Default for SelfTrainingSettings {
    fn default() -> Self {
        Self { enabled: false, from: 0.5, sure: 0.8, keeps_given: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn robust_losses_are_read_as_they_are_written_on_the_command_line() {
        assert_eq!("ce".parse(), Ok(RobustLoss::CrossEntropy));
        assert_eq!("gce:0.5".parse(), Ok(RobustLoss::Generalised { q: 0.5 }));
        assert_eq!("sce:0.3,1".parse(), Ok(RobustLoss::Symmetric { a: 0.3, b: 1.0 }));
        for bad in ["gce:2", "sce:1", "gce:x", "sce:-1,1", "ce:1", "mae"] {
            assert!(bad.parse::<RobustLoss>().is_err(), "{bad}");
        }
    }
}

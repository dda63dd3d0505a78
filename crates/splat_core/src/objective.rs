//! What the class channels of a Gaussian are when they are blended, and so what the semantic loss compares.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How class logits become a pixel's classes. Chosen before training; the cloud keeps it, for it must be rendered the way it
/// was trained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Objective {
    /// Logits are blended (Eq. 1), normalised (Eq. 2), and the loss is the cross-entropy of their softmax: the paper's
    /// baseline.
    #[default]
    Logits,
    /// Softmax per Gaussian before blending: probabilities are blended and normalised (Eq. 2), and the loss is
    /// -log(p_label + 1e-8): the paper's variant.
    Softmax,
}

impl Objective {
    /// Lower-case name, as in settings, files and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Logits => "logits",
            Self::Softmax => "softmax",
        }
    }
}

impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Objective {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = [Self::Logits, Self::Softmax];
        known
            .into_iter()
            .find(|o| o.name() == text)
            .ok_or_else(|| format!("`{text}` is no objective; there are {}", known.map(Self::name).join(", ")))
    }
}

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
    /// Gaussian Grouping, the published baseline: every Gaussian holds a code of [`CODE_CHANNELS`] numbers instead of class
    /// logits; codes are blended (Eq. 1) and one classifier for the whole scene turns the blend into class logits. The loss is
    /// their cross-entropy over ln C. A trained cloud leaves the run with class logits, so no cloud is of this kind.
    Grouping,
}

/// Numbers of a Gaussian's code under [`Objective::Grouping`].
pub const CODE_CHANNELS: usize = 16;

impl Objective {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Logits, Self::Softmax, Self::Grouping];

    /// Lower-case name, as in settings, files and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Logits => "logits",
            Self::Softmax => "softmax",
            Self::Grouping => "grouping",
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
        let known = Self::ALL.map(Self::name).join(", ");
        let found = Self::ALL.into_iter().find(|o| o.name() == text);
        found.ok_or_else(|| format!("`{text}` is no objective; there are {known}"))
    }
}

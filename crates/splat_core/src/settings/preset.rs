//! Settings under a name.

use super::TrainSettings;
use serde::{Deserialize, Serialize};

/// Settings with a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// As published: semantic gradients reach geometry in full and count in the growth statistic, plain cross-entropy.
    Paper,
    /// What measured best on exact and on noisy masks; ARCHITECTURE.md has the table.
    #[default]
    Quality,
}

impl Preset {
    /// The preset's settings, of a run of 30,000 steps.
    pub fn settings(self) -> TrainSettings {
        let mut settings = TrainSettings::default();
        if self == Self::Quality {
            // Classes learn from geometry but do not bend it: colour keeps all of its PSNR.
            settings.loss.geometry_gate = 0.0;
            settings.loss.consensus = 0.5;
            settings.loss.class_balance = 0.35;
            // A wall without texture is where its edges are.
            settings.loss.planes.weight = 1.0;
            // Geometry no longer waits for the classes: they may follow the labels as fast as they can.
            settings.rates.logits = 0.05;
            // As 3DGS had it first: surfaces close sooner, which is all that a short run has time for.
            settings.rates.opacity = 0.05;
            settings.gaussians_per_pixel = 1.5;
            // Walls seen by cameras in their midst need large Gaussians: dropped, they never come back while it goes on.
            settings.densify.prune_scale = 0.0;
        }
        settings
    }
}

impl std::str::FromStr for Preset {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "paper" => Ok(Self::Paper),
            "quality" => Ok(Self::Quality),
            _ => Err("`paper` or `quality` is needed".to_owned()),
        }
    }
}

impl std::fmt::Display for Preset {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(if *self == Self::Paper { "paper" } else { "quality" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quality_never_drops_what_is_large() {
        let late = 20_000;
        assert!(Preset::Paper.settings().prunes_large_after(late), "as published");
        assert!(!Preset::Quality.settings().prunes_large_after(late), "a wall would go");
    }
}

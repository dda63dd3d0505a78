//! Gaussian Grouping's constants, and what does not go with its objective.

use super::TrainSettings;
use crate::noise::RobustLoss;
use crate::objective::Objective;

impl TrainSettings {
    /// These settings with Gaussian Grouping's objective and its published constants (Ye et al. 2024): codes learn at 0.0025,
    /// opacities at 0.05, Gaussians grow for a third of the run, and every fifth step 1,000 Gaussians are compared with their
    /// five nearest (weight 2). What it has no part for is off.
    ///
    /// One constant is not the published one: codes do not reach geometry. Its codes start as large random numbers, and in runs of
    /// some hundred steps their gradient costs 2 dB, which says nothing about the method (ARCHITECTURE.md has the figures);
    /// `geometry_gate` 1 and `semantic_statistic` bring it back.
    pub fn into_grouping(mut self) -> Self {
        self.rates.logits = 0.0025;
        self.rates.classifier = 5e-4;
        self.rates.opacity = 0.05;
        self.densify.until = 10_000;
        self.densify.semantic_statistic = false;
        let loss = &mut self.loss;
        loss.objective = Objective::Grouping;
        (loss.semantic, loss.geometry_gate) = (1.0, 0.0);
        (loss.robust, loss.confidence) = (RobustLoss::CrossEntropy, 0.0);
        (loss.consensus, loss.class_balance) = (0.0, 0.0);
        (loss.entropy, loss.lift_at, loss.self_training.enabled) = (0.0, None, false);
        loss.smoothing.weight = 2.0;
        loss.planes.weight = 0.0;
        self
    }

    /// Says what cannot be had together.
    ///
    /// # Errors
    /// The settings' names and the cure, for the user.
    pub fn check(&self) -> Result<(), String> {
        if self.loss.objective != Objective::Grouping {
            return Ok(());
        }
        let loss = &self.loss;
        let odd = [
            (loss.entropy > 0.0, "entropy"),
            (loss.self_training.enabled, "self_training"),
            (loss.lift_at.is_some(), "lift_at"),
        ];
        match odd.iter().find(|(is_on, _)| *is_on) {
            Some((_, name)) => Err(format!(
                "loss.{name} works on class logits, and Gaussians have none with the objective `grouping`: switch it off, \
                 or choose the objective `logits`"
            )),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Preset;

    #[test]
    fn grouping_refuses_what_needs_logits() {
        let mut settings = Preset::Quality.settings().into_grouping();
        assert_eq!(settings.check(), Ok(()));
        assert!(!settings.normalises() && settings.loss.normalise);
        settings.loss.entropy = 0.1;
        assert!(settings.check().unwrap_err().contains("loss.entropy"));
        settings.loss.objective = Objective::Logits;
        assert_eq!(settings.check(), Ok(()));
    }
}

//! How a run is tuned: preset, then a settings file, then single flags, each over the one before.

use crate::error::CliError;
use clap::Args;
use serde_json::Value;
use splat_core::settings::{Background, Preset, RobustLoss, StrategyKind};
use splat_core::{Objective, TrainSettings};
use splat_io::IoError;
use splat_io::files::read_json;
use std::path::{Path, PathBuf};

/// Everything about a run but its input and output. What is not said is the preset's.
#[derive(Args, Clone, Debug, Default)]
pub struct TuningArgs {
    /// `quality`: what measured best on exact and on noisy masks. `paper`: as published, with its constants
    #[arg(long, default_value_t = Preset::default(), value_name = "paper|quality")]
    pub preset: Preset,
    /// Fine tuning: a JSON file with any of the fields that RUN/settings.json has under `train`; flags win over it
    #[arg(long, value_name = "FILE.json")]
    pub settings: Option<PathBuf>,
    /// Steps, one photograph each; schedules of shorter runs shrink with it [default: 30000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub iterations: Option<u32>,
    /// Seed of everything random; the same seed on the same adapter gives the same bytes [default: 0]
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,
    /// Most Gaussians; growth stops there [default: 1000000, preset quality: also 1.5 times the pixels of a photograph]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_gaussians: Option<u32>,
    /// Who adds, moves and drops Gaussians: `adc` (3DGS: clone and split where gradients are large) or `mcmc` (relocate
    /// transparent ones, random steps, steady growth up to the budget) [default: adc]
    #[arg(long, value_name = "adc|mcmc")]
    pub strategy: Option<StrategyKind>,
    /// What is blended per class: `logits` (softmax after blending, the paper's baseline), `softmax` (every Gaussian's
    /// probabilities, the paper's variant) or `grouping` (Gaussian Grouping, the published baseline: codes of 16 numbers and a
    /// classifier of their blend, with that method's constants for whatever is not said here)
    #[arg(long, value_name = "logits|softmax|grouping")]
    pub objective: Option<Objective>,
    /// Weight of the entropy term, which makes every Gaussian decide for one class (the paper tries 0.01 and 0.05)
    #[arg(long, value_name = "L", value_parser = weight)]
    pub entropy: Option<f32>,
    /// Form of the classes' loss: `ce` (cross-entropy), `gce[:Q]` (generalised, Q 0 to 1 [0.7]: the higher, the less a label
    /// that contradicts the rest may pull), `sce[:A,B]` (symmetric [0.1,1])
    #[arg(long, value_name = "ce|gce:Q|sce:A,B")]
    pub robust: Option<RobustLoss>,
    /// Weigh labels by DIR_confidence/<image file name>.png, to this power: 0 not at all, 1 in proportion, 2 steeper
    #[arg(long, value_name = "E", value_parser = weight)]
    pub confidence: Option<f32>,
    /// Weight of the term that makes neighbouring Gaussians agree on their class (KL over the five nearest; try 0.1 to 2)
    #[arg(long, value_name = "W", value_parser = weight)]
    pub smoothing: Option<f32>,
    /// Weight of the pull that draws Gaussians of a class to the planes on which sparse points of that class lie: walls without
    /// texture become thin and lie where they are. It fades. 0: off [default: preset quality 1, paper 0]
    #[arg(long, value_name = "W", value_parser = weight)]
    pub planes: Option<f32>,
    /// In the second half, train on rendered labels where they are at least this sure (0 to 1; try 0.8)
    #[arg(long, value_name = "P", value_parser = share)]
    pub self_training: Option<f32>,
    /// Whether the classes' gradient counts when Gaussians are chosen to grow: `on` as published, `off` colour alone decides
    #[arg(long, value_name = "on|off", value_parser = switch)]
    pub semantic_statistic: Option<bool>,
    /// How much of the classes' gradient reaches geometry, 0 to 1 [default: preset quality 0, paper 1]
    #[arg(long, value_name = "K", value_parser = share)]
    pub geometry_gate: Option<f32>,
    /// Most that Gaussians take over, after training, of what neighbours of their colour say, where masks contradict each other
    /// (or, where that proves better, of what all views say together): 0 to 1 [default: preset quality 0.5, paper 0]
    #[arg(long, value_name = "M", value_parser = share)]
    pub consensus: Option<f32>,
    /// Most logit adjustment against a segmenter's habits, 0 to 1 [default: preset quality 0.5, paper 0]
    #[arg(long, value_name = "T", value_parser = share)]
    pub class_balance: Option<f32>,
    /// What is behind everything, and behind transparent photographs; `random`: another colour at every step, so that nothing can
    /// hide in front of a background of its own colour [default: black]
    #[arg(long, value_name = "black|white|random|#RRGGBB")]
    pub background: Option<Background>,
    /// Anti-aliased rendering: splats smaller than a pixel fade instead of growing to one, so that the cloud looks right at other
    /// resolutions and distances than those it was trained at. The cloud remembers
    #[arg(long)]
    pub antialias: bool,
    /// Learn small corrections of the training views' poses, for captures whose poses are rough; held-out views stay as given.
    /// RUN/poses.json has them
    #[arg(long)]
    pub refine_poses: bool,
    /// Learn an affine colour transform per photograph: for captures whose exposure or white balance changes from one to the
    /// next. Held-out views are rendered with their mean, the identity; RUN/exposures.json has them
    #[arg(long)]
    pub exposure: bool,
    /// Faster sums with float atomics where the adapter has them; bytes then differ from run to run
    #[arg(long)]
    pub fast_atomics: bool,
}

fn weight(text: &str) -> Result<f32, String> {
    let weight: f32 = text.parse().map_err(|_| "not a number".to_owned())?;
    if weight.is_finite() && weight >= 0.0 { Ok(weight) } else { Err("a weight of 0 or more is needed".to_owned()) }
}

fn switch(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("`on` or `off` is needed".to_owned()),
    }
}

fn share(text: &str) -> Result<f32, String> {
    weight(text).ok().filter(|s| *s <= 1.0).ok_or_else(|| "a number from 0 to 1 is needed".to_owned())
}

/// Takes a flag over where it was given.
fn over<T>(target: &mut T, flag: Option<T>) {
    if let Some(value) = flag {
        *target = value;
    }
}

impl TuningArgs {
    /// The run's settings.
    ///
    /// # Errors
    /// If the settings file cannot be read, is not JSON, or has a field that there is not; if settings contradict each other.
    pub fn train_settings(&self) -> Result<TrainSettings, CliError> {
        let mut settings = self.preset.settings();
        if let Some(path) = &self.settings {
            let merged_settings = merged(&settings, path)?;
            let objective = self.objective.unwrap_or(merged_settings.loss.objective);
            // An objective brings its constants, and what the file says goes over those too.
            settings = match objective {
                Objective::Grouping => merged(&settings.into_grouping(), path)?,
                _ => merged_settings,
            };
        } else if self.objective == Some(Objective::Grouping) {
            settings = settings.into_grouping();
        }
        over(&mut settings.iterations, self.iterations);
        over(&mut settings.seed, self.seed);
        if let Some(most) = self.max_gaussians {
            // A number that was asked for is the only limit.
            (settings.max_gaussians, settings.gaussians_per_pixel) = (most, 0.0);
        }
        over(&mut settings.strategy, self.strategy);
        over(&mut settings.loss.objective, self.objective);
        over(&mut settings.loss.entropy, self.entropy);
        over(&mut settings.loss.robust, self.robust);
        over(&mut settings.loss.confidence, self.confidence);
        over(&mut settings.loss.smoothing.weight, self.smoothing);
        over(&mut settings.loss.planes.weight, self.planes);
        if let Some(sure) = self.self_training {
            (settings.loss.self_training.enabled, settings.loss.self_training.sure) = (true, sure);
        }
        over(&mut settings.densify.semantic_statistic, self.semantic_statistic);
        over(&mut settings.loss.geometry_gate, self.geometry_gate);
        over(&mut settings.loss.consensus, self.consensus);
        over(&mut settings.loss.class_balance, self.class_balance);
        over(&mut settings.background, self.background);
        settings.antialiased |= self.antialias;
        settings.poses.enabled |= self.refine_poses;
        settings.exposure.enabled |= self.exposure;
        settings.fast_atomics |= self.fast_atomics;
        settings.check().map_err(CliError::BadInput)?;
        Ok(settings)
    }
}

/// Settings with what a file says over them.
fn merged(settings: &TrainSettings, path: &Path) -> Result<TrainSettings, CliError> {
    let bad = |e: serde_json::Error| IoError::bad(path, format!("does not fit the settings of a run: {e}"));
    let mut value = serde_json::to_value(settings).map_err(bad)?;
    merge(&mut value, read_json(path)?);
    Ok(serde_json::from_value(value).map_err(bad)?)
}

/// Objects merge field by field, anything else is replaced.
fn merge(target: &mut Value, other: Value) {
    match (target, other) {
        (Value::Object(target), Value::Object(other)) => {
            for (key, value) in other {
                merge(target.entry(key).or_insert(Value::Null), value);
            }
        }
        (target, other) => *target = other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grouping_brings_its_constants_and_whatever_is_said_goes_over_them() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tuning.json");
        std::fs::write(&path, r#"{"rates": {"opacity": 0.01}, "loss": {"objective": "grouping"}}"#).unwrap();
        let args = TuningArgs { settings: Some(path), geometry_gate: Some(0.5), ..Default::default() };
        let settings = args.train_settings().unwrap();
        assert_eq!((settings.rates.opacity, settings.rates.logits, settings.loss.geometry_gate), (0.01, 0.0025, 0.5));
        let flag = TuningArgs { objective: Some(Objective::Grouping), ..Default::default() };
        assert_eq!(flag.train_settings().unwrap(), Preset::default().settings().into_grouping());
        let odd = TuningArgs { entropy: Some(0.1), ..flag };
        assert!(matches!(odd.train_settings(), Err(CliError::BadInput(e)) if e.contains("entropy")));
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_the_preset() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tuning.json");
        std::fs::write(&path, r#"{"iterations": 7, "rates": {"logits": 0.05}, "loss": {"geometry_gate": 0.25}}"#)
            .unwrap();
        let args = TuningArgs { settings: Some(path.clone()), iterations: Some(9), ..Default::default() };
        let settings = args.train_settings().unwrap();
        assert_eq!((settings.iterations, settings.rates.logits, settings.loss.geometry_gate), (9, 0.05, 0.25));
        assert_eq!(settings.rates.scale, Preset::default().settings().rates.scale);
        std::fs::write(&path, r#"{"iteration": 7}"#).unwrap();
        let error = args.train_settings().unwrap_err();
        assert!(error.exit_code() == 2 && error.chain().contains("tuning.json"), "{}", error.chain());
    }
}

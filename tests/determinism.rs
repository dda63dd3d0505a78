//! The same seed on the same adapter gives the same bytes, in one go or with stops between; another seed does not.

use splat_core::settings::{RobustLoss, StrategyKind};
use splat_core::{Objective, TrainSettings};
use splat_gpu::GpuOptions;
use splat_tests::tiny_run::{prepare, train, train_with_stops};

#[test]
fn same_seed_same_bytes() {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    let run = |seed: u64, burst: usize| {
        let prepared = prepare(&gpu, 60, 6, 64, 48, seed);
        let mut settings = TrainSettings { iterations: 260, sh_degree: 1, seed, ..Default::default() };
        settings.densify.interval = 20;
        settings.densify.until = 30_000;
        settings.loss.entropy = 0.01;
        with_remedies(&mut settings);
        train(&gpu, &prepared, settings, burst).0.download().unwrap()
    };
    let first = run(1, 1);
    assert!(first == run(1, 4), "two runs of one seed differ, or results depend on how steps are submitted");
    assert!(first != run(2, 1), "the seed changes nothing");
}

/// Everything against noise, and for photographs as they are, that a step may do.
fn with_remedies(settings: &mut TrainSettings) {
    settings.loss.smoothing.weight = 0.1;
    settings.loss.robust = RobustLoss::Generalised { q: 0.7 };
    (settings.loss.self_training.enabled, settings.loss.self_training.sure) = (true, 0.6);
    settings.densify.semantic_statistic = false;
    (settings.exposure.enabled, settings.poses.enabled) = (true, true);
}

/// Densifies after 220, 240 and 260: the window begins behind 200.
fn growing(objective: Objective) -> TrainSettings {
    let mut settings = TrainSettings { iterations: 270, sh_degree: 1, seed: 1, ..Default::default() };
    settings.densify.interval = 20;
    settings.densify.until = 30_000;
    settings.densify.gradient_threshold = 5e-5;
    settings.loss.objective = objective;
    settings.loss.entropy = 0.01;
    if objective == Objective::Grouping {
        settings = settings.into_grouping();
        settings.densify.until = 30_000;
    }
    if objective == Objective::Softmax {
        with_remedies(&mut settings);
    } else {
        settings.loss.class_share = Some(0.6);
    }
    settings
}

/// Relocates after 120, 140 and so on, up to 240.
fn sampling() -> TrainSettings {
    let mut settings =
        TrainSettings { iterations: 270, sh_degree: 1, seed: 1, max_gaussians: 68, ..Default::default() };
    settings.strategy = StrategyKind::Mcmc;
    (settings.mcmc.interval, settings.mcmc.until) = (20, 27_000);
    // Enough of them die.
    (settings.mcmc.opacity_weight, settings.mcmc.dead_opacity) = (1.0, 0.04);
    settings
}

#[test]
fn a_run_that_was_stopped_and_resumed_gives_the_same_bytes() {
    // Before the first step, amid an epoch, right before, at and right after a change of rows, at the end.
    check_resumed(growing(Objective::Logits), 3, &[0, 7, 219, 220, 221, 250, 270]);
    check_resumed(growing(Objective::Softmax), 1, &[0, 7, 219, 220, 221, 250, 270]);
    check_resumed(growing(Objective::Grouping), 2, &[7, 220, 250]);
    check_resumed(sampling(), 2, &[7, 119, 120, 121, 270]);
}

fn check_resumed(settings: TrainSettings, burst: usize, stops: &[u32]) {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    let (objective, strategy) = (settings.loss.objective, settings.strategy);
    let prepared = prepare(&gpu, 60, 6, 64, 48, 1);
    let (trainer, reports) = train(&gpu, &prepared, settings.clone(), burst);
    let (whole, exposures) = (trainer.download().unwrap(), trainer.exposures().unwrap());
    let cameras = trainer.cameras().unwrap();
    assert!(whole.len() > 60, "the run does not grow");
    assert!(strategy == StrategyKind::Adc || whole.len() == 68, "the budget is not used up: {}", whole.len());
    let (trainer, resumed) = train_with_stops(&gpu, &prepared, settings, burst, stops);
    assert!(whole == trainer.download().unwrap(), "a resumed run differs ({objective}, {strategy})");
    assert!(exposures == trainer.exposures().unwrap(), "exposures of a resumed run differ");
    assert!(cameras == trainer.cameras().unwrap(), "poses of a resumed run differ");
    let figures = |r: &[splat_train::StepReport]| {
        r.iter().map(|r| (r.iteration, r.view, r.loss.to_bits(), r.gaussians)).collect::<Vec<_>>()
    };
    assert_eq!(figures(&reports), figures(&resumed), "the steps of a resumed run differ ({objective}, {strategy})");
}

//! A tiny run: its loss falls, what it never saw gets better, densification keeps columns together, and lists that are
//! too short drop nothing.

use glam::{Vec2, Vec3};
use splat_core::settings::StrategyKind;
use splat_core::{ClassPlane, Objective, TrainSettings};
use splat_gpu::passes::densify::Thresholds;
use splat_gpu::{Gpu, GpuOptions, ListBuffers, Recorder, RowBuffers, TrainingBuffers, passes};
use splat_reference::fixture;
use splat_tests::gpu_step::classes;
use splat_tests::tiny_run::{photographed, prepare, score, train, train_on};
use splat_train::strategies::{Adc, RunStep, Strategy};
use splat_train::{LiftInput, LiftPlan, LiftView, PreparedRun, Trainer, TrainerOptions, lift};
use std::sync::Arc;

fn settings(iterations: u32) -> TrainSettings {
    let mut settings = TrainSettings { iterations, sh_degree: 1, seed: 4, ..Default::default() };
    settings.densify.interval = 40;
    settings
}

#[test]
fn loss_and_held_out_error_fall() {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    let prepared = prepare(&gpu, 80, 8, 64, 48, 4);
    let (before, _) = score(&gpu, &prepared, &prepared.cloud);
    let (trainer, reports) = train(&gpu, &prepared, settings(300), 1);
    let iterations: Vec<u32> = reports.iter().map(|r| r.iteration).collect();
    assert_eq!(iterations, (1..=300).collect::<Vec<_>>(), "every step reports once, in order");
    let mean = |r: &[splat_train::StepReport]| r.iter().map(|r| r.loss).sum::<f32>() / r.len() as f32;
    assert!(mean(&reports[280..]) < 0.5 * mean(&reports[..20]), "the loss does not fall");
    let cloud = trainer.download().unwrap();
    assert_eq!(cloud.check_shape(), Ok(()));
    let (after, accuracy) = score(&gpu, &prepared, &cloud);
    assert!(after > before + 4.0, "held-out PSNR {before:.2} -> {after:.2} dB");
    assert!(accuracy > 0.9, "held-out accuracy {accuracy:.3}");
}

/// A wall of one colour at depth 0.6, class 0, with three boxes' worth of coloured rows of class 1 before it; its first rows
/// stand up to 0.2 off.
fn before_a_bare_wall(gpu: &Gpu) -> PreparedRun {
    let mut truth = fixture::rows(9, 150, 0, 3).to_cloud(classes(3));
    for row in 0..truth.len() {
        let is_wall = row < 120;
        let at = Vec2::new((row % 12) as f32 - 5.5, (row / 12) as f32 - 4.5) * 0.25;
        truth.logits[3 * row..3 * row + 3].copy_from_slice(&[
            8.0 * is_wall as u8 as f32,
            8.0 * !is_wall as u8 as f32,
            0.0,
        ]);
        if is_wall {
            (truth.means[row], truth.sh[row]) = (at.extend(0.6), [0.4, 0.3, 0.2]);
            (truth.log_scales[row], truth.opacity_logits[row]) = (Vec3::new(0.2, 0.2, 0.01).map(f32::ln), 4.0);
            truth.rotations[row] = [1.0, 0.0, 0.0, 0.0];
        } else {
            truth.means[row] *= Vec3::new(0.5, 0.5, 0.3);
        }
    }
    let mut prepared = photographed(gpu, &truth, 8, 64, 48, 4);
    for (row, mean) in prepared.cloud.means.iter_mut().enumerate().take(120) {
        mean.z += 0.05 * (row % 9) as f32 - 0.2;
    }
    let (sides, half) = ([Vec3::X, Vec3::Y], Vec2::new(1.4, 1.2));
    let plane = ClassPlane { column: 0, normal: Vec3::Z, offset: 0.6, sides, middle: Vec2::ZERO, half, reach: 0.3 };
    prepared.planes = vec![plane];
    prepared
}

#[test]
fn a_bare_wall_becomes_its_plane_and_costs_no_colour() {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    let prepared = before_a_bare_wall(&gpu);
    let trained = |weight: f32| {
        let mut settings = settings(300);
        settings.densify.enabled = false;
        // Time for the points to go as far as they are off.
        (settings.rates.mean, settings.rates.mean_final) = (1e-3, 1e-4);
        (settings.loss.planes.weight, settings.loss.planes.reach) = (weight, 0.2);
        let cloud = train(&gpu, &prepared, settings, 1).0.download().unwrap();
        let off: f32 = cloud.means[..120].iter().map(|mean| (mean.z - 0.6).abs()).sum::<f32>() / 120.0;
        (off, score(&gpu, &prepared, &cloud).0)
    };
    let ((off, psnr), (pulled_off, pulled_psnr)) = (trained(0.0), trained(1.0));
    assert!(pulled_off < 0.6 * off, "{off} -> {pulled_off} from the wall");
    assert!(pulled_psnr > psnr - 0.3, "{psnr} -> {pulled_psnr} dB");
}

#[test]
fn a_strategy_of_ones_own_decides() {
    /// Drops what is transparent, adds nothing.
    struct PruneOnly;
    impl Strategy for PruneOnly {
        fn name(&self) -> &str {
            "prune only"
        }
        fn changes_after(&self, step: &RunStep) -> bool {
            step.iteration.is_multiple_of(50)
        }
        fn most_rows(&self, _step: &RunStep, live: u32) -> u32 {
            live
        }
        fn change(
            &self,
            rec: &mut Recorder,
            rows: &mut RowBuffers,
            training: &TrainingBuffers,
            lists: &ListBuffers,
            step: &RunStep,
        ) {
            let thresholds = Thresholds { gradient: f32::MAX, prune_opacity: 0.2, ..Adc.thresholds(step) };
            passes::densify::record(rec, rows, training, lists, &thresholds);
        }
    }
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    let prepared = prepare(&gpu, 80, 8, 64, 48, 4);
    let options = TrainerOptions { strategy: Some(Arc::new(PruneOnly)), ..Default::default() };
    let trainer = Trainer::with(&gpu, &prepared, settings(120), options).unwrap();
    let (trainer, reports) = train_on(&gpu, trainer, 2);
    let cloud = trainer.download().unwrap();
    assert!(reports[49].gaussians == 80 && cloud.len() < 80 && cloud.len() > 20, "{} left", cloud.len());
    assert_eq!(reports.last().unwrap().gaussians as usize, cloud.len());
}

#[test]
fn mcmc_learns_and_keeps_to_its_budget() {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    let prepared = prepare(&gpu, 80, 8, 64, 48, 4);
    let (before, _) = score(&gpu, &prepared, &prepared.cloud);
    let settings = TrainSettings { strategy: StrategyKind::Mcmc, max_gaussians: 100, ..settings(300) };
    let (trainer, _) = train(&gpu, &prepared, settings, 1);
    let cloud = trainer.download().unwrap();
    let (after, accuracy) = score(&gpu, &prepared, &cloud);
    assert_eq!(cloud.len(), 100);
    assert!(after > before + 4.0, "held-out PSNR {before:.2} -> {after:.2} dB");
    assert!(accuracy > 0.9, "held-out accuracy {accuracy:.3}");
}

#[test]
fn softmax_before_blending_learns_classes_and_is_rendered_as_trained() {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    let prepared = prepare(&gpu, 80, 8, 64, 48, 4);
    let mut settings = settings(200);
    settings.loss.objective = Objective::Softmax;
    let (trainer, reports) = train(&gpu, &prepared, settings, 2);
    assert!(reports.last().unwrap().semantic < 0.5 * reports[0].semantic, "the classes' loss does not fall");
    let cloud = trainer.download().unwrap();
    assert_eq!(cloud.objective, Objective::Softmax);
    let (_, accuracy) = score(&gpu, &prepared, &cloud);
    assert!(accuracy > 0.9, "held-out accuracy {accuracy:.3}");
    // Blended probabilities of a whole pixel sum to one, and so does what is told of them.
    let mut renderer = splat_train::Renderer::new(&gpu, &cloud, [0.0; 3]).unwrap();
    let seen = renderer.render(&prepared.held_out[0].camera).unwrap();
    assert!(seen.confidence.iter().all(|p| (0.0..=1.0001).contains(p)));
}

#[test]
fn codes_and_their_classifier_learn_classes_that_the_cloud_brings_along() {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    let prepared = prepare(&gpu, 80, 8, 64, 48, 4);
    let mut settings = settings(300).into_grouping();
    // As published: codes reach geometry.
    (settings.loss.geometry_gate, settings.densify.semantic_statistic) = (1.0, true);
    let (trainer, reports) = train(&gpu, &prepared, settings, 2);
    let mean = |r: &[splat_train::StepReport]| r.iter().map(|r| r.semantic).sum::<f32>() / r.len() as f32;
    let (first, last) = (mean(&reports[..20]), mean(&reports[280..]));
    assert!(last < 0.5 * first, "the classes' loss does not fall: {first} {last}");
    let (cloud, codes) = trainer.download_with_codes().unwrap();
    let codes = codes.expect("rows hold codes");
    assert_eq!((cloud.objective, cloud.check_shape()), (Objective::Logits, Ok(())));
    assert_eq!(cloud.classes, prepared.cloud.classes);
    let logits: Vec<f32> = codes.codes.chunks(16).flat_map(|code| codes.classifier.logits(code)).collect();
    assert_eq!(logits, cloud.logits);
    let (psnr, accuracy) = score(&gpu, &prepared, &cloud);
    assert!(accuracy > 0.9, "held-out accuracy {accuracy:.3}");
    let (before, _) = score(&gpu, &prepared, &prepared.cloud);
    assert!(psnr > before + 4.0, "held-out PSNR {before:.2} -> {psnr:.2} dB");
}

#[test]
fn densification_grows_and_respects_the_limit() {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    let prepared = prepare(&gpu, 60, 6, 64, 48, 4);
    let mut settings = TrainSettings { max_gaussians: 75, ..settings(400) };
    settings.densify.from = 0;
    settings.densify.until = 30_000;
    settings.densify.gradient_threshold = 1e-6;
    let (trainer, reports) = train(&gpu, &prepared, settings, 1);
    let most = reports.iter().map(|r| r.gaussians).max().unwrap();
    assert!(most > 60 && most <= 75, "{most} Gaussians");
    let cloud = trainer.download().unwrap();
    assert_eq!(cloud.len() as u32, reports.last().unwrap().gaussians);
    assert!(cloud.means.iter().all(|m| m.is_finite()) && cloud.logits.iter().all(|l| l.is_finite()));
}

#[test]
fn lists_that_are_too_short_drop_nothing() {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    // Large Gaussians over many tiles: the first guess at the lists' lengths is far too low.
    let mut prepared = prepare(&gpu, 60, 3, 400, 300, 4);
    for scale in &mut prepared.cloud.log_scales {
        *scale = glam::Vec3::splat(-0.2);
    }
    // What a void step would leave behind if it left anything: labels of its own.
    let mut settings = settings(12);
    (settings.loss.self_training.enabled, settings.loss.self_training.from) = (true, 0.0);
    settings.loss.self_training.sure = 0.4;
    let (_, one) = train(&gpu, &prepared, settings.clone(), 1);
    let (_, three) = train(&gpu, &prepared, settings, 3);
    assert!(one[0].tile_entries > 6 * 1024, "the scene does not overflow: {}", one[0].tile_entries);
    let losses = |r: &[splat_train::StepReport]| r.iter().map(|r| r.loss.to_bits()).collect::<Vec<_>>();
    assert_eq!(one.iter().map(|r| r.iteration).collect::<Vec<_>>(), (1..=12).collect::<Vec<_>>());
    assert_eq!(losses(&one), losses(&three), "results depend on when reports arrive");
}

/// A run of 12 steps over a scene whose labels are lifted after `share` of it.
fn lifting(share: f32) -> TrainSettings {
    let mut settings = settings(12);
    settings.loss.lift_at = Some(share);
    settings
}

#[test]
fn logits_are_lifted_between_two_steps() {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    let prepared = prepare(&gpu, 80, 8, 64, 48, 4);
    let (_, plain) = train(&gpu, &prepared, settings(12), 1);
    let (trainer, reports) = train(&gpu, &prepared, lifting(0.5), 1);
    assert_eq!(reports.iter().map(|r| r.iteration).collect::<Vec<_>>(), (1..=12).collect::<Vec<_>>());
    assert_eq!(reports[5].loss.to_bits(), plain[5].loss.to_bits(), "the lift comes after step 6, not before");
    assert!(reports[6].semantic < 0.7 * plain[6].semantic, "{} {}", reports[6].semantic, plain[6].semantic);
    let (_, accuracy) = score(&gpu, &prepared, &trainer.download().unwrap());
    assert!(accuracy > 0.8, "held-out accuracy {accuracy:.3}");

    // After the last step nothing else moves: the same logits as those of a lift of the finished cloud.
    let (trainer, _) = train(&gpu, &prepared, lifting(1.0), 4);
    let cloud = trainer.download().unwrap();
    let view = |v: &splat_train::TrainingView| LiftView { camera: v.camera, columns: v.columns.clone().unwrap() };
    let input = LiftInput {
        classes: cloud.classes.clone(),
        views: prepared.views.iter().map(view).collect(),
        mapped: None,
        warnings: Vec::new(),
    };
    let plan = LiftPlan { logits: Default::default(), corrected: false };
    let (again, report) = lift(&gpu, cloud.clone(), &input, plan, &|_| {}).unwrap();
    assert!(again == cloud, "the trainer and the command lift differently");
    assert!(report.views == 8 && report.seen > 70 && report.gaussians == cloud.len());
}

#[test]
fn a_lift_with_lists_that_are_too_short_drops_nothing() {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    let mut prepared = prepare(&gpu, 60, 3, 400, 300, 4);
    for scale in &mut prepared.cloud.log_scales {
        *scale = glam::Vec3::splat(-0.2);
    }
    // Before the first step no list has found its length yet.
    let (one, _) = train(&gpu, &prepared, lifting(0.0), 1);
    let (five, reports) = train(&gpu, &prepared, lifting(0.0), 5);
    assert!(reports[0].tile_entries > 6 * 1024, "the scene does not overflow: {}", reports[0].tile_entries);
    assert!(one.download().unwrap() == five.download().unwrap(), "a lift depends on when reports arrive");
}

#[test]
fn a_view_whose_classes_come_in_parts_is_the_view_in_one() {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    let prepared = prepare(&gpu, 80, 3, 70, 45, 4);
    let camera = prepared.held_out[0].camera;
    let mut renderer = splat_train::Renderer::new(&gpu, &prepared.cloud, [0.0; 3]).unwrap();
    let whole = renderer.render(&camera).unwrap();
    for blocks in [1, 7, 53, 54] {
        renderer.limit_class_blocks(blocks);
        let parts = renderer.render(&camera).unwrap();
        assert!(whole.columns == parts.columns && whole.confidence == parts.confidence, "{blocks} blocks at a time");
        assert!(whole.rgb == parts.rgb && whole.depth == parts.depth);
        renderer = splat_train::Renderer::new(&gpu, &prepared.cloud, [0.0; 3]).unwrap();
    }
}

#[test]
fn a_thousand_classes_learn_from_some_blocks_at_a_time() {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    let mut prepared = prepare(&gpu, 80, 6, 64, 48, 4);
    // The three classes lie far apart among a thousand.
    let columns = [3, 500, 998];
    let spread = |c: &mut u16| *c = if *c == u16::MAX { *c } else { columns[*c as usize] };
    let views = prepared.views.iter_mut().chain(&mut prepared.held_out);
    views.flat_map(|v| v.columns.iter_mut().flatten()).for_each(spread);
    prepared.cloud.classes = splat_tests::gpu_step::classes(1_000);
    prepared.cloud.logits = vec![0.0; prepared.cloud.len() * 1_000];
    let mut settings = settings(60);
    settings.densify.enabled = false;
    settings.rates.logits = 0.05;
    assert_eq!((settings.class_share(1_000), settings.logit_rate(1_000)), (1.0 / 16.0, 0.2));
    let (trainer, _) = train(&gpu, &prepared, settings, 2);
    let (_, accuracy) = score(&gpu, &prepared, &trainer.download().unwrap());
    assert!(accuracy > 0.7, "held-out accuracy {accuracy:.3}");
}

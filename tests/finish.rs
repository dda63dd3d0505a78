//! What is done to a trained cloud's classes follows from how far they contradict their labels.

use splat_core::Cloud;
use splat_core::settings::Preset;
use splat_gpu::GpuOptions;
use splat_tests::tiny_run::{prepare, score, train};
use splat_train::{Finish, PreparedRun, Renderer, Trainer, TrainingView, Witnesses, finish};

/// Gives every `n`-th 8x8 block of the views, another choice in each, the next class.
fn mislabel(views: &mut [TrainingView], n: usize) {
    for (index, view) in views.iter_mut().enumerate() {
        let width = view.camera.intrinsics.width as usize;
        for (pixel, column) in view.columns.iter_mut().flatten().enumerate() {
            let block = pixel / width / 8 * width.div_ceil(8) + pixel % width / 8;
            if (5 * block + 3 * index).is_multiple_of(n) && *column != u16::MAX {
                *column = (*column + 1) % 3;
            }
        }
    }
}

fn trained(gpu: &splat_gpu::Gpu, prepared: &PreparedRun, iterations: u32) -> Trainer {
    let mut settings = Preset::Quality.settings();
    (settings.iterations, settings.sh_degree, settings.densify.enabled) = (iterations, 1, false);
    train(gpu, prepared, settings, 2).0
}

fn finished(trainer: &mut Trainer, witnesses: &Witnesses) -> (Cloud, Finish) {
    let (cloud, _, done) = finish(trainer, witnesses).unwrap();
    (cloud, done.expect("there are labels"))
}

fn withhold(prepared: &mut PreparedRun) -> Witnesses {
    Witnesses::withhold(&mut prepared.views, &Preset::Quality.settings().loss)
}

#[test]
fn labels_that_a_cloud_agrees_with_leave_it_alone() {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    let mut prepared = prepare(&gpu, 80, 16, 64, 48, 4);
    let mut trainer = trained(&gpu, &prepared, 400);
    let before = trainer.download().unwrap();
    let mut renderer = Renderer::new(&gpu, &before, [0.0; 3]).unwrap();
    for view in &mut prepared.views {
        view.columns = Some(renderer.render(&view.camera).unwrap().columns);
    }
    let (cloud, done) = finished(&mut trainer, &withhold(&mut prepared));
    assert!(done.labels_contradicted == 0.0 && done.consensus == 0.0 && done.class_balance == 0.0, "{done:?}");
    assert!(done.lift_contradicted.is_none() && cloud == before);
}

#[test]
fn labels_that_contradict_each_other_are_heard_together() {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    // Large Gaussians, trained well, or hardly at all: the lift blurs the first, and knows more than the second.
    for (iterations, lift_is_better) in [(300, false), (5, true)] {
        let mut prepared = prepare(&gpu, 80, 16, 64, 48, 4);
        mislabel(&mut prepared.views, 4);
        let witnesses = withhold(&mut prepared);
        let mut trainer = trained(&gpu, &prepared, iterations);
        let (_, before) = score(&gpu, &prepared, &trainer.download().unwrap());
        let (cloud, done) = finished(&mut trainer, &witnesses);
        assert!(done.labels_contradicted > 0.15 && done.lift_contradicted.is_some(), "{done:?}");
        assert!(done.lifted == lift_is_better && (done.consensus > 0.0) != lift_is_better, "{done:?}");
        let (_, after) = score(&gpu, &prepared, &cloud);
        assert!(after > before - 0.03, "{iterations} steps: held-out accuracy {before:.3} -> {after:.3}");
        assert!(trainer.is_finished());
    }
}

#[test]
fn balance_does_not_sweep_away_what_little_is_known() {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    let mut prepared = prepare(&gpu, 80, 8, 64, 48, 4);
    // One class has nearly all of the labels: in full, balance would hand everything to the others.
    let classes = prepared.cloud.classes.classes.iter_mut();
    classes.zip([1_000_000, 10, 10]).for_each(|(class, n)| class.pixel_count = n);
    let witnesses = withhold(&mut prepared);
    let mut trainer = trained(&gpu, &prepared, 5);
    let (_, before) = score(&gpu, &prepared, &trainer.download().unwrap());
    let (cloud, done) = finished(&mut trainer, &witnesses);
    let (_, after) = score(&gpu, &prepared, &cloud);
    assert!(after > before - 0.08, "held-out accuracy {before:.3} -> {after:.3}, {done:?}");
}

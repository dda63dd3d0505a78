//! What is done to a trained cloud's classes follows from how far they contradict their labels.

use splat_core::Cloud;
use splat_core::settings::Preset;
use splat_gpu::GpuOptions;
use splat_tests::tiny_run::{prepare, score, train};
use splat_train::{Finish, PreparedRun, Renderer, TrainingView, finish, witnesses};

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

fn trained(gpu: &splat_gpu::Gpu, prepared: &PreparedRun) -> Cloud {
    let mut settings = Preset::Quality.settings();
    (settings.iterations, settings.sh_degree, settings.densify.enabled) = (400, 1, false);
    train(gpu, prepared, settings, 2).0.download().unwrap()
}

fn finished(gpu: &splat_gpu::Gpu, cloud: &mut Cloud, views: &[TrainingView]) -> Finish {
    let loss = Preset::Quality.settings().loss;
    let done = finish(gpu, cloud, &witnesses(views, &loss), [0.0; 3], &loss).unwrap();
    done.expect("there are labels")
}

#[test]
fn labels_that_a_cloud_agrees_with_leave_it_alone() {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    let mut prepared = prepare(&gpu, 80, 4, 64, 48, 4);
    let mut cloud = trained(&gpu, &prepared);
    let mut renderer = Renderer::new(&gpu, &cloud, [0.0; 3]).unwrap();
    for view in &mut prepared.views {
        view.columns = Some(renderer.render(&view.camera).unwrap().columns);
    }
    let before = cloud.clone();
    let done = finished(&gpu, &mut cloud, &prepared.views);
    assert_eq!(done, Finish { labels_contradicted: 0.0, consensus: 0.0, class_balance: 0.0 });
    assert!(cloud == before);
}

#[test]
fn labels_that_contradict_each_other_are_heard_together() {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    let mut prepared = prepare(&gpu, 80, 8, 64, 48, 4);
    mislabel(&mut prepared.views, 4);
    let mut cloud = trained(&gpu, &prepared);
    let (_, before) = score(&gpu, &prepared, &cloud);
    let done = finished(&gpu, &mut cloud, &prepared.views);
    assert!(done.labels_contradicted > 0.15 && done.consensus > 0.0 && done.class_balance > 0.0, "{done:?}");
    let (_, after) = score(&gpu, &prepared, &cloud);
    assert!(after > before - 0.01, "held-out accuracy {before:.3} -> {after:.3}");
}

#[test]
fn a_cloud_that_knows_next_to_nothing_is_not_swept_away() {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    let prepared = prepare(&gpu, 80, 8, 64, 48, 4);
    let mut settings = Preset::Quality.settings();
    (settings.iterations, settings.sh_degree) = (5, 0);
    let (trainer, _) = train(&gpu, &prepared, settings.clone(), 1);
    let mut cloud = trainer.download().unwrap();
    // One class has nearly all of the labels: in full, balance would hand everything to the others.
    cloud.classes.classes.iter_mut().zip([1_000_000, 10, 10]).for_each(|(class, n)| class.pixel_count = n);
    let (_, before) = score(&gpu, &prepared, &cloud);
    finish(&gpu, &mut cloud, &witnesses(&prepared.views, &settings.loss), [0.0; 3], &settings.loss).unwrap();
    let (_, after) = score(&gpu, &prepared, &cloud);
    assert!(after > before - 0.08, "held-out accuracy {before:.3} -> {after:.3}");
}

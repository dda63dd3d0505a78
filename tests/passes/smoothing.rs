//! Stage Optimise, smoothing: the gradient of neighbours' disagreement against its twin.

use splat_core::settings::SmoothingSettings;
use splat_gpu::passes::smoothing::{self, SmoothingBuffers};
use splat_gpu::readback::read_now;
use splat_gpu::{Gpu, Recorder, RowBuffers, TrainingBuffers};
use splat_reference::neighbours::{candidates, nearest, samples};
use splat_reference::rows::Column;
use splat_reference::{Rows, fixture};
use splat_tests::gpu_step::classes;

const SEED: u32 = 40;

fn check(gpu: &Gpu, count: usize, class_count: usize, settings: &SmoothingSettings) {
    let rows = fixture::rows(31, count, 0, class_count);
    let rows = Rows::from_cloud(&rows.to_cloud(classes(class_count)));
    let candidates = candidates(count as u32, settings.most, SEED);
    let sampled = samples(&candidates, settings.samples, SEED);
    let pairs: Vec<_> = sampled.into_iter().map(|row| (row, nearest(&rows, row, &candidates))).collect();
    let mut want = rows.zeros_like();
    splat_reference::smoothing::smoothing(&rows, &pairs, settings.weight.into(), &mut want);

    let buffers = RowBuffers::upload(gpu, &rows.to_cloud(classes(class_count)), count as u32).unwrap();
    let training = TrainingBuffers::new(gpu, &buffers.layout, buffers.capacity).unwrap();
    let pass = SmoothingBuffers::new(gpu, settings);
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    let mut rec = Recorder::new(gpu, &mut encoder, None);
    smoothing::record(&mut rec, &buffers, &training, &pass, settings, SEED);
    rec.finish();
    gpu.queue.submit([encoder.finish()]);
    let planes: Vec<[f32; 4]> = read_now(gpu, &training.d_rows.buffer, 16 * buffers.elements()).unwrap();
    let got = Rows::from_cloud(&buffers.layout.unpack(&planes, buffers.capacity, count, &classes(class_count)));
    let scale = want[Column::Logits].iter().fold(0.0_f64, |top, g| top.max(g.abs()));
    for (i, (g, w)) in got[Column::Logits].iter().zip(&want[Column::Logits]).enumerate() {
        assert!((g - w).abs() < 2e-4 * scale, "row {}, class {}: {g} {w}", i / class_count, i % class_count);
    }
    assert!(got[Column::Mean].iter().chain(&got[Column::Opacity]).all(|&g| g == 0.0), "positions have no part in it");
}

#[test]
fn smoothing_agrees_with_its_twin() {
    for options in splat_tests::code_paths() {
        let Some(gpu) = splat_tests::gpu(options) else { return };
        let settings = SmoothingSettings { weight: 2.0, samples: 64, most: 300, ..Default::default() };
        check(&gpu, 200, 6, &settings);
        check(&gpu, 1_000, 21, &settings);
        // Fewer rows than samples and neighbours.
        check(&gpu, 3, 4, &settings);
    }
}

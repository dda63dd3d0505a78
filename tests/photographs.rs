//! Photographs as they are: what a camera did to them must not end up in the cloud.

use glam::Vec3;
use splat_core::TrainSettings;
use splat_core::settings::Background;
use splat_gpu::{Gpu, GpuOptions};
use splat_reference::fixture;
use splat_tests::gpu_step::classes;
use splat_tests::tiny_run::{photographed, prepare, score, train};
use splat_train::{PreparedRun, Renderer, TrainingView};

fn settings(iterations: u32) -> TrainSettings {
    let mut settings = TrainSettings { iterations, sh_degree: 1, seed: 4, ..Default::default() };
    settings.densify.enabled = false;
    settings
}

/// Makes a photograph darker or brighter, redder or bluer.
fn expose(view: &mut TrainingView, gains: [f32; 3]) {
    for pixel in view.photo.rgba.chunks_mut(4) {
        pixel.iter_mut().zip(gains).for_each(|(value, gain)| *value = (*value as f32 * gain).round() as u8);
    }
}

/// Gains that an automatic exposure might have chosen; their mean is 0.75.
fn gains(view: usize) -> [f32; 3] {
    let [a, b] = [[0.2, -0.2, 0.1, -0.1], [0.06, 0.02, -0.06, -0.02]].map(|of: [f32; 4]| of[view % 4]);
    [0.75 + a + b, 0.75 + a, 0.75 + a - b]
}

/// A run whose training photographs were all exposed differently, and the held-out ones like the mean.
fn unevenly_exposed(gpu: &Gpu) -> PreparedRun {
    let mut prepared = prepare(gpu, 80, 8, 64, 48, 4);
    prepared.views.iter_mut().enumerate().for_each(|(i, view)| expose(view, gains(i)));
    prepared.held_out.iter_mut().for_each(|view| expose(view, [0.75; 3]));
    prepared
}

#[test]
fn compensation_keeps_exposures_out_of_the_cloud() {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    let prepared = unevenly_exposed(&gpu);
    let mut compensated = settings(400);
    compensated.exposure.enabled = true;
    let (without, _) = train(&gpu, &prepared, settings(400), 4);
    assert_eq!(without.exposures().unwrap(), None);
    let (with, _) = train(&gpu, &prepared, compensated, 4);
    let psnr = |trainer: &splat_train::Trainer| score(&gpu, &prepared, &trainer.download().unwrap()).0;
    let (plain, better) = (psnr(&without), psnr(&with));
    // What can be had at most: all photographs exposed alike.
    let mut even = prepared.clone();
    let original = prepare(&gpu, 80, 8, 64, 48, 4);
    for (view, from) in even.views.iter_mut().zip(original.views) {
        view.photo = from.photo;
        expose(view, [0.75; 3]);
    }
    let (best, _) = train(&gpu, &even, settings(400), 4);
    let best = psnr(&best);
    let gained = (better - plain) / (best - plain);
    assert!(
        best > plain + 1.0 && gained > 0.7,
        "held-out PSNR {plain:.2} dB, compensated {better:.2}, at best {best:.2}"
    );
    let exposures = with.exposures().unwrap().unwrap();
    for k in 0..3 {
        let mean = |i: usize| exposures.iter().map(|e| e[k][i]).sum::<f32>() / exposures.len() as f32;
        let identity: [f32; 4] = std::array::from_fn(|i| f32::from(i == k));
        let far = (0..4).map(|i| (mean(i) - identity[i]).abs()).fold(0.0, f32::max);
        assert!(far < 1e-4, "colours drift: row {k} of the mean is off by {far}");
        // What a photograph shows of the mean grey, against the mean photograph.
        for (view, e) in exposures.iter().enumerate() {
            let shown = 0.4 * (e[k][0] + e[k][1] + e[k][2]) + e[k][3];
            let (got, want) = (shown / 0.4, gains(view)[k] / 0.75);
            assert!((got - want).abs() < 0.12, "view {view}, channel {k}: gain {got:.2}, expected {want:.2}");
        }
    }
}

/// A small scene in the middle of transparent photographs, and points beside it that are none of its: black, as they come from
/// the background of photographs of one object.
fn with_black_fog(gpu: &Gpu) -> PreparedRun {
    let mut truth = fixture::rows(5, 60, 0, 3).to_cloud(classes(3));
    truth.means.iter_mut().for_each(|mean| *mean *= 0.4);
    truth.log_scales.iter_mut().for_each(|s| *s -= 1.0);
    let mut prepared = photographed(gpu, &truth, 8, 64, 48, 4);
    let cloud = &mut prepared.cloud;
    let k = cloud.sh_coefficients();
    for row in (0..cloud.len()).step_by(3) {
        let side = if row % 2 == 0 { 1.1 } else { -1.1 };
        cloud.means[row] = Vec3::new(side, 0.03 * row as f32 - 0.9, 0.0);
        cloud.log_scales[row] = Vec3::splat(-1.5);
        cloud.opacity_logits[row] = 1.0;
        cloud.sh[row * k] = [-2.0; 3];
    }
    prepared
}

#[test]
fn nothing_hides_before_a_random_background() {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    let prepared = with_black_fog(&gpu);
    let fog = |background: Background| {
        let (trainer, _) = train(&gpu, &prepared, TrainSettings { background, ..settings(300) }, 4);
        let cloud = trainer.download().unwrap();
        let seen =
            |colour| Renderer::new(&gpu, &cloud, [colour; 3]).unwrap().render(&prepared.held_out[0].camera).unwrap();
        let (black, white) = (seen(0.0), seen(1.0));
        // How opaque what the photograph shows as wholly transparent is.
        let alpha = prepared.held_out[0].photo.alpha.as_ref().unwrap();
        let empty: Vec<usize> = (0..alpha.len()).filter(|&i| alpha[i] == 0).collect();
        assert!(empty.len() > 300, "{} of {} pixels are empty", empty.len(), alpha.len());
        let through = |i: &usize| (white.rgb[3 * i] - black.rgb[3 * i]) as f64 / 255.0;
        1.0 - empty.iter().map(through).sum::<f64>() / empty.len() as f64
    };
    let (black, random) = (fog(Background::BLACK), fog(Background::Random));
    assert!(
        black > 0.05 && random < 0.2 * black,
        "opacity of empty space: {black:.3} before black, {random:.3} before random"
    );
}

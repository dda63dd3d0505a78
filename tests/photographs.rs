//! Photographs as they are: what a camera did to them must not end up in the cloud.

use glam::{DVec3, Vec3};
use splat_core::settings::Background;
use splat_core::{Camera, Cloud, TrainSettings};
use splat_gpu::{Gpu, GpuOptions};
use splat_reference::{Twist, fixture};
use splat_tests::gpu_step::classes;
use splat_tests::tiny_run::{cameras, photographed, prepare, score, train};
use splat_train::{PreparedRun, RefinedPose, Renderer, TrainingView};

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

/// How far cameras are from where they really are, in the mean: centres in world units, angles in degrees, and where points
/// are seen in pixels.
fn pose_errors(cameras: &[Camera], truth: &[Camera], points: &[Vec3]) -> [f64; 3] {
    let mut sums = [0.0; 3];
    for (camera, real) in cameras.iter().zip(truth) {
        let pose = RefinedPose::new("", real, camera);
        let pixels = |p: &Vec3| camera.project(*p).unwrap().0.distance(real.project(*p).unwrap().0) as f64;
        let seen = points.iter().map(pixels).sum::<f64>() / points.len() as f64;
        sums.iter_mut().zip([pose.moved, pose.turned_degrees, seen]).for_each(|(sum, error)| *sum += error);
    }
    sums.map(|sum| sum / cameras.len() as f64)
}

#[test]
fn refinement_brings_cameras_back_to_where_they_were() {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    let mut scene = fixture::rows(5, 150, 0, 3).to_cloud(classes(3));
    scene.log_scales.iter_mut().for_each(|s| *s -= 0.7);
    let mut prepared = photographed(&gpu, &scene, 10, 64, 48, 4);
    // The scene is known well, as it is some way into a run; the cameras are not.
    prepared.cloud = scene.clone();
    let truth: Vec<Camera> = prepared.views.iter().map(|v| v.camera).collect();
    let mut dice = fixture::Dice::new(3);
    for view in &mut prepared.views {
        let jitter = Twist { rotation: dice.vec3(-0.02, 0.02), translation: dice.vec3(-0.05, 0.05) };
        view.camera.world_from_view = (jitter.exp() * view.camera.view_from_world()).inverse();
    }
    let given: Vec<Camera> = prepared.views.iter().map(|v| v.camera).collect();
    let mut refining = settings(400);
    refining.poses.enabled = true;
    let (without, _) = train(&gpu, &prepared, settings(400), 4);
    assert_eq!(without.cameras().unwrap(), None);
    let (with, _) = train(&gpu, &prepared, refining, 4);
    let psnr = |trainer: &splat_train::Trainer| score(&gpu, &prepared, &trainer.download().unwrap()).0;
    let errors = |cameras: &[Camera]| pose_errors(cameras, &truth, &scene.means);
    let (before, after) = (errors(&given), errors(&with.cameras().unwrap().unwrap()));
    let (plain, better) = (psnr(&without), psnr(&with));
    let report = format!("errors {before:.3?}, refined {after:.3?}; held-out PSNR {plain:.2}, refined {better:.2} dB");
    eprintln!("{report}");
    // A small turn and a small step aside look alike: together they are known better than either.
    let falls = [0.9, 0.7, 0.5].iter().zip(before.iter().zip(after)).all(|(share, (b, a))| a < share * b);
    assert!(falls && better > plain + 0.5, "{report}");
}

#[test]
fn rendered_depth_is_along_the_view_axis_not_along_the_ray() {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    // A wall of opaque Gaussians, flat and parallel to the image, 2 units before the camera.
    let camera = cameras(1, 64, 48)[0];
    let at = |i: i32, j: i32| camera.world_from_view.transform_point3(DVec3::new(0.1 * i as f64, 0.1 * j as f64, 2.0));
    let means: Vec<Vec3> = (-15..=15).flat_map(|i| (-12..=12).map(move |j| at(i, j).as_vec3())).collect();
    let n = means.len();
    let q = glam::DQuat::from_mat3(&camera.world_from_view.matrix3).as_quat();
    let cloud = Cloud {
        log_scales: vec![Vec3::new(-2.5, -2.5, -9.0); n],
        rotations: vec![[q.w, q.x, q.y, q.z]; n],
        opacity_logits: vec![5.0; n],
        sh: vec![[0.0; 3]; n],
        means,
        ..Cloud::default()
    };
    let seen = Renderer::new(&gpu, &cloud, [0.0; 3]).unwrap().render(&camera).unwrap();
    let off = seen.depth.iter().map(|z| (z - 2.0).abs()).fold(0.0, f32::max);
    assert!(off < 1e-3, "depth off by {off}; at a corner {}", seen.depth[0]);
}

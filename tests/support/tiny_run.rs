//! A training run on a made-up scene: random Gaussians, photographed by our own renderer.

use glam::{DVec3, Vec3};
use splat_core::{Camera, Cloud, Intrinsics, Photo, SparsePoint, TrainSettings};
use splat_gpu::Gpu;
use splat_reference::fixture;
use splat_train::init::cloud_from_points;
use splat_train::{Checkpoint, PreparedRun, Renderer, StepReport, Trainer, TrainingView, write_checkpoint};

/// Cameras on a circle about the scene.
pub fn cameras(count: usize, width: u32, height: u32) -> Vec<Camera> {
    let camera = |i: usize| {
        let angle = 0.9 * (i as f64 / count as f64 - 0.5);
        let eye = DVec3::new(3.0 * angle.sin(), 0.3 * (i % 3) as f64 - 0.3, -3.0 * angle.cos());
        let k = Intrinsics::from_vertical_fov(width, height, 0.8);
        Camera::looking_at(k, eye, DVec3::ZERO, DVec3::new(0.0, -1.0, 0.0))
    };
    (0..count).map(camera).collect()
}

/// A run of `views` training views and two held-out ones of a scene of `gaussians` Gaussians in three classes.
pub fn prepare(gpu: &Gpu, gaussians: usize, views: usize, width: u32, height: u32, seed: u64) -> PreparedRun {
    let classes = crate::gpu_step::classes(3);
    let mut truth = fixture::rows(5, gaussians, 0, 3).to_cloud(classes);
    // Clear-cut classes: by the side of the scene.
    for row in 0..truth.len() {
        let class = if truth.means[row].x < -0.3 {
            0
        } else if truth.means[row].x < 0.3 {
            1
        } else {
            2
        };
        truth.logits[3 * row..3 * row + 3].fill(0.0);
        truth.logits[3 * row + class] = 8.0;
    }
    photographed(gpu, &truth, views, width, height, seed)
}

/// A run of `views` training views and two held-out ones of a scene in three classes, from points near its Gaussians.
pub fn photographed(gpu: &Gpu, truth: &Cloud, views: usize, width: u32, height: u32, seed: u64) -> PreparedRun {
    let mut renderer = Renderer::new(gpu, truth, [0.0; 3]).unwrap();
    let mut before_white = Renderer::new(gpu, truth, [1.0; 3]).unwrap();
    let mut view = |(i, camera): (usize, Camera)| {
        let (shown, white) = (renderer.render(&camera).unwrap(), before_white.render(&camera).unwrap());
        // What a white background adds is what shows through.
        let through = shown.rgb.chunks(3).zip(white.rgb.chunks(3)).map(|(b, w)| 255 - (w[1] - b[1]));
        let alpha = Some(through.collect());
        let rgba = shown.rgb.chunks(3).flat_map(|c| [c[0], c[1], c[2], 255]).collect();
        let photo = Photo { width, height, rgba, alpha };
        TrainingView { name: format!("{i}.png"), camera, photo, columns: Some(shown.columns), confidence: None }
    };
    let mut all: Vec<TrainingView> = cameras(views + 2, width, height).into_iter().enumerate().map(&mut view).collect();
    let held_out = vec![all.remove(views / 3), all.remove(2 * views / 3)];
    let point = |row: usize| SparsePoint {
        position: truth.means[row] + 0.03 * Vec3::new((row % 3) as f32 - 1.0, (row % 5) as f32 - 2.0, 0.0),
        rgb: [128; 3],
    };
    let points: Vec<SparsePoint> = (0..truth.len()).map(point).collect();
    let cloud = cloud_from_points(&points, 1, &truth.classes, seed);
    PreparedRun { cloud, views: all, held_out, planes: Vec::new(), extent: 1.5, mapped: None, warnings: Vec::new() }
}

/// Trains to the end and returns all reports. Steps are recorded in bursts, as a frame of an application would.
pub fn train(gpu: &Gpu, prepared: &PreparedRun, settings: TrainSettings, burst: usize) -> (Trainer, Vec<StepReport>) {
    train_on(gpu, Trainer::new(gpu, prepared, settings).unwrap(), burst)
}

/// Like [`train`], from a trainer that was made already.
pub fn train_on(gpu: &Gpu, mut trainer: Trainer, burst: usize) -> (Trainer, Vec<StepReport>) {
    trainer.set_timing_interval(0);
    let mut reports = Vec::new();
    while !trainer.is_finished() {
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        for _ in 0..burst {
            trainer.record(&mut encoder).unwrap();
        }
        gpu.queue.submit([encoder.finish()]);
        trainer.submitted();
        gpu.wait().unwrap();
        reports.extend(trainer.poll().unwrap());
    }
    (trainer, reports)
}

/// Like [`train`], but stops between two steps at these iterations: the trainer is written to a checkpoint and dropped, and
/// another one goes on from the file.
pub fn train_with_stops(
    gpu: &Gpu,
    prepared: &PreparedRun,
    settings: TrainSettings,
    burst: usize,
    stops: &[u32],
) -> (Trainer, Vec<StepReport>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("checkpoint.bin");
    let mut trainer = Trainer::new(gpu, prepared, settings.clone()).unwrap();
    let mut reports = Vec::new();
    for stop in stops.iter().copied().chain([u32::MAX]) {
        while !trainer.is_finished() && !(trainer.iteration() == stop && trainer.is_between_steps()) {
            let mut encoder = gpu.device.create_command_encoder(&Default::default());
            for _ in 0..burst {
                if trainer.iteration() < stop || trainer.owes() {
                    trainer.record(&mut encoder).unwrap();
                }
            }
            gpu.queue.submit([encoder.finish()]);
            trainer.submitted();
            gpu.wait().unwrap();
            reports.extend(trainer.poll().unwrap());
        }
        if stop < u32::MAX {
            write_checkpoint(&path, trainer.sections().unwrap().expect("between two steps")).unwrap();
            trainer = Trainer::new(gpu, prepared, settings.clone()).unwrap();
            trainer.restore(&Checkpoint::open(&path).unwrap().unwrap()).unwrap();
            assert_eq!(trainer.iteration(), stop);
        }
    }
    (trainer, reports)
}

/// Mean PSNR in dB and share of right labels of a cloud on the held-out views.
pub fn score(gpu: &Gpu, prepared: &PreparedRun, cloud: &splat_core::Cloud) -> (f64, f64) {
    let mut renderer = Renderer::new(gpu, cloud, [0.0; 3]).unwrap();
    let (mut psnr, mut right, mut labelled) = (0.0, 0, 0);
    for view in &prepared.held_out {
        let shown = renderer.render(&view.camera).unwrap();
        let truth = view.photo.rgba.chunks(4).flat_map(|c| &c[..3]);
        let error: f64 = shown.rgb.iter().zip(truth).map(|(&a, &b)| (a as f64 - b as f64).powi(2)).sum();
        psnr += -10.0 * (error / shown.rgb.len() as f64 / 65025.0).max(1e-10).log10() / prepared.held_out.len() as f64;
        for (&got, &want) in shown.columns.iter().zip(view.columns.as_ref().unwrap()).filter(|c| *c.1 != u16::MAX) {
            labelled += 1;
            right += (got == want) as usize;
        }
    }
    (psnr, right as f64 / labelled as f64)
}

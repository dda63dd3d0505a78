//! Memory and devices have limits: estimates are true, what does not fit is refused or gives way, a lost device is an error.

use splat_core::TrainSettings;
use splat_gpu::{Gpu, GpuError, GpuOptions};
use splat_tests::tiny_run::{prepare, train, train_on};
use splat_train::{Bound, MemoryPlan, PreparedRun, TrainError, Trainer, TrainerOptions};

/// Grows to its limit of 300 Gaussians.
fn growing() -> TrainSettings {
    let mut settings =
        TrainSettings { iterations: 270, sh_degree: 1, seed: 1, max_gaussians: 300, ..Default::default() };
    settings.densify.interval = 10;
    settings.densify.until = 30_000;
    settings.densify.gradient_threshold = 0.0;
    settings
}

fn planned(gpu: &Gpu, prepared: &PreparedRun, settings: &TrainSettings, plan: &MemoryPlan) -> Trainer {
    let options = TrainerOptions { plan: Some(plan.clone()), ..Default::default() };
    Trainer::with(gpu, prepared, settings.clone(), options).unwrap()
}

/// Bytes that the device has given out, once it is idle.
fn allocated(gpu: &Gpu) -> Option<u64> {
    // Uploads wait for a submission.
    gpu.queue.submit([]);
    gpu.wait().unwrap();
    Some(gpu.device.generate_allocator_report()?.total_allocated_bytes)
}

#[test]
fn an_estimate_is_what_is_allocated() {
    for mirror_textures in [true, false] {
        let options = GpuOptions { mirror_textures: Some(mirror_textures), ..Default::default() };
        let Some(gpu) = splat_tests::gpu(options) else { return };
        let prepared = prepare(&gpu, 60, 6, 320, 240, 1);
        let Some(before) = allocated(&gpu) else {
            eprintln!("SKIPPED: this backend does not tell what it has allocated");
            return;
        };
        let settings = growing();
        let plan = MemoryPlan::of(&gpu, &prepared, &settings, None).unwrap();
        let after_planning = allocated(&gpu).unwrap();
        assert!(after_planning < before + (4 << 20), "planning takes {} bytes", after_planning - before);
        let check = |what: &str, estimate: u64| {
            let real = allocated(&gpu).unwrap() - before;
            let error = estimate as f64 / real as f64 - 1.0;
            eprintln!("{what}: {estimate} estimated, {real} allocated ({:+.1} %)", 100.0 * error);
            assert!(error.abs() < 0.15, "{what}: {estimate} estimated, {real} allocated");
        };
        let trainer = planned(&gpu, &prepared, &settings, &plan);
        check("start", plan.start.gpu_bytes());
        let (trainer, reports) = train_on(&gpu, trainer, 1);
        assert_eq!(reports.last().unwrap().gaussians, 300);
        check("end", plan.most.gpu_bytes() - plan.most.gpu["moving"]);
        drop(trainer);
    }
}

#[test]
fn what_does_not_fit_is_refused_or_gives_way() {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    let prepared = prepare(&gpu, 60, 6, 64, 48, 1);
    let settings = TrainSettings { max_gaussians: 100_000, ..growing() };
    let of = |limit| MemoryPlan::of(&gpu, &prepared, &settings, limit);
    let free = of(None).unwrap();
    assert_eq!((free.gaussian_limit, free.bound, free.most.gaussians), (100_000, Bound::Settings, 100_000));
    let counted = |e: &splat_train::MemoryEstimate| e.counted(free.counts_host);
    let (least, most) = (counted(&free.start), counted(&free.most));
    assert_eq!(of(Some(most)).unwrap().most, free.most);

    let half = of(Some(most / 2)).unwrap();
    assert_eq!(half.bound, Bound::Memory);
    assert!((30_000..60_000).contains(&half.gaussian_limit), "{}", half.gaussian_limit);
    assert!(counted(&half.most) <= most / 2 && half.line().contains("100000"), "{}", half.line());

    let error = of(Some(least / 2)).unwrap_err();
    let text = error.to_string();
    assert!(error.is_bad_input() && text.contains("MiB") && text.contains("--downscale"), "{text}");
}

#[test]
fn lists_that_would_exceed_the_limit_end_the_run() {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    // Large Gaussians over many tiles: far longer lists than the guess.
    let mut prepared = prepare(&gpu, 60, 3, 400, 300, 4);
    prepared.cloud.log_scales.fill(glam::Vec3::splat(-0.2));
    let settings = growing();
    let most = MemoryPlan::of(&gpu, &prepared, &settings, None).unwrap().most;
    let limit = most.counted(gpu.adapter.is_software) + 1000;
    let plan = MemoryPlan::of(&gpu, &prepared, &settings, Some(limit)).unwrap();
    let mut trainer = planned(&gpu, &prepared, &settings, &plan);
    let error = failure(&gpu, &mut trainer);
    assert!(error.is_bad_input() && error.to_string().contains("tile entries"), "{error}");
    assert!(trainer.iteration() < 9, "{} steps were recorded", trainer.iteration());
}

#[test]
fn an_adapter_that_binds_no_more_is_told_of() {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    let prepared = prepare(&gpu, 60, 6, 64, 48, 1);
    let settings = TrainSettings { max_gaussians: 200_000_000, ..growing() };
    let plan = MemoryPlan::of(&gpu, &prepared, &settings, None).unwrap();
    assert_eq!((plan.bound, plan.asked), (Bound::Adapter, 200_000_000));
    assert!(plan.gaussian_limit < 200_000_000 && plan.line().contains("adapter"), "{}", plan.line());
}

#[test]
fn photographs_that_stay_on_the_host_change_nothing() {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    let prepared = prepare(&gpu, 60, 6, 64, 48, 1);
    let mut settings = growing();
    (settings.iterations, settings.loss.lift_at) = (230, Some(0.5));
    let whole = train(&gpu, &prepared, settings.clone(), 3).0.download().unwrap();
    let plan = MemoryPlan::of(&gpu, &prepared, &settings, None).unwrap();
    let plan = MemoryPlan { streams_targets: true, ..plan };
    let streamed = train_on(&gpu, planned(&gpu, &prepared, &settings, &plan), 3).0.download().unwrap();
    assert!(whole == streamed);
}

/// Steps until something fails.
fn failure(gpu: &Gpu, trainer: &mut Trainer) -> TrainError {
    for _ in 0..1_000 {
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        if let Err(error) = trainer.record(&mut encoder) {
            return error;
        }
        gpu.queue.submit([encoder.finish()]);
        trainer.submitted();
        if let Err(error) = trainer.poll() {
            return error;
        }
    }
    panic!("a thousand steps without a failure");
}

#[test]
fn a_lost_device_is_an_error_and_not_the_end_of_the_process() {
    // With nothing on its way, and with steps in flight.
    for steps in [0, 3] {
        let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
        let prepared = prepare(&gpu, 60, 6, 64, 48, 1);
        let mut trainer = Trainer::new(&gpu, &prepared, TrainSettings { iterations: 100_000, ..growing() }).unwrap();
        for _ in 0..steps {
            let mut encoder = gpu.device.create_command_encoder(&Default::default());
            trainer.record(&mut encoder).unwrap();
            gpu.queue.submit([encoder.finish()]);
            trainer.submitted();
        }
        gpu.check().unwrap();
        gpu.device.destroy();
        let error = failure(&gpu, &mut trainer);
        assert!(matches!(error, TrainError::Gpu(GpuError::Lost(_))), "{error}");
        assert!(!error.is_bad_input() && matches!(gpu.check(), Err(GpuError::Lost(_))));
        // Whoever goes on all the same hears of it again.
        assert!(trainer.download().is_err());
        drop(trainer);
    }
}

#[test]
fn a_device_without_room_says_for_what() {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    let most = gpu.device.limits().max_buffer_size;
    let mut kept = Vec::new();
    let result = gpu.allocate("an elephant", |gpu| {
        // Buffers that are not written take no room on a system that gives memory out when it is touched.
        kept.extend((0..4).map(|_| gpu.zeroed("elephant", most - 16)));
        Ok::<_, GpuError>(())
    });
    match result {
        Err(GpuError::OutOfMemory(what)) => assert_eq!(what, "an elephant"),
        Err(other) => panic!("{other}"),
        Ok(()) => eprintln!("SKIPPED: this device gives out four buffers of {most} bytes"),
    }
    drop(kept);
    gpu.check().unwrap();
}

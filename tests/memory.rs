//! Memory stands still while a run goes on: nothing is kept of a step once it has reported.
//!
//! One test in a process of its own: what others allocate meanwhile would count.

use splat_core::settings::StrategyKind;
use splat_core::{Objective, TrainSettings};
use splat_gpu::GpuOptions;
use splat_tests::tiny_run::prepare;
use splat_train::{MemoryPlan, Trainer, TrainerOptions};

/// Resident bytes of this process, where the system tells.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmRSS:"))?;
    Some(1024 * line.split_whitespace().nth(1)?.parse::<u64>().ok()?)
}

#[test]
fn steps_leave_nothing_behind() {
    const WARM_UP: u32 = 150;
    const STEPS: u32 = 250;
    // Noise of allocators, which falls behind as steps go on; a leak does not.
    const MOST_BYTES_A_STEP: u64 = 20_000;
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    if resident_bytes().is_none() {
        eprintln!("SKIPPED: this system does not tell how much memory a process has");
        return;
    }
    let prepared = prepare(&gpu, 60, 6, 64, 48, 1);
    let adc = StrategyKind::Adc;
    let cases = [(Objective::Logits, StrategyKind::Mcmc), (Objective::Softmax, adc), (Objective::Grouping, adc)];
    for (objective, strategy) in cases {
        let mut settings = TrainSettings { iterations: WARM_UP + STEPS, sh_degree: 3, ..Default::default() };
        (settings.loss.objective, settings.loss.entropy, settings.strategy) = (objective, 0.01, strategy);
        settings.loss.smoothing.weight = 0.1;
        (settings.loss.self_training.enabled, settings.loss.self_training.from) = (true, 0.1);
        settings.densify.semantic_statistic = false;
        (settings.exposure.enabled, settings.poses.enabled) = (true, true);
        if objective == Objective::Grouping {
            settings = settings.into_grouping();
        }
        // Photographs that come to the GPU step by step leave nothing there either.
        let plan = MemoryPlan::of(&gpu, &prepared, &settings, None).unwrap();
        let plan = MemoryPlan { streams_targets: strategy == StrategyKind::Mcmc, ..plan };
        let options = TrainerOptions { plan: Some(plan), ..Default::default() };
        let mut trainer = Trainer::with(&gpu, &prepared, settings, options).unwrap();
        trainer.set_timing_interval(10);
        let mut before = 0;
        while !trainer.is_finished() {
            let mut encoder = gpu.device.create_command_encoder(&Default::default());
            trainer.record(&mut encoder).unwrap();
            gpu.queue.submit([encoder.finish()]);
            trainer.submitted();
            gpu.wait().unwrap();
            for report in trainer.poll().unwrap() {
                if report.iteration == WARM_UP {
                    before = resident_bytes().unwrap();
                }
            }
        }
        let grown = resident_bytes().unwrap().saturating_sub(before);
        eprintln!("{objective}: {} bytes a step", grown / STEPS as u64);
        assert!(grown < MOST_BYTES_A_STEP * STEPS as u64, "{objective}: {grown} bytes more after {STEPS} steps");
    }
}

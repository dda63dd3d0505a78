//! The same seed on the same adapter gives the same bytes; another seed does not.

use splat_core::TrainSettings;
use splat_gpu::GpuOptions;
use splat_tests::tiny_run::{prepare, train};

#[test]
fn same_seed_same_bytes() {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    let run = |seed: u64, burst: usize| {
        let prepared = prepare(&gpu, 60, 6, 64, 48, seed);
        let mut settings = TrainSettings { iterations: 260, sh_degree: 1, seed, ..Default::default() };
        settings.densify.interval = 20;
        settings.densify.until = 30_000;
        settings.loss.entropy = 0.01;
        train(&gpu, &prepared, settings, burst).0.download().unwrap()
    };
    let first = run(1, 1);
    assert!(first == run(1, 4), "two runs of one seed differ, or results depend on how steps are submitted");
    assert!(first != run(2, 1), "the seed changes nothing");
}

//! Neighbours against their twin: the same rows are sampled, and the same ones found nearest.

use splat_gpu::passes::neighbours::{self, NeighbourBuffers, NeighbourSampling};
use splat_gpu::readback::read_now;
use splat_gpu::{GpuOptions, Recorder, RowBuffers};
use splat_reference::neighbours::{NEIGHBOURS, candidates, nearest, samples};
use splat_reference::rows::Column;
use splat_reference::{Rows, fixture};
use splat_shaders::layout::NO_COUNTER;
use splat_tests::gpu_step::classes;

fn check(options: GpuOptions, n: usize, sampling: NeighbourSampling) {
    let Some(gpu) = splat_tests::gpu(options) else { return };
    let mut rows = fixture::rows(3, n, 0, 1);
    if n > 10 {
        rows.row_mut(Column::Mean, 4)[1] = f64::NAN;
        rows.row_mut(Column::Mean, 9)[0] = f64::INFINITY;
    }
    let rows = Rows::from_cloud(&rows.to_cloud(classes(1)));
    let buffers = RowBuffers::upload(&gpu, &rows.to_cloud(classes(1)), n as u32 + 70).unwrap();
    let found = NeighbourBuffers::new(&gpu, sampling.samples, sampling.most);
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    let mut rec = Recorder::new(&gpu, &mut encoder, None);
    neighbours::record(&mut rec, &buffers, &found, sampling);
    rec.finish();
    gpu.queue.submit([encoder.finish()]);
    let got: Vec<u32> = read_now(&gpu, &found.nearest, 4 * sampling.samples as u64 * (1 + NEIGHBOURS as u64)).unwrap();

    let among = candidates(n as u32, sampling.most, sampling.seed);
    let expected = samples(&among, sampling.samples, sampling.seed);
    for (s, got) in got.chunks(1 + NEIGHBOURS).enumerate() {
        let Some(&row) = expected.get(s) else {
            assert_eq!(got, [NO_COUNTER; 1 + NEIGHBOURS], "sample {s} of {n} rows");
            continue;
        };
        let mut want = vec![row];
        want.extend(nearest(&rows, row, &among));
        want.resize(1 + NEIGHBOURS, NO_COUNTER);
        assert_eq!(got, want, "sample {s} of {n} rows, {sampling:?}");
    }
}

#[test]
fn neighbours_agree_with_their_twin() {
    for options in splat_tests::code_paths() {
        check(options, 300, NeighbourSampling { samples: 50, most: 1_000, seed: 7 });
    }
    let options = GpuOptions::default();
    for (n, samples, most) in [(9_000, 100, 20_000), (9_000, 70, 5_000), (3, 9, 9), (1, 4, 4), (40, 64, 64)] {
        for seed in [1, 99] {
            check(options, n, NeighbourSampling { samples, most, seed });
        }
    }
}

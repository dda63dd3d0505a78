//! Stage Densify against its twin: the same rows stay, clone, split and go; every column follows.

use glam::DVec3;
use splat_core::{RowSource, TrainSettings};
use splat_gpu::passes::densify::{self, Thresholds};
use splat_gpu::readback::read_now;
use splat_gpu::{GpuOptions, ListBuffers, Recorder, RowBuffers, TrainingBuffers};
use splat_reference::backward::Statistic;
use splat_reference::densify::decide;
use splat_reference::rows::Column;
use splat_reference::{Rows, fixture};
use splat_tests::gpu_step::classes;

const EXTENT: f32 = 1.0;
const ITERATION: u32 = 4_000;

/// 500 rows, some nearly transparent, some huge, some that are no numbers, with statistics that spread about the threshold.
fn scene() -> (Rows, Statistic) {
    let mut rows = fixture::rows(21, 500, 1, 6);
    let mut statistic = Statistic::new(rows.len());
    let mut dice = fixture::Dice::new(8);
    for row in 0..rows.len() {
        let scale = dice.between(-7.0, -1.0);
        rows.row_mut(Column::LogScale, row).iter_mut().for_each(|s| *s = scale);
        rows[Column::Opacity][row] = dice.between(-8.0, 3.0);
        statistic.gradient_sum[row] = dice.between(0.0, 2e-3);
        statistic.views[row] = dice.below(6) as u32;
    }
    rows.row_mut(Column::Logits, 3)[2] = f64::NAN;
    rows.row_mut(Column::Sh, 5)[0] = f64::INFINITY;
    (Rows::from_cloud(&rows.to_cloud(classes(6))), statistic)
}

fn check(max_gaussians: u32) {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    let (rows, statistic) = scene();
    let settings = TrainSettings { sh_degree: 1, max_gaussians, ..Default::default() };
    let map = decide(&rows, &statistic, &settings, ITERATION, EXTENT);

    let mut buffers = RowBuffers::upload(&gpu, &rows.to_cloud(classes(6)), 1_024).unwrap();
    let training = TrainingBuffers::new(&gpu, &buffers.layout, buffers.capacity).unwrap();
    let growth: Vec<[f32; 2]> =
        statistic.gradient_sum.iter().zip(&statistic.views).map(|(&g, &v)| [g as f32, v as f32]).collect();
    gpu.queue.write_buffer(&training.growth, 0, bytemuck::cast_slice(&growth));
    // Moments that tell their row.
    let mut moments = vec![[0.0f32; 4]; buffers.elements() as usize];
    for (i, m) in moments.iter_mut().enumerate() {
        *m = [1.0 + (i % buffers.capacity as usize) as f32; 4];
    }
    gpu.queue.write_buffer(&training.moment1.buffer, 0, bytemuck::cast_slice(&moments));
    let lists = ListBuffers::new(&gpu, buffers.capacity, 1, 1).unwrap();
    let d = &settings.densify;
    let thresholds = Thresholds {
        gradient: d.gradient_threshold,
        clone_scale: d.clone_scale * EXTENT,
        prune_opacity: d.prune_opacity,
        prune_scale: d.prune_scale * EXTENT,
        row_limit: max_gaussians,
        seed: 9,
    };
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    let mut rec = Recorder::new(&gpu, &mut encoder, None);
    densify::record(&mut rec, &mut buffers, &training, &lists, &thresholds);
    rec.finish();
    gpu.queue.submit([encoder.finish()]);

    let got = Rows::from_cloud(&buffers.download(&gpu).unwrap());
    let moments: Vec<[f32; 4]> = read_now(&gpu, &training.moment1.buffer, 16 * buffers.elements()).unwrap();
    assert_eq!(got.len(), map.sources.len());
    assert!(got.len() as u32 <= max_gaussians);
    for (row, source) in map.sources.iter().enumerate() {
        let parent = source.parent();
        let same = got.row(Column::Logits, row) == rows.row(Column::Logits, parent)
            && got.row(Column::Sh, row) == rows.row(Column::Sh, parent);
        let found = (0..rows.len()).find(|&r| got.row(Column::Sh, row) == rows.row(Column::Sh, r));
        assert!(same, "row {row} comes from row {found:?}, the twin says {source:?}");
        let moment = moments[row][0];
        let scales = got.vec3(Column::LogScale, row) - rows.vec3(Column::LogScale, parent);
        let moved = (got.vec3(Column::Mean, row) - rows.vec3(Column::Mean, parent)).length();
        match source {
            RowSource::Keep(_) => assert!(moment == 1.0 + parent as f32 && scales == DVec3::ZERO && moved == 0.0),
            RowSource::Clone(_) => assert!(moment == 0.0 && scales == DVec3::ZERO && moved == 0.0),
            RowSource::Split(_) => {
                assert!(moment == 0.0 && (scales + 1.6f64.ln()).abs().max_element() < 1e-5);
                let scale = rows.vec3(Column::LogScale, parent).max_element().exp();
                assert!(moved > 0.0 && moved < 8.0 * scale, "a child lies {moved} from its parent of size {scale}");
            }
        }
    }
}

#[test]
fn rows_go_where_the_twin_sends_them() {
    check(1_000);
}

#[test]
fn growth_under_a_limit_is_spread_as_in_the_twin() {
    check(420);
}

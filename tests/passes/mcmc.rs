//! 3DGS-MCMC against its twin: which rows are drawn, how they share a place, regularisation, noise.

use glam::DVec3;
use splat_core::settings::McmcSettings;
use splat_core::{RowSource, TrainSettings};
use splat_gpu::passes::mcmc::{self, Relocation, weight_unit};
use splat_gpu::readback::read_now;
use splat_gpu::{Gpu, GpuOptions, ListBuffers, Recorder, RowBuffers, TrainingBuffers};
use splat_reference::Rows;
use splat_reference::fixture::{self, Dice};
use splat_reference::mcmc::{add_noise, apply, regularisation, relocate};
use splat_reference::optimise::Moments;
use splat_reference::rows::Column;
use splat_tests::gpu_step::classes;

/// Rows whose opacities are whole numbers of weights, so that rounding is the same on both sides; every fourth is dead. Two are
/// no numbers.
fn scene(count: usize) -> (Rows, Vec<u32>) {
    let mut rows = fixture::rows(33, count, 1, 6);
    let mut dice = Dice::new(3);
    let unit = f64::from(weight_unit(count as u32));
    let mut weights = vec![0; count];
    for row in 0..count {
        let opacity = if row % 4 == 1 { dice.between(1e-4, 0.0049) } else { dice.between(0.006, 0.999) };
        let weight = (opacity * unit).round();
        weights[row] = if row % 4 == 1 { 0 } else { weight as u32 };
        let opacity = if row % 4 == 1 { opacity } else { weight / unit };
        rows[Column::Opacity][row] = (opacity / (1.0 - opacity)).ln();
    }
    rows.row_mut(Column::Logits, 3)[2] = f64::NAN;
    rows.row_mut(Column::Rotation, 6).fill(0.0);
    (weights[3], weights[6]) = (0, 0);
    (Rows::from_cloud(&rows.to_cloud(classes(6))), weights)
}

struct Relocated {
    rows: Rows,
    /// Of the first value of every row; each started as the row's number + 1.
    moments: Vec<f32>,
    growth: Vec<[f32; 2]>,
}

fn relocated(gpu: &Gpu, rows: &Rows, target: u32, seed: u32) -> Relocated {
    let mut buffers = RowBuffers::upload(gpu, &rows.to_cloud(classes(6)), target.max(rows.len() as u32)).unwrap();
    let training = TrainingBuffers::new(gpu, &buffers.layout, buffers.capacity).unwrap();
    let moments: Vec<[f32; 4]> =
        (0..buffers.elements()).map(|i| [1.0 + (i % buffers.capacity as u64) as f32; 4]).collect();
    gpu.queue.write_buffer(&training.moment2.buffer, 0, bytemuck::cast_slice(&moments));
    gpu.queue.write_buffer(&training.growth, 0, &[1; 64]);
    let lists = ListBuffers::new(gpu, buffers.capacity, 1, 1).unwrap();
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    let mut rec = Recorder::new(gpu, &mut encoder, None);
    let relocation = Relocation { dead_opacity: 0.005, row_target: target, seed };
    mcmc::record_relocation(&mut rec, &mut buffers, &training, &lists, &relocation);
    rec.finish();
    gpu.queue.submit([encoder.finish()]);
    let moments: Vec<[f32; 4]> = read_now(gpu, &training.moment2.buffer, 16 * buffers.capacity as u64).unwrap();
    Relocated {
        rows: Rows::from_cloud(&buffers.download(gpu).unwrap()),
        moments: moments.iter().map(|m| m[0]).collect(),
        growth: read_now(gpu, &training.growth, 64).unwrap(),
    }
}

fn check_relocation(gpu: &Gpu, count: usize, target: usize, seed: u32) {
    let (before, weights) = scene(count);
    let got = relocated(gpu, &before, target as u32, seed);
    let (map, becomes) = relocate(&weights, target, seed);
    let mut want = before.clone();
    apply(&map, &becomes, 0.005, &mut want, &mut Moments::new(&before));
    assert_eq!(got.rows.len(), map.sources.len(), "{count} {target}");
    assert!(becomes.iter().max() > Some(&2) || target < count, "nobody is drawn twice");
    for (row, source) in map.sources.iter().enumerate() {
        for column in [Column::Mean, Column::Rotation, Column::Sh, Column::Logits] {
            assert_eq!(got.rows.row(column, row), want.row(column, row), "row {row} {source:?} {column:?}");
        }
        let near = |column| {
            let pairs = got.rows.row(column, row).iter().zip(want.row(column, row));
            pairs.map(|(g, w): (&f64, &f64)| (g - w).abs()).fold(0.0, f64::max)
        };
        let (opacity, scale) = (near(Column::Opacity), near(Column::LogScale));
        assert!(opacity < 1e-4 && scale < 1e-4, "row {row}, one of {}: {opacity} {scale}", becomes[source.parent()]);
        let moment = if let RowSource::Keep(parent) = source { 1.0 + *parent as f32 } else { 0.0 };
        assert_eq!(got.moments[row], moment, "row {row} {source:?}");
    }
    assert!(got.growth.iter().flatten().all(|&g| g == 0.0), "statistics start anew");
}

#[test]
fn dead_rows_go_where_the_twin_sends_them() {
    for options in splat_tests::code_paths() {
        let Some(gpu) = splat_tests::gpu(options) else { return };
        // Growing, at the budget, above it.
        check_relocation(&gpu, 500, 525, 1);
        check_relocation(&gpu, 500, 500, 2);
        check_relocation(&gpu, 500, 100, 3);
    }
    // Many scan lanes, and many to a place.
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    check_relocation(&gpu, 5_000, 5_250, 4);
    check_relocation(&gpu, 200, 9_000, 5);
}

#[test]
fn where_all_are_dead_nothing_moves() {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    let (mut rows, _) = scene(100);
    rows[Column::Opacity].fill(-9.0);
    rows.row_mut(Column::Logits, 3).fill(0.0);
    let got = relocated(&gpu, &rows, 105, 1);
    assert!(got.rows == rows);
    assert!((0..100).all(|row| got.moments[row] == 1.0 + row as f32));
}

/// Records one pass over 300 rows and returns rows and gradients.
fn run(gpu: &Gpu, rows: &Rows, record: impl Fn(&mut Recorder, &RowBuffers, &TrainingBuffers)) -> (Rows, Rows) {
    let buffers = RowBuffers::upload(gpu, &rows.to_cloud(classes(6)), 1).unwrap();
    let training = TrainingBuffers::new(gpu, &buffers.layout, buffers.capacity).unwrap();
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    let mut rec = Recorder::new(gpu, &mut encoder, None);
    record(&mut rec, &buffers, &training);
    rec.finish();
    gpu.queue.submit([encoder.finish()]);
    let planes: Vec<[f32; 4]> = read_now(gpu, &training.d_rows.buffer, 16 * buffers.elements()).unwrap();
    let gradients = buffers.layout.unpack(&planes, buffers.capacity, rows.len(), &classes(6));
    (Rows::from_cloud(&buffers.download(gpu).unwrap()), Rows::from_cloud(&gradients))
}

#[test]
fn regularisation_and_noise_agree_with_their_twins() {
    let mut rows = fixture::rows(34, 300, 0, 6);
    let mut dice = Dice::new(4);
    // About the gate, which is narrow.
    rows[Column::Opacity].iter_mut().for_each(|logit| *logit = dice.between(-7.0, -2.0));
    let rows = Rows::from_cloud(&rows.to_cloud(classes(6)));
    let settings = McmcSettings { opacity_weight: 0.02, ..TrainSettings::default().mcmc };
    let mut d_want = rows.zeros_like();
    regularisation(&rows, settings.opacity_weight.into(), settings.scale_weight.into(), &mut d_want);
    let mut want = rows.clone();
    add_noise(&mut want, 50.0, 77);
    for options in splat_tests::code_paths() {
        let Some(gpu) = splat_tests::gpu(options) else { return };
        let (same, d_rows) = run(&gpu, &rows, |rec, rows, training| {
            mcmc::record_regularisation(rec, rows, training, &settings);
        });
        assert!(same == rows);
        for column in Column::ALL {
            let top = d_want[column].iter().fold(0.0_f64, |top, g| top.max(g.abs()));
            let pairs = d_rows[column].iter().zip(&d_want[column]);
            assert!(pairs.clone().all(|(g, w)| (g - w).abs() <= 1e-5 * top), "{column:?}");
        }
        let (moved, _) = run(&gpu, &rows, |rec, rows, training| mcmc::record_noise(rec, rows, training, 50.0, 77));
        for row in 0..rows.len() {
            let start = rows.vec3(Column::Mean, row);
            let step: DVec3 = want.vec3(Column::Mean, row) - start;
            let error = (moved.vec3(Column::Mean, row) - start - step).length();
            assert!(error < 2e-3 * step.length() + 1e-6, "row {row} moves {error} off {step}");
        }
        assert!(moved[Column::Opacity] == rows[Column::Opacity], "only means move");
    }
}

//! Lift against its twin: the same sums and logits on every code path, for any number of classes, and the same bytes
//! every time.

use splat_core::Camera;
use splat_gpu::passes::lift::{self, LiftBuffers, LiftOptions, ResidualBuffers};
use splat_gpu::passes::{project, sort};
use splat_gpu::readback::read_now;
use splat_gpu::target::upload_labels;
use splat_gpu::view::{tiles, view_uniforms};
use splat_gpu::{Gpu, GpuOptions, ListBuffers, Recorder, RowBuffers, TrainingBuffers};
use splat_reference::rows::Column;
use splat_reference::{RenderSettings, Rows, fixture, lift as twin, render_stages};
use splat_tests::gpu_step::classes;
use splat_tests::tiny_run::cameras;

const ROWS: usize = 60;

/// Cameras and class columns, `None` where a pixel has no label.
type Views = Vec<(Camera, Vec<Option<usize>>)>;

/// Three views of which the last has no two neighbours of the same class: more classes than lanes in every block.
fn views(class_count: usize) -> Views {
    let mut dice = fixture::Dice::new(6);
    let mut view = |(i, camera): (usize, Camera)| {
        let width = camera.intrinsics.width as usize;
        let mut label = |pixel: usize| {
            let (x, y) = (pixel % width, pixel / width);
            let patch = if i == 2 { dice.below(class_count) } else { (x / 11 + 7 * (y / 9)) % class_count };
            (dice.between(0.0, 1.0) < 0.9).then_some(patch)
        };
        let labels = (0..camera.intrinsics.pixels()).map(&mut label).collect();
        (camera, labels)
    };
    cameras(3, 70, 45).into_iter().enumerate().map(&mut view).collect()
}

struct Lifted {
    sums: Vec<f64>,
    totals: Vec<f32>,
    rows: Rows,
    moments: Vec<[f32; 4]>,
    first_logit: usize,
}

fn on_gpu(gpu: &Gpu, rows: &Rows, views: &Views, options: LiftOptions) -> Lifted {
    let c = rows.class_count;
    let buffers = RowBuffers::upload(gpu, &rows.to_cloud(classes(c)), ROWS as u32).unwrap();
    let training = TrainingBuffers::new(gpu, &buffers.layout, buffers.capacity).unwrap();
    gpu.queue.write_buffer(
        &training.moment1.buffer,
        0,
        bytemuck::cast_slice(&vec![1.0f32; 4 * buffers.elements() as usize]),
    );
    let lifted = LiftBuffers::new(gpu, &buffers).unwrap();
    let size = [views[0].0.intrinsics.width, views[0].0.intrinsics.height];
    let [x, y] = tiles(size[0], size[1]);
    let lists = ListBuffers::new(gpu, buffers.capacity, 20_000, x * y).unwrap();
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    let mut rec = Recorder::new(gpu, &mut encoder, None);
    for (camera, labels) in views {
        let columns: Vec<u16> = labels.iter().map(|l| l.map_or(u16::MAX, |c| c as u16)).collect();
        let labels = upload_labels(gpu, &columns);
        let uniforms = view_uniforms(camera, [0.0; 3], 0, &buffers, lists.entry_capacity, u32::MAX);
        let view = gpu.uniform("view", &uniforms);
        project::record(&mut rec, &buffers, &lists, &view);
        sort::record(&mut rec, &buffers, &lists, &view, x * y);
        lift::record_view(&mut rec, &buffers, &lists, &lifted, &view, &labels, size);
    }
    lift::record_logits(&mut rec, &buffers, &lifted, options, Some(&training));
    rec.finish();
    gpu.queue.submit([encoder.finish()]);
    let words = 4 * buffers.layout.logit_planes() as usize * buffers.capacity as usize;
    let low: Vec<u32> = read_now(gpu, &lifted.low, 4 * words as u64).unwrap();
    let high: Vec<u32> = read_now(gpu, &lifted.high, 4 * words as u64).unwrap();
    let sum = |row: usize, class: usize| {
        let at = ((class / 4) * buffers.capacity as usize + row) * 4 + class % 4;
        256.0 * high[at] as f64 + low[at] as f64 / f64::from(1 << 24)
    };
    Lifted {
        sums: (0..ROWS * c).map(|i| sum(i / c, i % c)).collect(),
        totals: read_now(gpu, &lifted.totals, 4 * ROWS as u64).unwrap(),
        rows: Rows::from_cloud(&buffers.download(gpu).unwrap()),
        moments: read_now(gpu, &training.moment1.buffer, 16 * buffers.elements()).unwrap(),
        first_logit: (buffers.layout.first_logit_plane() * buffers.capacity) as usize,
    }
}

fn close(got: f64, want: f64, scale: f64) -> bool {
    (got - want).abs() <= scale
}

fn check(options: GpuOptions, class_count: usize, lift: LiftOptions) {
    let Some(gpu) = splat_tests::gpu(options) else { return };
    let mut rows = fixture::rows(7, ROWS, 0, class_count);
    // One row behind every camera: never seen.
    rows.row_mut(Column::Mean, 5).copy_from_slice(&[0.0, 0.0, -9.0]);
    // One behind all others that fills the picture: its sums need both words.
    rows.row_mut(Column::Mean, 6).copy_from_slice(&[0.0, 0.0, 2.0]);
    rows.row_mut(Column::LogScale, 6).fill(0.7);
    rows[Column::Opacity][6] = 4.0;
    let rows = Rows::from_cloud(&rows.to_cloud(classes(class_count)));
    let (views, settings) = (views(class_count), RenderSettings::default());
    let mut want = vec![0.0; ROWS * class_count];
    for (camera, labels) in &views {
        twin::add_view(&render_stages(&rows, camera, &settings), labels, class_count, &settings, &mut want);
    }
    let got = on_gpu(&gpu, &rows, &views, lift);
    let case = format!("{class_count} classes, {options:?}, {lift:?}");
    assert!(
        want.iter().copied().fold(0.0, f64::max) > 256.0 || class_count > 5,
        "the second word is not tried: {case}"
    );
    let all: f64 = want.iter().sum();
    let error: f64 = got.sums.iter().zip(&want).map(|(g, w)| (g - w).abs()).sum();
    // Where alpha is a hair about 1/255 the two may differ.
    assert!(error < 1e-3 * all, "sums differ by {error} of {all}: {case}");
    for (row, total) in got.totals.iter().enumerate() {
        let sum: f64 = got.sums[row * class_count..(row + 1) * class_count].iter().sum();
        assert!(close(*total as f64, sum, 1e-5 * sum), "row {row}: {total} {sum}, {case}");
    }
    // Logits from the sums that the GPU found: the second half by itself, tight.
    let logits = twin::logits(&got.sums, class_count, lift.smoothing as f64, lift.hard);
    for (i, (g, w)) in got.rows[Column::Logits].iter().zip(&logits).enumerate() {
        assert!(close(*g, *w, 2e-4), "logit {i}: {g}, twin {w}, {case}");
    }
    assert_eq!(got.totals[5], 0.0);
    assert!(got.rows.row(Column::Logits, 5).iter().all(|&s| s == 0.0), "a row that nobody sees abstains");
    for column in Column::ALL.into_iter().filter(|c| *c != Column::Logits) {
        assert_eq!(got.rows[column], rows[column], "{column:?} changed, {case}");
    }
    let (kept, cleared) = got.moments.split_at(got.first_logit);
    assert!(kept.iter().all(|m| *m == [1.0; 4]) && cleared.iter().all(|m| *m == [0.0; 4]), "moments, {case}");
}

#[test]
fn a_lift_agrees_with_its_twin_on_every_code_path() {
    for options in splat_tests::code_paths() {
        check(options, 5, LiftOptions::default());
    }
}

#[test]
fn a_lift_agrees_for_every_number_of_classes() {
    for class_count in [1, 4, 37, 1_000] {
        check(GpuOptions::default(), class_count, LiftOptions::default());
    }
    check(GpuOptions::default(), 5, LiftOptions { hard: true, smoothing: 0.1 });
}

#[test]
fn a_lift_gives_the_same_bytes_every_time() {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    let rows = fixture::rows(7, ROWS, 0, 9);
    let views = views(9);
    let once = || on_gpu(&gpu, &rows, &views, LiftOptions::default());
    let first = once();
    for _ in 0..3 {
        let again = once();
        assert!(again.sums == first.sums && again.rows == first.rows, "two lifts of the same views differ");
    }
}

/// What a correction finds and makes of it: the residual, its tally, the logits before and after, H of the second half.
struct Corrected {
    residual: twin::Residual,
    sums: Vec<f64>,
    before: Vec<f64>,
    first: Rows,
    after: Rows,
}

/// Lifts the first view and lets the others correct it.
fn corrected_on_gpu(gpu: &Gpu, rows: &Rows, views: &Views) -> Corrected {
    let c = rows.class_count;
    let buffers = RowBuffers::upload(gpu, &rows.to_cloud(classes(c)), ROWS as u32).unwrap();
    let lifted = LiftBuffers::new(gpu, &buffers).unwrap();
    let against = ResidualBuffers::new(gpu, &buffers).unwrap();
    let size = [views[0].0.intrinsics.width, views[0].0.intrinsics.height];
    let [x, y] = tiles(size[0], size[1]);
    let lists = ListBuffers::new(gpu, buffers.capacity, 20_000, x * y).unwrap();
    let run = |record: &dyn Fn(&mut Recorder)| {
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        let mut rec = Recorder::new(gpu, &mut encoder, None);
        record(&mut rec);
        rec.finish();
        gpu.queue.submit([encoder.finish()]);
    };
    let walk = |rec: &mut Recorder, (camera, labels): &(Camera, Vec<Option<usize>>), compares: bool| {
        let columns: Vec<u16> = labels.iter().map(|l| l.map_or(u16::MAX, |c| c as u16)).collect();
        let labels = upload_labels(gpu, &columns);
        let uniforms = view_uniforms(camera, [0.0; 3], 0, &buffers, lists.entry_capacity, u32::MAX);
        let view = gpu.uniform("view", &uniforms);
        project::record(rec, &buffers, &lists, &view);
        sort::record(rec, &buffers, &lists, &view, x * y);
        lift::record_view(rec, &buffers, &lists, &lifted, &view, &labels, size);
        if compares {
            lift::record_residual(rec, &buffers, &lists, (&lifted, &against), &view, &labels, size);
        }
    };
    run(&|rec| {
        walk(rec, &views[0], false);
        lift::record_logits(rec, &buffers, &lifted, LiftOptions::default(), None);
        lifted.record_clear(rec);
    });
    let first = Rows::from_cloud(&buffers.download(gpu).unwrap());
    let before: Vec<f32> = read_now(gpu, &lifted.totals, 4 * ROWS as u64).unwrap();
    run(&|rec| {
        views[1..].iter().for_each(|view| walk(rec, view, true));
        lift::record_correction(rec, &buffers, (&lifted, &against), LiftOptions::default());
    });
    let capacity = buffers.capacity as usize;
    let words = 4 * buffers.layout.logit_planes() as usize * capacity;
    let low: Vec<u32> = read_now(gpu, &lifted.low, 4 * words as u64).unwrap();
    let residual: Vec<i32> = read_now(gpu, &against.residual, 4 * words as u64).unwrap();
    let tally: Vec<u32> = read_now(gpu, &against.tally, 8).unwrap();
    let at = |i: usize| (((i % c) / 4) * capacity + i / c) * 4 + (i % c) % 4;
    Corrected {
        residual: twin::Residual {
            sums: (0..ROWS * c).map(|i| residual[at(i)] as f64 / 256.0).collect(),
            contested: tally[0] as f64,
            contradicted: tally[1] as f64,
        },
        sums: (0..ROWS * c).map(|i| low[at(i)] as f64 / f64::from(1 << 24)).collect(),
        before: before.iter().map(|&total| total as f64).collect(),
        first,
        after: Rows::from_cloud(&buffers.download(gpu).unwrap()),
    }
}

fn check_correction(options: GpuOptions, class_count: usize) {
    let Some(gpu) = splat_tests::gpu(options) else { return };
    let mut rows = fixture::rows(7, ROWS, 0, class_count);
    rows.row_mut(Column::Mean, 5).copy_from_slice(&[0.0, 0.0, -9.0]);
    let rows = Rows::from_cloud(&rows.to_cloud(classes(class_count)));
    let (views, settings) = (views(class_count), RenderSettings::default());
    let got = corrected_on_gpu(&gpu, &rows, &views);
    let case = format!("{class_count} classes, {options:?}");

    let first = &got.first[Column::Logits];
    let mut want = twin::Residual::default();
    for (camera, labels) in &views[1..] {
        want.add_view(&render_stages(&rows, camera, &settings), labels, (first, class_count), &settings);
    }
    assert!(want.contested > 500.0 && want.contradicted > 50.0, "nothing to correct: {case}");
    // Where alpha is a hair about 1/255, or two logits are about equal, the two may differ.
    let near = |got: f64, want: f64| (got - want).abs() <= 2.0 + 0.01 * want;
    assert!(near(got.residual.contested, want.contested), "{} {}, {case}", got.residual.contested, want.contested);
    let [g, w] = [got.residual.contradicted, want.contradicted];
    assert!(near(g, w), "contradicted {g} {w}, {case}");
    let all: f64 = want.sums.iter().map(|w| w.abs()).sum();
    let error: f64 = got.residual.sums.iter().zip(&want.sums).map(|(g, w)| (g - w).abs()).sum();
    assert!(error < 0.02 * all, "residuals differ by {error} of {all}: {case}");

    // Logits from the sums that the GPU found: the second half by itself, tight.
    let mut logits = first.to_vec();
    got.residual.correct(&mut logits, &got.sums, &got.before, class_count, 0.01);
    for (i, (g, w)) in got.after[Column::Logits].iter().zip(&logits).enumerate() {
        assert!(close(*g, *w, 1e-3), "logit {i}: {g}, twin {w}, {case}");
    }
    let moved = got.after[Column::Logits].iter().zip(first).filter(|(a, b)| (*a - *b).abs() > 0.1).count();
    assert!(moved > ROWS, "{moved} logits moved, {case}");
    assert!(got.after.row(Column::Logits, 5).iter().all(|&s| s == 0.0), "a row that nobody sees abstains");
}

#[test]
fn a_correction_agrees_with_its_twin_on_every_code_path() {
    for options in splat_tests::code_paths() {
        check_correction(options, 5);
    }
    check_correction(GpuOptions::default(), 37);
}

//! Lift against its twin: the same sums and logits on every code path, for any number of classes, and the same bytes
//! every time.

use splat_core::Camera;
use splat_gpu::passes::lift::{self, LabelledView, LiftBuffers, LiftOptions, ResidualBuffers};
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

/// Rows on the GPU, and what lifting them takes.
struct Lifter<'a> {
    gpu: &'a Gpu,
    class_count: usize,
    rows: RowBuffers,
    lists: ListBuffers,
    lifted: LiftBuffers,
    against: ResidualBuffers,
}

impl<'a> Lifter<'a> {
    fn new(gpu: &'a Gpu, rows: &Rows, views: &Views) -> Self {
        let class_count = rows.class_count;
        let rows = RowBuffers::upload(gpu, &rows.to_cloud(classes(class_count)), ROWS as u32).unwrap();
        let k = &views[0].0.intrinsics;
        let [x, y] = tiles(k.width, k.height);
        let lists = ListBuffers::new(gpu, rows.capacity, 20_000, x * y).unwrap();
        let (lifted, against) = (LiftBuffers::new(gpu, &rows).unwrap(), ResidualBuffers::new(gpu, &rows).unwrap());
        Self { gpu, class_count, rows, lists, lifted, against }
    }

    fn run(&self, record: &dyn Fn(&mut Recorder)) {
        let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
        let mut rec = Recorder::new(self.gpu, &mut encoder, None);
        record(&mut rec);
        rec.finish();
        self.gpu.queue.submit([encoder.finish()]);
    }

    fn walk(&self, rec: &mut Recorder, (camera, labels): &(Camera, Vec<Option<usize>>), compares: bool) {
        let Self { gpu, rows, lists, lifted, against, .. } = self;
        let size_px = [camera.intrinsics.width, camera.intrinsics.height];
        let [x, y] = tiles(size_px[0], size_px[1]);
        let columns: Vec<u16> = labels.iter().map(|l| l.map_or(u16::MAX, |c| c as u16)).collect();
        let labels = upload_labels(gpu, &columns);
        let uniforms = view_uniforms(camera, [0.0; 3], 0, rows, lists.entry_capacity, u32::MAX);
        let uniform = gpu.uniform("view", &uniforms);
        project::record(rec, rows, lists, &uniform);
        sort::record(rec, rows, lists, &uniform, x * y);
        let view = LabelledView { uniform: &uniform, labels: &labels, size_px };
        lift::record_view(rec, rows, lists, lifted, view);
        if compares {
            lift::record_residual(rec, rows, lists, (lifted, against), view);
        }
    }

    /// `[N, C]` from `[logit planes, N, 4]`.
    fn by_row<T: bytemuck::Pod>(&self, planes: &wgpu::Buffer) -> Vec<T> {
        let (c, capacity) = (self.class_count, self.rows.capacity as usize);
        let words = 4 * self.rows.layout.logit_planes() as usize * capacity;
        let words: Vec<T> = read_now(self.gpu, planes, 4 * words as u64).unwrap();
        (0..ROWS * c).map(|i| words[(((i % c) / 4) * capacity + i / c) * 4 + (i % c) % 4]).collect()
    }

    fn sums(&self) -> Vec<f64> {
        let words = self.by_row::<u32>(&self.lifted.low).into_iter().zip(self.by_row::<u32>(&self.lifted.high));
        words.map(|(low, high)| 256.0 * high as f64 + low as f64 / f64::from(1 << 24)).collect()
    }

    fn totals(&self) -> Vec<f32> {
        read_now(self.gpu, &self.lifted.totals, 4 * ROWS as u64).unwrap()
    }

    fn rows(&self) -> Rows {
        Rows::from_cloud(&self.rows.download(self.gpu).unwrap())
    }
}

fn on_gpu(gpu: &Gpu, rows: &Rows, views: &Views, options: LiftOptions) -> Lifted {
    let lifter = Lifter::new(gpu, rows, views);
    let buffers = &lifter.rows;
    let training = TrainingBuffers::new(gpu, &buffers.layout, buffers.capacity).unwrap();
    gpu.queue.write_buffer(
        &training.moment1.buffer,
        0,
        bytemuck::cast_slice(&vec![1.0f32; 4 * buffers.elements() as usize]),
    );
    lifter.run(&|rec| {
        views.iter().for_each(|view| lifter.walk(rec, view, false));
        lift::record_logits(rec, buffers, &lifter.lifted, options, Some(&training));
    });
    Lifted {
        sums: lifter.sums(),
        totals: lifter.totals(),
        rows: lifter.rows(),
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
    let lifter = Lifter::new(gpu, rows, views);
    let Lifter { rows, lifted, against, .. } = &lifter;
    lifter.run(&|rec| {
        lifter.walk(rec, &views[0], false);
        lift::record_logits(rec, rows, lifted, LiftOptions::default(), None);
        lifted.record_clear(rec);
    });
    let (first, before) = (lifter.rows(), lifter.totals());
    lifter.run(&|rec| {
        views[1..].iter().for_each(|view| lifter.walk(rec, view, true));
        lift::record_correction(rec, rows, (lifted, against), LiftOptions::default());
    });
    let tally: Vec<u32> = read_now(gpu, &against.tally, 8).unwrap();
    Corrected {
        residual: twin::Residual {
            sums: lifter.by_row::<i32>(&against.residual).into_iter().map(|g| g as f64 / 256.0).collect(),
            contested: tally[0] as f64,
            contradicted: tally[1] as f64,
        },
        sums: lifter.sums(),
        before: before.iter().map(|&total| total as f64).collect(),
        first,
        after: lifter.rows(),
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

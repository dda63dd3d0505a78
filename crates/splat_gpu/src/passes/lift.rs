//! Lift: labels of views to class logits in closed form, without training.
//!
//! Every view adds sum alpha_i T_i [label = c] to H; once all views are in, a row's logits become the logarithm of its
//! smoothed shares of H. Project and Sort come before every view, as in a step.
//!
//! Shares blur where a row is larger than what it shows: it votes for its neighbours too. Where a cloud is finished that can be
//! put right in the same pass: half of the views are lifted ([`record_logits`]), the other half is compared with that lift
//! where classes meet ([`record_residual`]), and the logits follow ([`record_correction`]).

use super::row_groups;
use crate::gpu::{Gpu, GpuError};
use crate::recorder::Bind::{self, Buffer, Mirror};
use crate::{ListBuffers, Recorder, RowBuffers, TrainingBuffers};
use splat_shaders::layout::{BLOCK_PX, LiftUniforms};
use splat_shaders::table::{self, Module};

/// How sums become logits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LiftOptions {
    /// Added to every class's share before the logarithm; > 0. Smaller: rows are surer of their heaviest class.
    pub smoothing: f32,
    /// The whole share goes to the heaviest class.
    pub hard: bool,
}

impl Default for LiftOptions {
    fn default() -> Self {
        Self { smoothing: 0.01, hard: false }
    }
}

impl LiftOptions {
    /// The share, 0..1, that smoothing leaves to a class that no pixel of a row named, among so many classes.
    pub fn floor(&self, class_count: usize) -> f32 {
        self.smoothing / (1.0 + class_count as f32 * self.smoothing)
    }
}

/// H while views are added: as many bytes twice as the rows' logits.
pub struct LiftBuffers {
    /// `[logit planes, N, 4]` lower words of H, in units of 2^-24 pixels.
    pub low: wgpu::Buffer,
    /// `[logit planes, N, 4]` their overflows: H = 256 high + low / 2^24.
    pub high: wgpu::Buffer,
    /// `[N]` sum of H over the classes, in pixels; written with the logits. 0: no labelled pixel saw the row.
    pub totals: wgpu::Buffer,
    row_capacity: u32,
}

impl LiftBuffers {
    /// Zeros for rows of this layout and stride.
    pub fn new(gpu: &Gpu, rows: &RowBuffers) -> Result<Self, GpuError> {
        let bytes = 16 * rows.layout.logit_planes() as u64 * rows.capacity as u64;
        gpu.check_binding("the sums of a lift", bytes)?;
        Ok(Self {
            low: gpu.zeroed("lifted low", bytes),
            high: gpu.zeroed("lifted high", bytes),
            totals: gpu.zeroed("lifted totals", 4 * rows.capacity as u64),
            row_capacity: rows.capacity,
        })
    }

    /// H is zero again, `totals` stay.
    pub fn record_clear(&self, rec: &mut Recorder) {
        rec.clear(&self.low, self.low.size());
        rec.clear(&self.high, self.high.size());
    }

    fn uniform(&self, gpu: &Gpu, rows: &RowBuffers, options: LiftOptions) -> wgpu::Buffer {
        assert_eq!(self.row_capacity, rows.capacity, "rows were moved while they were being lifted");
        let uniforms = LiftUniforms {
            row_capacity: rows.capacity,
            first_plane: rows.layout.first_logit_plane(),
            channels: rows.layout.channels,
            is_hard: options.hard as u32,
            smoothing: options.smoothing,
            pad0: 0,
            pad1: 0,
            pad2: 0,
        };
        gpu.uniform("lift", &uniforms)
    }
}

/// A labelled view.
#[derive(Clone, Copy, Debug)]
pub struct LabelledView<'a> {
    /// Its `ViewUniforms`.
    pub uniform: &'a wgpu::Buffer,
    /// `TargetImage::labels`.
    pub labels: &'a wgpu::Buffer,
    /// Width and height.
    pub size_px: [u32; 2],
}

/// Records one view, projected and sorted before: adds its labels to H. Adds nothing where the lists overflowed.
pub fn record_view(
    rec: &mut Recorder,
    rows: &RowBuffers,
    lists: &ListBuffers,
    lifted: &LiftBuffers,
    view: LabelledView,
) {
    let uniform = lifted.uniform(rec.gpu, rows, LiftOptions::default());
    let outputs = [Buffer(6, &lifted.low), Buffer(7, &lifted.high), Buffer(8, &uniform)];
    record_walk(rec, &table::LIFT, rows, lists, view, &outputs);
}

/// A walk over the blocks of a view. `binds` are those that only this one has.
fn record_walk(
    rec: &mut Recorder,
    module: &'static Module,
    rows: &RowBuffers,
    lists: &ListBuffers,
    view: LabelledView,
    binds: &[Bind],
) {
    let kernel = rec.gpu.kernel(module, module.entry_points[0], rec.gpu.shape);
    let shared = [
        Buffer(0, view.uniform),
        Mirror(1, &lists.splats),
        Mirror(2, &lists.listed),
        Buffer(3, view.labels),
        Buffer(4, &lists.tile_ranges),
        Buffer(5, &rows.counters),
    ];
    let binds: Vec<Bind> = shared.iter().chain(binds).copied().collect();
    let [width, height] = view.size_px;
    rec.run(&kernel, &binds, [width.div_ceil(BLOCK_PX), height.div_ceil(BLOCK_PX), 1]);
}

/// Records the end: H to logits. Where rows are being trained, their logits' moments start anew.
pub fn record_logits(
    rec: &mut Recorder,
    rows: &RowBuffers,
    lifted: &LiftBuffers,
    options: LiftOptions,
    training: Option<&TrainingBuffers>,
) {
    let uniform = lifted.uniform(rec.gpu, rows, options);
    let kernel = rec.gpu.kernel(&table::LIFT_LOGITS, "lift_logits", rec.gpu.shape);
    let binds = [
        Buffer(0, &uniform),
        Buffer(1, &rows.counters),
        Buffer(2, &lifted.low),
        Buffer(3, &lifted.high),
        Buffer(4, &rows.rows.buffer),
        Buffer(5, &lifted.totals),
    ];
    rec.run(&kernel, &binds, [row_groups(rows.upper_bound), 1, 1]);
    rec.sync(&rows.rows, rows.elements());
    for moment in training.iter().flat_map(|t| [&t.moment1, &t.moment2]) {
        let first = 16 * rows.layout.first_logit_plane() as u64 * rows.capacity as u64;
        rec.clear_range(&moment.buffer, first..16 * rows.elements());
        rec.sync(moment, rows.elements());
    }
}

/// What a correction counts: half as many bytes as [`LiftBuffers`].
pub struct ResidualBuffers {
    /// `[logit planes, N, 4]` G = sum alpha_i T_i ([label = c] - pi_c) where classes meet, i32 in units of 2^-8 pixels.
    pub residual: wgpu::Buffer,
    /// Pixels of blocks where classes meet, and those of them that the cloud shows otherwise.
    pub tally: wgpu::Buffer,
}

impl ResidualBuffers {
    /// Zeros for rows of this layout and stride.
    pub fn new(gpu: &Gpu, rows: &RowBuffers) -> Result<Self, GpuError> {
        let bytes = 16 * rows.layout.logit_planes() as u64 * rows.capacity as u64;
        gpu.check_binding("the residual of a lift", bytes)?;
        Ok(Self { residual: gpu.zeroed("lifted residual", bytes), tally: gpu.zeroed("lifted tally", 8) })
    }
}

/// Records one view, projected and sorted before: adds to the residual of the logits as they are. Adds nothing where the lists
/// overflowed. The view is added to H as well ([`record_view`]).
pub fn record_residual(
    rec: &mut Recorder,
    rows: &RowBuffers,
    lists: &ListBuffers,
    (lifted, against): (&LiftBuffers, &ResidualBuffers),
    view: LabelledView,
) {
    let uniform = lifted.uniform(rec.gpu, rows, LiftOptions::default());
    let outputs = [Buffer(6, &against.residual), Buffer(7, &against.tally), Buffer(8, &uniform), Mirror(9, &rows.rows)];
    record_walk(rec, &table::LIFT_RESIDUAL, rows, lists, view, &outputs);
}

/// Records the end of a correction: H, by now of the compared views alone, and their residual to better logits.
pub fn record_correction(
    rec: &mut Recorder,
    rows: &RowBuffers,
    (lifted, against): (&LiftBuffers, &ResidualBuffers),
    options: LiftOptions,
) {
    let uniform = lifted.uniform(rec.gpu, rows, options);
    let kernel = rec.gpu.kernel(&table::LIFT_CORRECT, "lift_correct", rec.gpu.shape);
    let binds = [
        Buffer(0, &uniform),
        Buffer(1, &rows.counters),
        Buffer(2, &lifted.low),
        Buffer(3, &lifted.high),
        Buffer(4, &rows.rows.buffer),
        Buffer(5, &lifted.totals),
        Buffer(6, &against.residual),
        Buffer(7, &against.tally),
    ];
    rec.run(&kernel, &binds, [row_groups(rows.upper_bound), 1, 1]);
    rec.sync(&rows.rows, rows.elements());
}

//! Stage Backward: pixel gradients to slots, slots to splat sums, splat sums to rows.

use super::forward::{Blend, Walk, logit_uniform, walks};
use super::pose::{self, PoseBuffers};
use super::row_groups;
use crate::recorder::Bind::{Buffer, Mirror};
use crate::training::{LossBuffers, SlotBuffer};
use crate::{FrameBuffers, ListBuffers, Recorder, RowBuffers, TrainingBuffers};
use splat_core::Stage;
use splat_shaders::layout::{ROW_GROUP, SPLAT_TEXELS};
use splat_shaders::{Shape, table};

/// What the stage reads besides rows.
pub struct Inputs<'a> {
    /// Splats and tile lists of the view.
    pub lists: &'a ListBuffers,
    /// Its images.
    pub frame: &'a FrameBuffers,
    /// Gradients per pixel.
    pub loss: &'a LossBuffers,
    /// Where blocks leave their sums.
    pub slots: &'a SlotBuffer,
    /// `ViewUniforms`.
    pub view: &'a wgpu::Buffer,
    /// The view's pose is refined: sum the gradient by it.
    pub poses: Option<&'a PoseBuffers>,
    /// Add to rows with float atomics at once instead of through slots; needs `Gpu::has_float_atomics`.
    pub fast_atomics: bool,
}

/// Records the stage; fills `d_rows` and adds to the growth statistic.
pub fn record(rec: &mut Recorder, rows: &RowBuffers, training: &TrainingBuffers, inputs: &Inputs, blend: Blend) {
    rec.stage(Stage::Backward);
    let Inputs { lists, frame, loss, view, poses, fast_atomics, .. } = inputs;
    if *fast_atomics {
        // Sums start at zero; so do the logits' gradients, which no later kernel overwrites.
        rec.clear(&training.splat_sums.buffer, 16 * rows.upper_bound as u64 * SPLAT_TEXELS as u64);
        rec.clear(&training.d_rows.buffer, 16 * rows.elements());
    }
    for mut walk in walks(rec, rows.channels(), frame, blend, loss.splits) {
        walk.shape.atomics = *fast_atomics;
        walk.shape.geometry = walk.shape.colour || blend.geometry_gate > 0.0;
        record_walk(rec, rows, training, inputs, &walk);
        if loss.counts_colour_only && walk.shape.colour {
            record_growth(rec, rows, training, lists, view);
        }
    }
    record_logits(rec, rows, training, lists);
    rec.sync(&training.splat_sums, rows.upper_bound as u64 * SPLAT_TEXELS as u64);
    let shape = Shape { sh_degree: rows.layout.sh_degree as u32, ..rec.gpu.shape };
    let kernel = rec.gpu.kernel(&table::BACKWARD_ROWS, "backward_rows", shape);
    // Too short for any row where nobody wants it.
    let none = rec.gpu.zeroed("no pose gradients", 16);
    let binds = [
        Buffer(0, view),
        Mirror(1, &rows.rows),
        Mirror(2, &training.splat_sums),
        Buffer(3, &lists.row_hits),
        Buffer(4, &rows.counters),
        Buffer(5, &training.d_rows.buffer),
        Buffer(6, &training.growth),
        Mirror(7, &lists.splats),
        Buffer(8, poses.map_or(&none, |p| &p.d_pose)),
    ];
    rec.run(&kernel, &binds, [row_groups(rows.upper_bound), 1, 1]);
    if let Some(poses) = poses {
        pose::record_gradient(rec, rows, poses);
    }
}

/// One walk, and its slots to sums.
fn record_walk(rec: &mut Recorder, rows: &RowBuffers, training: &TrainingBuffers, inputs: &Inputs, walk: &Walk) {
    let Inputs { lists, loss, slots, view, fast_atomics, .. } = inputs;
    let texels = walk.shape.slot_base() + walk.texels;
    let used = slots.hit_capacity as u64 * texels as u64;
    // Blocks that close early leave the rest of their slots untouched: those must read as zero.
    if !fast_atomics {
        rec.clear(&slots.slots.buffer, 16 * used);
    }
    let channels = rows.channels().mirror;
    let kernel = rec.gpu.kernel(&table::BACKWARD, "backward", walk.shape);
    let binds = [
        Buffer(0, view),
        Mirror(1, &lists.splats),
        Mirror(2, &lists.listed),
        Mirror(3, channels),
        Mirror(4, &loss.d_image),
        Mirror(5, &loss.d_payload),
        Buffer(6, &lists.tile_ranges),
        Buffer(7, if *fast_atomics { &training.splat_sums.buffer } else { &slots.slots.buffer }),
        Buffer(8, &walk.uniform),
        Buffer(9, &training.d_rows.buffer),
    ];
    rec.run(&kernel, &binds, walk.groups);
    if *fast_atomics {
        return;
    }
    rec.sync(&slots.slots, used);

    let kernel = rec.gpu.kernel(&table::BACKWARD_GATHER, "gather", walk.shape);
    let binds = [
        Buffer(0, view),
        Mirror(1, &slots.slots),
        Buffer(2, &lists.row_hits),
        Buffer(3, &rows.counters),
        Buffer(4, &training.splat_sums.buffer),
        Buffer(5, &training.d_rows.buffer),
        Buffer(8, &walk.uniform),
    ];
    rec.run(&kernel, &binds, spread((rows.upper_bound * texels).div_ceil(ROW_GROUP)));
}

/// The growth statistic of the colour walk alone.
fn record_growth(
    rec: &mut Recorder,
    rows: &RowBuffers,
    training: &TrainingBuffers,
    lists: &ListBuffers,
    view: &wgpu::Buffer,
) {
    let kernel = rec.gpu.kernel(&table::BACKWARD_GROWTH, "backward_growth", rec.gpu.shape);
    let binds = [
        Buffer(0, view),
        Mirror(1, &lists.splats),
        Buffer(2, &training.splat_sums.buffer),
        Buffer(3, &lists.row_hits),
        Buffer(4, &rows.counters),
        Buffer(6, &training.growth),
    ];
    rec.run(&kernel, &binds, [row_groups(rows.upper_bound), 1, 1]);
}

/// Where probabilities were blended, turns their gradient into that of the logits.
fn record_logits(rec: &mut Recorder, rows: &RowBuffers, training: &TrainingBuffers, lists: &ListBuffers) {
    let Some(probabilities) = rows.probabilities.as_ref().filter(|_| rows.layout.channels > 0) else { return };
    let uniform = logit_uniform(rec.gpu, rows, 0.0);
    let kernel = rec.gpu.kernel(&table::BACKWARD_CHANNELS, "backward_channels", rec.gpu.shape);
    let binds = [
        Buffer(0, &uniform),
        Mirror(1, probabilities),
        Buffer(2, &rows.counters),
        Buffer(3, &training.d_rows.buffer),
        Buffer(4, &lists.row_hits),
    ];
    rec.run(&kernel, &binds, [row_groups(rows.upper_bound), 1, 1]);
}

/// Workgroups in two dimensions: one dimension holds at most 65,535.
fn spread(groups: u32) -> [u32; 3] {
    let rows = groups.div_ceil(65_535).max(1);
    [groups.div_ceil(rows), rows, 1]
}

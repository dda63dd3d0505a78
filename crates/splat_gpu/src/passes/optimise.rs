//! Stage Optimise: the entropy term on logits, then Adam on every plane.

use super::forward::logit_uniform;
use super::row_groups;
use crate::recorder::Bind::{Buffer, Mirror};
use crate::rows::PlaneLayout;
use crate::{Recorder, RowBuffers, TrainingBuffers};
use splat_core::Stage;
use splat_core::settings::LearningRates;
use splat_shaders::layout::{GEOMETRY_PLANES, OptimiseUniforms};
use splat_shaders::table;

/// Learning rates per plane; `mean_rate` is in world units per step.
pub fn plane_rates(layout: &PlaneLayout, rates: &LearningRates, mean_rate: f32) -> Vec<[f32; 4]> {
    let mut planes = vec![
        [mean_rate, mean_rate, mean_rate, rates.opacity],
        [rates.scale, rates.scale, rates.scale, 0.0],
        [rates.rotation; 4],
        [rates.sh_dc, rates.sh_dc, rates.sh_dc, rates.sh_rest],
    ];
    planes.resize((GEOMETRY_PLANES + layout.sh_planes()) as usize, [rates.sh_rest; 4]);
    planes.resize(layout.planes() as usize, [rates.logits; 4]);
    planes
}

/// Adam's numbers at a step that counts from 1.
pub struct AdamStep {
    /// Step, from 1.
    pub step: u32,
    /// lambda_H at this step.
    pub entropy_weight: f32,
}

/// What Adam's first and second moments are divided by at a step that counts from 1: 1 - beta^step.
pub(crate) fn bias_corrections(step: u32) -> [f32; 2] {
    [0.9f64, 0.999].map(|beta| (1.0 - beta.powi(step as i32)) as f32)
}

/// Records the stage. `rates` holds [`plane_rates`].
pub fn record(
    rec: &mut Recorder,
    rows: &RowBuffers,
    training: &TrainingBuffers,
    rates: &wgpu::Buffer,
    adam: &AdamStep,
) {
    rec.stage(Stage::Optimise);
    let (n, layout) = (rows.upper_bound, &rows.layout);
    if adam.entropy_weight > 0.0 && layout.channels > 0 {
        let uniform = logit_uniform(rec.gpu, rows, adam.entropy_weight);
        let kernel = rec.gpu.kernel(&table::OPTIMISE_ENTROPY, "optimise_entropy", rec.gpu.shape);
        let binds =
            [Buffer(0, &uniform), Mirror(1, &rows.rows), Buffer(2, &rows.counters), Buffer(3, &training.d_rows.buffer)];
        rec.run(&kernel, &binds, [row_groups(n), 1, 1]);
    }
    rec.sync(&training.d_rows, rows.elements());
    let [correction1, correction2] = bias_corrections(adam.step);
    let uniforms = OptimiseUniforms { correction1, correction2, row_capacity: rows.capacity, planes: layout.planes() };
    let uniform = rec.gpu.uniform("optimise", &uniforms);
    let binds = [
        Buffer(0, &uniform),
        Buffer(1, &rows.rows.buffer),
        Buffer(2, &training.moment1.buffer),
        Buffer(3, &training.moment2.buffer),
        Buffer(4, rates),
        Buffer(5, &rows.counters),
        Mirror(6, &training.d_rows),
        Mirror(7, &rows.rows),
        Mirror(8, &training.moment1),
        Mirror(9, &training.moment2),
    ];
    let kernel = rec.gpu.kernel(&table::OPTIMISE, "optimise", rec.gpu.shape);
    rec.run(&kernel, &binds, [row_groups(n), layout.planes(), 1]);
    let kernel = rec.gpu.kernel(&table::OPTIMISE, "count_step", rec.gpu.shape);
    rec.run(&kernel, &binds, [1, 1, 1]);
    sync_rows(rec, rows, training);
}

/// Makes rows and moments readable through their mirrors again.
pub(crate) fn sync_rows(rec: &mut Recorder, rows: &RowBuffers, training: &TrainingBuffers) {
    for mirror in [&rows.rows, &training.moment1, &training.moment2] {
        rec.sync(mirror, rows.elements());
    }
}

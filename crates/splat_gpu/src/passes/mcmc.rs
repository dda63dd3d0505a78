//! 3DGS-MCMC on the GPU: relocation of dead rows through one row map (stage Densify), regularisation and noise (stage
//! Optimise).

use super::densify::gather_moments;
use super::row_groups;
use super::sort::{Column, scan};
use crate::recorder::Bind::{Buffer, Mirror};
use crate::{ListBuffers, Recorder, RowBuffers, TrainingBuffers};
use splat_core::Stage;
use splat_core::settings::McmcSettings;
use splat_shaders::layout::{COUNT_CANDIDATES, COUNT_KEPT, COUNT_ROWS_AFTER, McmcUniforms, RelocateUniforms};
use splat_shaders::table;

/// One relocation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Relocation {
    /// Opacity up to which a row is dead.
    pub dead_opacity: f32,
    /// Rows that there are to be afterwards, at most the row capacity. Never fewer than live ones.
    pub row_target: u32,
    /// Seed of the draws.
    pub seed: u32,
}

/// Weight of a row of opacity 1 among `rows` rows: as fine as whole numbers below 2^29 in all allow.
pub fn weight_unit(rows: u32) -> f32 {
    let bits = u32::BITS - rows.max(1).leading_zeros();
    (29u32.saturating_sub(bits).min(16) as f32).exp2()
}

/// Records a relocation. `rows.upper_bound` must be the exact number of rows; afterwards it is the target, which the number is
/// equal to, but where all rows are dead (then nothing changes). `lists` lends its scan buffers.
pub fn record_relocation(
    rec: &mut Recorder,
    rows: &mut RowBuffers,
    training: &TrainingBuffers,
    lists: &ListBuffers,
    relocation: &Relocation,
) {
    rec.stage(Stage::Densify);
    let n = rows.upper_bound;
    let target = relocation.row_target.min(rows.capacity);
    let uniforms = RelocateUniforms {
        dead_opacity: relocation.dead_opacity,
        weight_unit: weight_unit(n),
        row_capacity: rows.capacity,
        planes: rows.layout.planes(),
        row_target: target,
        seed: relocation.seed,
        pad0: 0,
        pad1: 0,
    };
    let uniform = rec.gpu.uniform("relocate", &uniforms);
    let binds = [
        Buffer(0, &uniform),
        Buffer(1, &rows.counters),
        Buffer(2, &rows.rows.buffer),
        Buffer(4, &training.decisions),
        Buffer(5, &training.fates),
        Buffer(6, &training.row_map),
        Buffer(7, &training.offsets),
    ];
    let groups = [row_groups(n), 1, 1];
    let kernel = |rec: &Recorder, entry| rec.gpu.kernel(&table::DENSIFY_RELOCATE, entry, rec.gpu.shape);
    rec.run(&kernel(rec, "relocate_weigh"), &binds, groups);
    scan(rec, rows, lists, &training.decisions, Column { stride: 2, offset: 0, total: COUNT_CANDIDATES }, n);
    scan(rec, rows, lists, &training.decisions, Column { stride: 2, offset: 1, total: COUNT_KEPT }, n);
    rec.run(&kernel(rec, "relocate_share"), &binds, groups);
    scan(rec, rows, lists, &training.offsets, Column { stride: 1, offset: 0, total: COUNT_ROWS_AFTER }, n);
    rec.run(&kernel(rec, "relocate_map"), &binds, groups);
    super::densify::commit(rec, rows);

    rows.upper_bound = target.max(n);
    let scratch = &training.d_rows.buffer;
    let binds = [
        Buffer(0, &uniform),
        Buffer(1, &rows.counters),
        Buffer(2, &rows.rows.buffer),
        Buffer(3, &training.row_map),
        Buffer(4, scratch),
        Buffer(5, &training.fates),
    ];
    let share = rec.gpu.kernel(&table::DENSIFY_SHARE, "share_rows", rec.gpu.shape);
    rec.run(&share, &binds, [row_groups(rows.upper_bound), rows.layout.planes(), 1]);
    rec.copy((scratch, 0), (&rows.rows.buffer, 0), 16 * rows.elements());
    gather_moments(rec, rows, training);
}

/// Records the gradient of opacity and scale in the loss. After Backward, before Adam.
pub fn record_regularisation(
    rec: &mut Recorder,
    rows: &RowBuffers,
    training: &TrainingBuffers,
    settings: &McmcSettings,
) {
    if settings.opacity_weight <= 0.0 && settings.scale_weight <= 0.0 {
        return;
    }
    let uniforms = McmcUniforms {
        opacity_weight: settings.opacity_weight,
        scale_weight: settings.scale_weight,
        ..bytemuck::Zeroable::zeroed()
    };
    run(rec, rows, training, "mcmc_regularise", uniforms);
}

/// Records a random step of the means. After Adam. `noise` is the noise weight times the learning rate of the means; another
/// seed gives other steps.
pub fn record_noise(rec: &mut Recorder, rows: &RowBuffers, training: &TrainingBuffers, noise: f32, seed: u32) {
    if noise > 0.0 {
        run(rec, rows, training, "mcmc_noise", McmcUniforms { noise, seed, ..bytemuck::Zeroable::zeroed() });
        // Means are the first plane.
        rec.sync(&rows.rows, rows.capacity as u64);
    }
}

fn run(rec: &mut Recorder, rows: &RowBuffers, training: &TrainingBuffers, entry: &'static str, uniforms: McmcUniforms) {
    rec.stage(Stage::Optimise);
    let uniform = rec.gpu.uniform("mcmc", &McmcUniforms { row_capacity: rows.capacity, ..uniforms });
    let binds = [
        Buffer(0, &uniform),
        Buffer(1, &rows.counters),
        Buffer(2, &rows.rows.buffer),
        Buffer(3, &training.d_rows.buffer),
        Mirror(4, &rows.rows),
    ];
    let kernel = rec.gpu.kernel(&table::OPTIMISE_MCMC, entry, rec.gpu.shape);
    rec.run(&kernel, &binds, [row_groups(rows.upper_bound), 1, 1]);
}

#[cfg(test)]
mod tests {
    use super::weight_unit;

    #[test]
    fn weights_of_all_rows_fit() {
        for rows in [1, 2, 1_000, 8_191, 8_192, 8_193, 1_000_000, 16_777_216] {
            let unit = weight_unit(rows);
            assert!((rows as f64) * unit as f64 <= 2f64.powi(29) && unit >= 16.0, "{rows} {unit}");
        }
    }
}

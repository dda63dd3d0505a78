//! One file per stage, in the order of a step, then what only looks.
//!
//! Every pass is a free function that records into a [`crate::Recorder`]: state lives in the buffers, pipelines in the
//! device's kernel cache.

pub mod backward;
pub mod codes;
pub mod densify;
pub mod exposure;
pub mod forward;
pub mod lift;
pub mod loss;
pub mod mcmc;
pub mod neighbours;
pub mod optimise;
pub mod pick;
pub mod planes;
pub mod pose;
pub mod project;
pub mod scene;
pub mod smoothing;
pub mod sort;

use splat_shaders::layout::ROW_GROUP;

/// Workgroups of a row-parallel kernel.
pub(crate) fn row_groups(rows: u32) -> u32 {
    rows.div_ceil(ROW_GROUP)
}

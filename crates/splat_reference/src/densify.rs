//! Stage Densify: clone, split, prune (as one [`RowMap`]) and the opacity reset.
//!
//! New rows stand where their old row stood: a row that stays gives itself, a clone follows its original, two children
//! replace a split row.

use crate::backward::Statistic;
use crate::covariance::rotation;
use crate::optimise::Moments;
use crate::rows::{Column, Rows};
use glam::DVec3;
use splat_core::{RowMap, RowSource, SideCar, TrainSettings};

/// Children of a split have scales 1.6 times smaller.
pub const SPLIT_SHRINK: f64 = 1.6;
/// Opacity that a reset leaves at most.
pub const RESET_OPACITY: f64 = 0.01;

/// Decides what becomes of every row after step `iteration` (from 1), for a scene of this extent.
///
/// A row grows where its mean statistic exceeds the threshold: small ones are cloned, larger ones split. Rows (and
/// children) that are nearly transparent, too large after the first opacity reset, or not finite are dropped. Where
/// more rows want to grow than `max_gaussians` has room for, growth is spread evenly over them.
pub fn decide(rows: &Rows, statistic: &Statistic, settings: &TrainSettings, iteration: u32, extent: f32) -> RowMap {
    let (d, extent) = (&settings.densify, f64::from(extent));
    let max_scale = |row: usize| rows.vec3(Column::LogScale, row).max_element().exp();
    let dropped = |row: usize, scale: f64| {
        let transparent = rows.opacity(row) < f64::from(d.prune_opacity);
        let large = settings.prunes_large_after(iteration) && scale > f64::from(d.prune_scale) * extent;
        transparent || large || !rows.is_finite(row)
    };
    let wanted: Vec<Vec<RowSource>> = (0..rows.len())
        .map(|row| {
            let (scale, source) = (max_scale(row), row as u32);
            let grows = statistic.mean(row) > f64::from(d.gradient_threshold);
            if grows && scale > f64::from(d.clone_scale) * extent {
                let lost = dropped(row, scale / SPLIT_SHRINK);
                if lost { vec![] } else { vec![RowSource::Split(source); 2] }
            } else if dropped(row, scale) {
                vec![]
            } else if grows {
                vec![RowSource::Keep(source), RowSource::Clone(source)]
            } else {
                vec![RowSource::Keep(source)]
            }
        })
        .collect();
    let survivors = wanted.iter().filter(|sources| !sources.is_empty()).count();
    let candidates = wanted.iter().filter(|sources| sources.len() == 2).count();
    let allowed = (settings.max_gaussians as usize).saturating_sub(survivors).min(candidates);
    // The k-th of n candidates grows when k * allowed / n passes a whole number.
    let granted_before = |rank: usize| rank * allowed / candidates.max(1);
    let (mut sources, mut rank) = (Vec::new(), 0);
    for (row, wanted) in wanted.into_iter().enumerate() {
        let grows = wanted.len() == 2;
        rank += usize::from(grows);
        if !grows || granted_before(rank) > granted_before(rank - 1) {
            sources.extend(wanted);
        } else if !dropped(row, max_scale(row)) {
            sources.push(RowSource::Keep(row as u32));
        }
    }
    RowMap { sources }
}

/// Applies a map: rows and moments follow, children of splits shrink and move, the statistic starts anew. `normal`
/// gives three standard normal numbers for a new row.
pub fn apply(
    map: &RowMap,
    rows: &mut Rows,
    moments: &mut Moments,
    statistic: &mut Statistic,
    mut normal: impl FnMut(usize) -> DVec3,
) {
    rows.follow(map);
    moments.follow(map);
    *statistic = Statistic::new(rows.len());
    for (row, _) in map.sources.iter().enumerate().filter(|(_, source)| matches!(source, RowSource::Split(_))) {
        // Sampled with the parent's own shape, which the child still has at this point.
        let log_scale = rows.vec3(Column::LogScale, row);
        let step = rotation(rows.quaternion(row)) * (log_scale.exp() * normal(row));
        rows.row_mut(Column::Mean, row).iter_mut().zip(step.to_array()).for_each(|(m, s)| *m += s);
        rows.row_mut(Column::LogScale, row).iter_mut().for_each(|s| *s -= SPLIT_SHRINK.ln());
    }
}

/// Opacity reset: at most 0.01 everywhere, and the opacity's moments start anew.
pub fn reset_opacity(rows: &mut Rows, moments: &mut Moments) {
    let limit = (RESET_OPACITY / (1.0 - RESET_OPACITY)).ln();
    // Written so that a NaN stays what it is: a row that is never visible.
    rows[Column::Opacity].iter_mut().filter(|logit| **logit > limit).for_each(|logit| *logit = limit);
    moments.first[Column::Opacity].fill(0.0);
    moments.second[Column::Opacity].fill(0.0);
}

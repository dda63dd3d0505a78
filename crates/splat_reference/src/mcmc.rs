//! 3DGS-MCMC: relocation of dead rows, regularisation, and the random step of means.

use crate::covariance::covariance;
use crate::neighbours::hash;
use crate::optimise::Moments;
use crate::rows::{Column, Rows};
use glam::DVec3;
use splat_core::{RowMap, RowSource, SideCar};

/// Steepness of the noise's gate.
pub const GATE_SHARPNESS: f64 = 100.0;
/// Transparency 1 - o at which the gate is half open.
pub const GATE_TRANSPARENCY: f64 = 0.995;

/// What becomes of every row: dead ones go, and rows are drawn from the live ones in proportion to `weights` (whole numbers, 0
/// for the dead) until there are `target`. Draw j of D falls at (j total + random_j) / D of the summed weights. Also how many
/// rows each old row becomes. Where all are dead nothing changes.
pub fn relocate(weights: &[u32], target: usize, seed: u32) -> (RowMap, Vec<usize>) {
    let total: u64 = weights.iter().map(|&w| u64::from(w)).sum();
    if total == 0 {
        return (RowMap::identity(weights.len()), vec![1; weights.len()]);
    }
    let live = weights.iter().filter(|w| **w > 0).count();
    let draws = target.saturating_sub(live) as u64;
    let mut becomes: Vec<usize> = weights.iter().map(|&w| usize::from(w > 0)).collect();
    let (mut row, mut before) = (0, 0);
    for j in 0..draws {
        let random = u64::from(hash(seed ^ hash(j as u32 + 1))) % total;
        // The draw lies in the row whose weights, times the draws, end beyond it.
        while (before + u64::from(weights[row])) * draws <= j * total + random {
            before += u64::from(weights[row]);
            row += 1;
        }
        becomes[row] += 1;
    }
    let source = |row: usize| match becomes[row] {
        1 => RowSource::Keep(row as u32),
        _ => RowSource::Clone(row as u32),
    };
    let sources = (0..weights.len()).flat_map(|row| std::iter::repeat_n(source(row), becomes[row])).collect();
    (RowMap { sources }, becomes)
}

/// Eq. 9, as printed: opacity of each of `count` rows that share the place of one of this opacity, and the factor to its
/// scales.
pub fn shared(opacity: f64, count: usize) -> (f64, f64) {
    let shared = 1.0 - (1.0 - opacity).powf(1.0 / count as f64);
    let choose = |n: usize, k: usize| (0..k).fold(1.0, |c, i| c * (n - i) as f64 / (i + 1) as f64);
    let term = |i: usize, k: usize| {
        let sign = if k.is_multiple_of(2) { 1.0 } else { -1.0 };
        choose(i - 1, k) * sign * shared.powi(k as i32 + 1) / ((k + 1) as f64).sqrt()
    };
    let sum: f64 = (1..=count).flat_map(|i| (0..i).map(move |k| (i, k))).map(|(i, k)| term(i, k)).sum();
    (shared, opacity / sum)
}

/// Applies a relocation: rows and moments follow, rows that share a place become fainter and smaller, but not fainter than
/// `dead_opacity`.
pub fn apply(map: &RowMap, becomes: &[usize], dead_opacity: f64, rows: &mut Rows, moments: &mut Moments) {
    rows.follow(map);
    moments.follow(map);
    for (row, source) in map.sources.iter().enumerate().filter(|(_, source)| source.is_new()) {
        let (opacity, factor) = shared(rows.opacity(row), becomes[source.parent()]);
        let opacity = opacity.max(dead_opacity);
        rows[Column::Opacity][row] = (opacity / (1.0 - opacity)).ln();
        rows.row_mut(Column::LogScale, row).iter_mut().for_each(|s| *s += factor.ln());
    }
}

/// opacity_weight mean(o) + scale_weight mean(s), over rows and over rows and axes; adds its gradient.
pub fn regularisation(rows: &Rows, opacity_weight: f64, scale_weight: f64, gradients: &mut Rows) -> f64 {
    let n = rows.len().max(1) as f64;
    let mut total = 0.0;
    for row in 0..rows.len() {
        let opacity = rows.opacity(row);
        total += opacity_weight * opacity / n;
        gradients[Column::Opacity][row] += opacity_weight / n * opacity * (1.0 - opacity);
        for axis in 0..3 {
            let scale = rows.row(Column::LogScale, row)[axis].exp();
            total += scale_weight * scale / (3.0 * n);
            gradients.row_mut(Column::LogScale, row)[axis] += scale_weight / (3.0 * n) * scale;
        }
    }
    total
}

/// Moves every mean by noise x gate(1 - o) x Sigma x normal, with the three normals of its row and this seed.
pub fn add_noise(rows: &mut Rows, noise: f64, seed: u32) {
    for row in 0..rows.len() {
        let sigma = covariance(rows.vec3(Column::LogScale, row), rows.quaternion(row));
        let gate = 1.0 / (1.0 + (-GATE_SHARPNESS * (1.0 - rows.opacity(row) - GATE_TRANSPARENCY)).exp());
        let step = noise * gate * (sigma * normals(seed, row as u32));
        rows.row_mut(Column::Mean, row).iter_mut().zip(step.to_array()).for_each(|(m, s)| *m += s);
    }
}

/// The kernels' three standard normals of a row (Box-Muller on counters).
pub fn normals(seed: u32, row: u32) -> DVec3 {
    let unit = |h: u32| (f64::from(h >> 8) + 0.5) / 16_777_216.0;
    let pair = |counter: u32| {
        let a = hash(counter ^ hash(seed));
        let (radius, angle) = ((-2.0 * unit(a).ln()).sqrt(), std::f64::consts::TAU * unit(hash(a ^ 0x68bc_21eb)));
        [radius * angle.cos(), radius * angle.sin()]
    };
    let [x, y] = pair(2 * row);
    DVec3::new(x, y, pair(2 * row + 1)[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_drawn_in_proportion_to_their_weights() {
        let weights = [10, 0, 30, 60, 0, 1];
        let mut drawn = [0; 6];
        for seed in 0..2_000 {
            let (map, becomes) = relocate(&weights, 9, seed);
            assert_eq!((map.sources.len(), becomes[1], becomes[4]), (9, 0, 0));
            drawn.iter_mut().zip(&becomes).for_each(|(sum, b)| *sum += b);
        }
        for (row, &weight) in weights.iter().enumerate().filter(|(_, w)| **w > 0) {
            // Five draws; each row stays once.
            let want = 2_000.0 * (1.0 + 5.0 * weight as f64 / 101.0);
            assert!((drawn[row] as f64 - want).abs() < 150.0, "row {row}: {} {want}", drawn[row]);
        }
    }

    #[test]
    fn shared_rows_look_as_one_did_along_a_line_through_the_middle() {
        // Blended over each other at the centre they are as opaque as before; seen at a distance the sum of what they cover is
        // the same: that is what Eq. 9 solves for.
        for (opacity, count) in [(0.3, 2), (0.9, 3), (0.99, 7)] {
            let (shared, factor) = shared(opacity, count);
            assert!((1.0 - (1.0 - shared).powi(count as i32) - opacity).abs() < 1e-12);
            let cover = |o: f64, s: f64, n: i32| {
                let step = 1e-3;
                let seen = |x: f64| 1.0 - (1.0 - o * (-0.5 * (x / s) * (x / s)).exp()).powi(n);
                (-10_000..10_000).map(|i| step * seen(f64::from(i) * step)).sum::<f64>()
            };
            let (before, after) = (cover(opacity, 1.0, 1), cover(shared, factor, count as i32));
            assert!((before - after).abs() < 1e-4 * before, "{opacity} {count}: {before} {after}");
        }
    }
}

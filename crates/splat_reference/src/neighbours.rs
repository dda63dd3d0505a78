//! Neighbours: which rows are sampled, and the nearest other rows of each, by brute force.

use crate::rows::{Column, Rows};

/// Others that are found per sample.
pub const NEIGHBOURS: usize = 5;

/// The hash of the kernels.
pub fn hash(x: u32) -> u32 {
    let mut h = x.wrapping_mul(0x9e37_79b9);
    h = (h ^ (h >> 16)).wrapping_mul(0x21f0_aaad);
    h = (h ^ (h >> 15)).wrapping_mul(0x735a_2d97);
    h ^ (h >> 15)
}

/// Rows that samples and neighbours are taken from: `most` evenly spaced ones of `n`, or all, turned by a random number.
pub fn candidates(n: u32, most: u32, seed: u32) -> Vec<u32> {
    let m = n.min(most);
    let stride = n.checked_div(m).unwrap_or(0);
    (0..m).map(|j| (j * stride + hash(seed) % n) % n).collect()
}

/// `samples` different candidates (all where there are fewer): one of each of as many equal parts of them, turned.
pub fn samples(candidates: &[u32], samples: u32, seed: u32) -> Vec<u32> {
    let m = candidates.len() as u32;
    let count = samples.min(m);
    let part = m.checked_div(count).unwrap_or(1);
    let turn = if m == 0 { 0 } else { hash(seed.wrapping_add(0x51ed_270b)) % m };
    let pick = |s: u32| (s * part + hash(seed ^ hash(s + 1)) % part + turn) % m;
    (0..count).map(|s| candidates[pick(s) as usize]).collect()
}

/// The nearest of the candidates to a row by the distance of means, itself left out, nearest first (of equally near ones the
/// earlier candidate); at most [`NEIGHBOURS`].
/// Means that are no numbers are nobody's neighbours and have none.
pub fn nearest(rows: &Rows, row: u32, candidates: &[u32]) -> Vec<u32> {
    let mean = |row: u32| rows.vec3(Column::Mean, row as usize);
    let square = |other: u32| (mean(other) - mean(row)).length_squared();
    let mut others: Vec<(f64, u32)> =
        candidates.iter().filter(|&&other| other != row).map(|&other| (square(other), other)).collect();
    others.retain(|(square, _)| square.is_finite());
    others.sort_by(|a, b| a.0.total_cmp(&b.0));
    others.into_iter().take(NEIGHBOURS).map(|(_, other)| other).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn samples_are_different_rows_and_in_time_all_of_them() {
        for (n, most, count) in [(1, 9, 5), (7, 9, 5), (100, 30, 30), (1_000, 300, 64), (4, 4, 9)] {
            let mut seen = BTreeSet::new();
            for seed in 0..400 {
                let candidates = candidates(n, most, seed);
                let sampled = samples(&candidates, count, seed);
                let different: BTreeSet<u32> = sampled.iter().copied().collect();
                assert_eq!(different.len(), count.min(n).min(most) as usize);
                assert!(different.iter().all(|row| *row < n && candidates.contains(row)));
                seen.extend(different);
            }
            assert_eq!(seen.len(), n as usize, "{n} {most} {count}");
        }
        assert!(samples(&candidates(0, 5, 1), 3, 1).is_empty());
    }
}

//! Rows change only through a [`RowMap`]: parameters, moments, labels and statistics cannot come apart.

use crate::cloud::Cloud;
use serde::{Deserialize, Serialize};

/// Where a new row comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RowSource {
    /// An old row, unchanged.
    Keep(u32),
    /// A copy of an old row that starts its life: optimiser moments and statistics are zero.
    Clone(u32),
    /// One of the two children that replace an old row: sampled inside it, scales / 1.6, moments zero.
    Split(u32),
}

impl RowSource {
    /// The old row.
    pub fn parent(self) -> usize {
        match self {
            Self::Keep(row) | Self::Clone(row) | Self::Split(row) => row as usize,
        }
    }

    /// True where side-cars start anew (moments, statistics).
    pub fn is_new(self) -> bool {
        !matches!(self, Self::Keep(_))
    }
}

/// For every new row, the old row it comes from. Old rows that are not named are dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowMap {
    /// `[N_new]` sources.
    pub sources: Vec<RowSource>,
}

/// A column that follows the rows: anything with `width` values per row.
pub trait SideCar {
    /// Rebuilds itself for the new rows.
    fn follow(&mut self, map: &RowMap);
}

impl RowMap {
    /// The map that changes nothing.
    pub fn identity(rows: usize) -> Self {
        Self { sources: (0..rows as u32).map(RowSource::Keep).collect() }
    }

    /// Gathers a column of `width` values per row; children copy their parent.
    pub fn gather<T: Clone>(&self, column: &[T], width: usize) -> Vec<T> {
        let row = |s: &RowSource| column[s.parent() * width..(s.parent() + 1) * width].iter().cloned();
        self.sources.iter().flat_map(row).collect()
    }

    /// Gathers a column whose new rows start at `fresh` (moments, statistics).
    pub fn gather_or<T: Clone>(&self, column: &[T], width: usize, fresh: T) -> Vec<T> {
        let mut out = self.gather(column, width);
        for (row, _) in self.sources.iter().enumerate().filter(|(_, s)| s.is_new()) {
            out[row * width..(row + 1) * width].fill(fresh.clone());
        }
        out
    }
}

impl SideCar for Cloud {
    fn follow(&mut self, map: &RowMap) {
        let (k, c) = (self.sh_coefficients(), self.class_count());
        self.means = map.gather(&self.means, 1);
        self.log_scales = map.gather(&self.log_scales, 1);
        self.rotations = map.gather(&self.rotations, 1);
        self.opacity_logits = map.gather(&self.opacity_logits, 1);
        self.sh = map.gather(&self.sh, k);
        self.logits = map.gather(&self.logits, c);
    }
}

//! Chosen rows: a bit per row, how choices are combined, and how they follow the rows.
//!
//! * [`shape`]: parts of a picture: rectangle, polygon, brush stroke
//! * [`reach`]: growing and shrinking by distance

pub mod reach;
pub mod shape;

pub use reach::{grown, shrunk};
pub use shape::{ScreenShape, rows_seen_in};

use crate::rows::{RowMap, RowSource, SideCar};

/// A set of rows of one cloud.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowSet {
    /// 64 rows a word; bits beyond `len` are 0.
    words: Vec<u64>,
    len: usize,
}

/// How a new choice joins an old one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SetOperation {
    /// The new one alone.
    #[default]
    Replace,
    /// Both.
    Add,
    /// The old one without the new one.
    Subtract,
    /// What is in both.
    Intersect,
}

impl RowSet {
    /// No row of `len`.
    pub fn none(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(64)], len }
    }

    /// All rows of `len`.
    pub fn all(len: usize) -> Self {
        let mut set = Self { words: vec![u64::MAX; len.div_ceil(64)], len };
        set.trim();
        set
    }

    /// These rows of `len`; rows beyond are passed over.
    pub fn of(len: usize, rows: impl IntoIterator<Item = u32>) -> Self {
        let mut set = Self::none(len);
        rows.into_iter().for_each(|row| set.set(row, true));
        set
    }

    /// Rows of the cloud, chosen or not.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True where no row is chosen.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Number of chosen rows.
    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// True for a chosen row.
    pub fn contains(&self, row: u32) -> bool {
        (row as usize) < self.len && self.words[row as usize / 64] >> (row % 64) & 1 == 1
    }

    /// Chooses a row or lets it go; rows beyond the cloud are passed over.
    pub fn set(&mut self, row: u32, is_in: bool) {
        if (row as usize) < self.len {
            let (word, bit) = (&mut self.words[row as usize / 64], 1 << (row % 64));
            *word = if is_in { *word | bit } else { *word & !bit };
        }
    }

    /// The chosen rows, ascending.
    pub fn rows(&self) -> impl Iterator<Item = u32> {
        self.words.iter().zip(0u32..).flat_map(|(&word, index)| {
            let mut rest = word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros())?;
                rest &= rest - 1;
                Some(64 * index + bit)
            })
        })
    }

    /// What was not chosen.
    pub fn inverted(&self) -> Self {
        let mut set = Self { words: self.words.iter().map(|word| !word).collect(), len: self.len };
        set.trim();
        set
    }

    /// Joins another choice of the same cloud: rows that only one of the two knows are not chosen.
    pub fn combined(&self, other: &Self, operation: SetOperation) -> Self {
        let join = |old: u64, new: u64| match operation {
            SetOperation::Replace => new,
            SetOperation::Add => old | new,
            SetOperation::Subtract => old & !new,
            SetOperation::Intersect => old & new,
        };
        let words = self.words.iter().zip(&other.words).map(|(&old, &new)| join(old, new)).collect();
        let mut set = Self { words, len: self.len.min(other.len) };
        set.trim();
        set
    }

    /// The map that keeps the chosen rows and drops all others.
    pub fn keeps(&self) -> RowMap {
        RowMap { sources: self.rows().map(RowSource::Keep).collect() }
    }

    /// The set over old rows of a set over the new rows that a map made of `len` old ones: the parents of what is chosen.
    pub fn before(&self, map: &RowMap, len: usize) -> Self {
        Self::of(len, self.rows().filter_map(|row| map.sources.get(row as usize)).map(|source| source.parent() as u32))
    }

    fn trim(&mut self) {
        self.words.resize(self.len.div_ceil(64), 0);
        if let Some(last) = self.words.last_mut().filter(|_| !self.len.is_multiple_of(64)) {
            *last &= (1 << (self.len % 64)) - 1;
        }
    }
}

impl SideCar for RowSet {
    fn follow(&mut self, map: &RowMap) {
        let chosen = map.sources.iter().zip(0..).filter(|(source, _)| self.contains(source.parent() as u32));
        *self = Self::of(map.sources.len(), chosen.map(|(_, row)| row));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_join_and_invert_like_sets() {
        let (a, b) = (RowSet::of(130, [0, 5, 64, 129, 500]), RowSet::of(130, [5, 128, 129]));
        let rows = |operation| a.combined(&b, operation).rows().collect::<Vec<_>>();
        assert_eq!(rows(SetOperation::Replace), [5, 128, 129]);
        assert_eq!(rows(SetOperation::Add), [0, 5, 64, 128, 129]);
        assert_eq!(rows(SetOperation::Subtract), [0, 64]);
        assert_eq!(rows(SetOperation::Intersect), [5, 129]);
        assert_eq!((a.count(), a.inverted().count(), a.inverted().inverted()), (4, 126, a.clone()));
        assert_eq!((RowSet::all(130).count(), RowSet::all(0).is_empty()), (130, true));
        assert!(!a.contains(500) && RowSet::none(3).is_empty());
    }

    #[test]
    fn sets_follow_their_rows_and_find_back() {
        let set = RowSet::of(6, [1, 4]);
        let map = RowSet::of(6, [0, 1, 3, 4]).keeps();
        let mut followed = set.clone();
        followed.follow(&map);
        assert_eq!((followed.len(), followed.rows().collect::<Vec<_>>()), (4, vec![1, 3]));
        assert_eq!(followed.before(&map, 6), set);
        let twice = RowMap { sources: vec![RowSource::Keep(1), RowSource::Clone(1), RowSource::Split(0)] };
        let mut children = set;
        children.follow(&twice);
        assert_eq!(children.rows().collect::<Vec<_>>(), [0, 1]);
    }
}

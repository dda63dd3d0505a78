//! The K most probable classes of every Gaussian instead of all C logits: 6 K bytes a Gaussian instead of 4 C.
//!
//! `top_id_<k>` (ushort, vocabulary id) and `top_probability_<k>` (float, descending). The header names all C classes as for
//! a labelled cloud, and `comment semantic_top <K>`.

use super::read::numbered;
use crate::IoError;
use crate::ply::{Element, PlyFile};
use splat_core::{ClassInfo, Cloud};
use std::path::Path;

/// Probability that no class falls under: its logit stays finite.
const LEAST_PROBABILITY: f32 = 1e-6;

/// One row's K most probable columns with their probabilities, best first.
pub(super) fn of_row(cloud: &Cloud, row: usize, k: usize) -> Vec<(usize, f32)> {
    let mut shares: Vec<(usize, f32)> = cloud.row_probabilities(row).into_iter().enumerate().collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    shares.truncate(k);
    shares
}

/// Where the columns lie in a file.
pub(super) struct TopColumns {
    ids: Vec<usize>,
    probabilities: Vec<usize>,
}

impl TopColumns {
    /// `None` for a file without such columns.
    pub(super) fn find(file: &PlyFile, element: &Element) -> Result<Option<Self>, IoError> {
        let ids = numbered(file.path(), element, "top_id_")?;
        let probabilities = numbered(file.path(), element, "top_probability_")?;
        if ids.len() != probabilities.len() {
            let message =
                format!("has {} `top_id_` properties but {} `top_probability_`", ids.len(), probabilities.len());
            return Err(IoError::bad(file.path(), message));
        }
        Ok((!ids.is_empty()).then_some(Self { ids, probabilities }))
    }

    /// One row's logits: log p where p is known, the rest spread evenly over the other classes.
    pub(super) fn logits(
        &self,
        path: &Path,
        row: usize,
        numbers: &[f64],
        classes: &[ClassInfo],
    ) -> Result<Vec<f32>, IoError> {
        let mut shares: Vec<Option<f32>> = vec![None; classes.len()];
        for (&id_at, &p_at) in self.ids.iter().zip(&self.probabilities) {
            let column = classes.iter().position(|c| f64::from(c.id) == numbers[id_at]).ok_or_else(|| {
                let message = format!("has class id {}, which the header does not name", numbers[id_at]);
                IoError::bad_at(path, format_args!("row {row}"), message)
            })?;
            shares[column] = Some(numbers[p_at] as f32);
        }
        let known: f32 = shares.iter().flatten().sum();
        let others = shares.iter().filter(|s| s.is_none()).count().max(1);
        let rest = (1.0 - known).max(0.0) / others as f32;
        Ok(shares.into_iter().map(|s| s.unwrap_or(rest).max(LEAST_PROBABILITY).ln()).collect())
    }
}

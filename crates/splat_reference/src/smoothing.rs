//! Neighbour smoothing: the mean KL divergence between the class distributions of sampled rows and of their nearest others.

use crate::loss::softmax;
use crate::neighbours::NEIGHBOURS;
use crate::rows::{Column, Rows};

/// (1 / (samples x NEIGHBOURS)) sum KL(softmax(s_i) || softmax(s_j)) over the pairs; adds its gradient times `weight` to the
/// logits' of `gradients`. `pairs` are samples with their neighbours; positions have no part in it.
pub fn smoothing(rows: &Rows, pairs: &[(u32, Vec<u32>)], weight: f64, gradients: &mut Rows) -> f64 {
    let share = 1.0 / (pairs.len().max(1) * NEIGHBOURS) as f64;
    let classes = |row: u32| softmax(rows.row(Column::Logits, row as usize));
    let log = |p: f64| p.max(f64::MIN_POSITIVE).ln();
    let mut total = 0.0;
    for (row, others) in pairs {
        let p = classes(*row);
        for other in others {
            let q = classes(*other);
            let kl: f64 = p.iter().zip(&q).map(|(&p, &q)| p * (log(p) - log(q))).sum();
            total += share * kl;
            for (class, (&p, &q)) in p.iter().zip(&q).enumerate() {
                gradients.row_mut(Column::Logits, *row as usize)[class] += weight * share * p * (log(p) - log(q) - kl);
                gradients.row_mut(Column::Logits, *other as usize)[class] += weight * share * (q - p);
            }
        }
    }
    total
}

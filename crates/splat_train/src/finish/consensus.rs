//! Consensus: what a Gaussian says is mixed with what its neighbours of the same colour say.
//!
//! A bilateral filter of class logits in 3D, in place and colour, weighed by opacity:
//! s_i <- (1 - m) s_i + m sum_j w_ij s_j / sum_j w_ij,
//! w_ij = o_j exp(-|x_i - x_j|^2 / 2 r_i^2 - |c_i - c_j|^2 / 2 sigma_c^2),
//! over i itself and its [`NEIGHBOURS`] nearest, with r_i the distance to the farthest of them. Logits are taken relative to
//! their mean over the classes, as the softmax does not see it.

use kiddo::{ImmutableKdTree, SquaredEuclidean};
use rayon::prelude::*;
use splat_core::{Cloud, sh};
use std::num::NonZero;

/// Others that are asked. Measured best of 4, 8, 16 and 32.
const NEIGHBOURS: usize = 16;
/// sigma_c: how far colours (0..1 per channel) of one thing lie apart. Measured best of 0.03, 0.05, 0.1 and no colour.
const COLOUR_SIGMA: f32 = 0.05;

/// Replaces a share `mix` (0..1) of every Gaussian's opinion by its neighbourhood's.
pub fn apply(cloud: &mut Cloud, mix: f32) {
    let classes = cloud.class_count();
    if mix <= 0.0 || classes == 0 || cloud.is_empty() {
        return;
    }
    let places: Vec<[f32; 3]> = cloud.means.iter().map(|m| m.to_array()).collect();
    // The tree refuses only thousands of points in one place: there nobody's neighbours mean anything.
    let Ok(tree) = ImmutableKdTree::new_from_slice(&places) else { return };
    let said = centred(&cloud.logits, classes);
    let around = |(row, logits): (usize, &mut [f32])| {
        let weights = weights(cloud, &tree, row);
        let total: f32 = weights.iter().map(|(_, w)| w).sum();
        for (column, logit) in logits.iter_mut().enumerate() {
            let sum: f32 = weights.iter().map(|&(other, w)| w * said[other * classes + column]).sum();
            *logit = (1.0 - mix) * said[row * classes + column] + mix * sum / total.max(f32::MIN_POSITIVE);
        }
    };
    let mut heard = vec![0.0; said.len()];
    heard.par_chunks_exact_mut(classes).enumerate().for_each(around);
    cloud.logits = heard;
}

/// Logits less their mean over the classes, row by row.
fn centred(logits: &[f32], classes: usize) -> Vec<f32> {
    let mut logits = logits.to_vec();
    for row in logits.chunks_exact_mut(classes) {
        let mean = row.iter().sum::<f32>() / classes as f32;
        row.iter_mut().for_each(|l| *l -= mean);
    }
    logits
}

/// A row and its neighbours, with their weights.
fn weights(cloud: &Cloud, tree: &ImmutableKdTree<f32, 3>, row: usize) -> Vec<(usize, f32)> {
    let most = NonZero::new((NEIGHBOURS + 1).min(cloud.len())).expect("the row itself at least");
    let near = tree.query(&cloud.means[row].to_array()).nearest_n::<SquaredEuclidean<f32>>(most).execute();
    let reach2 = near.iter().map(|n| n.distance).fold(f32::MIN_POSITIVE, f32::max);
    let own = colour(cloud, row);
    let weigh = |other: usize, distance2: f32| {
        let apart2: f32 = own.iter().zip(colour(cloud, other)).map(|(a, b)| (a - b) * (a - b)).sum();
        let exponent = distance2 / reach2 + apart2 / (COLOUR_SIGMA * COLOUR_SIGMA);
        (other, cloud.opacity(other) * (-0.5 * exponent).exp())
    };
    near.iter().map(|n| weigh(n.item as usize, n.distance)).collect()
}

/// Colour of a row seen from everywhere, 0..1 and beyond.
fn colour(cloud: &Cloud, row: usize) -> [f32; 3] {
    cloud.sh[row * sh::coefficients(cloud.sh_degree)].map(sh::colour_from_dc)
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::Vec3;
    use splat_core::{ClassInfo, LabelSet};

    /// A strip of rows, red up to the middle and blue beyond, each sure of its half's class.
    fn strip() -> Cloud {
        let class = |id| ClassInfo { id, name: String::new(), colour: [0; 3], pixel_count: 0 };
        let mut cloud = Cloud { classes: LabelSet { classes: vec![class(0), class(1)] }, ..Cloud::default() };
        for i in 0..40 {
            let is_red = i < 20;
            cloud.means.push(Vec3::new(i as f32, 0.0, 0.0));
            cloud.log_scales.push(Vec3::ZERO);
            cloud.rotations.push([1.0, 0.0, 0.0, 0.0]);
            cloud.opacity_logits.push(3.0);
            cloud.sh.push(if is_red { [1.0, 0.0, 0.0] } else { [0.0, 0.0, 1.0] });
            cloud.logits.extend(if is_red { [3.0, 1.0] } else { [1.0, 3.0] });
        }
        cloud
    }

    fn column(cloud: &Cloud, row: usize) -> usize {
        cloud.row_class(row).expect("there are classes").0
    }

    #[test]
    fn speckles_go_and_borders_of_colour_stay() {
        let mut cloud = strip();
        cloud.logits[2 * 7..2 * 8].copy_from_slice(&[1.0, 3.0]);
        apply(&mut cloud, 1.0);
        assert!((0..40).all(|row| column(&cloud, row) == (row >= 20) as usize), "{:?}", cloud.logits);
        // Without difference in colour the border gives way to nobody either, but is less sure.
        let sure = cloud.row_logits(19)[0] - cloud.row_logits(19)[1];
        cloud.sh.fill([0.5; 3]);
        cloud.logits = strip().logits;
        apply(&mut cloud, 1.0);
        assert!(cloud.row_logits(19)[0] - cloud.row_logits(19)[1] < 0.5 * sure);
    }

    #[test]
    fn nobody_listens_at_strength_0_and_half_at_one_half() {
        let mut cloud = strip();
        cloud.logits[2 * 7..2 * 8].copy_from_slice(&[1.0, 3.0]);
        let before = cloud.logits.clone();
        apply(&mut cloud, 0.0);
        assert_eq!(cloud.logits, before);
        let gap = |cloud: &Cloud| cloud.row_logits(7)[0] - cloud.row_logits(7)[1];
        let mut whole = cloud.clone();
        apply(&mut whole, 1.0);
        apply(&mut cloud, 0.5);
        assert!((gap(&cloud) - 0.5 * (-2.0 + gap(&whole))).abs() < 1e-4);
    }

    #[test]
    fn few_rows_and_no_classes_are_no_trouble() {
        apply(&mut Cloud::default(), 1.0);
        let mut cloud = strip();
        cloud.means.fill(Vec3::ZERO);
        apply(&mut cloud, 1.0);
        assert!(cloud.logits.iter().all(|l| l.is_finite()));
    }
}

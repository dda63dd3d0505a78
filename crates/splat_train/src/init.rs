//! Sparse points to the first Gaussians, as 3DGS does it.

use glam::Vec3;
use kiddo::{ImmutableKdTree, SquaredEuclidean};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;
use splat_core::{Cloud, LabelSet, Objective, SparsePoint, sh};
use std::num::NonZero;

/// Opacity of a new Gaussian.
const INITIAL_OPACITY: f32 = 0.1;
/// Standard deviation of the first class logits.
const INITIAL_LOGIT_SIGMA: f32 = 0.01;

/// One Gaussian per point: log-scale = log of the root mean square distance to the 3 nearest points, opacity 0.1, colour
/// in the constant harmonic, class logits N(0, 0.01^2) from `seed`.
pub fn cloud_from_points(points: &[SparsePoint], sh_degree: u8, classes: &LabelSet, seed: u64) -> Cloud {
    let mut random = Pcg64Mcg::seed_from_u64(seed ^ 0x1095);
    let k = sh::coefficients(sh_degree);
    let scales = neighbour_scales(points);
    let opacity_logit = (INITIAL_OPACITY / (1.0 - INITIAL_OPACITY)).ln();
    let colours = points.iter().flat_map(|p| {
        let dc = p.rgb.map(|c| sh::dc_from_colour(c as f32 / 255.0));
        std::iter::once(dc).chain(std::iter::repeat_n([0.0; 3], k - 1))
    });
    Cloud {
        sh_degree,
        means: points.iter().map(|p| p.position).collect(),
        log_scales: scales.iter().map(|s| Vec3::splat(s.ln())).collect(),
        rotations: vec![[1.0, 0.0, 0.0, 0.0]; points.len()],
        opacity_logits: vec![opacity_logit; points.len()],
        sh: colours.collect(),
        logits: (0..points.len() * classes.len()).map(|_| INITIAL_LOGIT_SIGMA * normal(&mut random)).collect(),
        classes: classes.clone(),
        objective: Objective::default(),
        antialiased: false,
    }
}

/// Root mean square distance to the 3 nearest other points, in world units; bounded so that lone outliers stay small.
fn neighbour_scales(points: &[SparsePoint]) -> Vec<f32> {
    let positions: Vec<[f32; 3]> = points.iter().map(|p| p.position.to_array()).collect();
    if positions.len() < 2 {
        return vec![0.1; positions.len()];
    }
    // The tree refuses only degenerate input, thousands of points in one place: a size for those is a guess anyway.
    let Ok(tree) = ImmutableKdTree::new_from_slice(&positions) else { return vec![0.05; positions.len()] };
    let count = NonZero::new(4.min(positions.len())).expect("two points at least");
    let mut scales: Vec<f32> = positions
        .iter()
        .map(|p| {
            let found = tree.query(p).nearest_n::<SquaredEuclidean<f32>>(count).execute();
            // The nearest of the four is the point itself.
            let others: Vec<f32> = found.iter().skip(1).map(|n| n.distance).collect();
            (others.iter().sum::<f32>() / others.len() as f32).max(1e-7).sqrt()
        })
        .collect();
    let mut sorted = scales.clone();
    sorted.sort_by(f32::total_cmp);
    let ceiling = 10.0 * sorted[sorted.len() / 2];
    scales.iter_mut().for_each(|s| *s = s.min(ceiling));
    scales
}

/// Uniform in -1..1.
pub(crate) fn normalised_uniform(random: &mut impl Rng) -> f32 {
    2.0 * random.random::<f32>() - 1.0
}

/// A standard normal (Box-Muller).
fn normal(random: &mut impl Rng) -> f32 {
    let u: f32 = random.random::<f32>().max(1e-9);
    (-2.0 * u.ln()).sqrt() * (std::f32::consts::TAU * random.random::<f32>()).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scale_is_the_root_mean_square_of_three_neighbours() {
        let at = |x: f32| SparsePoint { position: Vec3::new(x, 0.0, 0.0), rgb: [128; 3] };
        let cloud = cloud_from_points(&[at(0.0), at(1.0), at(2.0), at(4.0)], 1, &LabelSet::default(), 1);
        let expected = ((1.0f32 + 4.0 + 16.0) / 3.0).sqrt().ln();
        assert!((cloud.log_scales[0].x - expected).abs() < 1e-6, "{} {expected}", cloud.log_scales[0].x);
        assert_eq!(cloud.check_shape(), Ok(()));
    }

    #[test]
    fn one_point_is_enough() {
        let point = SparsePoint { position: Vec3::ZERO, rgb: [1, 2, 3] };
        assert_eq!(cloud_from_points(&[point], 0, &LabelSet::default(), 1).len(), 1);
    }
}

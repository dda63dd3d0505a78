//! Classes in 3D: what the Gaussians around a mesh's vertices say.
//!
//! A vertex takes the class with the largest sum of opacity x class probability over its nearest Gaussians. Vertices without a
//! true label do not count; nor do those that no Gaussian comes near, which are unlabelled predictions and so wrong.

use glam::Vec3;
use kiddo::{ImmutableKdTree, SquaredEuclidean};
use rayon::prelude::*;
use splat_core::{Cloud, IGNORE_ID};
use std::num::NonZero;

/// Gaussians that a vertex listens to.
pub const NEAREST: usize = 8;
/// Opacity under which a Gaussian is not asked: what is fainter is hardly seen.
const LEAST_OPACITY: f32 = 0.05;

/// `[V]` vocabulary ids of vertices in world space; [`IGNORE_ID`] where the cloud has nothing to say.
pub fn classes_of_vertices(cloud: &Cloud, vertices: &[Vec3]) -> Vec<u16> {
    let is_asked = |row: &usize| cloud.means[*row].is_finite() && cloud.opacity(*row) >= LEAST_OPACITY;
    let rows: Vec<usize> = (0..cloud.len()).filter(is_asked).collect();
    let positions: Vec<[f32; 3]> = rows.iter().map(|&row| cloud.means[row].to_array()).collect();
    let nothing = || vec![IGNORE_ID; vertices.len()];
    if cloud.class_count() == 0 {
        return nothing();
    }
    let Some(count) = NonZero::new(NEAREST.min(positions.len())) else { return nothing() };
    // The tree refuses only thousands of points in one place.
    let Ok(tree) = ImmutableKdTree::new_from_slice(&positions) else { return nothing() };
    let class = |vertex: &Vec3| {
        let mut votes = vec![0.0f32; cloud.class_count()];
        for neighbour in tree.query(&vertex.to_array()).nearest_n::<SquaredEuclidean<f32>>(count).execute() {
            let row = rows[neighbour.item as usize];
            let opacity = cloud.opacity(row);
            cloud.row_probabilities(row).iter().zip(&mut votes).for_each(|(p, vote)| *vote += opacity * p);
        }
        let best = (0..votes.len()).max_by(|&a, &b| votes[a].total_cmp(&votes[b]).then(b.cmp(&a)));
        best.map_or(IGNORE_ID, |column| cloud.classes.id(column))
    };
    vertices.par_iter().map(class).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use splat_core::{ClassInfo, LabelSet};

    #[test]
    fn the_opaque_neighbours_decide() {
        let class = |id| ClassInfo { id, name: String::new(), colour: [0; 3], pixel_count: 0 };
        // Nine Gaussians at 0: eight of class 7 nearly transparent, two opaque ones of class 3 beside them.
        let x = |i: usize| if i < 8 { 0.0 } else { 0.1 };
        let cloud = Cloud {
            means: (0..10).map(|i| Vec3::new(x(i), i as f32 * 1e-3, 0.0)).collect(),
            log_scales: vec![Vec3::ZERO; 10],
            rotations: vec![[1.0, 0.0, 0.0, 0.0]; 10],
            opacity_logits: (0..10).map(|i| if i < 8 { -9.0 } else { 2.0 }).collect(),
            sh: vec![[0.0; 3]; 10],
            logits: (0..10).flat_map(|i| if i < 8 { [0.0, 4.0] } else { [4.0, 0.0] }).collect(),
            classes: LabelSet { classes: vec![class(3), class(7)] },
            ..Cloud::default()
        };
        assert_eq!(classes_of_vertices(&cloud, &[Vec3::ZERO, Vec3::X]), [3, 3]);
        assert_eq!(classes_of_vertices(&Cloud::default(), &[Vec3::ZERO]), [IGNORE_ID]);
    }
}

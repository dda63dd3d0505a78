//! Flat classes: Gaussians are drawn to the planes of their class.

use crate::covariance::{covariance, covariance_backward};
use crate::loss::softmax;
use crate::rows::{Column, Rows};
use glam::{DMat3, DVec3};
use splat_core::ClassPlane;

/// How strong the pull is, and how far it reaches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlanePull {
    /// Weight of the mean over all rows.
    pub weight: f64,
    /// Distance up to which the pull grows, world units.
    pub width: f64,
    /// Distance beyond which nothing is pulled, world units.
    pub reach: f64,
}

/// Least probability of a row's class for it to count.
const LEAST_PROBABILITY: f64 = 0.5;

/// weight / rows x sum over rows of strength p (sqrt(1 + e / width^2) - 1), where e = d^2 + n^T Sigma n is the mean square distance of the
/// row's mass from the nearest plane of its class and p the probability of that class, which takes no gradient; adds the gradient
/// to `gradients`.
pub fn planes(rows: &Rows, planes: &[ClassPlane], pull: PlanePull, gradients: &mut Rows) -> f64 {
    let share = pull.weight / rows.len().max(1) as f64;
    let mut total = 0.0;
    for row in 0..rows.len() {
        let mean = DVec3::from_slice(rows.row(Column::Mean, row));
        let p = softmax(rows.row(Column::Logits, row));
        let Some(column) = (0..p.len()).rev().max_by(|&a, &b| p[a].total_cmp(&p[b])) else { continue };
        let Some((plane, d)) = nearest(planes, column, mean) else { continue };
        if p[column] < LEAST_PROBABILITY {
            continue;
        }
        let n = plane.normal.as_dvec3();
        let log_scale = DVec3::from_slice(rows.row(Column::LogScale, row));
        let quaternion = rows.row(Column::Rotation, row).try_into().expect("four numbers");
        let e = d * d + n.dot(covariance(log_scale, quaternion) * n);
        let root = (1.0 + e / (pull.width * pull.width)).sqrt();
        let share = share * f64::from(plane.strength(pull.reach as f32)) * p[column];
        total += share * (root - 1.0);
        let d_e = share / (2.0 * pull.width * pull.width * root);
        let d_sigma = DMat3::from_cols(n * n.x, n * n.y, n * n.z) * d_e;
        let (d_log_scale, d_quaternion) = covariance_backward(log_scale, quaternion, d_sigma);
        let mut add = |column, values: &[f64]| {
            gradients.row_mut(column, row).iter_mut().zip(values).for_each(|(g, v)| *g += v);
        };
        add(Column::Mean, &(2.0 * d_e * d * n).to_array());
        add(Column::LogScale, &d_log_scale.to_array());
        add(Column::Rotation, &d_quaternion);
    }
    total
}

/// The nearest plane of a class within reach, and the distance along its normal.
fn nearest(planes: &[ClassPlane], column: usize, mean: DVec3) -> Option<(&ClassPlane, f64)> {
    let of_class = planes.iter().filter(|p| p.column as usize == column && p.is_beside(mean.as_vec3(), p.reach));
    let distances = of_class.map(|p| (p, p.normal.as_dvec3().dot(mean) - p.offset as f64));
    distances.filter(|(p, d)| d.abs() <= p.reach.into()).min_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))
}

//! Objects in 3D: the boxes about a cloud's connected parts of one class, against those of annotated objects.
//!
//! An annotated object is scored by the part of its class whose axis-aligned box overlaps its own most. Several of them may
//! name one part, as where chairs stand in a row: the overlap says so.

use glam::Vec3;
use serde::{Deserialize, Serialize};
use splat_core::Cloud;
use splat_core::bounds::{OBJECT_TRIM, trimmed_box};
use splat_core::objects::{ObjectOptions, objects};

/// A box: lower and upper corner.
pub type Corners = (Vec3, Vec3);

/// An annotated object and the part that was found for it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ObjectScore {
    /// Vocabulary id.
    pub id: u16,
    /// Class name.
    pub name: String,
    /// Volume of what both boxes hold by that of what either holds; 0 where no part of the class comes near.
    pub box_iou: f64,
    /// Metres (world units) between the boxes' middles, where a part was found.
    pub offset: Option<f64>,
}

/// The boxes of a cloud's objects, with their vocabulary ids.
pub fn found_boxes(cloud: &Cloud) -> Vec<(u16, Corners)> {
    let boxed = |object: splat_core::objects::Object| {
        let means = object.rows.iter().map(|&row| cloud.means[row as usize]);
        Some((cloud.classes.id(object.column), trimmed_box(means, OBJECT_TRIM)?))
    };
    objects(cloud, &ObjectOptions::default()).into_iter().filter_map(boxed).collect()
}

/// Scores an annotated object's box against all boxes that were found.
pub fn score_object(id: u16, name: String, truth: Corners, found: &[(u16, Corners)]) -> ObjectScore {
    let of_class = found.iter().filter(|(other, _)| *other == id).map(|(_, corners)| *corners);
    let overlaps = of_class.map(|corners| (box_iou(truth, corners), corners)).filter(|(iou, _)| *iou > 0.0);
    let best = overlaps.max_by(|a, b| a.0.total_cmp(&b.0));
    let middle = |(low, high): Corners| 0.5 * (low + high);
    ObjectScore {
        id,
        name,
        box_iou: best.map_or(0.0, |(iou, _)| iou),
        offset: best.map(|(_, corners)| middle(corners).distance(middle(truth)) as f64),
    }
}

/// Intersection over union of two axis-aligned boxes, 0..1. A box that is flat has the thickness of a micrometre.
pub fn box_iou(a: Corners, b: Corners) -> f64 {
    let volume = |(low, high): Corners| (high - low).as_dvec3().max(glam::DVec3::splat(1e-6)).element_product();
    let (low, high) = (a.0.max(b.0), a.1.min(b.1));
    if low.cmpgt(high).any() {
        return 0.0;
    }
    let both = volume((low, high));
    both / (volume(a) + volume(b) - both)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(x: f32) -> Corners {
        (Vec3::new(x, 0.0, 0.0), Vec3::new(x + 1.0, 1.0, 1.0))
    }

    #[test]
    fn overlaps_are_those_of_cubes() {
        assert!((box_iou(unit(0.0), unit(0.0)) - 1.0).abs() < 1e-9);
        assert!((box_iou(unit(0.0), unit(0.5)) - 1.0 / 3.0).abs() < 1e-6);
        assert_eq!(box_iou(unit(0.0), unit(2.0)), 0.0);
    }

    #[test]
    fn the_nearest_part_of_the_class_counts_and_no_other() {
        let found = [(1, unit(0.6)), (1, unit(0.2)), (2, unit(0.0))];
        let score = score_object(1, "chair".to_owned(), unit(0.0), &found);
        assert!((score.box_iou - 0.8 / 1.2).abs() < 1e-6 && (score.offset.unwrap() - 0.2).abs() < 1e-6, "{score:?}");
        let none = score_object(3, "lamp".to_owned(), unit(0.0), &found);
        assert_eq!((none.box_iou, none.offset), (0.0, None));
    }
}

//! Boxes about points: axis-aligned, and upright with the turn that makes them smallest.

use bevy::prelude::*;
use splat_core::bounds::{OBJECT_TRIM, trimmed_box, trimmed_span};

/// Turns that are tried over a quarter circle.
const TURNS: u32 = 90;

/// An axis-aligned box.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bounds {
    /// Lower corner.
    pub low: Vec3,
    /// Upper corner.
    pub high: Vec3,
}

impl Bounds {
    /// About points, without the outermost fiftieth on each side; `None` without points.
    pub fn around(points: &[Vec3]) -> Option<Self> {
        trimmed_box(points.iter().copied(), OBJECT_TRIM).map(|(low, high)| Self { low, high })
    }

    /// Middle.
    pub fn centre(&self) -> Vec3 {
        0.5 * (self.low + self.high)
    }

    /// Edges.
    pub fn size(&self) -> Vec3 {
        self.high - self.low
    }

    /// True for points inside.
    pub fn contains(&self, point: Vec3) -> bool {
        point.cmpge(self.low).all() && point.cmple(self.high).all()
    }

    /// Nearest point of the box.
    pub fn nearest(&self, point: Vec3) -> Vec3 {
        point.clamp(self.low, self.high)
    }
}

/// A box with a turn.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OrientedBox {
    /// Middle.
    pub centre: Vec3,
    /// From the box's axes to the space's; y is up.
    pub rotation: Quat,
    /// Half edges along the box's axes.
    pub half: Vec3,
}

impl OrientedBox {
    /// The upright box of least floor space about points; `up` has length 1. `None` without points.
    pub fn around(points: &[Vec3], up: Vec3) -> Option<Self> {
        let upright = Quat::from_rotation_arc(Vec3::Y, up);
        let height = span(points, up)?;
        let floor = |turn: u32| {
            let rotation = upright * Quat::from_rotation_y(turn as f32 / TURNS as f32 * std::f32::consts::FRAC_PI_2);
            let (x, z) = (span(points, rotation * Vec3::X)?, span(points, rotation * Vec3::Z)?);
            Some((rotation, x, z))
        };
        let area = |(_, x, z): &(Quat, [f32; 2], [f32; 2])| (x[1] - x[0]) * (z[1] - z[0]);
        let smallest = (0..TURNS).filter_map(floor).min_by(|a, b| area(a).total_cmp(&area(b)));
        let (rotation, x, z) = smallest?;
        let low = Vec3::new(x[0], height[0], z[0]);
        let high = Vec3::new(x[1], height[1], z[1]);
        Some(Self { centre: rotation * (0.5 * (low + high)), rotation, half: 0.5 * (high - low) })
    }
}

/// Where points lie along an axis, trimmed.
fn span(points: &[Vec3], axis: Vec3) -> Option<[f32; 2]> {
    trimmed_span(points.iter().map(|p| p.dot(axis)), OBJECT_TRIM)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The surface of a box of these half edges.
    fn brick(half: Vec3, place: impl Fn(Vec3) -> Vec3) -> Vec<Vec3> {
        let steps = || (-10..=10).map(|i| i as f32 / 10.0);
        let all = steps().flat_map(|x| steps().flat_map(move |y| steps().map(move |z| Vec3::new(x, y, z))));
        all.filter(|p| p.abs().max_element() == 1.0).map(|p| place(p * half)).collect()
    }

    #[test]
    fn boxes_find_size_place_and_turn() {
        let half = Vec3::new(1.0, 0.4, 0.25);
        let turn = Quat::from_rotation_y(0.5);
        let points = brick(half, |p| turn * p + Vec3::new(3.0, 1.0, -2.0));
        let found = OrientedBox::around(&points, Vec3::Y).unwrap();
        assert!(found.centre.abs_diff_eq(Vec3::new(3.0, 1.0, -2.0), 0.02), "{found:?}");
        let sorted = |v: Vec3| if v.x > v.z { v } else { v.zyx() };
        assert!(sorted(found.half).abs_diff_eq(half, 0.03), "{found:?}");
        let plain = Bounds::around(&points).unwrap();
        assert!(plain.size().x > 2.0 * half.x * 0.9 && plain.contains(found.centre));
    }

    #[test]
    fn up_may_be_any_axis_and_strays_do_not_count() {
        let mut points = brick(Vec3::new(0.5, 0.3, 0.9), |p| p);
        points.push(Vec3::splat(50.0));
        points.push(Vec3::NAN);
        let found = OrientedBox::around(&points, Vec3::Z).unwrap();
        assert!((found.half.y - 0.9).abs() < 0.02 && found.half.x.max(found.half.z) < 0.55, "{found:?}");
        assert!(OrientedBox::around(&[], Vec3::Y).is_none() && Bounds::around(&[]).is_none());
    }
}

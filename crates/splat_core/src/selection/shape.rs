//! Parts of a picture: what a hand draws to choose rows.

use super::RowSet;
use crate::camera::Camera;
use crate::cloud::Cloud;
use glam::Vec2;

/// A part of a picture, in pixels.
#[derive(Clone, Debug, PartialEq)]
pub enum ScreenShape {
    /// The rectangle between two corners, whichever.
    Rectangle(Vec2, Vec2),
    /// The inside of a closed line; where it crosses itself, what is encircled an odd number of times.
    Polygon(Vec<Vec2>),
    /// What a round brush passes over.
    Brush {
        /// The middle's way.
        points: Vec<Vec2>,
        /// Radius.
        radius: f32,
    },
}

impl ScreenShape {
    /// True for pixels inside.
    pub fn contains(&self, pixel: Vec2) -> bool {
        match self {
            Self::Rectangle(a, b) => pixel.cmpge(a.min(*b)).all() && pixel.cmple(a.max(*b)).all(),
            Self::Polygon(points) => encircled(points, pixel) % 2 == 1,
            Self::Brush { points, radius } => {
                let near = |a: Vec2, b: Vec2| distance_to_segment(pixel, a, b) <= *radius;
                points.first().is_some_and(|&p| near(p, p)) || points.windows(2).any(|p| near(p[0], p[1]))
            }
        }
    }

    /// The smallest rectangle that holds it, lower and upper corner; `None` where it holds nothing.
    pub fn bounds(&self) -> Option<(Vec2, Vec2)> {
        let around = |points: &[Vec2], margin: f32| {
            let low = points.iter().copied().reduce(Vec2::min)?;
            let high = points.iter().copied().reduce(Vec2::max)?;
            Some((low - margin, high + margin))
        };
        match self {
            Self::Rectangle(a, b) => Some((a.min(*b), a.max(*b))),
            Self::Polygon(points) if points.len() < 3 => None,
            Self::Polygon(points) => around(points, 0.0),
            Self::Brush { points, radius } => around(points, *radius),
        }
    }
}

/// Rows whose mean a camera of the cloud's space sees inside a shape, whatever stands before them. Where rays are parallel, focal
/// lengths are pixels per unit of the cloud's space.
pub fn rows_seen_in(cloud: &Cloud, camera: &Camera, is_parallel: bool, shape: &ScreenShape) -> RowSet {
    let mut seen = RowSet::none(cloud.len());
    let Some((low, high)) = shape.bounds() else { return seen };
    let view_from_cloud = camera.view_from_world_f32();
    let k = &camera.intrinsics;
    let (focal, middle) = (Vec2::new(k.fx as f32, k.fy as f32), Vec2::new(k.cx as f32, k.cy as f32));
    for (&mean, row) in cloud.means.iter().zip(0..) {
        let in_view = view_from_cloud.transform_point3(mean);
        let pixel = focal * in_view.truncate() / if is_parallel { 1.0 } else { in_view.z } + middle;
        // Comparisons with a mean that is no number are false.
        let is_near = in_view.z > 1e-6 && pixel.cmpge(low).all() && pixel.cmple(high).all();
        seen.set(row, is_near && shape.contains(pixel));
    }
    seen
}

/// Edges of the closed line that a ray to the right of a pixel meets.
fn encircled(points: &[Vec2], pixel: Vec2) -> usize {
    let edges = points.iter().zip(points.iter().cycle().skip(1));
    let meets = |(a, b): &(&Vec2, &Vec2)| {
        // Half open, so that a corner at the ray's own height counts once.
        let passes = (a.y > pixel.y) != (b.y > pixel.y);
        passes && pixel.x < a.x + (pixel.y - a.y) / (b.y - a.y) * (b.x - a.x)
    };
    edges.filter(meets).count()
}

fn distance_to_segment(point: Vec2, a: Vec2, b: Vec2) -> f32 {
    let way = b - a;
    let share = if way == Vec2::ZERO { 0.0 } else { ((point - a).dot(way) / way.length_squared()).clamp(0.0, 1.0) };
    point.distance(a + share * way)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_hold_what_lies_in_them() {
        let inside = |shape: &ScreenShape, x, y| {
            let is_in = shape.contains(Vec2::new(x, y));
            assert!(
                !is_in
                    || shape.bounds().is_some_and(|(low, high)| x >= low.x && y >= low.y && x <= high.x && y <= high.y)
            );
            is_in
        };
        let rectangle = ScreenShape::Rectangle(Vec2::new(9.0, 1.0), Vec2::new(2.0, 4.0));
        assert!(inside(&rectangle, 2.0, 4.0) && inside(&rectangle, 5.0, 2.0) && !inside(&rectangle, 5.0, 4.5));
        // An L, whose notch is outside.
        let corners = [(0.0, 0.0), (6.0, 0.0), (6.0, 2.0), (2.0, 2.0), (2.0, 6.0), (0.0, 6.0)];
        let lasso = ScreenShape::Polygon(corners.map(Vec2::from).to_vec());
        assert!(inside(&lasso, 1.0, 5.0) && inside(&lasso, 5.0, 1.0) && inside(&lasso, 1.0, 2.0));
        assert!(!inside(&lasso, 4.0, 4.0) && !inside(&lasso, -1.0, 2.0));
        let stroke = ScreenShape::Brush { points: vec![Vec2::ZERO, Vec2::new(10.0, 0.0)], radius: 2.0 };
        assert!(inside(&stroke, 5.0, 1.9) && inside(&stroke, 11.0, 1.0) && !inside(&stroke, 5.0, 2.1));
        let dab = ScreenShape::Brush { points: vec![Vec2::ZERO], radius: 2.0 };
        assert!(inside(&dab, 1.0, 1.0) && !inside(&dab, 2.0, 2.0));
        let seen = {
            let k = crate::Intrinsics::from_vertical_fov(100, 100, 1.0);
            let eye = glam::DVec3::new(0.0, 0.0, 4.0);
            let camera = Camera::looking_at(k, eye, glam::DVec3::ZERO, glam::DVec3::Y);
            let means = [glam::Vec3::ZERO, glam::Vec3::X * 0.5, glam::Vec3::Z * 9.0, glam::Vec3::NAN].to_vec();
            let right = ScreenShape::Rectangle(Vec2::new(55.0, 0.0), Vec2::splat(100.0));
            let cloud = Cloud { means, ..Default::default() };
            [false, true].map(|is_parallel| rows_seen_in(&cloud, &camera, is_parallel, &right))
        };
        assert_eq!(seen[0].rows().collect::<Vec<_>>(), [1]);
        assert_eq!(seen[1], seen[0], "a pixel a unit is less, but the same side");
        for nothing in [ScreenShape::Polygon(vec![]), ScreenShape::Brush { points: vec![], radius: 9.0 }] {
            assert!(!inside(&nothing, 0.0, 0.0) && nothing.bounds().is_none());
        }
    }
}

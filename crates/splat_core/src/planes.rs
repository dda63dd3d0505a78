//! Planes: flat pieces of one class.

use glam::{Vec2, Vec3};

/// A rectangle of a plane that holds one class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassPlane {
    /// Class column.
    pub column: u16,
    /// Unit normal, world space; its sign means nothing.
    pub normal: Vec3,
    /// The plane is where normal . x = offset, world units.
    pub offset: f32,
    /// Unit vectors along the rectangle's sides.
    pub sides: [Vec3; 2],
    /// Middle of the rectangle along the sides: sides[k] . x, world units.
    pub middle: Vec2,
    /// Half lengths of the sides, world units.
    pub half: Vec2,
    /// How far the plane pulls from, to both sides and beyond its rectangle, world units.
    pub reach: f32,
}

impl ClassPlane {
    /// Distance of a point along the normal, world units.
    pub fn distance(&self, point: Vec3) -> f32 {
        self.normal.dot(point) - self.offset
    }

    /// What its pull is multiplied by, 0..1: planes that reach less far than `most` (world units), since the next surface is
    /// near, pull less.
    pub fn strength(&self, most: f32) -> f32 {
        self.reach / most.max(f32::MIN_POSITIVE)
    }

    /// True where the point's foot lies in the rectangle or not further than `margin` (world units) from its sides.
    pub fn is_beside(&self, point: Vec3, margin: f32) -> bool {
        let at = Vec2::new(self.sides[0].dot(point), self.sides[1].dot(point));
        (at - self.middle).abs().cmple(self.half + margin).all()
    }
}

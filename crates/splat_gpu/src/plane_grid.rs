//! Which planes pull in which part of space: a grid of cubes with lists, so that a row looks at the few planes around it.

use glam::{UVec3, Vec3};
use splat_core::ClassPlane;

/// Cells at most: they grow until there are no more.
const MOST_CELLS: f32 = 100_000.0;

/// Cubes that hold all that planes reach.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaneGrid {
    /// Corner of the first cell, world space.
    pub low: Vec3,
    /// Length of a cell's sides, world units.
    pub cell: f32,
    /// Cells along the axes.
    pub counts: UVec3,
    /// `[cells + 1]` first entry of a cell, x fastest, and the end.
    pub firsts: Vec<u32>,
    /// Plane and its class column, planes ascending.
    pub entries: Vec<[u32; 2]>,
}

impl PlaneGrid {
    /// Cells of planes, about as large as `cell` (world units).
    pub fn new(planes: &[ClassPlane], cell: f32) -> Self {
        let bounds = planes.iter().map(bounds);
        let (low, high) = bounds.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).unwrap_or_default();
        let size = high - low;
        let mut cell = cell.max(f32::MIN_POSITIVE);
        while (size / cell + 1.0).element_product() > MOST_CELLS {
            cell *= 1.1;
        }
        let counts = (size / cell).as_uvec3() + 1;
        let mut lists = vec![Vec::new(); counts.element_product() as usize];
        for (index, plane) in planes.iter().enumerate() {
            let (first, last) = bounds_in_cells(plane, low, cell, counts);
            for z in first.z..=last.z {
                for y in first.y..=last.y {
                    for x in first.x..=last.x {
                        let middle = low + cell * (UVec3::new(x, y, z).as_vec3() + 0.5);
                        if reaches(plane, middle, 0.5 * cell) {
                            let at = (z * counts.y + y) * counts.x + x;
                            lists[at as usize].push([index as u32, u32::from(plane.column)]);
                        }
                    }
                }
            }
        }
        let mut firsts = vec![0];
        firsts.extend(lists.iter().scan(0, |end, list| {
            *end += list.len() as u32;
            Some(*end)
        }));
        Self { low, cell, counts, firsts, entries: lists.concat() }
    }
}

/// The box of what a plane reaches, a hair larger.
fn bounds(plane: &ClassPlane) -> (Vec3, Vec3) {
    let [u, v] = plane.sides;
    let middle = plane.offset * plane.normal + plane.middle.x * u + plane.middle.y * v;
    let half = plane.half + plane.reach;
    let reach = 1.01 * (half.x * u.abs() + half.y * v.abs() + plane.reach * plane.normal.abs());
    (middle - reach, middle + reach)
}

/// First and last cell of that box.
fn bounds_in_cells(plane: &ClassPlane, low: Vec3, cell: f32, counts: UVec3) -> (UVec3, UVec3) {
    let (from, to) = bounds(plane);
    let at = |point: Vec3| ((point - low) / cell).max(Vec3::ZERO).as_uvec3().min(counts - 1);
    (at(from), at(to))
}

/// True where the plane reaches into a cube, or nearly.
fn reaches(plane: &ClassPlane, middle: Vec3, half: f32) -> bool {
    let room = |axis: Vec3| plane.reach + 1.01 * half * axis.abs().element_sum();
    let [u, v] = plane.sides;
    plane.distance(middle).abs() <= room(plane.normal)
        && (u.dot(middle) - plane.middle.x).abs() <= plane.half.x + room(u)
        && (v.dot(middle) - plane.middle.y).abs() <= plane.half.y + room(v)
}

//! Bodies that furniture is put together from. All stand around the origin; z is up.

use super::patch::{Patch, Shape, steps};
use crate::maths::{cos, pow, sin};
use glam::{Vec2, Vec3};
use std::f32::consts::TAU;

/// Faces of a box by [`Patch::face`].
pub mod face {
    /// Towards -x.
    pub const LEFT: u8 = 0;
    /// Towards +x.
    pub const RIGHT: u8 = 1;
    /// Towards -y.
    pub const BACK: u8 = 2;
    /// Towards +y.
    pub const FRONT: u8 = 3;
    /// Towards -z.
    pub const BOTTOM: u8 = 4;
    /// Towards +z.
    pub const TOP: u8 = 5;
}

/// u axis, v axis and outward normal per face; u x v = normal.
const AXES: [(Vec3, Vec3, Vec3); 6] = [
    (Vec3::NEG_Y, Vec3::Z, Vec3::NEG_X),
    (Vec3::Y, Vec3::Z, Vec3::X),
    (Vec3::X, Vec3::Z, Vec3::NEG_Y),
    (Vec3::NEG_X, Vec3::Z, Vec3::Y),
    (Vec3::X, Vec3::NEG_Y, Vec3::NEG_Z),
    (Vec3::X, Vec3::Y, Vec3::Z),
];

/// How finely a box is cut.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    /// Rounding radius of edges and corners, metres; 0 for sharp ones.
    pub radius: f32,
    /// Cells across half a rounded edge.
    pub bevel_cells: usize,
    /// Largest cell between the edges, metres.
    pub cell: f32,
}

impl Cut {
    /// A bevel that is cut once, without cells between the edges.
    pub fn bevel(radius: f32) -> Self {
        Self { radius, bevel_cells: 1, cell: 10.0 }
    }

    /// A soft body: rounded in three cells, with cells of `cell` metres to bend.
    pub fn soft(radius: f32, cell: f32) -> Self {
        Self { radius, bevel_cells: 3, cell }
    }
}

/// A box of full size `size` with rounded edges: the points at distance `radius` from the inner box.
pub fn block(size: Vec3, cut: Cut) -> Shape {
    let half = 0.5 * size;
    let radius = cut.radius.min(0.98 * half.min_element()).max(0.0);
    let inner = half - Vec3::splat(radius);
    let across = |h: f32| {
        let mut s = steps(-(h - radius), h - radius, cut.cell);
        if radius > 0.0 {
            let n = cut.bevel_cells.max(1);
            let bevel: Vec<f32> = (1..=n).map(|i| radius * i as f32 / n as f32).collect();
            s = bevel.iter().rev().map(|b| -(h - radius) - b).chain(s).collect();
            s.extend(bevel.iter().map(|b| h - radius + b));
        }
        s
    };
    let side = |face: usize| {
        let (eu, ev, n) = AXES[face];
        let (us, vs) = (across(half.dot(eu.abs())), across(half.dot(ev.abs())));
        let place = |u: f32, v: f32| {
            let q = eu * u + ev * v + n * half.dot(n.abs());
            let core = q.clamp(-inner, inner);
            let normal = if radius > 0.0 { (q - core).normalize() } else { n };
            (core + normal * radius, normal)
        };
        let grid: Vec<(Vec3, Vec3)> = vs.iter().flat_map(|&v| us.iter().map(move |&u| place(u, v))).collect();
        let (positions, normals) = grid.into_iter().unzip();
        let mut patch = Patch::new(us.clone(), vs.clone(), positions, normals);
        patch.face = face as u8;
        patch
    };
    Shape((0..6).map(side).collect())
}

/// [`block`] given by two corners.
pub fn block_between(low: Vec3, high: Vec3, cut: Cut) -> Shape {
    block(high - low, cut).moved(0.5 * (low + high))
}

/// A pillow of full size `size` (x wide, y tall, z thick): thick in the middle, thin towards the seam, corners drawn out.
pub fn pillow(size: Vec3, cells: usize) -> Shape {
    let grid: Vec<f32> = (0..=cells)
        .map(|i| {
            // Closer rows near the seam, where the surface bends most.
            let t = 2.0 * i as f32 / cells as f32 - 1.0;
            t * (1.5 - 0.5 * t * t)
        })
        .collect();
    let scale = |s: f32| grid.iter().map(|t| 0.5 * s * t).collect::<Vec<f32>>();
    let side = |up: f32| {
        let place = move |u: f32, v: f32| {
            let (a, b) = ((2.0 * u / size.x).clamp(-1.0, 1.0), (2.0 * v / size.y).clamp(-1.0, 1.0));
            let profile = |t: f32| (1.0 - t * t * t * t).max(0.0);
            let thickness = pow(profile(a) * profile(b), 0.55);
            // Sides curve in a little between the corners.
            let draw = |along: f32, across: f32| along * (1.0 - 0.07 * (1.0 - across * across) * along.abs());
            Vec3::new(0.5 * size.x * draw(a, b), 0.5 * size.y * draw(b, a) * up, 0.5 * size.z * thickness * up)
        };
        Patch::from_fn(scale(size.x), scale(size.y), place)
    };
    Shape(vec![side(1.0), side(-1.0)])
}

/// A surface of revolution about z. `profile` lists (radius, height) with the body on its left as it is walked:
/// bottom centre, outwards, up, and back in. Corners sharper than about 35 degrees stay sharp.
pub fn lathe(profile: &[(f32, f32)], sides: usize) -> Shape {
    let points: Vec<Vec2> = profile.iter().map(|&(r, z)| Vec2::new(r, z)).collect();
    let mut runs = vec![vec![points[0]]];
    for i in 1..points.len() {
        let last = runs.len() - 1;
        runs[last].push(points[i]);
        let sharp = points.get(i + 1).is_some_and(|next| {
            let (a, b) = (points[i] - points[i - 1], *next - points[i]);
            a.normalize_or_zero().dot(b.normalize_or_zero()) < 0.82
        });
        if sharp {
            runs.push(vec![points[i]]);
        }
    }
    Shape(runs.iter().filter(|run| run.len() > 1).map(|run| revolve(run, sides)).collect())
}

fn revolve(run: &[Vec2], sides: usize) -> Patch {
    let widest = run.iter().map(|p| p.x).fold(0.0, f32::max);
    let us: Vec<f32> = (0..=sides).map(|i| TAU * widest * i as f32 / sides as f32).collect();
    let mut vs = vec![0.0];
    for pair in run.windows(2) {
        vs.push(vs[vs.len() - 1] + pair[0].distance(pair[1]).max(1e-4));
    }
    let slope = |i: usize| {
        let before = if i > 0 { (run[i] - run[i - 1]).normalize_or_zero() } else { Vec2::ZERO };
        let after = if i + 1 < run.len() { (run[i + 1] - run[i]).normalize_or_zero() } else { Vec2::ZERO };
        (before + after).normalize_or_zero()
    };
    let (mut positions, mut normals) = (Vec::new(), Vec::new());
    for (i, p) in run.iter().enumerate() {
        let d = slope(i);
        for k in 0..=sides {
            // The last column repeats the first one exactly.
            let angle = TAU * (k % sides) as f32 / sides as f32;
            let (s, c) = (sin(angle), cos(angle));
            positions.push(Vec3::new(p.x * c, p.x * s, p.y));
            normals.push(Vec3::new(d.y * c, d.y * s, -d.x).normalize_or(Vec3::Z));
        }
    }
    Patch::new(us, vs, positions, normals)
}

/// A round rod along a curve: `centres` with a radius each, `sides` around.
pub fn tube(centres: &[(Vec3, f32)], sides: usize) -> Shape {
    let widest = centres.iter().map(|c| c.1).fold(0.0, f32::max);
    let us: Vec<f32> = (0..=sides).map(|i| TAU * widest * i as f32 / sides as f32).collect();
    let mut vs = vec![0.0];
    for pair in centres.windows(2) {
        vs.push(vs[vs.len() - 1] + pair[0].0.distance(pair[1].0).max(1e-4));
    }
    let last = centres.len() - 1;
    let (mut positions, mut normals) = (Vec::new(), Vec::new());
    let mut reference = Vec3::X;
    for (i, &(centre, radius)) in centres.iter().enumerate() {
        let along = (centres[(i + 1).min(last)].0 - centres[i.saturating_sub(1)].0).normalize();
        // The frame is carried along the curve, so that the rod does not twist.
        let side = (reference - along * reference.dot(along)).try_normalize().unwrap_or(Vec3::Y);
        let other = along.cross(side);
        reference = side;
        for k in 0..=sides {
            let angle = TAU * (k % sides) as f32 / sides as f32;
            let n = side * cos(angle) + other * sin(angle);
            positions.push(centre + n * radius);
            normals.push(n);
        }
    }
    Patch::new(us, vs, positions, normals).into()
}

/// A straight round leg or rod from `a` to `b`.
pub fn rod(a: Vec3, b: Vec3, radius: (f32, f32), sides: usize) -> Shape {
    tube(&[(a, radius.0), (b, radius.1)], sides)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outward(shape: &Shape) {
        for patch in &shape.0 {
            let n = patch.columns();
            for j in 0..patch.vs.len() - 1 {
                for i in 0..n - 1 {
                    let p = |a: usize, b: usize| patch.positions[(j + b) * n + i + a];
                    let face =
                        (p(1, 0) - p(0, 0)).cross(p(0, 1) - p(0, 0)) + (p(0, 1) - p(1, 1)).cross(p(1, 0) - p(1, 1));
                    let normal = patch.normals[j * n + i] + patch.normals[(j + 1) * n + i + 1];
                    assert!(face.dot(normal) >= 0.0, "winding and normals disagree");
                    assert!(face.dot(p(0, 0) + p(1, 1)) >= -1e-7, "a face looks inwards");
                }
            }
        }
    }

    #[test]
    fn bodies_look_outwards() {
        outward(&block(Vec3::new(1.0, 0.6, 0.4), Cut::soft(0.1, 0.2)));
        outward(&block(Vec3::splat(1.0), Cut { radius: 0.0, bevel_cells: 0, cell: 9.0 }));
        outward(&pillow(Vec3::new(0.5, 0.5, 0.2), 8));
        outward(&lathe(&[(0.0, -0.5), (0.3, -0.5), (0.35, 0.0), (0.3, 0.5), (0.0, 0.5)], 16));
        outward(&rod(Vec3::NEG_Z, Vec3::Z, (0.1, 0.1), 8));
    }

    #[test]
    fn a_block_keeps_its_size() {
        let b = block(Vec3::new(1.0, 0.6, 0.4), Cut::bevel(0.05));
        let high = b.0.iter().flat_map(|p| &p.positions).fold(Vec3::ZERO, |a, p| a.max(*p));
        assert!((high - Vec3::new(0.5, 0.3, 0.2)).length() < 1e-5);
    }
}

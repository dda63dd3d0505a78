//! Planes of flat classes, from the sparse points: what the photographs say of walls where they show any texture at all.
//!
//! Points take the class that most views that see them say; points of one class are searched for planes; a class counts as
//! flat where its planes hold most of its points.

use crate::prepare::TrainingView;
use glam::{Mat3, Vec2, Vec3};
use kiddo::{ImmutableKdTree, SquaredEuclidean};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;
use splat_core::{ClassPlane, IGNORE_ID, SparsePoint};
use std::num::NonZero;

/// Points of a plane at least.
const LEAST_POINTS: usize = 30;
/// Distance of a plane's points from it, as a share of the scene's extent.
const THICKNESS: f32 = 0.005;
/// A plane's points are as many times as dense as those beside it, at least.
const LEAST_CONTRAST: f32 = 2.0;
/// Share of a class's points that its planes hold, for it to be flat.
const FLAT_SHARE: f32 = 0.75;
/// Triples that are tried for a plane.
const TRIES: usize = 500;
/// A triple is taken from a point and this many of its neighbours of the same class.
const NEIGHBOURHOOD: usize = 40;
/// Points of a class that are looked at, at most: evenly spaced ones where there are more.
const MOST_POINTS: usize = 10_000;
/// Planes of a class at most.
const MOST_PLANES: usize = 64;
/// Share of a plane's points that may lie outside of its rectangle, at either end.
const TRIM: f32 = 0.01;
/// Views that must agree on a point's class, and their share among those that see it.
const LEAST_VOTES: (u32, f32) = (2, 0.6);
/// Points that a cell of the grid which hides points holds, about.
const POINTS_A_CELL: f32 = 8.0;
/// A point is hidden where another of its cell is nearer by this factor.
const HIDDEN_BEYOND: f32 = 1.1;

/// The planes of the flat classes, by column.
pub fn class_planes(points: &[SparsePoint], views: &[TrainingView], extent: f32, seed: u64) -> Vec<ClassPlane> {
    let points: Vec<Vec3> = points.iter().map(|p| p.position).collect();
    let columns = point_columns(&points, views);
    let mut by_column: std::collections::BTreeMap<u16, Vec<Vec3>> = Default::default();
    for (point, column) in points.iter().zip(columns) {
        by_column.entry(column).or_default().push(*point);
    }
    by_column.remove(&IGNORE_ID);
    let planes = |(column, points): (u16, Vec<Vec3>)| flat_class(column, &points, THICKNESS * extent, seed);
    let found: Vec<ClassPlane> = by_column.into_iter().flat_map(planes).collect();
    
    found
}

/// `[points]` the class column that the views which see a point agree on; 65535 where they do not.
fn point_columns(points: &[Vec3], views: &[TrainingView]) -> Vec<u16> {
    let mut votes: Vec<Vec<(u16, u32)>> = vec![Vec::new(); points.len()];
    for view in views {
        let Some(columns) = &view.columns else { continue };
        for (point, pixel) in seen(points, view) {
            let column = columns[pixel];
            if column == IGNORE_ID {
                continue;
            }
            match votes[point].iter_mut().find(|(c, _)| *c == column) {
                Some((_, count)) => *count += 1,
                None => votes[point].push((column, 1)),
            }
        }
    }
    let winner = |votes: Vec<(u16, u32)>| {
        let all: u32 = votes.iter().map(|v| v.1).sum();
        let best = votes.into_iter().max_by_key(|v| v.1);
        let clear = best.filter(|&(_, count)| count >= LEAST_VOTES.0 && count as f32 >= LEAST_VOTES.1 * all as f32);
        clear.map_or(IGNORE_ID, |(column, _)| column)
    };
    votes.into_iter().map(winner).collect()
}

/// Points that a view sees, with the index of their pixel: those that no other point of the same small cell hides.
fn seen(points: &[Vec3], view: &TrainingView) -> Vec<(usize, usize)> {
    let k = &view.camera.intrinsics;
    let inside = |(index, point): (usize, &Vec3)| {
        let (pixel, depth) = view.camera.project(*point)?;
        let is_inside = pixel.cmpge(Vec2::ZERO).all() && pixel.x < k.width as f32 && pixel.y < k.height as f32;
        is_inside.then(|| (index, pixel.as_uvec2(), depth))
    };
    let inside: Vec<_> = points.iter().enumerate().filter_map(inside).collect();
    let cell_px = (POINTS_A_CELL * k.pixels() as f32 / inside.len().max(1) as f32).sqrt().max(1.0);
    let across = (k.width as f32 / cell_px) as usize + 1;
    let cell = |pixel: glam::UVec2| (pixel.y as f32 / cell_px) as usize * across + (pixel.x as f32 / cell_px) as usize;
    let mut nearest = vec![f32::INFINITY; across * ((k.height as f32 / cell_px) as usize + 1)];
    for (_, pixel, depth) in &inside {
        let at = &mut nearest[cell(*pixel)];
        *at = at.min(*depth);
    }
    let shown = inside.into_iter().filter(|(_, pixel, depth)| *depth <= HIDDEN_BEYOND * nearest[cell(*pixel)]);
    shown.map(|(index, pixel, _)| (index, (pixel.y * k.width + pixel.x) as usize)).collect()
}

/// The planes of one class; none where it is not flat.
fn flat_class(column: u16, points: &[Vec3], thickness: f32, seed: u64) -> Vec<ClassPlane> {
    let mut random = Pcg64Mcg::seed_from_u64(seed ^ 0x91a7 ^ (column as u64) << 32);
    let stride = points.len().div_ceil(MOST_POINTS).max(1);
    let mut rest: Vec<Vec3> = points.iter().step_by(stride).copied().collect();
    let all = rest.len();
    let (mut planes, mut held) = (Vec::new(), 0);
    while rest.len() >= LEAST_POINTS && planes.len() < MOST_PLANES {
        let Some((normal, offset)) = best_plane(&rest, thickness, &mut random) else { break };
        let on = |p: &Vec3| (normal.dot(*p) - offset).abs() <= thickness;
        let (on_plane, others): (Vec<Vec3>, Vec<Vec3>) = rest.iter().partition(|p| on(p));
        let plane = rectangle(column, normal, offset, &on_plane);
        // What lies beside the plane, in a shell on both sides that is as thick together as what it holds times two.
        let is_beside = |p: &&Vec3| plane.is_beside(**p, thickness) && plane.distance(**p).abs() < 3.0 * thickness;
        let density = LEAST_CONTRAST * others.iter().filter(is_beside).count() as f32;
        if on_plane.len() < LEAST_POINTS {
            break;
        }
        if 2.0 * on_plane.len() as f32 >= density {
            held += on_plane.len();
            planes.push(plane);
        }
        rest = others;
    }
    let flat: f32 = std::env::var("FLAT").ok().and_then(|s| s.parse().ok()).unwrap_or(FLAT_SHARE);
    eprintln!("column {column}: {held} of {all} points on {} planes", planes.len());
    if held as f32 >= flat * all as f32 { planes } else { Vec::new() }
}

/// The plane that most points lie on.
fn best_plane(points: &[Vec3], thickness: f32, random: &mut Pcg64Mcg) -> Option<(Vec3, f32)> {
    let positions: Vec<[f32; 3]> = points.iter().map(|p| p.to_array()).collect();
    let tree = ImmutableKdTree::new_from_slice(&positions).ok()?;
    let count = NonZero::new(NEIGHBOURHOOD.min(points.len()))?;
    let on = |normal: Vec3, offset: f32| move |p: &&Vec3| (normal.dot(**p) - offset).abs() <= thickness;
    let mut best = (0, Vec3::ZERO, 0.0);
    for _ in 0..TRIES {
        let first = random.random_range(0..points.len());
        let near = tree.query(&positions[first]).nearest_n::<SquaredEuclidean<f32>>(count).execute();
        let mut other = || points[near[random.random_range(0..near.len())].item as usize];
        let [a, b, c] = [points[first], other(), other()];
        let Some(normal) = (b - a).cross(c - a).try_normalize() else { continue };
        let held = points.iter().filter(on(normal, normal.dot(a))).count();
        if held > best.0 {
            best = (held, normal, normal.dot(a));
        }
    }
    let (mut normal, mut offset) = (best.1, best.2);
    for _ in 0..3 {
        let held: Vec<Vec3> = points.iter().filter(on(normal, offset)).copied().collect();
        (normal, offset) = fitted(&held, normal)?;
    }
    Some((normal, offset))
}

/// Least squares of the distances along a normal that is nearly right.
fn fitted(points: &[Vec3], normal: Vec3) -> Option<(Vec3, f32)> {
    let sides = sides_of(normal);
    let middle = points.iter().sum::<Vec3>() / points.len().max(1) as f32;
    let (mut square, mut right) = (Mat3::ZERO, Vec3::ZERO);
    for p in points {
        let away = *p - middle;
        let v = Vec3::new(sides[0].dot(away), sides[1].dot(away), 1.0);
        square += Mat3::from_cols(v * v.x, v * v.y, v * v.z);
        right += v * normal.dot(away);
    }
    let slopes = (square.determinant().abs() > 1e-12).then(|| square.inverse() * right)?;
    let normal = (normal - slopes.x * sides[0] - slopes.y * sides[1]).try_normalize()?;
    Some((normal, normal.dot(middle)))
}

/// Two unit vectors across a normal, one of them level along an axis.
fn sides_of(normal: Vec3) -> [Vec3; 2] {
    let axis = [Vec3::X, Vec3::Y, Vec3::Z].into_iter().min_by(|a, b| normal.dot(*a).abs().total_cmp(&normal.dot(*b).abs()));
    let first = normal.cross(axis.expect("three of them")).normalize();
    [first, normal.cross(first)]
}

fn rectangle(column: u16, normal: Vec3, offset: f32, points: &[Vec3]) -> ClassPlane {
    let sides = sides_of(normal);
    let bounds = sides.map(|side| {
        let mut along: Vec<f32> = points.iter().map(|p| side.dot(*p)).collect();
        along.sort_by(f32::total_cmp);
        let at = |share: f32| along.get((share * (along.len().max(1) - 1) as f32) as usize).copied().unwrap_or(0.0);
        (at(TRIM), at(1.0 - TRIM))
    });
    ClassPlane {
        column,
        normal,
        offset,
        sides,
        middle: Vec2::from(bounds.map(|(low, high)| 0.5 * (low + high))),
        half: Vec2::from(bounds.map(|(low, high)| 0.5 * (high - low))),
    }
}

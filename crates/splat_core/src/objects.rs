//! Objects: connected parts of one class.
//!
//! Rows of a class are dropped into cubes of edge `link`; cubes that touch, corners included, belong together. Two rows
//! closer than `link` are always joined, rows further apart than 3.5 `link` never directly.

use crate::bounds::trimmed_box;
use crate::cloud::Cloud;
use glam::{IVec3, Vec3};
use std::collections::BTreeMap;

/// What counts as an object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ObjectOptions {
    /// Gap that is bridged, in world units; 0: 1.2 % of the diagonal that most of the cloud spans.
    pub link: f32,
    /// Least Gaussians of an object; fewer are crumbs.
    pub min_rows: usize,
    /// Least softmax probability of a Gaussian's class, 0..1.
    pub min_probability: f32,
    /// Least opacity of a Gaussian, 0..1: what is fainter is hardly seen.
    pub min_opacity: f32,
}

impl Default for ObjectOptions {
    fn default() -> Self {
        Self { link: 0.0, min_rows: 30, min_probability: 0.5, min_opacity: 0.1 }
    }
}

/// A connected part of one class.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Class column.
    pub column: usize,
    /// Its rows, ascending.
    pub rows: Vec<u32>,
    /// Mean of the means, world units.
    pub centroid: Vec3,
    /// Lower corner of the means' bounds.
    pub low: Vec3,
    /// Upper corner.
    pub high: Vec3,
    /// Mean probability of the class over its rows.
    pub probability: f32,
}

/// The objects of a cloud, by column, the ones with most rows first.
pub fn objects(cloud: &Cloud, options: &ObjectOptions) -> Vec<Object> {
    let link = if options.link > 0.0 { options.link } else { 0.012 * typical_diagonal(cloud) }.max(1e-6);
    let mut by_column: BTreeMap<usize, Vec<(u32, f32)>> = BTreeMap::new();
    for row in 0..cloud.len() {
        let Some((column, probability)) = cloud.row_class(row) else { continue };
        let counts = probability >= options.min_probability
            && cloud.opacity(row) >= options.min_opacity
            && cloud.means[row].is_finite();
        if counts {
            by_column.entry(column).or_default().push((row as u32, probability));
        }
    }
    let mut found = Vec::new();
    for (column, rows) in by_column {
        let mut parts = connected(cloud, &rows, link);
        parts.retain(|part| part.len() >= options.min_rows.max(1));
        parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
        found.extend(parts.into_iter().map(|part| describe(cloud, column, &part)));
    }
    found
}

/// Diagonal of the box that most of the cloud lies in.
fn typical_diagonal(cloud: &Cloud) -> f32 {
    trimmed_box(cloud.means.iter().copied(), 0.02).map_or(0.0, |(low, high)| low.distance(high))
}

/// Splits rows into parts that touch.
fn connected(cloud: &Cloud, rows: &[(u32, f32)], link: f32) -> Vec<Vec<(u32, f32)>> {
    let cube_of = |row: u32| (cloud.means[row as usize] / link).floor().as_ivec3();
    let mut cubes: BTreeMap<[i32; 3], Vec<(u32, f32)>> = BTreeMap::new();
    for &(row, probability) in rows {
        cubes.entry(cube_of(row).to_array()).or_default().push((row, probability));
    }
    let mut parts = Vec::new();
    while let Some((first, seed)) = cubes.pop_first() {
        let mut part = seed;
        let mut open = vec![first];
        while let Some(cube) = open.pop() {
            for neighbour in neighbours(cube) {
                if let Some(more) = cubes.remove(&neighbour) {
                    part.extend(more);
                    open.push(neighbour);
                }
            }
        }
        part.sort_unstable_by_key(|(row, _)| *row);
        parts.push(part);
    }
    parts
}

fn neighbours(cube: [i32; 3]) -> impl Iterator<Item = [i32; 3]> {
    let steps = || -1..=1;
    let all = steps().flat_map(move |x| steps().flat_map(move |y| steps().map(move |z| IVec3::new(x, y, z))));
    all.filter(|step| *step != IVec3::ZERO).map(move |step| IVec3::from_array(cube).saturating_add(step).to_array())
}

fn describe(cloud: &Cloud, column: usize, part: &[(u32, f32)]) -> Object {
    let mean = |row: u32| cloud.means[row as usize];
    let n = part.len() as f64;
    let centroid = part.iter().map(|(row, _)| mean(*row).as_dvec3()).sum::<glam::DVec3>() / n;
    let bounds = |pick: fn(Vec3, Vec3) -> Vec3| part.iter().map(|(row, _)| mean(*row)).reduce(pick).unwrap_or_default();
    Object {
        column,
        rows: part.iter().map(|(row, _)| *row).collect(),
        centroid: centroid.as_vec3(),
        low: bounds(Vec3::min),
        high: bounds(Vec3::max),
        probability: (part.iter().map(|(_, p)| *p as f64).sum::<f64>() / n) as f32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labels::{ClassInfo, LabelSet};

    /// Opaque Gaussians of class 0 at the given positions along x.
    fn cloud(xs: &[f32]) -> Cloud {
        let class = |id| ClassInfo { id, name: format!("class {id}"), colour: [0; 3], pixel_count: 0 };
        Cloud {
            means: xs.iter().map(|&x| Vec3::new(x, 0.0, 0.0)).collect(),
            log_scales: vec![Vec3::ZERO; xs.len()],
            rotations: vec![[1.0, 0.0, 0.0, 0.0]; xs.len()],
            opacity_logits: vec![4.0; xs.len()],
            sh: vec![[0.0; 3]; xs.len()],
            logits: xs.iter().flat_map(|_| [5.0, 0.0]).collect(),
            classes: LabelSet { classes: vec![class(3), class(4)] },
            ..Cloud::default()
        }
    }

    #[test]
    fn parts_that_touch_are_one_object() {
        let options = ObjectOptions { link: 1.0, min_rows: 2, ..Default::default() };
        let found = objects(&cloud(&[0.1, 0.9, 1.8, 2.7, 9.0, 9.5, 30.0]), &options);
        let rows: Vec<&[u32]> = found.iter().map(|o| o.rows.as_slice()).collect();
        assert_eq!(rows, [&[0, 1, 2, 3][..], &[4, 5]], "the last one is a crumb");
        assert_eq!((found[0].low.x, found[0].high.x, found[0].column), (0.1, 2.7, 0));
    }

    #[test]
    fn rows_that_are_not_finite_or_not_sure_are_no_part() {
        let mut cloud = cloud(&[0.0, f32::NAN, 0.2]);
        cloud.logits[4] = 0.1;
        let found =
            objects(&cloud, &ObjectOptions { link: 1.0, min_rows: 1, min_probability: 0.9, ..Default::default() });
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].rows, [0]);
        assert!(objects(&Cloud::default(), &ObjectOptions::default()).is_empty());
    }
}

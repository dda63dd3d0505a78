//! Semantic occupancy: what stands where, as voxels that carry a class. For navigation.
//!
//! A Gaussian fills a voxel by its opacity times exp(-d^2 / 2), d the Mahalanobis distance of the voxel's centre from the
//! Gaussian blurred by half a voxel, so that walls thinner than a voxel are not lost between centres. A voxel is occupied
//! where these sum to `OccupancyOptions::least`; its class is the one that fills most of it.

use crate::bounds::trimmed_box;
use crate::cloud::Cloud;
use glam::{Mat3, Vec3};
use std::collections::BTreeMap;

/// Class column of a free voxel, and of an occupied one in a cloud without classes.
pub const FREE: u16 = u16::MAX;
/// Class column of an occupied voxel of a cloud without classes.
pub const UNCLASSED: u16 = u16::MAX - 1;
/// Most voxels of a grid.
const MOST_VOXELS: f64 = 2.68e8;
/// Share of the rows on each side and axis that the grid passes over.
const STRAYS: f32 = 0.001;
/// Standard deviations within which a Gaussian fills.
const REACH: f32 = 2.0;

/// How a grid is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OccupancyOptions {
    /// Edge of a voxel, world units.
    pub voxel: f32,
    /// Filling from which a voxel is occupied.
    pub least: f32,
    /// Least opacity of a Gaussian, 0..1.
    pub min_opacity: f32,
}

impl Default for OccupancyOptions {
    fn default() -> Self {
        Self { voxel: 0.1, least: 0.5, min_opacity: 0.1 }
    }
}

/// Voxels with classes.
#[derive(Clone, Debug, PartialEq)]
pub struct OccupancyGrid {
    /// Lower corner of voxel (0, 0, 0), in the cloud's space.
    pub origin: Vec3,
    /// Edge of a voxel.
    pub voxel: f32,
    /// Voxels along x, y, z.
    pub size: [usize; 3],
    /// `[X, Y, Z]`, z fastest: class column, [`FREE`] or [`UNCLASSED`].
    pub columns: Vec<u16>,
}

impl OccupancyGrid {
    /// The grid of a cloud over the box that holds all but the outermost thousandth of its Gaussians on each side.
    ///
    /// # Errors
    /// A voxel size that is not above 0, or so small that the grid would have more than 2^28 voxels; in words.
    pub fn new(cloud: &Cloud, options: &OccupancyOptions) -> Result<Self, String> {
        let voxel = options.voxel;
        if !(voxel.is_finite() && voxel > 0.0) {
            return Err(format!("a voxel of {voxel} has no size"));
        }
        let counts: Vec<usize> = (0..cloud.len())
            .filter(|&row| cloud.means[row].is_finite() && cloud.opacity(row) >= options.min_opacity)
            .collect();
        let (low, high) = trimmed_box(counts.iter().map(|&row| cloud.means[row]), STRAYS).unwrap_or_default();
        let cells = ((high - low) / voxel).floor() + 1.0;
        if cells.as_dvec3().element_product() > MOST_VOXELS {
            let [x, y, z] = cells.to_array();
            return Err(format!("voxels of {voxel} would make a grid of {x} x {y} x {z}; use larger ones"));
        }
        let size = cells.to_array().map(|n| n as usize);
        let mut grid = Self { origin: low, voxel, size, columns: vec![FREE; size.iter().product()] };
        let mut filled: BTreeMap<usize, BTreeMap<u16, f32>> = BTreeMap::new();
        for row in counts {
            let column = cloud.row_class(row).map_or(UNCLASSED, |(column, _)| column as u16);
            grid.fill(cloud, row, |index, share| *filled.entry(index).or_default().entry(column).or_default() += share);
        }
        for (index, shares) in filled {
            let most = shares.iter().max_by(|a, b| a.1.total_cmp(b.1)).map(|(column, _)| *column);
            if shares.values().sum::<f32>() >= options.least {
                grid.columns[index] = most.unwrap_or(UNCLASSED);
            }
        }
        Ok(grid)
    }

    /// Calls back with every voxel that a row fills, and how much.
    fn fill(&self, cloud: &Cloud, row: usize, mut add: impl FnMut(usize, f32)) {
        let [w, x, y, z] = cloud.rotations[row];
        let turn = Mat3::from_quat(glam::Quat::from_xyzw(x, y, z, w).normalize());
        let axes = turn * Mat3::from_diagonal(cloud.log_scales[row].exp());
        let blur = 0.5 * self.voxel;
        let covariance = axes * axes.transpose() + Mat3::from_diagonal(Vec3::splat(blur * blur));
        let precision = covariance.inverse();
        if !precision.is_finite() {
            return;
        }
        let mean = cloud.means[row];
        let reach = REACH * Vec3::new(covariance.x_axis.x, covariance.y_axis.y, covariance.z_axis.z).map(f32::sqrt);
        let cell = |corner: Vec3| {
            let cell = ((corner - self.origin) / self.voxel).floor();
            [0, 1, 2].map(|axis| (cell[axis].max(0.0) as usize).min(self.size[axis] - 1))
        };
        let (low, high) = (cell(mean - reach), cell(mean + reach));
        let opacity = cloud.opacity(row);
        for i in low[0]..=high[0] {
            for j in low[1]..=high[1] {
                for k in low[2]..=high[2] {
                    let d = self.centre([i, j, k]) - mean;
                    let d2 = d.dot(precision * d);
                    if d2 <= REACH * REACH {
                        add(self.index([i, j, k]), opacity * (-0.5 * d2).exp());
                    }
                }
            }
        }
    }

    /// Middle of a voxel, in the cloud's space.
    pub fn centre(&self, cell: [usize; 3]) -> Vec3 {
        self.origin + (Vec3::from_array(cell.map(|i| i as f32)) + 0.5) * self.voxel
    }

    /// The voxel that holds a point of the cloud's space; `None` outside the grid.
    pub fn cell(&self, point: Vec3) -> Option<[usize; 3]> {
        let cell = ((point - self.origin) / self.voxel).floor();
        let inside = |axis: usize| cell[axis] >= 0.0 && cell[axis] < self.size[axis] as f32;
        (inside(0) && inside(1) && inside(2)).then(|| cell.to_array().map(|i| i as usize))
    }

    /// What a voxel holds: its class column, [`UNCLASSED`], or [`FREE`].
    pub fn column(&self, cell: [usize; 3]) -> u16 {
        self.columns[self.index(cell)]
    }

    /// Occupied voxels.
    pub fn occupied(&self) -> usize {
        self.columns.iter().filter(|&&column| column != FREE).count()
    }

    fn index(&self, [i, j, k]: [usize; 3]) -> usize {
        (i * self.size[1] + j) * self.size[2] + k
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labels::{ClassInfo, LabelSet};

    /// A floor of class 0 and a post of class 1 on it.
    fn room() -> Cloud {
        let class = |id| ClassInfo { id, name: format!("class {id}"), colour: [0; 3], pixel_count: 0 };
        let mut cloud = Cloud { classes: LabelSet { classes: vec![class(1), class(2)] }, ..Cloud::default() };
        let mut add = |mean: Vec3, logits: [f32; 2]| {
            cloud.means.push(mean);
            cloud.log_scales.push(Vec3::splat(0.02f32.ln()));
            cloud.rotations.push([1.0, 0.0, 0.0, 0.0]);
            cloud.opacity_logits.push(4.0);
            cloud.sh.push([0.0; 3]);
            cloud.logits.extend(logits);
        };
        for i in 0..60 {
            for j in 0..60 {
                add(Vec3::new(i as f32 * 0.05, j as f32 * 0.05, 0.0), [5.0, 0.0]);
            }
            add(Vec3::new(1.52, 1.52, 0.1 + i as f32 * 0.025), [0.0, 5.0]);
        }
        cloud
    }

    #[test]
    fn voxels_say_what_stands_where() {
        let grid = OccupancyGrid::new(&room(), &OccupancyOptions::default()).unwrap();
        let at = |x, y, z| grid.cell(Vec3::new(x, y, z)).map(|cell| grid.column(cell));
        assert_eq!(at(0.7, 2.2, 0.02), Some(0));
        assert_eq!(at(1.52, 1.52, 1.0), Some(1));
        assert_eq!(at(0.7, 2.2, 1.0), Some(FREE));
        assert_eq!(at(9.0, 0.0, 0.0), None);
        assert!(grid.occupied() > 800 && grid.occupied() < grid.columns.len() / 2, "{}", grid.occupied());
    }

    #[test]
    fn grids_that_cannot_be_are_refused() {
        let error = |voxel| OccupancyGrid::new(&room(), &OccupancyOptions { voxel, ..Default::default() }).unwrap_err();
        assert!(error(0.0).contains("no size") && error(1e-4).contains("larger"));
        assert_eq!(OccupancyGrid::new(&Cloud::default(), &OccupancyOptions::default()).unwrap().occupied(), 0);
    }
}

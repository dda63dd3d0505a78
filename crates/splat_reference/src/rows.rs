//! Gaussians as plain f64 columns, so that finite differences are clean. Gradients and moments have the same shape.

use glam::{DVec3, Vec3};
use splat_core::{Cloud, LabelSet, RowMap, SideCar, sh};
use std::ops::{Index, IndexMut};

/// The parameter kinds of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// Mean in world space, 3 values a row.
    Mean,
    /// Natural logarithms of the standard deviations along the local axes, 3 values.
    LogScale,
    /// Quaternion w, x, y, z, not normalised, 4 values.
    Rotation,
    /// Opacity logit, 1 value.
    Opacity,
    /// SH coefficients, `[K, 3]` values: coefficient-major RGB triples, K = (degree + 1)^2.
    Sh,
    /// Class logits, C values.
    Logits,
}

impl Column {
    /// All columns, in the order in which [`Rows`] holds them.
    pub const ALL: [Column; 6] =
        [Column::Mean, Column::LogScale, Column::Rotation, Column::Opacity, Column::Sh, Column::Logits];
}

/// N rows of Gaussians, or of anything that has one number per parameter: gradients, Adam's moments.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// SH degree that the rows can hold, 0 to 3.
    pub sh_degree: u8,
    /// Number of classes C.
    pub class_count: usize,
    columns: [Vec<f64>; 6],
}

impl Index<Column> for Rows {
    type Output = Vec<f64>;

    fn index(&self, column: Column) -> &Vec<f64> {
        &self.columns[column as usize]
    }
}

impl IndexMut<Column> for Rows {
    fn index_mut(&mut self, column: Column) -> &mut Vec<f64> {
        &mut self.columns[column as usize]
    }
}

impl Rows {
    /// `rows` rows of zeros.
    pub fn zeros(rows: usize, sh_degree: u8, class_count: usize) -> Self {
        let mut out = Self { sh_degree, class_count, columns: Default::default() };
        for column in Column::ALL {
            out[column] = vec![0.0; rows * out.width(column)];
        }
        out
    }

    /// Zeros in the same shape.
    pub fn zeros_like(&self) -> Self {
        Self::zeros(self.len(), self.sh_degree, self.class_count)
    }

    /// The rows of a cloud. The cloud's shape must be right (`Cloud::check_shape`).
    pub fn from_cloud(cloud: &Cloud) -> Self {
        let mut out = Self::zeros(0, cloud.sh_degree, cloud.class_count());
        let widen = |v: &[f32]| v.iter().map(|&x| f64::from(x)).collect::<Vec<f64>>();
        let triples = |v: &[Vec3]| v.iter().flat_map(|p| p.as_dvec3().to_array()).collect::<Vec<f64>>();
        out[Column::Mean] = triples(&cloud.means);
        out[Column::LogScale] = triples(&cloud.log_scales);
        out[Column::Rotation] = widen(cloud.rotations.as_flattened());
        out[Column::Opacity] = widen(&cloud.opacity_logits);
        out[Column::Sh] = widen(cloud.sh.as_flattened());
        out[Column::Logits] = widen(&cloud.logits);
        out
    }

    /// The rows as a cloud, rounded to f32. `classes` names the C class columns.
    pub fn to_cloud(&self, classes: LabelSet) -> Cloud {
        let narrow = |column| self[column].iter().map(|&x| x as f32).collect::<Vec<f32>>();
        let triples = |column| narrow(column).chunks(3).map(Vec3::from_slice).collect::<Vec<Vec3>>();
        Cloud {
            sh_degree: self.sh_degree,
            means: triples(Column::Mean),
            log_scales: triples(Column::LogScale),
            rotations: narrow(Column::Rotation).chunks(4).map(|q| [q[0], q[1], q[2], q[3]]).collect(),
            opacity_logits: narrow(Column::Opacity),
            sh: narrow(Column::Sh).chunks(3).map(|c| [c[0], c[1], c[2]]).collect(),
            logits: narrow(Column::Logits),
            classes,
            ..Cloud::default()
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self[Column::Opacity].len()
    }

    /// True when there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Values per row in a column.
    pub fn width(&self, column: Column) -> usize {
        match column {
            Column::Mean | Column::LogScale => 3,
            Column::Rotation => 4,
            Column::Opacity => 1,
            Column::Sh => 3 * sh::coefficients(self.sh_degree),
            Column::Logits => self.class_count,
        }
    }

    /// The values of one row in a column.
    pub fn row(&self, column: Column, row: usize) -> &[f64] {
        let width = self.width(column);
        &self[column][row * width..(row + 1) * width]
    }

    /// The values of one row in a column, to be changed.
    pub fn row_mut(&mut self, column: Column, row: usize) -> &mut [f64] {
        let width = self.width(column);
        &mut self[column][row * width..(row + 1) * width]
    }

    /// A row of a column of three values (mean, log-scale).
    pub fn vec3(&self, column: Column, row: usize) -> DVec3 {
        DVec3::from_slice(self.row(column, row))
    }

    /// The quaternion w, x, y, z of a row, as stored.
    pub fn quaternion(&self, row: usize) -> [f64; 4] {
        let q = self.row(Column::Rotation, row);
        [q[0], q[1], q[2], q[3]]
    }

    /// Opacity of a row, 0..1: the logistic function of its logit.
    pub fn opacity(&self, row: usize) -> f64 {
        1.0 / (1.0 + (-self[Column::Opacity][row]).exp())
    }

    /// True when every number of the row is finite. Rows that are not are never visible.
    pub fn is_finite(&self, row: usize) -> bool {
        Column::ALL.iter().all(|&column| self.row(column, row).iter().all(|v| v.is_finite()))
    }
}

impl SideCar for Rows {
    fn follow(&mut self, map: &RowMap) {
        for column in Column::ALL {
            self[column] = map.gather(&self[column], self.width(column));
        }
    }
}

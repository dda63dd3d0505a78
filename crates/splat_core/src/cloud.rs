//! A cloud of semantic Gaussians, one row each, as it lies in files and on the CPU.

use crate::labels::LabelSet;
use crate::objective::Objective;
use crate::rows::{RowMap, RowSource, SideCar};
use crate::sh;
use glam::{Quat, Vec3};

/// N Gaussians {mean, log-scale, quaternion, opacity logit, SH colour, class logits}. All columns have N rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cloud {
    /// Spherical-harmonics degree of the colour, 0 to 3.
    pub sh_degree: u8,
    /// `[N]` means in world space.
    pub means: Vec<Vec3>,
    /// `[N]` natural logarithms of the standard deviations along the local axes.
    pub log_scales: Vec<Vec3>,
    /// `[N]` quaternions w, x, y, z; normalised when used, not when stored.
    pub rotations: Vec<[f32; 4]>,
    /// `[N]` opacity logits.
    pub opacity_logits: Vec<f32>,
    /// `[N, K]` SH coefficients, K = (degree + 1)^2, each an RGB triple; row r starts at `r * K`.
    pub sh: Vec<[f32; 3]>,
    /// `[N, C]` class logits; row r starts at `r * C`.
    pub logits: Vec<f32>,
    /// The C classes, in column order.
    pub classes: LabelSet,
    /// How the logits were trained and so must be blended.
    pub objective: Objective,
    /// True: trained, and so to be rendered, with opacities that make up for what dilation adds to a footprint: a splat smaller than
    /// a pixel fades instead of growing to one (the 2D filter of Mip-Splatting). False: as 3DGS renders.
    pub antialiased: bool,
}

impl Cloud {
    /// Number of Gaussians.
    pub fn len(&self) -> usize {
        self.means.len()
    }

    /// True when there is no Gaussian.
    pub fn is_empty(&self) -> bool {
        self.means.is_empty()
    }

    /// SH coefficients per colour channel.
    pub fn sh_coefficients(&self) -> usize {
        sh::coefficients(self.sh_degree)
    }

    /// Number of classes C.
    pub fn class_count(&self) -> usize {
        self.classes.len()
    }

    /// Logits of one row, `[C]`.
    pub fn row_logits(&self, row: usize) -> &[f32] {
        let c = self.class_count();
        &self.logits[row * c..(row + 1) * c]
    }

    /// Class column with the largest logit and its softmax probability; `None` for a cloud without classes.
    pub fn row_class(&self, row: usize) -> Option<(usize, f32)> {
        let logits = self.row_logits(row);
        let (best, top) = logits.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
        let sum: f32 = logits.iter().map(|l| (l - top).exp()).sum();
        Some((best, 1.0 / sum))
    }

    /// Softmax of one row's logits, `[C]`.
    pub fn row_probabilities(&self, row: usize) -> Vec<f32> {
        let logits = self.row_logits(row);
        let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let shares: Vec<f32> = logits.iter().map(|l| (l - top).exp()).collect();
        let sum: f32 = shares.iter().sum();
        shares.into_iter().map(|e| e / sum).collect()
    }

    /// The rows of the given indices, in that order.
    pub fn subset(&self, rows: impl IntoIterator<Item = u32>) -> Self {
        let mut subset = self.clone();
        subset.follow(&RowMap { sources: rows.into_iter().map(RowSource::Keep).collect() });
        subset
    }

    /// Opacity of one row in 0..1.
    pub fn opacity(&self, row: usize) -> f32 {
        1.0 / (1.0 + (-self.opacity_logits[row]).exp())
    }

    /// Rotation of one row, normalised; identity for a zero or non-finite quaternion.
    pub fn rotation(&self, row: usize) -> Quat {
        let [w, x, y, z] = self.rotations[row];
        let q = Quat::from_xyzw(x, y, z, w);
        if q.is_finite() && q.length_squared() > 0.0 { q.normalize() } else { Quat::IDENTITY }
    }

    /// Axis-aligned bounds of the means; `None` for an empty cloud. Non-finite means are passed over.
    pub fn bounds(&self) -> Option<(Vec3, Vec3)> {
        let mut finite = self.means.iter().copied().filter(|m| m.is_finite());
        let first = finite.next()?;
        Some(finite.fold((first, first), |(lo, hi), m| (lo.min(m), hi.max(m))))
    }

    /// Checks that every column has the length that `len`, the SH degree and the class count ask for.
    pub fn check_shape(&self) -> Result<(), ShapeError> {
        let n = self.len();
        let expect = |column, got: usize, want: usize| {
            if got == want { Ok(()) } else { Err(ShapeError { column, got, want }) }
        };
        expect("log_scales", self.log_scales.len(), n)?;
        expect("rotations", self.rotations.len(), n)?;
        expect("opacity_logits", self.opacity_logits.len(), n)?;
        expect("sh", self.sh.len(), n * self.sh_coefficients())?;
        expect("logits", self.logits.len(), n * self.class_count())
    }
}

/// A column of a [`Cloud`] has the wrong number of values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cloud column {column} holds {got} values, expected {want}")]
pub struct ShapeError {
    /// Name of the column.
    pub column: &'static str,
    /// Values found.
    pub got: usize,
    /// Values needed.
    pub want: usize,
}

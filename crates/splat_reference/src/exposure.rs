//! Exposures: what a photograph's exposure makes of the scene's colours, the gradient by it, and how it is learned.

use crate::optimise::{BETA_1, BETA_2, EPSILON};
use glam::{DMat3, DVec3};

/// Colours c become A c + b. Also the shape of its gradient and of its moments.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exposure {
    /// A.
    pub gain: DMat3,
    /// b.
    pub offset: DVec3,
}

impl Exposure {
    /// Colours stay as they are.
    pub const IDENTITY: Self = Self { gain: DMat3::IDENTITY, offset: DVec3::ZERO };
    /// No gradient.
    pub const ZERO: Self = Self { gain: DMat3::ZERO, offset: DVec3::ZERO };

    /// A c + b.
    pub fn apply(&self, colour: DVec3) -> DVec3 {
        self.gain * colour + self.offset
    }

    /// Gradient by the colour, from that of the exposed one; adds the pixel's share of the gradient by the exposure.
    pub fn backward(&self, colour: DVec3, d_exposed: DVec3, d_self: &mut Self) -> DVec3 {
        d_self.gain += DMat3::from_cols(colour.x * d_exposed, colour.y * d_exposed, colour.z * d_exposed);
        d_self.offset += d_exposed;
        self.gain.transpose() * d_exposed
    }

    /// Its twelve numbers: A row by row, the offset behind each row.
    pub fn to_rows(self) -> [[f64; 4]; 3] {
        std::array::from_fn(|k| {
            let row = self.gain.row(k);
            [row.x, row.y, row.z, self.offset[k]]
        })
    }

    /// From its twelve numbers.
    pub fn from_rows(rows: [[f64; 4]; 3]) -> Self {
        let gain = DMat3::from_cols_array_2d(&rows.map(|[x, y, z, _]| [x, y, z])).transpose();
        Self { gain, offset: DVec3::from_array(rows.map(|row| row[3])) }
    }
}

/// A step of Adam on the exposure of one view, its `visits`-th; what it gains all lose in equal shares, so that their mean
/// stays the identity. `moments` are the view's.
pub fn optimise(
    exposures: &mut [Exposure],
    view: usize,
    gradient: &Exposure,
    moments: &mut [Exposure; 2],
    rate: f64,
    visits: u32,
) {
    let [mut m, mut v] = moments.map(Exposure::to_rows);
    let g = gradient.to_rows();
    let mut change = [[0.0; 4]; 3];
    for (k, i) in (0..3).flat_map(|k| (0..4).map(move |i| (k, i))) {
        m[k][i] = BETA_1 * m[k][i] + (1.0 - BETA_1) * g[k][i];
        v[k][i] = BETA_2 * v[k][i] + (1.0 - BETA_2) * g[k][i] * g[k][i];
        let m_hat = m[k][i] / (1.0 - BETA_1.powi(visits as i32));
        let v_hat = v[k][i] / (1.0 - BETA_2.powi(visits as i32));
        change[k][i] = -rate * m_hat / (v_hat.sqrt() + EPSILON);
    }
    *moments = [m, v].map(Exposure::from_rows);
    let count = exposures.len() as f64;
    for (i, exposure) in exposures.iter_mut().enumerate() {
        let share = if i == view { 1.0 - 1.0 / count } else { -1.0 / count };
        let change = Exposure::from_rows(change.map(|row| row.map(|c| share * c)));
        exposure.gain += change.gain;
        exposure.offset += change.offset;
    }
}

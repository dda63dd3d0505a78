//! Stage Optimise: Adam (Kingma & Ba 2015) with bias correction, one rate per parameter kind.

use crate::rows::{Column, Rows};
use splat_core::{RowMap, SideCar, TrainSettings};

/// Decay of the first moment.
pub const BETA_1: f64 = 0.9;
/// Decay of the second moment.
pub const BETA_2: f64 = 0.999;
/// Added to the root of the second moment.
pub const EPSILON: f64 = 1e-15;

/// Step sizes per parameter kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Means, world units.
    pub mean: f64,
    /// Log-scales.
    pub log_scale: f64,
    /// Quaternions.
    pub rotation: f64,
    /// Opacity logits.
    pub opacity: f64,
    /// SH constant term.
    pub sh_dc: f64,
    /// Other SH terms.
    pub sh_rest: f64,
    /// Class logits.
    pub logits: f64,
}

impl Rates {
    /// The rates of a training run at a step (counted from 1), for a scene of this extent.
    pub fn at(settings: &TrainSettings, iteration: u32, extent: f32) -> Self {
        let rates = &settings.rates;
        Self {
            mean: settings.mean_rate(iteration, extent).into(),
            log_scale: rates.scale.into(),
            rotation: rates.rotation.into(),
            opacity: rates.opacity.into(),
            sh_dc: rates.sh_dc.into(),
            sh_rest: rates.sh_rest.into(),
            logits: rates.logits.into(),
        }
    }

    /// The rate of the value at `place` within a row of a column.
    pub fn of(&self, column: Column, place: usize) -> f64 {
        match column {
            Column::Mean => self.mean,
            Column::LogScale => self.log_scale,
            Column::Rotation => self.rotation,
            Column::Opacity => self.opacity,
            Column::Sh if place < 3 => self.sh_dc,
            Column::Sh => self.sh_rest,
            Column::Logits => self.logits,
        }
    }
}

/// Adam's moments, one pair per parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// Running mean of the gradient.
    pub first: Rows,
    /// Running mean of its square.
    pub second: Rows,
}

impl Moments {
    /// Zeros for these rows.
    pub fn new(rows: &Rows) -> Self {
        Self { first: rows.zeros_like(), second: rows.zeros_like() }
    }
}

impl SideCar for Moments {
    fn follow(&mut self, map: &RowMap) {
        for moment in [&mut self.first, &mut self.second] {
            for column in Column::ALL {
                moment[column] = map.gather_or(&moment[column], moment.width(column), 0.0);
            }
        }
    }
}

/// One step. `iteration` counts from 1 and is the same for all rows, also for those that joined later. A gradient that
/// is not finite counts as 0.
pub fn optimise(rows: &mut Rows, gradients: &Rows, moments: &mut Moments, rates: &Rates, iteration: u32) {
    let correction_1 = 1.0 - BETA_1.powi(iteration as i32);
    let correction_2 = 1.0 - BETA_2.powi(iteration as i32);
    for column in Column::ALL {
        let width = rows.width(column);
        for i in 0..rows[column].len() {
            let gradient = if gradients[column][i].is_finite() { gradients[column][i] } else { 0.0 };
            let m = &mut moments.first[column][i];
            *m = BETA_1 * *m + (1.0 - BETA_1) * gradient;
            let v = &mut moments.second[column][i];
            *v = BETA_2 * *v + (1.0 - BETA_2) * gradient * gradient;
            let (m_hat, v_hat) = (*m / correction_1, *v / correction_2);
            rows[column][i] -= rates.of(column, i % width) * m_hat / (v_hat.sqrt() + EPSILON);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_is_as_long_as_its_rate() {
        let mut rows = Rows::zeros(2, 1, 3);
        let mut gradients = rows.zeros_like();
        for column in Column::ALL {
            gradients[column].fill(-3e-7);
        }
        gradients[Column::Opacity][1] = f64::NAN;
        let settings = TrainSettings::default();
        let rates = Rates::at(&settings, 0, 2.0);
        let mut moments = Moments::new(&rows);
        optimise(&mut rows, &gradients, &mut moments, &rates, 1);
        assert!((rows[Column::Mean][0] - 2.0 * 1.6e-4).abs() < 1e-9);
        assert!((rows[Column::Sh][2] - 2.5e-3).abs() < 1e-9);
        assert!((rows[Column::Sh][3] - 1.25e-4).abs() < 1e-9);
        assert!((rows[Column::Opacity][0] - 0.025).abs() < 1e-9);
        assert_eq!(rows[Column::Opacity][1], 0.0);
    }
}

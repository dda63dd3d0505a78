//! Expected calibration error (Guo et al., ICML 2017, Eq. 3): does a class that is said with 80 % certainty come true in 80 %
//! of the pixels?
//!
//! Labelled pixels that got a class are sorted into 15 bins of equal width by the probability of that class; ECE is the mean,
//! weighted by pixels, of |share that is right - mean probability| over the bins.

use crate::EvalError;
use serde::{Deserialize, Serialize};
use splat_core::{IGNORE_ID, LabelImage};

/// Bins of equal width between 0 and 1.
pub const BINS: usize = 15;

/// Pixels by certainty; add them over images.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Calibration {
    bins: [Bin; BINS],
}

/// Pixels of one bin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// Pixels.
    pub pixels: u64,
    /// Those whose class is right.
    pub correct: u64,
    /// Their probabilities, summed.
    pub confidence: f64,
}

impl Calibration {
    /// Adds an image; `confidence` is `[H, W]`, the probability of the predicted class.
    ///
    /// # Errors
    /// If sizes differ.
    pub fn add(&mut self, truth: &LabelImage, prediction: &LabelImage, confidence: &[f32]) -> Result<(), EvalError> {
        EvalError::same_size((truth.width, truth.height), (prediction.width, prediction.height))?;
        if confidence.len() != truth.ids.len() {
            return Err(EvalError::Sizes { a: (truth.width, truth.height), b: (confidence.len() as u32, 1) });
        }
        for ((&t, &p), &c) in truth.ids.iter().zip(&prediction.ids).zip(confidence) {
            if t == IGNORE_ID || p == IGNORE_ID || !c.is_finite() {
                continue;
            }
            let c = (c as f64).clamp(0.0, 1.0);
            // Bins are closed above, as in the paper: (0, 1/15], (1/15, 2/15], ...
            let bin = &mut self.bins[((c * BINS as f64).ceil() as usize).saturating_sub(1)];
            bin.pixels += 1;
            bin.correct += u64::from(t == p);
            bin.confidence += c;
        }
        Ok(())
    }

    /// Expected calibration error, 0..1, lower is better; `None` without pixels.
    pub fn ece(&self) -> Option<f64> {
        let pixels: u64 = self.bins.iter().map(|b| b.pixels).sum();
        let gap = |b: &Bin| (b.correct as f64 - b.confidence).abs();
        (pixels > 0).then(|| self.bins.iter().map(gap).sum::<f64>() / pixels as f64)
    }

    /// The bins, from uncertain to certain.
    pub fn bins(&self) -> &[Bin; BINS] {
        &self.bins
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(ids: &[u16]) -> LabelImage {
        LabelImage { width: ids.len() as u32, height: 1, ids: ids.to_vec() }
    }

    #[test]
    fn two_bins_by_hand() {
        let mut calibration = Calibration::default();
        // At 0.9: three of four right, gap 0.15. At 0.5: one of two right, gap 0. Unlabelled and unsaid pixels do not count.
        let truth = row(&[1, 1, 1, 1, 2, 2, IGNORE_ID, 2]);
        let said = row(&[1, 1, 1, 2, 2, 1, 1, IGNORE_ID]);
        calibration.add(&truth, &said, &[0.9, 0.9, 0.9, 0.9, 0.5, 0.5, 1.0, 0.0]).unwrap();
        let ece = calibration.ece().unwrap();
        assert!((ece - 4.0 * 0.15 / 6.0).abs() < 1e-7, "{ece}");
        assert!(calibration.add(&truth, &said, &[0.5]).is_err());
        assert_eq!(Calibration::default().ece(), None);
    }

    #[test]
    fn ends_of_the_scale_have_bins() {
        let mut calibration = Calibration::default();
        calibration.add(&row(&[1, 1, 1]), &row(&[1, 1, 1]), &[0.0, 1.0, f32::NAN]).unwrap();
        assert_eq!((calibration.bins[0].pixels, calibration.bins[BINS - 1].pixels), (1, 1));
        assert_eq!(calibration.ece(), Some(0.5));
    }
}

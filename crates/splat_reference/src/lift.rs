//! Lift: labels of views to class logits in closed form, without training.
//!
//! H_ic = sum over views and pixels p of alpha_i T_i [label(p) = c]: how much of what carries class c a row shows.
//! argmax_c H_ic labels rows so that most of the blended weight is right (FlashSplat's optimum for one row at a time).
//!
//! One row at a time is not enough where a row is larger than what it shows, so half of the views may correct what the other
//! half has lifted: one step of iterative scaling for the likelihood of the labels under the blended logits (Eq. 2).

use crate::forward::{Rendered, contributions};
use crate::rules::{BLOCK, MIN_WEIGHT, RenderSettings};

/// Labels of a block that compete; pixels of further ones stay as lifted.
const RIVALS: usize = 4;
/// Twice the step of iterative scaling that never makes a lift less likely.
const RATE: f64 = 2.0;
/// Of a row's weight that counts against moving, for every contradicted share of the contested pixels.
const CAUTION: f64 = 0.25;

/// Adds one view to H (`[N, C]`); `labels` are class columns, `[H, W]`. Nothing but alpha and the order counts: what the
/// rows show, colours and logits, does not.
pub fn add_view(
    rendered: &Rendered,
    labels: &[Option<usize>],
    class_count: usize,
    settings: &RenderSettings,
    sums: &mut [f64],
) {
    let Rendered { splats, lists, frame } = rendered;
    for (pixel, label) in labels.iter().enumerate() {
        let Some(class) = label.filter(|&class| class < class_count) else { continue };
        let (x, y) = (pixel as u32 % frame.width, pixel as u32 / frame.width);
        for part in contributions(x, y, splats, lists, settings).0 {
            sums[splats[part.splat].row * class_count + class] += part.alpha * part.transmittance;
        }
    }
}

/// H (`[N, C]`) to logits: s_c = log((share_c + smoothing) / (1 + C smoothing)), share = H / sum H, or 1 for the first of
/// the heaviest classes where `hard`. Rows with an empty sum get zeros: they abstain.
pub fn logits(sums: &[f64], class_count: usize, smoothing: f64, hard: bool) -> Vec<f64> {
    let scale = 1.0 / (1.0 + class_count as f64 * smoothing);
    let row = |h: &[f64]| -> Vec<f64> {
        let total: f64 = h.iter().sum();
        if total == 0.0 {
            return vec![0.0; class_count];
        }
        let top = h.iter().copied().fold(0.0, f64::max);
        let winner = h.iter().position(|&weight| weight == top);
        let share = |(class, weight): (usize, &f64)| match hard {
            true => f64::from(winner == Some(class)),
            false => weight / total,
        };
        h.iter().enumerate().map(|h| ((share(h) + smoothing) * scale).ln()).collect()
    };
    sums.chunks(class_count.max(1)).flat_map(row).collect()
}

/// What half of the views find wrong with the lift of the other half.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Residual {
    /// `[N, C]` G = sum alpha_i T_i ([label = c] - pi_c) over pixels of blocks where classes meet.
    pub sums: Vec<f64>,
    /// Those pixels.
    pub contested: f64,
    /// Those of them that the cloud shows otherwise.
    pub contradicted: f64,
}

impl Residual {
    /// Adds one view of a cloud of these logits (`[N, C]`). pi is the softmax of the blended logits among the four lowest
    /// columns that occur in the pixel's block; blocks of one column add nothing.
    pub fn add_view(
        &mut self,
        rendered: &Rendered,
        labels: &[Option<usize>],
        (logits, class_count): (&[f64], usize),
        settings: &RenderSettings,
    ) {
        let Rendered { splats, lists, frame } = rendered;
        self.sums.resize(logits.len(), 0.0);
        let label = |x: u32, y: u32| labels[(y * frame.width + x) as usize].filter(|&class| class < class_count);
        for (x, y) in (0..frame.height).flat_map(|y| (0..frame.width).map(move |x| (x, y))) {
            let rivals = rivals(x / BLOCK * BLOCK, y / BLOCK * BLOCK, (frame.width, frame.height), &label);
            let Some(own) = label(x, y).and_then(|class| rivals.iter().position(|&rival| rival == class)) else {
                continue;
            };
            let (parts, behind) = contributions(x, y, splats, lists, settings);
            if rivals.len() < 2 || 1.0 - behind < MIN_WEIGHT {
                continue;
            }
            let weighed = |class: usize| -> f64 {
                parts
                    .iter()
                    .map(|p| p.alpha * p.transmittance * logits[splats[p.splat].row * class_count + class])
                    .sum()
            };
            let shown: Vec<f64> = rivals.iter().map(|&class| weighed(class) / (1.0 - behind)).collect();
            let pi = crate::loss::softmax(&shown);
            self.contested += 1.0;
            self.contradicted += f64::from(shown.iter().any(|&other| other > shown[own]));
            for part in &parts {
                for (slot, &class) in rivals.iter().enumerate() {
                    let error = f64::from(slot == own) - pi[slot];
                    self.sums[splats[part.splat].row * class_count + class] += part.alpha * part.transmittance * error;
                }
            }
        }
    }

    /// s_c += 2 log((H_c + a sum H) / (H_c - G_c + a sum H)), normalised, of the logits that the first half of the views
    /// lifted. `sums` is H of the second half, `before` a row's H of the first: rows that only the second half saw get
    /// [`logits`] of it, rows that it did not see stay.
    pub fn correct(&self, lifted: &mut [f64], sums: &[f64], before: &[f64], class_count: usize, smoothing: f64) {
        let contradicted = self.contradicted / self.contested.max(1.0);
        for (row, s) in lifted.chunks_mut(class_count.max(1)).enumerate() {
            let of_row = row * class_count..(row + 1) * class_count;
            let (h, g) = (&sums[of_row.clone()], &self.sums[of_row]);
            let total: f64 = h.iter().sum();
            if total == 0.0 {
                continue;
            }
            if before[row] == 0.0 {
                s.copy_from_slice(&logits(h, class_count, smoothing, false));
                continue;
            }
            let prior = total * (CAUTION * contradicted).max(1e-4);
            let step = |c: usize| RATE * ((h[c] + prior) / ((h[c] - g[c]).max(0.0) + prior)).ln();
            s.iter_mut().enumerate().for_each(|(c, s)| *s += step(c));
            let top = s.iter().copied().fold(f64::MIN, f64::max);
            let norm = top + s.iter().map(|s| (s - top).exp()).sum::<f64>().ln();
            s.iter_mut().for_each(|s| *s -= norm);
        }
    }
}

/// The lowest columns that occur in a block, rising.
fn rivals(left: u32, top: u32, (width, height): (u32, u32), label: &dyn Fn(u32, u32) -> Option<usize>) -> Vec<usize> {
    let pixels = (top..(top + BLOCK).min(height)).flat_map(|y| (left..(left + BLOCK).min(width)).map(move |x| (x, y)));
    let found: std::collections::BTreeSet<usize> = pixels.filter_map(|(x, y)| label(x, y)).collect();
    found.into_iter().take(RIVALS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::step::render_stages;

    #[test]
    fn sums_over_classes_are_the_weights_of_labelled_pixels() {
        let (camera, settings) = (fixture::camera(30, 22), RenderSettings::default());
        let rows = fixture::rows(3, 25, 0, 4);
        let rendered = render_stages(&rows, &camera, &settings);
        let target = fixture::target(4, &rows, &camera, &settings);
        let mut sums = vec![0.0; 4 * rows.len()];
        add_view(&rendered, &target.labels, 4, &settings, &mut sums);
        // Every labelled pixel gives away its accumulated weight, and nothing else does.
        let labelled = (0..target.labels.len()).filter(|&p| target.labels[p].is_some());
        let expected: f64 = labelled.map(|p| rendered.frame.weight(p)).sum();
        assert!((sums.iter().sum::<f64>() - expected).abs() < 1e-9 * expected, "{expected}");
        // One class for every pixel: a row's H is its weight in the whole image.
        let mut alone = vec![0.0; rows.len()];
        add_view(&rendered, &vec![Some(0); target.labels.len()], 1, &settings, &mut alone);
        for row in 0..rows.len() {
            let of_row: f64 = sums[4 * row..4 * row + 4].iter().sum();
            assert!(of_row <= alone[row] + 1e-12);
        }
    }

    #[test]
    fn logits_are_logarithms_of_shares_that_sum_to_one() {
        let sums = [3.0, 1.0, 0.0, 0.0, 0.0, 0.0, 2.0, 2.0, 0.0];
        for hard in [false, true] {
            let logits = logits(&sums, 3, 0.01, hard);
            for (row, s) in logits.chunks(3).enumerate().filter(|(row, _)| *row != 1) {
                let sum: f64 = s.iter().map(|s| s.exp()).sum();
                assert!((sum - 1.0).abs() < 1e-12, "row {row}");
            }
            assert_eq!(logits[3..6], [0.0; 3], "a row that was not seen abstains");
            assert_eq!(logits[6] > logits[7], hard, "the first of the heaviest wins");
        }
    }
}

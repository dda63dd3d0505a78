//! Lift: labels of views to class logits in closed form, without training.
//!
//! H_ic = sum over views and pixels p of alpha_i T_i [label(p) = c]: how much of what carries class c a row shows.
//! argmax_c H_ic labels rows so that most of the blended weight is right (FlashSplat's optimum for one row at a time).

use crate::forward::{Rendered, contributions};
use crate::rules::RenderSettings;

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

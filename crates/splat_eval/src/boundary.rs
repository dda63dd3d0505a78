//! Boundary IoU (Cheng et al., CVPR 2021, Eq. 2): the IoU of what lies near a class's own outline, which whole-area IoU of large
//! classes hardly feels.
//!
//! A pixel is near its outline if a pixel of another class, or the image's edge, is at most d pixels away (Chebyshev
//! distance, as d erosions by 3 x 3 give it). Pixels without a true label count on neither side: both outlines follow them.

use crate::EvalError;
use splat_core::{IGNORE_ID, LabelImage};
use std::collections::BTreeMap;

/// d as a share of the image's diagonal.
pub const DILATION_RATIO: f64 = 0.02;

/// Boundary pixels by class; add them over images.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BoundaryCounts {
    classes: BTreeMap<u16, Tally>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    truth: u64,
    prediction: u64,
    both: u64,
}

impl BoundaryCounts {
    /// Adds an image.
    ///
    /// # Errors
    /// If prediction and truth differ in size.
    pub fn add(&mut self, truth: &LabelImage, prediction: &LabelImage) -> Result<(), EvalError> {
        EvalError::same_size((truth.width, truth.height), (prediction.width, prediction.height))?;
        let distance = boundary_distance(truth.width, truth.height);
        let labelled = |(&p, &t): (&u16, &u16)| if t == IGNORE_ID { IGNORE_ID } else { p };
        let seen: Vec<u16> = prediction.ids.iter().zip(&truth.ids).map(labelled).collect();
        let width = truth.width as usize;
        let bands = [&truth.ids, &seen].map(|ids| near_outline(ids, width, distance));
        for (pixel, (&t, &p)) in truth.ids.iter().zip(&seen).enumerate() {
            if bands[0][pixel] && t != IGNORE_ID {
                self.classes.entry(t).or_default().truth += 1;
            }
            if bands[1][pixel] && p != IGNORE_ID {
                let tally = self.classes.entry(p).or_default();
                tally.prediction += 1;
                tally.both += u64::from(bands[0][pixel] && t == p);
            }
        }
        Ok(())
    }

    /// Boundary IoU of a class, 0..1; `None` where the truth has none of it.
    pub fn iou(&self, id: u16) -> Option<f64> {
        let tally = self.classes.get(&id).filter(|t| t.truth > 0)?;
        Some(tally.both as f64 / (tally.truth + tally.prediction - tally.both) as f64)
    }

    /// Mean over the classes of the truth; `None` without any.
    pub fn mean_iou(&self) -> Option<f64> {
        crate::confusion::mean(self.classes.keys().filter_map(|&id| self.iou(id)))
    }
}

/// d in pixels for an image, at least 1.
pub fn boundary_distance(width: u32, height: u32) -> usize {
    let diagonal = (width as f64).hypot(height as f64);
    (DILATION_RATIO * diagonal).round_ties_even().max(1.0) as usize
}

/// `[H, W]` whether another id, or the edge, is at most `distance` away. A square window is uniform if its rows are, and agree.
fn near_outline(ids: &[u16], width: usize, distance: usize) -> Vec<bool> {
    let height = ids.len().checked_div(width).unwrap_or(0);
    // Rows first: which pixels lie in the middle of 2 d + 1 equal ones.
    let mut row_is_uniform = vec![false; ids.len()];
    for y in 0..height {
        let row = y * width..(y + 1) * width;
        uniform_windows(&ids[row.clone()], distance, |x| row_is_uniform[y * width + x] = true);
    }
    let mut is_near = vec![true; ids.len()];
    let mut column = vec![None; height];
    for x in 0..width {
        for (y, entry) in column.iter_mut().enumerate() {
            let pixel = y * width + x;
            *entry = row_is_uniform[pixel].then_some(ids[pixel]);
        }
        uniform_windows(&column, distance, |y| is_near[y * width + x] = column[y].is_none());
    }
    is_near
}

/// Calls `found` with the middle of every window of 2 `distance` + 1 equal values.
fn uniform_windows<T: PartialEq>(values: &[T], distance: usize, mut found: impl FnMut(usize)) {
    let mut run = 0;
    for (i, value) in values.iter().enumerate() {
        run = if i > 0 && *value == values[i - 1] { run + 1 } else { 1 };
        if run > 2 * distance {
            found(i - distance);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A square of class 1 on class 0, 40 x 30 pixels: d = 1.
    fn square(left: usize, top: usize, side: usize) -> LabelImage {
        let inside = |x: usize, y: usize| (left..left + side).contains(&x) && (top..top + side).contains(&y);
        LabelImage { width: 40, height: 30, ids: (0..1200).map(|i| inside(i % 40, i / 40) as u16).collect() }
    }

    #[test]
    fn squares_by_hand() {
        assert_eq!([boundary_distance(40, 30), boundary_distance(438, 292), boundary_distance(5, 5)], [1, 11, 1]);
        let mut same = BoundaryCounts::default();
        same.add(&square(5, 5, 10), &square(5, 5, 10)).unwrap();
        assert_eq!((same.iou(1), same.iou(0), same.mean_iou(), same.iou(7)), (Some(1.0), Some(1.0), Some(1.0), None));
        assert_eq!(same.classes[&1].truth, 36, "the outermost ring of 10 x 10");
        // One to the right: the upper and the lower sides share 9 pixels each, the others none: 18 of 36 + 36 - 18.
        let mut moved = BoundaryCounts::default();
        moved.add(&square(5, 5, 10), &square(6, 5, 10)).unwrap();
        assert!((moved.iou(1).unwrap() - 18.0 / 54.0).abs() < 1e-12, "{:?}", moved.iou(1));
        // A ring inside a ring: no pixel in common, though the areas overlap by 64 %.
        let mut smaller = BoundaryCounts::default();
        smaller.add(&square(5, 5, 10), &square(6, 6, 8)).unwrap();
        assert_eq!(smaller.iou(1), Some(0.0));
        assert!(smaller.add(&square(5, 5, 10), &LabelImage::unlabelled(3, 3)).is_err());
    }

    #[test]
    fn the_window_is_that_of_the_definition() {
        let mut state = 7u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 16
        };
        let (width, height) = (23, 17);
        let mut ids = vec![0u16; width * height];
        for _ in 0..6 {
            let (x, y, w, h) = (next() % 20, next() % 14, next() % 12 + 1, next() % 9 + 1);
            let id = (next() % 4) as u16;
            for (i, pixel) in ids.iter_mut().enumerate() {
                let (px, py) = ((i % width) as u32, (i / width) as u32);
                if (x..x + w).contains(&px) && (y..y + h).contains(&py) {
                    *pixel = id;
                }
            }
        }
        for d in 1..4 {
            let direct = |i: usize| {
                let (x, y, d) = ((i % width) as i64, (i / width) as i64, d as i64);
                (y - d..=y + d).any(|v| {
                    (x - d..=x + d).any(|u| {
                        let outside = u < 0 || v < 0 || u >= width as i64 || v >= height as i64;
                        outside || ids[v as usize * width + u as usize] != ids[i]
                    })
                })
            };
            assert_eq!(near_outline(&ids, width, d), (0..ids.len()).map(direct).collect::<Vec<_>>(), "d = {d}");
        }
    }

    #[test]
    fn pixels_without_truth_count_on_neither_side() {
        let (mut truth, said) = (square(5, 5, 10), square(5, 5, 10));
        let mut whole = truth.clone();
        (0..1200).filter(|i| i % 40 >= 10).for_each(|i| truth.ids[i] = IGNORE_ID);
        whole.ids.copy_from_slice(&truth.ids);
        let mut counts = BoundaryCounts::default();
        counts.add(&truth, &said).unwrap();
        assert_eq!(counts.mean_iou(), Some(1.0), "what is not known cannot be wrong");
        assert_eq!(counts.classes[&1].truth, 26, "a ring of 5 x 10: its right side is the outline too");
    }
}

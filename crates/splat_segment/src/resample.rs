//! The triangle filter on plain f32 images. `image` has the same filter but clamps floats to 0..1, which scores are not.
//!
//! Half-pixel centres; the filter widens with the scale when an image shrinks; taps outside the image are left out and the
//! others weigh the more, which at the border is the same as repeating it.

/// The taps of one output position along one axis.
struct Taps {
    first: usize,
    weights: Vec<f32>,
}

/// Resizes a `[height, width]` image.
pub fn resize(image: &[f32], (width, height): (usize, usize), (new_width, new_height): (usize, usize)) -> Vec<f32> {
    let columns = taps(width, new_width);
    let mut wide = vec![0.0; new_width * height];
    for (source, target) in image.chunks_exact(width).zip(wide.chunks_exact_mut(new_width)) {
        for (value, taps) in target.iter_mut().zip(&columns) {
            *value = taps.weights.iter().zip(&source[taps.first..]).map(|(w, v)| w * v).sum();
        }
    }
    let mut out = vec![0.0; new_width * new_height];
    for (target, taps) in out.chunks_exact_mut(new_width).zip(taps(height, new_height)) {
        for (weight, source) in taps.weights.iter().zip(wide[taps.first * new_width..].chunks_exact(new_width)) {
            target.iter_mut().zip(source).for_each(|(sum, value)| *sum += weight * value);
        }
    }
    out
}

fn taps(length: usize, new_length: usize) -> Vec<Taps> {
    let scale = length as f64 / new_length as f64;
    let support = scale.max(1.0);
    let one = |i: usize| {
        let centre = (i as f64 + 0.5) * scale;
        let first = ((centre - support - 0.5).ceil().max(0.0) as usize).min(length - 1);
        let last = ((centre + support - 0.5).floor().max(0.0) as usize).min(length - 1).max(first);
        let weight = |j: usize| (1.0 - ((j as f64 + 0.5 - centre) / support).abs()).max(0.0);
        let sum: f64 = (first..=last).map(weight).sum();
        let weights = (first..=last).map(|j| (weight(j) / sum.max(1e-12)) as f32).collect();
        Taps { first, weights }
    };
    (0..new_length).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enlarging_interpolates_between_centres_and_repeats_the_border() {
        let out = resize(&[0.0, 4.0], (2, 1), (4, 1));
        assert_eq!(out, [0.0, 1.0, 3.0, 4.0]);
        assert_eq!(resize(&[-7.0, 9.0], (1, 2), (1, 4)), [-7.0, -3.0, 5.0, 9.0], "values outside 0..1 stay");
    }

    #[test]
    fn shrinking_averages() {
        let out = resize(&[1.0; 35], (7, 5), (3, 2));
        assert!(out.iter().all(|v| (v - 1.0).abs() < 1e-6));
        let out = resize(&[0.0, 0.0, 8.0, 8.0], (4, 1), (2, 1));
        // Taps 3/4, 3/4 and 1/4 about the centre, the fourth lies outside.
        assert!((out[0] - 8.0 * 0.25 / 1.75).abs() < 1e-6 && (out[0] + out[1] - 8.0).abs() < 1e-6, "{out:?}");
    }
}

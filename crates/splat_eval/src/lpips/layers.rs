//! Convolution, rectifier and pooling on the CPU: matrix products over patches laid out as columns.

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

/// Output pixels that one matrix product makes: enough for the product to be fast, few enough to stay in the cache.
const PIXELS_PER_PRODUCT: usize = 2048;

/// Activations, `[channels, height, width]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Feature {
    /// Channels.
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// The values.
    pub values: Vec<f32>,
}

/// A convolution followed by a rectifier.
pub struct Convolution {
    /// `[out, in x kernel x kernel]`.
    pub weights: Array2<f32>,
    /// `[out]`.
    pub bias: Vec<f32>,
    /// Side of the kernel.
    pub kernel: usize,
    /// Pixels between two places of the kernel.
    pub stride: usize,
    /// Zeros around the input.
    pub padding: usize,
}

impl Convolution {
    /// max(0, input * weights + bias).
    pub fn apply(&self, input: &Feature) -> Feature {
        let size = |side: usize| (side + 2 * self.padding - self.kernel) / self.stride + 1;
        let (height, width) = (size(input.height), size(input.width));
        let channels = self.bias.len();
        let rows = (PIXELS_PER_PRODUCT / width).clamp(1, height);
        let firsts: Vec<usize> = (0..height).step_by(rows).collect();
        let strips: Vec<Array2<f32>> = firsts
            .par_iter()
            .map(|&first| self.weights.dot(&self.columns(input, first..(first + rows).min(height), width)))
            .collect();
        let mut values = vec![0.0; channels * height * width];
        for (c, plane) in values.chunks_exact_mut(height * width).enumerate() {
            let strips = strips.iter().flat_map(|strip| strip.row(c).to_vec());
            plane.iter_mut().zip(strips).for_each(|(out, v)| *out = (v + self.bias[c]).max(0.0));
        }
        Feature { channels, height, width, values }
    }

    /// `[in x kernel x kernel, output pixels]`: what lies under the kernel at each output pixel of some rows.
    fn columns(&self, input: &Feature, rows: std::ops::Range<usize>, width: usize) -> Array2<f32> {
        let (k, side) = (self.kernel, rows.len() * width);
        let mut columns = Array2::zeros((input.channels * k * k, side));
        for (index, mut line) in columns.rows_mut().into_iter().enumerate() {
            let (channel, ky, kx) = (index / (k * k), index / k % k, index % k);
            let plane = &input.values[channel * input.height * input.width..][..input.height * input.width];
            let Some(line) = line.as_slice_mut() else { continue };
            for (y, out) in rows.clone().zip(line.chunks_exact_mut(width)) {
                let source = (y * self.stride + ky).wrapping_sub(self.padding);
                if source >= input.height {
                    continue;
                }
                let source = &plane[source * input.width..][..input.width];
                for (x, value) in out.iter_mut().enumerate() {
                    let at = (x * self.stride + kx).wrapping_sub(self.padding);
                    *value = source.get(at).copied().unwrap_or(0.0);
                }
            }
        }
        columns
    }
}

/// Largest value under a window, without padding; what does not fill a window is left out.
pub fn max_pool(input: &Feature, window: usize, stride: usize) -> Feature {
    let size = |side: usize| (side - window) / stride + 1;
    let (height, width) = (size(input.height), size(input.width));
    let mut values = vec![f32::NEG_INFINITY; input.channels * height * width];
    for (plane, out) in
        input.values.chunks_exact(input.height * input.width).zip(values.chunks_exact_mut(height * width))
    {
        let plane = ArrayView2::from_shape((input.height, input.width), plane).expect("a plane has its size");
        for (i, out) in out.iter_mut().enumerate() {
            let (top, left) = (i / width * stride, i % width * stride);
            let under = (0..window * window).map(|j| plane[[top + j / window, left + j % window]]);
            *out = under.fold(f32::NEG_INFINITY, f32::max);
        }
    }
    Feature { channels: input.channels, height, width, values }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn convolution_equals_its_definition() {
        let hash = |i: usize| ((i * 7919 + 13) % 101) as f32 / 50.0 - 1.0;
        let input = Feature { channels: 2, height: 7, width: 9, values: (0..126).map(hash).collect() };
        for (kernel, stride, padding) in [(3, 1, 1), (3, 2, 0), (5, 4, 2)] {
            let k = 2 * kernel * kernel;
            let weights = Array2::from_shape_fn((3, k), |(o, i)| hash(o * 31 + i * 3 + 5));
            let layer = Convolution { weights, bias: vec![0.1, -0.2, 0.3], kernel, stride, padding };
            let out = layer.apply(&input);
            for (i, value) in out.values.iter().enumerate() {
                let (c, y, x) = (i / (out.height * out.width), i / out.width % out.height, i % out.width);
                let mut sum = layer.bias[c] as f64;
                for (ci, ky, kx) in (0..k).map(|i| (i / kernel / kernel, i / kernel % kernel, i % kernel)) {
                    let (sy, sx) =
                        ((y * stride + ky) as i64 - padding as i64, (x * stride + kx) as i64 - padding as i64);
                    if (0..7).contains(&sy) && (0..9).contains(&sx) {
                        let weight = layer.weights[[c, (ci * kernel + ky) * kernel + kx]];
                        sum += (weight * input.values[ci * 63 + sy as usize * 9 + sx as usize]) as f64;
                    }
                }
                assert!((*value as f64 - sum.max(0.0)).abs() < 1e-5, "{kernel} {stride} {padding}: {i}");
            }
        }
    }

    #[test]
    fn pooling_takes_the_largest_and_drops_the_rest() {
        let input = Feature { channels: 1, height: 4, width: 5, values: (0..20).map(|i| i as f32).collect() };
        let pooled = max_pool(&input, 2, 2);
        assert_eq!((pooled.height, pooled.width, pooled.values), (2, 2, vec![6.0, 8.0, 16.0, 18.0]));
        assert_eq!(max_pool(&input, 3, 2).values, [12.0, 14.0]);
    }
}

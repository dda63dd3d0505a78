//! Structural similarity (Wang et al. 2004) as 3DGS uses it: 11x11 Gaussian window of sigma 1.5, zero padding,
//! C1 = 0.01^2, C2 = 0.03^2, mean over pixels and channels; with its gradient by the first image.

use glam::DVec3;

const RADIUS: usize = 5;
const SIGMA: f64 = 1.5;
const C1: f64 = 0.01 * 0.01;
const C2: f64 = 0.03 * 0.03;

/// Mean SSIM of two `[H, W]` images and its gradient by `image`.
pub fn ssim(width: u32, height: u32, image: &[DVec3], photo: &[DVec3]) -> (f64, Vec<DVec3>) {
    let blur = |values: Vec<DVec3>| blur(width, height, &values);
    let product = |a: &[DVec3], b: &[DVec3]| a.iter().zip(b).map(|(&a, &b)| a * b).collect();
    let (mean_x, mean_y) = (blur(image.to_vec()), blur(photo.to_vec()));
    // Second moments about zero: E[xx], E[yy], E[xy].
    let (xx, yy) = (blur(product(image, image)), blur(product(photo, photo)));
    let xy = blur(product(image, photo));

    let count = 3.0 * image.len() as f64;
    let mut total = 0.0;
    let (mut d_mean, mut d_xx, mut d_xy) = (Vec::new(), Vec::new(), Vec::new());
    for p in 0..image.len() {
        let (mx, my) = (mean_x[p], mean_y[p]);
        let luminance = 2.0 * mx * my + C1;
        let structure = 2.0 * (xy[p] - mx * my) + C2;
        let luminance_norm = mx * mx + my * my + C1;
        let structure_norm = (xx[p] - mx * mx) + (yy[p] - my * my) + C2;
        let s = luminance * structure / (luminance_norm * structure_norm);
        total += s.element_sum();
        // Quotient rule; the means also stand inside the variances.
        let by_structure = 2.0 * luminance / (luminance_norm * structure_norm);
        let by_mean = 2.0 * my * structure / (luminance_norm * structure_norm) - s * 2.0 * mx / luminance_norm;
        d_mean.push((by_mean - my * by_structure + s * 2.0 * mx / structure_norm) / count);
        d_xx.push(-s / structure_norm / count);
        d_xy.push(by_structure / count);
    }
    // The window is symmetric and padding is zero, so the blur is its own adjoint.
    let (d_mean, d_xx, d_xy) = (blur(d_mean), blur(d_xx), blur(d_xy));
    let gradient = (0..image.len()).map(|p| d_mean[p] + 2.0 * image[p] * d_xx[p] + photo[p] * d_xy[p]).collect();
    (total / count, gradient)
}

/// Convolution with the window: first along x, then along y; outside the image everything is 0.
fn blur(width: u32, height: u32, values: &[DVec3]) -> Vec<DVec3> {
    let (width, height) = (width as usize, height as usize);
    let window: Vec<f64> = (0..=2 * RADIUS).map(|k| falloff(k.abs_diff(RADIUS) as f64)).collect();
    let sum: f64 = window.iter().sum();
    // `count` values that lie `stride` apart, from `start` on.
    let pass = |values: &[DVec3], out: &mut [DVec3], start: usize, stride: usize, count: usize| {
        for i in 0..count {
            let near = i.saturating_sub(RADIUS)..(i + RADIUS + 1).min(count);
            let taps = near.map(|j| window[j + RADIUS - i] * values[start + j * stride]);
            out[start + i * stride] = taps.sum::<DVec3>() / sum;
        }
    };
    let (mut along_x, mut both) = (vec![DVec3::ZERO; values.len()], vec![DVec3::ZERO; values.len()]);
    (0..height).for_each(|y| pass(values, &mut along_x, y * width, 1, width));
    (0..width).for_each(|x| pass(&along_x, &mut both, x, width, height));
    both
}

fn falloff(distance: f64) -> f64 {
    (-distance * distance / (2.0 * SIGMA * SIGMA)).exp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Dice;

    #[test]
    fn equal_images_score_one_and_their_gradient_is_zero() {
        let mut dice = Dice::new(3);
        let image: Vec<DVec3> = (0..15 * 13).map(|_| dice.vec3(0.0, 1.0)).collect();
        let (value, gradient) = ssim(15, 13, &image, &image);
        assert!((value - 1.0).abs() < 1e-12);
        assert!(gradient.iter().all(|g| g.length() < 1e-12));
    }
}

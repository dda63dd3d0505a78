//! How close a picture is to a photograph: PSNR and SSIM on 8-bit sRGB, scaled to 0..1.

use crate::EvalError;
use image::RgbImage;
use rayon::prelude::*;
use splat_core::Photo;

/// Taps of the SSIM window.
const WINDOW: usize = 11;
/// Standard deviation of the SSIM window, in pixels.
const SIGMA: f32 = 1.5;
/// SSIM's stabilisers for values in 0..1.
const C1: f32 = 0.01 * 0.01;
const C2: f32 = 0.03 * 0.03;

/// Peak signal-to-noise ratio in dB: -10 log10 of the mean squared error over all pixels and channels (values 0..1).
/// With `valid` (`[H, W]`, false = left out) over those pixels only. Infinite for equal pictures; NaN where no pixel
/// is valid.
///
/// # Errors
/// If the pictures differ in size, or `valid` does not have one entry per pixel.
pub fn psnr(a: &RgbImage, b: &RgbImage, valid: Option<&[bool]>) -> Result<f64, EvalError> {
    EvalError::same_size(a.dimensions(), b.dimensions())?;
    let pixels = a.width() as usize * a.height() as usize;
    if let Some(valid) = valid.filter(|v| v.len() != pixels) {
        return Err(EvalError::Sizes { a: a.dimensions(), b: (valid.len() as u32, 1) });
    }
    let kept = |pixel: usize| valid.is_none_or(|v| v[pixel]);
    let (mut sum, mut count) = (0u64, 0u64);
    for (pixel, (p, q)) in a.pixels().zip(b.pixels()).enumerate().filter(|&(pixel, _)| kept(pixel)) {
        sum += (0..3).map(|c| p.0[c].abs_diff(q.0[c]) as u64).map(|d| d * d).sum::<u64>();
        count += 3;
        debug_assert!(pixel < pixels);
    }
    Ok(-10.0 * (sum as f64 / count as f64 / (255.0 * 255.0)).log10())
}

/// Structural similarity, -1..1: mean over all pixels and channels of the SSIM index with an 11 x 11 Gaussian window
/// (sigma 1.5), zero padding, C1 = 0.01^2, C2 = 0.03^2 on values 0..1. The same function that the training loss uses.
///
/// # Errors
/// If the pictures differ in size.
pub fn ssim(a: &RgbImage, b: &RgbImage) -> Result<f64, EvalError> {
    EvalError::same_size(a.dimensions(), b.dimensions())?;
    let width = a.width() as usize;
    let plane = |image: &RgbImage, c: usize| -> Vec<f32> { image.pixels().map(|p| p.0[c] as f32 / 255.0).collect() };
    let sum: f64 = (0..3).into_par_iter().map(|c| ssim_map(&plane(a, c), &plane(b, c), width).sum::<f64>()).sum();
    Ok(sum / (3.0 * width as f64 * a.height() as f64))
}

/// The SSIM index at every pixel of one channel, `[H, W]` each.
fn ssim_map(x: &[f32], y: &[f32], width: usize) -> impl Iterator<Item = f64> + use<> {
    let product = |a: &[f32], b: &[f32]| -> Vec<f32> { a.iter().zip(b).map(|(a, b)| a * b).collect() };
    let maps = [x.to_vec(), y.to_vec(), product(x, x), product(y, y), product(x, y)];
    let [mean_x, mean_y, xx, yy, xy] = maps.map(|map| blur(&map, width));
    (0..x.len()).map(move |i| {
        let (mx, my) = (mean_x[i], mean_y[i]);
        let (var_x, var_y, cov) = (xx[i] - mx * mx, yy[i] - my * my, xy[i] - mx * my);
        let index = (2.0 * mx * my + C1) * (2.0 * cov + C2) / ((mx * mx + my * my + C1) * (var_x + var_y + C2));
        index as f64
    })
}

/// Normalised Gaussian weights.
fn window() -> [f32; WINDOW] {
    let mut taps = [0.0; WINDOW];
    for (i, tap) in taps.iter_mut().enumerate() {
        let d = i as f32 - (WINDOW / 2) as f32;
        *tap = (-d * d / (2.0 * SIGMA * SIGMA)).exp();
    }
    let sum: f32 = taps.iter().sum();
    taps.map(|t| t / sum)
}

/// Separable Gaussian blur, `[H, W]`; zero outside the image.
fn blur(plane: &[f32], width: usize) -> Vec<f32> {
    let (taps, half) = (window(), WINDOW / 2);
    let height = plane.len().checked_div(width).unwrap_or(0);
    let mut across = vec![0.0f32; plane.len()];
    for (row, out) in plane.chunks_exact(width.max(1)).zip(across.chunks_exact_mut(width.max(1))) {
        let mut padded = vec![0.0; width + 2 * half];
        padded[half..half + width].copy_from_slice(row);
        for (x, out) in out.iter_mut().enumerate() {
            *out = taps.iter().zip(&padded[x..x + WINDOW]).map(|(t, v)| t * v).sum();
        }
    }
    let mut down = vec![0.0f32; plane.len()];
    for (y, out) in down.chunks_exact_mut(width.max(1)).enumerate() {
        let (first, last) = (y.saturating_sub(half), (y + half).min(height.saturating_sub(1)));
        for source in first..=last {
            let tap = taps[source + half - y];
            let row = &across[source * width..(source + 1) * width];
            out.iter_mut().zip(row).for_each(|(out, v)| *out += tap * v);
        }
    }
    down
}

/// The photograph's colours, over a background (sRGB, 0..1) where it is transparent.
pub fn photo_rgb(photo: &Photo, background: [f32; 3]) -> RgbImage {
    RgbImage::from_fn(photo.width, photo.height, |x, y| {
        let i = (y as usize * photo.width as usize + x as usize) * 4;
        let behind = photo.alpha.as_ref().map_or(0, |alpha| 255 - alpha[i / 4]);
        image::Rgb([0, 1, 2].map(|c| photo.rgba[i + c].saturating_add((background[c] * behind as f32).round() as u8)))
    })
}

/// `[H, W]` which pixels of a photograph are valid; `None` where all are.
pub fn photo_validity(photo: &Photo) -> Option<Vec<bool>> {
    let valid: Vec<bool> = photo.rgba.chunks_exact(4).map(|p| p[3] == 255).collect();
    valid.contains(&false).then_some(valid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(width: u32, height: u32, seed: u32) -> RgbImage {
        let mut state = seed;
        RgbImage::from_fn(width, height, |_, _| {
            image::Rgb([0; 3].map(|_: u8| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            }))
        })
    }

    #[test]
    fn psnr_of_known_differences() {
        let grey = |v: u8| RgbImage::from_pixel(5, 4, image::Rgb([v; 3]));
        let off_by_one = psnr(&grey(100), &grey(101), None).unwrap();
        assert!((off_by_one - 20.0 * 255f64.log10()).abs() < 1e-9, "{off_by_one}"); // 48.13 dB
        assert!(psnr(&grey(0), &grey(255), None).unwrap().abs() < 1e-9);
        assert!(psnr(&grey(9), &grey(9), None).unwrap().is_infinite());
        assert!(psnr(&grey(9), &RgbImage::new(4, 5), None).unwrap_err().is_bad_input());
    }

    #[test]
    fn psnr_leaves_out_what_is_not_valid() {
        let mut b = RgbImage::new(2, 1);
        b.put_pixel(0, 0, image::Rgb([255; 3]));
        b.put_pixel(1, 0, image::Rgb([1; 3]));
        let masked = psnr(&RgbImage::new(2, 1), &b, Some(&[false, true])).unwrap();
        assert!((masked - 48.130_803).abs() < 1e-5, "{masked}");
        assert!(psnr(&b, &b, Some(&[true])).is_err());
        assert!(psnr(&b, &b, Some(&[false, false])).unwrap().is_nan());
    }

    #[test]
    fn ssim_of_equal_pictures_is_one_and_of_unrelated_ones_near_zero() {
        let (a, b) = (noise(40, 30, 1), noise(40, 30, 987_654));
        assert!((ssim(&a, &a).unwrap() - 1.0).abs() < 1e-6);
        assert!(ssim(&a, &b).unwrap().abs() < 0.2);
        assert_eq!(ssim(&a, &b).unwrap(), ssim(&b, &a).unwrap());
    }

    #[test]
    fn ssim_agrees_with_the_definition_evaluated_directly() {
        let (a, b) = (noise(13, 9, 3), noise(13, 9, 4));
        let weight = |d: i32| (-(d * d) as f64 / (2.0 * 1.5 * 1.5)).exp();
        let norm: f64 = (-5..=5).map(weight).sum();
        let mut total = 0.0;
        for (c, cy, cx) in (0..3).flat_map(|c| (0..9).flat_map(move |y| (0..13).map(move |x| (c, y, x)))) {
            let mut m = [0.0; 5];
            for (dy, dx) in (-5..=5).flat_map(|dy| (-5..=5).map(move |dx| (dy, dx))) {
                let (y, x) = (cy + dy, cx + dx);
                if (0..9).contains(&y) && (0..13).contains(&x) {
                    let value = |i: &RgbImage| i.get_pixel(x as u32, y as u32).0[c] as f64 / 255.0;
                    let (p, q, w) = (value(&a), value(&b), weight(dy) * weight(dx) / (norm * norm));
                    [p, q, p * p, q * q, p * q].iter().zip(&mut m).for_each(|(v, m)| *m += w * v);
                }
            }
            let [mx, my, xx, yy, xy] = m;
            total += (2.0 * mx * my + 1e-4) * (2.0 * (xy - mx * my) + 9e-4)
                / ((mx * mx + my * my + 1e-4) * (xx - mx * mx + yy - my * my + 9e-4));
        }
        let direct = total / (3.0 * 9.0 * 13.0);
        assert!((ssim(&a, &b).unwrap() - direct).abs() < 1e-5, "{direct}");
    }

    #[test]
    fn both_agree_with_scikit_image() {
        // Version 0.26: Gaussian weights, sigma 1.5, population covariance; SSIM on the interior, 5 pixels from the border, where
        // the two treat what lies outside differently.
        let (a, n) = (noise(40, 30, 1), noise(40, 30, 2));
        let mixed = a.as_raw().iter().zip(n.as_raw()).map(|(a, n)| ((3 * *a as u16 + *n as u16) / 4) as u8);
        let b = RgbImage::from_raw(40, 30, mixed.collect()).unwrap();
        assert!((psnr(&a, &b, None).unwrap() - 19.759_087_422_988_944).abs() < 1e-9);
        let plane =
            |image: &RgbImage, c: usize| -> Vec<f32> { image.pixels().map(|p| p.0[c] as f32 / 255.0).collect() };
        let is_inside = |i: usize| (5..35).contains(&(i % 40)) && (5..25).contains(&(i / 40));
        let inside = |c: usize| {
            let map = ssim_map(&plane(&a, c), &plane(&b, c), 40).enumerate();
            map.filter(|(i, _)| is_inside(*i)).map(|(_, v)| v).sum::<f64>()
        };
        let mean = (0..3).map(inside).sum::<f64>() / (3.0 * 30.0 * 20.0);
        assert!((mean - 0.920_412_077_541_932_7).abs() < 1e-5, "{mean}");
    }

    #[test]
    fn validity_is_none_where_everything_counts() {
        let mut photo = Photo { width: 2, height: 1, rgba: vec![1, 2, 3, 255, 4, 5, 6, 255], alpha: None };
        assert_eq!(photo_validity(&photo), None);
        photo.rgba[7] = 0;
        assert_eq!(photo_validity(&photo), Some(vec![true, false]));
        assert_eq!(photo_rgb(&photo, [1.0; 3]).get_pixel(1, 0).0, [4, 5, 6]);
        photo.alpha = Some(vec![255, 100]);
        assert_eq!(photo_rgb(&photo, [1.0, 0.0, 0.2]).get_pixel(1, 0).0, [159, 5, 37]);
        assert_eq!(photo_rgb(&photo, [1.0; 3]).get_pixel(0, 0).0, [1, 2, 3]);
    }
}

//! PSNR but for the photograph's exposure: what is left once the best affine colour transform was taken out.

use crate::EvalError;
use glam::{DMat4, DVec3, DVec4};
use image::RgbImage;

/// Pull of the transform towards the identity, per pixel: decides what a picture of one colour leaves open.
const PULL: f64 = 1e-6;

/// PSNR in dB of a render whose colours were transformed affinely to fit the photograph. The transform is fitted (least
/// squares) on one half of the picture and scored on the other, both ways, so that no pixel helps its own score. With
/// `valid` (`[H, W]`, false = left out) over those pixels only. NaN where no pixel is valid.
///
/// # Errors
/// If the pictures differ in size, or `valid` does not have one entry per pixel.
pub fn psnr_exposed(photo: &RgbImage, render: &RgbImage, valid: Option<&[bool]>) -> Result<f64, EvalError> {
    EvalError::same_size(photo.dimensions(), render.dimensions())?;
    let (width, pixels) = (photo.width() as usize, photo.width() as usize * photo.height() as usize);
    if let Some(valid) = valid.filter(|v| v.len() != pixels) {
        return Err(EvalError::Sizes { a: photo.dimensions(), b: (valid.len() as u32, 1) });
    }
    let colour = |p: &image::Rgb<u8>| DVec3::from_array(p.0.map(|c| f64::from(c) / 255.0));
    let pairs: Vec<(usize, DVec3, DVec3)> = (photo.pixels().zip(render.pixels()).enumerate())
        .filter(|(pixel, _)| valid.is_none_or(|v| v[*pixel]))
        .map(|(pixel, (p, r))| (usize::from(2 * (pixel % width) >= width), colour(p), colour(r)))
        .collect();
    let mut sum = 0.0;
    for half in 0..2 {
        let fit = Affine::fit(pairs.iter().filter(|(side, ..)| *side != half).map(|(_, p, r)| (*p, *r)));
        sum += pairs
            .iter()
            .filter(|(side, ..)| *side == half)
            .map(|(_, p, r)| fit.shown(*r).distance_squared(*p))
            .sum::<f64>();
    }
    Ok(-10.0 * (sum / (3.0 * pairs.len() as f64)).log10())
}

/// The rows of \[A | b\].
struct Affine([DVec4; 3]);

impl Affine {
    /// Least squares over (photograph, render).
    fn fit(pairs: impl Iterator<Item = (DVec3, DVec3)>) -> Self {
        let (mut products, mut targets, mut count) = (DMat4::ZERO, [DVec4::ZERO; 3], 0.0);
        for (photo, render) in pairs {
            let h = render.extend(1.0);
            products += DMat4::from_cols(h.x * h, h.y * h, h.z * h, h);
            targets.iter_mut().zip(photo.to_array()).for_each(|(t, p)| *t += p * h);
            count += 1.0;
        }
        // Nothing to fit: the identity.
        let pull = PULL * f64::max(count, 1.0);
        let inverse = (products + DMat4::from_diagonal(DVec4::splat(pull))).inverse();
        let identity = [DVec4::X, DVec4::Y, DVec4::Z];
        Self(std::array::from_fn(|k| inverse * (targets[k] + pull * identity[k])))
    }

    /// The transformed colour, as an 8-bit image would show it.
    fn shown(&self, render: DVec3) -> DVec3 {
        let exposed = DVec3::from_array(self.0.map(|row| row.dot(render.extend(1.0))));
        (exposed.clamp(DVec3::ZERO, DVec3::ONE) * 255.0).round() / 255.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::psnr;

    fn pictures() -> (RgbImage, RgbImage) {
        let render = RgbImage::from_fn(24, 16, |x, y| image::Rgb([(5 * x) as u8, (9 * y) as u8, (x * y / 3) as u8]));
        let exposed = |c: [u8; 3]| {
            let [r, g, b] = c.map(f64::from);
            image::Rgb([1.3 * r + 0.1 * g + 8.0, 0.8 * g + 0.05 * b, 0.6 * b + 20.0].map(|v| v.round() as u8))
        };
        let photo = RgbImage::from_fn(24, 16, |x, y| exposed(render.get_pixel(x, y).0));
        (photo, render)
    }

    #[test]
    fn an_exposure_costs_nothing_and_other_errors_do() {
        let (photo, mut render) = pictures();
        assert!(psnr(&photo, &render, None).unwrap() < 25.0);
        assert!(psnr_exposed(&photo, &render, None).unwrap() > 48.0, "what rounding leaves");
        // Nothing that one half shows helps where only the other is wrong.
        (0..16).for_each(|y| render.put_pixel(3, y, image::Rgb([255; 3])));
        assert!(psnr_exposed(&photo, &render, None).unwrap() < 25.0);
        let valid: Vec<bool> = (0..24 * 16).map(|pixel| pixel % 24 != 3).collect();
        assert!(psnr_exposed(&photo, &render, Some(&valid)).unwrap() > 48.0);
    }

    #[test]
    fn flat_and_hidden_pictures_are_no_trouble() {
        let flat = RgbImage::from_pixel(6, 4, image::Rgb([7; 3]));
        assert!(psnr_exposed(&flat, &flat, None).unwrap() > 60.0);
        assert!(psnr_exposed(&flat, &flat, Some(&[false; 24])).unwrap().is_nan());
        assert!(psnr_exposed(&flat, &RgbImage::new(4, 6), None).unwrap_err().is_bad_input());
        assert!(psnr_exposed(&flat, &flat, Some(&[true])).is_err());
    }
}

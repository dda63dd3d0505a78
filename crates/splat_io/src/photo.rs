//! One photograph from disk to training: decoded, undistorted, masked, downscaled.

use crate::IoError;
use crate::lens::UndistortMap;
use crate::sizes::{decode_error, is_resize};
use glam::Vec2;
use image::imageops::{self, FilterType};
use image::{DynamicImage, GrayImage, ImageBuffer, ImageDecoder, ImageReader, Pixel, RgbImage, Rgba, RgbaImage};
use rayon::prelude::*;
use splat_core::{Photo, View};
use std::io::Cursor;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Loads photographs in parallel, in the order of `views`. `on_progress` is told, from any thread, how many are done.
pub fn load_photos(views: &[&View], on_progress: &(dyn Fn(usize) + Sync)) -> Result<Vec<Photo>, IoError> {
    let done = AtomicUsize::new(0);
    let load = |view: &&View| {
        let photo = load_photo(view)?;
        on_progress(done.fetch_add(1, Ordering::Relaxed) + 1);
        Ok(photo)
    };
    views.par_iter().map(load).collect()
}

/// Loads the photograph of a view, at the size of the view's camera.
///
/// Undistortion is bilinear; downscaling is bicubic (Catmull-Rom, widened to the scale, so that nothing aliases).
/// Colours are blended over black, and alpha kept beside them. Validity is 0 where the anonymisation mask is below 255 and outside the photograph.
pub fn load_photo(view: &View) -> Result<Photo, IoError> {
    let path = &view.image_path;
    let camera = (view.camera.intrinsics.width, view.camera.intrinsics.height);
    let expected = view.distortion.map(|d| (d.source.width, d.source.height));
    let Decoded { mut rgb, mut alpha } = decode(path, |size| match expected {
        Some(expected) => size == expected,
        None => is_resize(size, camera) && size.0 >= camera.0,
    })?;
    let mut valid = match &view.valid_mask_path {
        Some(mask) => Some(load_valid_mask(mask, rgb.dimensions())?),
        None => None,
    };
    if let Some(distortion) = &view.distortion {
        let map = UndistortMap::new(distortion, rgb.width(), rgb.height());
        valid = Some(undistort_valid(&map, rgb.dimensions(), valid.as_ref()));
        alpha = alpha.map(|alpha| undistort(&map, &alpha));
        rgb = undistort(&map, &rgb);
    }
    if rgb.dimensions() != camera {
        rgb = imageops::resize(&rgb, camera.0, camera.1, FilterType::CatmullRom);
        alpha = alpha.map(|a| imageops::resize(&a, camera.0, camera.1, FilterType::CatmullRom));
        valid = valid.map(|v| imageops::resize(&v, camera.0, camera.1, FilterType::Triangle));
    }
    Ok(join(&rgb, valid.as_ref(), alpha))
}

/// A photograph as it lies on disk: full size, distortion and all; alpha is blended over black.
pub fn load_photo_file(path: &Path) -> Result<RgbImage, IoError> {
    Ok(decode(path, |_| true)?.rgb)
}

/// Colours over black, and alpha where some of it is not 255.
struct Decoded {
    rgb: RgbImage,
    alpha: Option<GrayImage>,
}

/// Decodes a JPEG or PNG whose size passes `size_is_right`.
fn decode(path: &Path, size_is_right: impl Fn((u32, u32)) -> bool) -> Result<Decoded, IoError> {
    let bytes = crate::read_bytes(path)?;
    if bytes.starts_with(&[0xff, 0xd8]) && !jpeg_is_complete(&bytes) {
        return Err(IoError::bad(path, "is a truncated JPEG (its end marker is missing); copy it again"));
    }
    let reader = ImageReader::new(Cursor::new(&bytes)).with_guessed_format().map_err(|e| IoError::read(path, e))?;
    let decoder = reader.into_decoder().map_err(|e| decode_error(path, e))?;
    let (w, h) = decoder.dimensions();
    if !size_is_right((w, h)) {
        return Err(IoError::bad(path, format!("is {w} x {h}, which does not match its camera")));
    }
    let image = DynamicImage::from_decoder(decoder).map_err(|e| decode_error(path, e))?;
    if !image.color().has_alpha() {
        return Ok(Decoded { rgb: image.into_rgb8(), alpha: None });
    }
    let image = image.into_rgba8();
    let alpha = GrayImage::from_fn(w, h, |x, y| image::Luma([image.get_pixel(x, y)[3]]));
    let alpha = alpha.iter().any(|&a| a < 255).then_some(alpha);
    Ok(Decoded { rgb: over_black(&image), alpha })
}

fn over_black(image: &RgbaImage) -> RgbImage {
    let blend = |c: u8, a: u8| ((c as u16 * a as u16 + 127) / 255) as u8;
    RgbImage::from_fn(image.width(), image.height(), |x, y| {
        let Rgba([r, g, b, a]) = *image.get_pixel(x, y);
        image::Rgb([blend(r, a), blend(g, a), blend(b, a)])
    })
}

/// Walks a JPEG's segments to its end marker. Decoders are lenient and paint what is missing grey, which would go
/// unnoticed into training.
fn jpeg_is_complete(bytes: &[u8]) -> bool {
    let mut at = 2;
    loop {
        let Some(&[0xff, marker]) = bytes.get(at..at + 2) else { return false };
        match marker {
            0xd9 => return true,
            0xff => at += 1,
            0x01 | 0xd0..=0xd7 => at += 2,
            _ => {
                let Some(&[high, low]) = bytes.get(at + 2..at + 4) else { return false };
                at += 2 + u16::from_be_bytes([high, low]) as usize;
                if marker == 0xda {
                    // Entropy-coded data: up to the next marker that is neither stuffing nor a restart.
                    let rest = bytes.get(at..).unwrap_or_default();
                    let is_marker = |w: &[u8]| w[0] == 0xff && !matches!(w[1], 0x00 | 0xd0..=0xd7 | 0xff);
                    let Some(next) = rest.windows(2).position(is_marker) else { return false };
                    at += next;
                }
            }
        }
    }
}

/// The anonymisation mask at the photograph's size: 255 valid, 0 not.
fn load_valid_mask(path: &Path, size: (u32, u32)) -> Result<GrayImage, IoError> {
    let bytes = crate::read_bytes(path)?;
    let image = image::load_from_memory(&bytes).map_err(|e| decode_error(path, e))?;
    let mask = image.into_luma8();
    let own = mask.dimensions();
    if !is_resize(own, size) {
        let message = format!("is {} x {}, but its photograph is {} x {}", own.0, own.1, size.0, size.1);
        return Err(IoError::bad(path, message));
    }
    let mut mask = if own == size { mask } else { imageops::resize(&mask, size.0, size.1, FilterType::Nearest) };
    mask.iter_mut().for_each(|v| *v = if *v == 255 { 255 } else { 0 });
    Ok(mask)
}

/// Undistorts at full size; black outside the photograph.
fn undistort<P: Pixel<Subpixel = u8>>(map: &UndistortMap, image: &ImageBuffer<P, Vec<u8>>) -> ImageBuffer<P, Vec<u8>> {
    let (w, h) = image.dimensions();
    let mut out = ImageBuffer::<P, Vec<u8>>::new(w, h);
    for (source, pixel) in map.pixels().zip(out.pixels_mut()) {
        let Some(p) = source else { continue };
        let mut sum = [0.0f32; 4];
        for (x, y, weight) in bilinear_corners(p, w, h) {
            let channels = image.get_pixel(x, y).channels();
            sum.iter_mut().zip(channels).for_each(|(sum, &c)| *sum += weight * c as f32);
        }
        pixel.channels_mut().iter_mut().zip(sum).for_each(|(out, sum)| *out = (sum + 0.5) as u8);
    }
    out
}

/// Validity after undistortion: a pixel is valid when it lies in the photograph and its neighbours there are.
fn undistort_valid(map: &UndistortMap, (w, h): (u32, u32), valid: Option<&GrayImage>) -> GrayImage {
    let mut out = GrayImage::new(w, h);
    for (source, pixel) in map.pixels().zip(out.pixels_mut()) {
        let Some(p) = source else { continue };
        let counts = |(x, y, weight)| weight == 0.0 || valid.is_none_or(|v| v.get_pixel(x, y)[0] == 255);
        pixel.0 = [if bilinear_corners(p, w, h).into_iter().all(counts) { 255 } else { 0 }];
    }
    out
}

/// The four pixels around a position (pixel centres at +0.5) with their weights; clamped at the border.
fn bilinear_corners(p: Vec2, w: u32, h: u32) -> [(u32, u32, f32); 4] {
    let q = p - 0.5;
    let base = q.floor();
    let f = q - base;
    let x = |i: f32| (base.x + i).clamp(0.0, w as f32 - 1.0) as u32;
    let y = |i: f32| (base.y + i).clamp(0.0, h as f32 - 1.0) as u32;
    [
        (x(0.0), y(0.0), (1.0 - f.x) * (1.0 - f.y)),
        (x(1.0), y(0.0), f.x * (1.0 - f.y)),
        (x(0.0), y(1.0), (1.0 - f.x) * f.y),
        (x(1.0), y(1.0), f.x * f.y),
    ]
}

fn join(rgb: &RgbImage, valid: Option<&GrayImage>, alpha: Option<GrayImage>) -> Photo {
    // After a resize a pixel that an invalid one touched by more than 2 % is below 250.
    let validity = |i: usize| valid.is_none_or(|v| v.as_raw()[i] >= 250);
    let rgba = rgb.pixels().enumerate().flat_map(|(i, p)| [p[0], p[1], p[2], if validity(i) { 255 } else { 0 }]);
    Photo { width: rgb.width(), height: rgb.height(), rgba: rgba.collect(), alpha: alpha.map(GrayImage::into_raw) }
}

//! Whether two image sizes show the same picture at two scales.

use crate::IoError;
use std::path::Path;

/// True when `b` is `a` scaled by one factor, sides rounded to whole pixels. Sizes that differ by less than 5 % are no
/// resize of each other unless they are equal: nobody scales by 0.99, but people do mix up images.
pub(crate) fn is_resize(a: (u32, u32), b: (u32, u32)) -> bool {
    if a == b {
        return a.0 > 0 && a.1 > 0;
    }
    let [aw, ah, bw, bh] = [a.0, a.1, b.0, b.1].map(f64::from);
    if aw * ah * bw * bh == 0.0 {
        return false;
    }
    let scale = ((bw / aw) * (bh / ah)).sqrt();
    let rounds = (bw - aw * scale).abs() <= 1.0 && (bh - ah * scale).abs() <= 1.0;
    let exact = a.0 as u64 * b.1 as u64 == a.1 as u64 * b.0 as u64;
    exact || (rounds && !(0.95..1.05).contains(&scale))
}

/// Size of an image file, from its header.
pub(crate) fn image_size(path: &Path) -> Result<(u32, u32), IoError> {
    let reader = image::ImageReader::open(path).and_then(|r| r.with_guessed_format());
    let size = reader.map_err(|e| IoError::read(path, e))?.into_dimensions();
    size.map_err(|e| decode_error(path, e))
}

/// What went wrong when an image was decoded.
pub(crate) fn decode_error(path: &Path, error: image::ImageError) -> IoError {
    match error {
        image::ImageError::Unsupported(_) => {
            IoError::bad(path, "is neither JPEG nor PNG (or the file is damaged); convert it to one of these")
        }
        other => IoError::bad(path, format!("cannot be decoded: {other}; is the file truncated?")),
    }
}

#[cfg(test)]
mod tests {
    use super::is_resize;

    #[test]
    fn rounded_resizes_pass_and_near_misses_do_not() {
        assert!(is_resize((1752, 1168), (438, 292)));
        assert!(is_resize((4946, 3286), (1237, 822)));
        assert!(is_resize((640, 359), (320, 180)));
        assert!(!is_resize((438, 292), (438, 293)));
        assert!(!is_resize((438, 292), (437, 292)));
        assert!(!is_resize((438, 292), (292, 438)));
        assert!(!is_resize((438, 292), (100, 100)));
        assert!(!is_resize((0, 0), (0, 0)));
    }
}

//! Bytes and operations that a stage cannot avoid: a yardstick, not a profile.
//!
//! Every value is counted once per stage, as if caches were perfect within a stage and empty between two: rows, lists and
//! images are read and written once, a tile list's Gaussian is fetched once per entry. Floats take 4 bytes. A
//! multiply-add counts as two operations, an exponential as one.

use splat_core::{Stage, sh};

/// What a step is made of.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Gaussians N.
    pub rows: u64,
    /// Gaussians in the picture V.
    pub visible: u64,
    /// Classes C.
    pub classes: u64,
    /// Share of the image whose classes are blended and compared.
    pub class_share: f64,
    /// Pixels P.
    pub pixels: u64,
    /// Entries of all tile lists I.
    pub entries: u64,
    /// Blended (pixel, Gaussian) pairs B.
    pub pairs: u64,
}

/// What a stage must do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// Bytes read and written.
    pub bytes: u64,
    /// Floating-point operations.
    pub flops: u64,
}

/// Floats of a Gaussian without classes: mean 3, log-scale 3, quaternion 4, opacity 1, SH 48.
const ROW: u64 = 11 + 3 * sh::coefficients(3) as u64;
/// Floats of a projected Gaussian: mean 2, conic 3, opacity, colour 3, depth.
const SPLAT: u64 = 10;

/// The work of every stage of a step without densification, SH degree 3.
pub fn per_stage(size: &Size) -> [(Stage, Work); 6] {
    let Size { rows: n, visible: v, classes: c, class_share, pixels: p, entries: i, pairs: b } = *size;
    // Classes that are blended in a part of the image cost that part.
    let k = (c as f64 * class_share) as u64;
    let floats = |count: u64, flops: u64| Work { bytes: 4 * count, flops };
    [
        // Rows in, splats out. SH 48 multiply-adds and a basis, covariance and projection about 200.
        (Stage::Project, floats(n * ROW + v * SPLAT, n * 60 + v * (2 * 48 + 40 + 200))),
        // Four 8-bit passes over key and index of V depths, read and written; entries written once. Integers only.
        (Stage::Sort, floats(4 * 4 * v + i, 0)),
        // A splat and its logits per entry; colour, transmittance, depth and classes per pixel. Alpha 12, depth, colour and
        // classes a multiply-add each.
        (Stage::Forward, floats(i * (SPLAT + k) + p * (5 + k), b * (12 + 2 * (4 + k)))),
        // Image and photograph (1 word) in, gradient out; classes and their gradients; label. SSIM: five maps blurred twice
        // and their adjoint, 11 taps each way, three channels. Softmax: three passes.
        (Stage::Loss, floats(p * (3 + 1 + 3 + 2 * k + 1), p * (3 * 2 * (5 + 3) * 11 * 2 + 3 * 40 + 6 * k))),
        // What the forward pass read, pixel gradients in, row gradients out. Alpha again, prefix and suffix sums of colour and
        // classes, eleven sums over pixels.
        (
            Stage::Backward,
            floats(
                i * (SPLAT + k) + p * (2 * (4 + k)) + v * (ROW + c),
                b * (40 + 2 * 11 + 6 * (3 + k)) + v * (400 + 4 * 48),
            ),
        ),
        // Parameter and two moments in and out, gradient in. Adam: 14 a value.
        (Stage::Optimise, floats(7 * n * (ROW + c), 14 * n * (ROW + c))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_cost_where_they_are_touched() {
        let size = Size {
            rows: 1000,
            visible: 900,
            classes: 0,
            class_share: 1.0,
            pixels: 5000,
            entries: 4000,
            pairs: 150_000,
        };
        let (plain, labelled) = (per_stage(&size), per_stage(&Size { classes: 16, ..size }));
        for ((stage, a), (_, b)) in plain.iter().zip(&labelled) {
            let touches = !matches!(stage, Stage::Project | Stage::Sort);
            assert_eq!(a.bytes < b.bytes, touches, "{stage:?}");
        }
        let in_part = per_stage(&Size { classes: 16, class_share: 0.5, ..size });
        assert!(in_part[2].1.bytes < labelled[2].1.bytes && in_part[5] == labelled[5]);
        // The optimiser of 1,000 rows of 59 floats.
        assert_eq!(plain[5].1.bytes, 7 * 4 * 59 * 1000);
    }
}

//! Which 8x8 pixel blocks a splat reaches, exactly, and the slow way to check it.
//!
//! Splat and block meet where the ellipse {d : q(d) <= reach} touches a pixel column between the first and the last
//! pixel-centre row of a strip of blocks. The image counts as padded to whole blocks on its right and lower side.

use crate::project::Splat;
use crate::rules::BLOCK;

/// Number of blocks along x and y that cover an image.
pub fn block_grid(width: u32, height: u32) -> (u32, u32) {
    (width.div_ceil(BLOCK), height.div_ceil(BLOCK))
}

/// The blocks that a splat reaches, as (block x, block y), row by row. All blocks for an infinite reach.
pub fn block_hits(splat: &Splat, width: u32, height: u32) -> Vec<(u32, u32)> {
    let (blocks_x, blocks_y) = block_grid(width, height);
    let last_column = f64::from(blocks_x * BLOCK - 1);
    let mut hits = Vec::new();
    for block_y in 0..blocks_y {
        let Some((left, right)) = strip_span(splat, block_y) else { continue };
        let first = (left - 0.5).ceil().max(0.0);
        let last = (right - 0.5).floor().min(last_column);
        if first <= last {
            hits.extend((first as u32 / BLOCK..=last as u32 / BLOCK).map(|block_x| (block_x, block_y)));
        }
    }
    hits
}

/// Left and right end, in pixels, of the part of the ellipse that lies between the first and the last pixel-centre
/// row of a strip of blocks; `None` where nothing does.
fn strip_span(splat: &Splat, block_y: u32) -> Option<(f64, f64)> {
    if splat.reach == f64::INFINITY {
        return Some((f64::NEG_INFINITY, f64::INFINITY));
    }
    let q = splat.conic;
    let (det, r2) = (q.determinant(), splat.reach);
    // Half the height of the ellipse, and the strip's rows seen from the mean.
    let half_height = (r2 * q.xx / det).sqrt();
    let top = f64::from(block_y * BLOCK) + 0.5 - splat.mean_px.y;
    let (low, high) = (top.max(-half_height), (top + f64::from(BLOCK - 1)).min(half_height));
    // Written so that a NaN reaches nothing.
    if !(r2 >= 0.0 && low <= high) {
        return None;
    }
    // The right edge x(dy) is concave, so its highest point within the strip is its peak, moved into the strip; the
    // left edge is its mirror image.
    let peak_dy = -q.xy / q.yy * (r2 * q.yy / det).sqrt();
    let half_width = |dy: f64| (r2 * q.xx - det * dy * dy).max(0.0).sqrt() / q.xx;
    let centre = |dy: f64| -q.xy * dy / q.xx;
    let (right_dy, left_dy) = (peak_dy.clamp(low, high), (-peak_dy).clamp(low, high));
    let left = splat.mean_px.x + centre(left_dy) - half_width(left_dy);
    let right = splat.mean_px.x + centre(right_dy) + half_width(right_dy);
    Some((left, right))
}

/// Brute force, from below: true when the splat reaches a pixel centre of the block. Such a block must be hit.
pub fn reaches_a_pixel(splat: &Splat, block_x: u32, block_y: u32) -> bool {
    let centres = |block: u32| (0..BLOCK).map(move |i| f64::from(block * BLOCK + i) + 0.5);
    centres(block_y)
        .any(|y| centres(block_x).any(|x| splat.conic.form(x - splat.mean_px.x, y - splat.mean_px.y) <= splat.reach))
}

/// Brute force, from above: true when the ellipse meets the box that the block's pixel centres span, by the smallest
/// value of the quadratic form over the box. No other block may be hit.
pub fn meets_the_box(splat: &Splat, block_x: u32, block_y: u32) -> bool {
    let range = |block: u32, mean: f64| {
        let low = f64::from(block * BLOCK) + 0.5 - mean;
        (low, low + f64::from(BLOCK - 1))
    };
    let ((x0, x1), (y0, y1)) = (range(block_x, splat.mean_px.x), range(block_y, splat.mean_px.y));
    if x0 <= 0.0 && x1 >= 0.0 && y0 <= 0.0 && y1 >= 0.0 {
        return splat.reach >= 0.0;
    }
    // The smallest value lies on an edge: minimise along each, moved into the edge.
    let q = splat.conic;
    let on_column = |x: f64| q.form(x, (-q.xy * x / q.yy).clamp(y0, y1));
    let on_row = |y: f64| q.form((-q.xy * y / q.xx).clamp(x0, x1), y);
    [on_column(x0), on_column(x1), on_row(y0), on_row(y1)].into_iter().any(|value| value <= splat.reach)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::covariance::Symmetric2;
    use crate::fixture::Dice;
    use glam::{DVec2, DVec3};

    fn random_splat(dice: &mut Dice) -> Splat {
        // Axes from a pixel to half the image, any direction; means inside and well outside.
        let (a, b) = (dice.between(-0.6, 3.5).exp(), dice.between(-0.6, 3.5).exp());
        let (s, c) = dice.between(0.0, 6.3).sin_cos();
        let covariance = Symmetric2 {
            xx: c * c * a * a + s * s * b * b,
            xy: c * s * (a * a - b * b),
            yy: s * s * a * a + c * c * b * b,
        };
        let opacity = dice.between(0.004, 1.0);
        Splat {
            row: 0,
            mean_px: DVec2::new(dice.between(-30.0, 100.0), dice.between(-30.0, 90.0)),
            depth: 1.0,
            conic: covariance.inverse().unwrap(),
            opacity,
            colour: DVec3::ONE,
            reach: 2.0 * (255.0 * opacity).ln(),
        }
    }

    #[test]
    fn hits_lie_between_the_two_brute_forces() {
        let (mut dice, width, height) = (Dice::new(5), 70, 50);
        let (blocks_x, blocks_y) = block_grid(width, height);
        let (mut hit, mut boxes) = (0, 0);
        for _ in 0..3000 {
            let splat = random_splat(&mut dice);
            let hits = block_hits(&splat, width, height);
            for (x, y) in (0..blocks_y).flat_map(|y| (0..blocks_x).map(move |x| (x, y))) {
                let is_hit = hits.contains(&(x, y));
                assert!(is_hit || !reaches_a_pixel(&splat, x, y), "block {x},{y} missed: {splat:?}");
                assert!(!is_hit || meets_the_box(&splat, x, y), "block {x},{y} too much: {splat:?}");
                hit += usize::from(is_hit);
                boxes += usize::from(meets_the_box(&splat, x, y));
            }
        }
        // Only slivers that pass between two pixel columns make the difference.
        assert!(hit > 0 && hit as f64 > 0.99 * boxes as f64, "{hit} of {boxes}");
    }

    #[test]
    fn nothing_is_reached_by_a_splat_that_is_not_a_number() {
        let mut splat = random_splat(&mut Dice::new(1));
        splat.reach = f64::NAN;
        assert!(block_hits(&splat, 64, 64).is_empty());
        splat.reach = 4.0;
        splat.mean_px.x = f64::NAN;
        assert!(block_hits(&splat, 64, 64).len() <= 64);
    }
}

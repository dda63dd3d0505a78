//! Which 8x8 pixel blocks a splat reaches, exactly, and the slow way to check it.
//!
//! Splat and block meet where the ellipse {d : q(d) <= reach} touches a pixel column between the first and the last
//! pixel-centre row of a strip of blocks. Blocks at the right and lower side end with the image.

use crate::neighbours::hash;
use crate::project::Splat;
use crate::rules::BLOCK;

/// Number of blocks along x and y that cover an image.
pub fn block_grid(width: u32, height: u32) -> (u32, u32) {
    (width.div_ceil(BLOCK), height.div_ceil(BLOCK))
}

/// Random blocks of an image of `blocks` of them, row by row: one of each of `selected` equal parts, and of how many it is.
pub fn selected_blocks(blocks: u32, selected: u32, seed: u32) -> Vec<(u32, u32)> {
    let (span, longer) = (blocks / selected, blocks % selected);
    let select = |slot: u32| {
        let own_span = span + u32::from(slot < longer);
        let start = slot * span + slot.min(longer);
        (start + hash(seed ^ hash(slot + 1)) % own_span, own_span)
    };
    (0..selected).map(select).collect()
}

/// The blocks that a splat reaches, as (block x, block y), row by row. All blocks for an infinite reach.
pub fn block_hits(splat: &Splat, width: u32, height: u32) -> Vec<(u32, u32)> {
    let (_, blocks_y) = block_grid(width, height);
    let last_column = f64::from(width - 1);
    let mut hits = Vec::new();
    for block_y in 0..blocks_y {
        let Some((left, right)) = strip_span(splat, block_y, height) else { continue };
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
fn strip_span(splat: &Splat, block_y: u32, height: u32) -> Option<(f64, f64)> {
    if splat.reach == f64::INFINITY {
        return Some((f64::NEG_INFINITY, f64::INFINITY));
    }
    let q = splat.conic;
    let (det, r2) = (q.determinant(), splat.reach);
    // Half the height of the ellipse, and the strip's rows seen from the mean.
    let half_height = (r2 * q.xx / det).sqrt();
    let (top, bottom) = centres(block_y, height, splat.mean_px.y);
    let (low, high) = (top.max(-half_height), bottom.min(half_height));
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

/// First and last pixel centre of a block along one axis of an image of this size, seen from the mean.
fn centres(block: u32, size: u32, mean: f64) -> (f64, f64) {
    let (first, last) = (block * BLOCK, (block * BLOCK + BLOCK).min(size) - 1);
    (f64::from(first) + 0.5 - mean, f64::from(last) + 0.5 - mean)
}

/// Brute force, from below: true when the splat reaches a pixel centre of the block. Such a block must be hit.
pub fn reaches_a_pixel(splat: &Splat, (block_x, block_y): (u32, u32), (width, height): (u32, u32)) -> bool {
    let pixels = |block: u32, size: u32| block * BLOCK..(block * BLOCK + BLOCK).min(size);
    let offset = |pixel: u32, mean: f64| f64::from(pixel) + 0.5 - mean;
    pixels(block_y, height).any(|y| {
        let dy = offset(y, splat.mean_px.y);
        pixels(block_x, width).any(|x| splat.conic.form(offset(x, splat.mean_px.x), dy) <= splat.reach)
    })
}

/// Brute force, from above: true when the ellipse meets the box that the block's pixel centres span, by the smallest
/// value of the quadratic form over the box. No other block may be hit.
pub fn meets_the_box(splat: &Splat, (block_x, block_y): (u32, u32), (width, height): (u32, u32)) -> bool {
    let (x0, x1) = centres(block_x, width, splat.mean_px.x);
    let (y0, y1) = centres(block_y, height, splat.mean_px.y);
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
            for block in (0..blocks_y).flat_map(|y| (0..blocks_x).map(move |x| (x, y))) {
                let is_hit = hits.contains(&block);
                let is_met = meets_the_box(&splat, block, (width, height));
                let is_reached = reaches_a_pixel(&splat, block, (width, height));
                assert!(is_hit || !is_reached, "block {block:?} missed: {splat:?}");
                assert!(!is_hit || is_met, "block {block:?} too much: {splat:?}");
                hit += usize::from(is_hit);
                boxes += usize::from(is_met);
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

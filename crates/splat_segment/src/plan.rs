//! How a photograph is laid out for the network: resized once, then cut into tiles of the network's size.
//!
//! One tile is the plain way. With n tiles along the longest side the photograph is resized to n times the detail (less the
//! overlaps) and neighbouring tiles share at least a quarter; where they overlap their scores are blended with tent weights.

use crate::Sidecar;
use image::{Rgb, RgbImage, imageops};

/// Share of a tile that its neighbour covers too.
const OVERLAP: f64 = 0.25;

/// Sizes and places, in pixels of the resized photograph. All offsets are multiples of the output's stride.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Width and height that the photograph is resized to.
    pub resized: (usize, usize),
    /// Left and top of every tile.
    pub tiles: Vec<(usize, usize)>,
    /// Width and height of a tile: the network's input.
    pub tile: (usize, usize),
    /// Input pixels per score.
    pub stride: usize,
}

impl Plan {
    /// For a photograph of `width` x `height` and at most `tiles` tiles along its longest side.
    pub fn new(sidecar: &Sidecar, width: u32, height: u32, tiles: usize) -> Self {
        let (tile, stride) = ((sidecar.input.size[1], sidecar.input.size[0]), sidecar.output.stride);
        // Detail that n tiles give: they share OVERLAP with each neighbour.
        let detail = 1.0 + (tiles.max(1) - 1) as f64 * (1.0 - OVERLAP);
        let (w, h) = (width as f64, height as f64);
        let scaled = |side: usize, share: f64| ((side as f64 * detail * share).round() as usize).max(1);
        let resized = match sidecar.is_letterboxed() {
            Ok(true) => (scaled(tile.0, w / w.max(h)), scaled(tile.1, h / w.max(h))),
            _ => (scaled(tile.0, 1.0), scaled(tile.1, 1.0)),
        };
        let (columns, rows) = (offsets(resized.0, tile.0, stride), offsets(resized.1, tile.1, stride));
        let tiles = rows.iter().flat_map(|&y| columns.iter().map(move |&x| (x, y))).collect();
        Self { resized, tiles, tile, stride }
    }

    /// Width and height of the joined scores: one per stride of the resized photograph.
    pub fn scores(&self) -> (usize, usize) {
        (self.resized.0.div_ceil(self.stride), self.resized.1.div_ceil(self.stride))
    }

    /// A photograph at the plan's size (triangle filter, antialiased when it shrinks).
    pub fn resize(&self, photo: &RgbImage) -> RgbImage {
        imageops::resize(photo, self.resized.0 as u32, self.resized.1 as u32, imageops::FilterType::Triangle)
    }

    /// One tile of the resized photograph; what it does not cover is filled.
    pub fn cut(&self, resized: &RgbImage, (left, top): (usize, usize), fill: u8) -> RgbImage {
        let (width, height) = (self.tile.0 as u32, self.tile.1 as u32);
        RgbImage::from_fn(width, height, |x, y| {
            let (x, y) = (x + left as u32, y + top as u32);
            if x < resized.width() && y < resized.height() { *resized.get_pixel(x, y) } else { Rgb([fill; 3]) }
        })
    }

    /// Weight of a tile's score at column or row `i` of `n`: a tent, so that seams do not show. 1 for a single tile.
    pub fn weight(&self, x: usize, y: usize) -> f32 {
        let (w, h) = (self.tile.0 / self.stride, self.tile.1 / self.stride);
        let tent = |i: usize, n: usize| (i.min(n - 1 - i) + 1) as f32;
        if self.tiles.len() == 1 { 1.0 } else { tent(x, w) * tent(y, h) }
    }
}

/// Where tiles start along one side: evenly, the last one flush with the end (up to the stride).
fn offsets(length: usize, tile: usize, stride: usize) -> Vec<usize> {
    if length <= tile {
        return vec![0];
    }
    let step = tile as f64 * (1.0 - OVERLAP);
    let count = ((length - tile) as f64 / step).ceil() as usize + 1;
    let last = (length - tile).next_multiple_of(stride);
    (0..count).map(|i| (last * i / (count - 1)) / stride * stride).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sidecar() -> Sidecar {
        let text = r#"{"input":{"dtype":"uint8","layout":"NHWC","size":[512,512]},
            "fit":{"mode":"longest side to 512"},"output":{"layout":"NCHW","stride":4}}"#;
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn one_tile_is_the_plain_way() {
        let plan = Plan::new(&sidecar(), 438, 292, 1);
        assert_eq!((plan.resized, plan.scores()), ((512, 341), (128, 86)));
        assert_eq!(plan.tiles, [(0, 0)]);
    }

    #[test]
    fn tiles_cover_everything_and_sit_on_the_stride() {
        for tiles in 2..5 {
            let plan = Plan::new(&sidecar(), 1752, 1168, tiles);
            let (w, h) = plan.resized;
            for (end, length) in [(plan.tiles.iter().map(|t| t.0).max(), w), (plan.tiles.iter().map(|t| t.1).max(), h)]
            {
                assert!(end.unwrap() + 512 >= length, "{plan:?}");
            }
            assert!(plan.tiles.iter().all(|t| t.0 % 4 == 0 && t.1 % 4 == 0));
        }
    }
}

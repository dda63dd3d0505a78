//! Stage Sort: depth order, then one list per 16x16 tile in that order.

use crate::blocks::block_hits;
use crate::project::Splat;
use crate::rules::{BLOCK, TILE};

/// A splat in a tile's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Index into the visible splats.
    pub splat: usize,
    /// Which of the tile's four blocks it reaches: bit `2 * (block row) + (block column)`.
    pub blocks: u8,
}

/// What every tile has to blend, front to back.
#[derive(Clone, Debug)]
pub struct TileLists {
    /// Tiles along x.
    pub tiles_x: u32,
    /// Indices of the visible splats by depth, ties by row.
    pub order: Vec<usize>,
    /// `[tiles]` lists, row by row.
    pub tiles: Vec<Vec<Entry>>,
}

impl TileLists {
    /// The list of the tile that holds a pixel, less what does not reach the pixel's block, front to back.
    pub fn at_pixel(&self, x: u32, y: u32) -> impl Iterator<Item = usize> {
        let bit = 1 << (2 * (y % TILE / BLOCK) + x % TILE / BLOCK);
        let tile = (y / TILE * self.tiles_x + x / TILE) as usize;
        self.tiles[tile].iter().filter(move |e| e.blocks & bit != 0).map(|e| e.splat)
    }

    /// Number of (tile, splat) pairs.
    pub fn entries(&self) -> usize {
        self.tiles.iter().map(Vec::len).sum()
    }
}

/// Sorts visible splats (in row order) by depth and deals them to the tiles of an image.
pub fn sort(splats: &[Splat], width: u32, height: u32) -> TileLists {
    let mut order: Vec<usize> = (0..splats.len()).collect();
    // Stable, and splats come in row order: equal depths stay by row.
    order.sort_by(|&a, &b| splats[a].depth.total_cmp(&splats[b].depth));
    let (tiles_x, tiles_y) = (width.div_ceil(TILE), height.div_ceil(TILE));
    let mut tiles: Vec<Vec<Entry>> = vec![Vec::new(); (tiles_x * tiles_y) as usize];
    for &splat in &order {
        for (block_x, block_y) in block_hits(&splats[splat], width, height) {
            let (per_tile, bit) = (TILE / BLOCK, 1 << (2 * (block_y % 2) + block_x % 2));
            let list = &mut tiles[(block_y / per_tile * tiles_x + block_x / per_tile) as usize];
            match list.last_mut() {
                Some(entry) if entry.splat == splat => entry.blocks |= bit,
                _ => list.push(Entry { splat, blocks: bit }),
            }
        }
    }
    TileLists { tiles_x, order, tiles }
}

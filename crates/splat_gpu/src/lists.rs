//! A view's splats and tile lists.

use crate::gpu::{Gpu, GpuError};
use crate::mirror::Mirror;
use splat_shaders::layout::SPLAT_TEXELS;
use splat_shaders::table::MirrorKind;

/// What Project and Sort write and the walks read. Sized by rows and by tile entries.
pub struct ListBuffers {
    /// `[N, 3]` projected splats.
    pub splats: Mirror,
    pub(crate) depth_keys: [wgpu::Buffer; 2],
    pub(crate) depth_rows: [wgpu::Buffer; 2],
    pub(crate) needs: wgpu::Buffer,
    pub(crate) starts: wgpu::Buffer,
    pub(crate) keys: [wgpu::Buffer; 2],
    pub(crate) entries: wgpu::Buffer,
    /// `[I]` row and block mask, first hit: the tile lists.
    pub listed: Mirror,
    /// `[T]` first and end of every tile's list.
    pub tile_ranges: wgpu::Buffer,
    /// `[N]` first backward slot and number of slots of a row.
    pub row_hits: wgpu::Buffer,
    pub(crate) histogram: wgpu::Buffer,
    pub(crate) sums: wgpu::Buffer,
    /// Rows it can hold.
    pub row_capacity: u32,
    /// Tile entries it can hold.
    pub entry_capacity: u32,
    /// Tiles it can hold.
    pub tile_capacity: u32,
}

impl ListBuffers {
    /// Buffers for up to `rows` rows, `entries` tile entries and `tiles` tiles.
    pub fn new(gpu: &Gpu, rows: u32, entries: u32, tiles: u32) -> Result<Self, GpuError> {
        let entries = entries.max(1024);
        let rows = rows.max(64);
        let words = |label, n: u64| gpu.zeroed(label, 4 * n);
        let (n, i) = (rows as u64, entries as u64);
        let histogram = gpu.radix.most_words(rows, entries, tiles);
        Ok(Self {
            splats: Mirror::new(gpu, "splats", n * SPLAT_TEXELS as u64, MirrorKind::F32x4)?,
            depth_keys: [words("depth keys", n), words("depth keys", n)],
            depth_rows: [words("depth rows", n), words("depth rows", n)],
            needs: words("needs", 2 * n),
            starts: words("starts", 2 * n),
            keys: [words("tile keys", i), words("tile keys", i)],
            entries: words("entries", 2 * i),
            listed: Mirror::new(gpu, "listed", i, MirrorKind::U32x2)?,
            tile_ranges: words("tile ranges", 2 * tiles.max(1) as u64),
            row_hits: words("row hits", 2 * n),
            sums: words("scan sums", histogram.max(n).div_ceil(gpu.scan_per_lane as u64)),
            histogram: words("histogram", histogram),
            row_capacity: rows,
            entry_capacity: entries,
            tile_capacity: tiles,
        })
    }
}

//! What the GPU counts.

/// GPU-side counts, one u32 each; index with the `COUNT_*` constants.
pub const COUNTERS: u32 = 16;
/// Live rows.
pub const COUNT_ROWS: u32 = 0;
/// Tile-list entries of the current view (clamped to capacity).
pub const COUNT_ENTRIES: u32 = 1;
/// Block hits of the current view (clamped to capacity).
pub const COUNT_HITS: u32 = 2;
/// Sticky: set when a list overflowed; steps change nothing until the host clears it.
pub const COUNT_OVERFLOW: u32 = 3;
/// Rows that want to grow at the last densification.
pub const COUNT_CANDIDATES: u32 = 4;
/// Rows that survive the last densification's pruning.
pub const COUNT_KEPT: u32 = 5;
/// Entries that the view needs, not clamped.
pub const COUNT_ENTRIES_NEEDED: u32 = 6;
/// Hits that the view needs, not clamped.
pub const COUNT_HITS_NEEDED: u32 = 7;
/// Steps that were applied.
pub const COUNT_STEPS: u32 = 8;
/// Rows before the last densification.
pub const COUNT_ROWS_BEFORE: u32 = 9;
/// Rows that the densification under way will leave; `COUNT_ROWS` follows when its map is made.
pub const COUNT_ROWS_AFTER: u32 = 10;

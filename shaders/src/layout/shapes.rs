//! Shapes that host and kernels agree on.

/// Edge of a tile in pixels; a tile has one sorted splat list.
pub const TILE_PX: u32 = 16;
/// Edge of a block in pixels; a workgroup owns one block. A tile is 2 x 2 blocks.
pub const BLOCK_PX: u32 = 8;
/// log2 of the width of mirror textures in texels.
pub const MIRROR_WIDTH_LOG2: u32 = 12;
/// Invocations of the row-parallel and pixel-parallel kernels' workgroups.
pub const ROW_GROUP: u32 = 64;
/// vec4 texels of one projected splat.
pub const SPLAT_TEXELS: u32 = 3;
/// Planes of a row before its SH planes: mean + opacity, log-scale, quaternion.
pub const GEOMETRY_PLANES: u32 = 3;
/// vec4s of geometry and colour sums in a backward slot with colour.
pub const COLOUR_SLOT_TEXELS: u32 = 3;
/// vec4s of geometry sums in a backward slot without colour (further class chunks).
pub const CHUNK_SLOT_TEXELS: u32 = 2;
/// Most class channels that one walk of the tile lists carries.
pub const CHUNK_CHANNELS: u32 = 16;

//! Tile lists: how they are sorted, and which class channels a walk of them carries.

/// `SortUniforms::total_slot` for "nowhere".
pub const NO_COUNTER: u32 = 0xffff_ffff;

crossing! {
    /// One prefix sum or radix pass.
    pub struct SortUniforms {
        /// Which counter holds the number of elements.
        pub count_slot: u32,
        /// Elements per lane.
        pub per_lane: u32,
        /// First bit of the radix digit.
        pub shift: u32,
        /// Counter that receives the total of a prefix sum, or `NO_COUNTER`.
        pub total_slot: u32,
        /// Prefix sum of a histogram: elements per lane of its radix pass. 0: of a plain column.
        pub radix_per_lane: u32,
        /// Prefix sum: element i lies at `i * stride + offset`.
        pub stride: u32,
        /// See `stride`.
        pub offset: u32,
        /// Bins of the radix pass's histogram: its digit is as many bits as they need.
        pub bins: u32,
    }

    /// Which class channels a walk of the tile lists carries.
    pub struct ChunkUniforms {
        /// Plane of the rows (and their gradients) that holds the first channel's logits.
        pub first_row_plane: u32,
        /// Plane of what is blended that holds the first channel: the same, or of the probabilities.
        pub first_channel_plane: u32,
        /// Plane of the payload image that holds it.
        pub first_pixel_plane: u32,
        /// 1: Eq. 2, 0: Eq. 1.
        pub normalise: u32,
        /// kappa.
        pub geometry_gate: f32,
        /// Plane of `d_payload` that holds the remainder this walk starts with, or `NO_COUNTER`.
        pub rest_plane: u32,
        /// 8x8 blocks that the walk's are selected from.
        pub blocks: u32,
        /// Blocks that are walked.
        pub selected_blocks: u32,
        /// The first of those that are selected from.
        pub first_block: u32,
        /// Which are selected.
        pub block_seed: u32,
        /// Pixels of a payload plane.
        pub payload_stride: u32,
        /// 1: payload planes hold the selected blocks, one after the other; 0: the image.
        pub is_packed: u32,
    }
}

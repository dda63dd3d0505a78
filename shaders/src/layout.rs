//! Every struct and constant that crosses the bus. A test reflects the composed WGSL and compares it with this file.

use bytemuck::{Pod, Zeroable};
use splat_core::Objective;

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

/// Neighbouring pixels that one lane of the loss kernels makes.
pub const LOSS_RUN: u32 = 4;

/// Rows that one lane of the pose's sums walks.
pub const POSE_RUN: u32 = 64;
/// Lanes that sum the runs, for rotation and for translation.
pub const POSE_LANES: u32 = 64;

/// Where a view stands: how [`ViewUniforms`] begins.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct Pose {
    /// World to view (OpenCV axes), column-major.
    pub view_from_world: [[f32; 4]; 4],
    /// Camera centre in world space; w unused.
    pub camera_in_world: [f32; 4],
}

/// Adam's numbers for the pose of one view.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct PoseUniforms {
    /// Which training view the step sees.
    pub view: u32,
    /// Training views.
    pub views: u32,
    /// Learning rate of the rotation vector, radians.
    pub rotation_rate: f32,
    /// Learning rate of the translation, world units.
    pub translation_rate: f32,
    /// 1 - beta1^t, t = visits of the view.
    pub correction1: f32,
    /// 1 - beta2^t.
    pub correction2: f32,
    /// Unused.
    pub pad0: u32,
    /// Unused.
    pub pad1: u32,
}

/// Pixels that one lane of the exposure's sums walks.
pub const EXPOSURE_RUN: u32 = 32;
/// Lanes that sum the runs, per row of the transform.
pub const EXPOSURE_LANES: u32 = 64;

/// What a photograph's exposure made of the scene's colours: the rows of [A | b] in A c + b.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct Exposure {
    /// By output channel: factors of r, g, b, then the offset.
    pub rows: [[f32; 4]; 3],
}

impl Exposure {
    /// Colours stay as they are.
    pub const IDENTITY: Self = Self { rows: [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]] };
}

/// Adam's numbers for the exposure of one view.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct ExposureUniforms {
    /// Which training view the step sees.
    pub view: u32,
    /// Training views.
    pub views: u32,
    /// Learning rate.
    pub rate: f32,
    /// 1 - beta1^t, t = visits of the view.
    pub correction1: f32,
    /// 1 - beta2^t.
    pub correction2: f32,
    /// Unused.
    pub pad0: u32,
    /// Unused.
    pub pad1: u32,
    /// Unused.
    pub pad2: u32,
}

/// What a kernel needs to know of a view and of the buffers' shapes.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct ViewUniforms {
    /// World to view (OpenCV axes), column-major.
    pub view_from_world: [[f32; 4]; 4],
    /// Camera centre in world space; w unused.
    pub camera_in_world: [f32; 4],
    /// Background colour; w unused.
    pub background: [f32; 4],
    /// fx, fy in pixels.
    pub focal: [f32; 2],
    /// cx, cy in pixels, centres at +0.5.
    pub principal: [f32; 2],
    /// Lower limits of x/z and y/z in the Jacobian.
    pub slope_low: [f32; 2],
    /// Upper limits of x/z and y/z in the Jacobian.
    pub slope_high: [f32; 2],
    /// Image size in pixels.
    pub size_px: [u32; 2],
    /// Tiles along x and y.
    pub tiles: [u32; 2],
    /// Rows a plane holds: the stride between planes.
    pub row_capacity: u32,
    /// SH degree in use.
    pub sh_degree: u32,
    /// Entries that the tile lists can hold.
    pub entry_capacity: u32,
    /// Backward slots that can be held.
    pub hit_capacity: u32,
    /// Planes of a row.
    pub planes: u32,
    /// 1: the last kernel of Backward adds to the growth statistic.
    pub counts_growth: u32,
    /// 1: opacity makes up for what the dilation of the footprint adds.
    pub antialiased: u32,
    /// Place of this cloud's first row in the lists, where several clouds share them.
    pub first_row: u32,
    /// Rows that Project writes at least: those that are not live come out as not seen.
    pub row_bound: u32,
    /// View depth in the lists per unit of the rows' space: clouds of different scale share lists.
    pub depth_scale: f32,
    /// 1: perspective. 0: orthographic, `focal` is then pixels per unit.
    pub perspective: f32,
    /// Unused.
    pub pad: u32,
}

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

/// One prefix sum or radix pass.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
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
    /// Unused.
    pub pad: u32,
}

/// `SortUniforms::total_slot` for "nowhere".
pub const NO_COUNTER: u32 = 0xffff_ffff;

/// Loss weights of one step.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct LossUniforms {
    /// Image size in pixels.
    pub size_px: [u32; 2],
    /// Share of SSIM.
    pub ssim_weight: f32,
    /// lambda_sem divided by the sum of the labels' weights.
    pub semantic_scale: f32,
    /// Background colour; w unused.
    pub background: [f32; 4],
    /// Class channels C.
    pub channels: u32,
    /// 1: Eq. 2, 0: Eq. 1.
    pub normalise: u32,
    /// kappa: share of the semantic gradient that reaches alpha.
    pub geometry_gate: f32,
    /// Exponent of the labels' confidence, 0: all count alike.
    pub confidence: f32,
    /// `RobustLoss::coefficients`.
    pub robust: [f32; 4],
    /// Plane of `d_payload` that takes s_hat . dL/dS where class channels have walks of their own; `NO_COUNTER`: `d_image.w`.
    pub rest_plane: u32,
    /// Self-training: probability from which a rendered label replaces the given one.
    pub sure: f32,
    /// Self-training: 1: elsewhere the given label stays, 0: it goes.
    pub keeps_given: u32,
    /// Sum of weights that `semantic_scale` was made for.
    pub label_weight: f32,
    /// What the payload holds, an `OBJECTIVE_*` constant.
    pub objective: u32,
    /// 8x8 blocks whose classes are compared.
    pub selected_blocks: u32,
    /// Which they are.
    pub block_seed: u32,
    /// 1: payload planes hold the selected blocks, one after the other; 0: the image.
    pub is_packed: u32,
}

/// Planes of a code: Gaussian Grouping's class channels.
pub const CODE_PLANES: u32 = splat_core::CODE_CHANNELS as u32 / 4;
/// vec4s of one class of the classifier: its weights, then the bias and three unused numbers.
pub const CLASSIFIER_TEXELS: u32 = CODE_PLANES + 1;
/// Pixels of one piece of the classifier's gradient.
pub const CLASSIFIER_PIXELS: u32 = 2048;
/// Pieces of the classifier's gradient that the comparison of neighbours adds.
pub const CLASSIFIER_PARTS: u32 = 16;

/// A step of Adam on the classifier.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct ClassifierUniforms {
    /// Classes C.
    pub classes: u32,
    /// Pieces of the gradient to be added up.
    pub pieces: u32,
    /// Learning rate.
    pub rate: f32,
    /// 1 - beta1^t.
    pub correction1: f32,
    /// 1 - beta2^t.
    pub correction2: f32,
    /// Unused.
    pub pad0: u32,
    /// Unused.
    pub pad1: u32,
    /// Unused.
    pub pad2: u32,
}

/// Neighbour smoothing of one step.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct SmoothingUniforms {
    /// Row stride of planes.
    pub row_capacity: u32,
    /// First plane of logits.
    pub first_plane: u32,
    /// Class channels C.
    pub channels: u32,
    /// Rows that are sampled.
    pub samples: u32,
    /// Rows that samples are taken from.
    pub most: u32,
    /// Weight of the mean KL divergence.
    pub weight: f32,
    /// Codes: first piece of the classifier's gradient that is written; unused elsewhere.
    pub first_sum: u32,
    /// Unused.
    pub pad1: u32,
}

/// Which class channels a walk of the tile lists carries.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
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

/// Where a row's class logits lie, for the kernels that take a row's softmax.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct LogitUniforms {
    /// Row stride of planes.
    pub row_capacity: u32,
    /// First plane of logits.
    pub first_plane: u32,
    /// Class channels C.
    pub channels: u32,
    /// lambda_H of this step in the entropy kernel; unused elsewhere.
    pub weight: f32,
}

/// Adam's numbers of one step; the rates per plane are a storage buffer of vec4.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct OptimiseUniforms {
    /// 1 - beta1^t.
    pub correction1: f32,
    /// 1 - beta2^t.
    pub correction2: f32,
    /// Row stride of planes.
    pub row_capacity: u32,
    /// Number of planes.
    pub planes: u32,
}

/// Densification's numbers.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct DensifyUniforms {
    /// Growth threshold on the mean NDC gradient norm.
    pub gradient_threshold: f32,
    /// Clone up to this scale, split above (world units).
    pub clone_scale: f32,
    /// Prune opacities below.
    pub prune_opacity: f32,
    /// Prune scales above (world units); very large = never.
    pub prune_scale: f32,
    /// Row stride of planes.
    pub row_capacity: u32,
    /// Number of planes.
    pub planes: u32,
    /// Rows that may exist afterwards.
    pub row_limit: u32,
    /// Seed of the split samples of this densification.
    pub seed: u32,
}

/// Relocation's numbers.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct RelocateUniforms {
    /// Opacity up to which a row is dead.
    pub dead_opacity: f32,
    /// Weight of a row of opacity 1 in the draws; the sum over all rows must stay below 2^30.
    pub weight_unit: f32,
    /// Row stride of planes.
    pub row_capacity: u32,
    /// Number of planes.
    pub planes: u32,
    /// Rows that there are to be afterwards.
    pub row_target: u32,
    /// Seed of the draws.
    pub seed: u32,
    /// Unused.
    pub pad0: u32,
    /// Unused.
    pub pad1: u32,
}

/// Regularisation and noise of MCMC in one step.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct McmcUniforms {
    /// Weight of the mean opacity.
    pub opacity_weight: f32,
    /// Weight of the mean standard deviation.
    pub scale_weight: f32,
    /// Noise weight times the learning rate of the means.
    pub noise: f32,
    /// Row stride of planes.
    pub row_capacity: u32,
    /// Seed of this step's noise.
    pub seed: u32,
    /// Unused.
    pub pad0: u32,
    /// Unused.
    pub pad1: u32,
    /// Unused.
    pub pad2: u32,
}

/// Other rows that are found for every sampled row.
pub const NEIGHBOURS: u32 = 5;

/// Which rows are sampled and asked for their neighbours.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct NeighbourUniforms {
    /// Rows to sample.
    pub samples: u32,
    /// Rows that samples and neighbours are taken from, at most.
    pub most: u32,
    /// Slices that the candidates are searched in.
    pub slices: u32,
    /// Which rows.
    pub seed: u32,
}

/// Shapes of a lift: labels of views to class logits, without training.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct LiftUniforms {
    /// Row stride of planes.
    pub row_capacity: u32,
    /// First plane of logits.
    pub first_plane: u32,
    /// Class channels C.
    pub channels: u32,
    /// 1: a row's whole share goes to its heaviest class.
    pub is_hard: u32,
    /// Added to every share before the logarithm.
    pub smoothing: f32,
    /// Unused.
    pub pad0: u32,
    /// Unused.
    pub pad1: u32,
    /// Unused.
    pub pad2: u32,
}

/// How the picture of a frame is made from forward's buffers.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct DisplayUniforms {
    /// Image size in pixels.
    pub size_px: [u32; 2],
    /// What is shown, a `DISPLAY_*` constant.
    pub mode: u32,
    /// Class channels C.
    pub channels: u32,
    /// Background colour and how much of what the camera drew before it hides.
    pub background: [f32; 4],
    /// Column to highlight, or `NO_COUNTER`.
    pub highlight: u32,
    /// Overlay strength 0..1.
    pub overlay: f32,
    /// View depth shown as the near end of the depth ramp.
    pub depth_near: f32,
    /// View depth shown as the far end of the depth ramp.
    pub depth_far: f32,
    /// What the payload holds, an `OBJECTIVE_*` constant.
    pub objective: u32,
    /// 1: where the depth limit is finite something opaque was drawn, which shows through.
    pub is_limited: u32,
    /// Unused.
    pub pad0: u32,
    /// Unused.
    pub pad1: u32,
    /// Clip depth of a view depth z: (x z + y) / (z z + w).
    pub clip_depth: [f32; 4],
}

/// From a camera's depth buffer to the depths at which splats end.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct LimitUniforms {
    /// Image size in pixels.
    pub size_px: [u32; 2],
    /// Unused.
    pub pad: [u32; 2],
    /// The viewport in the depth buffer: x, y, width, height in pixels.
    pub viewport_px: [f32; 4],
    /// Clip depth of a view depth z: (x z + y) / (z z + w).
    pub clip_depth: [f32; 4],
}

/// From one cloud's class channels to those of a scene of several clouds.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct SharedChannelUniforms {
    /// Row stride of the cloud's planes.
    pub row_capacity: u32,
    /// First plane of the cloud's logits.
    pub first_plane: u32,
    /// The cloud's class channels.
    pub own_channels: u32,
    /// Row stride of the scene's planes.
    pub scene_capacity: u32,
    /// Place of the cloud's first row in the scene.
    pub first_row: u32,
    /// Class channels of the scene.
    pub channels: u32,
    /// What the scene's channels hold, an `OBJECTIVE_*` constant.
    pub objective: u32,
    /// Unused.
    pub pad: u32,
}

/// View depth of a pixel with nothing in front of which splats would have to end.
pub const NO_LIMIT: f32 = 3.0e38;

/// The payload holds blended logits.
pub const OBJECTIVE_LOGITS: u32 = 0;
/// The payload holds blended probabilities.
pub const OBJECTIVE_SOFTMAX: u32 = 1;

/// The constant of an objective.
pub const fn objective_code(objective: Objective) -> u32 {
    match objective {
        // Codes are blended as logits are; nothing but the classifier understands them.
        Objective::Logits | Objective::Grouping => OBJECTIVE_LOGITS,
        Objective::Softmax => OBJECTIVE_SOFTMAX,
    }
}

/// Show colour.
pub const DISPLAY_RGB: u32 = 0;
/// Show class colours.
pub const DISPLAY_CLASSES: u32 = 1;
/// Show colour tinted by class.
pub const DISPLAY_OVERLAY: u32 = 2;
/// Show depth.
pub const DISPLAY_DEPTH: u32 = 3;
/// Show the probability of the winning class.
pub const DISPLAY_CONFIDENCE: u32 = 4;

/// A pick request.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct PickUniforms {
    /// Pixel.
    pub pixel: [u32; 2],
    /// Image size in pixels.
    pub size_px: [u32; 2],
    /// Tiles along x.
    pub tiles_x: u32,
    /// Class channels C.
    pub channels: u32,
    /// What the payload holds, an `OBJECTIVE_*` constant.
    pub objective: u32,
    /// 1: what lies behind the pixel's depth limit is hidden.
    pub is_limited: u32,
}

/// A pick's answer.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct PickResult {
    /// Row with the largest blending weight, or `NO_COUNTER` where nothing is hit.
    pub row: u32,
    /// Median view depth: where half the light is spent.
    pub depth: f32,
    /// The row's share in the pixel.
    pub weight: f32,
    /// Share of the pixel that is covered.
    pub coverage: f32,
    /// The most probable class columns, best first; `NO_COUNTER` where there are fewer. The fourth is unused.
    pub columns: [u32; 4],
    /// Softmax probabilities of `columns`.
    pub probabilities: [f32; 4],
    /// View depth of the surface `PICK_STEP_PX` to the left, right, above and below; 0 where nothing covers that pixel.
    pub around: [f32; 4],
}

/// How far around a picked pixel the surface is looked at, for its normal.
pub const PICK_STEP_PX: u32 = 2;

/// A struct of this file, described for the test that compares it with WGSL.
#[derive(Clone, Debug)]
pub struct Described {
    /// Struct name, the same in WGSL.
    pub name: &'static str,
    /// Size in bytes.
    pub size: usize,
    /// Field names and byte offsets, in order.
    pub fields: Vec<(&'static str, usize)>,
}

macro_rules! describe {
    ($name:ident { $($field:ident),+ }) => {
        Described {
            name: stringify!($name),
            size: size_of::<$name>(),
            fields: vec![$((stringify!($field), std::mem::offset_of!($name, $field))),+],
        }
    };
}

/// Every struct that crosses the bus.
pub fn described() -> Vec<Described> {
    vec![
        describe!(ViewUniforms {
            view_from_world,
            camera_in_world,
            background,
            focal,
            principal,
            slope_low,
            slope_high,
            size_px,
            tiles,
            row_capacity,
            sh_degree,
            entry_capacity,
            hit_capacity,
            planes,
            counts_growth,
            antialiased,
            first_row,
            row_bound,
            depth_scale,
            perspective,
            pad
        }),
        describe!(SortUniforms { count_slot, per_lane, shift, total_slot, radix_per_lane, stride, offset, pad }),
        describe!(LossUniforms {
            size_px,
            ssim_weight,
            semantic_scale,
            background,
            channels,
            normalise,
            geometry_gate,
            confidence,
            robust,
            rest_plane,
            sure,
            keeps_given,
            label_weight,
            objective,
            selected_blocks,
            block_seed,
            is_packed
        }),
        describe!(Pose { view_from_world, camera_in_world }),
        describe!(PoseUniforms { view, views, rotation_rate, translation_rate, correction1, correction2, pad0, pad1 }),
        describe!(Exposure { rows }),
        describe!(ExposureUniforms { view, views, rate, correction1, correction2, pad0, pad1, pad2 }),
        describe!(SmoothingUniforms { row_capacity, first_plane, channels, samples, most, weight, first_sum, pad1 }),
        describe!(ClassifierUniforms { classes, pieces, rate, correction1, correction2, pad0, pad1, pad2 }),
        describe!(ChunkUniforms {
            first_row_plane,
            first_channel_plane,
            first_pixel_plane,
            normalise,
            geometry_gate,
            rest_plane,
            blocks,
            selected_blocks,
            first_block,
            block_seed,
            payload_stride,
            is_packed
        }),
        describe!(LogitUniforms { row_capacity, first_plane, channels, weight }),
        describe!(OptimiseUniforms { correction1, correction2, row_capacity, planes }),
        describe!(DensifyUniforms {
            gradient_threshold,
            clone_scale,
            prune_opacity,
            prune_scale,
            row_capacity,
            planes,
            row_limit,
            seed
        }),
        describe!(RelocateUniforms { dead_opacity, weight_unit, row_capacity, planes, row_target, seed, pad0, pad1 }),
        describe!(McmcUniforms { opacity_weight, scale_weight, noise, row_capacity, seed, pad0, pad1, pad2 }),
        describe!(NeighbourUniforms { samples, most, slices, seed }),
        describe!(LiftUniforms { row_capacity, first_plane, channels, is_hard, smoothing, pad0, pad1, pad2 }),
        describe!(DisplayUniforms {
            size_px,
            mode,
            channels,
            background,
            highlight,
            overlay,
            depth_near,
            depth_far,
            objective,
            is_limited,
            pad0,
            pad1,
            clip_depth
        }),
        describe!(LimitUniforms { size_px, pad, viewport_px, clip_depth }),
        describe!(SharedChannelUniforms {
            row_capacity,
            first_plane,
            own_channels,
            scene_capacity,
            first_row,
            channels,
            objective,
            pad
        }),
        describe!(PickUniforms { pixel, size_px, tiles_x, channels, objective, is_limited }),
        describe!(PickResult { row, depth, weight, coverage, columns, probabilities, around }),
    ]
}

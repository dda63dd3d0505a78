//! Stage -> file: every WGSL module of the project, its entry points and its mirrored inputs.

use splat_core::Stage;

/// What a mirrored input holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MirrorKind {
    /// `vec4<f32>` elements.
    F32x4,
    /// `vec2<u32>` elements.
    U32x2,
}

/// An input that is read through a texture on software GPUs; `<name>_at(i)` reads element i.
#[derive(Clone, Copy, Debug)]
pub struct MirrorInput {
    /// Name of the accessor, without `_at`.
    pub name: &'static str,
    /// Binding in group 0.
    pub binding: u32,
    /// Element type.
    pub kind: MirrorKind,
    /// The stage file also writes this buffer and declares it as `<name>`; without textures the accessor reads that.
    pub in_place: bool,
}

/// One WGSL file and what it needs.
#[derive(Clone, Copy, Debug)]
pub struct Module {
    /// File stem.
    pub stem: &'static str,
    /// Stage it belongs to; `None` for display and queries.
    pub stage: Option<Stage>,
    /// Its text.
    pub source: &'static str,
    /// Common files it uses, in order.
    pub common: &'static [&'static str],
    /// Mirrored inputs.
    pub mirrors: &'static [MirrorInput],
    /// Entry points.
    pub entry_points: &'static [&'static str],
    /// True where the module depends on the class chunk and colour of a walk.
    pub is_walk: bool,
}

const VIEW: &str = include_str!("../common/view.wgsl");
const ELLIPSE: &str = include_str!("../common/ellipse.wgsl");
const GAUSSIAN: &str = include_str!("../common/gaussian.wgsl");
const FINITE: &str = include_str!("../common/finite.wgsl");
const EXPOSURE: &str = include_str!("../common/exposure.wgsl");
const LOSS_UNIFORMS: &str = include_str!("../common/loss_uniforms.wgsl");
const NEIGHBOUR_UNIFORMS: &str = include_str!("../common/neighbour_uniforms.wgsl");
const LIFT_UNIFORMS: &str = include_str!("../common/lift_uniforms.wgsl");
const LIFT_WALK: &str = include_str!("../common/lift_walk.wgsl");
const LIFT_SUMS: &str = include_str!("../common/lift_sums.wgsl");
const SORT_UNIFORMS: &str = include_str!("../common/sort_uniforms.wgsl");
const LOGIT_UNIFORMS: &str = include_str!("../common/logit_uniforms.wgsl");
const CLASS_CHANNELS: &str = include_str!("../common/class_channels.wgsl");
const LABELS: &str = include_str!("../common/labels.wgsl");
const LABELLED_PIXEL: &str = include_str!("../common/labelled_pixel.wgsl");
const CODES: &str = include_str!("../common/codes.wgsl");
const SMOOTHING_UNIFORMS: &str = include_str!("../common/smoothing_uniforms.wgsl");
const SELECTED_BLOCKS: &str = include_str!("../common/selected_blocks.wgsl");
const DENSIFY_UNIFORMS: &str = include_str!("../common/densify_uniforms.wgsl");
const RELOCATE_UNIFORMS: &str = include_str!("../common/relocate_uniforms.wgsl");
const RANDOM: &str = include_str!("../common/random.wgsl");
const SH: &str = include_str!("../common/sh.wgsl");
const BLOCKS: &str = include_str!("../common/blocks.wgsl");
const CHUNK: &str = include_str!("../common/chunk.wgsl");
const SURFACE: &str = include_str!("../common/surface.wgsl");

const fn f32x4(name: &'static str, binding: u32) -> MirrorInput {
    MirrorInput { name, binding, kind: MirrorKind::F32x4, in_place: false }
}

const fn u32x2(name: &'static str, binding: u32) -> MirrorInput {
    MirrorInput { name, binding, kind: MirrorKind::U32x2, in_place: false }
}

const fn in_place(name: &'static str, binding: u32) -> MirrorInput {
    MirrorInput { name, binding, kind: MirrorKind::F32x4, in_place: true }
}

/// Stage Project.
pub const PROJECT: Module = Module {
    stem: "project",
    stage: Some(Stage::Project),
    source: include_str!("../project.wgsl"),
    common: &[VIEW, ELLIPSE, FINITE, GAUSSIAN, SH],
    mirrors: &[f32x4("rows", 1)],
    entry_points: &["project"],
    is_walk: false,
};

/// Stage Sort: radix passes.
pub const SORT_RADIX: Module = Module {
    stem: "sort_radix",
    stage: Some(Stage::Sort),
    source: include_str!("../sort_radix.wgsl"),
    common: &[SORT_UNIFORMS],
    mirrors: &[],
    entry_points: &["radix_count", "radix_scatter", "radix_scatter_entries"],
    is_walk: false,
};

/// Stage Sort: prefix sums.
pub const SORT_SCAN: Module = Module {
    stem: "sort_scan",
    stage: Some(Stage::Sort),
    source: include_str!("../sort_scan.wgsl"),
    common: &[SORT_UNIFORMS],
    mirrors: &[],
    entry_points: &["scan_sums", "scan_totals", "scan_apply"],
    is_walk: false,
};

/// Stage Sort: tile lists.
pub const SORT_LISTS: Module = Module {
    stem: "sort_lists",
    stage: Some(Stage::Sort),
    source: include_str!("../sort_lists.wgsl"),
    common: &[VIEW, ELLIPSE],
    mirrors: &[f32x4("splats", 1)],
    entry_points: &["ordered_needs", "limits", "emit", "ranges"],
    is_walk: false,
};

/// Stage Forward.
pub const FORWARD: Module = Module {
    stem: "forward",
    stage: Some(Stage::Forward),
    source: include_str!("../forward.wgsl"),
    common: &[VIEW, RANDOM, SELECTED_BLOCKS, BLOCKS, CHUNK, SURFACE],
    mirrors: &[f32x4("splats", 1), u32x2("listed", 2), f32x4("channels", 3)],
    entry_points: &["forward"],
    is_walk: true,
};

/// Stage Forward: probabilities of rows.
pub const FORWARD_CHANNELS: Module = Module {
    stem: "forward_channels",
    stage: Some(Stage::Forward),
    source: include_str!("../forward_channels.wgsl"),
    common: &[LOGIT_UNIFORMS, CLASS_CHANNELS],
    mirrors: &[f32x4("rows", 1)],
    entry_points: &["forward_channels"],
    is_walk: false,
};

/// Stage Loss: colour.
pub const LOSS: Module = Module {
    stem: "loss",
    stage: Some(Stage::Loss),
    source: include_str!("../loss.wgsl"),
    common: &[LOSS_UNIFORMS, EXPOSURE],
    mirrors: &[f32x4("image", 2), f32x4("blurred", 3)],
    entry_points: &["loss_blur_x", "loss_ssim", "loss_adjoint_x", "loss_gradient"],
    is_walk: false,
};

/// Stage Loss: gradients by a photograph's exposure.
pub const LOSS_EXPOSURE: Module = Module {
    stem: "loss_exposure",
    stage: Some(Stage::Loss),
    source: include_str!("../loss_exposure.wgsl"),
    common: &[LOSS_UNIFORMS, EXPOSURE],
    mirrors: &[f32x4("image", 2)],
    entry_points: &["exposure_runs", "exposure_lanes"],
    is_walk: false,
};

/// Stage Loss: classes.
pub const LOSS_SEMANTIC: Module = Module {
    stem: "loss_semantic",
    stage: Some(Stage::Loss),
    source: include_str!("../loss_semantic.wgsl"),
    common: &[LOSS_UNIFORMS, CLASS_CHANNELS, LABELS, RANDOM, SELECTED_BLOCKS, LABELLED_PIXEL],
    mirrors: &[f32x4("image", 2), f32x4("payload", 3)],
    entry_points: &["loss_logits", "loss_probabilities"],
    is_walk: false,
};

/// Stage Loss: classes that a classifier finds in blended codes.
pub const LOSS_CODES: Module = Module {
    stem: "loss_codes",
    stage: Some(Stage::Loss),
    source: include_str!("../loss_codes.wgsl"),
    common: &[LOSS_UNIFORMS, LABELS, RANDOM, SELECTED_BLOCKS, LABELLED_PIXEL, CODES],
    mirrors: &[f32x4("image", 2), f32x4("payload", 3), f32x4("classifier", 7), f32x4("terms", 9)],
    entry_points: &["loss_codes", "loss_classifier"],
    is_walk: false,
};

/// Stage Loss: rendered labels instead of given ones.
pub const LOSS_RELABEL: Module = Module {
    stem: "loss_relabel",
    stage: Some(Stage::Loss),
    source: include_str!("../loss_relabel.wgsl"),
    common: &[LOSS_UNIFORMS, CLASS_CHANNELS, LABELS],
    mirrors: &[f32x4("image", 2), f32x4("payload", 3)],
    entry_points: &["relabel", "relabel_rows", "relabel_total"],
    is_walk: false,
};

/// Stage Loss: totals.
pub const LOSS_SUM: Module = Module {
    stem: "loss_sum",
    stage: Some(Stage::Loss),
    source: include_str!("../loss_sum.wgsl"),
    common: &[LOSS_UNIFORMS],
    mirrors: &[f32x4("partials", 1)],
    entry_points: &["loss_rows", "loss_total"],
    is_walk: false,
};

/// Stage Backward: the walk.
pub const BACKWARD: Module = Module {
    stem: "backward",
    stage: Some(Stage::Backward),
    source: include_str!("../backward.wgsl"),
    common: &[VIEW, RANDOM, SELECTED_BLOCKS, BLOCKS, CHUNK],
    mirrors: &[
        f32x4("splats", 1),
        u32x2("listed", 2),
        f32x4("channels", 3),
        f32x4("d_image", 4),
        f32x4("d_payload", 5),
    ],
    entry_points: &["backward"],
    is_walk: true,
};

/// Stage Backward: sums of slots.
pub const BACKWARD_GATHER: Module = Module {
    stem: "backward_gather",
    stage: Some(Stage::Backward),
    source: include_str!("../backward_gather.wgsl"),
    common: &[VIEW, RANDOM, SELECTED_BLOCKS, BLOCKS, CHUNK],
    mirrors: &[f32x4("slots", 1)],
    entry_points: &["gather"],
    is_walk: true,
};

/// Stage Backward: the statistic without classes.
pub const BACKWARD_GROWTH: Module = Module {
    stem: "backward_growth",
    stage: Some(Stage::Backward),
    source: include_str!("../backward_growth.wgsl"),
    common: &[VIEW, FINITE],
    mirrors: &[f32x4("splats", 1)],
    entry_points: &["backward_growth"],
    is_walk: false,
};

/// Stage Backward: from probabilities to logits.
pub const BACKWARD_CHANNELS: Module = Module {
    stem: "backward_channels",
    stage: Some(Stage::Backward),
    source: include_str!("../backward_channels.wgsl"),
    common: &[LOGIT_UNIFORMS],
    mirrors: &[f32x4("probabilities", 1)],
    entry_points: &["backward_channels"],
    is_walk: false,
};

/// Stage Backward: rows.
pub const BACKWARD_ROWS: Module = Module {
    stem: "backward_rows",
    stage: Some(Stage::Backward),
    source: include_str!("../backward_rows.wgsl"),
    common: &[VIEW, FINITE, GAUSSIAN, SH],
    mirrors: &[f32x4("rows", 1), f32x4("splat_sums", 2), f32x4("splats", 7)],
    entry_points: &["backward_rows"],
    is_walk: false,
};

/// Stage Backward: the view's pose.
pub const BACKWARD_POSE: Module = Module {
    stem: "backward_pose",
    stage: Some(Stage::Backward),
    source: include_str!("../backward_pose.wgsl"),
    common: &[],
    mirrors: &[],
    entry_points: &["pose_runs", "pose_lanes"],
    is_walk: false,
};

/// Stage Optimise: poses.
pub const OPTIMISE_POSE: Module = Module {
    stem: "optimise_pose",
    stage: Some(Stage::Optimise),
    source: include_str!("../optimise_pose.wgsl"),
    common: &[],
    mirrors: &[],
    entry_points: &["pose_adam", "pose_share"],
    is_walk: false,
};

/// Stage Optimise: Adam.
pub const OPTIMISE: Module = Module {
    stem: "optimise",
    stage: Some(Stage::Optimise),
    source: include_str!("../optimise.wgsl"),
    common: &[],
    mirrors: &[f32x4("d_rows", 6), in_place("rows", 7), in_place("moment1", 8), in_place("moment2", 9)],
    entry_points: &["optimise", "count_step"],
    is_walk: false,
};

/// Stage Optimise: entropy term.
pub const OPTIMISE_ENTROPY: Module = Module {
    stem: "optimise_entropy",
    stage: Some(Stage::Optimise),
    source: include_str!("../optimise_entropy.wgsl"),
    common: &[LOGIT_UNIFORMS, CLASS_CHANNELS],
    mirrors: &[f32x4("rows", 1)],
    entry_points: &["optimise_entropy"],
    is_walk: false,
};

/// Stage Optimise: neighbour smoothing.
pub const OPTIMISE_SMOOTHING: Module = Module {
    stem: "optimise_smoothing",
    stage: Some(Stage::Optimise),
    source: include_str!("../optimise_smoothing.wgsl"),
    common: &[SMOOTHING_UNIFORMS, CLASS_CHANNELS, FINITE],
    mirrors: &[f32x4("rows", 1)],
    entry_points: &["smoothing_terms", "smoothing_gradient"],
    is_walk: false,
};

/// Stage Optimise: classes draw their Gaussians to planes.
pub const OPTIMISE_PLANES: Module = Module {
    stem: "optimise_planes",
    stage: Some(Stage::Optimise),
    source: include_str!("../optimise_planes.wgsl"),
    common: &[VIEW, CLASS_CHANNELS, FINITE, GAUSSIAN],
    mirrors: &[f32x4("rows", 1), f32x4("class_planes", 3), u32x2("plane_entries", 6)],
    entry_points: &["pull_to_planes"],
    is_walk: false,
};

/// Stage Optimise: regularisation and noise of MCMC.
pub const OPTIMISE_MCMC: Module = Module {
    stem: "optimise_mcmc",
    stage: Some(Stage::Optimise),
    source: include_str!("../optimise_mcmc.wgsl"),
    common: &[VIEW, FINITE, GAUSSIAN, RANDOM],
    mirrors: &[in_place("rows", 4)],
    entry_points: &["mcmc_regularise", "mcmc_noise"],
    is_walk: false,
};

/// Stage Optimise: neighbour smoothing of what a classifier finds in codes.
pub const OPTIMISE_CODES: Module = Module {
    stem: "optimise_codes",
    stage: Some(Stage::Optimise),
    source: include_str!("../optimise_codes.wgsl"),
    common: &[SMOOTHING_UNIFORMS, FINITE, CODES],
    mirrors: &[f32x4("rows", 1), f32x4("classifier", 7)],
    entry_points: &["code_terms", "code_gradient", "code_scatter", "code_classifier"],
    is_walk: false,
};

/// Stage Optimise: the classifier.
pub const OPTIMISE_CLASSIFIER: Module = Module {
    stem: "optimise_classifier",
    stage: Some(Stage::Optimise),
    source: include_str!("../optimise_classifier.wgsl"),
    common: &[],
    mirrors: &[],
    entry_points: &["optimise_classifier"],
    is_walk: false,
};

/// Stage Optimise: exposures.
pub const OPTIMISE_EXPOSURE: Module = Module {
    stem: "optimise_exposure",
    stage: Some(Stage::Optimise),
    source: include_str!("../optimise_exposure.wgsl"),
    common: &[],
    mirrors: &[],
    entry_points: &["exposure_adam", "exposure_share"],
    is_walk: false,
};

/// Stage Densify: decisions and row map.
pub const DENSIFY: Module = Module {
    stem: "densify",
    stage: Some(Stage::Densify),
    source: include_str!("../densify.wgsl"),
    common: &[DENSIFY_UNIFORMS, FINITE],
    mirrors: &[],
    entry_points: &["densify_decide", "densify_allow", "densify_map", "densify_commit"],
    is_walk: false,
};

/// Stage Densify: gathers.
pub const DENSIFY_GATHER: Module = Module {
    stem: "densify_gather",
    stage: Some(Stage::Densify),
    source: include_str!("../densify_gather.wgsl"),
    common: &[DENSIFY_UNIFORMS, VIEW, FINITE, GAUSSIAN, RANDOM],
    mirrors: &[],
    entry_points: &["gather_rows", "gather_moments", "reset_opacity", "reset_opacity_moment"],
    is_walk: false,
};

/// Stage Densify: relocation of dead rows, row map.
pub const DENSIFY_RELOCATE: Module = Module {
    stem: "densify_relocate",
    stage: Some(Stage::Densify),
    source: include_str!("../densify_relocate.wgsl"),
    common: &[RELOCATE_UNIFORMS, VIEW, FINITE, GAUSSIAN, RANDOM],
    mirrors: &[],
    entry_points: &["relocate_weigh", "relocate_share", "relocate_map"],
    is_walk: false,
};

/// Stage Densify: rows that share a place.
pub const DENSIFY_SHARE: Module = Module {
    stem: "densify_share",
    stage: Some(Stage::Densify),
    source: include_str!("../densify_share.wgsl"),
    common: &[RELOCATE_UNIFORMS, VIEW, GAUSSIAN],
    mirrors: &[],
    entry_points: &["share_rows"],
    is_walk: false,
};

/// Sampled rows and their nearest others.
pub const NEIGHBOURS: Module = Module {
    stem: "neighbours",
    stage: None,
    source: include_str!("../neighbours.wgsl"),
    common: &[NEIGHBOUR_UNIFORMS, RANDOM],
    mirrors: &[f32x4("rows", 1)],
    entry_points: &["neighbours_search", "neighbours_merge"],
    is_walk: false,
};

/// Labels of a view to its rows: the walk.
pub const LIFT: Module = Module {
    stem: "lift",
    stage: None,
    source: include_str!("../lift.wgsl"),
    common: &[VIEW, BLOCKS, LIFT_UNIFORMS, LABELS, LIFT_WALK],
    mirrors: &[f32x4("splats", 1), u32x2("listed", 2)],
    entry_points: &["lift"],
    is_walk: true,
};

/// Lifted sums to class logits.
pub const LIFT_LOGITS: Module = Module {
    stem: "lift_logits",
    stage: None,
    source: include_str!("../lift_logits.wgsl"),
    common: &[LIFT_UNIFORMS, LIFT_SUMS],
    mirrors: &[],
    entry_points: &["lift_logits"],
    is_walk: false,
};

/// What a lifted cloud shows too much or too little of where classes meet: two walks.
pub const LIFT_RESIDUAL: Module = Module {
    stem: "lift_residual",
    stage: None,
    source: include_str!("../lift_residual.wgsl"),
    common: &[VIEW, BLOCKS, LIFT_UNIFORMS, LABELS, LIFT_WALK],
    mirrors: &[f32x4("splats", 1), u32x2("listed", 2), f32x4("rows", 9)],
    entry_points: &["lift_residual"],
    is_walk: true,
};

/// That residual to better class logits.
pub const LIFT_CORRECT: Module = Module {
    stem: "lift_correct",
    stage: None,
    source: include_str!("../lift_correct.wgsl"),
    common: &[LIFT_UNIFORMS, LIFT_SUMS, CLASS_CHANNELS],
    mirrors: &[],
    entry_points: &["lift_correct"],
    is_walk: false,
};

/// Where meshes end the splats of a picture.
pub const DISPLAY_LIMIT: Module = Module {
    stem: "display_limit",
    stage: None,
    source: include_str!("../display_limit.wgsl"),
    common: &[],
    mirrors: &[],
    entry_points: &["display_limit"],
    is_walk: false,
};

/// Splats as a camera wants them: class factors, points, ellipsoids.
pub const DISPLAY_RESTYLE: Module = Module {
    stem: "display_restyle",
    stage: None,
    source: include_str!("../display_restyle.wgsl"),
    common: &[ELLIPSE],
    mirrors: &[f32x4("rows", 1)],
    entry_points: &["display_restyle"],
    is_walk: false,
};

/// Class channels of several clouds.
pub const DISPLAY_CHANNELS: Module = Module {
    stem: "display_channels",
    stage: None,
    source: include_str!("../display_channels.wgsl"),
    common: &[],
    mirrors: &[f32x4("rows", 1)],
    entry_points: &["display_channels"],
    is_walk: false,
};

/// The picture of a frame.
pub const DISPLAY: Module = Module {
    stem: "display",
    stage: None,
    source: include_str!("../display.wgsl"),
    common: &[],
    mirrors: &[f32x4("image", 1), f32x4("payload", 2), f32x4("palette", 4)],
    entry_points: &["display_vertex", "display_fragment", "display_depth_fragment"],
    is_walk: false,
};

/// One pixel's answer.
pub const PICK: Module = Module {
    stem: "pick",
    stage: None,
    source: include_str!("../pick.wgsl"),
    common: &[SURFACE],
    mirrors: &[],
    entry_points: &["pick"],
    is_walk: false,
};

/// Every module.
pub const MODULES: &[&Module] = &[
    &PROJECT,
    &SORT_RADIX,
    &SORT_SCAN,
    &SORT_LISTS,
    &FORWARD,
    &FORWARD_CHANNELS,
    &LOSS,
    &LOSS_EXPOSURE,
    &LOSS_SEMANTIC,
    &LOSS_CODES,
    &LOSS_RELABEL,
    &LOSS_SUM,
    &BACKWARD,
    &BACKWARD_GATHER,
    &BACKWARD_GROWTH,
    &BACKWARD_CHANNELS,
    &BACKWARD_ROWS,
    &BACKWARD_POSE,
    &OPTIMISE,
    &OPTIMISE_ENTROPY,
    &OPTIMISE_SMOOTHING,
    &OPTIMISE_PLANES,
    &OPTIMISE_MCMC,
    &OPTIMISE_CODES,
    &OPTIMISE_CLASSIFIER,
    &OPTIMISE_EXPOSURE,
    &OPTIMISE_POSE,
    &DENSIFY,
    &DENSIFY_GATHER,
    &DENSIFY_RELOCATE,
    &DENSIFY_SHARE,
    &NEIGHBOURS,
    &LIFT,
    &LIFT_LOGITS,
    &LIFT_RESIDUAL,
    &LIFT_CORRECT,
    &DISPLAY_LIMIT,
    &DISPLAY_RESTYLE,
    &DISPLAY_CHANNELS,
    &DISPLAY,
    &PICK,
];

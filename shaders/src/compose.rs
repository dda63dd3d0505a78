//! Joins constants, common code and a stage's file into one plain WGSL module without directives.
//!
//! Three things differ between adapters and are settled here, so that the stage files stay plain WGSL:
//! * `LANES`: a workgroup of the pixel kernels is exactly one subgroup;
//! * lane operations: subgroup intrinsics, or identities where a workgroup is one lane;
//! * mirrored inputs: read from a texture on software GPUs (ten times cheaper there), from a storage buffer elsewhere.
//!
//! A trap that no generated code avoids: where the end of a loop hangs on uniforms alone, lavapipe writes their values into
//! the kernel and may compile it anew at every dispatch, and keeps every copy. Such ends take in something that is no
//! uniform: a count, or the length of a buffer. `tests/memory.rs` notices.

use crate::layout;
use crate::table::{MirrorInput, MirrorKind, Module};

/// How lanes talk to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LaneOps {
    /// Subgroup intrinsics; a workgroup of `lanes` invocations lies in one subgroup.
    Subgroup,
    /// One lane per workgroup: nothing to exchange. For adapters without subgroups.
    Single,
}

/// What a module is generated for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Invocations of a pixel kernel's workgroup: a power of two, 1..=64.
    pub lanes: u32,
    /// How they talk.
    pub lane_ops: LaneOps,
    /// Read mirrored inputs through textures.
    pub mirror_textures: bool,
    /// vec4s of class channels carried by one walk (0..=4).
    pub chunk_texels: u32,
    /// The walk carries colour too.
    pub colour: bool,
    /// What the backward walk carries reaches geometry through alpha; class channels behind a closed gate do not.
    pub geometry: bool,
    /// Highest SH degree that rows hold.
    pub sh_degree: u32,
    /// Sum splat gradients with f32 atomics instead of slots.
    pub atomics: bool,
    /// Forward blends only what lies before the pixel's depth limit: meshes hide splats.
    pub limited: bool,
    /// Forward's depth is the surface's (times 1 - T_final, see `common/surface.wgsl`), not the mean: haze before a surface does not pull
    /// it nearer.
    pub surface_depth: bool,
    /// Splats end where their q is 1 and are as opaque inside as at their centre, instead of fading like Gaussians.
    pub solid: bool,
    /// The depth buffer that limits are taken from has several samples a pixel.
    pub many_samples: bool,
}

impl Shape {
    /// vec4s of a backward slot before its class channels.
    pub fn slot_base(&self) -> u32 {
        match (self.colour, self.geometry) {
            (true, _) => layout::COLOUR_SLOT_TEXELS,
            (false, true) => layout::CHUNK_SLOT_TEXELS,
            (false, false) => 0,
        }
    }

    /// The shape of the modules that do not depend on classes or colour.
    pub fn plain(self) -> Self {
        Self {
            chunk_texels: 0,
            colour: true,
            geometry: true,
            atomics: false,
            limited: false,
            surface_depth: false,
            // Not `solid`: picks read it, and nothing else asks for it.
            ..self
        }
    }
}

/// Lanes whose pixels are a column of four or eight: there alphas follow from each other for less than an exponential each.
const COLUMN_LANES: [u32; 2] = [8, 16];

/// Plain WGSL of `module` for `shape`.
pub fn compose(module: &Module, shape: &Shape) -> String {
    let mut parts = vec![constants(shape)];
    parts.extend(module.mirrors.iter().map(|m| mirror(m, shape.mirror_textures)));
    parts.push(match shape.lane_ops {
        LaneOps::Subgroup => include_str!("../common/lanes_subgroup.wgsl").to_owned(),
        LaneOps::Single => include_str!("../common/lanes_single.wgsl").to_owned(),
    });
    parts.extend(module.common.iter().map(|text| (*text).to_owned()));
    if module.stem == "backward" {
        parts.push(butterfly(slot_values(shape), shape.lanes));
        parts.push(match shape.atomics {
            true => include_str!("../common/sink_atomics.wgsl").to_owned(),
            false => include_str!("../common/sink_slots.wgsl").to_owned(),
        });
    }
    if module.stem == "forward" {
        parts.push(match shape.limited {
            true => include_str!("../common/limit_buffer.wgsl").to_owned(),
            false => include_str!("../common/limit_none.wgsl").to_owned(),
        });
    }
    let walks_alphas = ["forward", "backward", "lift", "lift_residual"].contains(&module.stem);
    if walks_alphas {
        parts.push(match COLUMN_LANES.contains(&shape.lanes) && !shape.solid {
            true => include_str!("../common/alphas_column.wgsl").to_owned(),
            false => include_str!("../common/alphas_each.wgsl").to_owned(),
        });
    }
    if walks_alphas || module.stem == "pick" {
        parts.push(match shape.solid {
            true => include_str!("../common/alpha_solid.wgsl").to_owned(),
            false => include_str!("../common/alpha_gaussian.wgsl").to_owned(),
        });
    }
    if module.stem == "display_limit" {
        parts.push(match shape.many_samples {
            true => include_str!("../common/mesh_depth_samples.wgsl").to_owned(),
            false => include_str!("../common/mesh_depth_single.wgsl").to_owned(),
        });
    }
    parts.push(module.source.to_owned());
    let text = parts.join("\n");
    if module.is_walk {
        unroll(&text, &unrolled_counts(shape))
    } else {
        let counts = [
            ("RUN", layout::LOSS_RUN),
            ("SPAN", layout::LOSS_RUN + 10),
            ("NEIGHBOURS", layout::NEIGHBOURS),
            ("CODE_PLANES", layout::CODE_PLANES),
        ];
        unroll(&text, &counts)
    }
}

/// Values of a backward slot, padded to whole lanes.
fn slot_values(shape: &Shape) -> u32 {
    ((shape.slot_base() + shape.chunk_texels) * 4).next_multiple_of(shape.lanes)
}

/// Loops over these constants are written out: array elements then have constant indices and live in registers, which
/// no software GPU's compiler does for a loop of this size. One lane's 64 pixels stay a loop.
fn unrolled_counts(shape: &Shape) -> Vec<(&'static str, u32)> {
    let pixels = layout::BLOCK_PX * layout::BLOCK_PX / shape.lanes;
    let counts = [
        ("PIXELS_PER_LANE", pixels),
        ("CHUNK_TEXELS", shape.chunk_texels),
        ("SLOT_SHARE", slot_values(shape) / shape.lanes),
    ];
    counts.into_iter().filter(|_| shape.lanes >= 4).collect()
}

/// Writes every `for (var i = 0u; i < NAME; i++) { .. }` over the given constants out, outer loops first.
fn unroll(text: &str, counts: &[(&str, u32)]) -> String {
    const HEAD: &str = "for (var ";
    let Some(start) = text.find(HEAD) else { return text.to_owned() };
    let (before, rest) = text.split_at(start);
    let open = rest.find('{').expect("a loop has a body");
    let body_end = open + matching_brace(&rest[open..]);
    let (head, body, after) = (&rest[..open], &rest[open + 1..body_end], &rest[body_end + 1..]);
    let variable = head[HEAD.len()..].split(' ').next().unwrap_or_default();
    let count = counts
        .iter()
        .find(|(name, _)| head.trim_end() == format!("for (var {variable} = 0u; {variable} < {name}; {variable}++)"));
    let inner = unroll(body, counts);
    let written = match count {
        Some((_, n)) => (0..*n).map(|i| format!("{{ const {variable} = {i}u; {inner} }}\n")).collect(),
        None => format!("{head}{{{inner}}}"),
    };
    format!("{before}{written}{}", unroll(after, counts))
}

/// Index of the brace that closes the one at the start.
fn matching_brace(text: &str) -> usize {
    let mut depth = 0;
    for (i, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return i;
        }
    }
    panic!("unbalanced braces in a shader");
}

/// Sums `v` over all lanes: in log2(lanes) exchanges of halves, lane l ends with values l * n / lanes .. in v[0..].
/// Written out for the same reason as the loops.
fn butterfly(values: u32, lanes: u32) -> String {
    let mut text = format!("fn butterfly(v: ptr<function, array<f32, {values}>>, lane: u32) {{\n");
    let (mut count, mut bit) = (values, lanes / 2);
    while bit > 0 {
        count /= 2;
        text.push_str(&format!("    let upper{bit} = (lane & {bit}u) != 0u;\n"));
        for i in 0..count {
            let (low, high) = (format!("(*v)[{i}]"), format!("(*v)[{}]", i + count));
            text.push_str(&format!(
                "    {low} = select({low}, {high}, upper{bit}) + lane_exchange(select({high}, {low}, upper{bit}), {bit}u);\n"
            ));
        }
        bit /= 2;
    }
    text + "}\n"
}

fn constants(shape: &Shape) -> String {
    let mut text = String::new();
    let mut add = |name: &str, value: u32| text.push_str(&format!("const {name}: u32 = {value}u;\n"));
    add("TILE_PX", layout::TILE_PX);
    add("BLOCK_PX", layout::BLOCK_PX);
    add("ROW_GROUP", layout::ROW_GROUP);
    add("SPLAT_TEXELS", layout::SPLAT_TEXELS);
    add("GEOMETRY_PLANES", layout::GEOMETRY_PLANES);
    add("LANES", shape.lanes);
    add("PIXELS_PER_LANE", layout::BLOCK_PX * layout::BLOCK_PX / shape.lanes);
    add("CHUNK_TEXELS", shape.chunk_texels);
    // WGSL has no zero-sized arrays: the carried channels' arrays hold at least one texel.
    add("CHUNK_STORE", shape.chunk_texels.max(1));
    add("SLOT_BASE", shape.slot_base());
    add("SLOT_TEXELS", shape.slot_base() + shape.chunk_texels);
    add("SLOT_VALUES", slot_values(shape));
    add("SLOT_SHARE", slot_values(shape) / shape.lanes);
    add("SH_PLANES", (3 * (shape.sh_degree + 1) * (shape.sh_degree + 1)).div_ceil(4));
    add("RUN", layout::LOSS_RUN);
    add("SPAN", layout::LOSS_RUN + 10);
    add("POSE_RUN", layout::POSE_RUN);
    add("POSE_LANES", layout::POSE_LANES);
    add("EXPOSURE_RUN", layout::EXPOSURE_RUN);
    add("EXPOSURE_LANES", layout::EXPOSURE_LANES);
    add("COUNT_ROWS", layout::COUNT_ROWS);
    add("COUNT_ENTRIES", layout::COUNT_ENTRIES);
    add("COUNT_HITS", layout::COUNT_HITS);
    add("COUNT_OVERFLOW", layout::COUNT_OVERFLOW);
    add("COUNT_CANDIDATES", layout::COUNT_CANDIDATES);
    add("COUNT_KEPT", layout::COUNT_KEPT);
    add("COUNT_ENTRIES_NEEDED", layout::COUNT_ENTRIES_NEEDED);
    add("COUNT_HITS_NEEDED", layout::COUNT_HITS_NEEDED);
    add("COUNT_STEPS", layout::COUNT_STEPS);
    add("COUNT_ROWS_BEFORE", layout::COUNT_ROWS_BEFORE);
    add("COUNT_ROWS_AFTER", layout::COUNT_ROWS_AFTER);
    add("PICK_SAMPLES", layout::PICK_SAMPLES);
    add("PICK_LANES", layout::PICK_SAMPLES * layout::PICK_SAMPLES);
    add("PICK_ROUNDS", layout::PICK_ROUNDS);
    add("NO_COUNTER", layout::NO_COUNTER);
    add("NEIGHBOURS", layout::NEIGHBOURS);
    add("CODE_PLANES", layout::CODE_PLANES);
    add("CLASSIFIER_TEXELS", layout::CLASSIFIER_TEXELS);
    add("CLASSIFIER_PIXELS", layout::CLASSIFIER_PIXELS);
    add("OBJECTIVE_LOGITS", layout::OBJECTIVE_LOGITS);
    add("OBJECTIVE_SOFTMAX", layout::OBJECTIVE_SOFTMAX);
    add("DISPLAY_RGB", layout::DISPLAY_RGB);
    add("DISPLAY_CLASSES", layout::DISPLAY_CLASSES);
    add("DISPLAY_OVERLAY", layout::DISPLAY_OVERLAY);
    add("DISPLAY_DEPTH", layout::DISPLAY_DEPTH);
    add("DISPLAY_CONFIDENCE", layout::DISPLAY_CONFIDENCE);
    add("DISPLAY_ENTROPY", layout::DISPLAY_ENTROPY);
    add("DISPLAY_NORMALS", layout::DISPLAY_NORMALS);
    add("FORM_POINTS", layout::FORM_POINTS);
    add("FORM_ELLIPSOIDS", layout::FORM_ELLIPSOIDS);
    text.push_str(&format!("const ELLIPSOID_SHADE: f32 = {:?};\n", layout::ELLIPSOID_SHADE));
    text.push_str(&format!("const PICK_REACH: f32 = {:?};\n", layout::PICK_REACH));
    text.push_str(&format!("const NORMAL_SAMPLES: i32 = {};\n", layout::NORMAL_SAMPLES));
    text.push_str(&format!("const NORMAL_STEP_PX: i32 = {};\n", layout::NORMAL_STEP_PX));
    text.push_str(&format!("const NORMAL_REACH: f32 = {:?};\n", layout::NORMAL_REACH));
    text.push_str(&format!("const NO_LIMIT: f32 = {:?};\n", layout::NO_LIMIT));
    text.push_str(&format!("const IS_COLUMN: bool = {};\n", shape.lanes >= layout::BLOCK_PX));
    text.push_str(&format!("const HAS_COLOUR: bool = {};\n", shape.colour));
    text.push_str(&format!("const SOLID: bool = {};\n", shape.solid));
    text.push_str(&format!("const SURFACE_DEPTH: bool = {};\n", shape.surface_depth));
    text.push_str(&format!("const HAS_GEOMETRY: bool = {};\n", shape.colour || shape.geometry));
    text
}

/// The accessor `<name>_at(index)` of a mirrored input.
fn mirror(input: &MirrorInput, textures: bool) -> String {
    let MirrorInput { name, binding, kind, in_place } = *input;
    let (scalar, width) = match kind {
        MirrorKind::F32x4 => ("f32", 4),
        MirrorKind::U32x2 => ("u32", 2),
    };
    let value = format!("vec{width}<{scalar}>");
    if textures {
        let swizzle = if width == 4 { "" } else { ".xy" };
        let shift = layout::MIRROR_WIDTH_LOG2;
        let mask = (1u32 << shift) - 1;
        format!(
            "@group(0) @binding({binding}) var {name}_texture: texture_2d<{scalar}>;\n\
             fn {name}_at(i: u32) -> {value} {{\n    \
             return textureLoad({name}_texture, vec2<u32>(i & {mask}u, i >> {shift}u), 0){swizzle};\n}}\n"
        )
    } else if in_place {
        format!("fn {name}_at(i: u32) -> {value} {{\n    return {name}[i];\n}}\n")
    } else {
        format!(
            "@group(0) @binding({binding}) var<storage, read> {name}_buffer: array<{value}>;\n\
             fn {name}_at(i: u32) -> {value} {{\n    return {name}_buffer[i];\n}}\n"
        )
    }
}

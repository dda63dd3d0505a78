//! Stage Loss: L1 + SSIM and cross-entropy with their gradients per pixel, and the sums that are reported.

use super::codes;
use super::exposure::{self, ExposureStep};
use crate::recorder::Bind::{Buffer, Mirror, Texture};
use crate::training::LossBuffers;
use crate::{ClassifierBuffers, FrameBuffers, Recorder, RowBuffers, TargetImage};
use splat_core::settings::LossSettings;
use splat_core::{Objective, Stage};
use splat_shaders::layout::{BLOCK_PX, LOSS_RUN, LossUniforms, NO_COUNTER, objective_code};
use splat_shaders::table;

/// What a step is compared by.
#[derive(Clone, Copy)]
pub struct LossStep<'a> {
    /// Weights and forms.
    pub settings: &'a LossSettings,
    /// Colour behind everything.
    pub background: [f32; 3],
    /// Labels are what was rendered, where that is sure; `LossBuffers` must have been made for it.
    pub relabels: bool,
    /// Which blocks' classes are compared, where the frame holds some only: the seed of `Selection::Random`.
    pub block_seed: u32,
    /// What finds classes in blended codes, where rows hold codes.
    pub classifier: Option<&'a ClassifierBuffers>,
    /// The photograph is compared by its own exposure, which learns.
    pub exposure: Option<ExposureStep<'a>>,
}

/// Records the stage; fills `d_image`, `d_payload` and `totals`.
pub fn record(
    rec: &mut Recorder,
    rows: &RowBuffers,
    frame: &FrameBuffers,
    buffers: &LossBuffers,
    target: &TargetImage,
    step: LossStep,
) {
    rec.stage(Stage::Loss);
    let LossStep { settings, background, relabels, block_seed, classifier, exposure } = step;
    // Labels are columns of the classes, whatever is blended.
    let channels = classifier.map_or(rows.layout.channels, |c| c.classes);
    let normalise = settings.normalise && classifier.is_none();
    // Without a label no pixel counts, whatever the scale.
    let weight = if target.label_weight > 0.0 { target.label_weight } else { 1.0 };
    let uniform = rec.gpu.uniform(
        "loss",
        &LossUniforms {
            size_px: [frame.width, frame.height],
            ssim_weight: settings.ssim,
            semantic_scale: settings.semantic / (weight * classifier.map_or(1.0, |c| (c.classes.max(2) as f32).ln())),
            background: [background[0], background[1], background[2], 0.0],
            channels,
            normalise: normalise as u32,
            geometry_gate: settings.geometry_gate,
            confidence: settings.confidence,
            robust: settings.robust.coefficients(),
            rest_plane: if buffers.splits { rows.layout.logit_planes() } else { NO_COUNTER },
            sure: settings.self_training.sure,
            keeps_given: settings.self_training.keeps_given as u32,
            label_weight: weight,
            objective: objective_code(rows.layout.objective),
            selected_blocks: frame.packed_blocks.unwrap_or(frame.blocks()),
            block_seed: if frame.packed_blocks.is_some() { block_seed } else { 0 },
            is_packed: frame.packed_blocks.is_some() as u32,
        },
    );
    rec.sync(&frame.image, frame.pixels());
    if let Some(exposure) = exposure {
        exposure::record_choice(rec, buffers, exposure);
    }
    record_colour(rec, frame, buffers, target, &uniform);
    if let Some(exposure) = exposure {
        exposure::record_gradient(rec, frame, buffers, &uniform, exposure);
    }
    if channels > 0 {
        rec.sync(&frame.payload, rows.layout.logit_planes() as u64 * frame.class_pixels());
        let own = buffers.relabelled.as_ref().filter(|_| relabels);
        if let Some(own) = own {
            record_relabel(rec, frame, buffers, target, &uniform, own);
        }
        let labels = own.unwrap_or(&target.labels);
        match classifier {
            Some(classifier) => codes::record_loss(rec, frame, buffers, classifier, labels, &uniform),
            None => record_classes(rec, rows, frame, buffers, labels, &uniform),
        }
    }
    rec.sync(&buffers.d_image, frame.pixels());
    record_totals(rec, frame, buffers, &uniform);
}

/// L1 and SSIM: blur five maps, SSIM's partial derivatives, blur three maps back.
fn record_colour(
    rec: &mut Recorder,
    frame: &FrameBuffers,
    buffers: &LossBuffers,
    target: &TargetImage,
    uniform: &wgpu::Buffer,
) {
    let along_x = [frame.width.div_ceil(8 * LOSS_RUN), frame.height.div_ceil(8), 1];
    let along_y = [frame.width.div_ceil(8), frame.height.div_ceil(8 * LOSS_RUN), 1];
    let [even, odd] = &buffers.blur;
    let passes = [
        ("loss_blur_x", odd, even, 4, along_x),
        ("loss_ssim", even, odd, 3, along_y),
        ("loss_adjoint_x", odd, even, 3, along_x),
        ("loss_gradient", even, odd, 0, along_y),
    ];
    for (entry, input, output, planes, groups) in passes {
        let kernel = rec.gpu.kernel(&table::LOSS, entry, rec.gpu.shape);
        let binds = [
            Buffer(0, uniform),
            Texture(1, &target.photo),
            Mirror(2, &frame.image),
            Mirror(3, input),
            Buffer(4, &output.buffer),
            Buffer(5, &buffers.d_image.buffer),
            Buffer(6, &buffers.partials.buffer),
            Buffer(7, &buffers.exposure),
        ];
        rec.run(&kernel, &binds, groups);
        if planes > 0 {
            rec.sync(output, planes * frame.pixels());
        }
    }
}

/// The step's labels from what was rendered, into `own`.
fn record_relabel(
    rec: &mut Recorder,
    frame: &FrameBuffers,
    buffers: &LossBuffers,
    target: &TargetImage,
    uniform: &wgpu::Buffer,
    own: &wgpu::Buffer,
) {
    let binds = [
        Buffer(0, uniform),
        Buffer(1, &target.labels),
        Mirror(2, &frame.image),
        Mirror(3, &frame.payload),
        Buffer(4, own),
        Buffer(5, &buffers.row_sums),
        Texture(6, &target.photo),
    ];
    let pixels = [frame.width.div_ceil(8), frame.height.div_ceil(8), 1];
    let passes = [("relabel", pixels), ("relabel_rows", [pixels[1], 1, 1]), ("relabel_total", [1, 1, 1])];
    for (entry, groups) in passes {
        let kernel = rec.gpu.kernel(&table::LOSS_RELABEL, entry, rec.gpu.shape);
        rec.run(&kernel, &binds, groups);
    }
}

/// The classes' loss, by the rows' objective.
fn record_classes(
    rec: &mut Recorder,
    rows: &RowBuffers,
    frame: &FrameBuffers,
    buffers: &LossBuffers,
    labels: &wgpu::Buffer,
    uniform: &wgpu::Buffer,
) {
    let planes = rows.layout.logit_planes() as u64;
    let entry = match rows.layout.objective {
        Objective::Logits | Objective::Grouping => "loss_logits",
        Objective::Softmax => "loss_probabilities",
    };
    let kernel = rec.gpu.kernel(&table::LOSS_SEMANTIC, entry, rec.gpu.shape);
    let binds = [
        Buffer(0, uniform),
        Buffer(1, labels),
        Mirror(2, &frame.image),
        Mirror(3, &frame.payload),
        Buffer(4, &buffers.d_payload.buffer),
        Buffer(5, &buffers.d_image.buffer),
        Buffer(6, &buffers.partials.buffer),
    ];
    let image = [frame.width.div_ceil(BLOCK_PX), frame.height.div_ceil(BLOCK_PX), 1];
    rec.run(&kernel, &binds, frame.packed_blocks.map_or(image, |blocks| [blocks, 1, 1]));
    rec.sync(&buffers.d_payload, (planes + buffers.splits as u64) * frame.class_pixels());
}

/// The four sums that are reported.
fn record_totals(rec: &mut Recorder, frame: &FrameBuffers, buffers: &LossBuffers, uniform: &wgpu::Buffer) {
    rec.sync(&buffers.partials, frame.pixels());
    let binds =
        [Buffer(0, uniform), Mirror(1, &buffers.partials), Buffer(2, &buffers.row_sums), Buffer(3, &buffers.totals)];
    for (entry, groups) in [("loss_rows", frame.height.div_ceil(8)), ("loss_total", 1)] {
        let kernel = rec.gpu.kernel(&table::LOSS_SUM, entry, rec.gpu.shape);
        rec.run(&kernel, &binds, [groups, 1, 1]);
    }
}

//! Stage Loss: L1 + SSIM and cross-entropy with their gradients per pixel, and the sums that are reported.

use crate::recorder::Bind::{Buffer, Mirror, Texture};
use crate::training::LossBuffers;
use crate::{FrameBuffers, Recorder, RowBuffers, TargetImage};
use splat_core::settings::LossSettings;
use splat_core::{Objective, Stage};
use splat_shaders::layout::{LOSS_RUN, LossUniforms, NO_COUNTER};
use splat_shaders::table;

/// Records the stage; fills `d_image`, `d_payload` and `totals`.
pub fn record(
    rec: &mut Recorder,
    rows: &RowBuffers,
    frame: &FrameBuffers,
    buffers: &LossBuffers,
    target: &TargetImage,
    settings: &LossSettings,
    background: [f32; 3],
) {
    rec.stage(Stage::Loss);
    let channels = rows.layout.channels;
    // Without a label no pixel counts, whatever the scale.
    let weight = if target.label_weight > 0.0 { target.label_weight } else { 1.0 };
    let uniform = rec.gpu.uniform(
        "loss",
        &LossUniforms {
            size_px: [frame.width, frame.height],
            ssim_weight: settings.ssim,
            semantic_scale: settings.semantic / weight,
            background: [background[0], background[1], background[2], 0.0],
            channels,
            normalise: settings.normalise as u32,
            geometry_gate: settings.geometry_gate,
            confidence: settings.confidence,
            robust: settings.robust.coefficients(),
            rest_plane: if buffers.splits { rows.layout.logit_planes() } else { NO_COUNTER },
            pad0: 0,
            pad1: 0,
            pad2: 0,
        },
    );
    rec.sync(&frame.image, frame.pixels());
    record_colour(rec, frame, buffers, target, &uniform);
    if channels > 0 {
        record_classes(rec, rows, frame, buffers, target, &uniform);
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
        ];
        rec.run(&kernel, &binds, groups);
        if planes > 0 {
            rec.sync(output, planes * frame.pixels());
        }
    }
}

/// The classes' loss, by the rows' objective.
fn record_classes(
    rec: &mut Recorder,
    rows: &RowBuffers,
    frame: &FrameBuffers,
    buffers: &LossBuffers,
    target: &TargetImage,
    uniform: &wgpu::Buffer,
) {
    let planes = rows.layout.logit_planes() as u64;
    rec.sync(&frame.payload, planes * frame.pixels());
    let entry = match rows.layout.objective {
        Objective::Logits => "loss_logits",
        Objective::Softmax => "loss_probabilities",
    };
    let kernel = rec.gpu.kernel(&table::LOSS_SEMANTIC, entry, rec.gpu.shape);
    let binds = [
        Buffer(0, uniform),
        Buffer(1, &target.labels),
        Mirror(2, &frame.image),
        Mirror(3, &frame.payload),
        Buffer(4, &buffers.d_payload.buffer),
        Buffer(5, &buffers.d_image.buffer),
        Buffer(6, &buffers.partials.buffer),
    ];
    rec.run(&kernel, &binds, [frame.width.div_ceil(8), frame.height.div_ceil(8), 1]);
    rec.sync(&buffers.d_payload, (planes + buffers.splits as u64) * frame.pixels());
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

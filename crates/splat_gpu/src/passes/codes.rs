//! Gaussian Grouping's parts of Loss and Optimise: classes that a classifier finds in blended codes, neighbours that should
//! agree on them, and the classifier's own step.

use super::neighbours::{self, NeighbourSampling};
use super::optimise::bias_corrections;
use super::row_groups;
use super::smoothing::SmoothingBuffers;
use crate::recorder::Bind::{Buffer, Mirror};
use crate::training::LossBuffers;
use crate::{ClassifierBuffers, FrameBuffers, Recorder, RowBuffers, TrainingBuffers};
use splat_core::Stage;
use splat_core::settings::SmoothingSettings;
use splat_shaders::layout::{
    CLASSIFIER_PARTS, CLASSIFIER_PIXELS, CODE_PLANES, ClassifierUniforms, NEIGHBOURS, SmoothingUniforms,
};
use splat_shaders::table;

/// Pieces of the classifier's gradient that an image makes.
fn image_pieces(frame: &FrameBuffers) -> u32 {
    frame.pixels().div_ceil(CLASSIFIER_PIXELS as u64) as u32
}

/// The classes' loss of blended codes; `uniform` is `LossUniforms`.
pub(super) fn record_loss(
    rec: &mut Recorder,
    frame: &FrameBuffers,
    buffers: &LossBuffers,
    classifier: &ClassifierBuffers,
    labels: &wgpu::Buffer,
    uniform: &wgpu::Buffer,
) {
    let binds = [
        Buffer(0, uniform),
        Buffer(1, labels),
        Mirror(2, &frame.image),
        Mirror(3, &frame.payload),
        Buffer(4, &buffers.d_payload.buffer),
        Buffer(5, &buffers.d_image.buffer),
        Buffer(6, &buffers.partials.buffer),
        Mirror(7, &classifier.weights),
        Buffer(8, &classifier.terms.buffer),
        Mirror(9, &classifier.terms),
        Buffer(10, &classifier.sums),
    ];
    let kernel = rec.gpu.kernel(&table::LOSS_CODES, "loss_codes", rec.gpu.shape);
    rec.run(&kernel, &binds, [frame.width.div_ceil(8), frame.height.div_ceil(8), 1]);
    rec.sync(&buffers.d_payload, (CODE_PLANES as u64 + buffers.splits as u64) * frame.pixels());
    rec.sync(&classifier.terms, frame.pixels());
    let kernel = rec.gpu.kernel(&table::LOSS_CODES, "loss_classifier", rec.gpu.shape);
    rec.run(&kernel, &binds, [row_groups(classifier.classes), image_pieces(frame), 1]);
}

/// What of a step the classifier takes in.
pub struct ClassifierStep<'a> {
    /// Images of the step's view.
    pub frame: &'a FrameBuffers,
    /// Neighbours are compared at this step, with these settings and this seed.
    pub neighbours: Option<(&'a SmoothingBuffers, &'a SmoothingSettings, u32)>,
    /// Learning rate.
    pub rate: f32,
    /// Step, from 1.
    pub step: u32,
}

/// Records the comparison of neighbours, where one is due, and Adam on the classifier. After Backward, before Adam on rows:
/// neighbours add to the codes' gradient in `d_rows`.
pub fn record_step(
    rec: &mut Recorder,
    rows: &RowBuffers,
    training: &TrainingBuffers,
    classifier: &ClassifierBuffers,
    step: &ClassifierStep,
) {
    rec.stage(Stage::Optimise);
    let mut pieces = image_pieces(step.frame);
    if let Some((buffers, settings, seed)) = step.neighbours {
        let sampling = NeighbourSampling { samples: settings.samples, most: settings.most, seed };
        neighbours::record(rec, rows, &buffers.neighbours, sampling);
        record_neighbours(rec, rows, training, classifier, (buffers, settings), pieces);
        pieces += CLASSIFIER_PARTS;
    }
    let [correction1, correction2] = bias_corrections(step.step);
    let uniforms = ClassifierUniforms {
        classes: classifier.classes,
        pieces,
        rate: step.rate,
        correction1,
        correction2,
        pad0: 0,
        pad1: 0,
        pad2: 0,
    };
    let uniform = rec.gpu.uniform("classifier", &uniforms);
    let binds = [
        Buffer(0, &uniform),
        Buffer(1, &classifier.weights.buffer),
        Buffer(2, &classifier.moment1),
        Buffer(3, &classifier.moment2),
        Buffer(4, &rows.counters),
        Buffer(10, &classifier.sums),
    ];
    let kernel = rec.gpu.kernel(&table::OPTIMISE_CLASSIFIER, "optimise_classifier", rec.gpu.shape);
    rec.run(&kernel, &binds, [row_groups(classifier.elements() as u32), 1, 1]);
    rec.sync(&classifier.weights, classifier.elements());
}

/// The 3D loss of sampled rows and their neighbours. The mean over pairs is also one over classes, as published.
fn record_neighbours(
    rec: &mut Recorder,
    rows: &RowBuffers,
    training: &TrainingBuffers,
    classifier: &ClassifierBuffers,
    (buffers, settings): (&SmoothingBuffers, &SmoothingSettings),
    first_sum: u32,
) {
    let uniforms = SmoothingUniforms {
        row_capacity: rows.capacity,
        first_plane: rows.layout.first_logit_plane(),
        channels: classifier.classes,
        samples: settings.samples,
        most: settings.most,
        weight: settings.weight / classifier.classes as f32,
        first_sum,
        pad1: 0,
    };
    let uniform = rec.gpu.uniform("smoothing", &uniforms);
    let binds = [
        Buffer(0, &uniform),
        Mirror(1, &rows.rows),
        Buffer(2, &rows.counters),
        Buffer(3, &buffers.neighbours.nearest),
        Buffer(4, &buffers.terms),
        Buffer(5, &training.d_rows.buffer),
        Mirror(7, &classifier.weights),
        Buffer(8, &classifier.d_codes),
        Buffer(10, &classifier.sums),
    ];
    let passes = [
        ("code_terms", [row_groups(settings.samples * (1 + NEIGHBOURS)), 1, 1]),
        ("code_gradient", [row_groups(settings.samples), 1, 1]),
        ("code_scatter", [1, CODE_PLANES, 1]),
        ("code_classifier", [row_groups(classifier.classes), CLASSIFIER_PARTS, 1]),
    ];
    for (entry, groups) in passes {
        let kernel = rec.gpu.kernel(&table::OPTIMISE_CODES, entry, rec.gpu.shape);
        rec.run(&kernel, &binds, groups);
    }
}

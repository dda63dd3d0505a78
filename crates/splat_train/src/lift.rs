//! Lifting: labels of views to class logits of Gaussians in one pass over the views, without training.
//!
//! [`lift`] labels a finished cloud and waits for the GPU; the trainer lifts its live rows between two steps with the same
//! passes and waits for nothing (`trainer/lifting.rs`).

use crate::error::TrainError;
use crate::prepare::label_columns;
use serde::Serialize;
use splat_core::{Camera, Cloud, LabelSet, Split, View};
use splat_gpu::passes::forward::Blend;
use splat_gpu::passes::lift::{LabelledView, LiftBuffers, LiftOptions, ResidualBuffers};
use splat_gpu::passes::{self};
use splat_gpu::readback::read_now;
use splat_gpu::target::upload_labels;
use splat_gpu::view::{tiles, view_uniforms};
use splat_gpu::{FrameBuffers, Gpu, ListBuffers, Recorder, RowBuffers, wgpu};
use splat_io::{CaptureOptions, open_capture};
use splat_labels::{LabelMapSource, LabelRequest, LabelSource, MapReport, gather, scene_classes};
use splat_shaders::layout::{COUNT_ENTRIES_NEEDED, COUNT_OVERFLOW, COUNTERS};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// One view's labels.
#[derive(Clone, Debug)]
pub struct LiftView {
    /// Its camera.
    pub camera: Camera,
    /// `[H, W]` class columns, 65535 = none.
    pub columns: Vec<u16>,
}

/// What a lift starts from, apart from the cloud.
#[derive(Clone, Debug)]
pub struct LiftInput {
    /// The classes that occur.
    pub classes: LabelSet,
    /// Labelled training views.
    pub views: Vec<LiftView>,
    /// What a label map did to the labels, where there was one.
    pub mapped: Option<MapReport>,
    /// What was odd but survivable.
    pub warnings: Vec<String>,
}

/// Where labels come from, as in training.
#[derive(Clone, Debug, Default)]
pub struct LiftSource {
    /// `None`: the capture's mesh if it has one.
    pub labels: Option<LabelSource>,
    /// A class list instead of the default one.
    pub vocabulary: Option<PathBuf>,
    /// How the masks of a folder are brought to another class list: `vocabulary` if given, else the scene's.
    pub label_map: Option<LabelMapSource>,
    /// Label images are scaled down by this, >= 1 (0 counts as 1).
    pub downscale: f64,
}

/// How a lift went.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LiftReport {
    /// Wall seconds from the first label on its way to the GPU to the last logit.
    pub seconds: f64,
    /// Views that carried labels.
    pub views: usize,
    /// Gaussians.
    pub gaussians: usize,
    /// Gaussians that a labelled pixel saw; the others abstain.
    pub seen: usize,
    /// Classes.
    pub classes: usize,
}

/// Opens a capture and gathers the labels of its training views. Masks of held-out views are never read, photographs
/// neither: a pixel that an anonymisation mask hides counts if it carries a label.
pub fn prepare_lift(dir: &Path, source: &LiftSource) -> Result<LiftInput, TrainError> {
    let capture = open_capture(dir, &CaptureOptions { downscale: source.downscale.max(1.0), seed: 0 })?;
    let train: Vec<&View> = capture.split(Split::Train).collect();
    let refuse = |message: &str| TrainError::Capture { path: dir.to_owned(), message: message.to_owned() };
    let labels = source.labels.clone().unwrap_or_else(|| LabelSource::default_for(&capture));
    if labels == LabelSource::None {
        return Err(refuse("has no annotated mesh to take labels from: name a folder of masks with --labels DIR"));
    }
    let (vocabulary, map) = (source.vocabulary.as_deref(), source.label_map.as_ref());
    let labelling = gather(&capture, &LabelRequest { source: &labels, vocabulary, map }, &train)?;
    let classes = scene_classes(&labelling);
    if classes.is_empty() {
        return Err(refuse("no training view carries a label: are the labels those of this capture?"));
    }
    let table = classes.column_table();
    let view = |(view, image): (&&View, &Option<_>)| {
        Some(LiftView { camera: view.camera, columns: label_columns(image.as_ref()?, &table) })
    };
    let views = train.iter().zip(&labelling.images).filter_map(view).collect();
    let warnings = capture.warnings.iter().chain(&labelling.warnings).cloned().collect();
    Ok(LiftInput { classes, views, mapped: labelling.mapped, warnings })
}

/// How a finished cloud is lifted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LiftPlan {
    /// How sums become logits.
    pub logits: LiftOptions,
    /// Lifts every other view, and with the rest corrects what that shows where classes meet. Else: the closed form alone.
    pub corrected: bool,
}

impl Default for LiftPlan {
    /// Surer of itself than the trainer's lift, since nothing is learnt afterwards.
    fn default() -> Self {
        Self { logits: LiftOptions { smoothing: 0.001, hard: false }, corrected: true }
    }
}

/// Labels a cloud in one pass over the views: its logits and classes are replaced, nothing else. `progress` hears which share
/// is done.
pub fn lift(
    gpu: &Gpu,
    mut cloud: Cloud,
    input: &LiftInput,
    plan: LiftPlan,
    progress: &dyn Fn(f32),
) -> Result<(Cloud, LiftReport), TrainError> {
    let started = Instant::now();
    cloud.classes = input.classes.clone();
    cloud.logits = vec![0.0; cloud.len() * cloud.class_count()];
    let mut walker = Walker::new(gpu, &cloud)?;
    let lifted = LiftBuffers::new(gpu, &walker.rows)?;
    let (first, second): (Vec<_>, Vec<_>) =
        input.views.iter().enumerate().partition(|(i, _)| !plan.corrected || i % 2 == 0);
    let mut done = 0;
    let mut each = |walker: &mut Walker, views: &[(usize, &LiftView)], record: RecordLabelled| {
        views.iter().try_for_each(|(_, view)| {
            progress(done as f32 / input.views.len() as f32);
            done += 1;
            walker.label(view, record)
        })
    };
    each(&mut walker, &first, &|rec, rows, lists, view| passes::lift::record_view(rec, rows, lists, &lifted, view))?;
    walker.submit(&|rec, rows| passes::lift::record_logits(rec, rows, &lifted, plan.logits, None));
    if !second.is_empty() {
        let against = ResidualBuffers::new(gpu, &walker.rows)?;
        walker.submit(&|rec, _| lifted.record_clear(rec));
        each(&mut walker, &second, &|rec, rows, lists, view| {
            passes::lift::record_view(rec, rows, lists, &lifted, view);
            passes::lift::record_residual(rec, rows, lists, (&lifted, &against), view);
        })?;
        walker.submit(&|rec, rows| passes::lift::record_correction(rec, rows, (&lifted, &against), plan.logits));
    }
    let totals: Vec<f32> = read_now(gpu, &lifted.totals, 4 * cloud.len() as u64)?;
    let report = LiftReport {
        seconds: started.elapsed().as_secs_f64(),
        views: input.views.len(),
        gaussians: cloud.len(),
        seen: totals.iter().filter(|t| **t > 0.0).count(),
        classes: cloud.class_count(),
    };
    cloud.logits = walker.rows.download(gpu)?.logits;
    Ok((cloud, report))
}

/// Wall seconds of one epoch of forward passes over the same views with as many channels as there are classes: what a
/// lift is measured by.
pub fn forward_epoch_seconds(gpu: &Gpu, cloud: &Cloud, input: &LiftInput) -> Result<f64, TrainError> {
    let started = Instant::now();
    let mut walker = Walker::new(gpu, cloud)?;
    let planes = walker.rows.layout.logit_planes();
    let mut frame: Option<FrameBuffers> = None;
    for view in &input.views {
        let k = &view.camera.intrinsics;
        let shown = match frame.take().filter(|f| [f.width, f.height] == [k.width, k.height]) {
            Some(same) => same,
            None => FrameBuffers::new(gpu, k.width, k.height, planes)?,
        };
        walker.walk(&view.camera, &|rec, rows, lists, uniform| {
            passes::forward::record(rec, rows, lists, &shown, uniform, Blend::default());
        })?;
        frame = Some(shown);
    }
    Ok(started.elapsed().as_secs_f64())
}

/// Goes over views of a cloud that stands still; lists grow and a view is repeated where they were too short.
struct Walker {
    gpu: Gpu,
    rows: RowBuffers,
    lists: ListBuffers,
}

/// Records what is done with a view once it is projected and sorted.
type Record<'a> = &'a dyn Fn(&mut Recorder, &RowBuffers, &ListBuffers, &wgpu::Buffer);

/// The same with the view's labels.
type RecordLabelled<'a> = &'a dyn Fn(&mut Recorder, &RowBuffers, &ListBuffers, LabelledView);

impl Walker {
    fn new(gpu: &Gpu, cloud: &Cloud) -> Result<Self, TrainError> {
        let rows = RowBuffers::upload(gpu, cloud, cloud.len() as u32)?;
        let lists = ListBuffers::new(gpu, rows.capacity, 8 * rows.capacity, 1)?;
        Ok(Self { gpu: gpu.clone(), rows, lists })
    }

    /// The same as [`Self::walk`] with the labels of a view.
    fn label(&mut self, view: &LiftView, record: RecordLabelled) -> Result<(), TrainError> {
        let (k, labels) = (&view.camera.intrinsics, upload_labels(&self.gpu, &view.columns));
        self.walk(&view.camera, &|rec, rows, lists, uniform| {
            record(rec, rows, lists, LabelledView { uniform, labels: &labels, size_px: [k.width, k.height] });
        })
    }

    /// Something that concerns no view.
    fn submit(&self, record: &dyn Fn(&mut Recorder, &RowBuffers)) {
        let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
        let mut rec = Recorder::new(&self.gpu, &mut encoder, None);
        record(&mut rec, &self.rows);
        rec.finish();
        self.gpu.queue.submit([encoder.finish()]);
    }

    fn walk(&mut self, camera: &Camera, record: Record) -> Result<(), TrainError> {
        let (gpu, [x, y]) = (self.gpu.clone(), tiles(camera.intrinsics.width, camera.intrinsics.height));
        if x * y > self.lists.tile_capacity {
            self.lists = ListBuffers::new(&gpu, self.rows.capacity, self.lists.entry_capacity, x * y)?;
        }
        loop {
            let view = view_buffer(&gpu, camera, &self.rows, &self.lists);
            let mut encoder = gpu.device.create_command_encoder(&Default::default());
            let mut rec = Recorder::new(&gpu, &mut encoder, None);
            passes::project::record(&mut rec, &self.rows, &self.lists, &view);
            passes::sort::record(&mut rec, &self.rows, &self.lists, &view, x * y);
            record(&mut rec, &self.rows, &self.lists, &view);
            rec.finish();
            gpu.queue.submit([encoder.finish()]);
            let counts: Vec<u32> = read_now(&gpu, &self.rows.counters, 4 * COUNTERS as u64)?;
            if counts[COUNT_OVERFLOW as usize] == 0 {
                return Ok(());
            }
            let entries = (counts[COUNT_ENTRIES_NEEDED as usize] as f64 * 1.3) as u32;
            self.lists = ListBuffers::new(&gpu, self.rows.capacity, entries, self.lists.tile_capacity)?;
            gpu.queue.write_buffer(&self.rows.counters, 4 * COUNT_OVERFLOW as u64, &[0; 4]);
        }
    }
}

/// Uniforms of a view whose colour and slots nobody reads.
pub(crate) fn view_buffer(gpu: &Gpu, camera: &Camera, rows: &RowBuffers, lists: &ListBuffers) -> wgpu::Buffer {
    gpu.uniform("view", &view_uniforms(camera, [0.0; 3], 0, rows, lists.entry_capacity, u32::MAX))
}

//! From a prepared run to a trainer: everything onto the GPU.

use super::views::TargetView;
use super::{Trainer, TrainerOptions};
use crate::capacity::StepBuffers;
use crate::error::TrainError;
use crate::grouping::{LiveClassifier, code_cloud};
use crate::memory::{MemoryPlan, image_sizes};
use crate::order::ViewOrder;
use crate::prepare::PreparedRun;
use crate::strategies::strategy_of;
use splat_core::{Camera, Cloud, Objective, TrainSettings};
use splat_gpu::passes::exposure::ExposureBuffers;
use splat_gpu::passes::planes::PlaneBuffer;
use splat_gpu::passes::pose::PoseBuffers;
use splat_gpu::{Gpu, RowBuffers, TrainingBuffers};
use std::collections::VecDeque;

/// What lies on the GPU.
struct Uploaded {
    rows: RowBuffers,
    training: TrainingBuffers,
    classifier: Option<LiveClassifier>,
    exposures: Option<ExposureBuffers>,
    poses: Option<PoseBuffers>,
    planes: Option<PlaneBuffer>,
    buffers: StepBuffers,
    views: Vec<TargetView>,
}

impl Trainer {
    /// Uploads everything. The number of Gaussians is bounded by the settings and by what the adapter can bind; the cloud is
    /// trained, and from then on blended, by the settings' objective.
    pub fn new(gpu: &Gpu, prepared: &PreparedRun, settings: TrainSettings) -> Result<Self, TrainError> {
        Self::with(gpu, prepared, settings, TrainerOptions::default())
    }

    /// Like [`Trainer::new`], with what the settings do not say.
    pub fn with(
        gpu: &Gpu,
        prepared: &PreparedRun,
        settings: TrainSettings,
        options: TrainerOptions,
    ) -> Result<Self, TrainError> {
        settings.check().map_err(TrainError::Settings)?;
        let plan = match options.plan {
            Some(plan) => plan,
            None => MemoryPlan::of(gpu, prepared, &settings, None)?,
        };
        let what = "the run's first Gaussians and its photographs";
        let Uploaded { rows, training, classifier, exposures, poses, planes, mut buffers, views } =
            gpu.allocate(what, |gpu| upload(gpu, prepared, &settings, &plan))?;
        buffers.room = plan.list_room();
        Ok(Self {
            order: ViewOrder::new(prepared.views.len(), settings.seed),
            training,
            buffers,
            classifier,
            exposures,
            poses,
            planes,
            views,
            extent: prepared.extent,
            row_limit: plan.gaussian_limit,
            gpu: gpu.clone(),
            lift_due: settings.lifts_after(0),
            lifting: None,
            strategy: options.strategy.unwrap_or_else(|| strategy_of(&settings)),
            settings,
            rows,
            iteration: 0,
            change_due: false,
            flights: VecDeque::new(),
            generation: 0,
            is_open: false,
            timing_interval: 50,
        })
    }
}

fn upload(
    gpu: &Gpu,
    prepared: &PreparedRun,
    settings: &TrainSettings,
    plan: &MemoryPlan,
) -> Result<Uploaded, TrainError> {
    let classes = &prepared.cloud.classes;
    let has_codes = has_codes(prepared, settings);
    let has_planes = settings.loss.planes.weight > 0.0 && !prepared.planes.is_empty() && !has_codes;
    let cloud = match settings.loss.objective {
        Objective::Grouping if has_codes => code_cloud(&prepared.cloud, settings.seed),
        Objective::Grouping => prepared.cloud.clone(),
        objective => Cloud { objective, ..prepared.cloud.clone() },
    };
    let cloud = Cloud { antialiased: settings.antialiased, ..cloud };
    let rows = RowBuffers::upload(gpu, &cloud, cloud.len() as u32)?;
    let (pixels, samples) = (prepared.most_pixels() as u64, settings.loss.smoothing.samples);
    let classifier = || LiveClassifier::new(gpu, classes, settings.seed, pixels, samples);
    let view = |view| TargetView::new(gpu, view, settings.loss.confidence, plan.streams_targets);
    Ok(Uploaded {
        training: TrainingBuffers::new(gpu, &rows.layout, rows.capacity)?,
        classifier: has_codes.then(classifier).transpose()?,
        exposures: settings.exposure.enabled.then(|| exposures(gpu, prepared)),
        poses: settings.poses.enabled.then(|| poses(gpu, prepared, plan.gaussian_limit)).transpose()?,
        planes: has_planes.then(|| planes(gpu, prepared, settings)).transpose()?,
        buffers: StepBuffers::new(gpu, &rows, &image_sizes(prepared), settings)?,
        views: prepared.views.iter().map(view).collect(),
        rows,
    })
}

/// An exposure per training view.
pub(crate) fn exposures(gpu: &Gpu, prepared: &PreparedRun) -> ExposureBuffers {
    ExposureBuffers::new(gpu, prepared.views.len() as u32, prepared.most_pixels() as u64)
}

/// A pose per training view, for runs of up to so many Gaussians.
pub(crate) fn poses(gpu: &Gpu, prepared: &PreparedRun, gaussian_limit: u32) -> Result<PoseBuffers, TrainError> {
    let cameras: Vec<Camera> = prepared.views.iter().map(|v| v.camera).collect();
    Ok(PoseBuffers::new(gpu, &cameras, gaussian_limit)?)
}

/// The planes and patches of classes.
pub(crate) fn planes(gpu: &Gpu, prepared: &PreparedRun, settings: &TrainSettings) -> Result<PlaneBuffer, TrainError> {
    Ok(PlaneBuffer::new(gpu, &prepared.planes, prepared.extent, &settings.loss.planes)?)
}

/// True where rows hold codes instead of class logits.
pub(crate) fn has_codes(prepared: &PreparedRun, settings: &TrainSettings) -> bool {
    settings.loss.objective == Objective::Grouping && !prepared.cloud.classes.is_empty()
}

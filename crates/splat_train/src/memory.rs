//! How much memory a run will take, told before any is taken; and what gives way where that is more than it may have.
//!
//! Photographs give way first: they stay on the host and come to the GPU step by step, which costs time but changes nothing.
//! Then the number of Gaussians. What does not fit even so is refused.

use crate::capacity::{StepBuffers, row_limit};
use crate::error::TrainError;
use crate::prepare::{PreparedRun, TrainingView};
use crate::trainer::{exposures, has_codes, planes, poses};
use serde::{Deserialize, Serialize};
use splat_core::{CODE_CHANNELS, TrainSettings};
use splat_gpu::passes::lift::LiftBuffers;
use splat_gpu::{ClassifierBuffers, Gpu, PlaneLayout, RowBuffers, TargetImage, TrainingBuffers};
use std::collections::BTreeMap;
use std::fmt;

/// Steps whose photographs may be on the GPU at once where they do not stay there.
const STREAMED_VIEWS: u64 = 4;

/// Bytes of a run that has grown to this many Gaussians.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryEstimate {
    /// Gaussians.
    pub gaussians: u32,
    /// GPU bytes by kind: rows, gradients, moments, lists, slots, images, payload, targets; `moving`: rows and moments a second
    /// time, while they move to wider buffers.
    pub gpu: BTreeMap<String, u64>,
    /// Bytes on the host: photographs and labels while they are uploaded, the cloud when it is read back. The program itself,
    /// the driver and its compiler are not in it.
    pub host: u64,
}

impl MemoryEstimate {
    /// All bytes on the GPU.
    pub fn gpu_bytes(&self) -> u64 {
        self.gpu.values().sum()
    }

    /// Bytes that a limit is about.
    pub fn counted(&self, counts_host: bool) -> u64 {
        self.gpu_bytes() + if counts_host { self.host } else { 0 }
    }
}

/// What bounds the number of Gaussians.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// `max_gaussians` or `gaussians_per_pixel`.
    Settings,
    /// The largest buffer that the adapter binds.
    Adapter,
    /// The memory that the run may have.
    Memory,
}

/// How a run fits into memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryPlan {
    /// Bytes it may have, where that was said: GPU memory, and on a software GPU, which has no other, the host's too.
    pub limit: Option<u64>,
    /// Most Gaussians.
    pub gaussian_limit: u32,
    /// Why not more.
    pub bound: Bound,
    /// Most Gaussians that the settings would allow.
    pub asked: u32,
    /// Host bytes count against the limit.
    pub counts_host: bool,
    /// Photographs stay on the host.
    pub streams_targets: bool,
    /// Bytes at the start.
    pub start: MemoryEstimate,
    /// Bytes with all Gaussians that there may be.
    pub most: MemoryEstimate,
}

/// Gaussians over a tile of a trained cloud, about.
const USUAL_DEPTH: u32 = 40;

/// What an estimate is made of.
struct Sizes<'a> {
    gpu: &'a Gpu,
    settings: &'a TrainSettings,
    prepared: &'a PreparedRun,
    layout: PlaneLayout,
    sizes: Vec<[u32; 2]>,
}

impl MemoryPlan {
    /// Of a run. Allocates nothing to speak of.
    ///
    /// # Errors
    /// [`TrainError::Memory`] where not even the first Gaussians fit into `limit` bytes.
    pub fn of(
        gpu: &Gpu,
        prepared: &PreparedRun,
        settings: &TrainSettings,
        limit: Option<u64>,
    ) -> Result<Self, TrainError> {
        let layout = layout_of(prepared, settings);
        let sizes = Sizes { gpu, settings, prepared, layout, sizes: image_sizes(prepared) };
        let points = prepared.cloud.len() as u32;
        let asked = settings.gaussian_limit(points, prepared.most_pixels());
        let bindable = row_limit(gpu, &layout);
        let most = asked.min(bindable).max(points);
        let bound = if bindable < asked { Bound::Adapter } else { Bound::Settings };
        let grown = if settings.densify.enabled { most } else { points };
        let plan = |gaussian_limit: u32, bound, streams_targets| -> Result<Self, TrainError> {
            let start = sizes.estimate(points, points, streams_targets)?;
            let most = sizes.estimate(grown.min(gaussian_limit), points, streams_targets)?;
            let counts_host = gpu.adapter.is_software;
            Ok(Self { limit, gaussian_limit, bound, asked, counts_host, streams_targets, start, most })
        };
        let whole = plan(most, bound, false)?;
        let Some(limit) = limit else { return Ok(whole) };
        let counted = |estimate: &MemoryEstimate| estimate.counted(gpu.adapter.is_software);
        let fits = |estimate: &MemoryEstimate| counted(estimate) <= limit;
        if fits(&whole.most) {
            return Ok(whole);
        }
        // On a software GPU the host's memory is the same: nothing is won there.
        let streams = !gpu.adapter.is_software;
        let streamed = plan(most, bound, streams)?;
        if fits(&streamed.most) {
            return Ok(streamed);
        }
        if !fits(&streamed.start) {
            return Err(refusal(&streamed.start, counted(&streamed.start), limit));
        }
        let (mut low, mut high) = (points, grown);
        while high - low > 64 {
            let middle = low + (high - low) / 2;
            if fits(&sizes.estimate(middle, points, streams)?) { low = middle } else { high = middle }
        }
        plan(low, Bound::Memory, streams)
    }

    /// Bytes that the limit leaves for tile lists and backward slots, whose lengths are only guessed.
    pub fn list_room(&self) -> Option<u64> {
        let of = |kind: &str| self.most.gpu.get(kind).copied().unwrap_or(0);
        let others = self.most.counted(self.counts_host) - of("lists") - of("slots");
        self.limit.map(|limit| limit.saturating_sub(others))
    }

    /// One line for people.
    pub fn line(&self) -> String {
        let why = match self.bound {
            Bound::Settings => String::new(),
            Bound::Adapter => format!(" (the adapter binds no more; {} were asked for)", self.asked),
            Bound::Memory => format!(" (more do not fit into the limit; {} were asked for)", self.asked),
        };
        let streams = if self.streams_targets { ", photographs stay on the host" } else { "" };
        format!(
            "memory: about {} on the GPU and {} beside it, {} and {} with {} Gaussians{why}{streams}",
            Mib(self.start.gpu_bytes()),
            Mib(self.start.host),
            Mib(self.most.gpu_bytes()),
            Mib(self.most.host),
            self.most.gaussians,
        )
    }
}

impl Sizes<'_> {
    /// Bytes with so many Gaussians, in a run that starts with `points`.
    fn estimate(&self, gaussians: u32, points: u32, streams: bool) -> Result<MemoryEstimate, TrainError> {
        let Self { gpu, settings, prepared, layout, sizes } = self;
        let mut bytes = BTreeMap::new();
        let mut book = |kind: &str, planned: BTreeMap<String, u64>| {
            for (label, n) in planned {
                let kind = match label.as_str() {
                    "moment1" | "moment2" => "moments",
                    "blended class channels" | "gradients of class channels" => "payload",
                    _ => kind,
                };
                *bytes.entry(kind.to_owned()).or_default() += n;
            }
        };
        let classes = &prepared.cloud.classes;
        let vacant = |gpu: &Gpu| RowBuffers::vacant(gpu, *layout, classes, gaussians);
        let rows = gpu.plan(vacant)?;
        let training = gpu.plan(|gpu| TrainingBuffers::new(gpu, layout, gaussians.next_multiple_of(64)))?;
        if gaussians > points {
            let moved: u64 = rows.values().chain(training.values()).sum();
            book("moving", BTreeMap::from([(String::new(), moved)]));
        }
        book("rows", rows);
        book("gradients", training);
        let depth = if gaussians > points { USUAL_DEPTH } else { 0 };
        let [lists, slots, images] = StepBuffers::plan(gpu, layout, gaussians, sizes, settings, depth)?;
        book("lists", lists);
        book("slots", slots);
        book("images", images);
        if has_codes(prepared, settings) {
            let (count, pixels) = (classes.len() as u32, prepared.most_pixels() as u64);
            let samples = settings.loss.smoothing.samples;
            book("classifier", gpu.plan(|gpu| ClassifierBuffers::new(gpu, count, pixels, samples))?);
        }
        if settings.exposure.enabled {
            book("exposures", gpu.plan(|gpu| Ok::<_, TrainError>(exposures(gpu, prepared)))?);
        }
        if settings.poses.enabled {
            book("poses", gpu.plan(|gpu| poses(gpu, prepared, gaussians))?);
        }
        if !prepared.planes.is_empty() {
            book("planes", gpu.plan(|gpu| planes(gpu, prepared, settings))?);
        }
        if settings.loss.lift_at.is_some() {
            book("lift", gpu.plan(|gpu| LiftBuffers::new(gpu, &vacant(gpu)?))?);
        }
        let view_bytes = |v: &TrainingView| TargetImage::bytes(v.photo.width, v.photo.height, v.columns.is_some());
        let targets = match streams {
            true => STREAMED_VIEWS * prepared.views.iter().map(view_bytes).max().unwrap_or(0),
            false => prepared.views.iter().map(view_bytes).sum(),
        };
        book("targets", BTreeMap::from([(String::new(), targets)]));
        Ok(MemoryEstimate { gaussians, gpu: bytes, host: self.host(gaussians, streams) })
    }

    fn host(&self, gaussians: u32, streams: bool) -> u64 {
        let photo = |v: &TrainingView| {
            let labels = v.columns.as_ref().map_or(0, |c| 2 * c.len()) + v.confidence.as_ref().map_or(0, Vec::len);
            (v.photo.rgba.len() + labels) as u64
        };
        let (views, held_out) = (&self.prepared.views, &self.prepared.held_out);
        let photographs: u64 = views.iter().map(photo).sum();
        let kept: u64 = held_out.iter().map(photo).sum();
        let streamed = if streams { views.iter().map(|v| 8 * v.photo.rgba.len() as u64 / 4).sum() } else { 0 };
        // Planes as they come from the GPU, packed once more, and the cloud made of them.
        let cloud = 3 * 16 * self.layout.planes() as u64 * gaussians as u64;
        kept + streamed + photographs.max(cloud)
    }
}

/// The planes of a run's rows.
fn layout_of(prepared: &PreparedRun, settings: &TrainSettings) -> PlaneLayout {
    let cloud = &prepared.cloud;
    let channels = if has_codes(prepared, settings) { CODE_CHANNELS } else { cloud.class_count() };
    let (objective, antialiased) = (settings.loss.objective, settings.antialiased);
    PlaneLayout { sh_degree: cloud.sh_degree, channels: channels as u32, objective, antialiased }
}

/// The different sizes of a run's training views.
pub fn image_sizes(prepared: &PreparedRun) -> Vec<[u32; 2]> {
    let mut sizes: Vec<[u32; 2]> = prepared.views.iter().map(|v| [v.photo.width, v.photo.height]).collect();
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

fn refusal(start: &MemoryEstimate, needed: u64, limit: u64) -> TrainError {
    let kinds: Vec<String> = start.gpu.iter().map(|(kind, bytes)| format!("{kind} {}", Mib(*bytes))).collect();
    let message = format!(
        "the run needs {} for its first {} Gaussians ({}; {} on the host), but may have {}: scale photographs down \
         (--downscale), start with fewer Gaussians (--max-gaussians), train fewer classes, or allow it more (--memory-limit)",
        Mib(needed),
        start.gaussians,
        kinds.join(", "),
        Mib(start.host),
        Mib(limit)
    );
    TrainError::Memory { message }
}

/// Bytes, for people.
struct Mib(u64);

impl fmt::Display for Mib {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} MiB", self.0.div_ceil(1 << 20))
    }
}

/// Most bytes that were resident in this process so far, where the system tells.
pub fn peak_resident_bytes() -> Option<u64> {
    status_bytes("VmHWM:")
}

/// Bytes that are resident in this process now, where the system tells.
pub fn resident_bytes() -> Option<u64> {
    status_bytes("VmRSS:")
}

fn status_bytes(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    Some(1024 * line.split_whitespace().nth(1)?.parse::<u64>().ok()?)
}

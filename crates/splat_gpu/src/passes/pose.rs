//! Poses of the views, where they are refined: the gradient's sums (stage Backward) and a step of Adam (stage Optimise).

use super::optimise::bias_corrections;
use super::row_groups;
use crate::gpu::{Gpu, GpuError};
use crate::recorder::Bind::Buffer;
use crate::{Recorder, RowBuffers, readback};
use splat_core::{Camera, Stage};
use splat_shaders::layout::{POSE_LANES, POSE_RUN, Pose, PoseUniforms, ROW_GROUP};
use splat_shaders::table;

/// A pose per training view, with its moments, and where a view's gradient is summed.
pub struct PoseBuffers {
    /// Training views.
    pub views: u32,
    /// `[views]` of [`Pose`].
    pub poses: wgpu::Buffer,
    /// `[views, 2, 2]` first and second moments by rotation vector and translation.
    pub moments: wgpu::Buffer,
    /// `[64, 2]` parts of the gradient by the last view's rotation vector and translation: their sum is it.
    pub lane_sums: wgpu::Buffer,
    /// `[N, 2]` what each row adds.
    pub(crate) d_pose: wgpu::Buffer,
    run_sums: wgpu::Buffer,
    shared_motion: wgpu::Buffer,
}

/// A camera's pose as kernels take it.
pub fn pose_of(camera: &Camera) -> Pose {
    let p = camera.position().as_vec3();
    Pose { view_from_world: camera.view_from_world_f32().to_cols_array_2d(), camera_in_world: [p.x, p.y, p.z, 0.0] }
}

impl PoseBuffers {
    /// The poses of these cameras; for up to `rows` rows.
    pub fn new(gpu: &Gpu, cameras: &[Camera], rows: u32) -> Result<Self, GpuError> {
        let texel = size_of::<[f32; 4]>() as u64;
        gpu.check_binding("pose gradients", 2 * texel * rows as u64)?;
        let poses: Vec<Pose> = cameras.iter().map(pose_of).collect();
        Ok(Self {
            views: cameras.len() as u32,
            poses: gpu.storage("poses", &poses),
            moments: gpu.zeroed("pose moments", 4 * texel * cameras.len() as u64),
            lane_sums: gpu.zeroed("pose lane sums", 2 * texel * POSE_LANES as u64),
            d_pose: gpu.zeroed("pose gradients", 2 * texel * rows as u64),
            run_sums: gpu.zeroed("pose run sums", 2 * texel * rows.div_ceil(POSE_RUN) as u64),
            shared_motion: gpu.zeroed("shared motion", 2 * texel),
        })
    }

    /// Records that `uniform`, a view's `ViewUniforms`, is to stand where the view's pose is now.
    pub fn record_choice(&self, rec: &mut Recorder, view: u32, uniform: &wgpu::Buffer) {
        let bytes = size_of::<Pose>() as u64;
        rec.copy((&self.poses, bytes * view as u64), (uniform, 0), bytes);
    }

    /// Reads the poses back and waits for them.
    pub fn download(&self, gpu: &Gpu) -> Result<Vec<Pose>, GpuError> {
        readback::read_now(gpu, &self.poses, size_of::<Pose>() as u64 * self.views as u64)
    }
}

/// Records the sums of what the rows add.
pub(crate) fn record_gradient(rec: &mut Recorder, rows: &RowBuffers, buffers: &PoseBuffers) {
    let binds = [
        Buffer(0, &buffers.d_pose),
        Buffer(1, &rows.counters),
        Buffer(2, &buffers.run_sums),
        Buffer(3, &buffers.lane_sums),
    ];
    let runs = rows.upper_bound.div_ceil(POSE_RUN);
    for (entry, groups) in [("pose_runs", row_groups(runs)), ("pose_lanes", 2 * POSE_LANES / ROW_GROUP)] {
        let kernel = rec.gpu.kernel(&table::BACKWARD_POSE, entry, rec.gpu.shape);
        rec.run(&kernel, &binds, [groups, 1, 1]);
    }
}

/// What a step does to the pose of the view that it sees.
#[derive(Clone, Copy)]
pub struct PoseStep<'a> {
    /// All poses.
    pub buffers: &'a PoseBuffers,
    /// The view.
    pub view: u32,
    /// How often it was seen, this step included.
    pub visits: u32,
    /// Learning rate of the rotation vector, radians.
    pub rotation_rate: f32,
    /// Learning rate of the translation, world units.
    pub translation_rate: f32,
}

/// Records Adam on the view's pose; what all cameras would move by is taken back.
pub fn record(rec: &mut Recorder, counters: &wgpu::Buffer, step: PoseStep) {
    rec.stage(Stage::Optimise);
    let PoseStep { buffers, view, visits, rotation_rate, translation_rate } = step;
    let [correction1, correction2] = bias_corrections(visits);
    let uniforms = PoseUniforms {
        view,
        views: buffers.views,
        rotation_rate,
        translation_rate,
        correction1,
        correction2,
        pad0: 0,
        pad1: 0,
    };
    let uniform = rec.gpu.uniform("pose", &uniforms);
    let binds = [
        Buffer(0, &uniform),
        Buffer(1, &buffers.poses),
        Buffer(2, &buffers.moments),
        Buffer(3, &buffers.lane_sums),
        Buffer(4, &buffers.shared_motion),
        Buffer(5, counters),
    ];
    for (entry, groups) in [("pose_adam", 1), ("pose_share", row_groups(buffers.views))] {
        let kernel = rec.gpu.kernel(&table::OPTIMISE_POSE, entry, rec.gpu.shape);
        rec.run(&kernel, &binds, [groups, 1, 1]);
    }
}

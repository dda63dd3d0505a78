//! The views' poses in a run, where they are refined: which one a step moves, how they are read and kept.

use super::Trainer;
use crate::checkpoint::{Checkpoint, Section};
use crate::error::TrainError;
use glam::{DAffine3, DMat3, DVec3};
use splat_core::Camera;
use splat_gpu::passes::pose::{PoseBuffers, PoseStep};
use splat_gpu::{Gpu, wgpu};
use splat_shaders::layout::Pose;

impl Trainer {
    /// What a step does to the pose of its view; `None` where poses stay.
    pub(super) fn pose_step(&self, iteration: u32, view: usize) -> Option<PoseStep<'_>> {
        let buffers = self.poses.as_ref()?;
        // Epochs are whole: every view was seen once in each of those before.
        let visits = iteration.div_ceil(buffers.views.max(1));
        let (rotation_rate, translation_rate) = self.settings.pose_rates(iteration, self.extent);
        Some(PoseStep { buffers, view: view as u32, visits, rotation_rate, translation_rate })
    }

    /// The training views' cameras as they are now; `None` where poses are not refined. Waits for the GPU.
    pub fn cameras(&self) -> Result<Option<Vec<Camera>>, TrainError> {
        let Some(buffers) = &self.poses else { return Ok(None) };
        let poses = buffers.download(&self.gpu)?;
        let camera = |(pose, view): (&Pose, &super::TargetView)| {
            let [x, y, z, t] = pose.view_from_world.map(|c| DVec3::new(c[0].into(), c[1].into(), c[2].into()));
            let view_from_world = DAffine3::from_mat3_translation(DMat3::from_cols(x, y, z), t);
            Camera { world_from_view: view_from_world.inverse(), ..view.camera }
        };
        Ok(Some(poses.iter().zip(&self.views).map(camera).collect()))
    }
}

/// What of the poses lives from step to step, by section.
fn columns(buffers: &PoseBuffers) -> [(&'static str, &wgpu::Buffer); 2] {
    let PoseBuffers { poses, moments, .. } = buffers;
    [("poses", poses), ("pose moments", moments)]
}

/// The poses' sections of a checkpoint.
pub(super) fn sections(gpu: &Gpu, buffers: &PoseBuffers) -> Result<Vec<Section<'static>>, TrainError> {
    super::exposures::whole_buffers(gpu, &columns(buffers))
}

/// Takes the poses' sections in.
pub(super) fn restore(gpu: &Gpu, buffers: &PoseBuffers, checkpoint: &Checkpoint) -> Result<(), TrainError> {
    super::exposures::restore_buffers(gpu, &columns(buffers), checkpoint)
}

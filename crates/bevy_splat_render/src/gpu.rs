//! Bevy's device as the `splat_*` crates take it, shared by both worlds.

use bevy::prelude::*;
use bevy::render::renderer::{RenderAdapterInfo, RenderDevice, RenderQueue};
use splat_gpu::{AdapterSummary, Gpu, GpuOptions};
use std::sync::{Arc, Mutex};

/// How far the GPU is.
#[derive(Clone, Default)]
enum State {
    #[default]
    Waiting,
    Ready(Gpu),
    Unfit(String),
}

/// Whether splats can be shown and trained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GpuStatus {
    /// The renderer has not started yet.
    Waiting,
    /// Everything works.
    Ready(AdapterSummary),
    /// Nothing will be shown or trained; the reason, for people.
    Unfit(String),
}

/// Handle to the GPU, the same in the main world and in the render world. Before the renderer has started, and where no
/// adapter fits, it holds nothing: ask [`SplatGpu::get`] every time, for a lost device is replaced by a new one.
#[derive(Resource, Clone, Default)]
pub struct SplatGpu {
    shared: Arc<Mutex<(State, u32)>>,
}

impl SplatGpu {
    /// The device with its kernels, cheap to clone; `None` where there is none (yet).
    pub fn get(&self) -> Option<Gpu> {
        match &self.lock().0 {
            State::Ready(gpu) => Some(gpu.clone()),
            State::Waiting | State::Unfit(_) => None,
        }
    }

    /// The device and its generation: everything made on a device of another generation is gone and must be made anew.
    pub fn get_with_generation(&self) -> Option<(Gpu, u32)> {
        let state = self.lock();
        match &state.0 {
            State::Ready(gpu) => Some((gpu.clone(), state.1)),
            State::Waiting | State::Unfit(_) => None,
        }
    }

    /// How far it is, in words.
    pub fn status(&self) -> GpuStatus {
        match &self.lock().0 {
            State::Waiting => GpuStatus::Waiting,
            State::Ready(gpu) => GpuStatus::Ready(gpu.adapter.clone()),
            State::Unfit(reason) => GpuStatus::Unfit(reason.clone()),
        }
    }

    /// Notes, and says once, why nothing will work.
    pub(crate) fn set_unfit(&self, reason: String) {
        warn!("splats are neither shown nor trained: {reason}");
        self.lock().0 = State::Unfit(reason);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, (State, u32)> {
        self.shared.lock().unwrap_or_else(|e| e.into_inner())
    }
}

/// Wraps the render world's device. Runs in `RenderStartup`: at the start, and again whenever a lost device was replaced.
pub(crate) fn start_gpu(
    shared: Res<SplatGpu>,
    device: Res<RenderDevice>,
    queue: Res<RenderQueue>,
    info: Res<RenderAdapterInfo>,
) {
    let (device, queue) = (device.wgpu_device().clone(), (**queue.0).clone());
    match Gpu::from_device(device, queue, &info.0, GpuOptions::default()) {
        Ok(gpu) => {
            let mut state = shared.lock();
            info!("splats on {} ({}, {} lanes)", gpu.adapter.name, gpu.adapter.backend, gpu.adapter.lanes);
            *state = (State::Ready(gpu), state.1 + 1);
        }
        Err(e) => shared.set_unfit(e.to_string()),
    }
}

//! Numbers that the CPU wants to know and gets when they are ready, and the few that it waits for.

use crate::gpu::Gpu;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

const WAITING: u8 = 0;
const READY: u8 = 1;
const FAILED: u8 = 2;

/// A copy of a buffer on its way to the CPU.
pub struct Readback {
    buffer: wgpu::Buffer,
    state: Arc<AtomicU8>,
    is_mapped: bool,
}

impl Readback {
    /// Records the copy of the first `bytes` of `source`. Call [`Readback::request`] after the encoder was submitted.
    pub fn record(gpu: &Gpu, encoder: &mut wgpu::CommandEncoder, source: &wgpu::Buffer, bytes: u64) -> Self {
        Self::record_many(gpu, encoder, &[(source, bytes)])
    }

    /// Records copies of the first bytes of several buffers, one behind the other. Byte counts are multiples of 4.
    pub fn record_many(gpu: &Gpu, encoder: &mut wgpu::CommandEncoder, sources: &[(&wgpu::Buffer, u64)]) -> Self {
        let ranges: Vec<_> = sources.iter().map(|&(source, bytes)| (source, 0, bytes)).collect();
        Self::record_ranges(gpu, encoder, &ranges)
    }

    /// Like [`Readback::record_many`] from an offset on: buffer, first byte, bytes.
    fn record_ranges(gpu: &Gpu, encoder: &mut wgpu::CommandEncoder, sources: &[(&wgpu::Buffer, u64, u64)]) -> Self {
        let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("readback"),
            size: sources.iter().map(|s| s.2).sum(),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let mut at = 0;
        for (source, offset, bytes) in sources {
            encoder.copy_buffer_to_buffer(source, *offset, &buffer, at, *bytes);
            at += bytes;
        }
        Self { buffer, state: Arc::new(AtomicU8::new(WAITING)), is_mapped: false }
    }

    /// Asks for the data; call once, after submission.
    pub fn request(&mut self) {
        if !std::mem::replace(&mut self.is_mapped, true) {
            let state = self.state.clone();
            self.buffer.slice(..).map_async(wgpu::MapMode::Read, move |result| {
                state.store(if result.is_ok() { READY } else { FAILED }, Ordering::Release);
            });
        }
    }

    /// True once the data has arrived (or never will).
    pub fn is_done(&self) -> bool {
        self.state.load(Ordering::Acquire) != WAITING
    }

    /// The data, once; `None` while it is on its way or where the device failed.
    pub fn take<T: bytemuck::Pod>(&mut self) -> Option<Vec<T>> {
        if self.state.load(Ordering::Acquire) != READY {
            return None;
        }
        let values = bytemuck::pod_collect_to_vec(&self.buffer.slice(..).get_mapped_range());
        self.buffer.unmap();
        self.state.store(FAILED, Ordering::Release);
        Some(values)
    }
}

/// Reads the first `bytes` of a buffer and waits for them: for tests, exports and the end of a run.
pub fn read_now<T: bytemuck::Pod>(gpu: &Gpu, source: &wgpu::Buffer, bytes: u64) -> Result<Vec<T>, crate::GpuError> {
    read_range(gpu, source, 0, bytes)
}

/// Reads `bytes` from `offset` on (multiples of 4) and waits for them.
pub fn read_range<T: bytemuck::Pod>(
    gpu: &Gpu,
    source: &wgpu::Buffer,
    offset: u64,
    bytes: u64,
) -> Result<Vec<T>, crate::GpuError> {
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    let mut readback = Readback::record_ranges(gpu, &mut encoder, &[(source, offset, bytes)]);
    gpu.queue.submit([encoder.finish()]);
    readback.request();
    // Where another thread polls too, it may be about to say that the data is there when the wait is over.
    while !readback.is_done() {
        gpu.wait()?;
    }
    readback.take().ok_or_else(|| crate::GpuError::Lost("a buffer could not be read back".to_owned()))
}

/// Writes bytes (a multiple of 4) at an offset and waits until they are there: data that is written without waiting lies in
/// memory a second time until then.
pub fn write_now(gpu: &Gpu, target: &wgpu::Buffer, offset: u64, bytes: &[u8]) -> Result<(), crate::GpuError> {
    gpu.queue.write_buffer(target, offset, bytes);
    gpu.queue.submit([]);
    gpu.wait()
}

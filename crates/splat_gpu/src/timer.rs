//! Milliseconds per stage from GPU timestamps: a pair of queries around every compute pass, added up by stage.

use crate::gpu::Gpu;
use crate::readback::Readback;
use splat_core::Stage;

/// Most compute passes of one timed recording; later ones are not timed.
const MAX_PASSES: u32 = 96;

/// Times one recording.
pub struct StageTimer {
    queries: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    stages: Vec<Stage>,
    period_ns: f32,
}

impl StageTimer {
    /// A timer, where the device has timestamps.
    pub fn new(gpu: &Gpu) -> Option<Self> {
        gpu.has_timestamps.then(|| Self {
            queries: gpu.device.create_query_set(&wgpu::QuerySetDescriptor {
                label: Some("stage timer"),
                ty: wgpu::QueryType::Timestamp,
                count: 2 * MAX_PASSES,
            }),
            resolved: gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("stage timer"),
                size: 16 * MAX_PASSES as u64,
                usage: wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC,
                mapped_at_creation: false,
            }),
            stages: Vec::new(),
            period_ns: gpu.queue.get_timestamp_period(),
        })
    }

    pub(crate) fn next_pass(&mut self, stage: Stage) -> Option<wgpu::ComputePassTimestampWrites<'_>> {
        let pass = self.stages.len() as u32;
        if pass >= MAX_PASSES {
            return None;
        }
        self.stages.push(stage);
        Some(wgpu::ComputePassTimestampWrites {
            query_set: &self.queries,
            beginning_of_pass_write_index: Some(2 * pass),
            end_of_pass_write_index: Some(2 * pass + 1),
        })
    }

    pub(crate) fn resolve(&mut self, encoder: &mut wgpu::CommandEncoder) {
        if !self.stages.is_empty() {
            encoder.resolve_query_set(&self.queries, 0..2 * self.stages.len() as u32, &self.resolved, 0);
        }
    }

    /// Starts reading the times back; call after the recording was finished, before it is submitted.
    pub fn read(self, gpu: &Gpu, encoder: &mut wgpu::CommandEncoder) -> StageTimes {
        let bytes = 16 * self.stages.len().max(1) as u64;
        let readback = Readback::record(gpu, encoder, &self.resolved, bytes);
        StageTimes { readback, stages: self.stages, period_ns: self.period_ns }
    }
}

/// Stage times on their way.
pub struct StageTimes {
    /// The raw timestamps.
    pub readback: Readback,
    stages: Vec<Stage>,
    period_ns: f32,
}

impl StageTimes {
    /// Milliseconds per stage in stage order, once they have arrived.
    pub fn milliseconds(&mut self) -> Option<Vec<(Stage, f64)>> {
        let ticks: Vec<u64> = self.readback.take()?;
        let mut times: Vec<(Stage, f64)> = Stage::ALL.iter().map(|&s| (s, 0.0)).collect();
        for (pair, stage) in ticks.chunks_exact(2).zip(&self.stages) {
            let ms = pair[1].saturating_sub(pair[0]) as f64 * self.period_ns as f64 * 1e-6;
            times[*stage as usize].1 += ms;
        }
        Some(times)
    }
}

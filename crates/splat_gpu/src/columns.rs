//! What of a training must outlive its buffers, in one list: whatever moves rows to other buffers or to a file goes by it.
//!
//! The list takes the structs apart field by field: a new field does not compile until it was decided whether it is kept
//! or made anew by every step.

use crate::gpu::{Gpu, GpuError};
use crate::mirror::Mirror;
use crate::readback::{read_range, write_now};
use crate::{Recorder, RowBuffers, TrainingBuffers};

/// Bytes that are moved at once between a column and the CPU.
const CHUNK_BYTES: u64 = 16 << 20;

/// A column that lives from step to step: `[planes, capacity]` elements of one size, plane-major.
pub struct Column<'a> {
    /// Its name in files.
    pub name: &'static str,
    /// The truth.
    pub buffer: &'a wgpu::Buffer,
    /// What it is read through, where it is a mirror.
    pub mirror: Option<&'a Mirror>,
    /// Planes.
    pub planes: u32,
    /// Bytes of one row in one plane, a multiple of 4.
    pub element_bytes: u32,
    /// Rows a plane can hold: the stride between planes.
    pub capacity: u32,
}

/// Everything per row that lives from step to step.
pub fn persistent<'a>(rows: &'a RowBuffers, training: &'a TrainingBuffers) -> [Column<'a>; 4] {
    let RowBuffers { layout, capacity, rows, probabilities: _, counters: _, upper_bound: _, classes: _ } = rows;
    // Made anew by every step or densification: gradients, sums, rates and the parts of a row map.
    let TrainingBuffers {
        d_rows: _,
        moment1,
        moment2,
        splat_sums: _,
        growth,
        rates: _,
        decisions: _,
        fates: _,
        offsets: _,
        row_map: _,
        row_capacity: _,
    } = training;
    let planes = layout.planes();
    let capacity = *capacity;
    let mirrored = |name, mirror: &'a Mirror| Column {
        name,
        buffer: &mirror.buffer,
        mirror: Some(mirror),
        planes,
        element_bytes: 16,
        capacity,
    };
    let growth = Column { name: "growth", buffer: growth, mirror: None, planes: 1, element_bytes: 8, capacity };
    [mirrored("rows", rows), mirrored("moment1", moment1), mirrored("moment2", moment2), growth]
}

impl Column<'_> {
    /// Bytes of the first `rows` rows of all planes, packed.
    pub fn packed_bytes(&self, rows: u32) -> u64 {
        self.planes as u64 * self.element_bytes as u64 * rows as u64
    }

    /// Records a copy of the first `rows` rows to the same column of another stride.
    pub fn copy_to(&self, rec: &mut Recorder, to: &Column, rows: u64) {
        let bytes = self.element_bytes as u64;
        for plane in 0..self.planes as u64 {
            let (a, b) = (bytes * plane * self.capacity as u64, bytes * plane * to.capacity as u64);
            rec.copy((self.buffer, a), (to.buffer, b), bytes * rows);
        }
        to.sync(rec);
    }

    fn sync(&self, rec: &mut Recorder) {
        if let Some(mirror) = self.mirror {
            rec.sync(mirror, self.planes as u64 * self.capacity as u64);
        }
    }

    /// Hands the first `rows` rows of every plane to `take`, packed and piece by piece. Waits for the GPU.
    pub fn read<E: From<GpuError>>(
        &self,
        gpu: &Gpu,
        rows: u32,
        mut take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.pieces(rows, |at, bytes| take(&read_range::<u8>(gpu, self.buffer, at, bytes)?))
    }

    /// Fills the first `rows` rows of every plane from `give`, packed and piece by piece. Waits for the GPU.
    pub fn write<E: From<GpuError>>(
        &self,
        gpu: &Gpu,
        rows: u32,
        mut give: impl FnMut(&mut [u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut piece = Vec::new();
        self.pieces(rows, |at, bytes| {
            piece.resize(bytes as usize, 0);
            give(&mut piece)?;
            write_now(gpu, self.buffer, at, &piece).map_err(E::from)
        })?;
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        let mut rec = Recorder::new(gpu, &mut encoder, None);
        self.sync(&mut rec);
        rec.finish();
        gpu.queue.submit([encoder.finish()]);
        Ok(())
    }

    /// Offset and bytes in the buffer of every piece of the first `rows` rows.
    fn pieces<E>(&self, rows: u32, mut each: impl FnMut(u64, u64) -> Result<(), E>) -> Result<(), E> {
        let bytes = self.element_bytes as u64;
        for plane in 0..self.planes as u64 {
            let (mut at, end) = (bytes * plane * self.capacity as u64, bytes * rows as u64);
            let end = at + end;
            while at < end {
                let piece = CHUNK_BYTES.min(end - at);
                each(at, piece)?;
                at += piece;
            }
        }
        Ok(())
    }
}

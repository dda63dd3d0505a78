//! The Gaussians on the GPU: planes of vec4, one vec4 per row and plane, plane-major.
//!
//! Plane 0 is mean and opacity logit, 1 the log-scale, 2 the quaternion, then the SH coefficients packed densely (RGB after
//! RGB), then the class logits, four a plane.

use crate::gpu::{Gpu, GpuError};
use crate::mirror::Mirror;
use crate::readback;
use glam::Vec3;
use splat_core::selection::RowSet;
use splat_core::{Cloud, LabelSet, Objective, sh};
use splat_shaders::layout::{COUNT_ROWS, COUNTERS, GEOMETRY_PLANES};
use splat_shaders::table::MirrorKind;

/// Which plane holds what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaneLayout {
    /// SH degree that rows hold.
    pub sh_degree: u8,
    /// Class channels C.
    pub channels: u32,
    /// What of them is blended.
    pub objective: Objective,
    /// Opacity makes up for what dilation adds to a footprint.
    pub antialiased: bool,
}

impl PlaneLayout {
    /// Planes of SH coefficients.
    pub fn sh_planes(&self) -> u32 {
        (3 * sh::coefficients(self.sh_degree) as u32).div_ceil(4)
    }

    /// Planes of class logits.
    pub fn logit_planes(&self) -> u32 {
        self.channels.div_ceil(4)
    }

    /// First plane of class logits.
    pub fn first_logit_plane(&self) -> u32 {
        GEOMETRY_PLANES + self.sh_planes()
    }

    /// True where class channels are codes.
    pub fn holds_codes(&self) -> bool {
        self.objective == Objective::Grouping
    }

    /// All planes.
    pub fn planes(&self) -> u32 {
        self.first_logit_plane() + self.logit_planes()
    }

    /// vec4s of class channels per walk of the tile lists, e.g. `[4, 3]` for C = 28; `[0]` without classes.
    pub fn chunks(&self) -> Vec<u32> {
        let most = splat_shaders::layout::CHUNK_CHANNELS / 4;
        let planes = self.logit_planes();
        if planes == 0 {
            return vec![0];
        }
        (0..planes.div_ceil(most)).map(|i| (planes - i * most).min(most)).collect()
    }

    /// Rows to planes; `capacity` is the row stride.
    pub fn pack(&self, cloud: &Cloud, capacity: u32) -> Vec<[f32; 4]> {
        let stride = capacity as usize;
        let mut planes = vec![[0.0; 4]; self.planes() as usize * stride];
        let k = cloud.sh_coefficients();
        let own_k = sh::coefficients(self.sh_degree);
        for row in 0..cloud.len() {
            let (m, s) = (cloud.means[row], cloud.log_scales[row]);
            planes[row] = [m.x, m.y, m.z, cloud.opacity_logits[row]];
            planes[stride + row] = [s.x, s.y, s.z, 0.0];
            planes[2 * stride + row] = cloud.rotations[row];
            let first = GEOMETRY_PLANES as usize;
            for (i, value) in cloud.sh[row * k..row * k + k.min(own_k)].iter().flatten().enumerate() {
                planes[(first + i / 4) * stride + row][i % 4] = *value;
            }
            let first = self.first_logit_plane() as usize;
            for (c, value) in cloud.row_logits(row).iter().enumerate().take(self.channels as usize) {
                planes[(first + c / 4) * stride + row][c % 4] = *value;
            }
        }
        planes
    }

    /// Planes back to rows.
    pub fn unpack(&self, planes: &[[f32; 4]], capacity: u32, rows: usize, classes: &LabelSet) -> Cloud {
        let stride = capacity as usize;
        let at = |plane: usize, row: usize| planes[plane * stride + row];
        let mut cloud = Cloud {
            sh_degree: self.sh_degree,
            classes: classes.clone(),
            objective: self.objective,
            antialiased: self.antialiased,
            ..Default::default()
        };
        let k = sh::coefficients(self.sh_degree);
        for row in 0..rows {
            let [x, y, z, opacity] = at(0, row);
            cloud.means.push(Vec3::new(x, y, z));
            cloud.opacity_logits.push(opacity);
            let [x, y, z, _] = at(1, row);
            cloud.log_scales.push(Vec3::new(x, y, z));
            cloud.rotations.push(at(2, row));
            let value = |i: usize| at(GEOMETRY_PLANES as usize + i / 4, row)[i % 4];
            cloud.sh.extend((0..k).map(|c| [value(3 * c), value(3 * c + 1), value(3 * c + 2)]));
            let first = self.first_logit_plane() as usize;
            cloud.logits.extend((0..self.channels as usize).map(|c| at(first + c / 4, row)[c % 4]));
        }
        cloud
    }
}

/// A cloud on the GPU.
pub struct RowBuffers {
    /// Which plane holds what.
    pub layout: PlaneLayout,
    /// Rows a plane can hold: the stride between planes.
    pub capacity: u32,
    /// `[planes, capacity]` vec4.
    pub rows: Mirror,
    /// `[logit planes, capacity]` softmax of the logits as of the last Forward; only where that is what is blended.
    pub probabilities: Option<Mirror>,
    /// Counts that live on the GPU, see `splat_shaders::layout::COUNT_*`.
    pub counters: wgpu::Buffer,
    /// Most rows that can be live now, as far as the host knows: dispatches are this wide.
    pub upper_bound: u32,
    /// The classes of the columns.
    pub classes: LabelSet,
}

impl RowBuffers {
    /// Uploads a cloud with room for `capacity` rows.
    pub fn upload(gpu: &Gpu, cloud: &Cloud, capacity: u32) -> Result<Self, GpuError> {
        let layout = PlaneLayout {
            sh_degree: cloud.sh_degree,
            channels: cloud.class_count() as u32,
            objective: cloud.objective,
            antialiased: cloud.antialiased,
        };
        let mut rows = Self::vacant(gpu, layout, &cloud.classes, capacity.max(cloud.len() as u32))?;
        gpu.write(&rows.rows.buffer, bytemuck::cast_slice(&layout.pack(cloud, rows.capacity)));
        let mut counts = [0u32; COUNTERS as usize];
        counts[COUNT_ROWS as usize] = cloud.len() as u32;
        gpu.write(&rows.counters, bytemuck::cast_slice(&counts));
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        rows.rows.record_sync(&mut encoder, rows.rows.elements);
        gpu.queue.submit([encoder.finish()]);
        rows.upper_bound = cloud.len() as u32;
        Ok(rows)
    }

    /// Room for `capacity` rows, none of them live.
    pub fn vacant(gpu: &Gpu, layout: PlaneLayout, classes: &LabelSet, capacity: u32) -> Result<Self, GpuError> {
        let capacity = capacity.max(1).next_multiple_of(64);
        let rows = Mirror::new(gpu, "rows", layout.planes() as u64 * capacity as u64, MirrorKind::F32x4)?;
        let counters = gpu.zeroed("counters", 4 * COUNTERS as u64);
        let probabilities = probabilities(gpu, &layout, capacity)?;
        Ok(Self { layout, capacity, rows, probabilities, counters, upper_bound: 0, classes: classes.clone() })
    }

    /// Zeroed rows of the same layout with another stride; shares the counters of `other`.
    pub fn empty(gpu: &Gpu, other: &Self, capacity: u32) -> Result<Self, GpuError> {
        let vacant = Self::vacant(gpu, other.layout, &other.classes, capacity)?;
        Ok(Self { counters: other.counters.clone(), upper_bound: other.upper_bound, ..vacant })
    }

    /// What walks read class channels from.
    pub fn channels(&self) -> Channels<'_> {
        let (mirror, first_plane) = match &self.probabilities {
            Some(probabilities) => (probabilities, 0),
            None => (&self.rows, self.layout.first_logit_plane()),
        };
        Channels { layout: self.layout, mirror, first_plane }
    }

    /// vec4s in use: all planes at this stride.
    pub fn elements(&self) -> u64 {
        self.layout.planes() as u64 * self.capacity as u64
    }

    /// Gives the colours of chosen rows a share of another one, 0..1, and all others their own again: what these buffers
    /// were made of is `cloud`. Only what a Gaussian shows from all sides changes.
    pub fn tint(&self, gpu: &Gpu, cloud: &Cloud, chosen: &RowSet, colour: [f32; 3], share: f32) {
        let k = cloud.sh_coefficients();
        let paint = colour.map(sh::dc_from_colour);
        let texel = |(coefficients, row): (&[[f32; 3]], u32)| {
            let own = coefficients[0];
            let next = coefficients.get(1).map_or(0.0, |next| next[0]);
            let mix = |c: usize| if chosen.contains(row) { own[c] + share * (paint[c] - own[c]) } else { own[c] };
            [mix(0), mix(1), mix(2), next]
        };
        let texels: Vec<[f32; 4]> = cloud.sh.chunks_exact(k).zip(0..self.capacity).map(texel).collect();
        let first = 16 * GEOMETRY_PLANES as u64 * self.capacity as u64;
        gpu.queue.write_buffer(&self.rows.buffer, first, bytemuck::cast_slice(&texels));
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        self.rows.record_sync(&mut encoder, self.rows.elements);
        gpu.queue.submit([encoder.finish()]);
    }

    /// Reads the rows back and waits for them.
    pub fn download(&self, gpu: &Gpu) -> Result<Cloud, GpuError> {
        let counts: Vec<u32> = readback::read_now(gpu, &self.counters, 4 * COUNTERS as u64)?;
        let planes: Vec<[f32; 4]> = readback::read_now(gpu, &self.rows.buffer, 16 * self.elements())?;
        let rows = (counts[COUNT_ROWS as usize] as usize).min(self.capacity as usize);
        Ok(self.layout.unpack(&planes, self.capacity, rows, &self.classes))
    }
}

/// The class channels that walks blend.
#[derive(Clone, Copy)]
pub struct Channels<'a> {
    /// Of the rows that they belong to.
    pub layout: PlaneLayout,
    /// `[planes, capacity]`; the view says the stride.
    pub mirror: &'a Mirror,
    /// Plane of the first channel.
    pub first_plane: u32,
}

fn probabilities(gpu: &Gpu, layout: &PlaneLayout, capacity: u32) -> Result<Option<Mirror>, GpuError> {
    let elements = layout.logit_planes() as u64 * capacity as u64;
    match layout.objective {
        Objective::Logits | Objective::Grouping => Ok(None),
        Objective::Softmax => Mirror::new(gpu, "probabilities", elements, MirrorKind::F32x4).map(Some),
    }
}

//! The device and what it can do.

use crate::fault::Fault;
use crate::kernel::KernelCache;
use crate::ledger::Ledger;
use crate::radix::Radix;
use splat_shaders::{LaneOps, Shape};
use std::sync::Arc;

/// What can go wrong between the project and a GPU.
#[derive(Debug, thiserror::Error)]
pub enum GpuError {
    /// No adapter at all.
    #[error(
        "no GPU adapter was found. Install a Vulkan driver; on a machine without a GPU a software one will do: `apt-get install mesa-vulkan-drivers`"
    )]
    NoAdapter,
    /// The adapter refused the device.
    #[error("the adapter {adapter} gave no device: {reason}")]
    NoDevice {
        /// Adapter name.
        adapter: String,
        /// What it said.
        reason: String,
    },
    /// The adapter lacks something that has no fall-back.
    #[error("the adapter {adapter} does not fit: {lack}")]
    Unfit {
        /// Adapter name.
        adapter: String,
        /// What is missing.
        lack: String,
    },
    /// A buffer is larger than the adapter can bind.
    #[error(
        "{what} needs {needed} bytes, the adapter binds at most {limit}: use fewer Gaussians, fewer classes or a lower SH degree"
    )]
    TooLarge {
        /// Which buffer.
        what: &'static str,
        /// Bytes needed.
        needed: u64,
        /// Bytes that can be bound.
        limit: u64,
    },
    /// The device is gone.
    #[error("the GPU device was lost: {0}")]
    Lost(String),
    /// The device has no room.
    #[error(
        "the GPU has no memory left for {0}: scale photographs down (--downscale), allow fewer Gaussians (--max-gaussians) or train fewer classes"
    )]
    OutOfMemory(String),
    /// The device would not do something: a fault of this program or of the driver.
    #[error("the GPU refused a command: {0}")]
    Refused(String),
}

/// An adapter in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdapterSummary {
    /// Name as the driver gives it.
    pub name: String,
    /// Backend name, e.g. `vulkan`.
    pub backend: String,
    /// True for a software GPU.
    pub is_software: bool,
    /// Lanes per workgroup of the pixel kernels.
    pub lanes: u32,
}

/// Choices that tests make to walk every code path on one adapter.
#[derive(Clone, Copy, Debug, Default)]
pub struct GpuOptions {
    /// Use one lane per workgroup, as on an adapter without subgroups.
    pub without_subgroups: bool,
    /// Read mirrored inputs through textures (true), buffers (false), or as suits the adapter (None).
    pub mirror_textures: Option<bool>,
}

/// Device, queue and the shapes that suit them. Cheap to clone.
#[derive(Clone)]
pub struct Gpu {
    /// The device.
    pub device: wgpu::Device,
    /// Its queue.
    pub queue: wgpu::Queue,
    /// The adapter in words.
    pub adapter: AdapterSummary,
    /// Base shape of kernels on this adapter.
    pub shape: Shape,
    /// How it sorts.
    pub radix: Radix,
    /// Elements that one lane scans serially.
    pub scan_per_lane: u32,
    /// True where timestamps can be written.
    pub has_timestamps: bool,
    /// True where storage buffers take f32 atomic additions.
    pub has_float_atomics: bool,
    pub(crate) kernels: Arc<KernelCache>,
    pub(crate) fault: Arc<Fault>,
    /// Where sizes are booked and nothing is made, see [`Gpu::plan`].
    pub(crate) ledger: Option<Arc<Ledger>>,
}

impl Gpu {
    /// Opens the best adapter without a window. `WGPU_ADAPTER_NAME` and `WGPU_BACKEND` choose another.
    pub fn headless(options: GpuOptions) -> Result<Self, GpuError> {
        pollster::block_on(Self::headless_async(options))
    }

    async fn headless_async(options: GpuOptions) -> Result<Self, GpuError> {
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle_from_env();
        // GL has no compute worth the name here, and probing for it makes Mesa complain where there is no display.
        if std::env::var_os("WGPU_BACKEND").is_none() {
            descriptor.backends = wgpu::Backends::PRIMARY;
        }
        // Indirect dispatches are not used, so their validation has nothing to do.
        descriptor.flags.remove(wgpu::InstanceFlags::VALIDATION_INDIRECT_CALL);
        let instance = wgpu::Instance::new(descriptor);
        let adapter = match wgpu::util::initialize_adapter_from_env(&instance, None).await {
            Ok(adapter) => adapter,
            Err(_) => instance
                .request_adapter(&wgpu::RequestAdapterOptions {
                    power_preference: wgpu::PowerPreference::HighPerformance,
                    ..Default::default()
                })
                .await
                .map_err(|_| GpuError::NoAdapter)?,
        };
        let info = adapter.get_info();
        let wanted = wgpu::Features::SUBGROUP | wgpu::Features::TIMESTAMP_QUERY | wgpu::Features::SHADER_FLOAT32_ATOMIC;
        let (device, queue) = adapter
            .request_device(&wgpu::DeviceDescriptor {
                label: Some("splats"),
                required_features: adapter.features() & wanted,
                required_limits: adapter.limits(),
                ..Default::default()
            })
            .await
            .map_err(|e| GpuError::NoDevice { adapter: info.name.clone(), reason: e.to_string() })?;
        let fault = Fault::listen(&device);
        Ok(Self { fault, ..Self::from_device(device, queue, &info, options)? })
    }

    /// Wraps a device that somebody else opened (Bevy, an application).
    pub fn from_device(
        device: wgpu::Device,
        queue: wgpu::Queue,
        info: &wgpu::AdapterInfo,
        options: GpuOptions,
    ) -> Result<Self, GpuError> {
        let unfit = |lack: &str| GpuError::Unfit { adapter: info.name.clone(), lack: lack.to_owned() };
        let limits = device.limits();
        if limits.max_compute_invocations_per_workgroup < 64 {
            return Err(unfit("compute shaders with at least 64 invocations a workgroup are needed"));
        }
        if limits.max_storage_buffers_per_shader_stage < 8 {
            return Err(unfit("at least 8 storage buffers a shader stage are needed"));
        }
        let is_software = info.device_type == wgpu::DeviceType::Cpu;
        let has_subgroups = device.features().contains(wgpu::Features::SUBGROUP) && !options.without_subgroups;
        // A workgroup no larger than the smallest subgroup lies within one, whatever width the driver picks.
        let width = info.subgroup_min_size.clamp(1, 64);
        let (lanes, lane_ops) = match has_subgroups && width.is_power_of_two() && width > 1 {
            true => (width, LaneOps::Subgroup),
            false => (1, LaneOps::Single),
        };
        let mirror_textures = options.mirror_textures.unwrap_or(is_software);
        let has_float_atomics = device.features().contains(wgpu::Features::SHADER_FLOAT32_ATOMIC);
        let has_timestamps = device.features().contains(wgpu::Features::TIMESTAMP_QUERY);
        Ok(Self {
            adapter: AdapterSummary { name: info.name.clone(), backend: info.backend.to_string(), is_software, lanes },
            shape: Shape {
                lanes,
                lane_ops,
                mirror_textures,
                chunk_texels: 0,
                colour: true,
                geometry: true,
                sh_degree: 3,
                atomics: false,
                limited: false,
                surface_depth: false,
                solid: false,
                many_samples: false,
            },
            radix: Radix::of(is_software),
            scan_per_lane: if is_software { 512 } else { 128 },
            has_timestamps,
            has_float_atomics,
            device,
            queue,
            kernels: Arc::default(),
            fault: Arc::default(),
            ledger: None,
        })
    }

    /// Bytes that one storage binding may have.
    pub fn binding_limit(&self) -> u64 {
        let limits = self.device.limits();
        limits.max_storage_buffer_binding_size.min(limits.max_buffer_size)
    }

    /// A uniform buffer with these contents, until others are copied there.
    pub fn uniform<T: bytemuck::Pod>(&self, label: &str, value: &T) -> wgpu::Buffer {
        self.filled(label, bytemuck::bytes_of(value), wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST)
    }

    /// A storage buffer with these contents (never empty: at least 16 bytes).
    pub fn storage<T: bytemuck::Pod>(&self, label: &str, values: &[T]) -> wgpu::Buffer {
        let bytes: &[u8] = bytemuck::cast_slice(values);
        let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST;
        if bytes.is_empty() { self.filled(label, &[0; 16], usage) } else { self.filled(label, bytes, usage) }
    }

    /// Not mapped at creation: mapping a buffer that a lost or full device could not make ends the process.
    fn filled(&self, label: &str, contents: &[u8], usage: wgpu::BufferUsages) -> wgpu::Buffer {
        let whole = (contents.len() as u64).next_multiple_of(4);
        let size = self.booked(label, whole, 16);
        let usage = usage | wgpu::BufferUsages::COPY_DST;
        let descriptor = wgpu::BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false };
        let buffer = self.device.create_buffer(&descriptor);
        self.write(&buffer, contents);
        buffer
    }

    /// True inside of [`Self::plan`], whose buffers have no room for what they are made for.
    pub(crate) fn is_planned(&self) -> bool {
        self.ledger.is_some()
    }

    /// Bytes into a buffer from its start; nothing where sizes are only booked.
    pub(crate) fn write(&self, buffer: &wgpu::Buffer, contents: &[u8]) {
        if self.is_planned() {
            return;
        }
        let (whole, rest) = contents.split_at(contents.len() / 4 * 4);
        self.queue.write_buffer(buffer, 0, whole);
        if !rest.is_empty() {
            let mut last = [0; 4];
            last[..rest.len()].copy_from_slice(rest);
            self.queue.write_buffer(buffer, whole.len() as u64, &last);
        }
    }

    /// A zeroed storage buffer of `bytes` (rounded up to 16).
    pub fn zeroed(&self, label: &str, bytes: u64) -> wgpu::Buffer {
        self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size: self.booked(label, bytes.next_multiple_of(16).max(16), 16),
            usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        })
    }

    /// Fails with figures where a buffer could not be bound.
    pub fn check_binding(&self, what: &'static str, needed: u64) -> Result<(), GpuError> {
        let limit = self.binding_limit();
        if needed <= limit { Ok(()) } else { Err(GpuError::TooLarge { what, needed, limit }) }
    }

    /// Lets finished readbacks report. Never blocks.
    pub fn poll(&self) {
        let _ = self.device.poll(wgpu::PollType::Poll);
    }

    /// Waits until the GPU has done everything submitted so far. The only place in the project that waits for it; no
    /// training step calls it.
    pub fn wait(&self) -> Result<(), GpuError> {
        let result = self.settle();
        self.check()?;
        result
    }

    /// Nothing is on its way afterwards, and what was to be told has been.
    pub(crate) fn settle(&self) -> Result<(), GpuError> {
        let result = self.device.poll(wgpu::PollType::wait_indefinitely());
        result.map(|_| ()).map_err(|e| GpuError::Lost(e.to_string()))
    }
}

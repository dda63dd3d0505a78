//! Records dispatches, copies and stage timestamps into a command encoder, whoever owns it.

use crate::gpu::Gpu;
use crate::kernel::Kernel;
use crate::mirror::Mirror;
use crate::timer::StageTimer;
use splat_core::Stage;

/// One resource at one binding of group 0.
#[derive(Clone, Copy)]
pub enum Bind<'a> {
    /// A whole buffer.
    Buffer(u32, &'a wgpu::Buffer),
    /// A mirror, as texture or buffer.
    Mirror(u32, &'a Mirror),
    /// A texture.
    Texture(u32, &'a wgpu::TextureView),
}

impl<'a> Bind<'a> {
    fn entry(&self) -> wgpu::BindGroupEntry<'a> {
        match *self {
            Bind::Buffer(binding, buffer) => wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() },
            Bind::Mirror(binding, mirror) => wgpu::BindGroupEntry { binding, resource: mirror.resource() },
            Bind::Texture(binding, view) => {
                wgpu::BindGroupEntry { binding, resource: wgpu::BindingResource::TextureView(view) }
            }
        }
    }
}

/// Records into an encoder. Compute passes are opened when needed and closed by copies and stage changes.
pub struct Recorder<'a> {
    /// The device recorded for.
    pub gpu: &'a Gpu,
    encoder: &'a mut wgpu::CommandEncoder,
    pass: Option<wgpu::ComputePass<'static>>,
    stage: Option<Stage>,
    timer: Option<&'a mut StageTimer>,
}

impl<'a> Recorder<'a> {
    /// Records into `encoder`; stages are timed where a timer is given.
    pub fn new(gpu: &'a Gpu, encoder: &'a mut wgpu::CommandEncoder, timer: Option<&'a mut StageTimer>) -> Self {
        Self { gpu, encoder, pass: None, stage: None, timer }
    }

    /// What follows belongs to this stage.
    pub fn stage(&mut self, stage: Stage) {
        self.pass = None;
        self.stage = Some(stage);
    }

    /// Dispatches `groups` workgroups. Bindings that the entry point does not use are passed over.
    pub fn run(&mut self, kernel: &Kernel, binds: &[Bind], groups: [u32; 3]) {
        if groups.contains(&0) {
            return;
        }
        let entries: Vec<_> = binds.iter().map(Bind::entry).filter(|e| kernel.bindings.contains(&e.binding)).collect();
        let group = self.gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(kernel.name),
            layout: &kernel.pipeline.get_bind_group_layout(0),
            entries: &entries,
        });
        let pass = self.open_pass();
        pass.set_pipeline(&kernel.pipeline);
        pass.set_bind_group(0, &group, &[]);
        pass.dispatch_workgroups(groups[0], groups[1], groups[2]);
    }

    fn open_pass(&mut self) -> &mut wgpu::ComputePass<'static> {
        let Self { pass, encoder, stage, timer, .. } = self;
        pass.get_or_insert_with(|| {
            let timestamp_writes = match (timer.as_deref_mut(), *stage) {
                (Some(timer), Some(stage)) => timer.next_pass(stage),
                _ => None,
            };
            let label = stage.map(Stage::stem);
            encoder.begin_compute_pass(&wgpu::ComputePassDescriptor { label, timestamp_writes }).forget_lifetime()
        })
    }

    /// Makes what kernels wrote into the mirror's buffer readable through it.
    pub fn sync(&mut self, mirror: &Mirror, elements: u64) {
        if mirror.has_texture() {
            self.pass = None;
            mirror.record_sync(self.encoder, elements.min(mirror.elements as u64) as u32);
        }
    }

    /// Zeroes a buffer from its start.
    pub fn clear(&mut self, buffer: &wgpu::Buffer, bytes: u64) {
        self.clear_range(buffer, 0..bytes.next_multiple_of(4).min(buffer.size()));
    }

    /// Zeroes bytes of a buffer; multiples of 4.
    pub fn clear_range(&mut self, buffer: &wgpu::Buffer, bytes: std::ops::Range<u64>) {
        self.pass = None;
        self.encoder.clear_buffer(buffer, bytes.start, Some(bytes.end - bytes.start));
    }

    /// Copies between buffers, bytes from and to.
    pub fn copy(&mut self, source: (&wgpu::Buffer, u64), target: (&wgpu::Buffer, u64), bytes: u64) {
        self.pass = None;
        self.encoder.copy_buffer_to_buffer(source.0, source.1, target.0, target.1, bytes);
    }

    /// Ends the open pass and resolves timestamps.
    pub fn finish(mut self) {
        self.pass = None;
        if let Some(timer) = self.timer.as_deref_mut() {
            timer.resolve(self.encoder);
        }
    }
}

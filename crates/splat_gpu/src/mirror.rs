//! A storage buffer and, where the adapter is a software GPU, a texture to read it through.
//!
//! On lavapipe a texel costs a tenth of a storage load, so inputs that many lanes read are copied into a texture once and
//! read from there. Everywhere else a mirror is just its buffer and `Recorder::sync` does nothing.

use crate::gpu::{Gpu, GpuError};
use splat_shaders::layout::MIRROR_WIDTH_LOG2;
use splat_shaders::table::MirrorKind;

/// Texels per texture row.
pub const WIDTH: u32 = 1 << MIRROR_WIDTH_LOG2;

/// A buffer of `vec4<f32>` or `vec2<u32>` elements that kernels read through `<name>_at(i)`. A clone shares the memory.
#[derive(Clone)]
pub struct Mirror {
    /// The truth: kernels write here.
    pub buffer: wgpu::Buffer,
    /// Elements it holds.
    pub elements: u32,
    texel_bytes: u32,
    texture: Option<(wgpu::Texture, wgpu::TextureView)>,
}

impl Mirror {
    /// A zeroed mirror with room for at least `elements`.
    pub fn new(gpu: &Gpu, label: &'static str, elements: u64, kind: MirrorKind) -> Result<Self, GpuError> {
        let texel_bytes = texel_bytes(kind);
        // Whole texture rows, so that the copy is one rectangle.
        let elements = elements.max(1).next_multiple_of(WIDTH as u64);
        let bytes = elements * texel_bytes as u64;
        gpu.check_binding(label, bytes)?;
        let buffer = gpu.zeroed(label, bytes);
        let texture = gpu.shape.mirror_textures.then(|| texture(gpu, label, elements, kind));
        Ok(Self { buffer, elements: elements as u32, texel_bytes, texture })
    }

    /// A mirror of bytes that never change, whole elements: copied now, once for all that read it.
    pub fn holding(gpu: &Gpu, label: &'static str, bytes: &[u8], kind: MirrorKind) -> Result<Self, GpuError> {
        let elements = bytes.len() as u64 / texel_bytes(kind) as u64;
        let mirror = Self::new(gpu, label, elements, kind)?;
        if !gpu.is_planned() {
            gpu.write(&mirror.buffer, bytes);
            let mut encoder = gpu.device.create_command_encoder(&Default::default());
            mirror.record_sync(&mut encoder, elements as u32);
            gpu.queue.submit([encoder.finish()]);
        }
        Ok(mirror)
    }

    /// Bytes held, texture included.
    pub fn bytes(&self) -> u64 {
        let buffer = self.buffer.size();
        if self.texture.is_some() { 2 * buffer } else { buffer }
    }

    /// What a kernel binds.
    pub fn resource(&self) -> wgpu::BindingResource<'_> {
        match &self.texture {
            Some((_, view)) => wgpu::BindingResource::TextureView(view),
            None => self.buffer.as_entire_binding(),
        }
    }

    /// Copies the first `elements` into the texture, if there is one.
    pub(crate) fn record_sync(&self, encoder: &mut wgpu::CommandEncoder, elements: u32) {
        let Some((texture, _)) = &self.texture else { return };
        let rows = elements.clamp(1, self.elements).div_ceil(WIDTH);
        encoder.copy_buffer_to_texture(
            wgpu::TexelCopyBufferInfo {
                buffer: &self.buffer,
                layout: wgpu::TexelCopyBufferLayout {
                    offset: 0,
                    bytes_per_row: Some(WIDTH * self.texel_bytes),
                    rows_per_image: None,
                },
            },
            texture.as_image_copy(),
            wgpu::Extent3d { width: WIDTH, height: rows, depth_or_array_layers: 1 },
        );
    }

    pub(crate) fn has_texture(&self) -> bool {
        self.texture.is_some()
    }
}

fn texel_bytes(kind: MirrorKind) -> u32 {
    match kind {
        MirrorKind::F32x4 => 16,
        MirrorKind::U32x2 => 8,
    }
}

fn texture(gpu: &Gpu, label: &str, elements: u64, kind: MirrorKind) -> (wgpu::Texture, wgpu::TextureView) {
    let texel_bytes = u64::from(texel_bytes(kind));
    let elements = gpu.booked(label, elements * texel_bytes, WIDTH as u64 * texel_bytes) / texel_bytes;
    let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some(label),
        size: wgpu::Extent3d { width: WIDTH, height: (elements / WIDTH as u64) as u32, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: match kind {
            MirrorKind::F32x4 => wgpu::TextureFormat::Rgba32Float,
            MirrorKind::U32x2 => wgpu::TextureFormat::Rg32Uint,
        },
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    let view = texture.create_view(&Default::default());
    (texture, view)
}

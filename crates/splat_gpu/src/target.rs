//! A photograph and its labels on the GPU, 8 and 16 bits a pixel.

use crate::gpu::Gpu;
use splat_core::Photo;

/// What a view is trained against.
pub struct TargetImage {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Labelled pixels: the denominator of the cross-entropy.
    pub labelled_pixels: u32,
    /// `[H, W]` rgba8: sRGB and validity.
    pub photo: wgpu::TextureView,
    /// `[H, W]` r16: class column, 65535 = none. A single such texel where the view has no labels.
    pub labels: wgpu::TextureView,
}

impl TargetImage {
    /// Uploads a photograph and, where there are any, its class columns (`[H, W]`, 65535 = none).
    pub fn upload(gpu: &Gpu, photo: &Photo, columns: Option<&[u16]>) -> Self {
        let (width, height) = (photo.width, photo.height);
        let photo_view = texture(gpu, "photo", [width, height], wgpu::TextureFormat::Rgba8Unorm, &photo.rgba);
        let none = vec![u16::MAX; width as usize * height as usize];
        let columns = columns.unwrap_or(&none);
        let is_valid = |i: usize| photo.rgba[4 * i + 3] > 127;
        let shown: Vec<u16> =
            columns.iter().enumerate().map(|(i, &c)| if is_valid(i) { c } else { u16::MAX }).collect();
        let labelled_pixels = shown.iter().filter(|&&c| c != u16::MAX).count() as u32;
        let labels = upload_labels(gpu, [width, height], &shown);
        Self { width, height, labelled_pixels, photo: photo_view, labels }
    }
}

/// Uploads class columns (`[H, W]`, 65535 = none) alone: r16.
pub fn upload_labels(gpu: &Gpu, size: [u32; 2], columns: &[u16]) -> wgpu::TextureView {
    texture(gpu, "labels", size, wgpu::TextureFormat::R16Uint, bytemuck::cast_slice(columns))
}

fn texture(gpu: &Gpu, label: &str, size: [u32; 2], format: wgpu::TextureFormat, data: &[u8]) -> wgpu::TextureView {
    let size = wgpu::Extent3d { width: size[0], height: size[1], depth_or_array_layers: 1 };
    let texel_bytes = format.block_copy_size(None).unwrap_or(4);
    let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some(label),
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    let layout =
        wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(size.width * texel_bytes), rows_per_image: None };
    gpu.queue.write_texture(texture.as_image_copy(), data, layout, size);
    texture.create_view(&Default::default())
}

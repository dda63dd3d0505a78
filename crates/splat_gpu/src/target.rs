//! A photograph and its labels, 8 bits a channel and 32 bits a label: on the GPU for all of a run, or for a step.

use crate::gpu::Gpu;
use splat_core::{IGNORE_ID, Photo};
use std::borrow::Cow;

/// What a view is trained against.
pub struct TargetImage {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Sum of the labelled pixels' weights, the denominator of the classes' loss; their number where all count alike.
    pub label_weight: f32,
    /// `[H, W]` rgba8: sRGB over black; 0 where it is not valid, else 1 + 254 alpha.
    pub photo: wgpu::TextureView,
    /// Labels as kernels read them, see [`pack_labels`].
    pub labels: wgpu::Buffer,
}

/// Class columns of a view (`[H, W]`, 65535 = none) and how they count.
#[derive(Clone, Copy)]
pub struct Labels<'a> {
    /// Columns.
    pub columns: &'a [u16],
    /// `[H, W]` confidence, 255 = certain; `None`: all of them.
    pub confidence: Option<&'a [u8]>,
    /// A label weighs (confidence / 255) to this power; 0: all count alike.
    pub exponent: f32,
}

impl TargetImage {
    /// Uploads a photograph and, where there are any, its labels.
    pub fn upload(gpu: &Gpu, photo: &Photo, labels: Option<Labels>) -> Self {
        let (words, label_weight) = packed(photo, labels);
        Self::of(gpu, [photo.width, photo.height], &texels(photo), &words, label_weight)
    }

    fn of(gpu: &Gpu, size: [u32; 2], texels: &[u8], words: &[u32], label_weight: f32) -> Self {
        let photo = texture(gpu, "photo", size, wgpu::TextureFormat::Rgba8Unorm, texels);
        let labels = gpu.storage("labels", words);
        Self { width: size[0], height: size[1], label_weight, photo, labels }
    }

    /// Bytes on the GPU.
    pub fn bytes(width: u32, height: u32, has_labels: bool) -> u64 {
        let pixels = width as u64 * height as u64;
        4 * pixels + if has_labels { 4 * (1 + pixels) } else { 8 }
    }
}

/// A photograph and its labels on the host, as bytes that go to the GPU when a step wants them.
pub struct HostTarget {
    size: [u32; 2],
    texels: Vec<u8>,
    words: Vec<u32>,
    label_weight: f32,
}

impl HostTarget {
    /// Packs a photograph and, where there are any, its labels.
    pub fn new(photo: &Photo, labels: Option<Labels>) -> Self {
        let (words, label_weight) = packed(photo, labels);
        Self { size: [photo.width, photo.height], texels: texels(photo).into_owned(), words, label_weight }
    }

    /// Sum of the labelled pixels' weights.
    pub fn label_weight(&self) -> f32 {
        self.label_weight
    }

    /// Uploads it into a texture and a buffer of their own, which last as long as what was recorded with them.
    pub fn upload(&self, gpu: &Gpu) -> TargetImage {
        TargetImage::of(gpu, self.size, &self.texels, &self.words, self.label_weight)
    }
}

fn packed(photo: &Photo, labels: Option<Labels>) -> (Vec<u32>, f32) {
    match labels {
        Some(labels) => pack_labels(&labels, |pixel| photo.rgba[4 * pixel + 3] > 127),
        None => (vec![1f32.to_bits(), NO_LABEL], 0.0),
    }
}

/// A photograph's texels: validity and alpha share the last byte.
fn texels(photo: &Photo) -> Cow<'_, [u8]> {
    let Some(alpha) = &photo.alpha else { return Cow::Borrowed(&photo.rgba) };
    let cover =
        |(p, &alpha): (&[u8], &u8)| if p[3] > 127 { 1 + (alpha as f32 * (254.0 / 255.0)).round() as u8 } else { 0 };
    let texels = photo.rgba.chunks_exact(4).zip(alpha).flat_map(|pair| [pair.0[0], pair.0[1], pair.0[2], cover(pair)]);
    Cow::Owned(texels.collect())
}

/// A pixel without a label.
const NO_LABEL: u32 = 0xff00_0000 | IGNORE_ID as u32;

/// Uploads class columns (`[H, W]`, 65535 = none) alone.
pub fn upload_labels(gpu: &Gpu, columns: &[u16]) -> wgpu::Buffer {
    let labels = Labels { columns, confidence: None, exponent: 0.0 };
    gpu.storage("labels", &pack_labels(&labels, |_| true).0)
}

/// Word 0: a factor to the loss's scale (f32, 1 here), then a word per pixel: column | confidence << 24; a single such word
/// stands for all pixels. Labels of pixels that are not shown are dropped. Also the sum of the weights.
fn pack_labels(labels: &Labels, is_shown: impl Fn(usize) -> bool) -> (Vec<u32>, f32) {
    let mut words = vec![1f32.to_bits()];
    let mut counts = [0u32; 256];
    for (i, &column) in labels.columns.iter().enumerate() {
        let confidence = labels.confidence.map_or(255, |c| c[i]);
        let counts_here = column != IGNORE_ID && is_shown(i);
        counts[confidence as usize] += counts_here as u32;
        words.push(if counts_here { column as u32 | (confidence as u32) << 24 } else { NO_LABEL });
    }
    (words, weight_of(&counts, labels.exponent))
}

/// Sum of the weights of labels whose confidences are counted.
fn weight_of(counts: &[u32; 256], exponent: f32) -> f32 {
    if exponent <= 0.0 {
        return counts.iter().sum::<u32>() as f32;
    }
    let weigh = |(confidence, &n): (usize, &u32)| n as f64 * (confidence as f64 / 255.0).powf(exponent as f64);
    counts.iter().enumerate().map(weigh).sum::<f64>() as f32
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

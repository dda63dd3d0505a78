//! A cloud seen by cameras, read back: for evaluation, exports and pictures. Waits for the GPU, so it is not for live use.

use crate::error::TrainError;
use splat_core::{Camera, Cloud, IGNORE_ID, Objective};
use splat_gpu::frame::most_packed_blocks;
use splat_gpu::passes::forward::{Blend, Look, Selection};
use splat_gpu::passes::{self};
use splat_gpu::readback::read_now;
use splat_gpu::view::{tiles, view_uniforms};
use splat_gpu::{FrameBuffers, Gpu, ListBuffers, Recorder, RowBuffers, wgpu};
use splat_shaders::layout::{COUNT_ENTRIES_NEEDED, COUNT_OVERFLOW, COUNTERS};

/// Accumulated weight under which a pixel shows nothing: no label, no depth.
pub const EMPTY_COVERAGE: f32 = 1e-4;

/// One rendered view.
#[derive(Clone, Debug)]
pub struct RenderedView {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `[H, W, 3]` sRGB, 8 bit.
    pub rgb: Vec<u8>,
    /// `[H, W]` class columns, 65535 = none.
    pub columns: Vec<u16>,
    /// `[H, W]` probability of that class: softmax of blended logits, or as blended.
    pub confidence: Vec<f32>,
    /// `[H, W]` expected view depth in world units, 0 where empty.
    pub depth: Vec<f32>,
}

/// Renders one cloud.
pub struct Renderer {
    gpu: Gpu,
    rows: RowBuffers,
    lists: ListBuffers,
    frame: Option<FrameBuffers>,
    background: [f32; 3],
    blend: Blend,
    most_class_blocks: u32,
}

impl Renderer {
    /// Uploads a cloud, to be blended by its objective. `background` shows through where nothing is.
    pub fn new(gpu: &Gpu, cloud: &Cloud, background: [f32; 3]) -> Result<Self, TrainError> {
        let rows = RowBuffers::upload(gpu, cloud, cloud.len() as u32)?;
        let lists = ListBuffers::new(gpu, rows.capacity, 8 * rows.capacity, 1)?;
        let most_class_blocks = most_packed_blocks(gpu, rows.layout.logit_planes());
        let (gpu, blend) = (gpu.clone(), Blend::default());
        Ok(Self { gpu, rows, lists, frame: None, background, blend, most_class_blocks })
    }

    /// Holds blended class channels of at most so many 8x8 blocks at a time: less memory, more passes. Without being told, as
    /// many as the adapter can bind.
    pub fn limit_class_blocks(&mut self, blocks: u32) {
        self.most_class_blocks = blocks.clamp(1, self.most_class_blocks);
        self.frame = None;
    }

    /// Renders a view at its camera's size; lists grow and the view is repeated where they were too short.
    pub fn render(&mut self, camera: &Camera) -> Result<RenderedView, TrainError> {
        let view = self.draw(camera, Look::default())?;
        self.read(&view)
    }

    /// `[H, W]` view depths of the surface, where seven tenths of the light are spent, or half where no more are; 0 where less is.
    /// Haze before it, which pulls the mean depth of [`Renderer::render`] forward, does not count.
    pub fn surface(&mut self, camera: &Camera) -> Result<Vec<f32>, TrainError> {
        self.draw(camera, Look { is_surface: true, ..Default::default() })?;
        let frame = self.frame.as_ref().expect("fit made it");
        let image: Vec<[f32; 4]> = read_now(&self.gpu, &frame.image.buffer, 16 * frame.pixels())?;
        self.depths(&image)
    }

    /// Draws a view into the frame and returns its uniforms.
    fn draw(&mut self, camera: &Camera, look: Look) -> Result<wgpu::Buffer, TrainError> {
        let (width, height) = (camera.intrinsics.width, camera.intrinsics.height);
        self.fit(width, height)?;
        loop {
            let (counts, view) = self.submit(camera, look)?;
            if counts[COUNT_OVERFLOW as usize] == 0 {
                return Ok(view);
            }
            let needed = (counts[COUNT_ENTRIES_NEEDED as usize] as f64 * 1.3) as u32;
            let entries = needed.max(self.lists.entry_capacity);
            self.lists = ListBuffers::new(&self.gpu, self.rows.capacity, entries, self.lists.tile_capacity)?;
            self.gpu.queue.write_buffer(&self.rows.counters, 4 * COUNT_OVERFLOW as u64, &[0; 4]);
        }
    }

    fn fit(&mut self, width: u32, height: u32) -> Result<(), TrainError> {
        let is_same = self.frame.as_ref().is_some_and(|f| f.width == width && f.height == height);
        if !is_same {
            let [x, y] = tiles(width, height);
            if x * y > self.lists.tile_capacity {
                let entries = self.lists.entry_capacity;
                self.lists = ListBuffers::new(&self.gpu, self.rows.capacity, entries, x * y)?;
            }
            let blocks = splat_gpu::frame::blocks(width, height);
            let packed = (blocks > self.most_class_blocks).then_some(self.most_class_blocks);
            let planes = self.rows.layout.logit_planes();
            self.frame = Some(FrameBuffers::packed(&self.gpu, width, height, planes, packed)?);
        }
        Ok(())
    }

    /// Counters after a view, and its uniforms.
    fn submit(&self, camera: &Camera, look: Look) -> Result<(Vec<u32>, wgpu::Buffer), TrainError> {
        let frame = self.frame.as_ref().expect("fit made it");
        let degree = self.rows.layout.sh_degree;
        let uniforms =
            // Slots are not written here: their number does not limit anything.
            view_uniforms(camera, self.background, degree, &self.rows, self.lists.entry_capacity, u32::MAX);
        let view = self.gpu.uniform("view", &uniforms);
        let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
        let mut rec = Recorder::new(&self.gpu, &mut encoder, None);
        passes::project::record(&mut rec, &self.rows, &self.lists, &view);
        passes::sort::record(&mut rec, &self.rows, &self.lists, &view, uniforms.tiles[0] * uniforms.tiles[1]);
        let mut channels = self.rows.channels();
        if look.is_surface {
            // Of a surface only the depth is read.
            channels.layout.channels = 0;
        } else {
            passes::forward::record_probabilities(&mut rec, &self.rows);
        }
        passes::forward::record_walks(&mut rec, channels, &self.lists, frame, &view, self.blend, look);
        rec.finish();
        self.gpu.queue.submit([encoder.finish()]);
        Ok((read_now(&self.gpu, &self.rows.counters, 4 * COUNTERS as u64)?, view))
    }

    /// Class channels of the blocks from this one on, of the view that was submitted last.
    fn submit_more_blocks(&self, view: &wgpu::Buffer, first: u32) {
        let frame = self.frame.as_ref().expect("fit made it");
        let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
        let mut rec = Recorder::new(&self.gpu, &mut encoder, None);
        let blend = Blend { selection: Selection::From(first), ..self.blend };
        passes::forward::record_more_blocks(&mut rec, &self.rows, &self.lists, frame, view, blend);
        rec.finish();
        self.gpu.queue.submit([encoder.finish()]);
    }

    fn read(&self, view: &wgpu::Buffer) -> Result<RenderedView, TrainError> {
        let frame = self.frame.as_ref().expect("fit made it");
        let n = frame.pixels();
        let image: Vec<[f32; 4]> = read_now(&self.gpu, &frame.image.buffer, 16 * n)?;
        let (columns, confidence) = self.winners(frame, &image, view)?;
        let rgb = image.iter().flat_map(|p| {
            (0..3).map(move |c| ((p[c] + p[3] * self.background[c]).clamp(0.0, 1.0) * 255.0 + 0.5) as u8)
        });
        Ok(RenderedView {
            width: frame.width,
            height: frame.height,
            rgb: rgb.collect(),
            depth: self.depths(&image)?,
            columns,
            confidence,
        })
    }

    /// `[H, W]` depths as the last view was drawn, divided by what covers the pixel.
    fn depths(&self, image: &[[f32; 4]]) -> Result<Vec<f32>, TrainError> {
        let frame = self.frame.as_ref().expect("fit made it");
        let sums: Vec<f32> = read_now(&self.gpu, &frame.depth, 4 * frame.pixels())?;
        let depth = |(p, z): (&[f32; 4], &f32)| if 1.0 - p[3] >= EMPTY_COVERAGE { z / (1.0 - p[3]) } else { 0.0 };
        Ok(image.iter().zip(&sums).map(depth).collect())
    }

    /// `[H, W]` the best class and its probability, some blocks at a time where all have no room.
    fn winners(
        &self,
        frame: &FrameBuffers,
        image: &[[f32; 4]],
        view: &wgpu::Buffer,
    ) -> Result<(Vec<u16>, Vec<f32>), TrainError> {
        let (channels, planes) = (self.rows.layout.channels as usize, self.rows.layout.logit_planes() as u64);
        let (mut columns, mut confidence) = (vec![IGNORE_ID; image.len()], vec![0.0; image.len()]);
        if channels == 0 {
            return Ok((columns, confidence));
        }
        let stride = frame.class_pixels() as usize;
        let at_once = frame.packed_blocks.unwrap_or(frame.blocks());
        for first in (0..frame.blocks()).step_by(at_once as usize) {
            if first > 0 {
                self.submit_more_blocks(view, first);
            }
            let payload: Vec<[f32; 4]> = read_now(&self.gpu, &frame.payload.buffer, 16 * stride as u64 * planes)?;
            for at in 0..stride {
                let Some(pixel) = frame.pixel_of(first, at).filter(|p| 1.0 - image[*p][3] >= EMPTY_COVERAGE) else {
                    continue;
                };
                let value = |c: usize| payload[(c / 4) * stride + at][c % 4];
                let best = (0..channels).max_by(|&a, &b| value(a).total_cmp(&value(b))).unwrap_or(0);
                let softmax = || 1.0 / (0..channels).map(|c| (value(c) - value(best)).exp()).sum::<f32>();
                columns[pixel] = best as u16;
                confidence[pixel] = match self.rows.layout.objective {
                    Objective::Logits | Objective::Grouping => softmax(),
                    Objective::Softmax => value(best),
                };
            }
        }
        Ok((columns, confidence))
    }
}

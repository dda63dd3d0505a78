//! Per camera: the lists and images of its last picture, and what the GPU has said about them.

use crate::camera::{CloudPose, ViewCamera};
use crate::extract::ExtractedSplats;
use crate::gpu::SplatGpu;
use bevy::ecs::entity::{EntityHashMap, EntityHashSet};
use bevy::prelude::*;
use splat_core::LabelSet;
use splat_gpu::passes::pick::Seen;
use splat_gpu::passes::scene::Form;
use splat_gpu::{FrameBuffers, Gpu, GpuError, ListBuffers, Mirror, PlaneLayout, Readback};
use splat_shaders::layout::{COUNT_ENTRIES_NEEDED, COUNTERS};
use std::sync::Arc;
use std::time::Instant;

/// Lists are made larger than what was last needed by this factor.
const LIST_HEADROOM: f64 = 1.3;
/// Tile entries per row that lists start with.
const ENTRIES_PER_ROW: u32 = 6;
/// Pictures that may be on their way at once: more would only queue up on a slow GPU.
const MOST_IN_FLIGHT: usize = 2;

/// Render world: the last picture of every camera with a [`crate::SplatView`], by main-world entity.
#[derive(Resource, Default)]
pub struct SplatFrames {
    pub(crate) frames: EntityHashMap<ViewFrame>,
    demands: EntityHashSet,
    generation: u32,
    pub(crate) drawn: u64,
}

impl SplatFrames {
    /// The last picture of a camera; `None` before the first one.
    pub fn get(&self, camera: Entity) -> Option<&ViewFrame> {
        self.frames.get(&camera).filter(|f| f.picture.is_some())
    }

    /// Asks that the next picture of a camera carries class channels whatever its mode (for one frame; picks need them).
    pub fn demand_classes(&mut self, camera: Entity) {
        self.demands.insert(camera);
    }

    pub(crate) fn has_demand(&self, camera: Entity) -> bool {
        self.demands.contains(&camera)
    }

    /// True where a camera shows a cloud, even if its picture is not there yet.
    pub fn is_drawing(&self, camera: Entity) -> bool {
        self.frames.contains_key(&camera)
    }

    /// Pictures recorded since the start, of all cameras: still cameras on still scenes record none.
    pub fn drawn(&self) -> u64 {
        self.drawn
    }

    /// Cameras that have buffers.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// True where no camera has buffers.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }
}

/// What is in a camera's buffers.
#[derive(Clone)]
pub struct Picture {
    /// The clouds, in the order of their rows in the lists.
    pub clouds: Vec<ShownCloud>,
    /// The camera in world space, at the picture's size. Depths in lists and images are its own, in world units.
    pub camera: ViewCamera,
    /// The classes of the columns.
    pub classes: Arc<LabelSet>,
    /// What the class channels hold; no channels where none were blended.
    pub layout: PlaneLayout,
    /// Opaque meshes took part: they end the splats of a pixel.
    pub is_limited: bool,
    /// What was made of the clouds' splats.
    pub(crate) restyle: Restyle,
    /// Clip depth of a view depth z: (x z + y) / (z z + w).
    pub(crate) clip_depth: [f32; 4],
    /// When clouds were last projected.
    pub(crate) recorded: Instant,
}

/// What a camera asks of splats between Project and Sort.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Restyle {
    /// What splats are drawn as.
    pub form: Form,
    /// Factors of opacity by column of the picture's classes; empty: all 1.
    pub factors: Vec<f32>,
}

impl Restyle {
    /// True where splats stay as Project makes them.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// A cloud in a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct ShownCloud {
    /// Main-world entity.
    pub entity: Entity,
    /// Where it stands.
    pub pose: CloudPose,
    /// Version of its scene that is shown.
    pub version: u64,
    /// First of its rows in the lists.
    pub first_row: u32,
}

impl Picture {
    /// True where the class channels were blended.
    pub fn has_classes(&self) -> bool {
        self.layout.channels > 0
    }

    /// The cloud that a row of the lists belongs to, and its number there.
    pub fn cloud_of(&self, listed_row: u32) -> Option<(&ShownCloud, u32)> {
        let cloud = self.clouds.iter().rev().find(|cloud| cloud.first_row <= listed_row)?;
        Some((cloud, listed_row - cloud.first_row))
    }
}

/// Buffers of one camera and the picture in them.
pub struct ViewFrame {
    /// What the buffers show; `None` where they must be drawn anew.
    pub(crate) picture: Option<Picture>,
    pub(crate) lists: ListBuffers,
    pub(crate) images: FrameBuffers,
    /// `[H, W]` view depths at which meshes end the splats.
    pub(crate) limits: splat_gpu::wgpu::Buffer,
    pub(crate) counters: splat_gpu::wgpu::Buffer,
    /// Class channels of several clouds under common classes.
    pub(crate) shared: Option<SharedChannels>,
    pub(crate) palette: Option<crate::display::Palette>,
    feedback: Vec<Readback>,
    /// Planes of class channels that `images` has.
    planes: u32,
}

/// Class channels of the clouds of a picture, and of which clouds they are.
pub(crate) struct SharedChannels {
    pub clouds: Vec<ShownCloud>,
    pub classes: Arc<LabelSet>,
    pub channels: Mirror,
}

impl ViewFrame {
    /// What is shown.
    pub fn picture(&self) -> Option<&Picture> {
        self.picture.as_ref()
    }

    /// Depths at which meshes end the splats of the picture, `[H, W]`, where any do.
    pub fn limits(&self) -> Option<&splat_gpu::wgpu::Buffer> {
        self.picture.as_ref().filter(|p| p.is_limited).map(|_| &self.limits)
    }

    /// Projected splats and tile lists of the picture.
    pub fn lists(&self) -> &ListBuffers {
        &self.lists
    }

    /// The picture's images.
    pub fn images(&self) -> &FrameBuffers {
        &self.images
    }

    /// What a pick in the picture needs; `None` before the first one.
    pub fn seen(&self) -> Option<Seen<'_>> {
        let picture = self.picture.as_ref()?;
        Some(Seen {
            layout: picture.layout,
            lists: &self.lists,
            frame: &self.images,
            limits: self.limits(),
            palette: self.palette.as_ref().map(|palette| &palette.mirror.buffer),
            is_solid: picture.restyle.form.is_solid(),
        })
    }

    /// Buffers for a picture of `rows` rows.
    pub(crate) fn new(gpu: &Gpu, rows: u32, size: UVec2, planes: u32) -> Result<Self, GpuError> {
        Ok(Self {
            picture: None,
            lists: lists_for(gpu, rows, size, 0)?,
            images: FrameBuffers::new(gpu, size.x, size.y, planes)?,
            limits: limits_for(gpu, size),
            shared: None,
            counters: gpu.zeroed("view counters", 4 * COUNTERS as u64),
            palette: None,
            feedback: Vec::new(),
            planes,
        })
    }

    /// Makes the buffers large enough for these rows and this size. What they showed is gone where one was replaced.
    pub(crate) fn fit(&mut self, gpu: &Gpu, rows: u32, size: UVec2, planes: u32) -> Result<(), GpuError> {
        if [self.images.width, self.images.height] != size.to_array() || planes > self.planes {
            self.picture = None;
            self.images = FrameBuffers::new(gpu, size.x, size.y, planes)?;
            self.limits = limits_for(gpu, size);
            self.planes = planes;
        }
        let tiles = splat_gpu::view::tiles(size.x, size.y);
        if rows > self.lists.row_capacity || tiles[0] * tiles[1] > self.lists.tile_capacity {
            self.picture = None;
            self.lists = lists_for(gpu, rows, size, self.lists.entry_capacity)?;
        }
        Ok(())
    }

    /// True while the GPU is behind: another picture would only queue up.
    pub(crate) fn is_busy(&self) -> bool {
        self.feedback.len() >= MOST_IN_FLIGHT
    }

    pub(crate) fn expect_feedback(&mut self, readback: Readback) {
        self.feedback.push(readback);
    }

    /// Reads what has arrived; grows lists that were too short, which asks for a new picture.
    fn collect(&mut self, gpu: &Gpu) {
        let mut needed = 0;
        self.feedback.retain_mut(|readback| {
            let counts: Option<Vec<u32>> = readback.take();
            needed = needed.max(counts.map_or(0, |c| c[COUNT_ENTRIES_NEEDED as usize]));
            !readback.is_done()
        });
        let most = most_entries(gpu);
        if needed <= self.lists.entry_capacity {
            return;
        }
        if self.lists.entry_capacity >= most {
            warn_once!(
                "a picture needs {needed} tile entries, the adapter binds {most}: some splats are missing; use a lower resolution_scale"
            );
            return;
        }
        let entries = ((needed as f64 * LIST_HEADROOM) as u32).min(most);
        match ListBuffers::new(gpu, self.lists.row_capacity, entries, self.lists.tile_capacity) {
            Ok(lists) => {
                self.lists = lists;
                self.picture = None;
            }
            Err(e) => warn_once!("a picture stays incomplete: {e}"),
        }
    }
}

/// Tile entries that one binding may hold (8 bytes each), short of the last texture row.
fn most_entries(gpu: &Gpu) -> u32 {
    (gpu.binding_limit() / 8).saturating_sub(4096).min(u32::MAX as u64) as u32
}

fn limits_for(gpu: &Gpu, size: UVec2) -> splat_gpu::wgpu::Buffer {
    gpu.zeroed("limits", 4 * size.x as u64 * size.y as u64)
}

fn lists_for(gpu: &Gpu, rows: u32, size: UVec2, least: u32) -> Result<ListBuffers, GpuError> {
    let tiles = splat_gpu::view::tiles(size.x, size.y);
    // A quarter more than there are, so that a growing scene does not ask for new lists in every frame.
    let n = rows + rows / 4;
    let entries = n.saturating_mul(ENTRIES_PER_ROW).max(1 << 16).max(least).min(most_entries(gpu));
    ListBuffers::new(gpu, n, entries, tiles[0] * tiles[1])
}

/// Size of a picture: the viewport scaled, and smaller still where the adapter cannot bind its class channels.
pub(crate) fn picture_size(viewport: UVec2, scale: f32, planes: u32, binding_limit: u64) -> UVec2 {
    let scale = if scale.is_finite() { scale.clamp(0.05, 1.0) } else { 1.0 };
    let wanted = viewport.as_dvec2() * scale as f64;
    let most_pixels = (binding_limit / (16 * planes.max(1) as u64)).saturating_sub(4096).max(64) as f64;
    let pixels = wanted.x * wanted.y;
    let shrink = if pixels > most_pixels { (most_pixels / pixels).sqrt() } else { 1.0 };
    (wanted * shrink).floor().as_uvec2().max(UVec2::ONE)
}

/// Frame begin: forgets cameras, clouds and devices that are gone, and reads what the GPU has answered.
pub(crate) fn begin_frames(mut frames: ResMut<SplatFrames>, gpu: Res<SplatGpu>, extracted: Res<ExtractedSplats>) {
    let Some((gpu, generation)) = gpu.get_with_generation() else {
        frames.frames.clear();
        return;
    };
    if frames.generation != generation {
        frames.frames.clear();
        frames.generation = generation;
    }
    let shows_something =
        |camera: Entity| extracted.views.get(&camera).is_some_and(|v| extracted.clouds_of(v).next().is_some());
    frames.frames.retain(|camera, _| shows_something(*camera));
    if !frames.frames.is_empty() {
        gpu.poll();
    }
    frames.frames.values_mut().for_each(|frame| frame.collect(&gpu));
}

/// Frame end, after submission: asks for the answers.
pub(crate) fn end_frames(mut frames: ResMut<SplatFrames>) {
    frames.demands.clear();
    for frame in frames.frames.values_mut() {
        frame.feedback.iter_mut().for_each(Readback::request);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_shrink_to_what_can_be_bound() {
        let limit = 128 << 20;
        assert_eq!(picture_size(UVec2::new(1280, 720), 1.0, 4, limit), UVec2::new(1280, 720));
        assert_eq!(picture_size(UVec2::new(1280, 720), 0.5, 4, limit), UVec2::new(640, 360));
        let small = picture_size(UVec2::new(1920, 1080), 1.0, 25, limit);
        assert!(16 * 25 * (small.x as u64 * small.y as u64) <= limit && small.x > 700, "{small}");
        assert_eq!(picture_size(UVec2::new(10, 10), f32::NAN, 1, limit), UVec2::new(10, 10));
        assert_eq!(picture_size(UVec2::new(3, 3), 0.0, 1, limit), UVec2::ONE);
    }
}

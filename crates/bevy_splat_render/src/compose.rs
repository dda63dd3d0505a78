//! Several clouds as one scene: rows one after the other in common lists, classes under common columns, depths in world units.

use crate::camera::{CloudPose, ViewCamera, camera_in_cloud};
use crate::extract::ExtractedCloud;
use crate::frame::{Picture, SharedChannels, ShownCloud, ViewFrame};
use crate::scene::share;
use bevy::prelude::*;
use splat_core::{ClassInfo, LabelSet, Objective};
use splat_gpu::passes;
use splat_gpu::passes::forward::{Blend, Look};
use splat_gpu::passes::scene::{Place, record_channels, record_restyle};
use splat_gpu::view::view_uniforms;
use splat_gpu::{Channels, Gpu, GpuError, Mirror, PlaneLayout, Readback, Recorder, RowBuffers, wgpu};
use splat_shaders::layout::{COUNT_ROWS, COUNTERS, ViewUniforms};
use splat_shaders::table::MirrorKind;
use std::sync::Arc;

/// What a cloud holds right now, so that its scene's lock is released at once.
pub(crate) struct SceneCloud {
    pub entity: Entity,
    pub pose: CloudPose,
    pub rows: RowBuffers,
    pub classes: Arc<LabelSet>,
    pub bounds: Option<(Vec3, Vec3)>,
    pub background: [f32; 3],
    pub version: u64,
}

impl SceneCloud {
    /// `None` where the cloud has no rows (yet).
    pub fn take(cloud: &ExtractedCloud) -> Option<Self> {
        let scene = cloud.scene.lock();
        let rows = scene.rows.as_ref().filter(|r| r.upper_bound > 0)?;
        Some(Self {
            entity: cloud.entity,
            pose: cloud.pose,
            rows: share(rows),
            classes: scene.classes.clone(),
            bounds: scene.bounds,
            background: scene.background,
            version: scene.version(),
        })
    }
}

impl ShownCloud {
    /// The same cloud at the same place, whatever its version.
    pub(crate) fn is_same_place(&self, other: &Self) -> bool {
        (self.entity, self.pose, self.first_row) == (other.entity, other.pose, other.first_row)
    }
}

/// Rows of all clouds, live or not.
pub(crate) fn row_count(clouds: &[SceneCloud]) -> u32 {
    clouds.iter().map(|c| c.rows.upper_bound).sum()
}

/// The clouds as a picture notes them.
pub(crate) fn shown(clouds: &[SceneCloud]) -> Vec<ShownCloud> {
    let mut first_row = 0;
    let note = |cloud: &SceneCloud| {
        let shown = ShownCloud { entity: cloud.entity, pose: cloud.pose, version: cloud.version, first_row };
        first_row += cloud.rows.upper_bound;
        shown
    };
    clouds.iter().map(note).collect()
}

/// The classes of all clouds ([`joined_classes`]). `old` is returned where it still holds, so that a still scene keeps its list.
pub(crate) fn common_classes(clouds: &[SceneCloud], old: Option<&Arc<LabelSet>>) -> Arc<LabelSet> {
    let Some(first) = clouds.first() else { return Arc::default() };
    let joined = joined_classes(clouds.iter().map(|cloud| &*cloud.classes));
    if joined.len() == first.classes.len() {
        return first.classes.clone();
    }
    match old.filter(|old| ***old == joined) {
        Some(old) => old.clone(),
        None => Arc::new(joined),
    }
}

/// The common columns of clouds in one picture, which are in entity order: classes of the first one in their order, then what
/// others add, told apart by name.
pub fn joined_classes<'a>(mut clouds: impl Iterator<Item = &'a LabelSet>) -> LabelSet {
    let mut classes = clouds.next().map(|first| first.classes.clone()).unwrap_or_default();
    for class in clouds.flat_map(|cloud| &cloud.classes) {
        if column_named(&classes, &class.name).is_none() {
            classes.push(class.clone());
        }
    }
    LabelSet { classes }
}

fn column_named(classes: &[ClassInfo], name: &str) -> Option<u32> {
    classes.iter().position(|c| c.name.eq_ignore_ascii_case(name)).map(|column| column as u32)
}

/// What the class channels of a picture hold. Probabilities as soon as one cloud was trained to blend them.
pub(crate) fn common_layout(clouds: &[SceneCloud], channels: usize) -> PlaneLayout {
    let sh_degree = clouds.iter().map(|c| c.rows.layout.sh_degree).max().unwrap_or(0);
    let is_softmax = clouds.iter().any(|c| c.rows.layout.objective == Objective::Softmax);
    let objective = if is_softmax { Objective::Softmax } else { Objective::Logits };
    // What is dilated how is each cloud's own matter, settled when it is projected.
    PlaneLayout { sh_degree, channels: channels as u32, objective, antialiased: false }
}

/// Records Project of every cloud and the common Sort.
pub(crate) fn project_and_sort(
    gpu: &Gpu,
    encoder: &mut wgpu::CommandEncoder,
    frame: &mut ViewFrame,
    clouds: &[SceneCloud],
) -> Result<(), GpuError> {
    let Some(picture) = frame.picture.clone() else { return Ok(()) };
    let mut counts = [0u32; COUNTERS as usize];
    counts[COUNT_ROWS as usize] = row_count(clouds);
    let counts = gpu.storage("scene counters", &counts);
    let mut rec = Recorder::new(gpu, encoder, None);
    rec.copy((&counts, 0), (&frame.counters, 0), 4 * COUNTERS as u64);
    for (cloud, shown) in clouds.iter().zip(&picture.clouds) {
        let camera = camera_in_cloud(&picture.camera, &cloud.pose);
        let mut uniforms = uniforms_of(&camera, cloud.rows.layout.sh_degree, &cloud.rows, 0, 0);
        // Rows are only as sane as what the picture uses of them.
        let channels = if picture.has_classes() { cloud.rows.layout.channels } else { 0 };
        uniforms.planes = PlaneLayout { channels, ..cloud.rows.layout }.planes();
        uniforms.first_row = shown.first_row;
        uniforms.row_bound = cloud.rows.upper_bound;
        uniforms.depth_scale = cloud.pose.scale;
        passes::project::record_part(&mut rec, &cloud.rows, &frame.lists, &gpu.uniform("view", &uniforms));
        restyle(&mut rec, frame, cloud, shown, &picture);
    }
    passes::project::record_sync(&mut rec, &frame.lists, row_count(clouds));
    let scene = scene_rows(frame, clouds, picture.layout);
    let uniforms = scene_uniforms(&picture.camera, frame, &scene, clouds);
    let tiles = uniforms.tiles[0] * uniforms.tiles[1];
    passes::sort::record(&mut rec, &scene, &frame.lists, &gpu.uniform("view", &uniforms), tiles);
    if picture.has_classes() {
        share_channels(&mut rec, frame, clouds)?;
    }
    rec.finish();
    let counters = frame.counters.clone();
    let readback = Readback::record(gpu, encoder, &counters, 4 * COUNTERS as u64);
    frame.expect_feedback(readback);
    Ok(())
}

/// Records what the camera asks of a cloud's splats beyond what Project made of them.
fn restyle(rec: &mut Recorder, frame: &ViewFrame, cloud: &SceneCloud, shown: &ShownCloud, picture: &Picture) {
    if picture.restyle.is_nothing() {
        return;
    }
    let factor = |class: &ClassInfo| {
        let column = column_named(&picture.classes.classes, &class.name)?;
        picture.restyle.factors.get(column as usize).copied()
    };
    // Codes say nothing about classes by themselves.
    let has_factors = !picture.restyle.factors.is_empty() && !cloud.rows.layout.holds_codes();
    let own: Vec<f32> = cloud.classes.classes.iter().map(|class| factor(class).unwrap_or(1.0)).collect();
    let factors = if has_factors { own.as_slice() } else { &[] };
    let size_px = [frame.images.width, frame.images.height];
    record_restyle(rec, &cloud.rows, &frame.lists, (shown.first_row, size_px), picture.restyle.form, factors);
}

/// Records Forward over the lists as they are.
pub(crate) fn blend(gpu: &Gpu, encoder: &mut wgpu::CommandEncoder, frame: &ViewFrame, clouds: &[SceneCloud]) {
    let (Some(picture), Some(first)) = (&frame.picture, clouds.first()) else { return };
    let scene = scene_rows(frame, clouds, picture.layout);
    let uniform = gpu.uniform("view", &scene_uniforms(&picture.camera, frame, &scene, clouds));
    let channels = match &frame.shared {
        Some(shared) if clouds.len() > 1 && picture.has_classes() => {
            Channels { layout: picture.layout, mirror: &shared.channels, first_plane: 0 }
        }
        _ => Channels { layout: picture.layout, ..first.rows.channels() },
    };
    let mut rec = Recorder::new(gpu, encoder, None);
    if clouds.len() == 1 && picture.has_classes() {
        passes::forward::record_probabilities(&mut rec, &first.rows);
    }
    let look = Look { limits: frame.limits(), is_surface: true, is_solid: picture.restyle.form.is_solid() };
    passes::forward::record_walks(&mut rec, channels, &frame.lists, &frame.images, &uniform, Blend::default(), look);
    let pixels = frame.images.pixels();
    rec.sync(&frame.images.image, pixels);
    if picture.has_classes() {
        rec.sync(&frame.images.payload, pixels * picture.layout.logit_planes() as u64);
    }
    rec.finish();
}

/// The scene as Sort sees rows: how many there are and whose counters to use. Planes are the first cloud's and not read.
fn scene_rows(frame: &ViewFrame, clouds: &[SceneCloud], layout: PlaneLayout) -> RowBuffers {
    let rows = share(&clouds[0].rows);
    RowBuffers { layout, counters: frame.counters.clone(), upper_bound: row_count(clouds), ..rows }
}

/// The world camera's uniforms; the row stride is that of the class channels.
fn scene_uniforms(camera: &ViewCamera, frame: &ViewFrame, scene: &RowBuffers, clouds: &[SceneCloud]) -> ViewUniforms {
    let entries = frame.lists.entry_capacity;
    // Backward slots are not written here: their number limits nothing.
    let mut uniforms = uniforms_of(camera, 0, scene, entries, u32::MAX);
    uniforms.row_capacity = if clouds.len() > 1 { scene_capacity(clouds) } else { scene.capacity };
    uniforms
}

fn uniforms_of(camera: &ViewCamera, sh_degree: u8, rows: &RowBuffers, entries: u32, hits: u32) -> ViewUniforms {
    let uniforms = view_uniforms(&camera.pinhole, [0.0; 3], sh_degree, rows, entries, hits);
    ViewUniforms { perspective: camera.perspective(), ..uniforms }
}

/// Row stride of shared class channels.
fn scene_capacity(clouds: &[SceneCloud]) -> u32 {
    row_count(clouds).next_multiple_of(64)
}

/// Brings all clouds' class channels under common columns, where that is needed and not done yet.
fn share_channels(rec: &mut Recorder, frame: &mut ViewFrame, clouds: &[SceneCloud]) -> Result<(), GpuError> {
    let Some(picture) = frame.picture.as_ref().filter(|_| clouds.len() > 1) else {
        frame.shared = None;
        return Ok(());
    };
    let is_current =
        |shared: &SharedChannels| shared.clouds == picture.clouds && Arc::ptr_eq(&shared.classes, &picture.classes);
    if frame.shared.as_ref().is_some_and(is_current) {
        return Ok(());
    }
    let capacity = scene_capacity(clouds);
    let elements = picture.layout.logit_planes() as u64 * capacity as u64;
    let channels = match frame.shared.take().filter(|s| s.channels.elements as u64 >= elements) {
        Some(shared) => shared.channels,
        None => Mirror::new(rec.gpu, "scene channels", elements, MirrorKind::F32x4)?,
    };
    for (cloud, shown) in clouds.iter().zip(&picture.clouds) {
        let own = |class: &ClassInfo| column_named(&cloud.classes.classes, &class.name);
        let own_columns: Vec<Option<u32>> = picture.classes.classes.iter().map(own).collect();
        let place = Place {
            first_row: shown.first_row,
            scene_capacity: capacity,
            objective: picture.layout.objective,
            own_columns: &own_columns,
        };
        record_channels(rec, &cloud.rows, &channels, &place);
    }
    rec.sync(&channels, elements);
    frame.shared = Some(SharedChannels { clouds: picture.clouds.clone(), classes: picture.classes.clone(), channels });
    Ok(())
}

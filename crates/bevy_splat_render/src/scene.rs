//! Rows on the GPU, shared by whoever writes them (a training run) and whoever reads them (display, queries).

use bevy::ecs::entity::EntityHashMap;
use bevy::prelude::*;
use splat_core::LabelSet;
use splat_gpu::RowBuffers;
use std::sync::{Arc, Mutex, MutexGuard};

/// What a [`SharedScene`] holds.
pub struct Scene {
    /// The Gaussians; `None` until somebody published them. Buffers are handles: the same memory as the writer's.
    pub rows: Option<RowBuffers>,
    /// The classes of the columns.
    pub classes: Arc<LabelSet>,
    /// Axis-aligned bounds of the means in cloud space, as far as known: lower and upper corner.
    pub bounds: Option<(Vec3, Vec3)>,
    /// Live rows as far as the host knows; the exact count lives in the rows' counters.
    pub row_count: u32,
    /// Colour behind the Gaussians that they were trained against, sRGB 0..1.
    pub background: [f32; 3],
    version: u64,
}

/// A handle to one cloud's rows on the GPU. Clones are the same scene, in whatever world they live; nothing is copied.
///
/// A writer records its GPU work and then calls [`SharedScene::publish`]; readers that record later in the same frame
/// see what it wrote, because one queue carries both.
#[derive(Clone)]
pub struct SharedScene {
    shared: Arc<Mutex<Scene>>,
}

impl Default for SharedScene {
    fn default() -> Self {
        let scene =
            Scene { rows: None, classes: Arc::default(), bounds: None, row_count: 0, background: [0.0; 3], version: 0 };
        Self { shared: Arc::new(Mutex::new(scene)) }
    }
}

impl SharedScene {
    /// A scene whose rows come later.
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells readers that rows have new contents, a new count or new buffers. Shares the buffers of `rows`.
    pub fn publish(&self, rows: &RowBuffers) {
        let mut scene = self.lock();
        let classes_changed = *scene.classes != rows.classes;
        if classes_changed {
            scene.classes = Arc::new(rows.classes.clone());
        }
        scene.row_count = rows.upper_bound;
        scene.rows = Some(share(rows));
        scene.version += 1;
    }

    /// Forgets the rows: the display shows nothing until the next [`SharedScene::publish`].
    pub fn clear(&self) {
        let mut scene = self.lock();
        scene.rows = None;
        scene.row_count = 0;
        scene.version += 1;
    }

    /// Says where the Gaussians lie, and how many are live where that is known better than by the rows' upper bound.
    pub fn set_extent(&self, bounds: Option<(Vec3, Vec3)>, row_count: Option<u32>) {
        let mut scene = self.lock();
        scene.bounds = bounds.or(scene.bounds);
        scene.row_count = row_count.unwrap_or(scene.row_count);
    }

    /// Colour that the Gaussians were trained against, sRGB 0..1.
    pub fn set_background(&self, background: [f32; 3]) {
        self.lock().background = background;
    }

    /// Counts publications: readers whose version is older have something new to read.
    pub fn version(&self) -> u64 {
        self.lock().version
    }

    /// True for two handles to one scene.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// Looks at the scene. Keep it short: the render thread waits meanwhile.
    pub fn lock(&self) -> MutexGuard<'_, Scene> {
        self.shared.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl Scene {
    /// Counts publications.
    pub fn version(&self) -> u64 {
        self.version
    }
}

/// Another handle to the same buffers.
pub fn share(rows: &RowBuffers) -> RowBuffers {
    RowBuffers {
        layout: rows.layout,
        capacity: rows.capacity,
        rows: rows.rows.clone(),
        probabilities: rows.probabilities.clone(),
        counters: rows.counters.clone(),
        upper_bound: rows.upper_bound,
        classes: rows.classes.clone(),
    }
}

/// The scenes of all [`crate::SplatCloud`] entities that have one, by main-world entity. Cheap to clone; lives in the main
/// world and, as a copy, in the render world.
#[derive(Resource, Clone, Default)]
pub struct SplatScenes {
    pub(crate) scenes: EntityHashMap<SharedScene>,
}

impl SplatScenes {
    /// The scene of a cloud entity; `None` while it loads, where loading failed, and without a GPU.
    pub fn get(&self, cloud: Entity) -> Option<&SharedScene> {
        self.scenes.get(&cloud)
    }

    /// All scenes.
    pub fn iter(&self) -> impl Iterator<Item = (Entity, &SharedScene)> {
        self.scenes.iter().map(|(entity, scene)| (*entity, scene))
    }
}

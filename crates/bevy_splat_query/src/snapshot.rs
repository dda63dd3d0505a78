//! A cloud's rows on the CPU, for questions that a picture cannot answer.
//!
//! Clouds from files and memory have theirs as soon as they are there. Live scenes are read back from the GPU every few
//! seconds, or when asked to; nothing waits for it.

use bevy::prelude::*;
use bevy::render::renderer::RenderContext;
use bevy::tasks::{AsyncComputeTaskPool, Task, block_on, poll_once};
use bevy_splat_render::{SharedScene, SplatCloud, SplatGpu, SplatSource};
use splat_core::{Cloud, LabelSet};
use splat_gpu::{PlaneLayout, Readback};
use splat_shaders::layout::{COUNT_ROWS, COUNTERS};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Logits up to which the winners are found at once; more go to a background task.
const LOGITS_AT_ONCE: usize = 2_000_000;

/// On a cloud entity: its rows as of [`CloudSnapshot::version`], with every row's class.
#[derive(Component, Clone)]
pub struct CloudSnapshot {
    /// The rows, in cloud space.
    pub cloud: Arc<Cloud>,
    /// `[N]` winning class column and its softmax probability; empty for a cloud without classes.
    pub row_classes: Arc<[(u16, f32)]>,
    /// Version of the live scene, 0 for a cloud from a file or from memory.
    pub version: u64,
    taken: Instant,
}

impl CloudSnapshot {
    /// Finds every row's class.
    pub fn new(cloud: Arc<Cloud>, version: u64) -> Self {
        let winner = |row| cloud.row_class(row).map(|(column, probability)| (column as u16, probability));
        let row_classes = (0..cloud.len()).filter_map(winner).collect();
        Self { cloud, row_classes, version, taken: Instant::now() }
    }

    /// For a cloud from a file or from memory whose rows' classes are known already.
    pub fn known(cloud: Arc<Cloud>, row_classes: Arc<[(u16, f32)]>) -> Self {
        Self { cloud, row_classes, version: 0, taken: Instant::now() }
    }
}

/// Asks for a fresh snapshot of a live cloud.
#[derive(Message, Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshSnapshot(pub Entity);

/// How often live scenes are read back.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotPolicy {
    /// Least time between two snapshots of a scene that changes; `None`: only when [`RefreshSnapshot`] asks.
    pub live_interval: Option<Duration>,
}

impl Default for SnapshotPolicy {
    fn default() -> Self {
        Self { live_interval: Some(Duration::from_secs(5)) }
    }
}

/// Work on a snapshot in the background.
#[derive(Component)]
pub(crate) struct PendingSnapshot(Task<CloudSnapshot>);

/// A live scene's rows on their way to the CPU.
struct Transfer {
    cloud: Entity,
    scene: SharedScene,
    flight: Option<Flight>,
}

struct Flight {
    planes: Readback,
    counters: Readback,
    layout: PlaneLayout,
    capacity: u32,
    classes: Arc<LabelSet>,
    version: u64,
}

/// Transfers, shared by both worlds.
#[derive(Resource, Clone, Default)]
pub(crate) struct Transfers(Arc<Mutex<Vec<Transfer>>>);

impl Transfers {
    fn lock(&self) -> MutexGuard<'_, Vec<Transfer>> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}

/// Main world: clouds from files and memory.
pub(crate) fn snapshot_loaded(
    mut commands: Commands,
    clouds: Query<(Entity, &SplatCloud, Option<&CloudSnapshot>), Changed<SplatCloud>>,
) {
    for (entity, cloud, snapshot) in &clouds {
        let mut entity = commands.entity(entity);
        entity.remove::<PendingSnapshot>();
        match cloud.cloud() {
            Some(rows) if snapshot.is_some_and(|snapshot| Arc::ptr_eq(&snapshot.cloud, rows)) => {}
            Some(rows) if rows.check_shape().is_err() => {}
            Some(rows) if rows.logits.len() <= LOGITS_AT_ONCE => {
                entity.insert(CloudSnapshot::new(rows.clone(), 0));
            }
            Some(rows) => {
                entity.remove::<CloudSnapshot>().insert(in_background(rows.clone()));
            }
            None => {
                entity.remove::<CloudSnapshot>();
            }
        }
    }
}

fn in_background(rows: Arc<Cloud>) -> PendingSnapshot {
    PendingSnapshot(AsyncComputeTaskPool::get().spawn(async move { CloudSnapshot::new(rows, 0) }))
}

/// Main world: what was made in the background.
pub(crate) fn finish_snapshots(mut commands: Commands, mut pending: Query<(Entity, &mut PendingSnapshot)>) {
    for (entity, mut task) in &mut pending {
        if let Some(snapshot) = block_on(poll_once(&mut task.0)) {
            commands.entity(entity).remove::<PendingSnapshot>().insert(snapshot);
        }
    }
}

/// Main world: asks for the rows of live scenes that have changed.
pub(crate) fn request_live(
    clouds: Query<(Entity, &SplatCloud, Option<&CloudSnapshot>, Has<PendingSnapshot>)>,
    mut asked: MessageReader<RefreshSnapshot>,
    policy: Res<SnapshotPolicy>,
    transfers: Res<Transfers>,
    gpu: Res<SplatGpu>,
) {
    let asked: Vec<Entity> = asked.read().map(|r| r.0).collect();
    if gpu.get().is_none() {
        return;
    }
    let mut transfers = transfers.lock();
    transfers.retain(|t| clouds.contains(t.cloud));
    for (entity, cloud, snapshot, is_pending) in &clouds {
        let SplatSource::Live(scene) = &cloud.source else { continue };
        let is_new = snapshot.is_none_or(|s| s.version != scene.version());
        let is_due = policy.live_interval.is_some_and(|i| snapshot.is_none_or(|s| s.taken.elapsed() >= i));
        let is_wanted = is_new && (is_due || asked.contains(&entity));
        if is_wanted && !is_pending && !transfers.iter().any(|t| t.cloud == entity) {
            transfers.push(Transfer { cloud: entity, scene: scene.clone(), flight: None });
        }
    }
}

/// Render world, after the writers: records the copies.
pub(crate) fn record_transfers(transfers: Res<Transfers>, gpu: Res<SplatGpu>, mut context: RenderContext) {
    let Some(gpu) = gpu.get() else { return };
    for transfer in transfers.lock().iter_mut().filter(|t| t.flight.is_none()) {
        let scene = transfer.scene.lock();
        let Some(rows) = &scene.rows else { continue };
        let encoder = context.command_encoder();
        transfer.flight = Some(Flight {
            planes: Readback::record(&gpu, encoder, &rows.rows.buffer, 16 * rows.elements()),
            counters: Readback::record(&gpu, encoder, &rows.counters, 4 * COUNTERS as u64),
            layout: rows.layout,
            capacity: rows.capacity,
            classes: scene.classes.clone(),
            version: scene.version(),
        });
    }
}

/// Render world, after submission: asks for the data.
pub(crate) fn request_transfers(transfers: Res<Transfers>) {
    for flight in transfers.lock().iter_mut().filter_map(|t| t.flight.as_mut()) {
        flight.planes.request();
        flight.counters.request();
    }
}

/// Main world: rows that have arrived become snapshots, on a background task.
pub(crate) fn collect_transfers(mut commands: Commands, transfers: Res<Transfers>, gpu: Res<SplatGpu>) {
    let mut transfers = transfers.lock();
    let Some(gpu) = gpu.get().filter(|_| !transfers.is_empty()) else { return };
    gpu.poll();
    transfers.retain_mut(|transfer| {
        let Some(flight) = &mut transfer.flight else { return true };
        if !(flight.planes.is_done() && flight.counters.is_done()) {
            return true;
        }
        if let (Some(planes), Some(counts)) = (flight.planes.take(), flight.counters.take::<u32>()) {
            let (layout, capacity, version) = (flight.layout, flight.capacity, flight.version);
            let rows = (counts[COUNT_ROWS as usize] as usize).min(capacity as usize);
            let classes = flight.classes.clone();
            let unpack = async move {
                let cloud = layout.unpack(&planes, capacity, rows, &classes);
                CloudSnapshot::new(Arc::new(cloud), version)
            };
            if let Ok(mut entity) = commands.get_entity(transfer.cloud) {
                entity.try_insert(PendingSnapshot(AsyncComputeTaskPool::get().spawn(unpack)));
            }
        }
        false
    });
}

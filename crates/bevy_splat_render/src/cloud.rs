//! A cloud in the world: from a file, from memory or from a running training.

use crate::asset::SplatAsset;
use crate::gpu::SplatGpu;
use crate::scene::{SharedScene, SplatScenes};
use bevy::prelude::*;
use bevy::tasks::{AsyncComputeTaskPool, Task, block_on, poll_once};
use splat_core::Cloud;
use splat_core::bounds::trimmed_box;
use splat_gpu::RowBuffers;
use splat_io::cloud::read_cloud;
use std::path::PathBuf;
use std::sync::Arc;

/// A splat cloud. Its transform places it in the world (turn, shift, one scale); captures are often z-up, see
/// [`SplatCloud::Z_UP`].
#[derive(Component, Clone)]
#[require(Transform, Visibility)]
pub struct SplatCloud {
    /// Where the Gaussians come from.
    pub source: SplatSource,
}

/// Where Gaussians come from.
#[derive(Clone)]
pub enum SplatSource {
    /// A 3DGS `.ply`, read on a background task; then the source becomes [`SplatSource::Cloud`]. A file that cannot be read
    /// puts [`CloudFailed`] on the entity.
    File(PathBuf),
    /// A cloud of the `AssetServer`; once it is loaded the source becomes [`SplatSource::Cloud`], and follows its changes.
    Asset(Handle<SplatAsset>),
    /// Rows in memory, uploaded once.
    Cloud(Arc<Cloud>),
    /// Rows on the GPU that somebody else writes, e.g. a training run.
    Live(SharedScene),
}

/// On a cloud entity that could not be loaded or uploaded: why, for people.
#[derive(Component, Clone, Debug, PartialEq, Eq)]
pub struct CloudFailed(pub String);

impl SplatCloud {
    /// Turn that stands a z-up capture (ScanNet++, most COLMAP exports) upright in Bevy's y-up world: a quarter circle
    /// about x.
    pub const Z_UP: Quat = Quat::from_xyzw(-std::f32::consts::FRAC_1_SQRT_2, 0.0, 0.0, std::f32::consts::FRAC_1_SQRT_2);

    /// A cloud that is read from a 3DGS `.ply` in the background.
    pub fn from_ply(path: impl Into<PathBuf>) -> Self {
        Self { source: SplatSource::File(path.into()) }
    }

    /// A cloud that Bevy's `AssetServer` loads: `SplatCloud::from_asset(server.load("room.ply"))`.
    pub fn from_asset(handle: Handle<SplatAsset>) -> Self {
        Self { source: SplatSource::Asset(handle) }
    }

    /// A cloud from memory.
    pub fn from_cloud(cloud: impl Into<Arc<Cloud>>) -> Self {
        Self { source: SplatSource::Cloud(cloud.into()) }
    }

    /// A cloud that somebody else writes on the GPU.
    pub fn live(scene: SharedScene) -> Self {
        Self { source: SplatSource::Live(scene) }
    }

    /// The rows in memory, where the source is such.
    pub fn cloud(&self) -> Option<&Arc<Cloud>> {
        match &self.source {
            SplatSource::Cloud(cloud) => Some(cloud),
            SplatSource::File(_) | SplatSource::Asset(_) | SplatSource::Live(_) => None,
        }
    }
}

/// A file on its way in.
#[derive(Component)]
pub(crate) struct LoadingCloud(Task<Result<Cloud, String>>);

/// Starts reading files of new clouds.
pub(crate) fn start_loading(mut commands: Commands, clouds: Query<(Entity, &SplatCloud), Changed<SplatCloud>>) {
    for (entity, cloud) in &clouds {
        commands.entity(entity).remove::<(LoadingCloud, CloudFailed)>();
        if let SplatSource::File(path) = &cloud.source {
            let path = path.clone();
            let read = async move { read_cloud(&path).map_err(|e| e.to_string()) };
            commands.entity(entity).insert(LoadingCloud(AsyncComputeTaskPool::get().spawn(read)));
        }
    }
}

/// Turns files that have arrived into rows.
pub(crate) fn finish_loading(mut commands: Commands, mut clouds: Query<(Entity, &mut SplatCloud, &mut LoadingCloud)>) {
    for (entity, mut cloud, mut loading) in &mut clouds {
        let Some(result) = block_on(poll_once(&mut loading.0)) else { continue };
        commands.entity(entity).remove::<LoadingCloud>();
        match result {
            Ok(rows) => cloud.source = SplatSource::Cloud(Arc::new(rows)),
            Err(reason) => {
                warn!("{reason}");
                commands.entity(entity).insert(CloudFailed(reason));
            }
        }
    }
}

/// Which device generation, and which rows, an uploaded scene was made of.
#[derive(Component, Clone)]
pub(crate) struct Uploaded {
    generation: u32,
    rows: Arc<Cloud>,
}

/// Keeps [`SplatScenes`] in step with the cloud entities: uploads new rows, follows live scenes, forgets what is gone.
pub(crate) fn update_scenes(
    mut commands: Commands,
    gpu: Res<SplatGpu>,
    mut scenes: ResMut<SplatScenes>,
    clouds: Query<(Entity, &SplatCloud, Option<&Uploaded>), Without<CloudFailed>>,
) {
    if scenes.scenes.keys().any(|entity| !clouds.contains(*entity)) {
        scenes.scenes.retain(|entity, _| clouds.contains(*entity));
    }
    let Some((gpu, generation)) = gpu.get_with_generation() else { return };
    for (entity, cloud, uploaded) in &clouds {
        match &cloud.source {
            SplatSource::File(_) | SplatSource::Asset(_) => {}
            SplatSource::Live(scene) => {
                if !scenes.get(entity).is_some_and(|s| s.is_same(scene)) {
                    scenes.scenes.insert(entity, scene.clone());
                    commands.entity(entity).remove::<Uploaded>();
                }
            }
            SplatSource::Cloud(rows) => {
                let is_current = uploaded.is_some_and(|u| u.generation == generation && Arc::ptr_eq(&u.rows, rows));
                if is_current && scenes.get(entity).is_some() {
                    continue;
                }
                match upload(&gpu, rows) {
                    Ok(scene) => {
                        // Rows that take the place of others, say of a live scene, lie before the same background.
                        if let Some(old) = scenes.get(entity) {
                            scene.set_background(old.lock().background);
                        }
                        scenes.scenes.insert(entity, scene);
                        let uploaded = Uploaded { generation, rows: rows.clone() };
                        commands.entity(entity).insert(uploaded);
                    }
                    Err(reason) => {
                        warn!("a cloud cannot be shown: {reason}");
                        commands.entity(entity).insert(CloudFailed(reason));
                    }
                }
            }
        }
    }
}

fn upload(gpu: &splat_gpu::Gpu, cloud: &Cloud) -> Result<SharedScene, String> {
    cloud.check_shape().map_err(|e| e.to_string())?;
    let rows = RowBuffers::upload(gpu, cloud, cloud.len() as u32).map_err(|e| e.to_string())?;
    let scene = SharedScene::new();
    // Far floaters say nothing about a scene: a hundredth on each side is passed over.
    scene.set_extent(trimmed_box(cloud.means.iter().copied(), 0.01), None);
    scene.publish(&rows);
    Ok(scene)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_z_up_turn_makes_z_point_up() {
        assert!((SplatCloud::Z_UP * Vec3::Z).abs_diff_eq(Vec3::Y, 1e-6));
    }
}

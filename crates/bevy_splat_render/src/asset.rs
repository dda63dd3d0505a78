//! Clouds through Bevy's `AssetServer`: `.ply`, `.spz` and `.glb` files, loaded in the background, loaded again where the app
//! watches its files.

use crate::cloud::{CloudFailed, SplatCloud, SplatSource};
use bevy::asset::io::Reader;
use bevy::asset::{AssetLoadFailedEvent, AssetLoader, LoadContext};
use bevy::prelude::*;
use splat_core::Cloud;
use splat_io::IoError;
use splat_io::cloud::parse_cloud;
use std::path::PathBuf;
use std::sync::Arc;

/// The rows of a cloud file. Several clouds may show one asset.
#[derive(Asset, TypePath, Clone, Debug)]
pub struct SplatAsset(pub Arc<Cloud>);

/// Reads [`SplatAsset`]s.
#[derive(TypePath, Default)]
pub struct SplatLoader;

/// Why a cloud file could not be loaded.
#[derive(Debug)]
pub enum SplatLoadError {
    /// Its bytes did not come.
    Bytes(std::io::Error),
    /// They are no cloud.
    Cloud(IoError),
}

impl std::fmt::Display for SplatLoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Self::Bytes(e) => write!(f, "a splat cloud cannot be read: {e}"),
            Self::Cloud(e) => e.fmt(f),
        }
    }
}

impl std::error::Error for SplatLoadError {}

impl AssetLoader for SplatLoader {
    type Asset = SplatAsset;
    type Settings = ();
    type Error = SplatLoadError;

    async fn load(
        &self,
        reader: &mut dyn Reader,
        _settings: &(),
        context: &mut LoadContext<'_>,
    ) -> Result<SplatAsset, SplatLoadError> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).await.map_err(SplatLoadError::Bytes)?;
        let path = PathBuf::from(context.path().to_string());
        Ok(SplatAsset(Arc::new(parse_cloud(&path, bytes).map_err(SplatLoadError::Cloud)?)))
    }

    fn extensions(&self) -> &[&str] {
        &["ply", "spz"]
    }
}

/// On a cloud whose rows come from an asset: changes of the asset reach it.
#[derive(Component, Clone, Debug)]
pub(crate) struct FollowsAsset(Handle<SplatAsset>);

/// Gives clouds the rows of their assets as these arrive and change.
pub(crate) fn follow_assets(
    mut commands: Commands,
    assets: Res<Assets<SplatAsset>>,
    mut news: MessageReader<AssetEvent<SplatAsset>>,
    mut failures: MessageReader<AssetLoadFailedEvent<SplatAsset>>,
    mut clouds: Query<(Entity, &mut SplatCloud, Option<&FollowsAsset>)>,
) {
    let changed: Vec<AssetId<SplatAsset>> = news
        .read()
        .filter_map(|event| match event {
            AssetEvent::Modified { id } | AssetEvent::LoadedWithDependencies { id } => Some(*id),
            _ => None,
        })
        .collect();
    let failed: Vec<_> = failures.read().collect();
    for (entity, mut cloud, follows) in &mut clouds {
        let (handle, is_new) = match (&cloud.source, follows) {
            (SplatSource::Asset(handle), _) => (handle.clone(), true),
            (SplatSource::Cloud(_), Some(follows)) => (follows.0.clone(), false),
            _ => continue,
        };
        if let Some(failure) = failed.iter().find(|f| f.id == handle.id()) {
            warn!("{}", failure.error);
            commands.entity(entity).insert(CloudFailed(failure.error.to_string()));
        }
        if let Some(asset) = assets.get(&handle).filter(|_| is_new || changed.contains(&handle.id())) {
            cloud.source = SplatSource::Cloud(asset.0.clone());
            commands.entity(entity).insert(FollowsAsset(handle)).remove::<CloudFailed>();
        }
    }
}

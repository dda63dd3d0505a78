//! Clouds and their classes.

use crate::params::{Nothing, Numbered, entity, number, point, rotation};
use crate::rpc::{Outcome, RpcError, code};
use bevy::prelude::*;
use bevy_splat_query::{ClassFigures, CloudSnapshot};
use bevy_splat_render::{CloudFailed, SplatCloud, SplatScenes, SplatSource};
use serde::Deserialize;
use serde_json::{Value, json};
use splat_core::ClassInfo;

/// What is told of a cloud.
type CloudParts<'a> =
    (Entity, &'a SplatCloud, &'a GlobalTransform, Option<&'a Name>, Option<&'a CloudSnapshot>, Option<&'a CloudFailed>);

pub(super) fn clouds(
    In(Nothing {}): In<Nothing>,
    clouds: Query<CloudParts<'static>>,
    scenes: Res<SplatScenes>,
) -> Outcome {
    let mut found: Vec<_> = clouds.iter().collect();
    found.sort_unstable_by_key(|parts| parts.0);
    let tell = |(cloud, source, transform, name, snapshot, failed): CloudParts| {
        let (count, classes) = size(snapshot, cloud, &scenes);
        json!({
            "entity": entity(cloud),
            "name": name.map(Name::as_str),
            "count": count,
            "classes": classes,
            "is_live": matches!(source.source, SplatSource::Live(_)),
            "failed": failed.map(|failed| &failed.0),
            "world_from_cloud": place(transform),
        })
    };
    Ok(found.into_iter().map(tell).collect())
}

/// Gaussians and classes, as far as known: of the snapshot, or of what is on the GPU.
fn size(snapshot: Option<&CloudSnapshot>, cloud: Entity, scenes: &SplatScenes) -> (Option<usize>, Option<usize>) {
    if let Some(snapshot) = snapshot {
        return (Some(snapshot.cloud.len()), Some(snapshot.cloud.class_count()));
    }
    let scene = scenes.get(cloud).map(|scene| scene.lock());
    let size = scene.filter(|scene| scene.rows.is_some()).map(|scene| (scene.row_count as usize, scene.classes.len()));
    size.unzip()
}

fn place(transform: &GlobalTransform) -> Value {
    let (scale, turn, position) = transform.to_scale_rotation_translation();
    json!({ "position": point(position), "rotation": rotation(turn), "scale": point(scale) })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfCloud {
    cloud: Option<Numbered>,
}

pub(super) fn classes(
    In(of): In<OfCloud>,
    clouds: Query<(Entity, Option<&CloudSnapshot>), With<SplatCloud>>,
) -> Outcome {
    let wanted = of.cloud.map(|cloud| cloud.0);
    if wanted.is_some_and(|cloud| !clouds.contains(cloud)) {
        return Err(RpcError::new(code::NO_ENTITY, "this entity is no cloud"));
    }
    let mut found: Vec<_> = clouds.iter().filter(|(cloud, _)| wanted.is_none_or(|wanted| wanted == *cloud)).collect();
    found.sort_unstable_by_key(|parts| parts.0);
    let known = found.into_iter().filter_map(|(cloud, snapshot)| Some((cloud, snapshot?)));
    Ok(known.flat_map(|(cloud, snapshot)| classes_of(cloud, snapshot)).collect())
}

fn classes_of(cloud: Entity, snapshot: &CloudSnapshot) -> Vec<Value> {
    let tell = |((column, class), own): ((usize, &ClassInfo), ClassFigures)| {
        let confidence = (own.gaussians > 0).then(|| number(own.confidence));
        json!({
            "cloud": entity(cloud),
            "column": column,
            "id": class.id,
            "name": class.name,
            "colour": class.colour,
            "count": own.gaussians,
            "confidence": confidence,
        })
    };
    snapshot.cloud.classes.classes.iter().enumerate().zip(snapshot.class_figures()).map(tell).collect()
}

//! Voxels by class, made on a background task.

use super::{Step, run};
use crate::params::{self, Number, Numbered, entity, number, point};
use crate::plugin::RemoteFolder;
use crate::rpc::{Outcome, RpcError, code};
use bevy::prelude::*;
use bevy::tasks::{AsyncComputeTaskPool, block_on, poll_once};
use bevy_splat_query::CloudSnapshot;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use splat_core::Cloud;
use splat_core::occupancy::{FREE, OccupancyGrid, OccupancyOptions, UNCLASSED};
use splat_io::cloud::arrays::write_occupancy;
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    cloud: Option<Numbered>,
    voxel: Option<Number>,
    least: Option<Number>,
    min_opacity: Option<Number>,
    #[serde(default)]
    write: bool,
}

pub(super) fn begin(world: &mut World, params: Map<String, Value>) -> Step {
    match start(world, params) {
        Ok(step) => step,
        Err(e) => Step::Done(Err(e)),
    }
}

fn start(world: &mut World, params: Map<String, Value>) -> Result<Step, RpcError> {
    let asked: Asked = params::read(params)?;
    let folder = match asked.write {
        true => Some(folder(world)?),
        false => None,
    };
    let usual = OccupancyOptions::default();
    let options = OccupancyOptions {
        voxel: asked.voxel.map_or(usual.voxel, |n| n.0),
        least: asked.least.map_or(usual.least, |n| n.0),
        min_opacity: asked.min_opacity.map_or(usual.min_opacity, |n| n.0),
    };
    let (of, cloud) = run(world, rows, asked.cloud)?;
    let mut task = AsyncComputeTaskPool::get().spawn(async move { answer(of, &cloud, &options, folder) });
    Ok(Step::Later(Box::new(move |_| block_on(poll_once(&mut task)))))
}

fn folder(world: &World) -> Result<PathBuf, RpcError> {
    let folder = world.get_resource::<RemoteFolder>().and_then(|folder| folder.0.clone());
    folder.ok_or_else(|| RpcError::new(code::NOT_ALLOWED, "this app writes no files: its plugin names no folder"))
}

/// The cloud that is named, or the only one.
fn rows(
    In(wanted): In<Option<Numbered>>,
    clouds: Query<(Entity, &CloudSnapshot)>,
) -> Result<(Entity, Arc<Cloud>), RpcError> {
    let found = match wanted {
        Some(cloud) => clouds.get(cloud.0).ok(),
        None => clouds.single().ok(),
    };
    let missing = || {
        let count = clouds.iter().count();
        let message = match wanted {
            Some(_) => "this entity is no cloud whose Gaussians are known".to_owned(),
            None => format!("there are {count} clouds whose Gaussians are known: name one with `cloud`"),
        };
        RpcError::new(code::NO_ENTITY, message)
    };
    found.map(|(entity, snapshot)| (entity, snapshot.cloud.clone())).ok_or_else(missing)
}

fn answer(of: Entity, cloud: &Cloud, options: &OccupancyOptions, folder: Option<PathBuf>) -> Outcome {
    let grid = OccupancyGrid::new(cloud, options).map_err(|e| RpcError::bad_params(format!("voxel: {e}")))?;
    let write = |folder: PathBuf| write_occupancy(&folder, &grid, &cloud.classes);
    let not_written = |e: splat_io::IoError| RpcError::new(code::NOT_WRITTEN, e.to_string());
    let files = folder.map(write).transpose().map_err(not_written)?;
    let mut counts = vec![0u64; cloud.class_count()];
    let mut unclassed = 0u64;
    for &column in grid.columns.iter().filter(|&&column| column != FREE) {
        match counts.get_mut(column as usize).filter(|_| column != UNCLASSED) {
            Some(count) => *count += 1,
            None => unclassed += 1,
        }
    }
    let classes = cloud.classes.classes.iter().zip(counts).filter(|(_, count)| *count > 0);
    let classes = classes.map(|(class, count)| json!({ "id": class.id, "name": class.name, "count": count }));
    Ok(json!({
        "cloud": entity(of),
        "origin": point(grid.origin),
        "voxel": number(grid.voxel),
        "size": grid.size,
        "occupied": grid.occupied(),
        "classes": classes.collect::<Vec<Value>>(),
        "unclassed": unclassed,
        "files": files,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use splat_core::{ClassInfo, LabelSet};

    fn cloud() -> Cloud {
        let class = |id: u16| ClassInfo { id, name: format!("class {id}"), colour: [0; 3], pixel_count: 0 };
        let floor = (0..20).flat_map(|x| (0..20).map(move |z| 0.05 * Vec3::new(x as f32, 0.0, z as f32)));
        Cloud {
            means: floor.collect(),
            log_scales: vec![Vec3::splat(0.02f32.ln()); 400],
            rotations: vec![[1.0, 0.0, 0.0, 0.0]; 400],
            opacity_logits: vec![4.0; 400],
            sh: vec![[0.0; 3]; 400],
            logits: [0.0, 5.0].repeat(400),
            classes: LabelSet { classes: vec![class(3), class(8)] },
            ..Cloud::default()
        }
    }

    #[test]
    fn voxels_are_counted_by_class_and_files_go_where_the_app_says() {
        let options = OccupancyOptions { voxel: 0.25, ..OccupancyOptions::default() };
        let told = answer(Entity::PLACEHOLDER, &cloud(), &options, None).unwrap();
        let of_class = told["classes"][0]["count"].as_u64().unwrap();
        assert_eq!((&told["classes"][0]["id"], &told["files"]), (&json!(8), &Value::Null));
        assert!(of_class > 0 && told["occupied"].as_u64() == Some(of_class), "{told}");
        let error = |world: &mut World, params: Value| match params {
            Value::Object(params) => start(world, params).map(|_| ()).unwrap_err().code,
            _ => 0,
        };
        let mut world = World::new();
        assert_eq!(error(&mut world, json!({ "write": true })), code::NOT_ALLOWED);
        assert_eq!(error(&mut world, json!({})), code::NO_ENTITY);
        let small = OccupancyOptions { voxel: 1e-6, ..options };
        assert_eq!(answer(Entity::PLACEHOLDER, &cloud(), &small, None).unwrap_err().code, code::BAD_PARAMS);
    }
}

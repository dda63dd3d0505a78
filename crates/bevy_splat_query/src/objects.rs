//! Objects are entities: connected parts of one class become children of the cloud, so that a game or a robot asks with an
//! ordinary Bevy `Query`.
//!
//! A cloud with [`FindObjects`] keeps them: found on a background task whenever its [`CloudSnapshot`] is renewed, matched with
//! those of before, so that an object that is still there keeps its entity while a training goes on.

use crate::boxes::{Bounds, OrientedBox};
use crate::snapshot::CloudSnapshot;
use bevy::prelude::*;
use bevy::tasks::{AsyncComputeTaskPool, Task, block_on, poll_once};
use splat_core::Cloud;
use splat_core::objects::{Object, ObjectOptions, objects};
use std::sync::Arc;

/// On a cloud: its connected parts of one class become child entities.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq)]
#[require(Transform, Visibility)]
pub struct FindObjects(pub ObjectOptions);

/// On an object: its class.
#[derive(Component, Clone, Debug, PartialEq, Eq)]
pub struct ClassLabel {
    /// Class column in the cloud.
    pub column: u32,
    /// Vocabulary id.
    pub id: u16,
    /// Name.
    pub name: String,
}

/// An object: a child of its cloud, with a [`ClassLabel`]; its transform stands at the middle of its box.
#[derive(Component, Clone, Debug, PartialEq)]
pub struct SplatObject {
    /// Its rows in the cloud, ascending.
    pub rows: Arc<[u32]>,
    /// Axis-aligned bounds in cloud space; the outermost fiftieth of its Gaussians on each side does not count.
    pub bounds: Bounds,
    /// The smallest upright box about it, in cloud space.
    pub oriented: OrientedBox,
    /// Mean probability of the class over its rows, 0..1.
    pub confidence: f32,
}

impl SplatObject {
    /// Gaussians of the object.
    pub fn count(&self) -> usize {
        self.rows.len()
    }

    /// True where a row of the cloud is the object's.
    pub fn holds(&self, row: u32) -> bool {
        self.rows.binary_search(&row).is_ok()
    }
}

/// On a cloud that keeps objects: the rows that their row numbers mean. Those of the [`CloudSnapshot`] may be newer.
#[derive(Component, Clone)]
pub struct ObjectRows(pub Arc<Cloud>);

/// Objects on their way, and the rows that they are found in.
#[derive(Component)]
pub(crate) struct Searching(Arc<Cloud>, Task<Vec<(ClassLabel, SplatObject)>>);

/// Starts the search where a snapshot or the options changed.
pub(crate) fn search(
    mut commands: Commands,
    clouds: Query<
        (Entity, &CloudSnapshot, &FindObjects, &GlobalTransform),
        Or<(Changed<CloudSnapshot>, Changed<FindObjects>)>,
    >,
) {
    for (entity, snapshot, options, transform) in &clouds {
        let (rows, cloud, options) = (snapshot.cloud.clone(), snapshot.cloud.clone(), options.0);
        let up = transform.affine().inverse().transform_vector3(Vec3::Y).normalize_or(Vec3::Y);
        let task = AsyncComputeTaskPool::get().spawn(async move {
            let found = objects(&cloud, &options);
            found.into_iter().filter_map(|object| describe(&cloud, object, up)).collect()
        });
        commands.entity(entity).insert(Searching(rows, task));
    }
}

fn describe(cloud: &Cloud, object: Object, up: Vec3) -> Option<(ClassLabel, SplatObject)> {
    let class = cloud.classes.classes.get(object.column)?;
    let points: Vec<Vec3> = object.rows.iter().map(|&row| cloud.means[row as usize]).collect();
    let label = ClassLabel { column: object.column as u32, id: class.id, name: class.name.clone() };
    let object = SplatObject {
        bounds: Bounds::around(&points)?,
        oriented: OrientedBox::around(&points, up)?,
        confidence: object.probability,
        rows: object.rows.into(),
    };
    Some((label, object))
}

/// Brings the child entities in step with what was found.
pub(crate) fn settle(
    mut commands: Commands,
    mut clouds: Query<(Entity, &mut Searching)>,
    known: Query<(Entity, &ClassLabel, &SplatObject, &ChildOf)>,
) {
    for (cloud, mut search) in &mut clouds {
        let Some(found) = block_on(poll_once(&mut search.1)) else { continue };
        commands.entity(cloud).remove::<Searching>().insert(ObjectRows(search.0.clone()));
        let mut old: Vec<_> = known.iter().filter(|(.., of)| of.0 == cloud).collect();
        for (label, object) in found {
            let place = Transform::from_translation(object.oriented.centre).with_rotation(object.oriented.rotation);
            let bundle = (label, object, place);
            match same(&mut old, &bundle.0, &bundle.1) {
                Some(entity) => drop(commands.entity(entity).insert(bundle)),
                None => drop(commands.spawn((
                    Name::new(bundle.0.name.clone()),
                    Visibility::default(),
                    ChildOf(cloud),
                    bundle,
                ))),
            }
        }
        old.iter().for_each(|(entity, ..)| commands.entity(*entity).despawn());
    }
}

/// The entity that an object had before: same class, and the nearest middle that lies within its box's reach.
fn same(
    old: &mut Vec<(Entity, &ClassLabel, &SplatObject, &ChildOf)>,
    label: &ClassLabel,
    object: &SplatObject,
) -> Option<Entity> {
    let distance = |other: &SplatObject| other.bounds.centre().distance(object.bounds.centre());
    let reach = 0.5 * object.bounds.size().length();
    let is_same =
        |other: &(Entity, &ClassLabel, &SplatObject, &ChildOf)| other.1.id == label.id && distance(other.2) <= reach;
    let candidates = old.iter().enumerate().filter(|(_, other)| is_same(other));
    let nearest = candidates.min_by(|a, b| distance(a.1.2).total_cmp(&distance(b.1.2))).map(|(i, _)| i)?;
    Some(old.swap_remove(nearest).0)
}

/// Objects go where their cloud no longer keeps them.
pub(crate) fn forget(
    mut commands: Commands,
    mut removed: RemovedComponents<FindObjects>,
    known: Query<(Entity, &ChildOf), With<SplatObject>>,
) {
    for cloud in removed.read() {
        if let Ok(mut cloud) = commands.get_entity(cloud) {
            cloud.try_remove::<ObjectRows>();
        }
        known.iter().filter(|(_, of)| of.0 == cloud).for_each(|(entity, _)| commands.entity(entity).despawn());
    }
}

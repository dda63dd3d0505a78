//! Objects: connected parts of one class.

use super::{Step, run};
use crate::params::{self, Numbered, WantedClass, entity, number, point, rotation};
use crate::rpc::{Outcome, RpcError, code};
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_splat_query::{
    Bounds, ClassLabel, CloudSnapshot, FindObjects, FoundObject, ObjectRows, Question, SemanticQuery, SplatObject,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Finds objects and tells of them.
#[derive(SystemParam)]
pub(super) struct Objects<'w, 's> {
    query: SemanticQuery<'w, 's>,
    objects: Query<'w, 's, (&'static ClassLabel, &'static SplatObject, &'static Transform, &'static ChildOf)>,
    places: Query<'w, 's, &'static GlobalTransform>,
}

impl Objects<'_, '_> {
    /// The objects that answer a question about a class.
    pub(super) fn find(&self, question: &Question, class: Option<&WantedClass>) -> Vec<FoundObject> {
        let mut found = self.query.objects(question);
        found.retain(|object| class.is_none_or(|class| class.allows(object.label.id)));
        found
    }

    /// An object in world space; null where it is gone.
    pub(super) fn tell(&self, object: Entity) -> Value {
        let Ok((label, parts, local, of)) = self.objects.get(object) else { return Value::Null };
        let Ok(place) = self.places.get(of.0) else { return Value::Null };
        let Bounds { low, high } = in_world(&parts.bounds, place);
        let (scale, turn, centre) = place.mul_transform(*local).to_scale_rotation_translation();
        json!({
            "entity": entity(object),
            "cloud": entity(of.0),
            "class": params::class(label.column, label.id, &label.name),
            "confidence": number(parts.confidence),
            "count": parts.count(),
            "centre": point(centre),
            "box": { "low": point(low), "high": point(high) },
            "oriented_box": {
                "centre": point(centre),
                "rotation": rotation(turn),
                "half": point(scale.abs() * parts.oriented.half),
            },
        })
    }
}

/// The box about a box of cloud space.
fn in_world(bounds: &Bounds, place: &GlobalTransform) -> Bounds {
    let corner = |i: u32| Vec3::select(BVec3::new(i & 1 != 0, i & 2 != 0, i & 4 != 0), bounds.high, bounds.low);
    let corners = (0..8).map(|i| place.transform_point(corner(i)));
    let nothing = Bounds { low: Vec3::INFINITY, high: Vec3::NEG_INFINITY };
    corners.fold(nothing, |found, corner| Bounds { low: found.low.min(corner), high: found.high.max(corner) })
}

/// Runs `then` once the objects of all clouds are known. Clouds that do not keep theirs begin to.
pub(super) fn when_kept(
    world: &mut World,
    mut then: impl FnMut(&mut World) -> Outcome + Send + Sync + 'static,
) -> Step {
    let mut is_kept = are_kept(world);
    if is_kept {
        return Step::Done(then(world));
    }
    Step::Later(Box::new(move |world| {
        // Objects that came in this frame get their place in the world at its end.
        let was_kept = std::mem::replace(&mut is_kept, are_kept(world));
        was_kept.then(|| then(world))
    }))
}

fn are_kept(world: &mut World) -> bool {
    let mut clouds = world.query_filtered::<(Entity, Has<FindObjects>, Has<ObjectRows>), With<CloudSnapshot>>();
    let unknown: Vec<_> = clouds.iter(world).filter(|(.., is_known)| !is_known).collect();
    for (cloud, is_sought, _) in &unknown {
        if !is_sought {
            world.entity_mut(*cloud).insert(FindObjects::default());
        }
    }
    unknown.is_empty()
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    class: Option<WantedClass>,
    cloud: Option<Numbered>,
}

pub(super) fn begin(world: &mut World, params: Map<String, Value>) -> Step {
    match params::read::<Asked>(params) {
        Ok(asked) => when_kept(world, move |world| run(world, list, asked.clone())),
        Err(e) => Step::Done(Err(e)),
    }
}

fn list(In(asked): In<Asked>, objects: Objects, clouds: Query<&CloudSnapshot>) -> Outcome {
    if asked.cloud.is_some_and(|cloud| !clouds.contains(cloud.0)) {
        return Err(RpcError::new(code::NO_ENTITY, "this entity is no cloud whose Gaussians are known"));
    }
    let class = asked.class.as_ref();
    let question = Question { class: class.and_then(WantedClass::words), ..Question::anything() };
    let mut found = objects.find(&question, class);
    found.retain(|object| asked.cloud.is_none_or(|cloud| cloud.0 == object.cloud));
    Ok(found.iter().map(|object| objects.tell(object.entity)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_turn_with_their_cloud() {
        let bounds = Bounds { low: Vec3::new(0.0, 0.0, 1.0), high: Vec3::new(1.0, 2.0, 3.0) };
        let upright =
            Transform::from_xyz(0.0, 5.0, 0.0).with_rotation(Quat::from_rotation_x(-std::f32::consts::FRAC_PI_2));
        let turned = in_world(&bounds, &upright.with_scale(Vec3::splat(2.0)).into());
        assert!(turned.low.abs_diff_eq(Vec3::new(0.0, 7.0, -4.0), 1e-5), "{turned:?}");
        assert!(turned.high.abs_diff_eq(Vec3::new(2.0, 11.0, 0.0), 1e-5), "{turned:?}");
    }
}

//! What is where: [`bevy_splat_query::Question`] from outside.

use super::objects::{Objects, when_kept};
use super::{Param, Step, run};
use crate::params::{self, Cameras, Number, Numbered, Point, WantedClass, entity, number, point};
use crate::rpc::{Outcome, RpcError, code};
use bevy::prelude::*;
use bevy_splat_query::{Bounds, CloudSnapshot, FoundRow, Question, Region, RowFilter, SemanticQuery};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Rows and objects that are listed where nothing is said, and at most.
const LISTED: usize = 100;
const LISTED_MOST: usize = 1_000;

/// As `rpc.discover` tells.
pub(super) const PARAMS: &[Param] = &[
    ("class", false, "id, words of a name, or a synonym; without it all"),
    ("min_probability", false, "least probability of a Gaussian's class, 0..1; without it 0.5"),
    ("min_opacity", false, "least opacity of a Gaussian, 0..1; without it 0.1"),
    ("regions", false, "all that must hold an answer: box, sphere, ray, seen_by"),
    ("nearest_to", false, "x, y, z: the nearest come first"),
    ("limit", false, "most Gaussians and most objects that are listed, up to 1000; without it 100"),
    ("objects", false, "false leaves objects out"),
];

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    class: Option<WantedClass>,
    min_probability: Option<Number>,
    min_opacity: Option<Number>,
    #[serde(default)]
    regions: Vec<Place>,
    nearest_to: Option<Point>,
    limit: Option<usize>,
    objects: Option<bool>,
}

/// A [`Region`] as it is written.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Place {
    Box {
        low: Point,
        high: Point,
    },
    Sphere {
        centre: Point,
        radius: Number,
    },
    Ray {
        origin: Point,
        direction: Point,
        radius: Number,
    },
    /// A camera entity; null is the main one.
    SeenBy(Option<Numbered>),
}

impl Place {
    fn region(self, cameras: &Cameras, views: &Query<(&Camera, &GlobalTransform)>) -> Result<Region, RpcError> {
        Ok(match self {
            Self::Box { low, high } => Region::Box(Bounds { low: low.0, high: high.0 }),
            Self::Sphere { centre, radius } => Region::Sphere { centre: centre.0, radius: radius.0 },
            Self::Ray { origin, direction, radius } => {
                let ray = Ray3d { origin: origin.0, direction: direction.direction("direction")? };
                Region::Ray { ray, radius: radius.0 }
            }
            Self::SeenBy(camera) => {
                let missing = |_| RpcError::new(code::NO_ENTITY, "this camera has no place");
                let (camera, place) = views.get(cameras.one(camera)?).map_err(missing)?;
                Region::seen_by(camera, place)
            }
        })
    }
}

pub(super) fn begin(world: &mut World, params: Map<String, Value>) -> Step {
    match params::read::<Asked>(params) {
        Ok(asked) if asked.objects == Some(false) => Step::Done(run(world, answer, asked)),
        Ok(asked) => when_kept(world, move |world| run(world, answer, asked.clone())),
        Err(e) => Step::Done(Err(e)),
    }
}

fn answer(
    In(asked): In<Asked>,
    query: SemanticQuery,
    objects: Objects,
    snapshots: Query<&CloudSnapshot>,
    cameras: Cameras,
    views: Query<(&Camera, &GlobalTransform)>,
) -> Outcome {
    let class = asked.class.as_ref();
    let question = question(&asked, |place| place.region(&cameras, &views))?;
    let limit = asked.limit.unwrap_or(LISTED).min(LISTED_MOST);
    let mut rows = query.rows(&question);
    let name = |row: &FoundRow| {
        let class = snapshots.get(row.cloud).ok()?.cloud.classes.classes.get(row.column as usize)?;
        Some((class.id, class.name.as_str()))
    };
    rows.retain(|row| name(row).is_some_and(|(id, _)| class.is_none_or(|class| class.allows(id))));
    let mut by_class: BTreeMap<(u16, &str), u64> = BTreeMap::new();
    rows.iter().filter_map(name).for_each(|class| *by_class.entry(class).or_default() += 1);
    let by_class = by_class.into_iter().map(|((id, name), count)| json!({ "id": id, "name": name, "count": count }));
    let mut told = json!({
        "count": rows.len(),
        "by_class": by_class.collect::<Vec<Value>>(),
        "rows": rows.iter().take(limit).map(|row| tell(row, name(row), &question)).collect::<Vec<Value>>(),
    });
    if asked.objects != Some(false) {
        let found = objects.find(&question, class);
        let distance = |distance| question.nearest_to.map(|_| number(distance));
        let listed = found.iter().take(limit).map(|object| {
            let mut parts = objects.tell(object.entity);
            parts["distance"] = json!(distance(object.distance));
            parts
        });
        told["objects"] = listed.collect();
        told["object_count"] = found.len().into();
    }
    Ok(told)
}

fn question(asked: &Asked, region: impl Fn(Place) -> Result<Region, RpcError>) -> Result<Question, RpcError> {
    let usual = RowFilter::default();
    Ok(Question {
        class: asked.class.as_ref().and_then(WantedClass::words),
        filter: RowFilter {
            min_probability: asked.min_probability.map_or(usual.min_probability, |p| p.0),
            min_opacity: asked.min_opacity.map_or(usual.min_opacity, |o| o.0),
        },
        regions: asked.regions.iter().map(|place| region(*place)).collect::<Result<_, _>>()?,
        nearest_to: asked.nearest_to.map(|point| point.0),
        // All are counted; the lists are cut afterwards.
        limit: 0,
    })
}

fn tell(row: &FoundRow, class: Option<(u16, &str)>, question: &Question) -> Value {
    json!({
        "cloud": entity(row.cloud),
        "gaussian": row.row,
        "class": class.map(|(id, name)| params::class(row.column, id, name)),
        "probability": number(row.probability),
        "position": point(row.position),
        "distance": question.nearest_to.map(|_| number(row.distance)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(params: Value) -> Result<Asked, RpcError> {
        let Value::Object(params) = params else { panic!("parameters go by name") };
        params::read(params)
    }

    #[test]
    fn questions_are_put_together_from_their_fields() {
        let places = json!([
            { "box": { "low": [0, 0, 0], "high": [1, 1, 1] } },
            { "sphere": { "centre": [0, 0, 0], "radius": 2 } },
            { "ray": { "origin": [0, 0, 0], "direction": [0, 0, 1], "radius": 0.5 } },
            { "seen_by": null },
        ]);
        let asked = asked(json!({
            "class": "chair", "min_probability": 0.9, "regions": places, "nearest_to": [1, 2, 3], "limit": 5,
        }));
        let asked = asked.unwrap();
        let question = question(&asked, |_| Ok(Region::Frustum(Mat4::IDENTITY))).unwrap();
        assert_eq!((question.class.as_deref(), question.regions.len()), (Some("chair"), 4));
        assert_eq!((question.filter.min_probability, question.filter.min_opacity), (0.9, 0.1));
        assert_eq!((question.nearest_to, question.limit), (Some(Vec3::new(1.0, 2.0, 3.0)), 0));
    }

    #[test]
    fn regions_that_are_none_are_refused() {
        assert!(asked(json!({ "regions": [{ "cone": 1 }] })).is_err());
        assert!(
            asked(json!({ "regions": [{ "sphere": { "centre": [0, 0, 0], "radius": 1, "colour": 2 } }] })).is_err()
        );
        assert!(asked(json!({ "limit": -1 })).is_err());
    }
}

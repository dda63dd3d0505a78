//! What lies behind a pixel; the GPU's answer comes frames later.

use super::objects::Objects;
use super::{Step, run};
use crate::params::{self, Cameras, Number, Numbered, entity, number, point};
use crate::rpc::{Outcome, RpcError, code};
use bevy::prelude::*;
use bevy_splat_query::{PickAnswer, PickHit, PickRequest, PickedClass};
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    pixel: [Number; 2],
    camera: Option<Numbered>,
}

pub(super) fn begin(world: &mut World, params: Map<String, Value>) -> Step {
    match ask(world, params) {
        Ok(step) => step,
        Err(e) => Step::Done(Err(e)),
    }
}

fn ask(world: &mut World, params: Map<String, Value>) -> Result<Step, RpcError> {
    let asked: Asked = params::read(params)?;
    let camera = run(world, camera, asked.camera)?;
    let pixel = Vec2::from_array(asked.pixel.map(|n| n.0));
    let Some(answers) = world.get_resource::<Messages<PickAnswer>>() else {
        return Err(RpcError::new(code::INTERNAL, "this app cannot pick: SplatQueryPlugin is missing"));
    };
    // What was answered before is not an answer to this.
    let mut cursor = answers.get_cursor_current();
    world.write_message(PickRequest { camera, pixel });
    Ok(Step::Later(Box::new(move |world| {
        let answers = world.get_resource::<Messages<PickAnswer>>()?;
        let mut own = cursor.read(answers).filter(|answer| answer.camera == camera && answer.pixel == pixel);
        let hit = own.next()?.hit.clone();
        Some(hit.map_or(Ok(Value::Null), |hit| run(world, tell, hit)))
    })))
}

fn camera(In(wanted): In<Option<Numbered>>, cameras: Cameras) -> Result<Entity, RpcError> {
    cameras.one(wanted)
}

fn tell(In(hit): In<PickHit>, objects: Objects) -> Outcome {
    let class = |class: &PickedClass| params::class(class.column, class.id, &class.name);
    let top = hit.top.iter().map(|(named, share)| json!({ "class": class(named), "probability": number(*share) }));
    Ok(json!({
        "cloud": entity(hit.cloud),
        "gaussian": hit.row,
        "class": hit.class.as_ref().map(class),
        "probability": number(hit.probability),
        "top": top.collect::<Vec<Value>>(),
        "distance": number(hit.distance),
        "position": point(hit.position),
        "normal": point(hit.normal),
        "weight": number(hit.weight),
        "coverage": number(hit.coverage),
        "object": hit.object.map(|object| objects.tell(object)),
    }))
}

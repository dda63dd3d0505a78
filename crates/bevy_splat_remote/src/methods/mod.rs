//! The methods: what each is called and takes, and how its answer comes about.

mod clouds;
mod objects;
mod occupancy;
mod pick;
mod question;
mod views;

use crate::params;
use crate::plugin::RemoteAddress;
use crate::rpc::{Call, Outcome, RpcError, code};
use bevy::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// An answer, or how it will come about.
pub(crate) enum Step {
    Done(Outcome),
    Later(Later),
}

/// Asked every frame until it has the answer.
pub(crate) type Later = Box<dyn FnMut(&mut World) -> Option<Outcome> + Send + Sync>;

/// A method as `rpc.discover` tells of it.
struct Method {
    name: &'static str,
    summary: &'static str,
    params: &'static [Param],
    begin: fn(&mut World, Map<String, Value>) -> Step,
}

/// A parameter: its name, whether it must be there, what it is.
type Param = (&'static str, bool, &'static str);

const CAMERA: Param = ("camera", false, "camera entity; without it the main one");
const CAMERAS: Param = ("camera", false, "camera entity; without it all");
const CLOUD: Param = ("cloud", false, "cloud entity; without it all");

/// All methods but `rpc.discover`.
const METHODS: [Method; 9] = [
    Method {
        name: "splats.clouds",
        summary: "the clouds, with place, number of Gaussians and of classes",
        params: &[],
        begin: |world, params| now(world, params, clouds::clouds),
    },
    Method {
        name: "splats.classes",
        summary: "the classes of clouds, with number of Gaussians and mean confidence",
        params: &[CLOUD],
        begin: |world, params| now(world, params, clouds::classes),
    },
    Method {
        name: "splats.highlight",
        summary: "highlights a class and dims the others; null ends that",
        params: &[("class", true, "id, words of a name, a synonym, or null"), CAMERAS],
        begin: |world, params| now(world, params, views::highlight),
    },
    Method {
        name: "splats.mode",
        summary: "what cameras show and highlight; with `mode` the former is changed",
        params: &[("mode", false, "name of a mode"), CAMERAS],
        begin: |world, params| now(world, params, views::mode),
    },
    Method {
        name: "splats.camera",
        summary: "pose and lens of a camera; with `position`, `rotation` or `look_at` it is moved",
        params: &[
            CAMERA,
            ("position", false, "x, y, z in world space"),
            ("rotation", false, "w, x, y, z; the camera looks along -z, +y is up"),
            ("look_at", false, "x, y, z of what it turns to, instead of `rotation`"),
            ("up", false, "x, y, z of the up direction for `look_at`; without it y"),
        ],
        begin: |world, params| now(world, params, views::camera),
    },
    Method {
        name: "splats.query",
        summary: "what is where: Gaussians and objects by class, probability, region and nearness",
        params: question::PARAMS,
        begin: question::begin,
    },
    Method {
        name: "splats.objects",
        summary: "connected parts of one class, with their boxes",
        params: &[("class", false, "id, words of a name, or a synonym; without it all"), CLOUD],
        begin: objects::begin,
    },
    Method {
        name: "splats.pick",
        summary: "what a camera sees at a pixel; null where nothing is",
        params: &[("pixel", true, "x, y from the upper left corner of its viewport"), CAMERA],
        begin: pick::begin,
    },
    Method {
        name: "splats.occupancy",
        summary: "voxels by class: counts, or files in the plugin's folder",
        params: &[
            ("cloud", false, "cloud entity; needed where there are several"),
            ("voxel", false, "edge of a voxel in the cloud's units; without it 0.1"),
            ("least", false, "filling from which a voxel is occupied; without it 0.5"),
            ("min_opacity", false, "least opacity of a Gaussian, 0..1; without it 0.1"),
            ("write", false, "true writes occupancy.npy and occupancy.json"),
        ],
        begin: occupancy::begin,
    },
];

/// Begins a call.
pub(crate) fn begin(world: &mut World, call: &Call) -> Step {
    if call.method == "rpc.discover" {
        return Step::Done(params::read(call.params.clone()).map(|params::Nothing {}| discover(world)));
    }
    match METHODS.iter().find(|method| method.name == call.method) {
        Some(method) => (method.begin)(world, call.params.clone()),
        None => {
            let message = format!("there is no method `{:.100}`; see rpc.discover", call.method);
            Step::Done(Err(RpcError::new(code::NO_METHOD, message)))
        }
    }
}

/// Reads parameters and runs a system with them.
fn now<P, M>(
    world: &mut World,
    params: Map<String, Value>,
    method: impl IntoSystem<In<P>, Outcome, M> + 'static,
) -> Step
where
    P: DeserializeOwned + 'static,
    M: 'static,
{
    Step::Done(params::read(params).and_then(|params| run(world, method, params)))
}

/// Runs a system of this crate; one that cannot run is an error of the app.
fn run<P: 'static, O: 'static, M: 'static>(
    world: &mut World,
    system: impl IntoSystem<In<P>, Result<O, RpcError>, M> + 'static,
    input: P,
) -> Result<O, RpcError> {
    let failed = |e: String| RpcError::new(code::INTERNAL, format!("this app cannot answer that: {e}"));
    world.run_system_cached_with(system, input).unwrap_or_else(|e| Err(failed(e.to_string())))
}

/// What there is, as an OpenRPC document.
fn discover(world: &World) -> Value {
    let param = |&(name, required, description): &Param| {
        let what = json!({ "description": description });
        json!({ "name": name, "required": required, "schema": what })
    };
    let method = |method: &Method| {
        let params: Vec<Value> = method.params.iter().map(param).collect();
        let result = json!({ "name": "result", "schema": {} });
        json!({ "name": method.name, "summary": method.summary, "params": params, "result": result })
    };
    let url = world.get_resource::<RemoteAddress>().map(|address| format!("http://{}", address.0));
    json!({
        "openrpc": "1.3.2",
        "info": { "title": "bevy_semantic_splats", "version": env!("CARGO_PKG_VERSION") },
        "methods": METHODS.iter().map(method).collect::<Vec<_>>(),
        "servers": [{ "name": "this app", "url": url }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(method: &str, params: Value) -> Outcome {
        let Value::Object(params) = params else { panic!("parameters go by name") };
        match begin(&mut World::new(), &Call { method: method.to_owned(), params }) {
            Step::Done(outcome) => outcome,
            Step::Later(_) => panic!("{method} cannot have begun in an empty world"),
        }
    }

    #[test]
    fn methods_are_told_of_and_no_other_is_known() {
        let document = call("rpc.discover", json!({})).unwrap();
        assert_eq!(document["methods"].as_array().unwrap().len(), METHODS.len());
        assert_eq!(call("splats.paint", json!({})).unwrap_err().code, code::NO_METHOD);
        assert_eq!(call("rpc.discover", json!({ "x": 1 })).unwrap_err().code, code::BAD_PARAMS);
    }

    #[test]
    fn no_method_takes_what_it_does_not_know_or_falls_over_without_the_plugins() {
        for method in &METHODS {
            let error = call(method.name, json!({ "no_such_thing": 1 })).unwrap_err();
            assert_eq!(error.code, code::BAD_PARAMS, "{}: {}", method.name, error.message);
            let needed = if method.name == "splats.pick" { json!({ "pixel": [0, 0] }) } else { json!({}) };
            let needed = if method.name == "splats.highlight" { json!({ "class": 1 }) } else { needed };
            match call(method.name, needed) {
                Ok(_) => assert!(method.params.iter().all(|param| !param.1), "{}", method.name),
                Err(e) => assert!([code::INTERNAL, code::NO_ENTITY].contains(&e.code), "{}: {e:?}", method.name),
            }
        }
    }
}

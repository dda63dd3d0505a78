//! Questions to semantic splat clouds from outside the app, in any language: JSON-RPC 2.0 over HTTP, as Bevy's own remote
//! protocol speaks it.
//!
//! * [`plugin`]: [`SplatRemotePlugin`], what runs when
//! * `server`: threads that take connections and hand calls to the app; `connection`, `http`: as much of HTTP as that needs
//! * [`rpc`]: requests, answers, errors, batches
//! * `methods`: what can be asked, each answered by the systems and questions of `bevy_splat_query`; `params`: of what
//!
//! ```sh
//! curl -d '{"jsonrpc": "2.0", "id": 1, "method": "splats.highlight", "params": {"class": "chair"}}' http://127.0.0.1:15702
//! ```
//!
//! Every request is a POST of at most 1 MiB with `Content-Length`, to any path; a body may be a batch of up to 64 requests.
//! Answers come from the app's next frames, in the order of the requests. JSON-RPC answers have status 200, errors among them;
//! what is no such request is refused by HTTP status. Requests without `id` are done and not answered (204).
//!
//! Only this machine is listened to, unless [`SplatRemotePlugin::allow_network`] says otherwise, and no web page, unless
//! [`SplatRemotePlugin::origins`] names it. Files are written into [`SplatRemotePlugin::folder`] and nowhere else.
//!
//! # Methods
//!
//! Entities are numbers, as in Bevy's protocol. Places are `[x, y, z]` in world space, rotations `[w, x, y, z]`, colours sRGB
//! 0..255. A class is its vocabulary id (`5`) or words of its name or of a synonym (`"couch"`). Where a method takes `camera`
//! and gets none, the main camera is meant: of the active cameras with a `SplatView`, the first.
//!
//! | method | parameters | result |
//! |---|---|---|
//! | `rpc.discover` | | methods and their parameters as an OpenRPC document |
//! | `splats.clouds` | | `[{entity, name, count, classes, is_live, failed, world_from_cloud}]` |
//! | `splats.classes` | `cloud`? | `[{cloud, column, id, name, colour, count, confidence}]` |
//! | `splats.highlight` | `class` or null, `camera`? (all) | `[{camera, class: {column, id, name}}]` |
//! | `splats.mode` | `mode`?, `camera`? (all) | `{cameras: [{camera, mode, highlight}], modes}` |
//! | `splats.camera` | `camera`?, `position`?, `rotation`? or `look_at`? with `up`? | `{camera, position, rotation, forward, up, lens}` |
//! | `splats.query` | `class`?, `min_probability`?, `min_opacity`?, `regions`?, `nearest_to`?, `limit`?, `objects`? | `{count, by_class, rows, objects, object_count}` |
//! | `splats.objects` | `class`?, `cloud`? | `[{entity, cloud, class, confidence, count, centre, box, oriented_box}]` |
//! | `splats.pick` | `pixel`, `camera`? | `{cloud, gaussian, class, probability, top, distance, position, normal, weight, coverage, object}` or null |
//! | `splats.occupancy` | `cloud`?, `voxel`?, `least`?, `min_opacity`?, `write`? | `{cloud, origin, voxel, size, occupied, classes, unclassed, files}` |
//!
//! **Boxes.** The first question for objects makes clouds keep theirs (`FindObjects`) and is answered once they are found.
//!
//! ```json
//! {"jsonrpc": "2.0", "id": 1, "method": "splats.objects", "params": {"class": "chair"}}
//! {"jsonrpc": "2.0", "id": 1, "result": [{"entity": 4294967291, "cloud": 4294967280, "class": {"column": 0, "id": 5,
//!   "name": "office chair"}, "confidence": 0.99, "count": 60, "centre": [-1.1, 0.0, 0.0],
//!   "box": {"low": [-1.4, -0.3, -0.3], "high": [-0.8, 0.3, 0.3]},
//!   "oriented_box": {"centre": [-1.1, 0.0, 0.0], "rotation": [1.0, 0.0, 0.0, 0.0], "half": [0.3, 0.3, 0.3]}}]}
//! ```
//!
//! **Picks.** Pixels count from the upper left corner of the camera's viewport, as those of `lens` in `splats.camera`. The GPU
//! answers some frames later.
//!
//! ```json
//! {"jsonrpc": "2.0", "id": 2, "method": "splats.pick", "params": {"pixel": [128, 96]}}
//! {"jsonrpc": "2.0", "id": 2, "result": {"cloud": 4294967280, "gaussian": 61, "class": {"column": 1, "id": 9, "name": "table"},
//!   "probability": 0.99, "top": [{"class": {"column": 1, "id": 9, "name": "table"}, "probability": 0.99}], "distance": 3.7,
//!   "position": [0.0, 0.0, 0.3], "normal": [0.0, 0.0, 1.0], "weight": 0.6, "coverage": 1.0, "object": null}}
//! ```
//!
//! **Questions.** All `regions` must hold an answer: `{"box": {"low", "high"}}`, `{"sphere": {"centre", "radius"}}`,
//! `{"ray": {"origin", "direction", "radius"}}`, `{"seen_by": camera}` (null: the main one). All answers are counted, `limit` of
//! them are listed (100; 1,000 at most).
//!
//! ```json
//! {"jsonrpc": "2.0", "id": 3, "method": "splats.query", "params": {"class": "chair", "nearest_to": [1, 0, 0], "limit": 1,
//!   "regions": [{"sphere": {"centre": [0, 0, 0], "radius": 2}}]}}
//! ```
//!
//! **Voxels.** Their grid lies in the cloud's space (`world_from_cloud` of `splats.clouds`); `write` leaves `occupancy.npy` and
//! `occupancy.json`, as `semsplat export --format occupancy` does, in the plugin's folder.

mod connection;
mod http;
mod methods;
mod params;
pub mod plugin;
pub mod rpc;
mod server;

pub use plugin::{DEFAULT_PORT, RemoteAddress, SplatRemotePlugin};
pub use rpc::{RpcError, code};

//! Semantic splat clouds in Bevy: components, GPU buffers shared through resources, display passes.
//!
//! * [`plugin`]: [`SplatRenderPlugin`], what runs when
//! * [`gpu`]: [`SplatGpu`], Bevy's device as the `splat_*` crates take it, in both worlds
//! * [`cloud`]: [`SplatCloud`], a cloud in the world: from a file, from memory or from a running training
//! * [`asset`]: clouds through the `AssetServer`
//! * [`scene`]: [`SharedScene`], rows on the GPU that a training run and the display share
//! * [`view`]: [`SplatView`] on a camera: what is shown and how
//! * [`styles`]: [`ClassStyles`] beside it: which classes are hidden, faded or in another colour
//! * [`camera`]: Bevy's cameras to splat cameras and back
//! * [`extract`]: what crosses to the render world: handles, never Gaussians
//! * [`frame`]: per camera, the lists and images of the last picture
//! * [`record`]: records project, sort and forward where something changed; [`compose`]: over several clouds
//! * [`display`]: the picture onto the camera's target

pub mod asset;
pub mod camera;
pub mod cloud;
mod compose;
pub mod display;
pub mod extract;
pub mod frame;
pub mod gpu;
pub mod plugin;
pub mod record;
pub mod scene;
pub mod styles;
pub mod view;

pub use asset::{SplatAsset, SplatLoader};
pub use camera::{Lens, ViewCamera, camera_from_transform, transform_from_camera};
pub use cloud::{CloudFailed, SplatCloud, SplatSource};
pub use compose::joined_classes;
pub use frame::{Picture, ShownCloud, SplatFrames, ViewFrame};
pub use gpu::{GpuStatus, SplatGpu};
pub use plugin::{SplatRenderPlugin, SplatRenderSystems};
pub use scene::{Scene, SharedScene, SplatScenes};
pub use styles::{ClassPalette, ClassStyle, ClassStyles};
pub use view::{DisplayMode, SplatIntrinsics, SplatView};

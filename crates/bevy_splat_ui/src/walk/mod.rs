//! Moving the camera: a walk along the capture's views, and free flight.

pub mod flight;
pub mod path;
pub mod walker;

pub use path::{Pose, WalkPath, up_direction};
pub use walker::{WalkCommand, Walker, WalkerPlugin};

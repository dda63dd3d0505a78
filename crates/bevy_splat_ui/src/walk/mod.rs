//! Moving the camera: a walk along the capture's views, free flight, and paths of recorded key frames.

pub mod film;
pub mod flight;
pub mod path;
pub mod record;
pub mod walker;

pub use film::{Film, FilmCommand, FilmPlugin};
pub use path::{Pose, WalkPath, up_direction};
pub use record::{PathCommand, PathFile};
pub use walker::{WalkCommand, Walker, WalkerPlugin};

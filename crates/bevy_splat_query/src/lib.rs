//! Class queries and picking on semantic splat clouds.
//!
//! * [`plugin`]: [`SplatQueryPlugin`], what runs when
//! * [`pick`]: [`PickRequest`] and [`PickAnswer`]: which Gaussian, class and distance lie behind a pixel
//! * [`snapshot`]: [`CloudSnapshot`], a cloud's rows on the CPU, refreshed from the GPU for live scenes
//! * [`matching`]: class names by words
//! * [`classes`]: [`ClassQuery`], a system parameter: rows, counts, centroids and bounds per class

pub mod classes;
pub mod matching;
pub mod pick;
pub mod plugin;
pub mod snapshot;

pub use classes::{ClassQuery, ClassSummary, RowFilter};
pub use pick::{PickAnswer, PickHit, PickRequest, PickedClass};
pub use plugin::SplatQueryPlugin;
pub use snapshot::{CloudSnapshot, RefreshSnapshot, SnapshotPolicy};

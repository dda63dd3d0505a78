//! Class queries and picking on semantic splat clouds.
//!
//! * [`plugin`]: [`SplatQueryPlugin`], what runs when
//! * [`pick`]: [`PickRequest`] and [`PickAnswer`]: which Gaussian, class and distance lie behind a pixel
//! * [`snapshot`]: [`CloudSnapshot`], a cloud's rows on the CPU, refreshed from the GPU for live scenes
//! * [`surface`]: [`SurfaceQueue`]: how far a camera sees, pixel by pixel
//! * [`pointing`]: the same under pointers, for `bevy_picking`: `Pointer<Click>` reaches the cloud
//! * [`matching`]: class names by words and synonyms
//! * [`classes`]: [`ClassQuery`], a system parameter: rows, counts, centroids and bounds per class
//! * [`objects`]: [`FindObjects`]: connected parts of one class as entities; [`boxes`] about them
//! * [`question`]: [`SemanticQuery`], a system parameter: what is where, by class, probability and region

pub mod boxes;
pub mod classes;
pub mod matching;
pub mod objects;
pub mod pick;
pub mod plugin;
pub mod pointing;
pub mod question;
pub mod snapshot;
pub mod surface;

pub use boxes::{Bounds, OrientedBox};
pub use classes::{ClassFigures, ClassQuery, ClassSummary, RowFilter};
pub use matching::Synonyms;
pub use objects::{ClassLabel, FindObjects, ObjectRows, SplatObject};
pub use pick::{PickAnswer, PickHit, PickRequest, PickedClass};
pub use plugin::SplatQueryPlugin;
pub use pointing::PointedSplats;
pub use question::{FoundObject, FoundRow, Question, Region, SemanticQuery};
pub use snapshot::{CloudSnapshot, RefreshSnapshot, SnapshotPolicy};
pub use surface::{SeenClasses, Surface, SurfaceQueue, SurfaceTicket};

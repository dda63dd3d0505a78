//! Selection and editing of splat clouds: choose rows, hide and delete them, undo, export.
//!
//! * [`plugin`]: [`SplatEditPlugin`], what runs when
//! * [`commands`]: [`SplatEditCommand`], what a cloud may be told, and the [`SplatEditEvent`] that answers
//! * [`selection`]: [`SplatSelection`], the chosen rows of a cloud; a [`Choice`] says which
//! * [`history`]: [`SplatEdits`], what was done to a cloud, back and forth
//! * [`tint`]: chosen rows wear a colour
//! * `obey`: does what commands ask for; `export`: writes files in the background
//!
//! Nothing is destroyed: a cloud that is edited shows a part of the rows that it came with, and undoing shows them again.

pub mod commands;
mod export;
pub mod history;
mod obey;
pub mod plugin;
pub mod selection;
pub mod tint;

pub use commands::{EditAction, EditError, EditNews, SplatEditCommand, SplatEditEvent};
pub use history::SplatEdits;
pub use plugin::SplatEditPlugin;
pub use selection::{Choice, SplatSelection};
pub use splat_core::selection::{RowSet, ScreenShape, SetOperation};
pub use tint::SelectionTint;

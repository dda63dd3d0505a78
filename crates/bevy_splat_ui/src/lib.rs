//! egui panels that read resources and send commands, and a camera that walks.
//!
//! * [`plugin`]: [`SplatUiPlugin`]
//! * [`draw`]: reads the world, draws the panels, sends what they ask for
//! * [`panels`]: each panel, from plain data to widgets
//! * [`commands`]: [`PanelCommand`], what panels ask for, and who does it
//! * [`pointing`]: clicks on the scene become pick requests
//! * [`select`]: [`SelectTool`], choosing Gaussians by hand
//! * [`layout`]: [`SceneArea`], what the panels leave free, and who owns the mouse
//! * [`walk`]: [`Walker`], a camera that walks a capture's views or flies freely
//! * [`theme`]: colours and small widgets
//!
//! Panels hold no truth: the mode lies in `SplatView`, the run in `TrainingState`, the walk in [`Walker`].

pub mod commands;
pub mod draw;
pub mod layout;
pub mod panels;
pub mod plugin;
pub mod pointing;
pub mod select;
pub mod theme;
pub mod walk;

pub use commands::PanelCommand;
pub use draw::PanelState;
pub use layout::{FillsSceneArea, SceneArea, SceneInput};
pub use plugin::SplatUiPlugin;
pub use pointing::LastPick;
pub use select::{SelectTool, Tool};
pub use walk::{PathCommand, PathFile, Pose, WalkCommand, WalkPath, Walker, WalkerPlugin};

//! egui panels that read resources and send commands, and a camera that walks.
//!
//! * [`plugin`]: [`SplatUiPlugin`]
//! * [`draw`]: reads the world, draws the panels, sends what they ask for
//! * [`panels`]: each panel, from plain data to widgets
//! * [`keys`]: every shortcut in one table, which systems read and the overlay lists
//! * [`toasts`]: [`Notice`], what somebody says to whoever sits before the window; `news`: what other crates' events say
//! * [`open`]: clouds, runs and captures opened while the app runs; [`capture`]: the photographs behind a scene
//! * [`compare`]: the photograph beside the render
//! * [`score`]: how right rendered classes are, while training goes on
//! * [`objects`]: the list of objects, flown to and boxed
//! * [`settings`]: what is kept between runs; [`scale`]: how large everything is drawn
//! * [`commands`]: [`PanelCommand`], what panels ask for, and who does it
//! * [`pointing`]: clicks on the scene become pick requests
//! * [`select`]: [`SelectTool`], choosing Gaussians by hand
//! * [`layout`]: [`SceneArea`], what the panels leave free, and who owns the mouse
//! * [`walk`]: [`Walker`], a camera that walks a capture's views or flies freely
//! * [`theme`]: colours and small widgets
//!
//! Panels hold no truth: the mode lies in `SplatView`, the run in `TrainingState`, the walk in [`Walker`].

pub mod capture;
pub mod commands;
pub mod compare;
pub mod draw;
pub mod keys;
pub mod layout;
mod news;
pub mod objects;
pub mod open;
pub mod panels;
pub mod plugin;
pub mod pointing;
pub mod scale;
pub mod score;
pub mod select;
pub mod settings;
pub mod theme;
pub mod toasts;
pub mod walk;

pub use capture::SceneCapture;
pub use commands::PanelCommand;
pub use compare::{Compare, CompareCommand};
pub use draw::PanelState;
pub use keys::{Action, Shortcuts};
pub use layout::{FillsSceneArea, SceneArea, SceneInput};
pub use open::{OpenCommand, OpenOptions, Opened, OpenedScene};
pub use plugin::SplatUiPlugin;
pub use pointing::LastPick;
pub use scale::UiZoom;
pub use score::{SceneScore, ScoringPace};
pub use select::{SelectTool, Tool};
pub use settings::{Settings, SettingsPlugin};
pub use toasts::{Notice, NoticeKind, Toasts};
pub use walk::{
    Film, FilmCommand, FilmPlugin, PathCommand, PathFile, Pose, WalkCommand, WalkPath, Walker, WalkerPlugin,
};

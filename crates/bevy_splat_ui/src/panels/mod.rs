//! The panels: each a function from plain data to widgets, returning what was asked for.

pub mod camera;
pub mod class_style;
pub mod curves;
pub mod help;
pub mod legend;
pub mod objects;
pub mod pick;
pub mod scene;
pub mod stages;
pub mod toasts;
pub mod training;
pub mod transport;
pub mod view;

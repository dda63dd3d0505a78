//! The panels: each a function from plain data to widgets, returning what was asked for.

pub mod class_style;
pub mod curves;
pub mod legend;
pub mod pick;
pub mod stages;
pub mod training;
pub mod transport;
pub mod view;

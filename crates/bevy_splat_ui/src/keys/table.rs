//! The table: what keys do, where the overlay lists it, and in what words.

use super::{Action, Edit, Modifiers, Shortcut};
use bevy::prelude::*;
use bevy_splat_render::DisplayMode;

const fn row(
    group: &'static str,
    modifiers: Modifiers,
    keys: &'static [KeyCode],
    action: Action,
    words: &'static str,
) -> Shortcut {
    Shortcut { action, keys, modifiers, group, words }
}

const fn mode(keys: &'static [KeyCode], mode: DisplayMode) -> Shortcut {
    row("View", Modifiers::NONE, keys, Action::Mode(mode), mode.name())
}

const fn edit(modifiers: Modifiers, keys: &'static [KeyCode], edit: Edit, words: &'static str) -> Shortcut {
    row("With a tool in hand", modifiers, keys, Action::Edit(edit), words)
}

/// All shortcuts, in the overlay's order. Where several rows fit what is held, the one with most modifiers is meant.
pub const SHORTCUTS: &[Shortcut] = &[
    row("Window", Modifiers::NONE, &[KeyCode::F1], Action::Help, "this list"),
    row("Window", Modifiers::SHIFT, &[KeyCode::Slash], Action::Help, "this list"),
    row("Window", Modifiers::NONE, &[KeyCode::Tab], Action::Panels, "hide or show panels"),
    row("Window", Modifiers::CTRL, &[KeyCode::KeyO], Action::Open, "open a file or folder"),
    row("Window", Modifiers::CTRL, &[KeyCode::Equal, KeyCode::NumpadAdd], Action::Zoom(1), "larger text"),
    row("Window", Modifiers::CTRL, &[KeyCode::Minus, KeyCode::NumpadSubtract], Action::Zoom(-1), "smaller text"),
    row("Window", Modifiers::NONE, &[KeyCode::Escape], Action::Escape, "forget the pick, choose nothing"),
    mode(&[KeyCode::Digit1], DisplayMode::ALL[0]),
    mode(&[KeyCode::Digit2], DisplayMode::ALL[1]),
    mode(&[KeyCode::Digit3], DisplayMode::ALL[2]),
    mode(&[KeyCode::Digit4], DisplayMode::ALL[3]),
    mode(&[KeyCode::Digit5], DisplayMode::ALL[4]),
    mode(&[KeyCode::Digit6], DisplayMode::ALL[5]),
    mode(&[KeyCode::Digit7], DisplayMode::ALL[6]),
    mode(&[KeyCode::Digit8], DisplayMode::ALL[7]),
    mode(&[KeyCode::Digit9], DisplayMode::ALL[8]),
    row("View", Modifiers::NONE, &[KeyCode::KeyC], Action::Compare, "compare with the photograph"),
    row("Camera", Modifiers::NONE, &[KeyCode::Space], Action::Walk, "walk or stand"),
    row("Camera", Modifiers::NONE, &[KeyCode::KeyW], Action::Move(Vec3::Z), "fly ahead"),
    row("Camera", Modifiers::NONE, &[KeyCode::KeyS], Action::Move(Vec3::NEG_Z), "fly back"),
    row("Camera", Modifiers::NONE, &[KeyCode::KeyA], Action::Move(Vec3::NEG_X), "fly left"),
    row("Camera", Modifiers::NONE, &[KeyCode::KeyD], Action::Move(Vec3::X), "fly right"),
    row("Camera", Modifiers::NONE, &[KeyCode::KeyE], Action::Move(Vec3::Y), "fly up"),
    row("Camera", Modifiers::NONE, &[KeyCode::KeyQ], Action::Move(Vec3::NEG_Y), "fly down"),
    row("Camera", Modifiers::NONE, &[KeyCode::BracketLeft], Action::View(-1), "previous view"),
    row("Camera", Modifiers::NONE, &[KeyCode::BracketRight], Action::View(1), "next view"),
    row("Key frames", Modifiers::NONE, &[KeyCode::KeyK], Action::AddKey, "add this view"),
    row("Key frames", Modifiers::SHIFT, &[KeyCode::KeyK], Action::DropKey, "take the last one back"),
    row("Key frames", Modifiers::NONE, &[KeyCode::KeyP], Action::Replay, "replay"),
    row("Key frames", Modifiers::NONE, &[KeyCode::F6], Action::Film, "film, or stop filming"),
    row("Key frames", Modifiers::NONE, &[KeyCode::F5], Action::SavePath, "save"),
    row("Key frames", Modifiers::NONE, &[KeyCode::F9], Action::LoadPath, "load"),
    row("Choosing", Modifiers::NONE, &[KeyCode::KeyR], Action::Rectangle, "rectangle"),
    row("Choosing", Modifiers::NONE, &[KeyCode::KeyL], Action::Lasso, "lasso"),
    row("Choosing", Modifiers::NONE, &[KeyCode::KeyB], Action::Brush, "brush"),
    edit(Modifiers::NONE, &[KeyCode::KeyT], Edit::Through, "through"),
    edit(Modifiers::NONE, &[KeyCode::Delete, KeyCode::Backspace], Edit::Delete, "delete"),
    edit(Modifiers::NONE, &[KeyCode::KeyH], Edit::Hide, "hide"),
    edit(Modifiers::SHIFT, &[KeyCode::KeyH], Edit::ShowAll, "show hidden"),
    edit(Modifiers::NONE, &[KeyCode::KeyI], Edit::Invert, "invert"),
    edit(Modifiers::NONE, &[KeyCode::Equal, KeyCode::NumpadAdd], Edit::Grow, "grow"),
    edit(Modifiers::NONE, &[KeyCode::Minus, KeyCode::NumpadSubtract], Edit::Shrink, "shrink"),
    edit(Modifiers::CTRL, &[KeyCode::KeyZ], Edit::Undo, "undo"),
    edit(Modifiers::CTRL, &[KeyCode::KeyY], Edit::Redo, "redo"),
    edit(Modifiers::BOTH, &[KeyCode::KeyZ], Edit::Redo, "redo"),
    edit(Modifiers::NONE, &[KeyCode::KeyX], Edit::Export, "export"),
];

/// What the mouse does, for the overlay: the gesture, and what comes of it.
pub const GESTURES: &[(&str, &str)] = &[
    ("click", "what is there?"),
    ("right drag", "look around"),
    ("wheel", "flight speed"),
    ("shift", "fly three times as fast"),
    ("drag with a tool", "choose; shift adds, ctrl takes away"),
    ("drop a file", "open a cloud, a run or a capture"),
];

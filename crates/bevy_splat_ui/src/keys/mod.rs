//! Every shortcut in one table: systems ask it what was pressed, the overlay (F1) lists it, buttons name their keys from it.
//!
//! * `table`: the table

mod table;

use crate::layout::SceneInput;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_splat_render::DisplayMode;
pub use table::{GESTURES, SHORTCUTS};

/// What a shortcut asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Action {
    /// The overlay that lists all shortcuts.
    Help,
    /// Panels or the whole window for the scene.
    Panels,
    /// The field that opens files and folders.
    Open,
    /// Everything larger (1) or smaller (-1).
    Zoom(i8),
    /// What is shown.
    Mode(DisplayMode),
    /// The photograph beside the render.
    Compare,
    /// Forget the last pick, choose nothing.
    Escape,
    /// Walk on or stand.
    Walk,
    /// While held: right, up, forward.
    Move(Vec3),
    /// To the next (1) or the previous (-1) view.
    View(i8),
    /// Of key frames: add, take back, replay, film, save, load.
    AddKey,
    /// The last key frame goes.
    DropKey,
    /// Key frames are followed.
    Replay,
    /// Key frames are filmed, or no longer.
    Film,
    /// Key frames to the file.
    SavePath,
    /// Key frames from the file.
    LoadPath,
    /// A rectangle to choose with.
    Rectangle,
    /// A lasso to choose with.
    Lasso,
    /// A brush to choose with.
    Brush,
    /// With a tool in hand.
    Edit(Edit),
}

/// What becomes of chosen Gaussians, with a tool in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Choose through everything, or what is seen only.
    Through,
    /// Remove.
    Delete,
    /// Hide.
    Hide,
    /// Show what was hidden.
    ShowAll,
    /// Choose the others.
    Invert,
    /// Choose neighbours, too.
    Grow,
    /// Let go of the rim.
    Shrink,
    /// Take the last edit back.
    Undo,
    /// Do it again.
    Redo,
    /// Write to a file.
    Export,
}

/// Keys that are held beside another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Modifiers {
    /// Either shift key.
    pub shift: bool,
    /// Either control key.
    pub ctrl: bool,
}

impl Modifiers {
    const NONE: Self = Self { shift: false, ctrl: false };
    const SHIFT: Self = Self { shift: true, ctrl: false };
    const CTRL: Self = Self { shift: false, ctrl: true };
    const BOTH: Self = Self { shift: true, ctrl: true };

    /// Those that are held now, or were for a part of the frame: where frames are slow, a key is let go within one.
    pub fn held(keys: &ButtonInput<KeyCode>) -> Self {
        let held = |pair: [KeyCode; 2]| keys.any_pressed(pair) || keys.any_just_pressed(pair);
        Self {
            shift: held([KeyCode::ShiftLeft, KeyCode::ShiftRight]),
            ctrl: held([KeyCode::ControlLeft, KeyCode::ControlRight]),
        }
    }

    fn count(self) -> u32 {
        self.shift as u32 + self.ctrl as u32
    }

    /// True where nothing is asked for that is not held.
    fn are_in(self, held: Self) -> bool {
        (held.shift || !self.shift) && (held.ctrl || !self.ctrl)
    }
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Shortcut {
    /// What it asks for.
    pub action: Action,
    /// Any of these.
    pub keys: &'static [KeyCode],
    /// Held beside it.
    pub modifiers: Modifiers,
    /// Headline of the overlay that it stands under.
    pub group: &'static str,
    /// What it does, for people.
    pub words: &'static str,
}

impl Shortcut {
    /// Its keys, for people: `shift K`.
    pub fn keys_text(&self) -> String {
        let held = [(self.modifiers.ctrl, "ctrl "), (self.modifiers.shift, "shift ")];
        let held: String = held.into_iter().filter(|(is_held, _)| *is_held).map(|(_, name)| name).collect();
        held + self.keys.first().map_or("", |key| key_name(*key))
    }
}

/// The keys of an action, for people; empty where it has none.
pub fn keys_of(action: Action) -> String {
    SHORTCUTS.iter().find(|row| row.action == action).map_or_else(String::new, Shortcut::keys_text)
}

fn key_name(key: KeyCode) -> &'static str {
    const LETTERS: [(KeyCode, &str); 22] = [
        (KeyCode::KeyA, "A"),
        (KeyCode::KeyB, "B"),
        (KeyCode::KeyC, "C"),
        (KeyCode::KeyD, "D"),
        (KeyCode::KeyE, "E"),
        (KeyCode::KeyH, "H"),
        (KeyCode::KeyI, "I"),
        (KeyCode::KeyK, "K"),
        (KeyCode::KeyL, "L"),
        (KeyCode::KeyO, "O"),
        (KeyCode::KeyP, "P"),
        (KeyCode::KeyQ, "Q"),
        (KeyCode::KeyR, "R"),
        (KeyCode::KeyS, "S"),
        (KeyCode::KeyT, "T"),
        (KeyCode::KeyW, "W"),
        (KeyCode::KeyX, "X"),
        (KeyCode::KeyY, "Y"),
        (KeyCode::KeyZ, "Z"),
        (KeyCode::F1, "F1"),
        (KeyCode::F5, "F5"),
        (KeyCode::F6, "F6"),
    ];
    match key {
        KeyCode::Digit1 => "1",
        KeyCode::Digit2 => "2",
        KeyCode::Digit3 => "3",
        KeyCode::Digit4 => "4",
        KeyCode::Digit5 => "5",
        KeyCode::Digit6 => "6",
        KeyCode::Digit7 => "7",
        KeyCode::Digit8 => "8",
        KeyCode::Digit9 => "9",
        KeyCode::F9 => "F9",
        KeyCode::Tab => "Tab",
        KeyCode::Space => "space",
        KeyCode::Escape => "esc",
        KeyCode::Delete => "del",
        KeyCode::Equal => "+",
        KeyCode::Minus => "-",
        KeyCode::Slash => "/",
        KeyCode::BracketLeft => "[",
        KeyCode::BracketRight => "]",
        _ => LETTERS.iter().find(|(code, _)| *code == key).map_or("?", |(_, name)| name),
    }
}

/// What was just asked for.
pub fn pressed(keys: &ButtonInput<KeyCode>) -> Vec<Action> {
    let held = Modifiers::held(keys);
    let meant = |key: KeyCode| {
        let fits = SHORTCUTS.iter().filter(move |row| row.keys.contains(&key) && row.modifiers.are_in(held));
        // Two rows may share a key where one of them needs a tool: both are told.
        let most = fits.clone().map(|row| row.modifiers.count()).max();
        fits.filter(move |row| Some(row.modifiers.count()) == most).map(|row| row.action)
    };
    keys.get_just_pressed().copied().flat_map(meant).collect()
}

/// Where held keys want to fly: right, up, forward.
pub fn motion(keys: &ButtonInput<KeyCode>) -> Vec3 {
    let direction = |row: &Shortcut| match row.action {
        Action::Move(direction) if keys.any_pressed(row.keys.iter().copied()) => direction,
        _ => Vec3::ZERO,
    };
    SHORTCUTS.iter().map(direction).sum()
}

/// What keys ask of the scene: nothing while somebody types.
#[derive(SystemParam)]
pub struct Shortcuts<'w, 's> {
    scene: SceneInput<'w, 's>,
    keys: Option<Res<'w, ButtonInput<KeyCode>>>,
}

impl Shortcuts<'_, '_> {
    /// The keyboard, while it is the scene's.
    pub fn keyboard(&self) -> Option<&ButtonInput<KeyCode>> {
        self.keys.as_deref().filter(|_| self.scene.has_keys())
    }

    /// What was just asked for.
    pub fn pressed(&self) -> Vec<Action> {
        self.keyboard().map_or_else(Vec::new, pressed)
    }

    /// True where this was just asked for.
    pub fn is_pressed(&self, action: Action) -> bool {
        self.pressed().contains(&action)
    }

    /// Modifiers that are held, whoever owns the keyboard.
    pub fn held(&self) -> Modifiers {
        self.keys.as_deref().map_or_else(Modifiers::default, Modifiers::held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(keys: &[KeyCode]) -> Vec<Action> {
        let mut input = ButtonInput::default();
        keys.iter().for_each(|key| input.press(*key));
        pressed(&input)
    }

    #[test]
    fn no_two_shortcuts_are_the_same_and_all_can_be_read() {
        for (i, a) in SHORTCUTS.iter().enumerate() {
            assert!(!a.keys_text().contains('?') && !a.words.is_empty(), "{a:?}");
            for b in &SHORTCUTS[i + 1..] {
                let shares = a.modifiers == b.modifiers && a.keys.iter().any(|key| b.keys.contains(key));
                assert!(!shares, "{a:?} and {b:?}");
            }
        }
        let modes = DisplayMode::ALL.map(|mode| keys_of(Action::Mode(mode)));
        assert_eq!(modes, ["1", "2", "3", "4", "5", "6", "7", "8", "9"]);
        assert_eq!([keys_of(Action::DropKey), keys_of(Action::Edit(Edit::Undo))], ["shift K", "ctrl Z"]);
    }

    #[test]
    fn modifiers_choose_among_rows_and_are_forgiven_where_nothing_asks_for_them() {
        assert_eq!(press(&[KeyCode::KeyK]), [Action::AddKey]);
        assert_eq!(press(&[KeyCode::ShiftRight, KeyCode::KeyK]), [Action::DropKey]);
        assert_eq!(press(&[KeyCode::ControlLeft, KeyCode::KeyK]), [Action::AddKey]);
        assert_eq!(press(&[KeyCode::ControlLeft, KeyCode::KeyZ]), [Action::Edit(Edit::Undo)]);
        assert_eq!(press(&[KeyCode::ControlLeft, KeyCode::ShiftLeft, KeyCode::KeyZ]), [Action::Edit(Edit::Redo)]);
        assert_eq!(press(&[KeyCode::ShiftLeft, KeyCode::Equal]), [Action::Edit(Edit::Grow)], "that is how + is typed");
        assert_eq!(press(&[KeyCode::ControlLeft, KeyCode::Equal]), [Action::Zoom(1)]);
        assert_eq!(press(&[KeyCode::ShiftLeft, KeyCode::Slash]), [Action::Help]);
        // Ctrl and O, both let go before the frame ends.
        let mut quick = ButtonInput::default();
        [KeyCode::ControlLeft, KeyCode::KeyO].into_iter().for_each(|key| quick.press(key));
        [KeyCode::KeyO, KeyCode::ControlLeft].into_iter().for_each(|key| quick.release(key));
        assert_eq!(pressed(&quick), [Action::Open]);
        assert!(press(&[KeyCode::KeyZ]).is_empty() && press(&[KeyCode::Slash]).is_empty());
    }

    #[test]
    fn held_keys_fly() {
        let mut keys = ButtonInput::default();
        [KeyCode::KeyW, KeyCode::KeyA, KeyCode::KeyE, KeyCode::KeyQ].into_iter().for_each(|key| keys.press(key));
        assert_eq!(motion(&keys), Vec3::new(-1.0, 0.0, 1.0));
    }
}

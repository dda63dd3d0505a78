//! Reads the world, draws the panels, sends what they ask for.
//!
//! * [`world`]: what panels read and write
//! * `sides`: which panel stands where
//! * `overlays`: what lies over the scene

mod overlays;
mod sides;
pub mod world;

use crate::keys::{Action, Shortcuts};
use crate::layout::SceneArea;
use crate::theme;
use crate::toasts::Toasts;
use bevy::math::Rect;
use bevy::prelude::*;
use bevy_egui::egui::{self, Ui, UiBuilder};
use bevy_egui::{EguiContexts, egui::Context};
use bevy_splat_query::ClassFigures;
use world::{Asked, Shown};

/// A list of the left panel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// The classes of the cloud.
    #[default]
    Classes,
    /// Its connected parts of one class.
    Objects,
    /// Where the camera stands, and its lens.
    Camera,
}

impl Tab {
    /// All lists, in the panel's order.
    pub const ALL: [Self; 3] = [Self::Classes, Self::Objects, Self::Camera];

    /// Name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Classes => "classes",
            Self::Objects => "objects",
            Self::Camera => "camera",
        }
    }
}

/// A panel at the side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Side {
    /// Points; dragging its edge changes them.
    pub width: f32,
    /// Open or folded, where somebody chose; else as the window's width allows.
    pub is_open: Option<bool>,
}

impl Side {
    /// Open in a window of `width` points, of which it wants at least `least`?
    pub fn is_open_in(&self, width: f32, least: f32) -> bool {
        self.is_open.unwrap_or(width >= least)
    }
}

/// What only the panels care about: texts being typed, what is folded away.
#[derive(Resource, Clone, Debug)]
pub struct PanelState {
    /// The search box of classes and objects.
    pub search: String,
    /// Where "Save" writes.
    pub save_path: String,
    /// What "Open" opens.
    pub open_path: String,
    /// What was opened before, the newest first.
    pub recent: Vec<std::path::PathBuf>,
    /// False hides every panel (Tab).
    pub is_open: bool,
    /// True shows the list of shortcuts.
    pub is_help_open: bool,
    /// Which list the left panel shows.
    pub tab: Tab,
    /// The left panel: view, classes, objects, camera.
    pub left: Side,
    /// The right panel: scene, training, timings.
    pub right: Side,
    /// The object whose box is drawn.
    pub object: Option<Entity>,
    /// Somebody asked for the field that opens files.
    wants_open: bool,
    is_dressed: bool,
    /// Frames per second, averaged over the last ones.
    frames_per_s: f64,
    /// By class column, as of the last snapshot.
    figures: Vec<ClassFigures>,
}

impl Default for PanelState {
    fn default() -> Self {
        Self {
            search: String::new(),
            save_path: "cloud.ply".to_owned(),
            open_path: String::new(),
            recent: Vec::new(),
            is_open: true,
            is_help_open: false,
            tab: Tab::Classes,
            left: Side { width: 256.0, is_open: None },
            right: Side { width: 292.0, is_open: None },
            object: None,
            wants_open: false,
            is_dressed: false,
            frames_per_s: 0.0,
            figures: Vec::new(),
        }
    }
}

impl PanelState {
    fn count_frame(&mut self, seconds: f64) {
        if seconds > 0.0 {
            // A second's memory, whatever the frame rate.
            let share = seconds.min(1.0);
            let old_s = if self.frames_per_s > 0.0 { 1.0 / self.frames_per_s } else { seconds };
            self.frames_per_s = 1.0 / (old_s + share * (seconds - old_s));
        }
    }
}

/// Keys of the window: panels, the list of shortcuts, the field that opens files.
pub(crate) fn keys(keys: Shortcuts, mut state: ResMut<PanelState>) {
    for action in keys.pressed() {
        match action {
            Action::Panels => state.is_open = !state.is_open,
            Action::Help => state.is_help_open = !state.is_help_open,
            Action::Escape => state.is_help_open = false,
            Action::Open => {
                (state.is_open, state.wants_open) = (true, true);
                state.right.is_open = Some(true);
            }
            _ => {}
        }
    }
}

/// Draws everything, once a frame.
pub(crate) fn draw(
    mut contexts: EguiContexts,
    mut state: ResMut<PanelState>,
    mut toasts: ResMut<Toasts>,
    time: Res<Time<Real>>,
    shown: Shown,
    mut asked: Asked,
    mut area: ResMut<SceneArea>,
) -> Result {
    let ctx: Context = contexts.ctx_mut()?.clone();
    if !state.is_dressed {
        theme::apply(&ctx);
        state.is_dressed = true;
    }
    state.count_frame(time.delta_secs_f64());
    let builder = UiBuilder::new().layer_id(egui::LayerId::background()).max_rect(ctx.viewport_rect());
    let mut root = Ui::new(ctx.clone(), "panels".into(), builder);
    if state.is_open {
        sides::bottom(&mut root, &shown, &mut asked);
        sides::left(&mut root, &mut state, &shown, &mut asked);
        sides::right(&mut root, &mut state, &shown, &mut asked);
    }
    let free = root.available_rect_before_wrap();
    let rect = Rect::new(free.min.x, free.min.y, free.max.x, free.max.y);
    area.set_if_neq(SceneArea { rect: Some(rect) });
    overlays::show(&mut root, &state, &shown, &mut asked, &area, free);
    crate::panels::toasts::show(&ctx, &mut toasts, free);
    crate::panels::help::show(&ctx, &mut state.is_help_open);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_fold_in_small_windows_unless_somebody_chose() {
        let side = Side { width: 256.0, is_open: None };
        assert!(side.is_open_in(1280.0, 1100.0) && !side.is_open_in(1024.0, 1100.0));
        assert!(Side { is_open: Some(true), ..side }.is_open_in(640.0, 1100.0));
        assert!(!Side { is_open: Some(false), ..side }.is_open_in(3840.0, 1100.0));
    }

    #[test]
    fn keys_open_and_close_what_they_should() {
        let mut app = App::new();
        app.init_resource::<ButtonInput<KeyCode>>().init_resource::<PanelState>().init_resource::<SceneArea>();
        app.add_systems(Update, keys);
        let mut press = |held: &[KeyCode]| {
            let mut input = app.world_mut().resource_mut::<ButtonInput<KeyCode>>();
            input.reset_all();
            held.iter().for_each(|key| input.press(*key));
            app.update();
            let state = app.world().resource::<PanelState>();
            (state.is_open, state.is_help_open, state.wants_open)
        };
        assert_eq!(press(&[KeyCode::F1]), (true, true, false));
        assert_eq!(press(&[KeyCode::ShiftLeft, KeyCode::Slash]), (true, false, false));
        assert_eq!(press(&[KeyCode::F1]), (true, true, false));
        assert_eq!(press(&[KeyCode::Escape]), (true, false, false));
        assert_eq!(press(&[KeyCode::Tab]), (false, false, false));
        assert_eq!(press(&[KeyCode::ControlLeft, KeyCode::KeyO]), (true, false, true));
    }
}

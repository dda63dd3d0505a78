//! What is kept between runs: how the scene is shown, panels, zoom, what was opened. A JSON file in the platform's folder for
//! settings; a broken one is told and passed over.

use crate::draw::{PanelState, Side};
use crate::layout::FillsSceneArea;
use crate::open::Opened;
use crate::scale::UiZoom;
use crate::toasts::Notice;
use bevy::prelude::*;
use bevy::tasks::{IoTaskPool, Task, block_on, poll_once};
use bevy_splat_render::{ClassPalette, ClassStyles, DisplayMode, SplatView};
use serde::{Deserialize, Serialize};
use splat_io::{IoError, read_json, write_json};
use std::path::{Path, PathBuf};

/// Seconds that settings must have stood before they are written: a slider that is dragged is not written at every step.
const REST_S: f32 = 1.0;
/// What was opened is remembered this far back.
const MOST_RECENT: usize = 8;
/// Widths of panels that make sense, points.
const WIDTHS: [f32; 2] = [200.0, 480.0];

/// What is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Name of the display mode.
    pub mode: String,
    /// Strength of the overlay, 0..=1.
    pub overlay: f32,
    /// Colours that colour-blind people tell apart.
    pub colour_blind_safe: bool,
    /// Widths of the left and the right panel, points.
    pub widths: [f32; 2],
    /// Left and right panel: open, folded, or as the window allows.
    pub open: [Option<bool>; 2],
    /// How large everything is drawn.
    pub zoom: f32,
    /// What was opened, the newest first.
    pub recent: Vec<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        let (view, panels) = (SplatView::default(), PanelState::default());
        Self::of(&panels, UiZoom::default(), Some((&view, &ClassStyles::default())))
    }
}

impl Settings {
    fn of(panels: &PanelState, zoom: UiZoom, view: Option<(&SplatView, &ClassStyles)>) -> Self {
        let (mode, overlay) = view.map_or((DisplayMode::default(), 0.55), |(view, _)| (view.mode, view.overlay));
        Self {
            mode: mode.name().to_owned(),
            overlay,
            colour_blind_safe: view.is_some_and(|(_, styles)| styles.palette == ClassPalette::ColourBlindSafe),
            widths: [panels.left.width.round(), panels.right.width.round()],
            open: [panels.left.is_open, panels.right.is_open],
            zoom: zoom.0,
            recent: panels.recent.clone(),
        }
    }

    fn side(&self, i: usize, usual: Side) -> Side {
        let width = self.widths[i];
        let width = if width.is_finite() { width.clamp(WIDTHS[0], WIDTHS[1]) } else { usual.width };
        Side { width, is_open: self.open[i] }
    }
}

/// The platform's place: `bevy_semantic_splats/settings.json` in the folder for settings; `None` where it has none.
pub fn usual_file() -> Option<PathBuf> {
    Some(dirs::config_dir()?.join("bevy_semantic_splats").join("settings.json"))
}

/// Keeps settings between runs; beside [`SplatUiPlugin`](crate::SplatUiPlugin).
pub struct SettingsPlugin {
    /// Where; `None` keeps nothing.
    pub file: Option<PathBuf>,
}

impl Default for SettingsPlugin {
    fn default() -> Self {
        Self { file: usual_file() }
    }
}

impl Plugin for SettingsPlugin {
    fn build(&self, app: &mut App) {
        let Some(file) = self.file.clone() else { return };
        app.insert_resource(Keeper { file, ..Keeper::default() })
            .add_message::<Opened>()
            .add_systems(PreStartup, read)
            .add_systems(Update, (apply, remember))
            .add_systems(Last, keep);
    }
}

/// What is in the file, and what waits to be written.
#[derive(Resource, Default)]
struct Keeper {
    file: PathBuf,
    kept: Settings,
    wanted: Option<(Settings, f32)>,
    writing: Option<Task<Result<(), IoError>>>,
    has_failed: bool,
}

fn read(
    mut keeper: ResMut<Keeper>,
    mut panels: ResMut<PanelState>,
    mut zoom: ResMut<UiZoom>,
    mut notices: MessageWriter<Notice>,
) {
    if !keeper.file.exists() {
        return;
    }
    match read_json::<Settings>(&keeper.file) {
        Ok(settings) => keeper.kept = settings,
        Err(e) => drop(notices.write(Notice::warning(format!("settings are as usual: {e}")))),
    }
    let kept = &keeper.kept;
    panels.left = kept.side(0, panels.left);
    panels.right = kept.side(1, panels.right);
    panels.recent = kept.recent.iter().take(MOST_RECENT).cloned().collect();
    *zoom = UiZoom::new(kept.zoom);
}

/// Cameras show what was shown last, but where they were told something of their own.
fn apply(
    keeper: Res<Keeper>,
    mut views: Query<(&mut SplatView, &mut ClassStyles), (Added<SplatView>, With<FillsSceneArea>)>,
) {
    let kept = &keeper.kept;
    for (mut view, mut styles) in &mut views {
        if let Some(mode) = DisplayMode::from_name(&kept.mode).filter(|_| view.mode == DisplayMode::default()) {
            view.mode = mode;
        }
        if kept.overlay.is_finite() {
            view.overlay = kept.overlay.clamp(0.0, 1.0);
        }
        if kept.colour_blind_safe {
            styles.palette = ClassPalette::ColourBlindSafe;
        }
    }
}

/// What was opened goes to the head of the list.
fn remember(mut opened: MessageReader<Opened>, mut panels: ResMut<PanelState>) {
    for Opened(path) in opened.read() {
        let path = path.canonicalize().unwrap_or_else(|_| path.clone());
        panels.recent.retain(|other| *other != path);
        panels.recent.insert(0, path);
        panels.recent.truncate(MOST_RECENT);
    }
}

/// Writes what has changed and stood for a while; at the end of the app at once.
fn keep(
    mut keeper: ResMut<Keeper>,
    panels: Res<PanelState>,
    zoom: Res<UiZoom>,
    views: Query<(&SplatView, &ClassStyles), With<FillsSceneArea>>,
    time: Res<Time<Real>>,
    mut exits: MessageReader<AppExit>,
    mut notices: MessageWriter<Notice>,
) {
    if let Some(result) = keeper.writing.as_mut().and_then(|task| block_on(poll_once(task))) {
        keeper.writing = None;
        keeper.note(result, &mut notices);
    }
    let Some(view) = views.iter().next() else { return };
    let now = Settings::of(&panels, *zoom, Some(view));
    let seconds = time.elapsed_secs();
    let is_new = keeper.wanted.as_ref().map_or(keeper.kept != now, |(wanted, _)| *wanted != now);
    if is_new {
        keeper.wanted = Some((now, seconds));
    }
    let is_end = exits.read().next().is_some();
    let is_due = keeper.wanted.as_ref().is_some_and(|(_, since)| is_end || seconds - since >= REST_S);
    if !is_due || (keeper.writing.is_some() && !is_end) {
        return;
    }
    let Some((settings, _)) = keeper.wanted.take() else { return };
    keeper.kept = settings.clone();
    let file = keeper.file.clone();
    if is_end {
        keeper.note(write(&file, &settings), &mut notices);
    } else {
        keeper.writing = Some(IoTaskPool::get().spawn(async move { write(&file, &settings) }));
    }
}

impl Keeper {
    /// Says once that nothing can be kept.
    fn note(&mut self, result: Result<(), IoError>, notices: &mut MessageWriter<Notice>) {
        if let (Err(e), false) = (result, self.has_failed) {
            self.has_failed = true;
            warn!("settings are not kept: {e}");
            notices.write(Notice::warning(format!("settings are not kept: {e}")));
        }
    }
}

fn write(file: &Path, settings: &Settings) -> Result<(), IoError> {
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|e| IoError::write(folder, e))?;
    write_json(file, settings)
}

#[cfg(test)]
mod tests;

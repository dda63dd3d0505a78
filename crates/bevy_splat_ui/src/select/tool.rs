//! Mouse and keys become commands: R, L and B take a rectangle, a lasso and a brush in hand; a drag chooses.

use crate::keys::{Action, Edit, Shortcuts};
use crate::layout::{FillsSceneArea, SceneArea, SceneInput};
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_splat_edit::{Choice, EditAction, EditNews, ScreenShape, SetOperation, SplatEditCommand, SplatEditEvent};
use bevy_splat_render::{SplatCloud, SplatView};
use std::path::PathBuf;

/// Least way of the pointer between two points of a stroke, logical pixels.
const STROKE_STEP_PX: f32 = 3.0;
/// A drag shorter than this is a click, logical pixels: what a click does is not the tool's business.
const CLICK_PX: f32 = 5.0;
/// World units that growing and shrinking reach.
const REACH: f32 = 0.05;

/// What is in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Two corners.
    Rectangle,
    /// A closed line.
    Lasso,
    /// A stroke.
    Brush,
}

/// The selection tool of the scene.
#[derive(Resource, Clone, Debug)]
pub struct SelectTool {
    /// What is in hand; `None`: drags choose nothing.
    pub tool: Option<Tool>,
    /// The drag so far, logical window pixels.
    pub stroke: Vec<Vec2>,
    /// Whether drags choose what is hidden behind something, too.
    pub through: bool,
    /// Radius of the brush, logical pixels.
    pub brush_px: f32,
    /// Where chosen rows are written.
    pub file: PathBuf,
    /// What was last said, for people.
    pub notice: String,
}

impl Default for SelectTool {
    fn default() -> Self {
        let (stroke, notice) = (Vec::new(), String::new());
        Self { tool: None, stroke, through: false, brush_px: 24.0, file: "selection.ply".into(), notice }
    }
}

impl SelectTool {
    /// The shape that the drag has drawn, moved by `-corner`; `None` where there is none.
    pub fn shape(&self, corner: Vec2) -> Option<ScreenShape> {
        let points: Vec<Vec2> = self.stroke.iter().map(|point| point - corner).collect();
        let (first, last) = (*points.first()?, *points.last()?);
        Some(match self.tool? {
            Tool::Rectangle => ScreenShape::Rectangle(first, last),
            Tool::Lasso => ScreenShape::Polygon(points),
            Tool::Brush => ScreenShape::Brush { points, radius: self.brush_px },
        })
    }

    fn is_click(&self) -> bool {
        let first = self.stroke.first().copied().unwrap_or_default();
        self.stroke.iter().all(|point| point.distance(first) <= CLICK_PX)
    }
}

/// The cloud that the tool works on, and who is told.
#[derive(SystemParam)]
pub(crate) struct Target<'w, 's> {
    cameras: Query<'w, 's, (Entity, &'static SplatView), With<FillsSceneArea>>,
    clouds: Query<'w, 's, Entity, With<SplatCloud>>,
    commands: MessageWriter<'w, SplatEditCommand>,
}

impl Target<'_, '_> {
    fn tell(&mut self, action: EditAction) {
        let named = self.cameras.iter().next().and_then(|(_, view)| view.cloud);
        if let Some(cloud) = named.or_else(|| self.clouds.iter().min()) {
            self.commands.write(SplatEditCommand { cloud, action });
        }
    }
}

/// Drags with the left button become choices: shift adds, ctrl takes away, both keep what is in both.
pub(crate) fn drag(
    scene: SceneInput,
    area: Res<SceneArea>,
    buttons: Option<Res<ButtonInput<MouseButton>>>,
    keys: Shortcuts,
    mut tool: ResMut<SelectTool>,
    mut target: Target,
) {
    let (Some(buttons), true) = (buttons, tool.tool.is_some()) else { return };
    let pointer = scene.pointer();
    if buttons.just_pressed(MouseButton::Left) {
        tool.stroke = pointer.into_iter().collect();
    } else if let (true, Some(to), Some(&last)) = (buttons.pressed(MouseButton::Left), pointer, tool.stroke.last())
        && last.distance(to) >= STROKE_STEP_PX
    {
        tool.stroke.push(to);
    }
    if !buttons.just_released(MouseButton::Left) {
        return;
    }
    let corner = area.rect.map_or(Vec2::ZERO, |rect| rect.min);
    let is_meant = !tool.is_click() || tool.tool == Some(Tool::Brush);
    let camera = target.cameras.single().ok().map(|(camera, _)| camera);
    if let (Some(shape), true, Some(camera)) = (tool.shape(corner), is_meant, camera) {
        let held = keys.held();
        let operation = match (held.shift, held.ctrl) {
            (false, false) => SetOperation::Replace,
            (true, false) => SetOperation::Add,
            (false, true) => SetOperation::Subtract,
            (true, true) => SetOperation::Intersect,
        };
        let choice = Choice::Screen { camera, shape, through: tool.through };
        target.tell(EditAction::Select { choice, operation });
    }
    tool.stroke.clear();
}

/// Keys take tools in hand and say what becomes of what is chosen.
pub(crate) fn keys(keys: Shortcuts, mut tool: ResMut<SelectTool>, mut target: Target) {
    for action in keys.pressed() {
        let chosen = match action {
            Action::Rectangle => Some(Tool::Rectangle),
            Action::Lasso => Some(Tool::Lasso),
            Action::Brush => Some(Tool::Brush),
            _ => None,
        };
        if chosen.is_some() {
            // The same key again lays the tool down.
            tool.tool = chosen.filter(|_| tool.tool != chosen);
            tool.stroke.clear();
        }
        if tool.tool.is_none() {
            continue;
        }
        if action == Action::Edit(Edit::Through) {
            tool.through = !tool.through;
        }
        if let Some(action) = edit_of(action, &tool) {
            target.tell(action);
        }
    }
}

/// What is done with chosen rows.
fn edit_of(action: Action, tool: &SelectTool) -> Option<EditAction> {
    let edit = match action {
        Action::Escape => return Some(EditAction::Clear),
        Action::Edit(edit) => edit,
        _ => return None,
    };
    Some(match edit {
        Edit::Through => return None,
        Edit::Delete => EditAction::Delete,
        Edit::Hide => EditAction::Hide,
        Edit::ShowAll => EditAction::ShowAll,
        Edit::Invert => EditAction::Invert,
        Edit::Grow => EditAction::Grow(REACH),
        Edit::Shrink => EditAction::Shrink(REACH),
        Edit::Undo => EditAction::Undo,
        Edit::Redo => EditAction::Redo,
        Edit::Export => EditAction::Export(tool.file.clone()),
    })
}

/// Keeps what came of it, for people.
pub(crate) fn keep_news(mut events: MessageReader<SplatEditEvent>, mut tool: ResMut<SelectTool>) {
    if let Some(event) = events.read().last() {
        tool.notice = match &event.what {
            EditNews::Done { chosen, shown } => format!("{chosen} of {shown} Gaussians chosen"),
            EditNews::Written { path, rows } => format!("{rows} Gaussians are in {}", path.display()),
            EditNews::Refused(error) => error.to_string(),
        };
    }
}

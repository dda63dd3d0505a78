//! Where the scene is: the part of the window that the panels leave free, and who owns the mouse there.

use bevy::camera::Viewport;
use bevy::ecs::system::SystemParam;
use bevy::math::Rect;
use bevy::prelude::*;
use bevy::window::PrimaryWindow;
use bevy_egui::input::EguiWantsInput;
use bevy_splat_render::SplatIntrinsics;

/// The part of the primary window that panels leave free.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq)]
pub struct SceneArea {
    /// In logical pixels of the window; `None` for all of it.
    pub rect: Option<Rect>,
}

/// On a camera of the primary window: its viewport follows the [`SceneArea`].
#[derive(Component, Clone, Copy, Debug, Default)]
pub struct FillsSceneArea;

/// Who owns the mouse and the keyboard.
#[derive(SystemParam)]
pub struct SceneInput<'w, 's> {
    area: Res<'w, SceneArea>,
    windows: Query<'w, 's, &'static Window, With<PrimaryWindow>>,
    egui: Option<Res<'w, EguiWantsInput>>,
}

impl SceneInput<'_, '_> {
    /// The pointer in logical window pixels, while it is over the scene and egui has no use for it.
    pub fn pointer(&self) -> Option<Vec2> {
        let is_busy = self.egui.as_ref().is_some_and(|egui| egui.is_using_pointer() || egui.is_popup_open());
        let pointer = self.windows.single().ok()?.cursor_position()?;
        let is_inside = self.area.rect.is_none_or(|rect| rect.contains(pointer));
        (is_inside && !is_busy).then_some(pointer)
    }

    /// Whether keys are for the scene: not while somebody types.
    pub fn has_keys(&self) -> bool {
        !self.egui.as_ref().is_some_and(|egui| egui.wants_any_keyboard_input())
    }
}

/// Gives cameras the free part of the window.
pub(crate) fn fit_viewports(
    area: Res<SceneArea>,
    windows: Query<&Window, With<PrimaryWindow>>,
    mut cameras: Query<(&mut Camera, Option<&SplatIntrinsics>, Option<&mut Projection>), With<FillsSceneArea>>,
) {
    let (Ok(window), Some(rect)) = (windows.single(), area.rect) else { return };
    let limit = window.physical_size();
    let physical = |p: Vec2| (p * window.scale_factor()).round().max(Vec2::ZERO).as_uvec2().min(limit);
    let (low, high) = (physical(rect.min), physical(rect.max));
    if high.x <= low.x || high.y <= low.y {
        return;
    }
    for (mut camera, lens, projection) in &mut cameras {
        if let (Some(lens), Some(mut projection)) = (lens, projection) {
            follow_lens(&mut projection, lens, high - low);
        }
        let is_same =
            camera.viewport.as_ref().is_some_and(|v| v.physical_position == low && v.physical_size == high - low);
        if !is_same {
            camera.viewport =
                Some(Viewport { physical_position: low, physical_size: high - low, ..Viewport::default() });
        }
    }
}

/// Gives the projection the field of view that the splats are drawn with, so that meshes fit (but for the principal point).
fn follow_lens(projection: &mut Mut<Projection>, lens: &SplatIntrinsics, size: UVec2) {
    let k = lens.fitted(size.x, size.y);
    let fov = 2.0 * (0.5 * size.y as f64 / k.fy).atan() as f32;
    let is_off = matches!(&**projection, Projection::Perspective(p) if (p.fov - fov).abs() > 1e-4);
    if is_off && let Projection::Perspective(perspective) = &mut **projection {
        perspective.fov = fov;
    }
}

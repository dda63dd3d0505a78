//! A click on the scene asks what is there; the answer is kept for the panels and marked in the scene.

use crate::keys::{Action, Shortcuts};
use crate::layout::{FillsSceneArea, SceneArea, SceneInput};
use bevy::prelude::*;
use bevy_splat_query::{PickAnswer, PickHit, PickRequest};
use bevy_splat_render::{SplatIntrinsics, SplatView, camera_from_transform};

/// Longest way of the pointer between press and release of a click, logical pixels: more is a drag.
const CLICK_PX: f32 = 5.0;

/// The last pick, for whoever shows it.
#[derive(Resource, Clone, Debug, Default)]
pub struct LastPick {
    /// What was hit; `None` before the first pick, and for background.
    pub hit: Option<PickHit>,
    /// The last pick hit nothing.
    pub is_miss: bool,
    /// A request is on its way.
    pub is_waiting: bool,
}

/// Left clicks on the scene become requests; escape forgets the last answer.
pub(crate) fn pick_on_click(
    scene: SceneInput,
    area: Res<SceneArea>,
    buttons: Option<Res<ButtonInput<MouseButton>>>,
    keys: Shortcuts,
    cameras: Query<Entity, (With<SplatView>, With<FillsSceneArea>)>,
    mut pressed: Local<Option<Vec2>>,
    mut requests: MessageWriter<PickRequest>,
    mut last: ResMut<LastPick>,
) {
    if keys.is_pressed(Action::Escape) {
        *last = LastPick::default();
    }
    let Some(buttons) = buttons else { return };
    let pointer = scene.pointer();
    if buttons.just_pressed(MouseButton::Left) {
        *pressed = pointer;
    }
    if !buttons.just_released(MouseButton::Left) {
        return;
    }
    let (Some(from), Some(to), Ok(camera)) = (pressed.take(), pointer, cameras.single()) else { return };
    if from.distance(to) <= CLICK_PX {
        let corner = area.rect.map_or(Vec2::ZERO, |rect| rect.min);
        requests.write(PickRequest { camera, pixel: to - corner });
        last.is_waiting = true;
    }
}

/// Keeps the newest answer.
pub(crate) fn keep_answers(mut answers: MessageReader<PickAnswer>, mut last: ResMut<LastPick>) {
    if let Some(answer) = answers.read().last() {
        *last = LastPick { hit: answer.hit.clone(), is_miss: answer.hit.is_none(), is_waiting: false };
    }
}

/// Where a world point appears in the window, logical pixels; `None` behind the camera or outside the scene.
pub fn place_in_window(
    point: Vec3,
    camera: &Camera,
    transform: &GlobalTransform,
    lens: Option<&SplatIntrinsics>,
    area: &SceneArea,
) -> Option<Vec2> {
    let rect = area.rect?;
    let place = match lens {
        Some(lens) => {
            let k = lens.fitted(rect.width().max(1.0) as u32, rect.height().max(1.0) as u32);
            let (pixel, _) = camera_from_transform(transform, k).project(point)?;
            pixel
        }
        None => {
            let ndc = camera.world_to_ndc(transform, point).filter(|ndc| ndc.z > 0.0)?;
            Vec2::new(0.5 + 0.5 * ndc.x, 0.5 - 0.5 * ndc.y) * rect.size()
        }
    };
    Some(place + rect.min).filter(|place| rect.contains(*place))
}

//! What cameras show, and where they stand.

use crate::params::{self, Cameras, Number, Numbered, Point, WantedClass, entity, number, point, rotation};
use crate::rpc::{Outcome, RpcError, code};
use bevy::camera::visibility::RenderLayers;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_splat_query::{CloudSnapshot, Synonyms};
use bevy_splat_render::camera::view_lens;
use bevy_splat_render::{DisplayMode, SplatCloud, SplatIntrinsics, SplatScenes, SplatView, joined_classes};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use splat_core::LabelSet;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Highlight {
    #[serde(deserialize_with = "said")]
    class: Option<WantedClass>,
    camera: Option<Numbered>,
}

/// Null is a value; a parameter that is left out is none.
fn said<'de, D: Deserializer<'de>>(value: D) -> Result<Option<WantedClass>, D::Error> {
    Option::deserialize(value)
}

/// The clouds as cameras see them.
#[derive(SystemParam)]
pub(super) struct Seen<'w, 's> {
    clouds: Query<
        'w,
        's,
        (Entity, &'static InheritedVisibility, Option<&'static RenderLayers>, Option<&'static CloudSnapshot>),
        With<SplatCloud>,
    >,
    scenes: Res<'w, SplatScenes>,
}

impl Seen<'_, '_> {
    /// The classes that columns mean in a view's picture.
    fn classes(&self, view: &SplatView, layers: Option<&RenderLayers>) -> LabelSet {
        let default = RenderLayers::default();
        let shares_layer = |own: Option<&RenderLayers>| layers.unwrap_or(&default).intersects(own.unwrap_or(&default));
        let is_seen = |cloud: Entity, own: Option<&RenderLayers>| match view.cloud {
            Some(wanted) => wanted == cloud,
            None => shares_layer(own),
        };
        let clouds = self.clouds.iter();
        let mut clouds: Vec<_> =
            clouds.filter(|(cloud, visibility, own, _)| visibility.get() && is_seen(*cloud, *own)).collect();
        clouds.sort_unstable_by_key(|cloud| cloud.0);
        let of = |(cloud, _, _, snapshot): &(Entity, _, _, Option<&CloudSnapshot>)| -> Option<Arc<LabelSet>> {
            let on_gpu = || self.scenes.get(*cloud).map(|scene| scene.lock().classes.clone());
            on_gpu().or_else(|| snapshot.map(|snapshot| Arc::new(snapshot.cloud.classes.clone())))
        };
        let sets: Vec<Arc<LabelSet>> = clouds.iter().filter_map(of).collect();
        joined_classes(sets.iter().map(|set| &**set))
    }
}

pub(super) fn highlight(
    In(asked): In<Highlight>,
    seen: Seen,
    synonyms: Res<Synonyms>,
    mut views: Query<(Entity, &mut SplatView, Option<&RenderLayers>)>,
) -> Outcome {
    let chosen = chosen(asked.camera, views.iter().map(|view| view.0))?;
    let mut told = Vec::new();
    for camera in chosen {
        let Ok((_, mut view, layers)) = views.get_mut(camera) else { continue };
        let Some(wanted) = &asked.class else {
            set(&mut view, |view| view.highlight = None);
            told.push(json!({ "camera": entity(camera), "class": null }));
            continue;
        };
        let classes = seen.classes(&view, layers);
        let Some(&column) = wanted.columns(&classes, &synonyms).first() else { continue };
        set(&mut view, |view| view.highlight = Some(column));
        let class = &classes.classes[column as usize];
        let class = params::class(column, class.id, &class.name);
        told.push(json!({ "camera": entity(camera), "class": class }));
    }
    match &asked.class {
        Some(wanted) if told.is_empty() => Err(wanted.missing()),
        _ => Ok(told.into()),
    }
}

/// Changes a view so that only what is new is noticed.
fn set(view: &mut Mut<SplatView>, change: impl FnOnce(&mut SplatView)) {
    let mut wanted = (**view).clone();
    change(&mut wanted);
    view.set_if_neq(wanted);
}

/// The camera that is named, or all, in entity order.
fn chosen(wanted: Option<Numbered>, all: impl Iterator<Item = Entity>) -> Result<Vec<Entity>, RpcError> {
    let mut chosen: Vec<Entity> = all.filter(|camera| wanted.is_none_or(|wanted| wanted.0 == *camera)).collect();
    chosen.sort_unstable();
    match chosen.is_empty() {
        true => Err(RpcError::new(code::NO_ENTITY, "there is no such camera with a SplatView")),
        false => Ok(chosen),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mode {
    mode: Option<String>,
    camera: Option<Numbered>,
}

pub(super) fn mode(
    In(asked): In<Mode>,
    seen: Seen,
    mut views: Query<(Entity, &mut SplatView, Option<&RenderLayers>)>,
) -> Outcome {
    let names = DisplayMode::ALL.map(DisplayMode::name);
    let unknown = || RpcError::bad_params(format!("there is no such mode; there are {}", names.join(", ")));
    let wanted = asked.mode.map(|name| DisplayMode::from_name(&name).ok_or_else(unknown)).transpose()?;
    let mut told = Vec::new();
    for camera in chosen(asked.camera, views.iter().map(|view| view.0))? {
        let Ok((_, mut view, layers)) = views.get_mut(camera) else { continue };
        set(&mut view, |view| view.mode = wanted.unwrap_or(view.mode));
        let lit = view.highlight.and_then(|column| {
            let classes = seen.classes(&view, layers);
            classes.classes.get(column as usize).map(|class| params::class(column, class.id, &class.name))
        });
        told.push(json!({ "camera": entity(camera), "mode": view.mode.name(), "highlight": lit }));
    }
    Ok(json!({ "cameras": told, "modes": names }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pose {
    camera: Option<Numbered>,
    position: Option<Point>,
    rotation: Option<[Number; 4]>,
    look_at: Option<Point>,
    up: Option<Point>,
}

impl Pose {
    /// Where a camera stands that stood at `old`; `None` where nothing is said.
    fn new(&self, old: Transform) -> Result<Option<Transform>, RpcError> {
        let position = self.position.map_or(old.translation, |position| position.0);
        let placed = old.with_translation(position);
        if self.up.is_some() && self.look_at.is_none() {
            return Err(RpcError::bad_params("`up` goes with `look_at`"));
        }
        match (self.rotation, self.look_at) {
            (Some(_), Some(_)) => Err(RpcError::bad_params("`rotation` or `look_at`, not both")),
            (Some(numbers), None) => {
                let [w, x, y, z] = numbers.map(|n| n.0);
                let length = Vec4::new(w, x, y, z).length();
                if !(length.is_finite() && length > 1e-6) {
                    return Err(RpcError::bad_params("`rotation` has no length"));
                }
                Ok(Some(placed.with_rotation(Quat::from_xyzw(x, y, z, w).normalize())))
            }
            (None, Some(target)) => {
                let up = self.up.map_or(Ok(Dir3::Y), |up| up.direction("up"))?;
                let forward = Point(target.0 - position).direction("look_at")?;
                Ok(Some(placed.looking_to(forward, up)))
            }
            (None, None) => Ok(self.position.map(|_| placed)),
        }
    }
}

/// What a camera's pose and lens are made of.
type CameraParts = (
    &'static Camera,
    &'static GlobalTransform,
    &'static mut Transform,
    Option<&'static ChildOf>,
    Option<&'static SplatIntrinsics>,
);

pub(super) fn camera(
    In(asked): In<Pose>,
    cameras: Cameras,
    mut parts: Query<CameraParts>,
    places: Query<&GlobalTransform>,
) -> Outcome {
    let wanted = cameras.one(asked.camera)?;
    let missing = |_| RpcError::new(code::NO_ENTITY, "this camera has no place");
    let (camera, global, mut local, of, exact) = parts.get_mut(wanted).map_err(missing)?;
    let old = global.compute_transform();
    let moved = asked.new(old)?;
    if let Some(moved) = moved {
        let parent = of.and_then(|of| places.get(of.0).ok());
        let placed = parent.map_or(moved, |parent| GlobalTransform::from(moved).reparented_to(parent));
        let scale = local.scale;
        local.set_if_neq(placed.with_scale(scale));
    }
    let pose = moved.unwrap_or(old);
    Ok(json!({
        "camera": entity(wanted),
        "position": point(pose.translation),
        "rotation": rotation(pose.rotation),
        "forward": point(*pose.forward()),
        "up": point(*pose.up()),
        "lens": lens(camera, exact),
    }))
}

/// In the pixels of `splats.pick`; null where nothing is shown.
fn lens(camera: &Camera, exact: Option<&SplatIntrinsics>) -> Option<Value> {
    let size = camera.logical_viewport_size()?.round().as_uvec2();
    let lens = view_lens(exact, camera.clip_from_view(), size, size)?;
    let k = lens.intrinsics;
    Some(json!({
        "width": k.width,
        "height": k.height,
        "fx": number(k.fx as f32),
        "fy": number(k.fy as f32),
        "cx": number(k.cx as f32),
        "cy": number(k.cy as f32),
        "is_orthographic": lens.parallel_from.is_some(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pose(params: Value) -> Result<Option<Transform>, RpcError> {
        let pose: Pose = serde_json::from_value(params).expect("parameters");
        pose.new(Transform::from_xyz(0.0, 0.0, 4.0))
    }

    #[test]
    fn cameras_move_as_far_as_is_said() {
        assert_eq!(pose(json!({})), Ok(None));
        let placed = pose(json!({ "position": [1, 2, 3] })).unwrap().unwrap();
        assert_eq!(placed, Transform::from_xyz(1.0, 2.0, 3.0));
        let turned = pose(json!({ "look_at": [0, 0, 9] })).unwrap().unwrap();
        assert!(turned.translation.z == 4.0 && turned.forward().abs_diff_eq(Vec3::Z, 1e-6));
        let turned = pose(json!({ "rotation": [0, 0, 2, 0] })).unwrap().unwrap();
        assert!(turned.forward().abs_diff_eq(Vec3::Z, 1e-6));
        assert!(pose(json!({ "look_at": [0, 0, 4] })).is_err());
        assert!(pose(json!({ "rotation": [0, 0, 0, 0] })).is_err());
        assert!(pose(json!({ "look_at": [0, 0, 9], "up": [0, 0, 0] })).is_err());
        assert!(pose(json!({ "up": [0, 1, 0] })).is_err());
        assert!(pose(json!({ "look_at": [0, 0, 9], "rotation": [1, 0, 0, 0] })).is_err());
    }
}

//! The photograph beside the render: where the camera stands at a view of the capture, a line that can be dragged parts them.
//!
//! * `photo`: photographs come in on a thread of their own

mod photo;

use crate::capture::SceneCapture;
use crate::keys::{Action, Shortcuts};
use crate::walk::{WalkCommand, Walker};
use bevy::prelude::*;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{ColorImage, TextureHandle, TextureOptions};
use photo::{Loading, Photograph};
use splat_core::Intrinsics;

/// What may be asked of the comparison.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub enum CompareCommand {
    /// On or off; a camera that stands at no view goes to the nearest one.
    Toggle,
    /// Where the line is, as a share of the scene's width.
    Line(f32),
}

/// The comparison.
#[derive(Resource)]
pub struct Compare {
    /// Whether photographs are shown.
    pub is_on: bool,
    /// Where the line is, as a share of the scene's width: the photograph is left of it.
    pub share: f32,
    /// The photograph that is there, of whatever view.
    photo: Option<Photograph>,
    texture: Option<(String, TextureHandle)>,
    loading: Option<Loading>,
    /// The view that the camera stands at.
    view: Option<String>,
    /// What could not be read: it is not tried again and again.
    failed: Option<String>,
}

impl Default for Compare {
    fn default() -> Self {
        let (photo, texture, loading) = (None, None, None);
        Self { is_on: false, share: 0.5, photo, texture, loading, view: None, failed: None }
    }
}

/// A photograph that can be drawn.
pub struct Shown<'a> {
    /// Name of its view.
    pub name: &'a str,
    /// Its pixels, on the GPU.
    pub texture: &'a TextureHandle,
    /// Its lens.
    pub lens: Intrinsics,
}

impl Compare {
    /// Name of the view that the camera stands at.
    pub fn view(&self) -> Option<&str> {
        self.view.as_deref()
    }

    /// True while the photograph of the view is on its way.
    pub fn is_loading(&self) -> bool {
        self.loading.is_some()
    }

    /// Name of the photograph that is there.
    pub fn photo(&self) -> Option<&str> {
        self.photo.as_ref().map(|photo| photo.name.as_str())
    }

    /// The photograph of the view that the camera stands at, while it is to be shown.
    pub fn shown(&self) -> Option<Shown<'_>> {
        let photo =
            self.photo.as_ref().filter(|photo| self.is_on && self.view.as_deref() == Some(photo.name.as_str()))?;
        let (_, texture) = self.texture.as_ref().filter(|(name, _)| *name == photo.name)?;
        Some(Shown { name: &photo.name, texture, lens: photo.lens })
    }
}

/// Where a photograph lies in a scene of this lens, so that both show the same: its corner and its size, points.
pub fn photo_place(photo: &Intrinsics, scene: &Intrinsics) -> (Vec2, Vec2) {
    let scale = bevy::math::DVec2::new(scene.fx / photo.fx, scene.fy / photo.fy);
    let middle = bevy::math::DVec2::new(photo.cx, photo.cy);
    let size = bevy::math::DVec2::new(photo.width as f64, photo.height as f64);
    let corner = bevy::math::DVec2::new(scene.cx, scene.cy) - scale * middle;
    (corner.as_vec2(), (scale * size).as_vec2())
}

/// Obeys keys and panels.
pub(crate) fn obey(
    keys: Shortcuts,
    mut commands: MessageReader<CompareCommand>,
    mut compare: ResMut<Compare>,
    walkers: Query<&Walker>,
    mut walks: MessageWriter<WalkCommand>,
) {
    let toggle = keys.is_pressed(Action::Compare).then_some(CompareCommand::Toggle);
    for command in commands.read().copied().chain(toggle) {
        match command {
            CompareCommand::Line(share) => compare.share = share.clamp(0.0, 1.0),
            CompareCommand::Toggle => {
                (compare.is_on, compare.failed) = (!compare.is_on, None);
                let Some(walker) = walkers.iter().next().filter(|_| compare.is_on) else { continue };
                if walker.standing_at().is_none()
                    && let Some(nearest) = walker.nearest_view()
                {
                    walks.write(WalkCommand::JumpTo(nearest));
                }
            }
        }
    }
}

/// Notes at which view the camera stands, and fetches its photograph.
pub(crate) fn follow(
    mut compare: ResMut<Compare>,
    walkers: Query<&Walker>,
    captures: Query<&SceneCapture>,
    mut notices: MessageWriter<crate::toasts::Notice>,
) {
    let walker = walkers.iter().next();
    let view = walker.and_then(|walker| Some(walker.views.get(walker.standing_at()?)?.0.clone()));
    if compare.view != view {
        compare.view = view;
    }
    if let Some(result) = compare.loading.as_ref().and_then(Loading::take) {
        let name = compare.loading.take().map(|loading| loading.name).unwrap_or_default();
        match result {
            Ok(photo) => compare.photo = Some(photo),
            Err(reason) => {
                notices.write(crate::toasts::Notice::error(reason));
                compare.failed = Some(name);
            }
        }
    }
    let Some(name) = compare.view.clone().filter(|_| compare.is_on && compare.loading.is_none()) else { return };
    if compare.photo() == Some(name.as_str()) || compare.failed.as_ref() == Some(&name) {
        return;
    }
    let found = captures.iter().find_map(|scene| scene.capture.views.iter().find(|view| view.name == name));
    compare.loading = found.map(|view| Loading::start(view.clone()));
}

/// Brings the photograph to the GPU.
pub(crate) fn upload(mut contexts: EguiContexts, mut compare: ResMut<Compare>) {
    let Ok(ctx) = contexts.ctx_mut() else { return };
    let Some(photo) = compare.photo.as_ref() else { return };
    if compare.texture.as_ref().is_some_and(|(name, _)| *name == photo.name) {
        return;
    }
    let image = ColorImage::from_rgba_unmultiplied(photo.size, &photo.rgba);
    let texture = ctx.load_texture("photograph", image, TextureOptions::LINEAR);
    compare.texture = Some((photo.name.clone(), texture));
}

#[cfg(test)]
mod tests;

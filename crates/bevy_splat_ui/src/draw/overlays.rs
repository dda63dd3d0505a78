//! What lies over the scene: the pick, an object's box, the photograph and its line, drawn shapes, an invitation to drop.

use super::PanelState;
use super::world::{Asked, Shown};
use crate::compare::{CompareCommand, photo_place};
use crate::layout::SceneArea;
use crate::objects::edges;
use crate::panels::{legend, pick, toasts};
use crate::pointing::place_in_window;
use crate::select::show::caption;
use crate::theme::{self, ACCENT};
use bevy_egui::egui::{Align2, Color32, CursorIcon, Id, Pos2, Rect, Sense, Stroke, Ui, pos2, vec2};
use splat_core::Intrinsics;

/// Pieces that an edge is drawn in: one that leaves the picture is drawn as far as it is seen.
const PIECES: usize = 12;

/// Draws over the scene, whose part of the window is `free`.
pub(super) fn show(root: &mut Ui, state: &PanelState, shown: &Shown, asked: &mut Asked, area: &SceneArea, free: Rect) {
    photograph(root, shown, asked, free);
    box_of_object(root, state, shown, area);
    mark_pick(root, shown, area);
    crate::select::show::show(root, &shown.tool, free);
    if let Some(path) = shown.opening.hovered() {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        toasts::invite_drop(root.ctx(), free, &name);
    }
}

fn mark_pick(root: &Ui, shown: &Shown, area: &SceneArea) {
    let (Some(hit), Some(view)) = (&shown.pick.hit, shown.views.iter().next()) else { return };
    let (_, styles, camera, transform, lens) = view;
    let Some(place) = place_in_window(hit.position, camera, transform, lens, area) else { return };
    let colour = legend::colour_of_picked(hit, &shown.classes(), styles).unwrap_or(theme::ACCENT);
    pick::mark(root, pos2(place.x, place.y), colour);
}

fn box_of_object(root: &Ui, state: &PanelState, shown: &Shown, area: &SceneArea) {
    let object = state.object.and_then(|entity| shown.objects.get(entity).ok());
    let (Some((_, _, object, of)), Some(view)) = (object, shown.views.iter().next()) else { return };
    let (_, _, camera, transform, lens) = view;
    let Ok(cloud) = shown.places.get(of.0) else { return };
    let place = |point| place_in_window(point, camera, transform, lens, area).map(|p| pos2(p.x, p.y));
    for [a, b] in edges(cloud, &object.oriented) {
        let points: Vec<Option<Pos2>> = (0..=PIECES).map(|i| place(a.lerp(b, i as f32 / PIECES as f32))).collect();
        for pair in points.windows(2) {
            if let [Some(a), Some(b)] = pair {
                root.painter().line_segment([*a, *b], Stroke::new(1.5, ACCENT));
            }
        }
    }
}

/// The photograph left of the line, the render right of it.
fn photograph(root: &mut Ui, shown: &Shown, asked: &mut Asked, free: Rect) {
    let compare = &shown.compare;
    if !compare.is_on {
        return;
    }
    let lens = shown.views.iter().next().and_then(|view| view.4);
    let (Some(photo), Some(lens)) = (compare.shown(), lens) else {
        let words = match (compare.view(), compare.is_loading()) {
            (_, true) => "the photograph is on its way",
            (None, _) => "compare: the camera stands at no photograph ([ and ] go to views)",
            (Some(_), _) => "there is no photograph of this view",
        };
        caption(root.painter(), free.left_top() + vec2(12.0, 62.0), words, 12.0);
        return;
    };
    let scene = lens.fitted(free.width().max(1.0) as u32, free.height().max(1.0) as u32);
    let x = free.left() + compare.share * free.width();
    let left = free.with_max_x(x);
    let picture = place_of(&photo.lens, &scene, free);
    let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    root.painter().with_clip_rect(left).image(photo.texture.id(), picture, whole, Color32::WHITE);
    let painter = root.painter().with_clip_rect(free);
    painter.vline(x, free.y_range(), Stroke::new(4.0, Color32::from_black_alpha(120)));
    painter.vline(x, free.y_range(), Stroke::new(1.5, Color32::WHITE));
    painter.circle(pos2(x, free.center().y), 9.0, Color32::from_black_alpha(190), Stroke::new(1.5, Color32::WHITE));
    painter.text(pos2(x, free.center().y), Align2::CENTER_CENTER, "◀▶", theme::small_font(), Color32::WHITE);
    let top = free.bottom() - 30.0;
    caption(
        &root.painter().with_clip_rect(left),
        pos2(free.left() + 12.0, top),
        &format!("photograph {}", photo.name),
        12.0,
    );
    caption(&root.painter().with_clip_rect(free.with_min_x(x)), pos2(x + 14.0, top), "render", 12.0);
    let handle = Rect::from_center_size(pos2(x, free.center().y), vec2(18.0, free.height()));
    let drag = root.interact(handle, Id::new("wipe"), Sense::drag()).on_hover_cursor(CursorIcon::ResizeHorizontal);
    if let Some(pointer) = drag.interact_pointer_pos().filter(|_| drag.dragged()) {
        let share = (pointer.x - free.left()) / free.width().max(1.0);
        asked.compare.write(CompareCommand::Line(share));
    }
}

fn place_of(photo: &Intrinsics, scene: &Intrinsics, free: Rect) -> Rect {
    let (corner, size) = photo_place(photo, scene);
    Rect::from_min_size(free.min + vec2(corner.x, corner.y), vec2(size.x, size.y))
}

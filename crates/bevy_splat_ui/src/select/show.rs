//! The drawn shape, and a line that says what is chosen and what keys do.

use super::tool::{SelectTool, Tool};
use crate::keys::{Action, SHORTCUTS};
use crate::theme::{ACCENT, TEXT};
use bevy_egui::egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Ui, pos2, vec2};
use bevy_splat_edit::ScreenShape;

/// What keys do with what is chosen, from the table of shortcuts.
fn keys_line() -> String {
    let edits = SHORTCUTS.iter().filter(|row| matches!(row.action, Action::Edit(_)));
    let keys = edits.map(|row| format!("{} {}", row.keys_text(), row.words));
    let keys = keys.chain(["esc lays down what is chosen".to_owned()]).collect::<Vec<_>>();
    format!("drag: choose; shift adds, ctrl takes away; {}", keys.join(", "))
}

/// Draws over the scene, whose part of the window is `area`.
pub fn show(ui: &Ui, tool: &SelectTool, area: Rect) {
    let Some(chosen) = tool.tool else { return };
    let painter = ui.painter().with_clip_rect(area);
    if let Some(shape) = tool.shape(bevy::math::Vec2::ZERO) {
        outline(&painter, &shape);
    }
    let name = match chosen {
        Tool::Rectangle => "rectangle (R)",
        Tool::Lasso => "lasso (L)",
        Tool::Brush => "brush (B)",
    };
    let reach = if tool.through { ", through everything" } else { "" };
    let state = if tool.notice.is_empty() { "nothing chosen yet" } else { &tool.notice };
    caption(&painter, area.left_top() + vec2(12.0, 10.0), &format!("{name}{reach}: {state}"), 13.0);
    caption(&painter, area.left_top() + vec2(12.0, 34.0), &keys_line(), 11.0);
}

fn outline(painter: &Painter, shape: &ScreenShape) {
    let stroke = Stroke::new(1.5, ACCENT);
    let fill = ACCENT.gamma_multiply(0.15);
    let place = |point: &bevy::math::Vec2| pos2(point.x, point.y);
    match shape {
        ScreenShape::Rectangle(a, b) => {
            let rect = Rect::from_two_pos(place(a), place(b));
            painter.rect(rect, 0.0, fill, stroke, StrokeKind::Middle);
        }
        ScreenShape::Polygon(points) => {
            painter.add(Shape::closed_line(points.iter().map(place).collect(), stroke));
        }
        ScreenShape::Brush { points, radius } => {
            let points: Vec<Pos2> = points.iter().map(place).collect();
            for end in points.first().into_iter().chain(points.last()) {
                painter.circle_stroke(*end, *radius, stroke);
            }
            painter.add(Shape::line(points, Stroke::new(2.0 * radius, ACCENT.gamma_multiply(0.25))));
        }
    }
}

/// Text on a dark ground, readable on any scene; it breaks where the scene ends.
pub(crate) fn caption(painter: &Painter, at: Pos2, text: &str, size: f32) {
    let room = (painter.clip_rect().right() - at.x - 12.0).max(60.0);
    let galley = painter.layout(text.to_owned(), FontId::proportional(size), TEXT, room);
    let rect = Align2::LEFT_TOP.anchor_size(at, galley.size()).expand2(vec2(6.0, 3.0));
    painter.rect_filled(rect, 4.0, Color32::from_black_alpha(170));
    painter.galley(at, galley, TEXT);
}

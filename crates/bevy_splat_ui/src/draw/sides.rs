//! Which panel stands where: view, lists and picks left, scene and training right, the walk below.

use super::world::{Asked, Shown};
use super::{PanelState, Side, Tab};
use crate::commands::PanelCommand;
use crate::objects::stand_before;
use crate::open::OpenCommand;
use crate::panels::objects::ObjectRow;
use crate::panels::{camera, curves, legend, objects, pick, scene, stages, training, transport, view};
use crate::theme;
use crate::walk::WalkCommand;
use bevy::prelude::Entity;
use bevy_egui::egui::{
    self, Align, Button, Color32, CursorIcon, Id, Layout, Panel, Rect, ScrollArea, Sense, Ui, pos2, vec2,
};
use bevy_splat_render::ClassStyles;
use bevy_splat_train::TrainingCommand;
use splat_core::LabelSet;

/// Widths of windows, points, from which on the left and the right panel are open without being asked to.
const ROOM: [f32; 2] = [720.0, 1_100.0];
/// Width of a folded panel, and the least of an open one, points.
const FOLDED: f32 = 22.0;
const NARROWEST: f32 = 200.0;

/// A panel at the side, or the strip that it is folded to. `is_left` says where it stands.
fn side(root: &mut Ui, name: &'static str, side: &mut Side, is_left: bool, contents: impl FnOnce(&mut Ui)) {
    let make = |name: &str| if is_left { Panel::left(name.to_owned()) } else { Panel::right(name.to_owned()) };
    let is_open = side.is_open_in(root.ctx().viewport_rect().width(), ROOM[usize::from(!is_left)]);
    if !is_open {
        let frame = egui::Frame::NONE.fill(theme::GROUND).inner_margin(egui::Margin::symmetric(1, 8));
        let strip = make(&format!("{name} folded")).exact_size(FOLDED).resizable(false).frame(frame);
        strip.show(root, |ui| {
            let unfold = Button::new(if is_left { "▶" } else { "◀" }).min_size(vec2(FOLDED - 2.0, 26.0));
            if ui.add(unfold).on_hover_text(format!("show {name}")).clicked() {
                side.is_open = Some(true);
            }
        });
        return;
    }
    // Some of the scene stays, however small the window.
    let most = (0.45 * root.available_width()).clamp(NARROWEST, 480.0);
    let width = side.width.clamp(NARROWEST, most);
    let panel = make(name).exact_size(width).resizable(false).frame(theme::panel_frame());
    let mut folds = false;
    let shown = panel.show(root, |ui| {
        contents(ui);
        let corner = ui.max_rect();
        let x = if is_left { corner.right() + 2.0 } else { corner.left() - 12.0 };
        let place = Rect::from_min_size(pos2(x, corner.top() - 8.0), vec2(10.0, 22.0));
        let fold = ui.put(place, Button::new(if is_left { "◀" } else { "▶" }).small().frame(false));
        folds = fold.on_hover_text(format!("fold {name} away")).clicked();
    });
    if folds {
        side.is_open = Some(false);
    }
    widen(root, name, side, is_left, shown.response.rect, most);
}

/// The edge towards the scene can be dragged. What is in a panel does not widen it.
fn widen(root: &Ui, name: &str, side: &mut Side, is_left: bool, panel: Rect, most: f32) {
    let x = if is_left { panel.right() } else { panel.left() };
    // The arrow that folds the panel stands at the upper end.
    let edge = Rect::from_min_max(pos2(x - 3.0, panel.top() + 30.0), pos2(x + 3.0, panel.bottom()));
    let drag =
        root.interact(edge, Id::new((name, "edge")), Sense::drag()).on_hover_cursor(CursorIcon::ResizeHorizontal);
    if drag.dragged() {
        let by = if is_left { drag.drag_delta().x } else { -drag.drag_delta().x };
        side.width = (panel.width() + by).clamp(NARROWEST, most);
    }
}

pub(super) fn left(root: &mut Ui, state: &mut PanelState, shown: &Shown, asked: &mut Asked) {
    let Some((splat_view, styles, ..)) = shown.views.iter().next() else { return };
    let classes = shown.classes();
    shown.count(&mut state.figures);
    let mut panel = state.left;
    side(root, "display", &mut panel, true, |ui| {
        let ask = view::show(ui, splat_view, !classes.is_empty(), state.frames_per_s);
        let wishes = [
            ask.mode.map(PanelCommand::Mode),
            ask.overlay.map(PanelCommand::Overlay),
            ask.point_radius_px.map(PanelCommand::PointRadius),
            ask.resolution_scale.map(PanelCommand::ResolutionScale),
        ];
        asked.panel.write_batch(wishes.into_iter().flatten());
        let frame = egui::Frame::NONE.inner_margin(egui::Margin { top: 4, ..Default::default() });
        Panel::bottom("picked").resizable(false).frame(frame).show(ui, |ui| {
            if pick::show(ui, &shown.pick, &classes, styles) {
                let column = shown.pick.hit.as_ref().and_then(|hit| hit.class.as_ref()).map(|class| class.column);
                asked.panel.write(PanelCommand::Highlight(column));
            }
        });
        ui.separator();
        tabs(ui, &mut state.tab);
        match state.tab {
            Tab::Classes => list_classes(ui, state, shown, asked, &classes),
            Tab::Objects => list_objects(ui, state, shown, asked, &classes),
            Tab::Camera => place(ui, shown, asked),
        }
    });
    state.left = panel;
}

fn tabs(ui: &mut Ui, tab: &mut Tab) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let width = (ui.available_width() - 8.0) / 3.0;
        for one in Tab::ALL {
            let button = Button::new(one.name()).selected(*tab == one).min_size(vec2(width, 24.0));
            if ui.add(button).clicked() {
                *tab = one;
            }
        }
    });
}

fn list_classes(ui: &mut Ui, state: &mut PanelState, shown: &Shown, asked: &mut Asked, classes: &LabelSet) {
    let Some((splat_view, styles, ..)) = shown.views.iter().next() else { return };
    let figures = Some(state.figures.as_slice()).filter(|figures| figures.len() == classes.len());
    let iou = shown.score().map(|score| &score.iou).filter(|iou| !iou.is_empty());
    let data = legend::LegendData { classes, figures, iou, highlight: splat_view.highlight, styles };
    let ask = legend::show(ui, &data, &mut state.search);
    let wishes = [ask.highlight.map(PanelCommand::Highlight), ask.styles.map(PanelCommand::Styles)];
    asked.panel.write_batch(wishes.into_iter().flatten());
}

fn list_objects(ui: &mut Ui, state: &mut PanelState, shown: &Shown, asked: &mut Asked, classes: &LabelSet) {
    let styles = shown.views.iter().next().map(|(_, styles, ..)| styles.clone()).unwrap_or_default();
    let rows = object_rows(shown, classes, &styles);
    let Some(clicked) = objects::show(ui, rows, state.object, &mut state.search) else { return };
    // Another click on the same object lets go of it.
    if state.object == Some(clicked) {
        state.object = None;
        asked.panel.write(PanelCommand::Highlight(None));
        return;
    }
    state.object = Some(clicked);
    let Ok((_, label, object, of)) = shown.objects.get(clicked) else { return };
    asked.panel.write(PanelCommand::Highlight(Some(label.column)));
    let (Some(walker), Ok(cloud)) = (shown.walkers.iter().next(), shown.places.get(of.0)) else { return };
    let shape = &object.oriented;
    let radius = cloud.affine().matrix3.x_axis.length() * shape.half.length();
    let lens = shown.views.iter().next().and_then(|view| view.4);
    let half_fov = lens.map_or(0.4, |lens| (0.5 * lens.0.height as f64 / lens.0.fy).atan() as f32);
    let pose = stand_before(walker, cloud.transform_point(shape.centre), radius, half_fov);
    asked.walk.write(WalkCommand::GoTo(pose));
}

fn object_rows(shown: &Shown, classes: &LabelSet, styles: &ClassStyles) -> Vec<ObjectRow> {
    let cloud: Option<Entity> = shown.cloud();
    let own = shown.objects.iter().filter(|(.., of)| Some(of.0) == cloud);
    let row =
        |(entity, label, object, _): (Entity, &bevy_splat_query::ClassLabel, &bevy_splat_query::SplatObject, _)| {
            let column = label.column as usize;
            let class = classes.classes.get(column);
            let colour = class.map_or(Color32::GRAY, |class| legend::colour_of(column, class, styles));
            let (name, count, confidence) = (label.name.clone(), object.count(), object.confidence);
            ObjectRow { entity, name, colour, count, confidence }
        };
    own.map(row).collect()
}

fn place(ui: &mut Ui, shown: &Shown, asked: &mut Asked) {
    let Some(walker) = shown.walkers.iter().next() else {
        theme::quiet(ui, "no camera walks here");
        return;
    };
    let lens = shown.views.iter().next().and_then(|view| view.4).map(|lens| &lens.0);
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        let ask = camera::show(ui, walker, lens, shown.compare.is_on);
        asked.walk.write_batch(ask.walk);
        asked.compare.write_batch(ask.compare);
    });
}

pub(super) fn right(root: &mut Ui, state: &mut PanelState, shown: &Shown, asked: &mut Asked) {
    let mut panel = state.right;
    side(root, "scene and training", &mut panel, false, |ui| {
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            let classes = shown.classes().len();
            let (gaussians, opening) = (shown.gaussians(), shown.opening.path());
            let data = scene::SceneData { gaussians, classes, opening, recent: &state.recent };
            let wish = scene::show(ui, &data, &mut state.open_path, &mut state.wants_open);
            asked.open.write_batch(wish.map(OpenCommand));
            ui.separator();
            train(ui, state, shown, asked);
        });
    });
    state.right = panel;
}

fn train(ui: &mut Ui, state: &mut PanelState, shown: &Shown, asked: &mut Asked) {
    let score = shown.score();
    let Some((entity, run, run_state, log)) = shown.runs.iter().next() else {
        training::scores(ui, score);
        return;
    };
    let name = run.capture.file_name().map(|n| n.to_string_lossy()).unwrap_or_default();
    let budget_ms = shown.budget.as_ref().map_or(0.0, |b| b.ms_per_frame);
    let data = training::TrainingData { name: &name, state: run_state, log, budget_ms };
    let ask = training::show(ui, &data, &mut state.save_path);
    asked.training.write_batch(ask.action.map(|action| TrainingCommand { run: entity, action }));
    asked.panel.write_batch(ask.budget_ms.map(PanelCommand::Budget));
    if run_state.is_loaded() {
        training::scores(ui, score);
        ui.separator();
        curves::show(ui, log, score, 84.0);
        ui.separator();
        stages::show(ui, &log.stage_ms);
    }
}

pub(super) fn bottom(root: &mut Ui, shown: &Shown, asked: &mut Asked) {
    let Some(walker) = shown.walkers.iter().next() else { return };
    let frame = theme::panel_frame().inner_margin(egui::Margin::symmetric(12, 4));
    Panel::bottom("walk").exact_size(42.0).resizable(false).frame(frame).show(root, |ui| {
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let filmed = shown.film.progress();
            let ask = transport::show(ui, walker, (&shown.path_file, filmed), shown.compare.is_on);
            asked.walk.write_batch(ask.walk);
            asked.path.write_batch(ask.path);
            asked.film.write_batch(ask.film);
            asked.compare.write_batch(ask.compare);
        });
    });
}

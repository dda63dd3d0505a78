//! Reads the world, draws the panels, sends what they ask for.

use crate::commands::PanelCommand;
use crate::layout::SceneArea;
use crate::panels::{curves, legend, pick, stages, training, transport, view};
use crate::pointing::{LastPick, place_in_window};
use crate::select::{self, SelectTool};
use crate::theme;
use crate::walk::{PathCommand, PathFile, WalkCommand, Walker};
use bevy::ecs::system::SystemParam;
use bevy::math::Rect;
use bevy::prelude::*;
use bevy_egui::egui::{self, Panel, ScrollArea, Ui, UiBuilder};
use bevy_egui::{EguiContexts, egui::Context};
use bevy_splat_query::CloudSnapshot;
use bevy_splat_render::{ClassStyles, SplatIntrinsics, SplatScenes, SplatView};
use bevy_splat_train::{TrainingBudget, TrainingCommand, TrainingLog, TrainingRun, TrainingState};
use splat_core::LabelSet;
use std::sync::Arc;

/// What only the panels care about: texts being typed, what is folded away.
#[derive(Resource, Clone, Debug)]
pub struct PanelState {
    /// The legend's search box.
    pub search: String,
    /// Where "Save" writes.
    pub save_path: String,
    /// False hides every panel (Tab).
    pub is_open: bool,
    is_dressed: bool,
    /// Frames per second, averaged over the last ones.
    frames_per_s: f64,
    /// Gaussians per class, as of the last snapshot.
    gaussians: Vec<u32>,
}

impl Default for PanelState {
    fn default() -> Self {
        Self {
            search: String::new(),
            save_path: "cloud.ply".to_owned(),
            is_open: true,
            is_dressed: false,
            frames_per_s: 0.0,
            gaussians: Vec::new(),
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

/// What panels read.
#[derive(SystemParam)]
pub struct Shown<'w, 's> {
    runs: Query<'w, 's, (Entity, &'static TrainingRun, &'static TrainingState, &'static TrainingLog)>,
    budget: Option<Res<'w, TrainingBudget>>,
    views: Query<
        'w,
        's,
        (
            &'static SplatView,
            &'static ClassStyles,
            &'static Camera,
            &'static GlobalTransform,
            Option<&'static SplatIntrinsics>,
        ),
    >,
    snapshots: Query<'w, 's, Ref<'static, CloudSnapshot>>,
    walkers: Query<'w, 's, &'static Walker>,
    scenes: Option<Res<'w, SplatScenes>>,
    pick: Res<'w, LastPick>,
    tool: Res<'w, SelectTool>,
    path_file: Res<'w, PathFile>,
}

/// What panels write.
#[derive(SystemParam)]
pub struct Asked<'w> {
    training: MessageWriter<'w, TrainingCommand>,
    panel: MessageWriter<'w, PanelCommand>,
    walk: MessageWriter<'w, WalkCommand>,
    path: MessageWriter<'w, PathCommand>,
}

impl Shown<'_, '_> {
    /// The cloud that is shown.
    fn cloud(&self) -> Option<Entity> {
        let wanted = self.views.iter().next().and_then(|(view, ..)| view.cloud);
        wanted.or_else(|| self.scenes.as_ref()?.iter().map(|(entity, _)| entity).min())
    }

    /// Its classes.
    fn classes(&self) -> Arc<LabelSet> {
        let scene = self.cloud().and_then(|cloud| self.scenes.as_ref()?.get(cloud));
        scene.map_or_else(Arc::default, |scene| scene.lock().classes.clone())
    }

    /// Its Gaussians per class, counted anew only where rows have arrived.
    fn count_gaussians(&self, counts: &mut Vec<u32>) {
        let snapshot = self.cloud().and_then(|cloud| self.snapshots.get(cloud).ok());
        match snapshot {
            Some(snapshot) if snapshot.is_changed() || counts.is_empty() => {
                counts.clear();
                counts.resize(snapshot.cloud.class_count(), 0);
                for &(column, _) in snapshot.row_classes.iter() {
                    counts[column as usize] += 1;
                }
            }
            Some(_) => {}
            None => counts.clear(),
        }
    }
}

/// Draws everything, once a frame.
pub(crate) fn draw(
    mut contexts: EguiContexts,
    mut state: ResMut<PanelState>,
    keys: Option<Res<ButtonInput<KeyCode>>>,
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
    if keys.is_some_and(|keys| keys.just_pressed(KeyCode::Tab)) && !ctx.egui_wants_keyboard_input() {
        state.is_open = !state.is_open;
    }
    state.count_frame(time.delta_secs_f64());
    let builder = UiBuilder::new().layer_id(egui::LayerId::background()).max_rect(ctx.viewport_rect());
    let mut root = Ui::new(ctx, "panels".into(), builder);
    if state.is_open {
        left(&mut root, &mut state, &shown, &mut asked);
        right(&mut root, &mut state, &shown, &mut asked);
        bottom(&mut root, &shown, &mut asked);
    }
    let free = root.available_rect_before_wrap();
    let rect = Rect::new(free.min.x, free.min.y, free.max.x, free.max.y);
    area.set_if_neq(SceneArea { rect: Some(rect) });
    mark_pick(&root, &shown, &area);
    select::show::show(&root, &shown.tool, free);
    Ok(())
}

fn left(root: &mut Ui, state: &mut PanelState, shown: &Shown, asked: &mut Asked) {
    let Some((splat_view, styles, ..)) = shown.views.iter().next() else { return };
    let classes = shown.classes();
    shown.count_gaussians(&mut state.gaussians);
    Panel::left("display").exact_size(232.0).resizable(false).frame(theme::panel_frame()).show(root, |ui| {
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
        let gaussians = Some(state.gaussians.as_slice()).filter(|counts| counts.len() == classes.len());
        let data = legend::LegendData { classes: &classes, gaussians, highlight: splat_view.highlight, styles };
        let ask = legend::show(ui, &data, &mut state.search);
        let wishes = [ask.highlight.map(PanelCommand::Highlight), ask.styles.map(PanelCommand::Styles)];
        asked.panel.write_batch(wishes.into_iter().flatten());
    });
}

fn right(root: &mut Ui, state: &mut PanelState, shown: &Shown, asked: &mut Asked) {
    let Some((entity, run, run_state, log)) = shown.runs.iter().next() else { return };
    Panel::right("training").exact_size(292.0).resizable(false).frame(theme::panel_frame()).show(root, |ui| {
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            let name = run.capture.file_name().map(|n| n.to_string_lossy()).unwrap_or_default();
            let budget_ms = shown.budget.as_ref().map_or(0.0, |b| b.ms_per_frame);
            let data = training::TrainingData { name: &name, state: run_state, log, budget_ms };
            let ask = training::show(ui, &data, &mut state.save_path);
            asked.training.write_batch(ask.action.map(|action| TrainingCommand { run: entity, action }));
            asked.panel.write_batch(ask.budget_ms.map(PanelCommand::Budget));
            if run_state.is_loaded() {
                ui.separator();
                curves::show(ui, log, 88.0);
                ui.separator();
                stages::show(ui, &log.stage_ms);
            }
        });
    });
}

fn bottom(root: &mut Ui, shown: &Shown, asked: &mut Asked) {
    let Some(walker) = shown.walkers.iter().next() else { return };
    let frame = theme::panel_frame().inner_margin(egui::Margin::symmetric(12, 4));
    Panel::bottom("walk").exact_size(42.0).resizable(false).frame(frame).show(root, |ui| {
        let ask = transport::show(ui, walker, &shown.path_file);
        asked.walk.write_batch(ask.walk);
        asked.path.write_batch(ask.path);
    });
}

fn mark_pick(root: &Ui, shown: &Shown, area: &SceneArea) {
    let (Some(hit), Some(view)) = (&shown.pick.hit, shown.views.iter().next()) else { return };
    let (_, styles, camera, transform, lens) = view;
    let Some(place) = place_in_window(hit.position, camera, transform, lens, area) else { return };
    let colour = legend::colour_of_picked(hit, &shown.classes(), styles).unwrap_or(theme::ACCENT);
    pick::mark(root, egui::pos2(place.x, place.y), colour);
}

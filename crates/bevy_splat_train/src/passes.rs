//! The render world's side: steps are recorded ahead of the cameras, reports are collected after submission.

use crate::budget::TrainingBudget;
use crate::live::LiveTrainer;
use bevy::prelude::*;
use bevy::render::renderer::{RenderContext, RenderGraph, RenderGraphSystems};
use bevy::render::{Extract, ExtractSchedule, RenderApp};
use bevy_splat_render::{SplatGpu, SplatRenderSystems};

/// The trainings that this frame may record, and what they may take.
#[derive(Resource, Default)]
struct FrameTrainers {
    trainers: Vec<LiveTrainer>,
    budget: TrainingBudget,
}

pub(crate) fn build(app: &mut App) {
    let Some(render_app) = app.get_sub_app_mut(RenderApp) else { return };
    render_app
        .init_resource::<FrameTrainers>()
        .add_systems(ExtractSchedule, extract)
        .add_systems(RenderGraph, record.in_set(SplatRenderSystems::WriteScenes))
        .add_systems(RenderGraph, collect.in_set(RenderGraphSystems::Finish));
}

fn extract(
    mut frame: ResMut<FrameTrainers>,
    trainers: Extract<Query<&LiveTrainer>>,
    budget: Extract<Res<TrainingBudget>>,
) {
    frame.trainers.clear();
    frame.trainers.extend(trainers.iter().cloned());
    frame.budget = **budget;
}

fn record(mut context: RenderContext, frame: Res<FrameTrainers>, gpu: Option<Res<SplatGpu>>) {
    let Some((_, generation)) = gpu.and_then(|gpu| gpu.get_with_generation()) else { return };
    if frame.trainers.is_empty() {
        return;
    }
    // Runs share the budget evenly.
    let share = frame.budget.ms_per_frame / frame.trainers.len() as f64;
    let budget = TrainingBudget { ms_per_frame: share, ..frame.budget };
    for trainer in &frame.trainers {
        trainer.record(context.command_encoder(), &budget, generation);
    }
}

fn collect(frame: Res<FrameTrainers>) {
    frame.trainers.iter().for_each(LiveTrainer::collect);
}

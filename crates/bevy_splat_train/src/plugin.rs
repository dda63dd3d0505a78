//! The main world's side: loading, commands, reports.

use crate::budget::TrainingBudget;
use crate::live::{Finished, LiveTrainer};
use crate::loading::{Loaded, Loading, LoadingFailed};
use crate::log::TrainingLog;
use crate::passes;
use crate::run::{
    TrainingAction, TrainingCommand, TrainingEvent, TrainingNews, TrainingRun, TrainingScene, TrainingState,
    TrainingStrategy,
};
use crate::saving::Saves;
use bevy::prelude::*;
use bevy_splat_render::{GpuStatus, SplatCloud, SplatGpu};

/// Trains every [`TrainingRun`] in the render schedule. Needs `bevy_splat_render`'s plugin before it; without a fitting GPU
/// runs fail with the reason and nothing else happens.
pub struct TrainingPlugin;

impl Plugin for TrainingPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<TrainingBudget>()
            .add_message::<TrainingCommand>()
            .add_message::<TrainingEvent>()
            .add_systems(PreUpdate, (start_loading, finish_loading, take_progress, finish_saves).chain())
            .add_systems(PostUpdate, obey)
            .add_observer(cancel);
        passes::build(app);
    }
}

fn start_loading(
    gpu: Option<Res<SplatGpu>>,
    mut runs: Query<(Entity, &TrainingRun, Option<&TrainingStrategy>, &mut TrainingState), Without<Loading>>,
    mut commands: Commands,
    mut events: MessageWriter<TrainingEvent>,
) {
    for (entity, run, strategy, mut state) in &mut runs {
        if *state != TrainingState::Queued {
            continue;
        }
        let status = gpu.as_ref().map_or(GpuStatus::Unfit("there is no renderer".to_owned()), |g| g.status());
        match (status, &gpu) {
            (GpuStatus::Ready(_), Some(gpu)) => {
                *state = TrainingState::Loading { what: "opening the capture".to_owned(), share: 0.0 };
                commands.entity(entity).insert(Loading::start(run, strategy, gpu));
            }
            (GpuStatus::Unfit(reason), _) => {
                *state = TrainingState::Failed(reason.clone());
                events.write(TrainingEvent { run: entity, what: TrainingNews::Failed { reason, is_bad_input: false } });
            }
            _ => {}
        }
    }
}

fn finish_loading(
    mut runs: Query<(Entity, &TrainingRun, &Loading, &mut TrainingState, &mut TrainingLog)>,
    mut commands: Commands,
    mut events: MessageWriter<TrainingEvent>,
) {
    for (entity, run, loading, mut state, mut log) in &mut runs {
        let Some(result) = loading.take() else {
            let (what, share) = loading.progress();
            let now = TrainingState::Loading { what, share };
            state.set_if_neq(now);
            continue;
        };
        commands.entity(entity).remove::<Loading>();
        let what = match result {
            Ok(Loaded { trainer, scene, warnings }) => {
                *log = TrainingLog::starting(run.settings.iterations, warnings);
                *state = if run.starts_paused { TrainingState::Paused } else { TrainingState::Training };
                trainer.set_running(!run.starts_paused);
                let cloud = SplatCloud::live(trainer.scene().clone());
                commands.entity(entity).insert((cloud, scene, trainer, Saves::default()));
                TrainingNews::Loaded
            }
            Err(LoadingFailed { reason, is_bad_input }) => {
                *state = TrainingState::Failed(reason.clone());
                TrainingNews::Failed { reason, is_bad_input }
            }
        };
        events.write(TrainingEvent { run: entity, what });
    }
}

fn take_progress(
    mut runs: Query<(Entity, &LiveTrainer, &mut TrainingState, &mut TrainingLog)>,
    mut commands: Commands,
    mut events: MessageWriter<TrainingEvent>,
) {
    for (entity, trainer, mut state, mut log) in &mut runs {
        let progress = trainer.take_progress();
        if !progress.reports.is_empty() {
            progress.reports.iter().for_each(|report| log.add(report));
            log.step_ms = progress.step_ms;
        }
        if let Some(reason) = progress.failure {
            *state = TrainingState::Failed(reason.clone());
            events.write(TrainingEvent { run: entity, what: TrainingNews::Failed { reason, is_bad_input: false } });
        } else if let Some(Finished { cloud, classes }) = progress.finished {
            *state = TrainingState::Finished;
            log.finish = classes;
            // No longer live: editing, questions and saving go by the rows in memory, and the trainer's buffers are freed.
            commands.entity(entity).insert(SplatCloud::from_cloud(cloud));
            events.write(TrainingEvent { run: entity, what: TrainingNews::Finished });
        } else if progress.is_finishing {
            *state = TrainingState::Finishing;
        }
    }
}

fn finish_saves(mut runs: Query<(Entity, &mut Saves, &mut TrainingLog)>, mut events: MessageWriter<TrainingEvent>) {
    for (entity, mut saves, mut log) in &mut runs {
        for (path, result) in saves.bypass_change_detection().take_done() {
            let what = match result {
                Ok(()) => {
                    log.notice = Some(format!("saved {}", path.display()));
                    TrainingNews::Saved(path)
                }
                Err(reason) => {
                    log.notice = Some(format!("not saved: {reason}"));
                    TrainingNews::SaveFailed(reason)
                }
            };
            events.write(TrainingEvent { run: entity, what });
        }
    }
}

fn obey(
    mut messages: MessageReader<TrainingCommand>,
    mut runs: Query<(&mut TrainingState, &mut TrainingLog, Option<&LiveTrainer>, Option<&mut Saves>)>,
    mut commands: Commands,
) {
    for TrainingCommand { run, action } in messages.read() {
        let Ok((mut state, mut log, trainer, saves)) = runs.get_mut(*run) else { continue };
        match (action, trainer) {
            (TrainingAction::Start, Some(trainer)) if *state == TrainingState::Paused => {
                log.restart_clock();
                trainer.set_running(true);
                *state = TrainingState::Training;
            }
            (TrainingAction::Pause, Some(trainer)) if *state == TrainingState::Training => {
                trainer.set_running(false);
                *state = TrainingState::Paused;
            }
            (TrainingAction::Step, Some(trainer))
                if matches!(*state, TrainingState::Training | TrainingState::Paused) =>
            {
                trainer.set_running(false);
                trainer.add_single_step();
                *state = TrainingState::Paused;
            }
            (TrainingAction::Save(path), Some(trainer)) => {
                if let Some(mut saves) = saves {
                    log.notice = Some(format!("saving {} ...", path.display()));
                    saves.start(trainer, path);
                }
            }
            (TrainingAction::Restart, _) if !matches!(*state, TrainingState::Loading { .. }) => {
                *state = TrainingState::Queued;
                *log = TrainingLog::default();
                commands.entity(*run).remove::<(LiveTrainer, TrainingScene, SplatCloud, Loading)>();
            }
            _ => {}
        }
    }
}

/// A trainer that leaves its entity must not train on in the frame that is on its way.
fn cancel(removed: On<Remove, LiveTrainer>, trainers: Query<&LiveTrainer>) {
    if let Ok(trainer) = trainers.get(removed.entity) {
        trainer.cancel();
    }
}

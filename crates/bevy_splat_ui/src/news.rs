//! What other crates report in events of their own becomes notices.

use crate::toasts::Notice;
use bevy::prelude::*;
use bevy_splat_edit::{EditNews, SplatEditEvent};
use bevy_splat_render::{CloudFailed, GpuStatus, SplatGpu};
use bevy_splat_train::{TrainingEvent, TrainingLog, TrainingNews};

/// Warnings of a run that are shown; the panel has all.
const MOST_WARNINGS: usize = 2;

/// Of training runs: loaded, finished, saved, failed.
pub(crate) fn of_training(
    mut events: MessageReader<TrainingEvent>,
    logs: Query<&TrainingLog>,
    mut notices: MessageWriter<Notice>,
) {
    for TrainingEvent { run, what } in events.read() {
        match what {
            TrainingNews::Loaded => {
                let warnings = logs.get(*run).map_or(&[][..], |log| &log.warnings);
                notices.write_batch(warnings.iter().take(MOST_WARNINGS).map(Notice::warning));
                if warnings.len() > MOST_WARNINGS {
                    let more = warnings.len() - MOST_WARNINGS;
                    notices.write(Notice::warning(format!("{more} more warnings are in the training panel")));
                }
            }
            TrainingNews::Finished => drop(notices.write(Notice::info("training is finished"))),
            TrainingNews::Saved(path) => drop(notices.write(Notice::info(format!("saved {}", path.display())))),
            TrainingNews::SaveFailed(reason) => drop(notices.write(Notice::error(format!("not saved: {reason}")))),
            TrainingNews::Failed { reason, .. } => drop(notices.write(Notice::error(reason))),
        }
    }
}

/// Of clouds that could not be loaded.
pub(crate) fn of_clouds(failed: Query<&CloudFailed, Added<CloudFailed>>, mut notices: MessageWriter<Notice>) {
    notices.write_batch(failed.iter().map(|CloudFailed(reason)| Notice::error(reason)));
}

/// Of edits: written, refused.
pub(crate) fn of_edits(mut events: MessageReader<SplatEditEvent>, mut notices: MessageWriter<Notice>) {
    for event in events.read() {
        match &event.what {
            EditNews::Done { .. } => {}
            EditNews::Written { path, rows } => {
                notices.write(Notice::info(format!("{rows} Gaussians are in {}", path.display())));
            }
            EditNews::Refused(error) => drop(notices.write(Notice::warning(error.to_string()))),
        }
    }
}

/// Of the GPU, once, where nothing will work.
pub(crate) fn of_gpu(gpu: Option<Res<SplatGpu>>, mut is_said: Local<bool>, mut notices: MessageWriter<Notice>) {
    if let (Some(GpuStatus::Unfit(reason)), false) = (gpu.map(|gpu| gpu.status()), *is_said) {
        *is_said = true;
        notices.write(Notice::error(format!("splats are neither shown nor trained: {reason}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toasts::{NoticeKind, Toasts, keep};
    use bevy_splat_edit::EditError;

    #[test]
    fn events_of_all_kinds_become_toasts() {
        let mut app = App::new();
        app.add_plugins(MinimalPlugins)
            .init_resource::<Toasts>()
            .add_message::<Notice>()
            .add_message::<TrainingEvent>()
            .add_message::<SplatEditEvent>()
            .add_systems(Update, (of_training, of_clouds, of_edits, of_gpu, keep).chain());
        let warnings = (1..=4).map(|i| format!("odd {i}")).collect();
        let run = app.world_mut().spawn(TrainingLog::starting(9, warnings)).id();
        app.world_mut().spawn(CloudFailed("torn.ply: ends early".to_owned()));
        app.update();
        let texts = |app: &App| -> Vec<String> {
            app.world().resource::<Toasts>().shown.iter().map(|toast| toast.notice.text.clone()).collect()
        };
        assert_eq!(texts(&app), ["torn.ply: ends early"]);
        app.world_mut().write_message(TrainingEvent { run, what: TrainingNews::Loaded });
        app.update();
        assert_eq!(texts(&app)[1..], ["odd 1", "odd 2", "2 more warnings are in the training panel"]);
        let failed = TrainingNews::Failed { reason: "the GPU is gone".to_owned(), is_bad_input: false };
        app.world_mut().write_message(TrainingEvent { run, what: failed });
        let refused = EditNews::Refused(EditError::NothingChosen);
        app.world_mut().write_message(SplatEditEvent { cloud: run, what: refused });
        app.update();
        let toasts = app.world().resource::<Toasts>();
        let kinds: Vec<_> = toasts.shown.iter().rev().take(2).map(|toast| toast.notice.kind).collect();
        assert_eq!(kinds, [NoticeKind::Warning, NoticeKind::Error]);
    }
}

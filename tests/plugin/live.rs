//! A run that trains in an app comes to what the same run comes to by itself, and then is a cloud like any other.

use crate::stage::Stage;
use bevy::prelude::*;
use bevy_semantic_splats::prelude::*;
use bevy_semantic_splats::splat_core::Cloud;
use bevy_semantic_splats::splat_io::read_cloud;
use bevy_semantic_splats::train::{LabelMapSource, LabelSource, TrainingLog, TrainingState};
use splat_train::{Finish, PrepareOptions, Trainer, Witnesses, finish, prepare};
use std::path::{Path, PathBuf};

const STEPS: u32 = 40;
const DOWNSCALE: f64 = 6.0;
/// Frames after which a run that has not come to its end never will.
const MOST_FRAMES: u32 = 4_000;

/// The sample room with the masks that a segmenter might have made of it.
fn run() -> TrainingRun {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample_room/data");
    let scene = std::fs::read_dir(data).unwrap().flatten().next().expect("the sample room has a scene").path();
    let mut run = TrainingRun::from_capture(&scene);
    run.labels = Some(LabelSource::Folder(scene.join("dslr/semantic_noisy")));
    run.label_map = Some(LabelMapSource::Ade20kToScannetpp);
    run.downscale = DOWNSCALE;
    run.settings.iterations = STEPS;
    run
}

/// What the command line makes of it.
fn by_itself(run: &TrainingRun) -> (Cloud, Option<Finish>) {
    let gpu = splat_gpu::Gpu::headless(Default::default()).unwrap();
    let options = PrepareOptions {
        labels: run.labels.clone(),
        vocabulary: None,
        label_map: run.label_map.clone(),
        downscale: run.downscale,
        settings: run.settings.clone(),
    };
    let mut prepared = prepare(&run.capture, &options, &|_, _| {}).unwrap();
    let witnesses = Witnesses::withhold(&mut prepared.views, &run.settings.loss);
    let mut trainer = Trainer::new(&gpu, &prepared, run.settings.clone()).unwrap();
    while !trainer.is_finished() {
        if trainer.is_ready() && trainer.in_flight() < 2 {
            let mut encoder = gpu.device.create_command_encoder(&Default::default());
            trainer.record(&mut encoder).unwrap();
            gpu.queue.submit([encoder.finish()]);
            trainer.submitted();
        }
        gpu.wait().unwrap();
        trainer.poll().unwrap();
    }
    let (cloud, _, done) = finish(&mut trainer, &witnesses).unwrap();
    (cloud, done)
}

/// All of it.
pub fn trains_and_finishes() {
    let run = run();
    let (expected, done) = by_itself(&run);
    let done = done.expect("there are labels, and some were withheld");
    assert!(done.lift_contradicted.is_some(), "masks that contradict each other are lifted: {done:?}");
    let mut stage = Stage::new();
    let entity = stage.app.world_mut().spawn(run).id();
    let states = run_to_the_end(&mut stage, entity);
    assert!(states.contains(&TrainingState::Finishing), "{states:?}");
    let world = stage.app.world();
    assert_eq!(world.get::<TrainingLog>(entity).unwrap().finish, Some(done));
    let cloud = world.get::<SplatCloud>(entity).and_then(SplatCloud::cloud).expect("its rows are in memory").clone();
    assert!(*cloud == expected, "in an app the same run has come to another cloud");

    saved(&mut stage, entity, &expected);
    edited(&mut stage, entity, cloud.len());
}

/// Frames until the run is over; returns the states that it went through.
fn run_to_the_end(stage: &mut Stage, entity: Entity) -> Vec<TrainingState> {
    let mut states = Vec::new();
    for _ in 0..MOST_FRAMES {
        stage.run(1);
        let state = stage.app.world().get::<TrainingState>(entity).expect("nobody despawns it").clone();
        match &state {
            TrainingState::Failed(reason) => panic!("{reason}"),
            TrainingState::Finished => {
                stage.run(2);
                return states;
            }
            TrainingState::Loading { .. } | TrainingState::Finishing => {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            _ => {}
        }
        if states.last() != Some(&state) && !matches!(state, TrainingState::Loading { .. }) {
            states.push(state);
        }
    }
    panic!("it never finished: {states:?}");
}

fn saved(stage: &mut Stage, run: Entity, expected: &Cloud) {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("cloud.ply");
    stage.app.world_mut().write_message(TrainingCommand { run, action: TrainingAction::Save(path.clone()) });
    let is_there = (0..400).any(|_| {
        stage.run(1);
        std::thread::sleep(std::time::Duration::from_millis(5));
        read_cloud(&path).is_ok_and(|cloud| cloud.len() == expected.len())
    });
    assert!(is_there, "nothing was saved");
}

fn edited(stage: &mut Stage, cloud: Entity, rows: usize) {
    stage.app.world_mut().resource_mut::<Messages<SplatEditEvent>>().clear();
    let floor = Choice::Class("floor".to_owned());
    for action in [EditAction::Select { choice: floor, operation: SetOperation::Replace }, EditAction::Delete] {
        stage.app.world_mut().write_message(SplatEditCommand { cloud, action });
    }
    let mut news = Vec::new();
    for _ in 0..10 {
        stage.run(1);
        news.extend(stage.app.world_mut().resource_mut::<Messages<SplatEditEvent>>().drain());
    }
    let Some(EditNews::Done { chosen: 0, shown }) = news.last().map(|event| &event.what) else { panic!("{news:?}") };
    assert!((1..rows).contains(shown), "{shown} of {rows} Gaussians are shown");
}

//! Trains in a Bevy app, with a window or without, and keeps what came out: `DIR/cloud_250.ply` and a picture.
//!
//! ```text
//! cargo run --example headless_train -- --headless --out trained
//! ```

#[path = "common/demo.rs"]
mod demo;

use bevy::prelude::*;
use bevy_semantic_splats::prelude::*;
use bevy_semantic_splats::train::TrainingLog;

fn main() -> AppExit {
    let pictures: Vec<(&'static str, demo::Act)> = vec![("trained", is_there), ("classes", show_classes)];
    let training = demo::Training { iterations: 250, downscale: 4.0, is_fresh: true, ..demo::ONCE };
    demo::app("training", training, pictures).add_systems(Update, (demo::look_through_held_out, tell)).run()
}

/// Loss and PSNR of the last step, now and then.
fn tell(logs: Query<&TrainingLog>, mut told: Local<u32>) {
    for log in &logs {
        if log.iteration < *told + 50 {
            continue;
        }
        *told = log.iteration;
        let figures = (log.loss.latest().unwrap_or_default(), log.psnr.latest().unwrap_or_default());
        println!("step {}: loss {:.4}, {:.2} dB", log.iteration, figures.0, figures.1);
    }
}

fn is_there(_: &mut World) -> bool {
    true
}

fn show_classes(world: &mut World) -> bool {
    for mut view in world.query::<&mut SplatView>().iter_mut(world) {
        view.mode = DisplayMode::Overlay;
    }
    true
}

//! `semsplat synth`: a furnished, labelled and photographed room from a seed.

use crate::error::CliError;
use crate::progress::{Progress, grouped, say};
use clap::Args;
use splat_synth::{RoomOptions, write_room};
use std::path::PathBuf;

/// Make a labelled room from a seed, in ScanNet++ layout.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  semsplat synth --seed 7 --out rooms/7
      72 training and 12 held-out photographs of 360 x 240, some minutes of CPU time;
      prints the scene's folder, which `semsplat train` takes
  semsplat synth --seed 7 --out rooms/tiny --width 96 --height 64 --train-views 10 --test-views 3 --samples 4
      the same room in seconds, noisy

The same options give the same bytes everywhere. Beside the exact annotated mesh there are noisy masks in
dslr/semantic_noisy, as a 2D segmenter would make them: `semsplat train SCENE --labels semantic_noisy`.")]
pub struct SynthArgs {
    /// Chooses the room: size, furniture, colours, light, camera path
    #[arg(long, value_name = "S")]
    pub seed: u64,
    /// Data root to write; must be new or empty
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Width of the photographs in pixels
    #[arg(long, default_value_t = RoomOptions::new(0).width, value_name = "PX")]
    pub width: u32,
    /// Height of the photographs in pixels
    #[arg(long, default_value_t = RoomOptions::new(0).height, value_name = "PX")]
    pub height: u32,
    /// Photographs to train on
    #[arg(long, default_value_t = RoomOptions::new(0).train_views, value_name = "N")]
    pub train_views: usize,
    /// Held-out photographs
    #[arg(long, default_value_t = RoomOptions::new(0).test_views, value_name = "N")]
    pub test_views: usize,
    /// Camera rays per pixel; fewer are faster and noisier
    #[arg(long, default_value_t = RoomOptions::new(0).samples, value_name = "N")]
    pub samples: u32,
    /// No progress
    #[arg(long)]
    pub quiet: bool,
    /// Print a summary as JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
pub fn run(args: &SynthArgs) -> Result<(), CliError> {
    let progress = Progress::new(args.quiet || args.json);
    let options = RoomOptions {
        seed: args.seed,
        width: args.width,
        height: args.height,
        train_views: args.train_views,
        test_views: args.test_views,
        samples: args.samples,
    };
    let made = write_room(&args.out, &options, &|p| progress.stage(p.stage, p.fraction));
    progress.finish();
    let room = made?;
    if args.json {
        let summary = serde_json::json!({
            "scene": room.scene, "id": room.id, "train_views": room.train_views, "test_views": room.test_views,
            "classes": room.classes, "objects": room.objects, "vertices": room.vertices, "faces": room.faces,
            "points": room.points,
        });
        say(&format!("{summary:#}"));
    } else {
        say(&format!(
            "{}: {} training and {} held-out views, {} classes, {} points",
            room.scene.display(),
            room.train_views,
            room.test_views,
            room.classes.len(),
            grouped(room.points as u64),
        ));
    }
    Ok(())
}

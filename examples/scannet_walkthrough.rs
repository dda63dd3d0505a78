//! Walks through a ScanNet++ scene (or any other capture) while it trains, or through a trained cloud.
//!
//! ```text
//! cargo run --example scannet_walkthrough                                       # the sample room, trained live
//! cargo run --example scannet_walkthrough -- SCENE_DIR --labels mesh            # a capture of one's own
//! cargo run --example scannet_walkthrough -- SCENE_DIR --cloud cloud.ply        # a trained cloud
//! cargo run --example scannet_walkthrough -- --headless --out shots             # pictures, no window
//! cargo run --example scannet_walkthrough -- --remote                           # answers questions from other programs
//! ```
//!
//! In the window: space plays and pauses the walk; W A S D, Q, E and the right mouse button fly; 1 to 9 choose what is
//! shown; a click asks what is there; a click on a class of the legend highlights it, its eye hides it, its colour opens
//! what else can be said about its look; Tab hides the panels. K adds a key frame, P replays them, F5 saves and F9 loads
//! `path.json`. R, L and B take a rectangle, a lasso and a brush in hand: a drag chooses Gaussians of a trained cloud (`--cloud`),
//! and a line in the scene says what becomes of them by which key.

mod common;

use bevy::prelude::*;
use bevy_semantic_splats::SemanticSplatPlugins;
use bevy_semantic_splats::remote::SplatRemotePlugin;
use bevy_semantic_splats::ui::SplatUiPlugin;
use common::options::Options;
use common::{stage, tour};

fn main() -> AppExit {
    let plan = match Options::from_command_line().plan() {
        Ok(plan) => plan,
        Err(trouble) => return trouble.report(),
    };
    let mut app = App::new();
    match &plan.out {
        None => app.add_plugins((DefaultPlugins.set(stage::window(&plan)), SemanticSplatPlugins, SplatUiPlugin)),
        Some(_) => app.add_plugins((stage::windowless(), SemanticSplatPlugins, tour::TourPlugin)),
    };
    if let Some(address) = plan.remote {
        app.add_plugins(SplatRemotePlugin::at(address));
    }
    app.insert_resource(plan).add_plugins(stage::StagePlugin).run()
}

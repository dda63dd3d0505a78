//! Walks through a ScanNet++ scene (or any other capture) while it trains, or through a trained cloud.
//!
//! ```text
//! cargo run --example scannet_walkthrough                                       # the sample room, trained live
//! cargo run --example scannet_walkthrough -- SCENE_DIR --labels mesh            # a capture of one's own
//! cargo run --example scannet_walkthrough -- SCENE_DIR --labels MASKS --label-map ade20k-to-scannetpp   # a segmenter's masks
//! cargo run --example scannet_walkthrough -- SCENE_DIR --cloud cloud.ply        # a trained cloud
//! cargo run --example scannet_walkthrough -- --headless --out shots             # pictures, no window
//! cargo run --example scannet_walkthrough -- --remote                           # answers questions from other programs
//! ```
//!
//! In the window F1 lists all keys. A click asks what is there; a click on a class of the list highlights it, its eye hides it,
//! its colour opens what else can be said about its look; a click on an object flies there. C shows the photograph beside the
//! render, parted by a line that can be dragged. A cloud (.ply, .spz, .glb), a run folder or a capture that is dropped on the
//! window, or named in the field at the right, is opened. R, L and B take a rectangle, a lasso and a brush in hand: a drag
//! chooses Gaussians of a trained cloud, and a line in the scene says what becomes of them by which key. What is chosen in
//! panels is kept for the next time (`--no-settings` keeps nothing).

mod common;

use bevy::prelude::*;
use bevy_semantic_splats::SemanticSplatPlugins;
use bevy_semantic_splats::remote::SplatRemotePlugin;
use bevy_semantic_splats::ui::{SettingsPlugin, SplatUiPlugin};
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
    if plan.keeps_settings {
        app.add_plugins(SettingsPlugin::default());
    }
    if plan.out.is_none() {
        app.insert_resource(plan.opening.clone());
    }
    app.insert_resource(plan).add_plugins(stage::StagePlugin).run()
}

//! `cargo xtask demo`: the sample room, trained before one's eyes where there is a display, else into files.

use crate::{Outcome, cargo, setup};
use clap::Args;
use std::process::Command;

/// Train the sample room and show it.
#[derive(Args, Debug)]
#[command(after_help = "\
With a display this opens the walkthrough. Without one (or with --headless) it leaves in target/demo/: report.md with
pictures, report.json, the fly-through as numbered PNGs, the trained cloud (cloud.ply, cloud_by_class.ply) and run/.")]
pub struct DemoArgs {
    /// Into files, even where there is a display
    #[arg(long, conflicts_with = "window")]
    headless: bool,
    /// Into a window, on a virtual display where there is no other
    #[arg(long)]
    window: bool,
    /// Training steps of the headless demo, instead of what fits into ten minutes on two cores
    #[arg(long, value_name = "N")]
    iterations: Option<u32>,
}

/// Runs the task.
pub fn run(args: &DemoArgs) -> Outcome {
    setup::vulkan()?;
    let has_display = setup::has_display();
    if !args.headless && (has_display || args.window) {
        return walkthrough(!has_display);
    }
    if !args.headless {
        eprintln!("No display: the demo runs headless. `cargo xtask demo --window` opens its window on a virtual one.");
    }
    headless(args.iterations)
}

fn walkthrough(on_virtual_display: bool) -> Outcome {
    setup::window(on_virtual_display)?;
    let walk = cargo::cargo(&["run", "--example", "scannet_walkthrough"]);
    if !on_virtual_display {
        let mut walk = walk;
        return cargo::run(&mut walk);
    }
    let mut framed = Command::new("xvfb-run");
    framed.args(["-a", "-s", "-screen 0 1600x900x24"]).arg(walk.get_program()).args(walk.get_args());
    cargo::run(framed.current_dir(cargo::root()))
}

/// The results belong to the repository's `target`, wherever cargo's own target folder is.
fn headless(iterations: Option<u32>) -> Outcome {
    let root = cargo::root();
    let mut demo = Command::new(cargo::semsplat()?);
    demo.current_dir(&root).args(["demo", "--scene", "assets/sample_room", "--out", "target/demo"]);
    if let Some(n) = iterations {
        demo.args(["--iterations", &n.to_string()]);
    }
    std::fs::create_dir_all(root.join("target")).map_err(|e| format!("target: cannot be made: {e}"))?;
    cargo::run(&mut demo)
}

//! `semsplat reproduce`: the paper's tables and figures, on scenes that one has.
//!
//! * [`row`]: one scene, one kind of masks, one method; kept when finished
//! * [`work`]: makes rows
//! * [`tables`]: rows as the paper's tables, with the paper's own figures ([`paper`]) beside them
//! * [`claims`]: what the paper says, and what is measured
//! * [`figures`]: pictures like the paper's
//! * [`document`]: the report as Markdown and as HTML

mod claims;
mod document;
mod figures;
mod paper;
mod row;
mod tables;
mod work;

use crate::error::CliError;
use crate::labels::make_folder;
use crate::progress::{Progress, say};
use crate::train::downscale;
use clap::{Args, ValueEnum};
use row::{Masks, Method, Row};
use splat_eval::Lpips;
use splat_labels::LabelMapSource;
use std::cell::OnceCell;
use std::path::PathBuf;
use work::{Scene, Workshop};

/// Reproduce the paper's tables and figures.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  semsplat reproduce table1 --root scannetpp --scenes 3e8bba0176,7831862f02 --model oneformer.onnx --out paper
      paper/report.md and report.html: Table 1 on two real scenes beside the paper's figures, table1.json for programs
  semsplat reproduce table2 --root assets/sample_room --scenes 975835de1c --masks semantic_noisy --out paper \\
      --iterations 500 --downscale 2
      a look in minutes at softmax before blending and entropy
  semsplat reproduce figures --root captures --scenes room --model deeplab.onnx --out room
      photographs alone: masks are made by the network, the scene is trained, figures are drawn

ROOT is a ScanNet++ data root (ROOT/data/SCENE) or a folder of captures (ROOT/SCENE). Exact masks are the annotated mesh's; noisy
ones are the folder NAME beside the images, else --model makes them in DIR/masks. What is finished is kept: the same command
goes on where it was stopped, other scenes and tables with the same --out join the report.")]
pub struct ReproduceArgs {
    /// What to reproduce
    what: What,
    /// Data root, or a folder of captures
    #[arg(long, value_name = "DIR")]
    root: PathBuf,
    /// Scenes of it
    #[arg(long, value_name = "A,B,...", value_delimiter = ',', required = true)]
    scenes: Vec<String>,
    /// Folder of a segmenter's masks in each scene
    #[arg(long, default_value = "semantic_ade20k", value_name = "NAME")]
    masks: String,
    /// Segmentation network that makes them where they are not there (see `labels segment`)
    #[arg(long, value_name = "FILE.onnx")]
    model: Option<PathBuf>,
    /// How the masks' classes become the scenes', where their class lists differ
    #[arg(long, default_value = "ade20k-to-scannetpp", value_name = "ade20k-to-scannetpp|FILE.csv")]
    label_map: LabelMapSource,
    /// Weights for LPIPS (see `eval`)
    #[arg(long, value_name = "FILE.safetensors")]
    lpips: Option<PathBuf>,
    /// Steps of each training [default: 30000, as published]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    iterations: Option<u32>,
    /// Photographs are scaled down by this factor
    #[arg(long, default_value_t = 1.0, value_name = "F", value_parser = downscale)]
    downscale: f64,
    /// Seed of everything random
    #[arg(long, default_value_t = 0, value_name = "S")]
    seed: u64,
    /// Folder for everything
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// No progress, only warnings and errors
    #[arg(long)]
    quiet: bool,
    /// Print the table as JSON
    #[arg(long)]
    json: bool,
}

/// What of the paper.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// Exact and noisy masks, methods side by side
    Table1,
    /// Softmax before blending and entropy, on exact masks
    Table2,
    /// Pictures like Figures 1 to 3
    Figures,
}

/// Methods of Table 1.
const TABLE_1: [Method; 6] =
    [Method::Paper, Method::Quality, Method::Grouping, Method::Colour, Method::Lift, Method::Input];
/// Methods of Table 2; the first is the paper's `original`.
const TABLE_2: [Method; 4] = [Method::Paper, Method::Softmax, Method::LittleEntropy, Method::MuchEntropy];

/// Runs the command.
pub fn run(args: &ReproduceArgs) -> Result<(), CliError> {
    let progress = Progress::new(args.quiet);
    let outcome = reproduce(args, &progress);
    progress.finish();
    let rows = outcome?;
    if args.json {
        say(&serde_json::to_string_pretty(&rows).unwrap_or_default());
    } else {
        say(&tables::text(&rows));
        say(&format!("report        {}", args.out.join("report.md").display()));
    }
    Ok(())
}

fn reproduce(args: &ReproduceArgs, progress: &Progress) -> Result<Vec<Row>, CliError> {
    let lpips = args.lpips.as_deref().map(Lpips::load).transpose()?;
    let workshop = Workshop {
        out: &args.out,
        masks: &args.masks,
        model: args.model.as_deref(),
        label_map: &args.label_map,
        lpips: args.lpips.as_deref().zip(lpips.as_ref()),
        iterations: args.iterations,
        downscale: args.downscale,
        seed: args.seed,
        progress,
        gpu: OnceCell::new(),
    };
    // A scene that is not there is told before hours are spent on another.
    let scenes = args.scenes.iter().map(|name| workshop.scene(&args.root, name)).collect::<Result<Vec<Scene>, _>>()?;
    let plans = scenes.iter().map(|scene| rows_of(args.what, scene)).collect::<Result<Vec<_>, _>>()?;
    make_folder(&args.out)?;
    for (scene, plan) in scenes.iter().zip(plans) {
        for (masks, method) in plan {
            workshop.row(scene, masks, method)?;
            write(args)?;
        }
        if args.what == What::Figures {
            figures::draw(&workshop, scene)?;
        }
    }
    write(args)
}

/// What is made for a scene.
fn rows_of(what: What, scene: &Scene) -> Result<Vec<(Masks, Method)>, CliError> {
    if what == What::Table2 && !scene.has_mesh() {
        let message = "has no annotated mesh: Table 2 is about exact masks";
        return Err(CliError::BadInput(format!("{}: {message}", scene.capture.root.display())));
    }
    let kinds = if scene.has_mesh() { &[Masks::Exact, Masks::Noisy][..] } else { &[Masks::Noisy] };
    Ok(match what {
        What::Table1 => kinds.iter().flat_map(|&masks| TABLE_1.map(|method| (masks, method))).collect(),
        What::Table2 => TABLE_2.map(|method| (Masks::Exact, method)).to_vec(),
        What::Figures => kinds.iter().map(|&masks| (masks, Method::Quality)).collect(),
    })
}

/// Writes tables and report from all rows that are finished so far; returns the rows of the table that was asked for.
fn write(args: &ReproduceArgs) -> Result<Vec<Row>, CliError> {
    let rows = row::all(&args.out.join("runs"))?;
    let (table1, table2) = (tables::table_1(&rows), tables::table_2(&rows));
    for (name, table) in [("table1.json", &table1), ("table2.json", &table2)] {
        if !table.is_empty() {
            splat_io::write_json(&args.out.join(name), table)?;
        }
    }
    if !table2.is_empty() {
        figures::ablation(&args.out, &table2)?;
    }
    let figures = figures::found(&args.out);
    let report = tables::report(&table1, &table2, &figures);
    splat_io::write_atomic(&args.out.join("report.md"), report.markdown().as_bytes())?;
    splat_io::write_atomic(&args.out.join("report.html"), report.html().as_bytes())?;
    Ok(if args.what == What::Table2 { table2 } else { table1 })
}

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
use row::Row;
pub use row::{Masks, Method};
use serde::{Deserialize, Serialize};
use splat_eval::Lpips;
use splat_labels::LabelMapSource;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
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
  semsplat reproduce table1 --root captures --scenes room --model deeplab.onnx --out room
      photographs alone: masks are made by the network, the scene is trained in all ways, scored and drawn

ROOT is a ScanNet++ data root (ROOT/data/SCENE) or a folder of captures (ROOT/SCENE). Exact masks are the annotated mesh's; noisy
ones are the folder NAME beside the images, else --model makes them in DIR/masks. What is finished is kept: the same command
goes on where it was stopped, other scenes and tables with the same --out join the report.")]
pub struct ReproduceArgs {
    /// What to reproduce
    what: What,
    /// Scenes and settings
    #[command(flatten)]
    options: Options,
    /// No progress, only warnings and errors
    #[arg(long)]
    quiet: bool,
    /// Print the table as JSON
    #[arg(long)]
    json: bool,
}

/// Scenes, settings, and where everything goes.
#[derive(Args, Clone, Debug, Serialize, Deserialize)]
pub struct Options {
    /// Data root, or a folder of captures
    #[arg(long, value_name = "DIR")]
    pub root: PathBuf,
    /// Scenes of it
    #[arg(long, value_name = "A,B,...", value_delimiter = ',', required = true)]
    scenes: Vec<String>,
    /// Folder of a segmenter's masks in each scene
    #[arg(long, default_value = "semantic_ade20k", value_name = "NAME")]
    masks: String,
    /// Segmentation network that makes them where they are not there (see `labels segment`)
    #[arg(long, value_name = "FILE.onnx")]
    model: Option<PathBuf>,
    /// Only these methods of a table [default: all]
    #[arg(long, value_enum, value_name = "A,B,...", value_delimiter = ',')]
    #[serde(default)]
    methods: Vec<Method>,
    /// How the masks' classes become the scenes', where their class lists differ
    #[arg(long, default_value = "ade20k-to-scannetpp", value_name = "ade20k-to-scannetpp|FILE.csv")]
    label_map: LabelMapSource,
    /// Weights for LPIPS (see `eval`)
    #[arg(long, value_name = "FILE.safetensors|FILE.onnx")]
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
    pub out: PathBuf,
}

impl Options {
    /// Paths from the root, for whoever runs elsewhere; what does not exist stays as it is and is told later.
    pub fn make_absolute(&mut self) {
        let map = match &mut self.label_map {
            LabelMapSource::File(path) => Some(path),
            LabelMapSource::Ade20kToScannetpp => None,
        };
        let paths = [Some(&mut self.root), Some(&mut self.out), self.model.as_mut(), self.lpips.as_mut(), map];
        for path in paths.into_iter().flatten() {
            *path = path.canonicalize().unwrap_or_else(|_| path.clone());
        }
    }

    /// Files that are read beside the scenes.
    pub fn files(&self) -> Vec<&Path> {
        let map = match &self.label_map {
            LabelMapSource::File(path) => Some(path.as_path()),
            LabelMapSource::Ade20kToScannetpp => None,
        };
        [self.model.as_deref(), self.lpips.as_deref(), map].into_iter().flatten().collect()
    }
}

/// What of the paper.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
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
        say(&format!("report        {}", args.options.out.join("report.md").display()));
    }
    Ok(())
}

fn reproduce(args: &ReproduceArgs, progress: &Progress) -> Result<Vec<Row>, CliError> {
    make_rows(&args.options, args.what, None, progress)
}

/// Makes rows: those that are named, else all of the table; returns what is known of the table then.
///
/// # Errors
/// What is missing is told before anything is trained; whatever stops a training later leaves finished rows.
pub fn make_rows(
    options: &Options,
    what: What,
    only: Option<&[RowOf]>,
    progress: &Progress,
) -> Result<Vec<Row>, CliError> {
    let lpips = options.lpips.as_deref().map(Lpips::load).transpose()?;
    let workshop = Workshop::new(options, lpips.as_ref(), progress);
    let is_wanted = |name: &&String| only.is_none_or(|rows| rows.iter().any(|r| r.scene == **name));
    let names = options.scenes.iter().filter(is_wanted);
    // A scene that is not there is told before hours are spent on another.
    let scenes = names.map(|name| workshop.scene(&options.root, name)).collect::<Result<Vec<Scene>, _>>()?;
    let plans = scenes.iter().map(|scene| rows_of(options, what, scene)).collect::<Result<Vec<_>, _>>()?;
    let is_asked_for = |row: &&RowOf| only.is_none_or(|rows| rows.contains(row));
    for (scene, plan) in scenes.iter().zip(&plans) {
        plan.iter().filter(is_asked_for).try_for_each(|row| workshop.check(scene, row))?;
    }
    make_folder(&options.out)?;
    for (scene, plan) in scenes.iter().zip(plans) {
        for row in plan.iter().filter(is_asked_for) {
            workshop.row(scene, row.masks, row.method)?;
            write(options, what)?;
        }
        let is_whole = only.is_none() && what != What::Table2;
        if is_whole && has_quality(&plan) && (what == What::Figures || !figures::are_drawn(&workshop, scene, &plan)) {
            figures::draw(&workshop, scene)?;
        }
    }
    write(options, what)
}

/// Whether a scene's rows are those that figures are drawn from.
fn has_quality(rows: &[RowOf]) -> bool {
    rows.iter().any(|row| row.method == Method::Quality)
}

/// All rows of a table. Masks that a scene lacks are made, where there is a network.
///
/// # Errors
/// If a scene is not there or lacks what the table is about; if masks are missing and nothing makes them.
pub fn rows(options: &Options, what: What, progress: &Progress) -> Result<Vec<RowOf>, CliError> {
    let workshop = Workshop::new(options, None, progress);
    let mut rows = Vec::new();
    for name in &options.scenes {
        rows.extend(rows_of(options, what, &workshop.scene(&options.root, name)?)?);
    }
    Ok(rows)
}

/// One row of a scene.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowOf {
    /// Scene.
    pub scene: String,
    /// Masks.
    pub masks: Masks,
    /// Method.
    pub method: Method,
}

/// What is made for a scene.
fn rows_of(options: &Options, what: What, scene: &Scene) -> Result<Vec<RowOf>, CliError> {
    if what == What::Table2 && !scene.has_mesh() {
        let message = "has no annotated mesh: Table 2 is about exact masks";
        return Err(CliError::BadInput(format!("{}: {message}", scene.capture.root.display())));
    }
    let kinds = if scene.has_mesh() { &[Masks::Exact, Masks::Noisy][..] } else { &[Masks::Noisy] };
    let pairs: Vec<(Masks, Method)> = match what {
        What::Table1 => kinds.iter().flat_map(|&masks| TABLE_1.map(|method| (masks, method))).collect(),
        What::Table2 => TABLE_2.map(|method| (Masks::Exact, method)).to_vec(),
        What::Figures => kinds.iter().map(|&masks| (masks, Method::Quality)).collect(),
    };
    let is_wanted = |method| what == What::Figures || options.methods.is_empty() || options.methods.contains(&method);
    let row = |(masks, method)| RowOf { scene: scene.name.clone(), masks, method };
    let rows: Vec<RowOf> = pairs.iter().copied().filter(|(_, method)| is_wanted(*method)).map(row).collect();
    if rows.is_empty() {
        let known: BTreeSet<&str> = pairs.iter().map(|(_, method)| method.name()).collect();
        let known = known.into_iter().collect::<Vec<_>>().join(", ");
        return Err(CliError::BadInput(format!("--methods names none of this table's: {known}")));
    }
    Ok(rows)
}

/// Writes tables and report from all rows that are finished so far; returns the rows of the table that was asked for.
///
/// # Errors
/// If a finished row cannot be read, or a file cannot be written.
pub fn write(options: &Options, what: What) -> Result<Vec<Row>, CliError> {
    let out = &options.out;
    let rows = row::all(&out.join("runs"))?;
    let (table1, table2) = (tables::table_1(&rows), tables::table_2(&rows));
    for (name, table) in [("table1.json", &table1), ("table2.json", &table2)] {
        if !table.is_empty() {
            splat_io::write_json(&out.join(name), table)?;
        }
    }
    if !table2.is_empty() {
        figures::ablation(out, &table2)?;
    }
    let report = tables::report(&table1, &table2, &figures::found(out));
    splat_io::write_atomic(&out.join("report.md"), report.markdown().as_bytes())?;
    splat_io::write_atomic(&out.join("report.html"), report.html().as_bytes())?;
    Ok(if what == What::Table2 { table2 } else { table1 })
}

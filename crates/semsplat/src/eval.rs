//! `semsplat eval`: how good a run is on views that it never saw.

use crate::error::CliError;
use crate::evaluation::Evaluation;
use crate::progress::{Progress, grouped, say};
use clap::Args;
use splat_eval::{Lpips, Report};
use splat_gpu::{Gpu, GpuOptions};
use splat_labels::LabelSource;
use splat_train::RunFolder;
use std::path::{Path, PathBuf};

/// Score a run on its held-out views.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  semsplat eval runs/kitchen
      runs/kitchen/eval/report.md with pictures, report.json for programs
  semsplat eval runs/noisy --labels mesh --json | jq .miou_dataset
      a run that was trained on a segmenter's masks, against the annotated mesh
  semsplat eval runs/kitchen --lpips lpips_vgg.safetensors
      also LPIPS; the weights are made once in Python:
      import lpips, safetensors.torch as st
      w = lpips.LPIPS(net=\"vgg\").state_dict()
      st.save_file({k: v.clone() for k, v in w.items() if not k.startswith(\"lins.\")}, \"lpips_vgg.safetensors\")")]
pub struct EvalArgs {
    /// Run folder
    pub run: PathBuf,
    /// True labels: `mesh`, `none` or a folder of masks [default: the mesh where there is one, else what it was trained on]
    #[arg(long, value_name = "mesh|none|DIR")]
    pub labels: Option<LabelSource>,
    /// Also measure LPIPS, with AlexNet's or VGG-16's weights from this file: the `state_dict` of Python's `lpips.LPIPS`, saved as
    /// safetensors; or with the whole network, exported as ONNX (two pictures [1, 3, H, W] in -1..1, their distance)
    #[arg(long, value_name = "FILE.safetensors|FILE.onnx")]
    pub lpips: Option<PathBuf>,
    /// Folder for the report [default: RUN/eval]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Where the capture is, if it has moved since the training
    #[arg(long, value_name = "DIR")]
    pub capture: Option<PathBuf>,
    /// No progress
    #[arg(long)]
    pub quiet: bool,
    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
pub fn run(args: &EvalArgs) -> Result<(), CliError> {
    let progress = Progress::new(args.quiet || args.json);
    let report = evaluate(args, &progress);
    progress.finish();
    let report = report?;
    if args.json {
        say(&serde_json::to_string_pretty(&report).unwrap_or_default());
    } else {
        print(&report);
        say(&format!("report        {}", out(args).join("report.md").display()));
    }
    Ok(())
}

fn out(args: &EvalArgs) -> PathBuf {
    args.out.clone().unwrap_or_else(|| args.run.join("eval"))
}

fn evaluate(args: &EvalArgs, progress: &Progress) -> Result<Report, CliError> {
    let (run, out) = (RunFolder::open(&args.run)?, out(args));
    // A run without a cloud is refused before a GPU is looked for.
    run.cloud()?;
    let lpips = args.lpips.as_deref().map(Lpips::load).transpose()?;
    let gpu = Gpu::headless(GpuOptions::default())?;
    let request = Evaluation {
        run: &run,
        labels: args.labels.clone(),
        capture: args.capture.as_deref(),
        lpips: lpips.as_ref(),
        out: Path::new(&out),
    };
    let mut evaluated = request.run(&gpu, progress)?;
    progress.warn(&evaluated.report.warnings);
    if args.out.is_none() {
        evaluated.pictures.links = vec![
            ("the labelled cloud (3DGS with semantic_*)".to_owned(), "../cloud.ply".to_owned()),
            ("figures along the training".to_owned(), "../metrics.jsonl".to_owned()),
        ];
    }
    evaluated.write(&out)?;
    Ok(evaluated.report)
}

/// The headline, for people.
pub fn print(report: &Report) {
    let line = |what: &str, value: Option<String>| {
        if let Some(value) = value {
            say(&format!("{what:<14}{value}"));
        }
    };
    line("PSNR", report.psnr.map(|v| format!("{v:.2} dB")));
    line("SSIM", report.ssim.map(|v| format!("{v:.3}")));
    let unnormalised = report.lpips_unnormalised.map_or_else(String::new, |v| format!(" (pictures in 0..1: {v:.3})"));
    line("LPIPS", report.lpips.map(|v| format!("{v:.3}{unnormalised}")));
    line("mIoU", report.miou_dataset.map(|v| format!("{v:.3} (whole set)")));
    line("mIoU", report.miou_image.map(|v| format!("{v:.3} (per image)")));
    line("mIoU", report.miou_3d.map(|v| format!("{v:.3} (mesh vertices)")));
    let half = report.depth_median.map_or_else(String::new, |v| format!(", half of all within {:.2} %", 100.0 * v));
    line("surface", report.depth_near.map(|v| format!("{:.1} % within 2 % of the mesh's distance{half}", 100.0 * v)));
    line("box IoU", report.box_iou.map(|v| format!("{v:.3} (mean of {} annotated objects)", report.objects.len())));
    line("accuracy", report.accuracy.map(|v| format!("{:.1} %", 100.0 * v)));
    line("boundary IoU", report.boundary_iou.map(|v| format!("{v:.3}")));
    line("ECE", report.ece.map(|v| format!("{:.1} %", 100.0 * v)));
    let percent = |v: f64| format!("{:.2} %", 100.0 * v);
    let input = report.flicker_input.map_or_else(String::new, |v| format!(", input masks {}", percent(v)));
    line("flicker", report.flicker.map(|v| format!("{}{input}", percent(v))));
    line("Gaussians", Some(grouped(report.gaussians)));
}

//! `semsplat plan`: the rows of `reproduce` over many scenes as independent tasks, on this machine or on a cluster.
//!
//! * [`task`]: what the tasks are, and how each of them fared
//! * [`cluster`]: the scripts for Slurm and Kubernetes
//!
//! A task's rows lie in their run folders, finished or with a checkpoint, so whoever runs it once more goes on where it was
//! stopped; two tasks never write to one folder.

mod cluster;
mod task;

use crate::error::CliError;
use crate::labels::make_folder;
use crate::progress::{Progress, duration, say, say_err};
use crate::reproduce::{self, Options, What};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;
use task::{Plan, STARTED};

/// Exit code of a request that makes no sense: trying again would not help.
const BAD_INPUT: i32 = 2;

/// Run tables over many scenes, as tasks on this machine or a cluster.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  semsplat plan make table1 --root scannetpp --scenes 3e8bba0176,7831862f02 --out plan
  semsplat plan run plan                 all tasks on this machine; killed, it goes on where it was
  semsplat plan report plan              how far each task is, and the tables of those that are done

`semsplat plan make --help` tells about clusters.")]
pub struct PlanArgs {
    #[command(subcommand)]
    command: PlanCommand,
}

#[derive(Subcommand, Debug)]
enum PlanCommand {
    Make(MakeArgs),
    Run(RunArgs),
    Report(ReportArgs),
    /// One task, in this process: what `run` starts
    #[command(hide = true)]
    Task {
        /// Folder of the plan
        dir: PathBuf,
        /// Number of the task, from 0
        task: usize,
        /// End when the standard input does: with whoever started this
        #[arg(long)]
        leashed: bool,
    },
}

/// Write a plan: its tasks, and scripts that run them on a cluster.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  semsplat plan make table1 --root scannetpp --scenes 3e8bba0176,7831862f02 --out plan
      plan/plan.json, plan/slurm.sh and plan/kubernetes.yaml; then one of
  semsplat plan run plan                 all tasks on this machine, one after another
  bash plan/slurm.sh --gpus=1            a Slurm job array and, after it, a job that writes the report; options go to sbatch
  kubectl apply -f plan/kubernetes.yaml  an indexed job, one pod a task

Paths in the plan are absolute: machines of a cluster must see them under the same names (a shared file system).")]
struct MakeArgs {
    /// What to reproduce
    what: What,
    /// Scenes and settings
    #[command(flatten)]
    options: Options,
    /// Tasks that may run at once on a cluster
    #[arg(long, default_value_t = 8, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    parallel: u32,
    /// Container image with this program, for Kubernetes
    #[arg(long, default_value = "semsplat:latest", value_name = "IMAGE")]
    image: String,
}

/// Run a plan's tasks, each in a process of its own; what fails is tried again.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  semsplat plan run plan
  semsplat plan run plan --task 3 --retries 5
      one task, as the cluster's scripts do")]
struct RunArgs {
    /// Folder of the plan
    dir: PathBuf,
    /// Number of a task, from 0 [default: all that are not done]
    #[arg(long, value_name = "I")]
    task: Option<usize>,
    /// How often a task that fails is tried again
    #[arg(long, default_value_t = 2, value_name = "N")]
    retries: u32,
}

/// Write the report of all rows that are finished, and say which tasks are not.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  semsplat plan report plan
      plan/report.md, report.html, table1.json; exit code 1 while tasks are missing")]
struct ReportArgs {
    /// Folder of the plan
    dir: PathBuf,
    /// Print the tasks as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &PlanArgs) -> Result<(), CliError> {
    match &args.command {
        PlanCommand::Make(args) => make(args),
        PlanCommand::Run(args) => run_tasks(args),
        PlanCommand::Report(args) => report(args),
        PlanCommand::Task { dir, task, leashed } => {
            if *leashed {
                end_with_input();
            }
            let plan = Plan::open(dir)?;
            let progress = Progress::new(false);
            let outcome = reproduce::make_rows(&plan.options, plan.what, Some(&plan.task(*task)?.rows), &progress);
            progress.finish();
            outcome.map(drop)
        }
    }
}

/// Ends this process when whoever holds the other end of its standard input is gone, however that came: whoever runs the task
/// next must not find somebody else at work in its folders.
fn end_with_input() {
    std::thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(1);
    });
}

fn make(args: &MakeArgs) -> Result<(), CliError> {
    let progress = Progress::new(false);
    let mut options = args.options.clone();
    make_folder(&options.out)?;
    options.make_absolute();
    let plan = Plan::new(args.what, options, &progress)?;
    progress.finish();
    plan.write()?;
    let out = &plan.options.out;
    splat_io::write_atomic(&out.join("slurm.sh"), cluster::slurm(&plan, args.parallel)?.as_bytes())?;
    let kubernetes = cluster::kubernetes(&plan, args.parallel, &args.image);
    splat_io::write_atomic(&out.join("kubernetes.yaml"), kubernetes.as_bytes())?;
    say(&format!("{}: {} tasks", out.join("plan.json").display(), plan.tasks.len()));
    Ok(())
}

fn run_tasks(args: &RunArgs) -> Result<(), CliError> {
    let plan = Plan::open(&args.dir)?;
    let chosen: Vec<usize> = match args.task {
        Some(task) => vec![plan.task(task)?.number],
        None => (0..plan.tasks.len()).collect(),
    };
    let mut failed = Vec::new();
    for number in chosen {
        if !plan.is_done(number)? && !attempt(&plan, number, args.retries)? {
            failed.push(number.to_string());
        }
    }
    reproduce::write(&plan.options, plan.what)?;
    if failed.is_empty() { Ok(()) } else { Err(CliError::TasksFailed { tasks: failed.join(", ") }) }
}

/// Runs a task until it succeeds or there are no attempts left; returns whether it did.
fn attempt(plan: &Plan, number: usize, retries: u32) -> Result<bool, CliError> {
    let program = std::env::current_exe().map_err(|e| splat_io::IoError::read(Path::new("semsplat"), e))?;
    let mut state = plan.state(number)?.unwrap_or_default();
    for attempt in 0..=retries {
        let (started, before) = (Instant::now(), state.seconds);
        state.attempts += 1;
        // Noted beforehand: this process may be killed too.
        state.outcome = STARTED.to_owned();
        plan.note(number, &state)?;
        let mut command = Command::new(&program);
        command.args(["plan", "task", "--leashed"]).arg(&plan.options.out).arg(number.to_string());
        let mut child = command.stdin(Stdio::piped()).spawn().map_err(|e| splat_io::IoError::read(&program, e))?;
        // `wait` would let go of the leash.
        let leash = child.stdin.take();
        let status = child.wait().map_err(|e| splat_io::IoError::read(&program, e))?;
        drop(leash);
        state.seconds = before + started.elapsed().as_secs_f64();
        (state.is_done, state.outcome) = (status.success(), status.to_string());
        plan.note(number, &state)?;
        if state.is_done || status.code() == Some(BAD_INPUT) {
            break;
        }
        say_err(&format!("task {number} ended with {status}, attempt {} of {}", attempt + 1, retries + 1));
    }
    Ok(state.is_done)
}

fn report(args: &ReportArgs) -> Result<(), CliError> {
    let plan = Plan::open(&args.dir)?;
    reproduce::write(&plan.options, plan.what)?;
    let states = plan.states()?;
    if args.json {
        say(&serde_json::to_string_pretty(&states).unwrap_or_default());
    }
    let mut missing = Vec::new();
    for (task, state) in plan.tasks.iter().zip(&states) {
        if !args.json {
            let how = match state {
                None => "not run".to_owned(),
                Some(s) if s.is_done => format!("done in {}, attempt {}", duration(s.seconds), s.attempts),
                Some(s) if s.outcome == STARTED => format!("under way or killed, attempt {}", s.attempts),
                Some(s) => format!("failed after {} attempts: {}", s.attempts, s.outcome),
            };
            say(&format!("{:>4}  {}  {how}", task.number, task.name()));
        }
        if !state.as_ref().is_some_and(|s| s.is_done) {
            missing.push(task.number.to_string());
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(CliError::TasksFailed { tasks: missing.join(", ") }) }
}

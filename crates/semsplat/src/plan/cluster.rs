//! Scripts that run a plan's tasks on the clusters that people have.

use super::task::Plan;
use crate::error::CliError;
use std::path::Path;

/// How often an element of a job array runs a task whose `plan run` is killed.
const ATTEMPTS: u32 = 3;
/// Elements of a job array: most clusters allow 1,001 numbers (`MaxArraySize`). Longer plans give each element several tasks.
const MOST_ELEMENTS: usize = 1000;

/// A script that submits a Slurm job array, one element a task, and a job that writes the report when all have ended. `plan run`
/// tries a process that fails again, the job a `plan run` that is killed, and Slurm a job whose node fails.
pub fn slurm(plan: &Plan, parallel: u32) -> Result<String, CliError> {
    let program = std::env::current_exe().map_err(|e| splat_io::IoError::read(Path::new("semsplat"), e))?;
    let (program, dir) = (quoted(&program), quoted(&plan.options.out));
    let count = plan.tasks.len();
    let step = count.clamp(1, MOST_ELEMENTS);
    let last = step - 1;
    Ok(format!(
        r#"#!/bin/bash
# Submits the plan beside this file. Options for sbatch, as your cluster wants them, go to tasks and report alike:
#   bash slurm.sh --partition=gpu --gpus=1 --time=8:00:00
set -euo pipefail
program=${{SEMSPLAT:-{program}}}
dir={dir}
mkdir -p "$dir/logs"
run=$(printf '%q ' "$program" plan run "$dir" --task)
report=$(printf '%q ' "$program" plan report "$dir")

# `plan run` tries a task that fails again; a code above 128 says that it was killed itself. Both go on from a checkpoint.
tasks=$(sbatch --parsable --job-name=semsplat --array=0-{last}%{parallel} --requeue --open-mode=append \
  --output="$dir/logs/%a.log" "$@" <<JOB
#!/bin/bash
worst=0
for ((task = SLURM_ARRAY_TASK_ID; task < {count}; task += {step})); do
  for attempt in {{1..{ATTEMPTS}}}; do
    $run \$task
    code=\$?
    ((code > 128)) || break
    echo "task \$task was killed, attempt \$attempt of {ATTEMPTS}"
  done
  ((code > worst)) && worst=\$code
done
exit \$worst
JOB
)
report=$(sbatch --parsable --job-name=semsplat-report --dependency=afterany:"$tasks" --open-mode=append   --output="$dir/logs/report.log" "$@" --wrap "$report")
echo "tasks: job $tasks, report: job $report"
"#
    ))
}

/// An indexed Kubernetes job, one pod a task; a pod that is lost is started again. Folders are mounted under their own names.
pub fn kubernetes(plan: &Plan, parallel: u32, image: &str) -> String {
    let options = &plan.options;
    let mut folders: Vec<(&Path, bool)> = vec![(options.out.as_path(), false), (options.root.as_path(), true)];
    folders.extend(options.files().into_iter().filter_map(Path::parent).map(|folder| (folder, true)));
    folders.dedup_by(|a, b| a.0 == b.0);
    let mount = |(i, (path, read_only)): (usize, &(&Path, bool))| {
        let path = yaml(path);
        format!("            - {{ name: folder-{i}, mountPath: {path}, readOnly: {read_only} }}\n")
    };
    let volume = |(i, (path, _)): (usize, &(&Path, bool))| {
        let path = yaml(path);
        format!("        - {{ name: folder-{i}, hostPath: {{ path: {path}, type: Directory }} }}\n")
    };
    let mounts: String = folders.iter().enumerate().map(mount).collect();
    let volumes: String = folders.iter().enumerate().map(volume).collect();
    let (count, dir, image) = (plan.tasks.len(), yaml(&options.out), yaml(Path::new(image)));
    format!(
        "# One pod a task. hostPath expects the folders on every node, as a shared file system has them; put claims in their place\n\
         # where it is not so. When the job is complete: semsplat plan report DIR.\n\
         apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: semsplat\nspec:\n  completionMode: Indexed\n  completions: {count}\n  \
         parallelism: {parallel}\n  backoffLimitPerIndex: 3\n  template:\n    spec:\n      restartPolicy: Never\n      containers:\n        \
         - name: semsplat\n          image: {image}\n          command: [semsplat, plan, run, {dir}, --task, $(JOB_COMPLETION_INDEX)]\n          \
         # A GPU: resources: {{ limits: {{ nvidia.com/gpu: 1 }} }}\n          volumeMounts:\n{mounts}      volumes:\n{volumes}"
    )
}

/// A path as one word of a shell script.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', "'\\''"))
}

/// A path as a YAML string.
fn yaml(path: &Path) -> String {
    serde_json::to_string(&path.display().to_string()).unwrap_or_default()
}

//! Scripts that run a plan's tasks on the clusters that people have.

use super::task::Plan;
use crate::error::CliError;
use std::path::Path;

/// A script that submits a Slurm job array, one element a task, and a job that writes the report when all have ended. Elements
/// whose node fails are queued again; processes that fail are tried again by `plan run`.
pub fn slurm(plan: &Plan, parallel: u32) -> Result<String, CliError> {
    let program = std::env::current_exe().map_err(|e| splat_io::IoError::read(Path::new("semsplat"), e))?;
    let (program, dir) = (quoted(&program), quoted(&plan.options.out));
    let last = plan.tasks.len().saturating_sub(1);
    Ok(format!(
        "#!/bin/bash\n\
         # Submits the plan beside this file. Partition, time and GPUs are your cluster's: export SBATCH_PARTITION,\n\
         # SBATCH_TIMELIMIT, SBATCH_GPUS_PER_TASK and so on, or add options here.\n\
         set -euo pipefail\n\
         program=${{SEMSPLAT:-{program}}}\n\
         dir={dir}\n\
         mkdir -p \"$dir/logs\"\n\
         array=$(sbatch --parsable --job-name=semsplat --array=0-{last}%{parallel} --requeue --output=\"$dir/logs/%a.log\" \\\n  \
         \"$@\" --wrap \"'$program' plan run '$dir' --task \\$SLURM_ARRAY_TASK_ID\")\n\
         report=$(sbatch --parsable --job-name=semsplat-report --dependency=afterany:\"$array\" --output=\"$dir/logs/report.log\" \\\n  \
         \"$@\" --wrap \"'$program' plan report '$dir'\")\n\
         echo \"tasks: job $array, report: job $report\"\n"
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

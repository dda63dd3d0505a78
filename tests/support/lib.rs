//! What several tests share: an adapter (or a loud skip), and one training step on the GPU with everything read back.

pub mod gpu_step;
pub mod tiny_run;

use splat_gpu::{Gpu, GpuOptions};

/// The adapter to test on. `SEMSPLAT_GPU=required` fails without one, `off` skips, `auto` (default) skips loudly.
pub fn gpu(options: GpuOptions) -> Option<Gpu> {
    let mode = std::env::var("SEMSPLAT_GPU").unwrap_or_else(|_| "auto".to_owned());
    if mode == "off" {
        eprintln!("SKIPPED: SEMSPLAT_GPU=off");
        return None;
    }
    match Gpu::headless(options) {
        Ok(gpu) => Some(gpu),
        Err(e) if mode == "required" => panic!("SEMSPLAT_GPU=required, but {e}"),
        Err(e) => {
            eprintln!("SKIPPED: no adapter ({e})");
            None
        }
    }
}

/// Every code path that one adapter can be made to take: subgroups or not, textures or buffers.
pub fn code_paths() -> Vec<GpuOptions> {
    let path = |without_subgroups, textures| GpuOptions { without_subgroups, mirror_textures: Some(textures) };
    vec![path(false, true), path(false, false), path(true, true)]
}

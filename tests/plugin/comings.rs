//! Clouds that come and go leave no memory behind.

use crate::stage::{BLOB_ROWS, SIZE, Stage, blobs, has_gpu};
use bevy_semantic_splats::prelude::*;

/// Clouds at a time, and how often they come.
const CLOUDS: usize = 10;
const TIMES: usize = 100;

/// Bytes that live on the GPU; `None` where the backend does not count.
fn allocated(stage: &Stage) -> Option<u64> {
    let gpu = stage.app.world().resource::<SplatGpu>().get().expect("it runs");
    Some(gpu.device.generate_allocator_report()?.total_allocated_bytes)
}

fn come_and_go(stage: &mut Stage) {
    // Large enough that one that stayed would be seen.
    let cloud = std::sync::Arc::new(blobs().subset((0..10).flat_map(|_| 0..3 * BLOB_ROWS)));
    let spawn = |_| stage.app.world_mut().spawn(SplatCloud::from_cloud(cloud.clone())).id();
    let clouds: Vec<_> = (0..CLOUDS).map(spawn).collect();
    stage.run(2);
    assert!(!stage.frames().is_empty(), "they were shown");
    for cloud in clouds {
        assert!(stage.app.world_mut().despawn(cloud));
    }
    stage.run(1);
}

#[test]
fn a_thousand_clouds_come_and_go() {
    if !has_gpu() {
        return;
    }
    // Pictures are not read back: what brings them home keeps more or fewer buffers as the GPU falls behind.
    let (mut stage, _) = Stage::of_size(SIZE);
    come_and_go(&mut stage);
    stage.run(10);
    let Some(before) = allocated(&stage) else {
        eprintln!("SKIPPED: this backend does not tell how much memory is allocated");
        return;
    };
    (0..TIMES).for_each(|_| come_and_go(&mut stage));
    stage.run(10);
    let after = allocated(&stage).expect("it counted before");
    eprintln!("{before} bytes before, {after} after {} clouds", CLOUDS * TIMES);
    // No buffer is smaller than 16 bytes: had every cloud left one, it would show. The app's own may come and go.
    assert!(after < before + 16 * (CLOUDS * TIMES) as u64 / 4);
}

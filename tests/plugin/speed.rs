//! How long a picture takes. Run it by hand: `cargo test --test plugin -- --ignored --nocapture milliseconds`.

use crate::cube::{HALF, cube};
use crate::stage::{FOV, Stage, has_gpu};
use bevy::prelude::*;
use bevy_semantic_splats::prelude::*;
use std::time::Instant;

const SIZE: UVec2 = UVec2::new(640, 360);
/// Frames that are timed, after those that compile and grow lists.
const FRAMES: usize = 21;
const WARM_UP: usize = 8;
/// CPU seconds that this process has had so far; a software GPU spends nothing else.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|word| word.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

/// Milliseconds of each of some frames, and mean CPU milliseconds of a frame, from the app's update to the GPU's last word, every one of a new view.
fn frame_ms(rows: usize) -> (Vec<f64>, f64) {
    let (mut stage, _) = Stage::of_size(SIZE);
    stage.app.world_mut().spawn(SplatCloud::from_cloud(cube(rows)));
    let distance = 2.0 * HALF / (0.5 * FOV).tan();
    let (mut times, mut cpu) = (Vec::new(), 0.0);
    for frame in 0..WARM_UP + FRAMES {
        let place = Quat::from_rotation_y(0.02 * frame as f32) * (distance * Vec3::Z);
        let pose = Transform::from_translation(place).looking_at(Vec3::ZERO, Vec3::Y);
        stage.app.world_mut().entity_mut(stage.camera).insert(pose);
        if frame == WARM_UP {
            cpu = cpu_seconds();
        }
        let start = Instant::now();
        stage.run(1);
        times.push(1e3 * start.elapsed().as_secs_f64());
    }
    let cpu_ms = 1e3 * (cpu_seconds() - cpu) / FRAMES as f64;
    let drawn = stage.frames().drawn() as usize;
    assert!(drawn >= FRAMES, "only {drawn} pictures were drawn");
    (times.split_off(WARM_UP), cpu_ms)
}

#[test]
#[ignore = "a measurement"]
fn milliseconds_of_a_frame() {
    if !has_gpu() {
        return;
    }
    for rows in [20_000, 100_000] {
        let (mut times, cpu_ms) = frame_ms(rows);
        times.sort_by(f64::total_cmp);
        let (median, best) = (times[FRAMES / 2], times[0]);
        println!("{rows} Gaussians at {SIZE}: {median:.0} ms a frame (best {best:.0}), CPU {cpu_ms:.0}");
    }
}

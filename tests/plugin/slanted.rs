//! A flat Gaussian that the camera sees at a slant is a plane for picks.

use crate::stage::{DISTANCE, Stage, has_gpu, pixel_of};
use bevy::prelude::*;
use bevy_semantic_splats::prelude::*;
use bevy_semantic_splats::splat_core::{Cloud, sh};

/// Turn about y from facing the camera.
const TURN: f32 = 0.9;

fn disc() -> Cloud {
    let turn = Quat::from_rotation_y(TURN);
    Cloud {
        means: vec![Vec3::ZERO],
        log_scales: vec![Vec3::new(0.8, 0.8, 1e-3).map(f32::ln)],
        rotations: vec![[turn.w, turn.x, turn.y, turn.z]],
        opacity_logits: vec![6.0],
        sh: vec![[0.9, 0.9, 0.9].map(sh::dc_from_colour)],
        ..default()
    }
}

#[test]
fn picks_lie_on_slanted_gaussians() {
    if !has_gpu() {
        return;
    }
    let mut stage = Stage::new();
    stage.app.world_mut().spawn(SplatCloud::from_cloud(disc()));
    stage.run(5);
    let along = Quat::from_rotation_y(TURN) * Vec3::X;
    for reach in [-0.3, -0.1, 0.1, 0.3] {
        let truth = reach * along;
        let hit = stage.pick(pixel_of(truth)).0.hit.expect("the disc is there");
        let off = hit.position.distance(truth);
        assert!(off < 0.25 * reach.abs() * TURN.sin(), "{reach}: {truth} was picked at {}", hit.position);
        assert!((hit.distance - truth.distance(Vec3::new(0.0, 0.0, DISTANCE))).abs() < 0.05, "{hit:?}");
        let facing = Quat::from_rotation_y(TURN) * Vec3::Z;
        assert!(hit.normal.dot(facing).abs() > 0.9, "{:?} is not {facing}", hit.normal);
    }
}

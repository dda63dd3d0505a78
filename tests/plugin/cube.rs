//! What frames are timed with, here and in `benches/beside_peer`: Gaussians of every size, turn and opacity up to 0.8, all over a
//! cube, with colours of degree 3.

use bevy::prelude::*;
use bevy_semantic_splats::splat_core::Cloud;

/// Half an edge of the cube, in units of the largest standard deviation.
pub const HALF: f32 = 20.0;

/// Evenly spread numbers, the same every time.
struct Dice(u64);

impl Dice {
    fn between(&mut self, low: f32, high: f32) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        low + (high - low) * (self.0 >> 40) as f32 / (1u64 << 24) as f32
    }
}

/// So many Gaussians.
pub fn cube(rows: usize) -> Cloud {
    let mut dice = Dice(7);
    let mut cloud = Cloud { sh_degree: 3, ..default() };
    for _ in 0..rows {
        cloud.means.push(Vec3::from_array([0; 3].map(|_| dice.between(-HALF, HALF))));
        cloud.log_scales.push(Vec3::from_array([0; 3].map(|_| dice.between(0.001, 1.0).ln())));
        let turn = Vec4::from_array([0; 4].map(|_| dice.between(-1.0, 1.0)));
        cloud.rotations.push(turn.normalize().to_array());
        let opacity = dice.between(0.01, 0.8);
        cloud.opacity_logits.push((opacity / (1.0 - opacity)).ln());
        cloud.sh.extend((0..16).map(|_| [0; 3].map(|_| dice.between(-1.0, 1.0))));
    }
    cloud
}

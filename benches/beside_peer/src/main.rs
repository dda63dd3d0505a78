//! How long a frame takes here and with bevy_gaussian_splatting: the same cube of Gaussians, camera, size and adapter, one app
//! after the other, several rounds. Every frame has a new view and ends when the GPU has finished it.
//!
//! `cargo run --manifest-path benches/beside_peer/Cargo.toml -- [GAUSSIANS..]`; pictures go to `beside_peer/` in the temporary
//! folder, so that one can see that both draw.

#[path = "../../../tests/plugin/cube.rs"]
mod cube;
mod stage;

use bevy::prelude::*;
use bevy_gaussian_splatting::sort::SortConfig;
use bevy_gaussian_splatting::{
    CloudSettings, Gaussian3d, GaussianCamera, GaussianSplattingPlugin, Planar, PlanarGaussian3d,
    PlanarGaussian3dHandle, SphericalHarmonicCoefficients,
};
use bevy_semantic_splats::prelude::*;
use bevy_semantic_splats::splat_core::Cloud;
use stage::Stage;

/// Every how many milliseconds the peer sorts: as by default, and as often as we do.
const PEER_SORTS_MS: [(&str, usize); 2] = [("peer, sorted once a second", 1_000), ("peer, sorted every frame", 0)];
const ROUNDS: usize = 3;

fn ours(cloud: &Cloud) -> Stage {
    let mut stage = Stage::new(|app| {
        app.add_plugins(SemanticSplatPlugins);
    });
    stage.app.world_mut().entity_mut(stage.camera).insert(SplatView::default());
    stage.app.world_mut().spawn(SplatCloud::from_cloud(cloud.clone()));
    stage
}

fn peers(cloud: &Cloud, sort_ms: usize) -> Stage {
    let mut stage = Stage::new(|app| {
        app.insert_resource(SortConfig { period_ms: sort_ms }).add_plugins(GaussianSplattingPlugin);
    });
    stage.app.world_mut().entity_mut(stage.camera).insert(GaussianCamera::default());
    let planar = PlanarGaussian3d::from_interleaved(for_peer(cloud));
    let handle = stage.app.world_mut().resource_mut::<Assets<PlanarGaussian3d>>().add(planar);
    stage.app.world_mut().spawn((PlanarGaussian3dHandle(handle), CloudSettings::default(), Transform::default()));
    stage
}

/// The same Gaussians as the peer holds them.
fn for_peer(cloud: &Cloud) -> Vec<Gaussian3d> {
    let one = |row: usize| {
        let mean = cloud.means[row];
        let scale = cloud.log_scales[row].exp();
        let opacity = 1.0 / (1.0 + (-cloud.opacity_logits[row]).exp());
        let mut coefficients = SphericalHarmonicCoefficients::default();
        for (at, value) in cloud.sh[16 * row..16 * (row + 1)].iter().flatten().enumerate() {
            coefficients.set(at, *value);
        }
        Gaussian3d {
            position_visibility: [mean.x, mean.y, mean.z, 1.0].into(),
            rotation: cloud.rotations[row].into(),
            scale_opacity: [scale.x, scale.y, scale.z, opacity].into(),
            spherical_harmonic: coefficients,
        }
    };
    (0..cloud.means.len()).map(one).collect()
}

/// Median of some times.
fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    let asked: Vec<usize> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let counts = if asked.is_empty() { vec![20_000, 100_000] } else { asked };
    let shots = std::env::temp_dir().join("beside_peer");
    std::fs::create_dir_all(&shots).expect("the temporary folder takes pictures");
    for rows in counts {
        let cloud = cube::cube(rows);
        let (mut own, mut others) = (Vec::new(), [Vec::new(), Vec::new()]);
        for _ in 0..ROUNDS {
            own.extend(ours(&cloud).frame_ms(&shots.join(format!("ours_{rows}.png"))));
            for (times, (name, sort_ms)) in others.iter_mut().zip(PEER_SORTS_MS) {
                times.extend(peers(&cloud, sort_ms).frame_ms(&shots.join(format!("{name}_{rows}.png"))));
            }
        }
        let own = median(&mut own);
        println!("{rows} Gaussians at {}: {own:.0} ms a frame", stage::SIZE);
        for (times, (name, _)) in others.iter_mut().zip(PEER_SORTS_MS) {
            let theirs = median(times);
            println!("  {name}: {theirs:.0} ms, ours is {:.2} of it", own / theirs);
        }
    }
    println!("pictures: {}", shots.display());
}

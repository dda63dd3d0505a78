//! Picks in a trained scan, against its mesh. Run it by hand, on a capture with an annotated mesh and a run of it:
//! `SEMSPLAT_CAPTURE=scene SEMSPLAT_RUN=run cargo test --test plugin -- --ignored --nocapture picks_of_a_scan`, with
//! `SEMSPLAT_PIXELS` of them in place of 200.

use crate::stage::{Stage, has_gpu};
use bevy::math::DVec2;
use bevy::prelude::*;
use bevy_semantic_splats::prelude::*;
use bevy_semantic_splats::render::transform_from_camera;
use bevy_semantic_splats::splat_core::{Camera, IGNORE_ID, Split};
use bevy_semantic_splats::splat_io::{self, CaptureOptions};
use splat_labels::{AnnotatedMesh, project_labels_and_depth};
use std::path::PathBuf;

/// Pixels that are picked where nothing else is asked for.
const PIXELS: usize = 200;
/// Share of the mesh's distance within which a pick is right.
const RIGHT_WITHIN: f64 = 0.02;

/// What a pick said beside what is true.
struct Compared {
    /// The pick's class and that of the class map, by column.
    columns: [u16; 2],
    /// How far the pick's distance is from the mesh's, as a share of that; `None` where the scan has a hole.
    error: Option<f64>,
    /// How far the mesh's own depth half a pixel aside is from it, at most: what is asked of picks where a thing ends.
    own_error: f64,
}

/// The mesh's depth at the centres of pixels, and half a pixel to the right, left, below and above.
struct MeshDepths {
    here: Vec<f32>,
    aside: [Vec<f32>; 4],
}

impl MeshDepths {
    fn of(mesh: &AnnotatedMesh, camera: &Camera) -> Self {
        let shifted = |x: f64, y: f64| {
            let mut camera = *camera;
            camera.intrinsics.cx -= x;
            camera.intrinsics.cy -= y;
            project_labels_and_depth(mesh, &camera).1
        };
        let aside = [shifted(0.5, 0.0), shifted(-0.5, 0.0), shifted(0.0, 0.5), shifted(0.0, -0.5)];
        Self { here: shifted(0.0, 0.0), aside }
    }

    fn own_error(&self, at: usize) -> f64 {
        let off = self.aside.iter().map(|aside| ((aside[at] - self.here[at]) / self.here[at]).abs());
        off.fold(0.0, |most, off| f64::from(off).max(most))
    }
}

fn folder(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from)
}

/// Pixels that look random, the same every time.
fn pixels(count: usize, camera: &Camera, seed: usize) -> impl Iterator<Item = UVec2> {
    let (w, h) = (camera.intrinsics.width, camera.intrinsics.height);
    // Steps of the plastic number's powers spread evenly over a square.
    let share = move |i: usize, step: f64| ((seed * count + i) as f64 * step).fract();
    (0..count).map(move |i| {
        UVec2::new((share(i, 0.754_877_67) * w as f64) as u32, (share(i, 0.569_840_29) * h as f64) as u32)
    })
}

fn look_from(stage: &mut Stage, camera: &Camera) {
    let lens = SplatIntrinsics(camera.intrinsics);
    stage.app.world_mut().entity_mut(stage.camera).insert((transform_from_camera(camera), lens));
    stage.run(3);
}

fn compare(stage: &mut Stage, camera: &Camera, pixel: UVec2, columns: &[u16], depth: &MeshDepths) -> Compared {
    let at = (pixel.y * camera.intrinsics.width + pixel.x) as usize;
    let centre = pixel.as_vec2() + 0.5;
    let hit = stage.pick(centre).0.hit;
    let picked = hit.as_ref().and_then(|h| h.class.as_ref()).map_or(IGNORE_ID, |class| class.column as u16);
    let k = &camera.intrinsics;
    let slope = DVec2::new((centre.x as f64 - k.cx) / k.fx, (centre.y as f64 - k.cy) / k.fy);
    let truth = depth.here[at] as f64 * (1.0 + slope.length_squared()).sqrt();
    let error = hit.filter(|_| truth.is_finite()).map(|h| (h.distance as f64 - truth).abs() / truth);
    Compared { columns: [picked, columns[at]], error, own_error: depth.own_error(at) }
}

#[test]
#[ignore = "needs a run"]
fn picks_of_a_scan() {
    let (Some(scene), Some(run)) = (folder("SEMSPLAT_CAPTURE"), folder("SEMSPLAT_RUN")) else {
        eprintln!("SKIPPED: SEMSPLAT_CAPTURE and SEMSPLAT_RUN name a capture with a mesh, and a run of it");
        return;
    };
    if !has_gpu() {
        return;
    }
    let settings = splat_train::RunFolder::open(&run).and_then(|run| run.settings()).expect("a run");
    let options = CaptureOptions { downscale: settings.downscale.max(1.0), ..Default::default() };
    let capture = splat_io::open_capture(&scene, &options).expect("a capture");
    let mesh = AnnotatedMesh::load_with_default(capture.mesh.as_ref().expect("it has a mesh")).expect("a mesh").0;
    let cloud = splat_io::read_cloud(&run.join("cloud.ply")).expect("a run");
    let cameras: Vec<Camera> = capture.split(Split::Test).map(|view| view.camera.clone()).collect();
    let gpu = splat_gpu::Gpu::headless(Default::default()).expect("an adapter");
    let mut renderer = splat_train::Renderer::new(&gpu, &cloud, [0.0; 3]).expect("a renderer");
    let k = cameras[0].intrinsics;
    let (mut stage, _) = Stage::of_size(UVec2::new(k.width, k.height));
    stage.app.world_mut().spawn(SplatCloud::from_cloud(cloud));
    let count = std::env::var("SEMSPLAT_PIXELS").map_or(PIXELS, |count| count.parse().expect("a number"));
    let mut compared = Vec::new();
    for (view, camera) in cameras.iter().enumerate() {
        let columns = renderer.render(camera).expect("a view").columns;
        let depth = MeshDepths::of(&mesh, camera);
        look_from(&mut stage, camera);
        for pixel in pixels(count.div_ceil(cameras.len()), camera, view) {
            compared.push(compare(&mut stage, camera, pixel, &columns, &depth));
        }
    }
    let kept = compared.iter().filter(|c| c.error.is_some() && c.own_error <= RIGHT_WITHIN).count();
    let same = compared.iter().filter(|c| c.columns[0] == c.columns[1]).count();
    let mut errors: Vec<f64> = compared.iter().filter_map(|c| c.error).collect();
    errors.sort_by(f64::total_cmp);
    let near = errors.iter().filter(|e| **e <= RIGHT_WITHIN).count();
    let at = |share: f64| 100.0 * errors[(share * (errors.len() - 1) as f64) as usize];
    println!("{} pixels: class of the class map at {same}", compared.len());
    println!(
        "distance within 2 % of the mesh's at {near} of {}; half within {:.2} %, nine tenths within {:.2} %",
        errors.len(),
        at(0.5),
        at(0.9)
    );
    println!("the mesh's own depth half a pixel aside is within 2 % at {kept}");
    assert!(same * 100 >= compared.len() * 99, "classes of picks are those of the map");
    assert!(at(0.5) <= 2.0, "picks lie on the mesh");
}

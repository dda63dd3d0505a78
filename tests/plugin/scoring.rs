//! Rendered classes are scored against the masks of held-out views while the app runs, by a camera that nobody sees.

use crate::stage::{BLOBS, DISTANCE, FOV, RADIUS, Stage, blobs, column, has_gpu, pixel_of};
use bevy::prelude::*;
use bevy_semantic_splats::prelude::*;
use bevy_semantic_splats::query::SurfaceQueue;
use bevy_semantic_splats::splat_io::{CaptureOptions, open_capture};
use bevy_semantic_splats::train::LabelSource;
use bevy_semantic_splats::ui::score::{ScoringCamera, ScoringPace, ScoringPlugin};
use bevy_semantic_splats::ui::{SceneCapture, SceneScore};
use std::path::Path;
use std::sync::Arc;

const WIDTH: u32 = 64;
const HEIGHT: u32 = 48;
/// Views: file, and how far its camera stands to the right. The second one trains.
const VIEWS: [(&str, f32); 3] = [("a.png", 0.0), ("b.png", 0.2), ("c.png", 0.4)];

#[test]
fn rendered_classes_are_scored_while_the_app_runs() {
    if !has_gpu() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let scene = capture(folder.path());
    let mut stage = Stage::new();
    seen_classes(&mut stage);
    ScoringPlugin.build(&mut stage.app);
    stage.app.insert_resource(ScoringPace { interval_s: 0.0 });
    let cloud = stage.app.world_mut().spawn((SplatCloud::from_cloud(blobs()), scene)).id();
    let score = settled(&mut stage, cloud, |score| score.curve.points.len() == 1);
    assert_eq!((score.views, score.of), (2, "held-out views"));
    assert_eq!(score.iou.keys().collect::<Vec<_>>(), [&5, &9]);
    assert!(score.miou > Some(0.98) && score.accuracy > Some(0.98), "{score:?}");
    // Everything has been looked at: the camera rests, and so does the GPU.
    stage.run(8);
    let drawn = stage.frames().drawn();
    stage.run(8);
    assert_eq!(stage.frames().drawn(), drawn);
    let mut cameras = stage.app.world_mut().query_filtered::<&Camera, With<ScoringCamera>>();
    assert!(!cameras.single(stage.app.world()).unwrap().is_active);

    let mut wrong = blobs();
    wrong.logits.chunks_exact_mut(2).for_each(|logits| logits.copy_from_slice(&[3.0, -2.0]));
    stage.app.world_mut().entity_mut(cloud).insert(SplatCloud::from_cloud(wrong));
    let score = settled(&mut stage, cloud, |score| score.curve.points.len() == 2);
    assert_eq!(score.iou[&9], 0.0);
    assert!((0.5..0.8).contains(&score.iou[&5]), "two of three blobs are chairs: {score:?}");
}

/// What a picture says by class, pixel by pixel.
fn seen_classes(stage: &mut Stage) {
    let cloud = stage.app.world_mut().spawn(SplatCloud::from_cloud(blobs())).id();
    stage.look(|view| view.mode = DisplayMode::Classes);
    stage.run(4);
    let ticket = stage.app.world().resource::<SurfaceQueue>().ask_for_classes(stage.camera);
    let surface = (0..20).find_map(|_| {
        stage.run(1);
        ticket.take()
    });
    let surface = surface.expect("an answer").expect("a surface");
    let seen: Vec<Option<u16>> = surface.classes.expect("its classes").columns().collect();
    let width = surface.camera.pinhole.intrinsics.width;
    let at = |pixel: Vec2| seen[(pixel.y as u32 * width + pixel.x as u32) as usize];
    for (blob, centre) in BLOBS.into_iter().enumerate() {
        assert_eq!(at(pixel_of(centre)), Some(column(blob) as u16));
    }
    assert_eq!(at(Vec2::new(4.0, 4.0)), None);
    stage.app.world_mut().despawn(cloud);
    stage.look(|view| view.mode = DisplayMode::Colour);
    stage.run(2);
}

/// The score once it is so.
fn settled(stage: &mut Stage, cloud: Entity, is_so: impl Fn(&SceneScore) -> bool) -> SceneScore {
    for _ in 0..600 {
        stage.run(1);
        std::thread::sleep(std::time::Duration::from_millis(2));
        if let Some(score) = stage.app.world().get::<SceneScore>(cloud).filter(|score| is_so(score)) {
            return score.clone();
        }
    }
    panic!("{:?}", stage.app.world().get::<SceneScore>(cloud));
}

/// A nerfstudio capture of the blobs with masks of what is surely a blob.
fn capture(folder: &Path) -> SceneCapture {
    let focal = 0.5 * HEIGHT as f32 / (0.5 * FOV).tan();
    let frame = |(name, x): (&str, f32)| {
        format!(
            r#"{{"file_path": "{name}", "transform_matrix": [[1,0,0,{x}],[0,1,0,0],[0,0,1,{DISTANCE}],[0,0,0,1]]}}"#
        )
    };
    let frames = VIEWS.map(frame).join(", ");
    let json = format!(
        r#"{{"fl_x": {focal}, "fl_y": {focal}, "cx": 32, "cy": 24, "w": {WIDTH}, "h": {HEIGHT},
            "train_filenames": ["b.png"], "test_filenames": ["a.png", "c.png"], "frames": [{frames}]}}"#
    );
    std::fs::write(folder.join("transforms.json"), json).unwrap();
    let masks = folder.join("masks");
    std::fs::create_dir(&masks).unwrap();
    let names: Vec<String> = (0..10).map(|id| format!("class {id}")).collect();
    std::fs::write(masks.join("classes.txt"), names.join("\n")).unwrap();
    for (name, x) in VIEWS {
        let grey = image::RgbImage::from_pixel(WIDTH, HEIGHT, image::Rgb([90; 3]));
        grey.save(folder.join(name)).unwrap();
        mask(x, focal).save(masks.join(format!("{name}.png"))).unwrap();
    }
    let capture = Arc::new(open_capture(folder, &CaptureOptions::default()).unwrap());
    SceneCapture { labels: Some(LabelSource::Folder(masks)), ..SceneCapture::new(capture, 1.0) }
}

fn mask(x: f32, focal: f32) -> image::GrayImage {
    image::GrayImage::from_fn(WIDTH, HEIGHT, |u, v| {
        let pixel = Vec2::new(u as f32 + 0.5, v as f32 + 0.5);
        let is_in = |centre: &Vec3| {
            let depth = DISTANCE - centre.z;
            let middle = Vec2::new(32.0, 24.0) + focal / depth * Vec2::new(centre.x - x, -centre.y);
            middle.distance(pixel) < 0.8 * RADIUS * focal / depth
        };
        let blob = BLOBS.iter().position(is_in);
        image::Luma([blob.map_or(255, |blob| [5, 9][column(blob)])])
    })
}

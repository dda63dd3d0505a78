//! The plugin in a headless app: pixels of every mode, picks, class queries, live scenes, and what is left after despawning.

#[path = "plugin/among.rs"]
mod among;
#[path = "plugin/comings.rs"]
mod comings;
#[path = "plugin/cube.rs"]
mod cube;
#[path = "plugin/editing.rs"]
mod editing;
#[path = "plugin/flat.rs"]
mod flat;
#[path = "plugin/live.rs"]
mod live_run;
#[path = "plugin/looks.rs"]
mod looks;
#[path = "plugin/remote.rs"]
mod remote;
#[path = "plugin/scanned.rs"]
mod scanned;
#[path = "plugin/scoring.rs"]
mod scoring;
#[path = "plugin/slanted.rs"]
mod slanted;
#[path = "plugin/speed.rs"]
mod speed;
#[path = "plugin/stage.rs"]
mod stage;

use bevy::camera::{Hdr, Viewport};
use bevy::ecs::system::RunSystemOnce;
use bevy::prelude::*;
use bevy_semantic_splats::SemanticSplatPlugins;
use bevy_semantic_splats::prelude::*;
use bevy_semantic_splats::render::SplatScenes;
use bevy_semantic_splats::splat_core::{Cloud, Intrinsics};
use splat_gpu::RowBuffers;
use stage::{BLOB_ROWS, BLOBS, COLOURS, DISTANCE, RADIUS, SIZE, Stage, blobs, column, has_gpu, pixel_of};

const CLEAR: [f32; 3] = [0.2, 0.3, 0.4];
const CORNER: Vec2 = Vec2::new(4.0, 4.0);

#[test]
fn a_cloud_is_shown_picked_queried_and_let_go() {
    if !has_gpu() {
        return;
    }
    let mut stage = Stage::new();
    stage.shot("empty").assert_near(CORNER, CLEAR, 0.01);
    let cloud = stage.app.world_mut().spawn(SplatCloud::from_cloud(blobs())).id();
    colour(&mut stage);
    nothing_is_drawn_twice(&mut stage);
    classes(&mut stage);
    overlay_and_highlight(&mut stage, cloud);
    depth_and_confidence(&mut stage);
    picks(&mut stage, cloud);
    queries(&mut stage, cloud);
    placed_and_scaled(&mut stage, cloud);
    other_targets(&mut stage);
    among::meshes(&mut stage);
    among::two_clouds(&mut stage, cloud);
    among::turned_round(&mut stage);
    among::objects(&mut stage, cloud);
    among::clicks(&mut stage, cloud);
    editing::edits(&mut stage, cloud);
    live(&mut stage, cloud);
    despawned(&mut stage, cloud);
}

fn colour(stage: &mut Stage) {
    let shot = stage.shot("colour");
    for (centre, colour) in BLOBS.into_iter().zip(COLOURS) {
        shot.assert_near(pixel_of(centre), colour, 0.03);
    }
    shot.assert_near(CORNER, [0.0; 3], 0.01);
    stage.look(|view| view.background = Some(Color::srgb(1.0, 1.0, 0.0)));
    stage.shot("background").assert_near(CORNER, [1.0, 1.0, 0.0], 0.01);
    stage.look(|view| view.background = None);
}

/// A still camera on a still scene costs no passes; a moved camera does.
fn nothing_is_drawn_twice(stage: &mut Stage) {
    let drawn = stage.frames().drawn();
    stage.run(5);
    assert_eq!(stage.frames().drawn(), drawn);
    stage.app.world_mut().get_mut::<Transform>(stage.camera).unwrap().translation.x = 0.5;
    stage.run(2);
    assert_eq!(stage.frames().drawn(), drawn + 1);
    stage.app.world_mut().get_mut::<Transform>(stage.camera).unwrap().translation.x = 0.0;
    stage.run(2);
}

/// Class colours, shaded by the picture as display.wgsl says.
fn classes(stage: &mut Stage) {
    stage.look(|view| view.mode = DisplayMode::Classes);
    let shot = stage.shot("classes");
    for (blob, centre) in BLOBS.into_iter().enumerate() {
        let [r, g, b] = COLOURS[blob];
        let shade = 0.65 + 0.5 * (0.299 * r + 0.587 * g + 0.114 * b);
        let class = blobs().classes.classes[column(blob)].colour.map(|c| (c as f32 / 255.0 * shade).min(1.0));
        shot.assert_near(pixel_of(centre), class, 0.04);
    }
    shot.assert_near(CORNER, [0.12; 3], 0.02);
}

fn overlay_and_highlight(stage: &mut Stage, cloud: Entity) {
    stage.look(|view| (view.mode, view.overlay) = (DisplayMode::Overlay, 0.5));
    let shot = stage.shot("overlay");
    let [class, colour] = [blobs().classes.classes[1].colour.map(|c| c as f32 / 255.0), COLOURS[1]];
    let mixed = [0, 1, 2].map(|c| 0.5 * (class[c] + colour[c]));
    shot.assert_near(pixel_of(BLOBS[1]), mixed, 0.04);

    stage.look(|view| view.mode = DisplayMode::Colour);
    let plain = stage.shot("plain");
    let mut view = SplatView::default();
    let found = stage.app.world_mut().run_system_once(move |query: ClassQuery| {
        let column = query.highlight(cloud, "TABLE", &mut view);
        (column, view.highlight)
    });
    assert_eq!(found.unwrap(), (Some(1), Some(1)));
    stage.look(|view| view.highlight = Some(1));
    let lit = stage.shot("highlight");
    assert!(lit.grey(pixel_of(BLOBS[1])) > plain.grey(pixel_of(BLOBS[1])) + 0.05);
    assert!(lit.grey(pixel_of(BLOBS[0])) < plain.grey(pixel_of(BLOBS[0])) - 0.1);
    stage.look(|view| view.highlight = None);
}

fn depth_and_confidence(stage: &mut Stage) {
    stage.look(|view| (view.mode, view.depth_range) = (DisplayMode::Depth, Some([3.0, 5.0])));
    let near = stage.shot("depth").grey(pixel_of(BLOBS[1]));
    stage.look(|view| view.depth_range = Some([0.1, 3.9]));
    let far = stage.shot("depth_far").grey(pixel_of(BLOBS[1]));
    assert!(near > far + 0.2, "near is bright: {near} {far}");
    stage.look(|view| (view.mode, view.depth_range) = (DisplayMode::Confidence, None));
    let shot = stage.shot("confidence");
    assert!(shot.grey(pixel_of(BLOBS[0])) > 0.4 && shot.grey(CORNER) < 0.1);
    stage.look(|view| view.mode = DisplayMode::Colour);
    stage.run(3);
}

/// Picks work in every mode, the colour mode too, whose pictures carry no classes.
fn picks(stage: &mut Stage, cloud: Entity) {
    for (blob, centre) in BLOBS.into_iter().enumerate() {
        let (answer, frames) = stage.pick(pixel_of(centre));
        assert!(frames <= 3, "{frames} frames");
        let hit = answer.hit.expect("a blob is there");
        assert_eq!(hit.cloud, cloud);
        assert_eq!(hit.row / BLOB_ROWS, blob as u32, "row {} is of another blob", hit.row);
        let class = hit.class.as_ref().expect("it has a class");
        let expected = &blobs().classes.classes[column(blob)];
        assert_eq!((class.column as usize, class.id, &class.name), (column(blob), expected.id, &expected.name));
        assert!(hit.probability > 0.95 && hit.weight > 0.05 && hit.coverage > 0.95, "{hit:?}");
        let from_camera = hit.position.distance(Vec3::new(0.0, 0.0, DISTANCE));
        assert!((hit.distance - from_camera).abs() < 1e-3);
        assert!(hit.position.distance(centre) < 1.4 * RADIUS && hit.position.z > centre.z, "{hit:?}");
    }
    assert!(stage.pick(CORNER).0.hit.is_none());
    assert!(stage.pick(Vec2::new(-3.0, 9.0)).0.hit.is_none());
}

fn queries(stage: &mut Stage, cloud: Entity) {
    let ask = move |query: ClassQuery| {
        let chairs = query.columns(cloud, "Chair");
        let summary = query.summary(cloud, chairs[0], RowFilter::default()).expect("there are chairs");
        (chairs, query.rows_named(cloud, "table", RowFilter::default()), summary)
    };
    let (columns, tables, chairs) = stage.app.world_mut().run_system_once(ask).unwrap();
    assert_eq!(columns, [0]);
    assert_eq!(tables, (BLOB_ROWS..2 * BLOB_ROWS).collect::<Vec<_>>());
    assert_eq!((chairs.count, chairs.class.id), (2 * BLOB_ROWS as usize, 5));
    assert!(chairs.centroid.distance(0.5 * (BLOBS[0] + BLOBS[2])) < 0.02, "{}", chairs.centroid);
    assert!(chairs.low.x < BLOBS[0].x - 0.25 && chairs.high.x > BLOBS[2].x + 0.25);
}

/// A cloud's transform moves picture, pick and query alike.
fn placed_and_scaled(stage: &mut Stage, cloud: Entity) {
    let place = Transform::from_xyz(0.0, -0.6, 0.0).with_scale(Vec3::splat(0.5));
    stage.app.world_mut().entity_mut(cloud).insert(place);
    let shot = stage.shot("placed");
    let at = place.transform_point(BLOBS[2]);
    shot.assert_near(pixel_of(at), COLOURS[2], 0.05);
    let hit = stage.pick(pixel_of(at)).0.hit.expect("the blob is there");
    assert!(hit.position.distance(at) < 0.25 && (hit.distance - (DISTANCE - 0.15)).abs() < 0.15, "{hit:?}");
    let ask = move |query: ClassQuery| query.summary(cloud, 1, RowFilter::default()).map(|s| s.centroid);
    let centroid = stage.app.world_mut().run_system_once(ask).unwrap().expect("there are tables");
    assert!(centroid.distance(place.transform_point(BLOBS[1])) < 0.02);
    stage.app.world_mut().entity_mut(cloud).insert(Transform::IDENTITY);
}

/// Half resolution, many samples, wide colour and a viewport that is not the whole target all show the same.
fn other_targets(stage: &mut Stage) {
    stage.look(|view| view.resolution_scale = 0.5);
    stage.shot("half_resolution").assert_near(pixel_of(BLOBS[1]), COLOURS[1], 0.04);
    stage.look(|view| view.resolution_scale = 1.0);

    let camera = stage.camera;
    stage.app.world_mut().entity_mut(camera).insert((Msaa::Sample4, Hdr));
    stage.shot("msaa_hdr").assert_near(pixel_of(BLOBS[1]), COLOURS[1], 0.04);
    stage.app.world_mut().entity_mut(camera).insert(Msaa::Off).remove::<Hdr>();

    let viewport = Viewport { physical_position: UVec2::ZERO, physical_size: SIZE / UVec2::new(2, 1), ..default() };
    stage.app.world_mut().get_mut::<Camera>(camera).unwrap().viewport = Some(viewport);
    let shot = stage.shot("viewport");
    shot.assert_near(Vec2::new(0.25 * SIZE.x as f32, 0.5 * SIZE.y as f32), COLOURS[1], 0.04);
    shot.assert_near(Vec2::new(0.75 * SIZE.x as f32, 0.5 * SIZE.y as f32), CLEAR, 0.01);
    let (answer, _) = stage.pick(Vec2::new(0.25 * SIZE.x as f32, 0.5 * SIZE.y as f32));
    assert_eq!(answer.hit.map(|hit| hit.row / BLOB_ROWS), Some(1));
    stage.app.world_mut().get_mut::<Camera>(camera).unwrap().viewport = None;

    // A data set's camera of twice the size and half the view: the blob in the middle grows.
    let exact = SplatIntrinsics(Intrinsics::from_vertical_fov(2 * SIZE.x, 2 * SIZE.y, 0.4));
    stage.app.world_mut().entity_mut(camera).insert(exact);
    let edge = pixel_of(1.6 * RADIUS * Vec3::X);
    stage.shot("intrinsics").assert_near(edge, COLOURS[1], 0.04);
    stage.app.world_mut().entity_mut(camera).remove::<SplatIntrinsics>();
    assert!(stage.shot("own_intrinsics").at(edge)[1] < 0.5);
}

/// Rows that somebody writes on the GPU show at once, and come back as a snapshot.
fn live(stage: &mut Stage, cloud: Entity) {
    stage.app.world_mut().entity_mut(cloud).insert(Visibility::Hidden);
    let gpu = stage.app.world().resource::<SplatGpu>().get().expect("it runs");
    let scene = SharedScene::new();
    let live = stage.app.world_mut().spawn(SplatCloud::live(scene.clone())).id();
    stage.shot("live_empty").assert_near(CORNER, CLEAR, 0.01);
    let rows = RowBuffers::upload(&gpu, &blobs(), 512).unwrap();
    scene.publish(&rows);
    stage.shot("live").assert_near(pixel_of(BLOBS[0]), COLOURS[0], 0.03);

    let mut swapped = blobs();
    swapped.sh.reverse();
    let other = RowBuffers::upload(&gpu, &swapped, 512).unwrap();
    scene.publish(&other);
    stage.shot("live_changed").assert_near(pixel_of(BLOBS[0]), COLOURS[2], 0.03);
    stage.app.world_mut().write_message(RefreshSnapshot(live));
    for _ in 0..50 {
        stage.run(1);
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let snapshot = stage.app.world().get::<CloudSnapshot>(live).expect("the rows came back");
    assert_eq!((snapshot.version, snapshot.cloud.sh.clone()), (scene.version(), swapped.sh));
    stage.app.world_mut().despawn(live);
    stage.app.world_mut().entity_mut(cloud).insert(Visibility::Visible);
    stage.shot("static_again").assert_near(pixel_of(BLOBS[0]), COLOURS[0], 0.03);
}

fn despawned(stage: &mut Stage, cloud: Entity) {
    stage.app.world_mut().despawn(cloud);
    stage.shot("gone").assert_near(pixel_of(BLOBS[0]), CLEAR, 0.01);
    assert_eq!(stage.app.world().resource::<SplatScenes>().iter().count(), 0);
    assert!(stage.frames().is_empty(), "a picture still holds rows");
    assert!(stage.pick(pixel_of(BLOBS[0])).0.hit.is_none());
    stage.app.world_mut().despawn(stage.camera);
    stage.run(2);
    assert!(stage.frames().is_empty());
}

#[test]
fn a_run_in_an_app_comes_to_what_it_comes_to_by_itself() {
    if has_gpu() {
        live_run::trains_and_finishes();
    }
}

#[test]
fn without_a_renderer_the_plugin_does_nothing_and_classes_can_still_be_asked_for() {
    let mut app = App::new();
    app.add_plugins((MinimalPlugins, TransformPlugin, bevy::asset::AssetPlugin::default(), SemanticSplatPlugins));
    app.finish();
    app.cleanup();
    let cloud = app.world_mut().spawn(SplatCloud::from_cloud(blobs())).id();
    let camera = app.world_mut().spawn((Camera3d::default(), SplatView::default())).id();
    app.world_mut().spawn(SplatCloud::live(SharedScene::new()));
    app.update();
    app.world_mut().write_message(PickRequest { camera, pixel: Vec2::ONE });
    app.update();
    app.update();
    let answers: Vec<_> = app.world_mut().resource_mut::<Messages<PickAnswer>>().drain().collect();
    assert_eq!(answers, [PickAnswer { camera, pixel: Vec2::ONE, hit: None }]);
    assert!(matches!(app.world().resource::<SplatGpu>().status(), GpuStatus::Unfit(_)));
    let ask = move |query: ClassQuery| query.rows_named(cloud, "table", RowFilter::default()).len();
    assert_eq!(app.world_mut().run_system_once(ask).unwrap(), BLOB_ROWS as usize);
}

#[test]
fn files_that_cannot_be_read_say_so_on_the_entity() {
    let mut app = App::new();
    app.add_plugins((MinimalPlugins, TransformPlugin, bevy::asset::AssetPlugin::default(), SemanticSplatPlugins));
    app.finish();
    app.cleanup();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("truncated.ply");
    std::fs::write(&path, "ply\nformat binary_little_endian 1.0\nelement vertex 9\n").unwrap();
    let whole = folder.path().join("whole.ply");
    let flavour = bevy_semantic_splats::splat_io::cloud::PlyFlavour::Labelled;
    bevy_semantic_splats::splat_io::cloud::write_cloud(&whole, &blobs(), flavour).unwrap();
    let broken = app.world_mut().spawn(SplatCloud::from_ply(&path)).id();
    let good = app.world_mut().spawn(SplatCloud::from_ply(&whole)).id();
    for _ in 0..200 {
        app.update();
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let failed = app.world().get::<CloudFailed>(broken).expect("it says why");
    assert!(failed.0.contains("truncated.ply"), "{}", failed.0);
    let loaded: Option<&Cloud> = app.world().get::<SplatCloud>(good).and_then(|c| c.cloud()).map(|c| &**c);
    assert_eq!(loaded.map(Cloud::len), Some(3 * BLOB_ROWS as usize));
}

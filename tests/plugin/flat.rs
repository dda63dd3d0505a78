//! Orthographic cameras: splats and meshes where both must be, whatever the depth, scale and near plane.

use crate::stage::{BLOB_ROWS, BLOBS, COLOURS, DISTANCE, RADIUS, SIZE, Stage, blobs, has_gpu};
use bevy::camera::ScalingMode;
use bevy::prelude::*;
use bevy_semantic_splats::prelude::*;

/// World units over the picture's height.
const HEIGHT: f32 = 3.0;
const WHITE: [f32; 3] = [1.0; 3];

/// Pixel of a point, for the camera that looks along -z.
fn pixel_of(point: Vec3) -> Vec2 {
    0.5 * SIZE.as_vec2() + SIZE.y as f32 / HEIGHT * Vec2::new(point.x, -point.y)
}

fn look_flat(stage: &mut Stage, near: f32) {
    let projection = OrthographicProjection {
        scaling_mode: ScalingMode::FixedVertical { viewport_height: HEIGHT },
        near,
        far: 20.0,
        ..OrthographicProjection::default_3d()
    };
    let camera = stage.camera;
    stage.app.world_mut().entity_mut(camera).insert(Projection::Orthographic(projection));
}

fn ball(stage: &mut Stage, at: Vec3, radius: f32) -> Entity {
    let world = stage.app.world_mut();
    let mesh = world.resource_mut::<Assets<Mesh>>().add(Sphere::new(radius));
    let paint = StandardMaterial { base_color: Color::WHITE, unlit: true, ..default() };
    let material = world.resource_mut::<Assets<StandardMaterial>>().add(paint);
    world.spawn((Mesh3d(mesh), MeshMaterial3d(material), Transform::from_translation(at))).id()
}

#[test]
fn orthographic_cameras_see_splats_and_meshes_in_the_same_places() {
    if !has_gpu() {
        return;
    }
    let mut stage = Stage::new();
    let cloud = stage.app.world_mut().spawn(SplatCloud::from_cloud(blobs())).id();
    // Rays may begin at the camera, before it and behind it.
    for near in [0.0, 1.0, -3.0] {
        look_flat(&mut stage, near);
        let shot = stage.shot(&format!("flat_{near}"));
        for (centre, colour) in BLOBS.into_iter().zip(COLOURS) {
            shot.assert_near(pixel_of(centre), colour, 0.03);
        }
        covers_what_a_mesh_covers(&mut stage);
        hides_and_is_hidden(&mut stage);
        picks(&mut stage, cloud, near);
    }
    depth_does_not_matter_but_scale_does(&mut stage, cloud);
}

/// The blob's picture has its middle where a ball's has, and is as large as one of about its size.
fn covers_what_a_mesh_covers(stage: &mut Stage) {
    let red = |[r, g, b]: [f32; 3]| if r > 0.3 && g < 0.5 * r && b < 0.5 * r { 1.0 } else { 0.0 };
    let white = |[r, g, b]: [f32; 3]| if r.min(g).min(b) > 0.8 { 1.0 } else { 0.0 };
    let (blob, blob_px) = stage.shot("flat_blob").centre(red);
    let mesh = ball(stage, BLOBS[0] + 2.0 * Vec3::Z, RADIUS);
    let (ball, ball_px) = stage.shot("flat_ball").centre(white);
    stage.app.world_mut().despawn(mesh);
    assert!(blob.distance(ball) < 0.6, "{blob} {ball}");
    assert!((1.2..3.0).contains(&(blob_px / ball_px)), "{blob_px} {ball_px}");
}

fn hides_and_is_hidden(stage: &mut Stage) {
    for (z, colour) in [(1.0, WHITE), (-1.0, COLOURS[0])] {
        let mesh = ball(stage, BLOBS[0] + z * Vec3::Z, 0.15);
        stage.shot("flat_mesh").assert_near(pixel_of(BLOBS[0]), colour, 0.03);
        stage.app.world_mut().despawn(mesh);
    }
}

fn picks(stage: &mut Stage, cloud: Entity, near: f32) {
    let at = BLOBS[2] + Vec3::new(0.1, 0.12, 0.0);
    let hit = stage.pick(pixel_of(at)).0.hit.expect("a blob is there");
    assert_eq!((hit.cloud, hit.row / BLOB_ROWS), (cloud, 2));
    assert!(hit.position.truncate().distance(at.truncate()) < 0.02 && hit.position.z > 0.1, "{hit:?}");
    assert!((hit.distance - (DISTANCE - near - hit.position.z)).abs() < 1e-3, "{hit:?}");
    assert!(hit.normal.z > 0.5, "{hit:?}");
}

/// Farther blobs are as large; smaller ones, in cloud scale, smaller.
fn depth_does_not_matter_but_scale_does(stage: &mut Stage, cloud: Entity) {
    look_flat(stage, 0.0);
    let green = |[r, g, b]: [f32; 3]| if g > 0.3 && r < 0.5 * g && b < 0.5 * g { 1.0 } else { 0.0 };
    let area = |stage: &mut Stage, place: Transform| {
        stage.app.world_mut().entity_mut(cloud).insert(place);
        stage.shot("flat_placed").centre(green)
    };
    let (centre, whole) = area(stage, Transform::IDENTITY);
    let (far_centre, far) = area(stage, Transform::from_xyz(0.0, 0.0, -6.0));
    assert!(centre.distance(far_centre) < 0.1 && (far / whole - 1.0).abs() < 0.02, "{whole} {far}");
    let place = Transform::from_xyz(0.3, -0.4, 0.5).with_scale(Vec3::splat(0.5));
    let (moved, quarter) = area(stage, place);
    assert!(moved.distance(pixel_of(place.translation)) < 0.6, "{moved}");
    assert!((4.0 * quarter / whole - 1.0).abs() < 0.1, "{whole} {quarter}");
}

//! Splats among meshes, layers and each other; objects, questions and pointers.

use crate::stage::{BLOB_ROWS, BLOBS, COLOURS, RADIUS, Stage, blobs, pixel_of};
use bevy::camera::RenderTarget;
use bevy::camera::visibility::RenderLayers;
use bevy::ecs::system::RunSystemOnce;
use bevy::picking::pointer::{Location, PointerAction, PointerId, PointerInput};
use bevy::prelude::*;
use bevy_semantic_splats::prelude::*;
use bevy_semantic_splats::splat_core::objects::ObjectOptions;

const WHITE: [f32; 3] = [1.0; 3];

fn cube(stage: &mut Stage, at: Vec3, alpha: f32) -> Entity {
    let world = stage.app.world_mut();
    let mesh = world.resource_mut::<Assets<Mesh>>().add(Cuboid::from_length(0.2));
    let alpha_mode = if alpha < 1.0 { AlphaMode::Blend } else { AlphaMode::Opaque };
    let base_color = Color::WHITE.with_alpha(alpha);
    let paint = StandardMaterial { base_color, alpha_mode, unlit: true, ..default() };
    let material = world.resource_mut::<Assets<StandardMaterial>>().add(paint);
    world.spawn((Mesh3d(mesh), MeshMaterial3d(material), Transform::from_translation(at))).id()
}

/// Opaque meshes hide what is behind them and are hidden by what is before them, whatever the samples; see-through ones too.
pub fn meshes(stage: &mut Stage) {
    let near = BLOBS[0] + 0.8 * Vec3::Z;
    let far = BLOBS[0] - 0.8 * Vec3::Z;
    let camera = stage.camera;
    for msaa in [Msaa::Off, Msaa::Sample4] {
        stage.app.world_mut().entity_mut(camera).insert(msaa);
        let before = cube(stage, near, 1.0);
        let shot = stage.shot("mesh_before");
        shot.assert_near(pixel_of(near), WHITE, 0.01);
        shot.assert_near(pixel_of(BLOBS[1]), COLOURS[1], 0.03);
        assert!(stage.pick(pixel_of(near)).0.hit.is_none(), "the mesh is in the way");
        stage.app.world_mut().despawn(before);
        let glass = cube(stage, near, 0.9);
        assert!(stage.shot("glass_before").grey(pixel_of(near)) > 0.85, "{msaa:?}");
        stage.app.world_mut().despawn(glass);
        for alpha in [1.0, 0.9] {
            let behind = cube(stage, far, alpha);
            stage.shot("mesh_behind").assert_near(pixel_of(far), COLOURS[0], 0.03);
            stage.app.world_mut().despawn(behind);
        }
    }
    stage.app.world_mut().entity_mut(camera).insert(Msaa::Off);
    let drawn = stage.frames().drawn();
    stage.run(4);
    assert!(stage.frames().drawn() <= drawn + 1, "without meshes a still scene is drawn once");

    // Where the background is transparent, the camera's own shows.
    stage.look(|view| view.background = Some(Color::NONE));
    let beside = BLOBS[0] + Vec3::new(0.0, 0.9, 0.0);
    let mesh = cube(stage, beside, 1.0);
    let shot = stage.shot("clear_background");
    shot.assert_near(Vec2::splat(4.0), crate::CLEAR, 0.01);
    shot.assert_near(pixel_of(beside), WHITE, 0.01);
    stage.app.world_mut().despawn(mesh);
    stage.look(|view| view.background = None);
}

/// Two clouds of different places, scales and classes are one scene, in whatever order they were spawned.
pub fn two_clouds(stage: &mut Stage, cloud: Entity) {
    let mut other = blobs();
    other.sh.rotate_right(BLOB_ROWS as usize);
    other.classes.classes[0].name = "plant".to_owned();
    // Its middle blob, now red and still a table, stands before the first cloud's; it is a quarter as large.
    let place = Transform::from_xyz(0.0, 0.0, 1.5).with_scale(Vec3::splat(0.25));
    let second = stage.app.world_mut().spawn((SplatCloud::from_cloud(other), place)).id();
    let (front, left) = (pixel_of(Vec3::Z * 1.5), pixel_of(place.transform_point(BLOBS[0])));
    let shot = stage.shot("two_clouds");
    shot.assert_near(front, COLOURS[0], 0.04);
    shot.assert_near(left, COLOURS[2], 0.04);
    shot.assert_near(pixel_of(BLOBS[0]), COLOURS[0], 0.04);
    let hit = stage.pick(front).0.hit.expect("the second cloud is there");
    assert_eq!((hit.cloud, hit.row / BLOB_ROWS), (second, 1));
    assert_eq!(hit.class.as_ref().map(|c| c.name.as_str()), Some("table"));
    assert!((hit.position.z - 1.5).abs() < 0.2 && hit.normal.z > 0.7, "{hit:?}");
    let hit = stage.pick(left).0.hit.expect("its left blob is there");
    assert_eq!((hit.cloud, hit.class.as_ref().map(|c| c.name.as_str())), (second, Some("plant")));
    assert_eq!(hit.top.len(), 3, "classes of both clouds: {:?}", hit.top);
    let hit = stage.pick(pixel_of(BLOBS[2])).0.hit.expect("the first cloud is there");
    assert_eq!((hit.cloud, hit.class.as_ref().map(|c| c.name.as_str())), (cloud, Some("office chair")));

    stage.app.world_mut().entity_mut(second).insert(Transform::from_xyz(0.0, 0.0, -2.0));
    stage.shot("behind_each_other").assert_near(pixel_of(BLOBS[1]), COLOURS[1], 0.04);
    stage.app.world_mut().entity_mut(second).insert((place, RenderLayers::layer(3)));
    stage.shot("other_layer").assert_near(front, COLOURS[1], 0.04);
    stage.app.world_mut().despawn(second);
    stage.shot("one_again").assert_near(front, COLOURS[1], 0.04);
}

/// A camera that turned round sees at once what it would see standing still.
pub fn turned_round(stage: &mut Stage) {
    let behind = blobs();
    let place = Transform::from_xyz(0.0, 0.0, 8.0).with_rotation(Quat::from_rotation_y(std::f32::consts::PI));
    let other = stage.app.world_mut().spawn((SplatCloud::from_cloud(behind), place)).id();
    stage.run(3);
    let camera = stage.camera;
    let turn = |stage: &mut Stage, angle: f32| {
        stage.app.world_mut().get_mut::<Transform>(camera).unwrap().rotation = Quat::from_rotation_y(angle);
    };
    turn(stage, std::f32::consts::PI);
    let drawn = stage.frames().drawn();
    stage.run(1);
    assert_eq!(stage.frames().drawn(), drawn + 1, "the frame after the turn shows the new view");
    let shot = stage.shot("turned");
    for (centre, colour) in BLOBS.into_iter().zip(COLOURS) {
        shot.assert_near(pixel_of(centre), colour, 0.03);
    }
    turn(stage, 0.0);
    stage.app.world_mut().despawn(other);
    stage.run(2);
}

/// Objects are entities that stay, and answer questions.
pub fn objects(stage: &mut Stage, cloud: Entity) {
    let options = ObjectOptions { link: 0.3, min_rows: 10, ..default() };
    stage.app.world_mut().entity_mut(cloud).insert(FindObjects(options));
    let found = settled(stage, 3);
    let chairs: Vec<_> = found.iter().filter(|(_, name, _)| name == "office chair").collect();
    assert_eq!(chairs.len(), 2);
    for (_, _, object) in &found {
        assert!(object.count() == BLOB_ROWS as usize && object.confidence > 0.95);
        let half = object.oriented.half;
        assert!(half.max_element() < 1.1 * RADIUS && half.min_element() > 0.8 * RADIUS, "{half}");
    }
    let near = BLOBS[2] + Vec3::X;
    let ask = move |query: SemanticQuery| {
        let chairs = Question::class("chair").nearest_to(near);
        let tables = Question::class("desk").within(Region::Sphere { centre: BLOBS[1], radius: 1.0 });
        (query.objects(&chairs), query.rows(&chairs.clone().limit(1)), query.objects(&tables))
    };
    let (objects, rows, none) = stage.app.world_mut().run_system_once(ask).unwrap();
    assert!(none.is_empty());
    assert!(objects[0].position.distance(BLOBS[2]) < 0.05 && objects[1].position.distance(BLOBS[0]) < 0.05);
    assert!((objects[0].distance - (1.0 - RADIUS)).abs() < 0.05, "{}", objects[0].distance);
    assert_eq!((rows.len(), rows[0].cloud, rows[0].row / BLOB_ROWS), (1, cloud, 2));
    let hit = stage.pick(pixel_of(BLOBS[2])).0.hit.unwrap();
    assert_eq!(hit.object, Some(objects[0].entity));

    // One blob fewer: the other objects keep their entities.
    let mut fewer = blobs();
    fewer = fewer.subset(0..2 * BLOB_ROWS);
    stage.app.world_mut().entity_mut(cloud).insert(SplatCloud::from_cloud(fewer));
    let left = settled(stage, 2);
    assert!(left.iter().all(|(entity, ..)| found.iter().any(|(old, ..)| old == entity)));
    stage.app.world_mut().entity_mut(cloud).insert(SplatCloud::from_cloud(blobs())).remove::<FindObjects>();
    settled(stage, 0);
}

fn settled(stage: &mut Stage, count: usize) -> Vec<(Entity, String, SplatObject)> {
    for _ in 0..200 {
        stage.run(1);
        let world = stage.app.world_mut();
        let mut query = world.query::<(Entity, &ClassLabel, &SplatObject)>();
        let found: Vec<_> = query.iter(world).map(|(e, label, o)| (e, label.name.clone(), o.clone())).collect();
        if found.len() == count {
            return found;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    panic!("there are not {count} objects");
}

#[derive(Resource, Default)]
struct Clicks(Vec<(Entity, Option<String>)>);

/// `Pointer<Click>` reaches the cloud, with what was hit.
pub fn clicks(stage: &mut Stage, cloud: Entity) {
    stage.app.init_resource::<Clicks>();
    let observer = stage.app.world_mut().spawn(
        Observer::new(|click: On<Pointer<Click>>, mut clicks: ResMut<Clicks>| {
            let class = click.hit.extra_as::<PickHit>().and_then(|hit| hit.class.as_ref()).map(|c| c.name.clone());
            clicks.0.push((click.entity, class));
        })
        .with_entity(cloud),
    );
    let observer = observer.id();
    let target = stage.app.world().get::<RenderTarget>(stage.camera).unwrap().normalize(None).unwrap();
    let send = |stage: &mut Stage, position: Vec2, action| {
        let location = Location { target: target.clone(), position };
        stage.app.world_mut().write_message(PointerInput::new(PointerId::Mouse, location, action));
        stage.run(6);
    };
    for place in [pixel_of(BLOBS[1]), Vec2::splat(4.0)] {
        send(stage, place, PointerAction::Move { delta: Vec2::ONE });
        send(stage, place, PointerAction::Press(PointerButton::Primary));
        send(stage, place, PointerAction::Release(PointerButton::Primary));
    }
    let clicks = &stage.app.world().resource::<Clicks>().0;
    assert_eq!(clicks, &[(cloud, Some("table".to_owned()))], "one click on the table, one beside everything");
    stage.app.world_mut().despawn(observer);
}

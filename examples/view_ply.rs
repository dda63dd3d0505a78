//! A splat cloud among lit meshes: a character walks through the room, before and behind what stands there.
//!
//! ```text
//! cargo run --example view_ply                                   # the sample room
//! cargo run --example view_ply -- --cloud my_room.ply            # a cloud of one's own
//! cargo run --example view_ply -- --headless --out shots         # pictures, no window
//! ```

#[path = "common/demo.rs"]
mod demo;

use bevy::prelude::*;

/// Goes round in the middle of the room.
#[derive(Component)]
struct Walker {
    centre: Vec3,
    radius: f32,
    angle: f32,
}

fn main() -> AppExit {
    let pictures: Vec<(&'static str, demo::Act)> =
        vec![("near", |world| stand_at(world, 0.9)), ("far", |world| stand_at(world, 4.0))];
    demo::app("a character among splats", demo::ONCE, pictures).add_systems(Update, (furnish, walk)).run()
}

/// Once the room is known: a camera in a corner, a lamp, and somebody who walks.
fn furnish(world: &mut World) {
    if world.query::<&Walker>().iter(world).next().is_some() {
        return;
    }
    let (Some((_, room)), Some(floor)) = (demo::room(world), demo::floor(world)) else { return };
    let (size, centre) = (room.size(), room.centre());
    let eye = centre + Vec3::new(0.42 * size.x, 0.15 * size.y, 0.42 * size.z);
    world.spawn(demo::camera(eye, centre - Vec3::Y * 0.2 * size.y));
    world.insert_resource(GlobalAmbientLight { brightness: 400.0, ..default() });
    let lamp = PointLight { intensity: 400_000.0, shadow_maps_enabled: true, ..default() };
    world.spawn((lamp, Transform::from_translation(centre + Vec3::Y * 0.4 * size.y)));

    let mut meshes = world.resource_mut::<Assets<Mesh>>();
    let (body, head) = (meshes.add(Capsule3d::new(0.17, 0.75)), meshes.add(Sphere::new(0.14)));
    let mut materials = world.resource_mut::<Assets<StandardMaterial>>();
    let coat = materials.add(StandardMaterial::from(Color::srgb(0.9, 0.35, 0.15)));
    let skin = materials.add(StandardMaterial::from(Color::srgb(0.95, 0.8, 0.65)));
    let walker = Walker { centre: Vec3::new(centre.x, floor, centre.z), radius: 0.28 * size.x.min(size.z), angle: 0.0 };
    world.spawn((walker, Transform::default(), Visibility::default())).with_children(|parts| {
        parts.spawn((Mesh3d(body), MeshMaterial3d(coat), Transform::from_xyz(0.0, 0.56, 0.0)));
        parts.spawn((Mesh3d(head), MeshMaterial3d(skin), Transform::from_xyz(0.0, 1.27, 0.0)));
    });
}

fn walk(mut walkers: Query<(&mut Walker, &mut Transform)>, args: Res<demo::Args>, time: Res<Time>) {
    for (mut walker, mut place) in &mut walkers {
        if !args.headless {
            walker.angle += 0.5 * time.delta_secs();
        }
        let (sin, cos) = walker.angle.sin_cos();
        *place = Transform::from_translation(walker.centre + walker.radius * Vec3::new(cos, 0.0, sin))
            .with_rotation(Quat::from_rotation_y(-walker.angle));
    }
}

fn stand_at(world: &mut World, angle: f32) -> bool {
    let mut walkers = world.query::<&mut Walker>();
    let Ok(mut walker) = walkers.single_mut(world) else { return false };
    walker.angle = angle;
    true
}

//! Click on a Gaussian: `Pointer<Click>` reaches the cloud, and the hit says what was clicked.
//!
//! ```text
//! cargo run --example semantic_picking
//! cargo run --example semantic_picking -- --headless --out shots
//! ```

#[path = "common/demo.rs"]
mod demo;

use bevy::picking::pointer::{Location, PointerAction, PointerId, PointerInput};
use bevy::prelude::*;
use bevy_semantic_splats::prelude::*;
use bevy_semantic_splats::query::PointedSplats;

/// Marks a place that was clicked.
#[derive(Component)]
struct Pin(Vec3);

fn main() -> AppExit {
    let pictures: Vec<(&'static str, demo::Act)> =
        vec![("hover", |world| hover(world, 0.35)), ("click", |world| hover(world, 0.6) && click(world))];
    demo::app("click what you see", demo::ONCE, pictures).add_systems(Update, (set_up, show)).run()
}

/// Once the room is known: a camera, and ears for clicks on the cloud.
fn set_up(world: &mut World) {
    if world.query::<&SplatView>().iter(world).next().is_some() {
        return;
    }
    let Some((cloud, room)) = demo::room(world) else { return };
    let eye = room.centre() + Vec3::new(0.4 * room.size().x, 0.1 * room.size().y, 0.4 * room.size().z);
    world.spawn(demo::camera(eye, room.centre() - Vec3::Y * 0.25 * room.size().y));
    world.entity_mut(cloud).observe(on_click);
}

fn on_click(click: On<Pointer<Click>>, mut commands: Commands) {
    let Some(hit) = click.hit.extra_as::<PickHit>() else { return };
    let top: Vec<String> = hit.top.iter().map(|(class, p)| format!("{} {:.0} %", class.name, 100.0 * p)).collect();
    println!("{:.2} m away: {} (Gaussian {})", hit.distance, top.join(", "), hit.row);
    commands.spawn((Pin(hit.normal), Transform::from_translation(hit.position)));
}

/// Draws what lies under the pointers, and the pins.
fn show(
    mut gizmos: Gizmos,
    pointed: Res<PointedSplats>,
    pins: Query<(&Pin, &Transform)>,
    cameras: Query<(Entity, &GlobalTransform), With<SplatView>>,
) {
    let Ok((camera, eye)) = cameras.single() else { return };
    if let Some(hit) = pointed.get(PointerId::Mouse, camera) {
        let turn = Quat::from_rotation_arc(Vec3::Z, hit.normal);
        gizmos.circle(Isometry3d::new(hit.position + 0.01 * hit.normal, turn), 0.12, Color::WHITE);
        gizmos.arrow(hit.position, hit.position + 0.3 * hit.normal, Color::WHITE);
        let name = hit.class.as_ref().map_or("no class", |class| &class.name);
        let facing = Isometry3d::new(hit.position + 0.35 * hit.normal, eye.rotation());
        gizmos.text(facing, name, 0.14, Vec2::ZERO, Color::WHITE);
    }
    for (Pin(normal), place) in &pins {
        gizmos.sphere(place.translation, 0.05, Color::srgb(1.0, 0.5, 0.1));
        gizmos.line(place.translation, place.translation + 0.25 * *normal, Color::srgb(1.0, 0.5, 0.1));
    }
}

/// Moves the mouse of the headless form across the picture, and waits until something lies under it.
fn hover(world: &mut World, share: f32) -> bool {
    let place = demo::SIZE.as_vec2() * Vec2::new(share, 0.62);
    point(world, place, PointerAction::Move { delta: Vec2::ZERO });
    let Ok(camera) = world.query_filtered::<Entity, With<SplatView>>().single(world) else { return false };
    let pointed = world.resource::<PointedSplats>().get(PointerId::Mouse, camera);
    pointed.is_some_and(|hit| hit.class.is_some())
}

/// Presses and lets go; done when the pin is there.
fn click(world: &mut World) -> bool {
    let place = demo::SIZE.as_vec2() * Vec2::new(0.6, 0.62);
    let is_down = world.remove_resource::<IsDown>().is_some();
    let action = if is_down {
        PointerAction::Release(PointerButton::Primary)
    } else {
        PointerAction::Press(PointerButton::Primary)
    };
    if !is_down {
        world.insert_resource(IsDown);
    }
    point(world, place, action);
    world.query::<&Pin>().iter(world).next().is_some()
}

#[derive(Resource)]
struct IsDown;

fn point(world: &mut World, position: Vec2, action: PointerAction) {
    let target = world.query_filtered::<&bevy::camera::RenderTarget, With<SplatView>>().single(world).ok().cloned();
    let Some(target) = target.and_then(|target| target.normalize(None)) else { return };
    world.write_message(PointerInput::new(PointerId::Mouse, Location { target, position }, action));
}

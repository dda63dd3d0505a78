//! Labels in the world, as an AR app would have them: pick a class, its objects light up, boxed and named.
//!
//! ```text
//! cargo run --example highlight_class                            # space: the next class
//! cargo run --example highlight_class -- --headless --out shots
//! ```

#[path = "common/demo.rs"]
mod demo;

use bevy::prelude::*;
use bevy_semantic_splats::prelude::*;

/// Which class is lit, counted from the one with most objects.
#[derive(Resource, Default)]
struct Lit(usize);

fn main() -> AppExit {
    let pictures: Vec<(&'static str, demo::Act)> = vec![
        ("first", |world| is_lit(world, 0)),
        ("second", |world| is_lit(world, 1)),
        ("third", |world| is_lit(world, 2)),
    ];
    let mut app = demo::app("labels on things", demo::ONCE, pictures);
    app.init_resource::<Lit>().add_systems(Update, (set_up, next_class, show_objects)).run()
}

/// Once the room is known: a camera, and objects that are kept.
fn set_up(world: &mut World) {
    if world.query::<&SplatView>().iter(world).next().is_some() {
        return;
    }
    let Some((cloud, room)) = demo::room(world) else { return };
    let eye = room.centre() + Vec3::new(0.42 * room.size().x, 0.2 * room.size().y, 0.42 * room.size().z);
    world.spawn(demo::camera(eye, room.centre() - Vec3::Y * 0.25 * room.size().y));
    world.entity_mut(cloud).insert(FindObjects::default());
    // Labels are read through walls.
    world.resource_mut::<GizmoConfigStore>().config_mut::<DefaultGizmoConfigGroup>().0.depth_bias = -1.0;
}

fn next_class(keys: Res<ButtonInput<KeyCode>>, mut lit: ResMut<Lit>) {
    if keys.just_pressed(KeyCode::Space) {
        lit.0 += 1;
    }
}

/// Class columns by how many objects they have; the room itself is no news.
fn classes(objects: &[FoundObject]) -> Vec<(usize, u32)> {
    let mut counts: Vec<(usize, u32)> = Vec::new();
    let is_room = |name: &str| ["wall", "floor", "ceiling"].contains(&name);
    for object in objects.iter().filter(|o| !is_room(&o.label.name)) {
        match counts.iter_mut().find(|(_, column)| *column == object.label.column) {
            Some((count, _)) => *count += 1,
            None => counts.push((1, object.label.column)),
        }
    }
    counts.sort_by_key(|&(count, column)| (std::cmp::Reverse(count), column));
    counts
}

fn show_objects(
    query: SemanticQuery,
    boxes: Query<&SplatObject>,
    clouds: Query<&GlobalTransform>,
    lit: Res<Lit>,
    mut views: Query<(&mut SplatView, &Transform)>,
    mut gizmos: Gizmos,
) {
    let Ok((mut view, eye)) = views.single_mut() else { return };
    let objects = query.objects(&Question::anything());
    let classes = classes(&objects);
    let Some(&(_, column)) = classes.get(lit.0 % classes.len().max(1)) else { return };
    view.highlight = Some(column);
    for object in objects.iter().filter(|o| o.label.column == column) {
        let (Ok(found), Ok(cloud)) = (boxes.get(object.entity), clouds.get(object.cloud)) else { continue };
        let (scale, turn, _) = cloud.to_scale_rotation_translation();
        let oriented = &found.oriented;
        let place = Transform {
            translation: cloud.transform_point(oriented.centre),
            rotation: turn * oriented.rotation,
            scale: 2.0 * oriented.half * scale.x,
        };
        gizmos.cube(place, Color::srgb(1.0, 0.85, 0.3));
        let words = format!("{} {:.0} %", object.label.name, 100.0 * object.confidence);
        let size = 0.025 * eye.translation.distance(place.translation);
        gizmos.text(Isometry3d::new(place.translation, eye.rotation), &words, size, Vec2::ZERO, Color::WHITE);
    }
}

/// Presses space until a class is lit, and waits for its objects.
fn is_lit(world: &mut World, class: usize) -> bool {
    if world.resource::<Lit>().0 < class {
        let is_typed = world.resource::<ButtonInput<KeyCode>>().just_released(KeyCode::Space);
        if !is_typed {
            demo::type_key(world, KeyCode::Space);
        }
        return false;
    }
    world.query::<&SplatObject>().iter(world).next().is_some()
}

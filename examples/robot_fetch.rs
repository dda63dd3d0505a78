//! A robot asks for the nearest object of a class and drives there, round what stands in its way.
//!
//! ```text
//! cargo run --example robot_fetch
//! cargo run --example robot_fetch -- --headless --out shots
//! ```

#[path = "common/demo.rs"]
mod demo;

use bevy::ecs::system::RunSystemOnce;
use bevy::prelude::*;
use bevy_semantic_splats::prelude::*;
use bevy_semantic_splats::splat_core::occupancy::{FREE, OccupancyGrid, OccupancyOptions};
use std::collections::VecDeque;

/// What it may be sent for: the first of these that the room has.
const WISHES: [&str; 6] = ["chair", "plant", "trash can", "lamp", "sofa", "table"];
/// Edge of a voxel, and the height band in which things are in the way, metres.
const VOXEL: f32 = 0.12;
const BAND: [f32; 2] = [0.2, 1.0];

/// Drives along points on the floor.
#[derive(Component)]
struct Robot {
    path: Vec<Vec3>,
    driven: f32,
}

fn main() -> AppExit {
    let pictures: [(&str, demo::Act); 3] =
        [("start", |w| drive_to(w, 0.0)), ("half_way", |w| drive_to(w, 0.5)), ("there", |w| drive_to(w, 1.0))];
    demo::app("fetch!", demo::ONCE, pictures.to_vec()).add_systems(Update, (set_up, drive)).run()
}

/// Once objects are known: plans the way and puts the robot on it.
fn set_up(world: &mut World) {
    let Some((cloud, room)) = demo::room(world).filter(|_| world.query::<&Robot>().iter(world).next().is_none()) else {
        return;
    };
    if world.query::<&SplatObject>().iter(world).next().is_none() {
        world.entity_mut(cloud).insert_if_new(FindObjects::default());
        return;
    }
    let Some(floor) = demo::floor(world) else { return };
    let from = room.centre().with_y(floor);
    let ask = move |query: SemanticQuery| {
        let wish = |class: &&str| query.objects(&Question::class(*class).nearest_to(from).limit(1)).into_iter().next();
        WISHES.iter().find_map(wish)
    };
    let Some(goal) = world.run_system_once(ask).ok().flatten() else { return };
    println!("the nearest {} is {:.2} m away", goal.label.name, goal.distance);
    let snapshot = world.get::<CloudSnapshot>(cloud).map(|s| s.cloud.clone());
    let place = world.get::<GlobalTransform>(cloud).copied().unwrap_or_default();
    let grid = snapshot.and_then(|c| OccupancyGrid::new(&c, &OccupancyOptions { voxel: VOXEL, ..default() }).ok());
    let Some(path) = grid.and_then(|grid| plan(&grid, &place, from, goal.position)) else {
        eprintln!("error: there is no way to it");
        world.write_message(AppExit::from_code(1));
        return;
    };
    let mesh = world.resource_mut::<Assets<Mesh>>().add(Cylinder::new(0.18, 0.3));
    let paint = StandardMaterial { base_color: Color::srgb(0.2, 0.8, 1.0), unlit: true, ..default() };
    let material = world.resource_mut::<Assets<StandardMaterial>>().add(paint);
    world.spawn((Robot { path, driven: 0.0 }, Mesh3d(mesh), MeshMaterial3d(material), Transform::default()));
    let eye = room.centre() + Vec3::new(0.35 * room.size().x, 0.42 * room.size().y, 0.35 * room.size().z);
    world.spawn(demo::camera(eye, from));
}

/// Shortest way over the floor, from free cell to free cell, to the one nearest to the goal.
fn plan(grid: &OccupancyGrid, place: &GlobalTransform, from: Vec3, to: Vec3) -> Option<Vec<Vec3>> {
    let to_cloud = place.affine().inverse();
    let cell_of = |x: i32, z: i32| from + Vec3::new(x as f32, 0.0, z as f32) * VOXEL;
    let is_free = |x: i32, z: i32| {
        let heights = (0..).map(|i| BAND[0] + i as f32 * VOXEL).take_while(|h| *h < BAND[1]);
        // A robot is wider than a cell: its neighbours must be free too.
        heights.flat_map(|h| (-1..=1).flat_map(move |i| (-1..=1).map(move |k| (h, i, k)))).all(|(h, i, k)| {
            let point = to_cloud.transform_point3(cell_of(x + i, z + k) + Vec3::Y * h);
            grid.cell(point).is_some_and(|cell| grid.column(cell) == FREE)
        })
    };
    let around = (-8..=8).flat_map(|x| (-8..=8).map(move |z| (x, z)));
    let start = around.filter(|&(x, z)| is_free(x, z)).min_by_key(|(x, z)| x * x + z * z)?;
    let mut came_from = std::collections::HashMap::from([(start, start)]);
    let mut open = VecDeque::from([start]);
    while let Some((x, z)) = open.pop_front() {
        for next in [(x + 1, z), (x - 1, z), (x, z + 1), (x, z - 1)] {
            if !came_from.contains_key(&next) && is_free(next.0, next.1) {
                came_from.insert(next, (x, z));
                open.push_back(next);
            }
        }
    }
    let distance = |&(x, z): &(i32, i32)| cell_of(x, z).with_y(to.y).distance(to);
    let end = *came_from.keys().min_by(|a, b| distance(a).total_cmp(&distance(b)).then(a.cmp(b)))?;
    let way_back = std::iter::successors(Some(end), |at| Some(came_from[at]).filter(|before| before != at));
    let mut path: Vec<Vec3> = way_back.map(|(x, z)| cell_of(x, z)).collect();
    path.reverse();
    println!("drives {:.1} m", VOXEL * path.len() as f32);
    Some(path)
}

fn drive(mut robots: Query<(&mut Robot, &mut Transform)>, args: Res<demo::Args>, time: Res<Time>, mut gizmos: Gizmos) {
    for (mut robot, mut place) in &mut robots {
        if !args.headless {
            robot.driven = (robot.driven + 0.1 * time.delta_secs()).min(1.0);
        }
        let at = (robot.driven * (robot.path.len() - 1) as f32).round() as usize;
        place.translation = robot.path[at] + Vec3::Y * 0.16;
        gizmos.linestrip(robot.path.iter().map(|p| *p + Vec3::Y * 0.05), Color::srgb(1.0, 0.9, 0.2));
    }
}

fn drive_to(world: &mut World, share: f32) -> bool {
    let Ok(mut robot) = world.query::<&mut Robot>().single_mut(world) else { return false };
    robot.driven = share;
    true
}

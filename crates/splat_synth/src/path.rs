//! Where photographs are taken from: a walk around the room with a hand-held camera, and held-out views beside it.

use crate::maths::{cos, sin, smoothstep};
use crate::options::RoomOptions;
use crate::random::{Choose, Purpose, stream};
use crate::scene::{Eye, Scene};
use glam::{DVec3, Vec3};
use splat_core::{Camera, Intrinsics, Split};
use std::f32::consts::TAU;

/// Least distance of a held-out camera to every training camera, metres.
pub const HELD_OUT_DISTANCE: f64 = 0.16;

/// Least distance of a camera to any surface, metres.
const CLEARANCE: f32 = 0.3;

/// A photograph to be taken.
#[derive(Clone, Debug)]
pub struct Shot {
    /// File name.
    pub name: String,
    /// Train or test.
    pub split: Split,
    /// Pose and lens.
    pub camera: Camera,
}

/// Every photograph's camera; training views first, in walking order.
pub fn shots(scene: &Scene, room: Vec3, options: &RoomOptions) -> Vec<Shot> {
    let walk = Walk::new(scene, room, options);
    let mut train: Vec<Camera> = Vec::new();
    for i in 0..options.train_views {
        let t = (i as f32 + 0.5) / options.train_views as f32;
        train.push(walk.camera(t, walk.radius(t), 0.0));
    }
    let test = walk.held_out(&train, options.test_views, options.seed);
    let named =
        |(i, (split, camera)): (usize, (Split, Camera))| Shot { name: format!("DSC{:05}.JPG", i + 1), split, camera };
    let all = train.into_iter().map(|c| (Split::Train, c)).chain(test.into_iter().map(|c| (Split::Test, c)));
    all.enumerate().map(named).collect()
}

struct Walk<'a> {
    scene: &'a Scene,
    room: Vec3,
    intrinsics: Intrinsics,
    start: f32,
    phase: [f32; 6],
}

impl<'a> Walk<'a> {
    fn new(scene: &'a Scene, room: Vec3, options: &RoomOptions) -> Self {
        let (width, height) = (options.width, options.height);
        // The focal length of ScanNet++'s undistorted DSLR images, 0.66 of their width.
        let f = 0.66 * width as f64;
        let intrinsics = Intrinsics { width, height, fx: f, fy: f, cx: 0.5 * width as f64, cy: 0.5 * height as f64 };
        let mut rng = stream(options.seed, Purpose::Path, 0);
        let start = rng.between(0.0, TAU);
        let phase = std::array::from_fn(|_| rng.between(0.0, TAU));
        Self { scene, room, intrinsics, start, phase }
    }

    /// Two turns: a wide one along the walls, then a narrow one.
    fn radius(&self, t: f32) -> f32 {
        1.0 - 0.55 * smoothstep(0.42, 0.62, t)
    }

    /// The camera at share `t` of the walk, `radius` (1 = wide turn) from the middle. It looks across the room,
    /// past the middle, so that every wall is seen from afar and from several places.
    fn camera(&self, t: f32, radius: f32, swing: f32) -> Camera {
        let p = &self.phase;
        let angle = self.start + 2.0 * TAU * t;
        let sway = |k: f32, i: usize| sin(TAU * k * t + p[i]);
        let half = Vec3::new(0.5 * self.room.x - 0.98, 0.5 * self.room.y - 0.92, 0.0);
        let middle = 0.5 * self.room;
        let reach = radius * (1.0 + 0.06 * sway(5.0, 0));
        let offset = Vec3::new(half.x * cos(angle), half.y * sin(angle), 0.0) * reach;
        let mut eye =
            Vec3::new(middle.x + offset.x, middle.y + offset.y, 1.46 + 0.09 * sway(3.0, 1) + 0.03 * sway(9.0, 2));
        for _ in 0..12 {
            if self.clearance(eye) >= CLEARANCE {
                break;
            }
            let inwards = Vec3::new(middle.x - eye.x, middle.y - eye.y, 0.0);
            eye += inwards * 0.12;
        }
        // Wide turn: eyes on the furniture. Narrow turn: eyes on the walls, a little up and down.
        let narrow = smoothstep(0.95, 0.5, radius);
        let yaw = angle + 0.5 * TAU + swing + (0.32 + 0.2 * narrow) * sway(6.0, 3);
        let pitch = -0.3 + 0.14 * narrow + (0.09 + 0.1 * narrow) * sway(4.0, 4);
        let forward = Vec3::new(cos(yaw) * cos(pitch), sin(yaw) * cos(pitch), sin(pitch));
        let roll = 0.02 * sway(7.0, 5);
        let right = forward.cross(Vec3::Z).normalize();
        let up = (Vec3::Z + right * roll).as_dvec3();
        let eye = eye.as_dvec3();
        Camera::looking_at(self.intrinsics, eye, eye + forward.as_dvec3(), up)
    }

    /// Distance to the nearest surface, from rays in all directions.
    fn clearance(&self, eye: Vec3) -> f32 {
        let mut nearest = f32::INFINITY;
        for k in 0..160 {
            let z = 1.0 - (2.0 * k as f32 + 1.0) / 160.0;
            let (angle, flat) = (2.399_963 * k as f32, (1.0 - z * z).sqrt());
            let direction = Vec3::new(flat * cos(angle), flat * sin(angle), z);
            if let Some(hit) = self.scene.trace(eye, direction, 0.0, Eye::Scanner) {
                nearest = nearest.min(hit.t);
            }
        }
        nearest
    }

    /// Views between the two turns and between the steps of the walk, away from every training camera.
    fn held_out(&self, train: &[Camera], count: usize, seed: u64) -> Vec<Camera> {
        let mut rng = stream(seed, Purpose::Path, 1);
        let nearest =
            |c: &Camera| train.iter().map(|t| t.position().distance(c.position())).fold(f64::INFINITY, f64::min);
        (0..count)
            .map(|i| {
                let t = (i as f32 + 0.5) / count as f32;
                let swing = rng.between(-0.12, 0.12);
                let mut best: Option<(f64, Camera)> = None;
                for attempt in 0..60 {
                    let radius = 0.72 + rng.between(-0.12, 0.14) * (1.0 + 0.02 * attempt as f32);
                    let camera = self.camera((t + rng.between(-0.02, 0.02)).clamp(0.0, 1.0), radius, swing);
                    let camera = lifted(camera, rng.between(-0.08, 0.08) as f64);
                    let distance = nearest(&camera);
                    if best.as_ref().is_none_or(|b| distance > b.0) {
                        best = Some((distance, camera));
                    }
                    if distance >= 1.4 * HELD_OUT_DISTANCE {
                        break;
                    }
                }
                let (distance, camera) = best.expect("at least one attempt");
                if distance >= HELD_OUT_DISTANCE {
                    return camera;
                }
                // A crowded walk: hold the camera higher until it is clear of all the others.
                let mut higher = (1..=20).map(|k| lifted(camera, 0.02 * k as f64));
                higher.find(|c| nearest(c) >= HELD_OUT_DISTANCE).unwrap_or_else(|| lifted(camera, 0.4))
            })
            .collect()
    }
}

fn lifted(mut camera: Camera, by: f64) -> Camera {
    camera.world_from_view.translation += DVec3::Z * by;
    camera
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::Room;

    #[test]
    fn held_out_views_keep_clear_of_a_crowded_walk() {
        let options = RoomOptions { train_views: 300, test_views: 20, ..RoomOptions::tiny(5) };
        let room = Room::new(options.seed);
        let all = shots(&Scene::new(room.objects), room.size, &options);
        let place = |s: &Shot| s.camera.position();
        for test in all.iter().filter(|s| s.split == Split::Test) {
            let train = all.iter().filter(|s| s.split == Split::Train);
            let nearest = train.map(|s| place(s).distance(place(test))).fold(f64::INFINITY, f64::min);
            assert!(nearest >= HELD_OUT_DISTANCE, "{}: {nearest}", test.name);
        }
    }

    #[test]
    fn the_walk_is_smooth() {
        let options = RoomOptions { train_views: 72, test_views: 0, ..RoomOptions::tiny(2) };
        let room = Room::new(options.seed);
        let walk = shots(&Scene::new(room.objects), room.size, &options);
        for pair in walk.windows(2) {
            let (a, b) = (&pair[0].camera, &pair[1].camera);
            assert!(a.position().distance(b.position()) < 0.5, "{}", pair[1].name);
            let turn = a.world_from_view.matrix3.z_axis.dot(b.world_from_view.matrix3.z_axis);
            assert!(turn > 0.75, "{}: {turn}", pair[1].name);
        }
    }
}

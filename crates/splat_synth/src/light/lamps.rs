//! The room's light sources, and the light that reaches a point from them without a detour.

use super::outdoors::Outdoors;
use crate::maths::{cos, fract, sin};
use crate::scene::Scene;
use glam::Vec3;
use std::f32::consts::{PI, TAU};

/// A lamp as a light source.
#[derive(Clone, Debug)]
pub enum Lamp {
    /// A disc that shines downwards.
    Disc { centre: Vec3, radius: f32, radiance: Vec3 },
    /// An upright cylinder that shines sideways: a bulb, or a lit shade.
    Cylinder { centre: Vec3, radius: f32, height: f32, radiance: Vec3 },
}

/// Window, sun and lamps.
#[derive(Clone, Debug)]
pub struct Lights {
    /// Lower left corner of the window opening on its outer side, seen from inside.
    pub window_corner: Vec3,
    /// Width (along x) and height (along z) of the opening, metres.
    pub window_size: (f32, f32),
    /// What is behind it.
    pub outdoors: Outdoors,
    /// Lamps that are switched on.
    pub lamps: Vec<Lamp>,
}

/// Samples per light.
#[derive(Clone, Copy, Debug)]
pub struct LightSamples {
    /// Points of the window, a square number.
    pub window: usize,
    /// Points of the sun.
    pub sun: usize,
    /// Points of each lamp.
    pub lamp: usize,
}

/// Distance within which a surface does not shadow itself, metres.
const NEAR: f32 = 1.5e-3;

impl Lights {
    /// Irradiance / pi at a point from all lights. `jitter`: four numbers in 0..1 that belong to the point.
    pub fn direct(&self, scene: &Scene, p: Vec3, n: Vec3, jitter: [f32; 4], samples: LightSamples) -> Vec3 {
        self.window(scene, p, n, jitter, samples.window)
            + self.sun(scene, p, n, jitter, samples.sun)
            + self.lamps.iter().map(|lamp| self::lamp(lamp, scene, p, n, jitter, samples.lamp)).sum::<Vec3>()
    }

    fn window(&self, scene: &Scene, p: Vec3, n: Vec3, jitter: [f32; 4], samples: usize) -> Vec3 {
        let (width, height) = self.window_size;
        // Nothing to see for what faces away from the window.
        let corners = [(0.0, 0.0), (width, 0.0), (0.0, height), (width, height)];
        if corners.iter().all(|&(x, z)| (self.window_corner + Vec3::new(x, 0.0, z) - p).dot(n) <= 0.0) {
            return Vec3::ZERO;
        }
        let side = (samples as f32).sqrt().round().max(1.0) as usize;
        let mut sum = Vec3::ZERO;
        for k in 0..side * side {
            let along = |i: usize, j: f32| fract((i as f32 + j) / side as f32);
            let (x, z) = (width * along(k % side, jitter[0]), height * along(k / side, jitter[1]));
            let to = self.window_corner + Vec3::new(x, 0.0, z) - p;
            let distance = to.length();
            let direction = to / distance;
            let (here, there) = (n.dot(direction), direction.y);
            if here > 0.0 && there > 0.0 && !scene.blocked(p, direction, NEAR, distance - NEAR) {
                let solid_angle = there * width * height / (distance * distance).max(0.04);
                sum += self.outdoors.radiance(direction) * (here * solid_angle / PI);
            }
        }
        sum / (side * side) as f32
    }

    fn sun(&self, scene: &Scene, p: Vec3, n: Vec3, jitter: [f32; 4], samples: usize) -> Vec3 {
        let mean = n.dot(self.outdoors.towards_sun);
        if mean <= 0.0 {
            return Vec3::ZERO;
        }
        let open = (0..samples).filter(|&k| {
            let (u, v) = spread(k, samples, jitter);
            let direction = self.outdoors.sun_direction(u, v);
            self.through_window(p, direction) && !scene.blocked(p, direction, NEAR, 50.0)
        });
        self.outdoors.sun * (mean * open.count() as f32 / samples.max(1) as f32)
    }

    fn through_window(&self, p: Vec3, direction: Vec3) -> bool {
        let t = (self.window_corner.y - p.y) / direction.y;
        let at = p + direction * t - self.window_corner;
        t > 0.0 && (0.0..self.window_size.0).contains(&at.x) && (0.0..self.window_size.1).contains(&at.z)
    }
}

/// Point `k` of `count` spread evenly over the unit square, shifted by `jitter`.
fn spread(k: usize, count: usize, jitter: [f32; 4]) -> (f32, f32) {
    let golden = 0.618_034 * k as f32;
    (fract((k as f32 + 0.5) / count as f32 + jitter[2]), fract(golden + jitter[3]))
}

fn lamp(lamp: &Lamp, scene: &Scene, p: Vec3, n: Vec3, jitter: [f32; 4], samples: usize) -> Vec3 {
    let mut sum = Vec3::ZERO;
    for k in 0..samples {
        let (u, v) = spread(k, samples, jitter);
        let angle = TAU * v;
        let (point, facing, area, radiance) = match *lamp {
            Lamp::Disc { centre, radius, radiance } => {
                let offset = Vec3::new(cos(angle), sin(angle), 0.0) * (radius * u.sqrt());
                (centre + offset, Vec3::NEG_Z, PI * radius * radius, radiance)
            }
            Lamp::Cylinder { centre, radius, height, radiance } => {
                let facing = Vec3::new(cos(angle), sin(angle), 0.0);
                let point = centre + facing * radius + Vec3::Z * (height * (u - 0.5));
                (point, facing, TAU * radius * height, radiance)
            }
        };
        let to = point - p;
        let distance = to.length();
        let direction = to / distance;
        let (here, there) = (n.dot(direction), -facing.dot(direction));
        if here > 0.0 && there > 0.0 && !scene.blocked(p, direction, NEAR, distance - NEAR) {
            sum += radiance * (here * there * area / (distance * distance).max(0.01) / PI);
        }
    }
    sum / samples.max(1) as f32
}

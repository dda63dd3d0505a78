//! The scene of the benchmark: Gaussians strewn through a room-sized volume in front of a camera. The same for the same N.

use super::count::{Counts, count};
use glam::{DAffine3, Vec3};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;
use splat_core::{Camera, ClassInfo, Cloud, Intrinsics, LabelSet, Photo, sh};
use splat_labels::palette;
use splat_train::{PreparedRun, TrainingView};

/// Width of the image in pixels: ScanNet++'s photographs at a quarter of their size, as in the paper.
pub const WIDTH: u32 = 438;
/// Height of the image in pixels.
pub const HEIGHT: u32 = 292;
/// Focal length in pixels.
const FOCAL_PX: f64 = 289.0;
/// Nearest and farthest Gaussian, metres.
const DEPTH: (f32, f32) = (1.5, 6.0);
/// Opacities, uniform between these: surfaces of a trained room, of which some forty layers hide what is behind.
const OPACITY: (f32, f32) = (0.75, 0.99);
/// Spread of the logarithms of scales along the three axes.
const FLATNESS: f32 = 0.5;
/// Least tile entries a Gaussian and blended pairs a pixel, on average.
const LEAST_ENTRIES: f64 = 4.05;
const LEAST_PAIRS: f64 = 31.0;
/// First guess at the radius, in pixels, within which a Gaussian shows; grown until both averages are reached.
const FIRST_RADIUS_PX: f32 = 7.0;
const RADIUS_STEP: f32 = 1.05;
/// Side of a patch of one colour and one class in the photograph, in pixels.
const PATCH_PX: u32 = 24;

/// Gaussians, the camera that sees all of them, and what they ask of a rasteriser.
pub struct Scene {
    /// Without classes.
    pub cloud: Cloud,
    /// Where it is seen from.
    pub camera: Camera,
    /// What is in the picture.
    pub counts: Counts,
}

impl Scene {
    /// The scene with `n` Gaussians, as small as the least averages allow.
    pub fn new(n: u32) -> Self {
        let intrinsics = Intrinsics {
            width: WIDTH,
            height: HEIGHT,
            fx: FOCAL_PX,
            fy: FOCAL_PX,
            cx: 0.5 * WIDTH as f64,
            cy: 0.5 * HEIGHT as f64,
        };
        let camera = Camera { intrinsics, world_from_view: DAffine3::IDENTITY };
        let mut cloud = strew(n, &camera);
        loop {
            let counts = count(&cloud, &camera);
            let entries = counts.covered_tiles as f64 / counts.visible.max(1) as f64;
            let pairs = counts.blended_pairs as f64 / intrinsics.pixels() as f64;
            // Opaque pixels blend no more however large Gaussians grow: an image that is covered all over is enough.
            let covers_all = entries > 200.0;
            if (entries >= LEAST_ENTRIES && pairs >= LEAST_PAIRS) || covers_all {
                return Self { cloud, camera, counts };
            }
            cloud.log_scales.iter_mut().for_each(|s| *s += RADIUS_STEP.ln());
        }
    }

    /// A run on this scene with `classes` classes. Its one photograph and its labels are random patches.
    pub fn prepared(&self, classes: u32) -> PreparedRun {
        let mut random = Pcg64Mcg::seed_from_u64(classes as u64);
        let class = |id: u32| ClassInfo {
            id: id as u16,
            name: format!("class {id}"),
            colour: palette::colour(id as u16),
            pixel_count: 0,
        };
        let mut cloud = self.cloud.clone();
        cloud.classes = LabelSet { classes: (0..classes).map(class).collect() };
        cloud.logits = (0..cloud.len() * classes as usize).map(|_| random.random_range(-2.0..2.0)).collect();
        let (photo, columns) = target(classes);
        let name = "bench.png".to_owned();
        let columns = (classes > 0).then_some(columns);
        let view = TrainingView { name, camera: self.camera, photo, columns, confidence: None };
        PreparedRun {
            cloud,
            views: vec![view],
            held_out: Vec::new(),
            planes: Vec::new(),
            extent: 3.0,
            mapped: None,
            warnings: Vec::new(),
        }
    }
}

fn strew(n: u32, camera: &Camera) -> Cloud {
    let mut random = Pcg64Mcg::seed_from_u64(0x5ce7e + n as u64);
    let k = sh::coefficients(3);
    let mut cloud = Cloud { sh_degree: 3, ..Cloud::default() };
    for _ in 0..n {
        let pixel = glam::Vec2::new(random.random_range(0.0..WIDTH as f32), random.random_range(0.0..HEIGHT as f32));
        let depth = random.random_range(DEPTH.0..DEPTH.1);
        let (origin, direction) = camera.ray(pixel);
        cloud.means.push((origin + depth as f64 * direction).as_vec3());
        let opacity: f32 = random.random_range(OPACITY.0..OPACITY.1);
        cloud.opacity_logits.push((opacity / (1.0 - opacity)).ln());
        // alpha falls to 1/255 at sqrt(2 ln(255 opacity)) standard deviations.
        let sigma_px = FIRST_RADIUS_PX / (2.0 * (255.0 * opacity).ln()).sqrt();
        let scale = (sigma_px * depth / FOCAL_PX as f32).ln();
        let mut axis = || scale + random.random_range(-FLATNESS..FLATNESS);
        cloud.log_scales.push(Vec3::new(axis(), axis(), axis()));
        cloud.rotations.push(std::array::from_fn(|_| random.random_range(-1.0..1.0)));
        let dc = std::array::from_fn(|_| sh::dc_from_colour(random.random_range(0.1..0.9)));
        cloud.sh.push(dc);
        cloud.sh.extend((1..k).map(|_| -> [f32; 3] { std::array::from_fn(|_| random.random_range(-0.1..0.1)) }));
    }
    cloud
}

/// A photograph of random patches with a little noise, and a class column per patch.
fn target(classes: u32) -> (Photo, Vec<u16>) {
    let mut random = Pcg64Mcg::seed_from_u64(0x9407);
    let across = WIDTH.div_ceil(PATCH_PX);
    let patches = (across * HEIGHT.div_ceil(PATCH_PX)) as usize;
    let colours: Vec<[u8; 3]> = (0..patches).map(|_| std::array::from_fn(|_| random.random_range(20..235))).collect();
    let labels: Vec<u16> = (0..patches).map(|_| random.random_range(0..classes.max(1)) as u16).collect();
    let mut rgba = Vec::with_capacity(4 * (WIDTH * HEIGHT) as usize);
    let mut columns = Vec::with_capacity((WIDTH * HEIGHT) as usize);
    for (y, x) in (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (y, x))) {
        let patch = ((y / PATCH_PX) * across + x / PATCH_PX) as usize;
        rgba.extend(colours[patch].map(|c| c.saturating_add(random.random_range(0..20))));
        rgba.push(255);
        columns.push(labels[patch]);
    }
    (Photo { width: WIDTH, height: HEIGHT, rgba, alpha: None }, columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scene_is_the_same_every_time_and_as_crowded_as_promised() {
        let (a, b) = (Scene::new(3_000), Scene::new(3_000));
        assert_eq!(a.cloud, b.cloud);
        assert_eq!(a.cloud.check_shape(), Ok(()));
        assert_eq!(a.counts.visible, 3_000);
        assert!(a.counts.blended_pairs >= 31 * (WIDTH * HEIGHT) as u64);
        assert!(a.counts.covered_tiles >= 4 * 3_000);
        let prepared = a.prepared(16);
        assert_eq!(prepared.cloud.check_shape(), Ok(()));
        assert!(prepared.views[0].columns.as_ref().is_some_and(|c| c.iter().all(|c| *c < 16)));
    }
}

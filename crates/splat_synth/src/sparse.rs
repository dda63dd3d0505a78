//! A sparse cloud as structure from motion would leave it: points where photographs have texture, seen from several
//! cameras, off by what half a pixel of error does to triangulation, and some that are plainly wrong.

use crate::path::Shot;
use crate::photo::Photographer;
use crate::random::{Choose, Purpose, stream};
use crate::scene::{Eye, Scene};
use glam::{DVec3, Vec2, Vec3};
use image::RgbImage;
use rand::Rng;
use rayon::prelude::*;

/// Share of points that are mismatches.
const OUTLIERS: f32 = 0.025;
/// Matching error, pixels.
const PIXEL_ERROR: f32 = 0.45;
/// Longest track that is kept; real ones are longer, but files need not be.
const LONGEST_TRACK: usize = 6;

/// A reconstructed point.
#[derive(Clone, Debug)]
pub struct Point {
    /// World position, metres.
    pub position: DVec3,
    /// Mean colour over its track.
    pub rgb: [u8; 3],
    /// Mean re-projection error, pixels.
    pub error: f32,
    /// Where it was seen: index of the training view, pixel.
    pub track: Vec<(usize, Vec2)>,
}

/// About `count` points from the training views (`shots`, `photos` in the same order).
pub fn reconstruct(
    scene: &Scene,
    photographer: &Photographer,
    shots: &[Shot],
    photos: &[RgbImage],
    seed: u64,
    count: usize,
) -> Vec<Point> {
    let mut points = Vec::with_capacity(count);
    // Candidates in batches, kept in order: the result does not depend on the number of threads.
    for batch in 0..40_u64 {
        let first = batch * count as u64;
        let candidate = |i: u64| Candidate { scene, photographer, shots, photos }.point(seed, first + i);
        let mut found: Vec<Point> = (0..count as u64).into_par_iter().filter_map(candidate).collect();
        found.truncate(count - points.len());
        points.append(&mut found);
        if points.len() == count {
            break;
        }
    }
    points
}

struct Candidate<'a> {
    scene: &'a Scene,
    photographer: &'a Photographer<'a>,
    shots: &'a [Shot],
    photos: &'a [RgbImage],
}

impl Candidate<'_> {
    fn point(&self, seed: u64, index: u64) -> Option<Point> {
        let mut rng = stream(seed, Purpose::Sparse, index);
        let view = (rng.random::<u32>() as usize) % self.shots.len();
        let camera = &self.shots[view].camera;
        let (width, height) = (camera.intrinsics.width as f32, camera.intrinsics.height as f32);
        let pixel = Vec2::new(rng.between(2.0, width - 2.0), rng.between(2.0, height - 2.0));
        // Detectors fire where there is contrast, and rarely on bare walls.
        if !rng.chance(0.06 + contrast(&self.photos[view], pixel) / 40.0) {
            return None;
        }
        let (eye, direction) = camera.ray(pixel);
        let (eye, direction) = (eye.as_vec3(), direction.as_vec3());
        let unit = direction.normalize();
        let true_point = match self.scene.trace(eye, unit, 0.0, Eye::Light) {
            Some(hit) => eye + unit * hit.t,
            None => self.photographer.garden_point(eye, unit)?,
        };
        let outlier = rng.chance(OUTLIERS);
        let mut track = self.track(true_point, view, &mut rng);
        if track.len() < 3 && !(outlier && track.len() == 2) {
            return None;
        }
        let depth = (true_point - eye).length();
        let blur = PIXEL_ERROR * depth / camera.intrinsics.fx as f32;
        // Depth is less certain than direction, the more so the closer together the cameras stood.
        let along = unit * (rng.normal() * blur * 3.0 / self.spread(&track, true_point).max(0.15));
        let mut position = true_point + along + Vec3::new(rng.normal(), rng.normal(), rng.normal()) * blur * 0.7;
        let mut error = 0.25 + 0.5 * rng.random::<f32>();
        if outlier {
            position = eye + unit * depth * rng.between(0.45, 1.5);
            error = rng.between(1.2, 3.5);
            track.truncate(3);
        }
        let rgb = self.colour(&track);
        track.truncate(LONGEST_TRACK);
        Some(Point { position: position.as_dvec3(), rgb, error, track })
    }

    /// Training views that see a point, beginning with `first`, and the pixels where they find it.
    fn track(&self, point: Vec3, first: usize, rng: &mut impl Choose) -> Vec<(usize, Vec2)> {
        let mut track = Vec::new();
        for k in 0..self.shots.len() {
            let view = (first + k) % self.shots.len();
            let camera = &self.shots[view].camera;
            let Some((pixel, _)) = camera.project(point) else { continue };
            let (width, height) = (camera.intrinsics.width as f32, camera.intrinsics.height as f32);
            let inside = pixel.x > 1.0 && pixel.y > 1.0 && pixel.x < width - 1.0 && pixel.y < height - 1.0;
            // Matching misses some.
            if !inside || !rng.chance(0.75) {
                continue;
            }
            let eye = camera.position().as_vec3();
            let to = point - eye;
            let distance = to.length();
            if !self.scene.blocked(eye, to / distance, 0.0, distance - 0.015) {
                let noise = Vec2::new(rng.normal(), rng.normal()) * PIXEL_ERROR;
                track.push((view, pixel + noise));
            }
        }
        track
    }

    /// Largest angle, radians, between two lines of sight of a track and its first one.
    fn spread(&self, track: &[(usize, Vec2)], point: Vec3) -> f32 {
        let ray = |view: usize| (point - self.shots[view].camera.position().as_vec3()).normalize();
        let first = ray(track[0].0);
        track.iter().map(|t| first.cross(ray(t.0)).length()).fold(0.0, f32::max)
    }

    fn colour(&self, track: &[(usize, Vec2)]) -> [u8; 3] {
        let mut sum = [0_u32; 3];
        for (view, pixel) in track {
            let photo = &self.photos[*view];
            let clamp = |v: f32, n: u32| (v.max(0.0) as u32).min(n - 1);
            let c = photo.get_pixel(clamp(pixel.x, photo.width()), clamp(pixel.y, photo.height())).0;
            (0..3).for_each(|i| sum[i] += c[i] as u32);
        }
        sum.map(|s| (s / track.len() as u32) as u8)
    }
}

/// Difference of 8-bit brightness across a pixel, larger of both directions.
fn contrast(photo: &RgbImage, pixel: Vec2) -> f32 {
    let (x, y) = (pixel.x as u32, pixel.y as u32);
    let level = |x: u32, y: u32| {
        let c = photo.get_pixel(x.min(photo.width() - 1), y.min(photo.height() - 1)).0;
        c.iter().map(|&c| c as f32).sum::<f32>() / 3.0
    };
    let across = (level(x + 1, y) - level(x.saturating_sub(1), y)).abs();
    let down = (level(x, y + 1) - level(x, y.saturating_sub(1))).abs();
    across.max(down)
}

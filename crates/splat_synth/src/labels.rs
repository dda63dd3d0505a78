//! True labels of a view, straight from the scene: what the imitated segmenter starts from.

use crate::scene::{Eye, Scene};
use glam::Vec2;
use rayon::prelude::*;
use splat_core::{Camera, IGNORE_ID, Vocabulary};

/// Which object every pixel of a view shows.
pub struct ObjectImage {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `[H, W]` object indices, `None` where a ray leaves the room.
    pub objects: Vec<Option<u32>>,
}

impl ObjectImage {
    /// One ray through every pixel centre; window panes count.
    pub fn of(scene: &Scene, camera: &Camera) -> Self {
        let (width, height) = (camera.intrinsics.width, camera.intrinsics.height);
        let object = |i: u32| {
            let pixel = Vec2::new((i % width) as f32 + 0.5, (i / width) as f32 + 0.5);
            let (eye, direction) = camera.ray(pixel);
            let hit = scene.trace(eye.as_vec3(), direction.as_vec3().normalize(), 0.0, Eye::Scanner);
            hit.map(|h| scene.patches[h.patch as usize].object)
        };
        Self { width, height, objects: (0..width * height).into_par_iter().map(object).collect() }
    }

    /// Object at a pixel, clamped to the image.
    pub fn at(&self, x: f32, y: f32) -> Option<u32> {
        let clamp = |v: f32, n: u32| (v.max(0.0) as u32).min(n - 1) as usize;
        self.objects[clamp(y, self.height) * self.width as usize + clamp(x, self.width)]
    }
}

/// Vocabulary id of every object's class.
pub fn object_ids(scene: &Scene, vocabulary: &Vocabulary) -> Vec<u16> {
    scene.labels.iter().map(|name| vocabulary.id(name).unwrap_or(IGNORE_ID)).collect()
}

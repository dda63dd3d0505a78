//! What a room may be told, what it says while it is made, and what it says afterwards.

use crate::SynthError;
use crate::light::BakeSettings;
use crate::light::lamps::LightSamples;
use std::path::PathBuf;

/// How a room is made. The same options give the same bytes on every machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomOptions {
    /// Chooses the room: size, furniture, colours, pictures, light, camera path.
    pub seed: u64,
    /// Width of photographs in pixels, 16 to 4096. The horizontal field of view is 74 degrees for every width.
    pub width: u32,
    /// Height of photographs in pixels, 16 to 4096.
    pub height: u32,
    /// Photographs to train on, 3 to 1000.
    pub train_views: usize,
    /// Held-out photographs, 0 to 1000.
    pub test_views: usize,
    /// Camera rays per pixel, 1 to 1024; light is sampled in proportion. 16 is free of visible noise.
    pub samples: u32,
}

impl RoomOptions {
    /// The sample room's settings: 72 + 12 views of 360 x 240, about five minutes of CPU time.
    pub fn new(seed: u64) -> Self {
        Self { seed, width: 360, height: 240, train_views: 72, test_views: 12, samples: 16 }
    }

    /// The same room as [`RoomOptions::new`] in a hurry: 10 + 3 small views with coarse light, for tests.
    pub fn tiny(seed: u64) -> Self {
        Self { seed, width: 96, height: 64, train_views: 10, test_views: 3, samples: 4 }
    }

    /// Says what is out of range.
    pub fn check(&self) -> Result<(), SynthError> {
        let refuse = |name, value: String, cure| Err(SynthError::Option { name, value, cure });
        for (name, n) in [("width", self.width), ("height", self.height)] {
            if !(16..=4096).contains(&n) {
                return refuse(name, n.to_string(), "choose 16 to 4096 pixels");
            }
        }
        if !(3..=1000).contains(&self.train_views) {
            return refuse("train_views", self.train_views.to_string(), "choose 3 to 1000 views");
        }
        if self.test_views > 1000 {
            return refuse("test_views", self.test_views.to_string(), "choose at most 1000 views");
        }
        if !(1..=1024).contains(&self.samples) {
            return refuse("samples", self.samples.to_string(), "choose 1 to 1024 rays per pixel");
        }
        Ok(())
    }

    /// Light map settings in keeping with `samples`.
    pub(crate) fn bake(&self) -> BakeSettings {
        let s = self.samples as usize;
        let lights = LightSamples { window: (7 * s).min(196), sun: (2 * s).min(64), lamp: s.clamp(2, 32) };
        let bounces = if s < 8 { vec![6 * s, 8 * s] } else { vec![3 * s, 3 * s, 12 * s] };
        // Small pictures do not resolve a fine map.
        let spacing = (0.025 * 360.0 / self.width as f32 * if s < 8 { 1.3 } else { 1.0 }).clamp(0.02, 0.16);
        BakeSettings { spacing, lights, bounces }
    }

    /// Sparse points that are aimed at.
    pub(crate) fn sparse_points(&self) -> usize {
        (self.width as usize * self.height as usize / 9).clamp(500, 9_000)
    }
}

/// What is going on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// What is being done, in words.
    pub stage: &'static str,
    /// Share of the whole job that is done, 0..1.
    pub fraction: f32,
}

/// What was made.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomSummary {
    /// The scene's folder: `<out>/data/<scene id>`, what a capture is opened from.
    pub scene: PathBuf,
    /// Scene id.
    pub id: String,
    /// Photographs to train on.
    pub train_views: usize,
    /// Held-out photographs.
    pub test_views: usize,
    /// Class names that occur, in vocabulary order.
    pub classes: Vec<String>,
    /// Labelled things.
    pub objects: usize,
    /// Vertices of the annotated mesh.
    pub vertices: usize,
    /// Faces of the annotated mesh.
    pub faces: usize,
    /// Sparse points.
    pub points: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_options_are_named() {
        assert!(RoomOptions::new(1).check().is_ok() && RoomOptions::tiny(1).check().is_ok());
        let bad = RoomOptions { width: 3, ..RoomOptions::tiny(1) };
        assert!(bad.check().unwrap_err().to_string().contains("width = 3"));
        assert!(RoomOptions { train_views: 0, ..RoomOptions::tiny(1) }.check().is_err());
        assert!(RoomOptions { samples: 0, ..RoomOptions::tiny(1) }.check().is_err());
    }
}

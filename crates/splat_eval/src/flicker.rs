//! Temporal flicker: the share of surface points whose label changes between two neighbouring frames.
//!
//! Every pixel of the first frame is lifted by its depth and seen by the second camera; where the second frame shows the same
//! surface (its depth there agrees), the two labels are compared. Pixels beside a depth step of their own frame are left
//! out: half a pixel of rounding would compare two things. Labels may come from anywhere: renders or input masks.

use glam::Vec2;
use splat_core::{Camera, IGNORE_ID, LabelImage};

/// Relative difference of depths under which two pixels show the same surface.
const SAME_DEPTH: f32 = 0.03;

/// One frame of a sequence.
#[derive(Clone, Copy, Debug)]
pub struct FlickerFrame<'a> {
    /// Its camera; depth and labels are of its size.
    pub camera: &'a Camera,
    /// `[H, W]` view depth in world units, 0 = nothing.
    pub depth: &'a [f32],
    /// `[H, W]` ids.
    pub labels: &'a LabelImage,
}

/// Counts of compared pixels; add them over the pairs of a sequence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flicker {
    /// Pixels that both frames show and label.
    pub compared: u64,
    /// Those whose label differs.
    pub changed: u64,
}

impl Flicker {
    /// Compares two neighbouring frames.
    pub fn between(first: &FlickerFrame, second: &FlickerFrame) -> Self {
        let (width, height) = (first.labels.width as usize, first.labels.height as usize);
        let (other_width, other_height) = (second.labels.width as usize, second.labels.height as usize);
        let mut counts = Self::default();
        for pixel in 0..width * height {
            let (x, y) = (pixel % width, pixel / width);
            let (z, label) = (first.depth[pixel], first.labels.ids[pixel]);
            if z <= 0.0 || label == IGNORE_ID || is_at_step(first, x, y) {
                continue;
            }
            let (origin, direction) = first.camera.ray(Vec2::new(x as f32 + 0.5, y as f32 + 0.5));
            let point = (origin + direction * z as f64).as_vec3();
            let Some((at, expected_z)) = second.camera.project(point) else { continue };
            if at.x < 0.0 || at.y < 0.0 || at.x >= other_width as f32 || at.y >= other_height as f32 {
                continue;
            }
            let other = at.y as usize * other_width + at.x as usize;
            let (other_z, other_label) = (second.depth[other], second.labels.ids[other]);
            if other_label == IGNORE_ID || (other_z - expected_z).abs() > SAME_DEPTH * expected_z {
                continue;
            }
            counts.compared += 1;
            counts.changed += (other_label != label) as u64;
        }
        counts
    }

    /// Adds another pair.
    pub fn add(&mut self, other: Self) {
        self.compared += other.compared;
        self.changed += other.changed;
    }

    /// Share of the compared pixels that changed; `None` where nothing could be compared.
    pub fn share(&self) -> Option<f64> {
        (self.compared > 0).then(|| self.changed as f64 / self.compared as f64)
    }
}

/// True where the depth of a neighbouring pixel is of another surface.
fn is_at_step(frame: &FlickerFrame, x: usize, y: usize) -> bool {
    let (width, height) = (frame.labels.width as usize, frame.labels.height as usize);
    let z = frame.depth[y * width + x];
    let differs = |x: usize, y: usize| (frame.depth[y * width + x] - z).abs() > 2.0 * SAME_DEPTH * z;
    (x > 0 && differs(x - 1, y))
        || (x + 1 < width && differs(x + 1, y))
        || (y > 0 && differs(x, y - 1))
        || (y + 1 < height && differs(x, y + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::DVec3;
    use splat_core::Intrinsics;

    /// A wall at z = 2 seen by cameras that look along +z from `x`.
    fn camera(x: f64) -> Camera {
        let intrinsics = Intrinsics { width: 8, height: 4, fx: 8.0, fy: 8.0, cx: 4.0, cy: 2.0 };
        Camera::looking_at(intrinsics, DVec3::new(x, 0.0, 0.0), DVec3::new(x, 0.0, 1.0), DVec3::NEG_Y)
    }

    fn labels(id: impl Fn(usize) -> u16) -> LabelImage {
        LabelImage { width: 8, height: 4, ids: (0..32).map(id).collect() }
    }

    #[test]
    fn labels_that_move_with_the_wall_do_not_flicker() {
        // A step of half a metre at 2 m and f = 8 px is two pixels to the left.
        let (a, b) = (camera(0.0), camera(0.5));
        let depth = [2.0; 32];
        let (first, second) = (labels(|i| (i % 8 / 4) as u16), labels(|i| ((i % 8 + 2) / 4) as u16));
        let frames = [
            FlickerFrame { camera: &a, depth: &depth, labels: &first },
            FlickerFrame { camera: &b, depth: &depth, labels: &second },
        ];
        let still = Flicker::between(&frames[0], &frames[1]);
        assert_eq!((still.compared, still.changed), (24, 0));
        let stuck = FlickerFrame { labels: &first, ..frames[1] };
        let moved = Flicker::between(&frames[0], &stuck);
        assert_eq!((moved.compared, moved.changed), (24, 8), "two of six columns carry the old label");
    }

    #[test]
    fn what_is_hidden_or_unlabelled_is_not_compared() {
        let a = camera(0.0);
        let (near, far) = ([1.0; 32], [2.0; 32]);
        let wall = labels(|_| 1);
        let none = labels(|_| IGNORE_ID);
        let frame = |depth, labels| FlickerFrame { camera: &a, depth, labels };
        assert_eq!(Flicker::between(&frame(&far, &wall), &frame(&near, &wall)).share(), None);
        assert_eq!(Flicker::between(&frame(&far, &wall), &frame(&far, &none)).share(), None);
        assert_eq!(Flicker::between(&frame(&far, &wall), &frame(&far, &wall)).share(), Some(0.0));
    }
}

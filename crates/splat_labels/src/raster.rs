//! A z-buffer for triangle meshes on the CPU: which face, and how far, for every pixel.
//!
//! A pixel is covered where its centre (integer + 0.5) lies in the projected triangle, edges included. 1/z is linear on
//! the screen, so interpolating it is the perspective-correct depth. Faces count from both sides, as scans have holes
//! and thin walls; the nearest wins, the first one listed where two lie equally far.

use glam::{DVec2, DVec3};
use splat_core::Camera;

/// Nearest view depth that is drawn, in world units: what lies nearer is cut off.
pub const NEAR: f64 = 0.01;

/// No face at this pixel.
pub const NO_FACE: u32 = u32::MAX;

/// What a mesh looks like from a camera.
#[derive(Clone, Debug, PartialEq)]
pub struct FaceBuffer {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `[H, W]` index of the nearest face, [`NO_FACE`] where there is none.
    pub faces: Vec<u32>,
    /// `[H, W]` 1 / view depth, in 1 / world units; 0 where there is no face.
    pub inverse_depth: Vec<f32>,
}

/// Draws `faces` (indices into `vertices_in_world`, all within it) as seen from `camera`.
pub fn draw_faces(vertices_in_world: &[glam::Vec3], faces: &[[u32; 3]], camera: &Camera) -> FaceBuffer {
    let view_from_world = camera.view_from_world();
    let in_view: Vec<DVec3> =
        vertices_in_world.iter().map(|v| view_from_world.transform_point3(v.as_dvec3())).collect();
    let (width, height) = (camera.intrinsics.width, camera.intrinsics.height);
    let pixels = camera.intrinsics.pixels();
    let mut buffer = FaceBuffer { width, height, faces: vec![NO_FACE; pixels], inverse_depth: vec![0.0; pixels] };
    for (index, face) in faces.iter().enumerate() {
        let corners = face.map(|v| in_view[v as usize]);
        if corners.iter().any(|c| !c.is_finite()) || corners.iter().all(|c| c.z < NEAR) {
            continue;
        }
        if corners.iter().all(|c| c.z >= NEAR) {
            buffer.draw(corners, index as u32, camera);
        } else {
            let (cut, n) = clip_near(corners);
            (2..n).for_each(|i| buffer.draw([cut[0], cut[i - 1], cut[i]], index as u32, camera));
        }
    }
    buffer
}

/// The part of a triangle with z >= [`NEAR`]: a polygon of up to 4 corners (Sutherland and Hodgman, one plane).
fn clip_near(corners: [DVec3; 3]) -> ([DVec3; 4], usize) {
    let mut polygon = [DVec3::ZERO; 4];
    let mut n = 0;
    let mut push = |corner| {
        polygon[n] = corner;
        n += 1;
    };
    for i in 0..3 {
        let (a, b) = (corners[i], corners[(i + 1) % 3]);
        if a.z >= NEAR {
            push(a);
        }
        if (a.z >= NEAR) != (b.z >= NEAR) {
            push(a.lerp(b, (NEAR - a.z) / (b.z - a.z)));
        }
    }
    (polygon, n)
}

impl FaceBuffer {
    /// Draws one triangle that lies wholly in front of the near plane.
    fn draw(&mut self, corners: [DVec3; 3], face: u32, camera: &Camera) {
        let k = &camera.intrinsics;
        let [a, mut b, mut c] = corners.map(|p| DVec2::new(k.fx * p.x / p.z + k.cx, k.fy * p.y / p.z + k.cy));
        let [inv_a, mut inv_b, mut inv_c] = corners.map(|p| 1.0 / p.z);
        let mut area = (b - a).perp_dot(c - a);
        if area < 0.0 {
            (b, c, inv_b, inv_c, area) = (c, b, inv_c, inv_b, -area);
        }
        if area == 0.0 || !area.is_finite() {
            return;
        }
        // Pixels whose centres lie within the bounding box.
        let (low, high) = (a.min(b).min(c), a.max(b).max(c));
        let first = |v: f64| (v - 0.5).ceil().max(0.0) as usize;
        let end = |v: f64, n: u32| ((v - 0.5).floor() + 1.0).clamp(0.0, n as f64) as usize;
        let columns = first(low.x)..end(high.x, self.width);
        for y in first(low.y)..end(high.y, self.height) {
            let row = y * self.width as usize;
            for x in columns.clone() {
                let p = DVec2::new(x as f64 + 0.5, y as f64 + 0.5);
                let (wa, wb, wc) = ((c - b).perp_dot(p - b), (a - c).perp_dot(p - c), (b - a).perp_dot(p - a));
                if wa < 0.0 || wb < 0.0 || wc < 0.0 {
                    continue;
                }
                let inverse = ((wa * inv_a + wb * inv_b + wc * inv_c) / area) as f32;
                if inverse > self.inverse_depth[row + x] {
                    self.inverse_depth[row + x] = inverse;
                    self.faces[row + x] = face;
                }
            }
        }
    }

    /// View depth of a pixel in world units, infinite where there is no face.
    pub fn depth(&self, pixel: usize) -> f32 {
        1.0 / self.inverse_depth[pixel]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::{DAffine3, Vec3};
    use splat_core::Intrinsics;

    /// 90 degrees of view, 4 x 4 pixels: at depth z the image spans -z..z, pixel centres lie at z (-0.75, -0.25, 0.25, 0.75).
    fn camera() -> Camera {
        let intrinsics = Intrinsics { width: 4, height: 4, fx: 2.0, fy: 2.0, cx: 2.0, cy: 2.0 };
        Camera { intrinsics, world_from_view: DAffine3::IDENTITY }
    }

    /// A square facing the camera at depth z, `half` to each side.
    fn square(z: f32, half: f32) -> (Vec<Vec3>, Vec<[u32; 3]>) {
        let corners = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)];
        (corners.map(|(x, y)| Vec3::new(x * half, y * half, z)).to_vec(), vec![[0, 1, 2], [0, 2, 3]])
    }

    #[test]
    fn covers_exactly_the_pixels_whose_centres_are_inside() {
        let (vertices, faces) = square(2.0, 1.0); // covers -0.5..0.5 of the half-width: the middle 2 x 2 pixels
        let seen = draw_faces(&vertices, &faces, &camera());
        let covered: Vec<usize> = (0..16).filter(|&p| seen.faces[p] != NO_FACE).collect();
        assert_eq!(covered, [5, 6, 9, 10]);
        assert!(covered.iter().all(|&p| (seen.depth(p) - 2.0).abs() < 1e-6));
        assert!(seen.depth(0).is_infinite());
    }

    #[test]
    fn nearest_face_wins_whatever_the_order_and_side() {
        let (mut vertices, mut faces) = square(3.0, 9.0);
        let (near, near_faces) = square(1.0, 0.5);
        faces.extend(near_faces.iter().map(|f| [f[0] + 4, f[2] + 4, f[1] + 4])); // wound the other way
        vertices.extend(near);
        let seen = draw_faces(&vertices, &faces, &camera());
        assert!(seen.faces[5] >= 2 && seen.faces[0] < 2);
        faces.reverse();
        let reversed = draw_faces(&vertices, &faces, &camera());
        assert_eq!(seen.inverse_depth, reversed.inverse_depth);
    }

    #[test]
    fn depth_is_perspective_correct_on_a_slanted_plane() {
        // The plane z = 2 + x: along the ray (u, v, 1) its depth is 2 / (1 - u).
        let vertices: Vec<Vec3> =
            [(-1.5, -9.0), (9.0, -90.0), (9.0, 90.0), (-1.5, 9.0)].map(|(x, y)| Vec3::new(x, y, 2.0 + x)).to_vec();
        let seen = draw_faces(&vertices, &[[0, 1, 2], [0, 2, 3]], &camera());
        for (x, u) in [(1, -0.25f32), (2, 0.25), (3, 0.75)] {
            let depth = seen.depth(4 + x);
            assert!((depth - 2.0 / (1.0 - u)).abs() < 1e-4, "{x}: {depth}");
        }
    }

    #[test]
    fn a_floor_that_passes_under_the_camera_is_clipped_not_dropped() {
        let vertices = [(-50.0, -5.0), (50.0, -5.0), (0.0, 50.0)].map(|(x, z)| Vec3::new(x, 1.0, z));
        let seen = draw_faces(&vertices, &[[0, 1, 2]], &camera());
        assert!(seen.faces[8..].iter().all(|&f| f == 0), "{:?}", seen.faces);
        assert!(seen.faces[..8].iter().all(|&f| f == NO_FACE));
        assert!((seen.depth(12) - 1.0 / 0.75).abs() < 1e-5);
    }

    #[test]
    fn hostile_triangles_are_survived() {
        let vertices = [Vec3::NAN, Vec3::splat(1e30), Vec3::new(1.0, f32::INFINITY, 2.0), Vec3::Z, Vec3::Z];
        let seen = draw_faces(&vertices, &[[0, 1, 2], [1, 2, 3], [3, 4, 3], [1, 3, 4]], &camera());
        assert!(seen.inverse_depth.iter().all(|d| d.is_finite()));
    }
}

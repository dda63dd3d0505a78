//! The room as rays see it: all patches of all objects, cut into triangles, in a bounding volume hierarchy.

use crate::geometry::{Object, Patch};
use crate::random::mix64;
use crate::surface::{Material, Spot};
use glam::{Vec2, Vec3};
use obvhs::BvhBuildParams;
use obvhs::cwbvh::{CwBvh, builder::build_cwbvh_from_tris};
use obvhs::ray::{Ray, RayHit};
use obvhs::triangle::Triangle as BoxedTriangle;
use std::time::Duration;

/// Everything that is in the room.
pub struct Scene {
    /// Objects in the order they were put there; their patches moved to `patches`.
    pub labels: Vec<&'static str>,
    /// All patches, grouped by object.
    pub patches: Vec<ScenePatch>,
    /// All materials; a patch's `material` points here.
    pub materials: Vec<Material>,
    triangles: Vec<Triangle>,
    bvh: CwBvh,
}

/// A patch and whose it is.
pub struct ScenePatch {
    /// Geometry in world space.
    pub patch: Patch,
    /// Index of the object.
    pub object: u32,
    /// Texture seed of the piece.
    pub seed: u32,
    /// Seen by the scanner only.
    pub invisible: bool,
}

/// Corners of half a grid cell: `v0`, `v0 + e1`, `v0 + e2`.
struct Triangle {
    v0: Vec3,
    e1: Vec3,
    e2: Vec3,
    patch: u32,
    column: u16,
    row: u16,
    upper: bool,
    invisible: bool,
}

/// Where a ray ended.
#[derive(Clone, Copy, Debug)]
pub struct Hit {
    /// Distance along the ray's direction.
    pub t: f32,
    /// Index of the patch.
    pub patch: u32,
    /// Patch parameters.
    pub uv: Vec2,
    /// Position before the patch was moved, for solid textures.
    pub rest: Vec3,
    /// Smooth unit normal, on the patch's outer side.
    pub normal: Vec3,
    /// False where the ray came from behind.
    pub front: bool,
}

/// Who looks: light and cameras pass through window panes, the scanner does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eye {
    /// Photographs and light.
    Light,
    /// Labels and meshes.
    Scanner,
}

impl Scene {
    /// Collects objects and builds the hierarchy.
    pub fn new(objects: Vec<Object>) -> Self {
        let (mut patches, mut materials, mut labels) = (Vec::new(), Vec::new(), Vec::new());
        for (index, object) in objects.into_iter().enumerate() {
            let first = materials.len() as u32;
            labels.push(object.label);
            materials.extend(object.materials);
            for mut patch in object.shape.0 {
                patch.material += first;
                let seed = mix64(((index as u64) << 32) | patch.piece as u64) as u32;
                patches.push(ScenePatch { patch, object: index as u32, seed, invisible: object.invisible });
            }
        }
        let mut triangles = Vec::new();
        for (index, p) in patches.iter().enumerate() {
            cut(index as u32, p, &mut triangles);
        }
        let boxed: Vec<BoxedTriangle> = triangles
            .iter()
            .map(|t| {
                let corner = |p: Vec3| p.to_array().into();
                BoxedTriangle { v0: corner(t.v0), v1: corner(t.v0 + t.e1), v2: corner(t.v0 + t.e2) }
            })
            .collect();
        let params = BvhBuildParams { pre_split: false, ..BvhBuildParams::medium_build() };
        let bvh = build_cwbvh_from_tris(&boxed, params, &mut Duration::default());
        Self { labels, patches, materials, triangles, bvh }
    }

    fn hit_at(&self, slot: usize, ray: &Ray, origin: Vec3, direction: Vec3, eye: Eye) -> f32 {
        let triangle = &self.triangles[self.bvh.primitive_indices[slot] as usize];
        if triangle.invisible && eye == Eye::Light {
            return f32::INFINITY;
        }
        match triangle.intersect(origin, direction) {
            Some((t, _, _)) if t >= ray.tmin => t,
            _ => f32::INFINITY,
        }
    }

    /// Nearest hit between `near` and infinity.
    pub fn trace(&self, origin: Vec3, direction: Vec3, near: f32, eye: Eye) -> Option<Hit> {
        let ray = Ray::new(origin.to_array().into(), direction.to_array().into(), near, f32::INFINITY);
        let mut found = RayHit::none();
        let test = |ray: &Ray, slot: usize| self.hit_at(slot, ray, origin, direction, eye);
        if !self.bvh.ray_traverse(ray, &mut found, test) {
            return None;
        }
        let triangle = &self.triangles[self.bvh.primitive_indices[found.primitive_id as usize] as usize];
        let (t, b1, b2) = triangle.intersect(origin, direction)?;
        Some(self.describe(triangle, t, b1, b2, direction))
    }

    /// True if something lies between distances `near` and `far`.
    pub fn blocked(&self, origin: Vec3, direction: Vec3, near: f32, far: f32) -> bool {
        let ray = Ray::new(origin.to_array().into(), direction.to_array().into(), near, far);
        !self.bvh.ray_traverse_miss(ray, |ray, slot| self.hit_at(slot, ray, origin, direction, Eye::Light))
    }

    fn describe(&self, triangle: &Triangle, t: f32, b1: f32, b2: f32, direction: Vec3) -> Hit {
        let p = &self.patches[triangle.patch as usize].patch;
        let (a, b) = if triangle.upper { (b1, b1 + b2) } else { (b1 + b2, b2) };
        let (i, j) = (triangle.column as usize, triangle.row as usize);
        let first = j * p.columns() + i;
        let mix = |field: &[Vec3]| {
            let below = field[first].lerp(field[first + 1], a);
            below.lerp(field[first + p.columns()].lerp(field[first + p.columns() + 1], a), b)
        };
        let uv = Vec2::new(p.us[i] + (p.us[i + 1] - p.us[i]) * a, p.vs[j] + (p.vs[j + 1] - p.vs[j]) * b);
        let normal = mix(&p.normals).try_normalize().unwrap_or(Vec3::Z);
        let front = triangle.e1.cross(triangle.e2).dot(direction) < 0.0;
        Hit { t, patch: triangle.patch, uv, rest: mix(&p.rest), normal, front }
    }

    /// Diffuse colour at patch parameters.
    pub fn albedo(&self, patch: u32, uv: Vec2, rest: Vec3) -> Vec3 {
        let p = &self.patches[patch as usize];
        let (width, height) = p.patch.size();
        let corner = Vec2::new(p.patch.us[0], p.patch.vs[0]);
        let spot = Spot { rest, uv: uv - corner, size: Vec2::new(width, height), face: p.patch.face, seed: p.seed };
        self.material(patch).albedo(&spot)
    }

    /// Material of a patch.
    pub fn material(&self, patch: u32) -> &Material {
        &self.materials[self.patches[patch as usize].patch.material as usize]
    }
}

fn cut(index: u32, owner: &ScenePatch, out: &mut Vec<Triangle>) {
    let p = &owner.patch;
    let n = p.columns();
    for row in 0..p.vs.len() - 1 {
        for column in 0..n - 1 {
            let first = row * n + column;
            let corners = [first, first + 1, first + n + 1, first + n].map(|k| p.positions[k]);
            for (upper, [a, b, c]) in [(false, [0, 1, 2]), (true, [0, 2, 3])] {
                let (v0, e1, e2) = (corners[a], corners[b] - corners[a], corners[c] - corners[a]);
                // Poles of surfaces of revolution have cells without area.
                if e1.cross(e2).length_squared() > 1e-16 {
                    let (column, row) = (column as u16, row as u16);
                    let invisible = owner.invisible;
                    out.push(Triangle { v0, e1, e2, patch: index, column, row, upper, invisible });
                }
            }
        }
    }
}

impl Triangle {
    /// Distance and the weights of the second and third corner (Moeller and Trumbore 1997).
    fn intersect(&self, origin: Vec3, direction: Vec3) -> Option<(f32, f32, f32)> {
        let p = direction.cross(self.e2);
        let det = self.e1.dot(p);
        if det == 0.0 {
            return None;
        }
        let inverse = 1.0 / det;
        let s = origin - self.v0;
        let b1 = s.dot(p) * inverse;
        let q = s.cross(self.e1);
        let b2 = direction.dot(q) * inverse;
        // A hair's breadth of overlap, so that rays do not slip between neighbours.
        let slack = -1e-5;
        (b1 >= slack && b2 >= slack && b1 + b2 <= 1.0 - slack).then(|| (self.e2.dot(q) * inverse, b1, b2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{Cut, block};

    fn one_block() -> Scene {
        let mut o = Object::new("box");
        let m = o.material(Material::plain(Vec3::ONE));
        o.add(block(Vec3::ONE, Cut { radius: 0.0, bevel_cells: 0, cell: 0.3 }), m);
        Scene::new(vec![o])
    }

    #[test]
    fn rays_hit_the_near_side() {
        let hit = one_block().trace(Vec3::new(3.0, 0.1, 0.2), Vec3::NEG_X, 0.0, Eye::Light).unwrap();
        assert!((hit.t - 2.5).abs() < 1e-5 && hit.front);
        assert!((hit.rest - Vec3::new(0.5, 0.1, 0.2)).length() < 1e-5);
        assert_eq!(hit.normal, Vec3::X);
    }

    #[test]
    fn rays_pass_beside() {
        let scene = one_block();
        assert!(scene.trace(Vec3::new(3.0, 0.6, 0.2), Vec3::NEG_X, 0.0, Eye::Light).is_none());
        assert!(scene.blocked(Vec3::new(3.0, 0.1, 0.2), Vec3::NEG_X, 0.0, 9.0));
        assert!(!scene.blocked(Vec3::new(3.0, 0.1, 0.2), Vec3::NEG_X, 0.0, 2.0));
    }

    #[test]
    fn from_inside_the_back_is_seen() {
        assert!(!one_block().trace(Vec3::ZERO, Vec3::Z, 0.0, Eye::Light).unwrap().front);
    }
}

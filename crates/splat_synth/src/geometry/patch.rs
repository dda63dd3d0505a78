//! A patch: a rectangular grid of vertices, the one surface type that everything in a room is made of.
//!
//! Having the grid, a patch knows its own flat parameter space, in which textures and the light map live.

use crate::maths::frame;
use glam::{Mat3, Vec3};

/// A grid of `us.len() x vs.len()` vertices.
#[derive(Clone, Debug)]
pub struct Patch {
    /// Column parameters, ascending, about metres along the surface.
    pub us: Vec<f32>,
    /// Row parameters, ascending, about metres along the surface.
    pub vs: Vec<f32>,
    /// `[rows, columns]` vertex positions.
    pub positions: Vec<Vec3>,
    /// `[rows, columns]` unit normals, outwards.
    pub normals: Vec<Vec3>,
    /// `[rows, columns]` positions before the patch was moved: what solid textures are looked up with.
    pub rest: Vec<Vec3>,
    /// True for cloth and leaves, which are lit on both sides.
    pub two_sided: bool,
    /// Which side of a box this is (0..6: -x +x -y +y -z +z), 0 elsewhere.
    pub face: u8,
    /// Index into the owner's materials.
    pub material: u32,
    /// Number of the piece within its object; pieces get their own texture offset.
    pub piece: u32,
}

/// Several patches that make one body.
#[derive(Clone, Debug, Default)]
pub struct Shape(pub Vec<Patch>);

impl Patch {
    /// The grid of `f(u, v)`; normals point along df/du x df/dv, measured on `f` itself so that closed
    /// surfaces have no seam. `f` must be defined a little beyond the grid.
    pub fn from_fn(us: Vec<f32>, vs: Vec<f32>, f: impl Fn(f32, f32) -> Vec3) -> Self {
        let step = |s: &[f32]| 1e-3 * (s[s.len() - 1] - s[0]).max(1e-3);
        let (du, dv) = (step(&us), step(&vs));
        let middle = 0.5 * (vs[0] + vs[vs.len() - 1]);
        let normal = |u: f32, v: f32| {
            let at = |v: f32| (f(u + du, v) - f(u - du, v)).cross(f(u, v + dv) - f(u, v - dv));
            // A pole has no tangent: look a little way inwards.
            let inwards = v + (middle - v) * 0.02;
            at(v).try_normalize().or_else(|| at(inwards).try_normalize()).unwrap_or(Vec3::Z)
        };
        let grid = || vs.iter().flat_map(|&v| us.iter().map(move |&u| (u, v)));
        let positions: Vec<Vec3> = grid().map(|(u, v)| f(u, v)).collect();
        let normals = grid().map(|(u, v)| normal(u, v)).collect();
        Self::new(us.clone(), vs.clone(), positions, normals)
    }

    /// A grid of given vertices and normals.
    pub fn new(us: Vec<f32>, vs: Vec<f32>, positions: Vec<Vec3>, normals: Vec<Vec3>) -> Self {
        let rest = positions.clone();
        Self { us, vs, positions, normals, rest, two_sided: false, face: 0, material: 0, piece: 0 }
    }

    /// A flat rectangle from `corner` along `along_u` and `along_v`; its normal is their cross product.
    /// Cells are at most `cell` metres wide.
    pub fn rectangle(corner: Vec3, along_u: Vec3, along_v: Vec3, cell: f32) -> Self {
        let (u_len, v_len) = (along_u.length(), along_v.length());
        let (us, vs) = (steps(0.0, u_len, cell), steps(0.0, v_len, cell));
        let normal = along_u.cross(along_v).normalize();
        let (eu, ev) = (along_u / u_len, along_v / v_len);
        let positions: Vec<Vec3> = vs.iter().flat_map(|&v| us.iter().map(move |&u| corner + eu * u + ev * v)).collect();
        let normals = vec![normal; positions.len()];
        Self::new(us, vs, positions, normals)
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.us.len()
    }

    /// Extent in parameter space.
    pub fn size(&self) -> (f32, f32) {
        (self.us[self.us.len() - 1] - self.us[0], self.vs[self.vs.len() - 1] - self.vs[0])
    }

    /// Position, unit normal and rest position at a parameter, bilinear.
    pub fn at(&self, u: f32, v: f32) -> (Vec3, Vec3, Vec3) {
        let (i, a) = bracket(&self.us, u);
        let (j, b) = bracket(&self.vs, v);
        let n = self.columns();
        let mix = |field: &[Vec3]| {
            let row = |j: usize| field[j * n + i].lerp(field[j * n + i + 1], a);
            row(j).lerp(row(j + 1), b)
        };
        (mix(&self.positions), mix(&self.normals).try_normalize().unwrap_or(Vec3::Z), mix(&self.rest))
    }
}

impl Shape {
    /// Shifts positions, not the texture.
    pub fn moved(mut self, by: Vec3) -> Self {
        self.each_position(|p| p + by);
        self
    }

    /// Rotates about the origin.
    pub fn turned(mut self, by: Mat3) -> Self {
        for patch in &mut self.0 {
            patch.positions.iter_mut().for_each(|p| *p = by * *p);
            patch.normals.iter_mut().for_each(|n| *n = by * *n);
        }
        self
    }

    /// Bends every vertex by `f`, and the normals with it.
    pub fn deformed(mut self, f: impl Fn(Vec3) -> Vec3) -> Self {
        for patch in &mut self.0 {
            for (p, n) in patch.positions.iter_mut().zip(&mut patch.normals) {
                let (t, b) = frame(*n);
                let push = |d: Vec3| f(*p + d * 1e-3) - f(*p - d * 1e-3);
                *n = push(t).cross(push(b)).try_normalize().unwrap_or(*n);
                *p = f(*p);
            }
        }
        self
    }

    /// Lit from both sides.
    pub fn two_sided(mut self) -> Self {
        self.0.iter_mut().for_each(|p| p.two_sided = true);
        self
    }

    /// Both shapes.
    pub fn and(mut self, other: Shape) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Without the box sides listed, where nothing can see them.
    pub fn without_faces(mut self, faces: &[u8]) -> Self {
        self.0.retain(|p| !faces.contains(&p.face));
        self
    }

    fn each_position(&mut self, f: impl Fn(Vec3) -> Vec3) {
        self.0.iter_mut().flat_map(|p| &mut p.positions).for_each(|p| *p = f(*p));
    }
}

impl From<Patch> for Shape {
    fn from(patch: Patch) -> Self {
        Shape(vec![patch])
    }
}

/// Evenly spaced numbers from `a` to `b`, at most `cell` apart.
pub fn steps(a: f32, b: f32, cell: f32) -> Vec<f32> {
    let n = ((b - a) / cell - 1e-4).ceil().max(1.0) as usize;
    (0..=n).map(|i| a + (b - a) * (i as f32 / n as f32)).collect()
}

/// Cell and fraction within it of `x` in an ascending list, clamped to the list.
pub fn bracket(list: &[f32], x: f32) -> (usize, f32) {
    let i = list.partition_point(|&s| s <= x).clamp(1, list.len() - 1) - 1;
    (i, ((x - list[i]) / (list[i + 1] - list[i])).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rectangles_face_their_normal() {
        let p = Patch::rectangle(Vec3::ZERO, Vec3::X * 2.0, Vec3::Y, 0.5);
        assert_eq!((p.us.len(), p.vs.len(), p.normals[0]), (5, 3, Vec3::Z));
        assert!((p.at(1.3, 0.2).0 - Vec3::new(1.3, 0.2, 0.0)).length() < 1e-6);
    }

    #[test]
    fn deformation_turns_normals() {
        let flat = Shape::from(Patch::rectangle(Vec3::ZERO, Vec3::X, Vec3::Y, 1.0));
        let tilted = flat.deformed(|p| Vec3::new(p.x, p.y, p.x));
        let n = tilted.0[0].normals[0];
        assert!((n - Vec3::new(-1.0, 0.0, 1.0).normalize()).length() < 1e-3);
    }

    #[test]
    fn bracket_clamps() {
        assert_eq!(bracket(&[0.0, 1.0, 3.0], 2.0), (1, 0.5));
        assert_eq!(bracket(&[0.0, 1.0, 3.0], -1.0), (0, 0.0));
        assert_eq!(bracket(&[0.0, 1.0, 3.0], 9.0), (1, 1.0));
    }
}

//! Triangle meshes in PLY.

use crate::IoError;
use crate::files::write_atomic_with;
use crate::ply::{Element, PlyFile};
use glam::Vec3;
use std::path::Path;

/// A triangle mesh.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mesh {
    /// `[V]` positions.
    pub vertices: Vec<Vec3>,
    /// `[F]` vertex indices, all below V.
    pub faces: Vec<[u32; 3]>,
    /// `[V]` sRGB vertex colours.
    pub colours: Option<Vec<[u8; 3]>>,
}

/// Reads a mesh from PLY, ascii or binary. Polygons become fans of triangles.
///
/// Errors: not a PLY file, truncated, a vertex that is not finite, a face that names a vertex that does not exist.
pub fn read_mesh(path: &Path) -> Result<Mesh, IoError> {
    let file = PlyFile::open(path)?;
    let (vertices, colours) = read_points(&file)?;
    let faces = read_faces(&file, vertices.len())?;
    Ok(Mesh { vertices, faces, colours })
}

/// `[V]` positions and, where there are any, `[V]` sRGB colours.
pub(crate) type ColouredPoints = (Vec<Vec3>, Option<Vec<[u8; 3]>>);

/// Points of the `vertex` element.
pub(crate) fn read_points(file: &PlyFile) -> Result<ColouredPoints, IoError> {
    let element = file.element("vertex")?;
    let [x, y, z] = [file.scalar(element, "x")?, file.scalar(element, "y")?, file.scalar(element, "z")?];
    let rgb = colour_columns(element);
    let mut vertices = Vec::with_capacity(element.rows);
    let mut colours = Vec::with_capacity(if rgb.is_some() { element.rows } else { 0 });
    file.visit("vertex", |index, row| {
        let n = &row.numbers;
        let p = Vec3::new(n[x] as f32, n[y] as f32, n[z] as f32);
        if !p.is_finite() {
            return Err(IoError::bad_at(file.path(), format_args!("vertex {index}"), "the position is not finite"));
        }
        vertices.push(p);
        if let Some(c) = rgb {
            colours.push(c.map(|i| n[i].clamp(0.0, 255.0) as u8));
        }
        Ok(())
    })?;
    Ok((vertices, rgb.map(|_| colours)))
}

fn colour_columns(vertex: &Element) -> Option<[usize; 3]> {
    let find = |name| vertex.scalar_index(name);
    Some([find("red")?, find("green")?, find("blue")?])
}

fn read_faces(file: &PlyFile, vertices: usize) -> Result<Vec<[u32; 3]>, IoError> {
    let element = file.element("face")?;
    let list = ["vertex_indices", "vertex_index"].iter().find_map(|name| element.list_index(name));
    let list = list.ok_or_else(|| IoError::bad(file.path(), "element `face` has no list `vertex_indices`"))?;
    let mut faces = Vec::with_capacity(element.rows);
    file.visit("face", |index, row| {
        let corners = &row.lists[list];
        if let Some(bad) = corners.iter().find(|&&c| !(c >= 0.0 && c < vertices as f64 && c.fract() == 0.0)) {
            let message = format!("names vertex {bad}, but there are only {vertices} vertices");
            return Err(IoError::bad_at(file.path(), format_args!("face {index}"), message));
        }
        let corner = |i: usize| corners[i] as u32;
        faces.extend((2..corners.len()).map(|i| [corner(0), corner(i - 1), corner(i)]));
        Ok(())
    })?;
    Ok(faces)
}

/// Writes a binary PLY laid out as ScanNet++'s meshes are: float positions, uchar colours, one list per face.
pub fn write_mesh(path: &Path, mesh: &Mesh) -> Result<(), IoError> {
    if mesh.colours.as_ref().is_some_and(|c| c.len() != mesh.vertices.len()) {
        return Err(IoError::bad(path, "cannot write a mesh that has not one colour per vertex"));
    }
    write_atomic_with(path, |out| {
        writeln!(out, "ply\nformat binary_little_endian 1.0\nelement vertex {}", mesh.vertices.len())?;
        ["x", "y", "z"].iter().try_for_each(|axis| writeln!(out, "property float {axis}"))?;
        if mesh.colours.is_some() {
            ["red", "green", "blue"].iter().try_for_each(|channel| writeln!(out, "property uchar {channel}"))?;
        }
        writeln!(out, "element face {}\nproperty list uchar int vertex_indices\nend_header", mesh.faces.len())?;
        for (i, v) in mesh.vertices.iter().enumerate() {
            v.to_array().iter().try_for_each(|c| out.write_all(&c.to_le_bytes()))?;
            if let Some(colours) = &mesh.colours {
                out.write_all(&colours[i])?;
            }
        }
        for face in &mesh.faces {
            out.write_all(&[3])?;
            face.iter().try_for_each(|c| out.write_all(&c.to_le_bytes()))?;
        }
        Ok(())
    })
}

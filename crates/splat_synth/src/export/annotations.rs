//! The annotated mesh: every patch's vertices, one segment per piece, one group per object.

use crate::photo::Photographer;
use crate::scene::Scene;
use glam::{Vec2, Vec3};
use serde_json::{Value, json};
use splat_io::Mesh;
use std::collections::BTreeMap;

/// Mesh and annotations of a scene.
pub struct Annotated {
    /// Vertices grouped by object; no two objects share one, as a face takes the label of its first vertex.
    pub mesh: Mesh,
    /// Segment of every vertex.
    pub segments: Vec<u32>,
    /// Object of every vertex.
    pub objects: Vec<u32>,
    /// Segments of every object.
    pub groups: Vec<Vec<u32>>,
}

/// Collects the mesh; vertex colours are what photographs show.
pub fn annotate(scene: &Scene, photographer: &Photographer) -> Annotated {
    let (mut mesh, mut colours) = (Mesh::default(), Vec::new());
    let (mut segments, mut objects) = (Vec::new(), Vec::new());
    let mut numbers: BTreeMap<(u32, u32), u32> = BTreeMap::new();
    for (index, owner) in scene.patches.iter().enumerate() {
        let p = &owner.patch;
        let next = numbers.len() as u32;
        let segment = *numbers.entry((owner.object, p.piece)).or_insert(next);
        let first = mesh.vertices.len() as u32;
        for (k, position) in p.positions.iter().enumerate() {
            let uv = Vec2::new(p.us[k % p.columns()], p.vs[k / p.columns()]);
            mesh.vertices.push(*position);
            colours.push(photographer.surface_colour(index as u32, uv, p.rest[k]));
            segments.push(segment);
            objects.push(owner.object);
        }
        let n = p.columns() as u32;
        for row in 0..p.vs.len() as u32 - 1 {
            for column in 0..n - 1 {
                let corner = first + row * n + column;
                for face in [[corner, corner + 1, corner + n + 1], [corner, corner + n + 1, corner + n]] {
                    let [a, b, c] = face.map(|k| mesh.vertices[k as usize]);
                    if (b - a).cross(c - a).length_squared() > 1e-16 {
                        mesh.faces.push(face);
                    }
                }
            }
        }
    }
    mesh.colours = Some(colours);
    let mut groups = vec![Vec::new(); scene.labels.len()];
    numbers.iter().for_each(|(&(object, _), &segment)| groups[object as usize].push(segment));
    Annotated { mesh, segments, objects, groups }
}

impl Annotated {
    /// `segments.json`.
    pub fn segments_json(&self, id: &str) -> Value {
        json!({ "params": {}, "sceneId": id, "segIndices": self.segments })
    }

    /// `segments_anno.json`; group and object ids count from 1.
    pub fn annotations_json(&self, scene: &Scene, id: &str) -> Value {
        let mut points = vec![Vec::new(); scene.labels.len()];
        for (object, position) in self.objects.iter().zip(&self.mesh.vertices) {
            points[*object as usize].push(*position);
        }
        let group = |index: usize| {
            json!({
                "id": index + 1,
                "objectId": index + 1,
                "segments": self.groups[index],
                "label": scene.labels[index],
                "obb": box_around(&points[index]),
            })
        };
        let groups: Vec<Value> = (0..scene.labels.len()).map(group).collect();
        json!({ "sceneId": id, "appId": "splat_synth.v1", "segGroups": groups })
    }
}

/// The upright box of least floor area around points, tried in steps of one degree: centroid, axis lengths and the
/// three unit axes one after another.
fn box_around(points: &[Vec3]) -> Value {
    let (low_z, high_z) = points.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(l, h), p| (l.min(p.z), h.max(p.z)));
    let mut best = (f32::INFINITY, Vec2::X, Vec2::ZERO, Vec2::ZERO);
    for degree in 0..90 {
        let angle = (degree as f32).to_radians();
        let axis = Vec2::new(crate::maths::cos(angle), crate::maths::sin(angle));
        let along = |p: &Vec3| Vec2::new(p.truncate().dot(axis), p.truncate().dot(axis.perp()));
        let low = points.iter().map(along).fold(Vec2::INFINITY, Vec2::min);
        let high = points.iter().map(along).fold(Vec2::NEG_INFINITY, Vec2::max);
        let area = (high.x - low.x) * (high.y - low.y);
        // A hair less, so that ties go to the room's own axes.
        if area < best.0 - 1e-6 {
            best = (area, axis, low, high);
        }
    }
    let (_, axis, low, high) = best;
    let middle = axis * (0.5 * (low.x + high.x)) + axis.perp() * (0.5 * (low.y + high.y));
    json!({
        "centroid": [middle.x, middle.y, 0.5 * (low_z + high_z)],
        "axesLengths": [high.x - low.x, high.y - low.y, high_z - low_z],
        "normalizedAxes": [axis.x, axis.y, 0.0, -axis.y, axis.x, 0.0, 0.0, 0.0, 1.0],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maths::turn_z;

    #[test]
    fn boxes_follow_turned_things() {
        let corners: Vec<Vec3> = (0..8)
            .map(|i| Vec3::new((i & 1) as f32 * 2.0, ((i >> 1) & 1) as f32, (i >> 2) as f32 * 0.5))
            .map(|p| turn_z(30_f32.to_radians()) * p + Vec3::X)
            .collect();
        let b = box_around(&corners);
        let mut lengths: Vec<f64> = b["axesLengths"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
        assert!((lengths[2] - 0.5).abs() < 1e-4);
        lengths.truncate(2);
        lengths.sort_by(f64::total_cmp);
        assert!((lengths[0] - 1.0).abs() < 1e-4 && (lengths[1] - 2.0).abs() < 1e-4, "{b}");
    }
}

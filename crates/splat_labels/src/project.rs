//! Mesh annotations to masks: what an annotated mesh looks like from a camera, in ids.

use crate::AnnotatedMesh;
use crate::raster::{NO_FACE, draw_faces};
use rayon::prelude::*;
use splat_core::{Camera, IGNORE_ID, LabelImage};

/// Ids seen from a camera. A pixel takes the id of the first vertex of the nearest face that covers its centre, as
/// ScanNet++'s own tools do; pixels without a face have no label. The image has the camera's size.
pub fn project_labels(mesh: &AnnotatedMesh, camera: &Camera) -> LabelImage {
    project_labels_and_depth(mesh, camera).0
}

/// Ids and, for every pixel, the view depth of the mesh in world units (infinite where there is no face).
pub fn project_labels_and_depth(mesh: &AnnotatedMesh, camera: &Camera) -> (LabelImage, Vec<f32>) {
    let seen = draw_faces(&mesh.mesh.vertices, &mesh.mesh.faces, camera);
    let id_of = |&face: &u32| match face {
        NO_FACE => IGNORE_ID,
        face => mesh.vertex_ids[mesh.mesh.faces[face as usize][0] as usize],
    };
    let labels = LabelImage { width: seen.width, height: seen.height, ids: seen.faces.iter().map(id_of).collect() };
    let depth = (0..seen.faces.len()).map(|pixel| seen.depth(pixel)).collect();
    (labels, depth)
}

/// Ids seen from many cameras, one image each, in order; views are drawn in parallel.
pub fn project_all(mesh: &AnnotatedMesh, cameras: &[Camera]) -> Vec<LabelImage> {
    cameras.par_iter().map(|camera| project_labels(mesh, camera)).collect()
}

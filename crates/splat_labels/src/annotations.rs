//! ScanNet++ mesh annotations: every vertex gets the vocabulary id of the object that it belongs to.
//!
//! `segments.json` cuts the mesh into segments (`segIndices`, one segment number per vertex), `segments_anno.json`
//! joins segments into labelled objects (`segGroups`). A vertex belongs to every object that has its segment; the one
//! with the fewest vertices wins, so that a cushion is not swallowed by its sofa.

use crate::{BenchmarkMap, LabelError, vocabulary};
use serde::Deserialize;
use splat_core::capture::MeshPaths;
use splat_core::{IGNORE_ID, Vocabulary};
use splat_io::mesh::Mesh;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// A mesh whose vertices carry classes.
#[derive(Clone, Debug)]
pub struct AnnotatedMesh {
    /// Vertices and faces, in the capture's world space.
    pub mesh: Mesh,
    /// `[vertices]` vocabulary ids, [`IGNORE_ID`] where there is no label.
    pub vertex_ids: Vec<u16>,
    /// The objects that have a class of the vocabulary and a vertex, in the file's order.
    pub objects: Vec<AnnotatedObject>,
    /// What was odd but survivable: labels outside the vocabulary, groups without vertices.
    pub warnings: Vec<String>,
}

/// An object as annotators drew it.
#[derive(Clone, Debug, PartialEq)]
pub struct AnnotatedObject {
    /// Vocabulary id.
    pub id: u16,
    /// Its vertices; those on it that belong to smaller objects too.
    pub vertices: Vec<u32>,
}

#[derive(Deserialize)]
struct Segments {
    #[serde(rename = "segIndices")]
    of_vertex: Vec<i64>,
}

#[derive(Deserialize)]
struct Annotations {
    #[serde(rename = "segGroups")]
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    segments: Vec<i64>,
    label: String,
}

impl AnnotatedMesh {
    /// Reads a scene's mesh and annotations and gives every vertex its id in `vocabulary`.
    ///
    /// # Errors
    /// If a file cannot be read or is not in its format, or if segments or ignored vertices do not fit the mesh.
    /// A label that the vocabulary lacks is no error: scenes name far more than a benchmark counts. It is gathered in
    /// `warnings`.
    pub fn load(paths: &MeshPaths, vocabulary: &Vocabulary) -> Result<Self, LabelError> {
        let mesh = splat_io::mesh::read_mesh(&paths.mesh)?;
        let vertices = mesh.vertices.len();
        let segments: Segments = splat_io::read_json(&paths.segments)?;
        if segments.of_vertex.len() != vertices {
            let message = format!(
                "has {} segment numbers, but the mesh {} has {vertices} vertices: they are not of the same scan",
                segments.of_vertex.len(),
                paths.mesh.display(),
            );
            return Err(LabelError::bad_file(&paths.segments, message));
        }
        let annotations: Annotations = splat_io::read_json(&paths.annotations)?;
        let renamed = benchmark_map(paths, vocabulary)?;
        let Annotated { mut vertex_ids, objects, mut warnings } =
            annotated(&segments.of_vertex, &annotations.groups, vocabulary, &renamed);
        warnings.iter_mut().for_each(|w| *w = format!("{}: {w}", paths.annotations.display()));
        if let Some(path) = &paths.ignored_vertices {
            for vertex in read_ignored(path, vertices)? {
                vertex_ids[vertex] = IGNORE_ID;
            }
        }
        Ok(Self { mesh, vertex_ids, objects, warnings })
    }

    /// Loads with the scene's own vocabulary: `paths.vocabulary`, else ScanNet++'s top-100 list.
    ///
    /// # Errors
    /// As [`AnnotatedMesh::load`], or if the vocabulary cannot be read.
    pub fn load_with_default(paths: &MeshPaths) -> Result<(Self, Vocabulary), LabelError> {
        let vocabulary = match &paths.vocabulary {
            Some(path) => splat_io::masks::load_vocabulary(path)?,
            None => vocabulary::scannetpp_top100(),
        };
        Ok((Self::load(paths, &vocabulary)?, vocabulary))
    }
}

/// How the data root's benchmark renames labels, as far as it goes for this vocabulary.
fn benchmark_map(paths: &MeshPaths, vocabulary: &Vocabulary) -> Result<BenchmarkMap, LabelError> {
    let Some(path) = &paths.benchmark_map else { return Ok(BenchmarkMap::default()) };
    let list = path.with_file_name("top100.txt");
    let benchmark = match list.is_file() {
        true => splat_io::masks::load_vocabulary(&list)?,
        false => vocabulary::scannetpp_top100(),
    };
    Ok(BenchmarkMap::load(path)?.for_vocabulary(vocabulary, &benchmark))
}

/// Vertex numbers, one per line or separated by blanks.
fn read_ignored(path: &Path, vertices: usize) -> Result<Vec<usize>, LabelError> {
    let text = splat_io::files::read_text(path)?;
    let mut ignored = Vec::new();
    for (row, line) in text.lines().enumerate() {
        for word in line.split(|c: char| c.is_whitespace() || c == ',').filter(|w| !w.is_empty()) {
            match word.parse::<usize>() {
                Ok(vertex) if vertex < vertices => ignored.push(vertex),
                Ok(vertex) => {
                    let message = format!("vertex {vertex} is outside the mesh, which has {vertices}");
                    return Err(LabelError::bad_row(path, row + 1, message));
                }
                Err(_) => return Err(LabelError::bad_row(path, row + 1, format!("`{word}` is no vertex number"))),
            }
        }
    }
    Ok(ignored)
}

/// What annotations say of a mesh.
struct Annotated {
    vertex_ids: Vec<u16>,
    objects: Vec<AnnotatedObject>,
    warnings: Vec<String>,
}

/// Ids per vertex, the groups that have any vertex and a class, and what was odd. What the benchmark drops is no oddity.
fn annotated(
    segment_of_vertex: &[i64],
    groups: &[Group],
    vocabulary: &Vocabulary,
    renamed: &BenchmarkMap,
) -> Annotated {
    let mut vertices_of_segment: HashMap<i64, Vec<u32>> = HashMap::new();
    for (&segment, vertex) in segment_of_vertex.iter().zip(0..) {
        vertices_of_segment.entry(segment).or_default().push(vertex);
    }
    let id_of_name: HashMap<&str, u16> =
        (0..vocabulary.names.len()).rev().map(|id| (vocabulary.names[id].as_str(), id as u16)).collect();
    let mut outside: BTreeMap<&str, usize> = BTreeMap::new();
    let mut empty = 0;
    let mut objects = Vec::new();
    // For every segment the smallest group that has it; of equals, the one listed first.
    let mut best: HashMap<i64, (usize, u16)> = HashMap::new();
    for group in groups {
        let vertices: Vec<u32> =
            group.segments.iter().filter_map(|s| vertices_of_segment.get(s)).flatten().copied().collect();
        let size = vertices.len();
        empty += usize::from(size == 0);
        let id = renamed.name(group.label.trim()).map_or(IGNORE_ID, |name| {
            id_of_name.get(name).copied().unwrap_or_else(|| {
                *outside.entry(name).or_default() += 1;
                IGNORE_ID
            })
        });
        for &segment in &group.segments {
            let entry = best.entry(segment).or_insert((size, id));
            if size < entry.0 {
                *entry = (size, id);
            }
        }
        if size > 0 && id != IGNORE_ID {
            objects.push(AnnotatedObject { id, vertices });
        }
    }
    let vertex_ids = segment_of_vertex.iter().map(|s| best.get(s).map_or(IGNORE_ID, |b| b.1)).collect();
    let mut warnings = Vec::new();
    if !outside.is_empty() {
        let names: Vec<&str> = outside.keys().copied().take(12).collect();
        let more = if outside.len() > names.len() { ", ..." } else { "" };
        let objects: usize = outside.values().sum();
        warnings.push(format!(
            "{objects} objects carry {} labels outside the vocabulary and count as unlabelled: {}{more}",
            outside.len(),
            names.join(", "),
        ));
    }
    if empty > 0 {
        warnings.push(format!("{empty} objects have no vertex in the mesh"));
    }
    Annotated { vertex_ids, objects, warnings }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(label: &str, segments: &[i64]) -> Group {
        Group { label: label.into(), segments: segments.to_vec() }
    }

    #[test]
    fn the_smallest_of_overlapping_groups_wins_in_any_order() {
        let vocabulary = Vocabulary::from_lines("sofa\ncushion");
        let segments = [7, 7, 7, -3, -3, 40];
        let mut groups = vec![group("sofa", &[7, -3]), group("cushion", &[-3])];
        for _ in 0..2 {
            let said = annotated(&segments, &groups, &vocabulary, &BenchmarkMap::default());
            let Annotated { vertex_ids: ids, objects, warnings } = said;
            assert_eq!(ids, [0, 0, 0, 1, 1, IGNORE_ID]);
            assert!(warnings.is_empty());
            let sofa = objects.iter().find(|o| o.id == 0).unwrap();
            assert_eq!((objects.len(), sofa.vertices.as_slice()), (2, [0, 1, 2, 3, 4].as_slice()), "cushion and all");
            groups.reverse();
        }
    }

    #[test]
    fn labels_outside_the_list_are_gathered_and_hide_what_they_lie_on() {
        let vocabulary = Vocabulary::from_lines("table");
        let groups = [group("table", &[0, 1]), group("doily", &[1]), group("ghost", &[99])];
        let said = annotated(&[0, 0, 1], &groups, &vocabulary, &BenchmarkMap::default());
        let Annotated { vertex_ids: ids, warnings, .. } = said;
        assert_eq!(ids, [0, 0, IGNORE_ID], "a doily is not a table");
        assert!(
            warnings[0].contains("2 objects carry 2 labels") && warnings[0].contains("doily, ghost"),
            "{warnings:?}"
        );
        assert!(warnings[1].contains("1 objects have no vertex"));
    }

    #[test]
    fn ignored_vertices_outside_the_mesh_name_their_row() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mask.txt");
        std::fs::write(&path, "1\n2\n").unwrap();
        assert_eq!(read_ignored(&path, 3).unwrap(), [1, 2]);
        std::fs::write(&path, "1\n\n3\n").unwrap();
        let error = read_ignored(&path, 3).unwrap_err().to_string();
        assert!(error.contains("mask.txt, row 3: vertex 3"), "{error}");
        std::fs::write(&path, "x").unwrap();
        assert!(read_ignored(&path, 3).unwrap_err().to_string().contains("`x`"));
    }
}

//! Clouds as binary glTF with the extension `KHR_gaussian_splatting`, all columns as float32. Programs that do not know the
//! extension show coloured points. glTF holds no classes.
//!
//! glTF's y axis points up, a PLY's down: the node turns the cloud by half a turn about x, so that it stands in a viewer as its
//! PLY does; the columns themselves are those of the cloud.

use crate::IoError;
use crate::files::write_atomic_with;
use glam::Vec3;
use serde_json::{Value, json};
use splat_core::{Cloud, sh};
use std::path::Path;

const EXTENSION: &str = "KHR_gaussian_splatting";
const MAGIC: &[u8] = b"glTF";
const CHUNK_JSON: u32 = 0x4e4f_534a;
const CHUNK_BINARY: u32 = 0x004e_4942;
const FLOAT: u32 = 5126;

/// True where a file starts like a binary glTF.
pub(super) fn is_glb(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// One accessor: attribute name, values per row, `[N, width]`.
type Column = (String, usize, Vec<f32>);

/// Writes a cloud; classes stay behind.
///
/// # Errors
/// Columns of different length, more than 4 GiB, a full disk.
pub fn write_glb(path: &Path, cloud: &Cloud) -> Result<(), IoError> {
    cloud.check_shape().map_err(|e| IoError::bad(path, format!("cannot be written: {e}")))?;
    let columns = columns(cloud);
    let mut text = serde_json::to_vec(&document(cloud, &columns)).map_err(|e| IoError::bad(path, e.to_string()))?;
    text.resize(text.len().next_multiple_of(4), b' ');
    let binary: usize = columns.iter().map(|c| 4 * c.2.len()).sum();
    let total = 12 + 8 + text.len() + 8 + binary;
    let total = u32::try_from(total).map_err(|_| IoError::bad(path, "cannot be written: glTF ends at 4 GiB"))?;
    write_atomic_with(path, |out| {
        out.write_all(MAGIC)?;
        let words = [2, total, text.len() as u32, CHUNK_JSON];
        words.iter().try_for_each(|w: &u32| out.write_all(&w.to_le_bytes()))?;
        out.write_all(&text)?;
        [binary as u32, CHUNK_BINARY].iter().try_for_each(|w| out.write_all(&w.to_le_bytes()))?;
        columns.iter().flat_map(|c| &c.2).try_for_each(|v| out.write_all(&v.to_le_bytes()))
    })
}

fn columns(cloud: &Cloud) -> Vec<Column> {
    let k = cloud.sh_coefficients();
    let name = |what: &str| format!("{EXTENSION}:{what}");
    let rows = 0..cloud.len();
    let colour = |row: usize| {
        let [r, g, b] = cloud.sh[row * k].map(|c| sh::colour_from_dc(c).clamp(0.0, 1.0));
        [r, g, b, cloud.opacity(row)]
    };
    let mut columns = vec![
        ("POSITION".to_owned(), 3, cloud.means.iter().flat_map(|m| m.to_array()).collect()),
        ("COLOR_0".to_owned(), 4, rows.clone().flat_map(colour).collect()),
        (name("ROTATION"), 4, rows.clone().flat_map(|row| cloud.rotation(row).to_array()).collect()),
        (name("SCALE"), 3, cloud.log_scales.iter().flat_map(|s| s.to_array()).collect()),
        (name("OPACITY"), 1, rows.clone().map(|row| cloud.opacity(row)).collect()),
    ];
    for (i, (degree, n)) in coefficients(cloud.sh_degree).enumerate() {
        let values = rows.clone().flat_map(|row| cloud.sh[row * k + i]).collect();
        columns.push((name(&format!("SH_DEGREE_{degree}_COEF_{n}")), 3, values));
    }
    columns
}

/// Degree and number within it of every SH coefficient.
fn coefficients(degree: u8) -> impl Iterator<Item = (u8, u8)> {
    (0..=degree).flat_map(|d| (0..2 * d + 1).map(move |n| (d, n)))
}

fn document(cloud: &Cloud, columns: &[Column]) -> Value {
    let mut offset = 0;
    let (mut views, mut accessors, mut attributes) = (Vec::new(), Vec::new(), serde_json::Map::new());
    for (name, width, values) in columns {
        let kind = ["SCALAR", "VEC2", "VEC3", "VEC4"][width - 1];
        let mut accessor =
            json!({ "bufferView": views.len(), "componentType": FLOAT, "count": cloud.len(), "type": kind });
        if name == "POSITION"
            && let Some((low, high)) = cloud.bounds()
        {
            accessor["min"] = json!(low.to_array());
            accessor["max"] = json!(high.to_array());
        }
        attributes.insert(name.clone(), json!(accessors.len()));
        views.push(json!({ "buffer": 0, "byteOffset": offset, "byteLength": 4 * values.len() }));
        accessors.push(accessor);
        offset += 4 * values.len();
    }
    let splats = json!({
        "kernel": "ellipse", "colorSpace": "srgb_rec709_display", "sortingMethod": "cameraDistance",
        "projection": "perspective",
    });
    let mut primitive = json!({ "attributes": attributes, "mode": 0, "extensions": { EXTENSION: splats } });
    if cloud.antialiased {
        // The extension has no word for it.
        primitive["extras"] = json!({ "antialiased": true });
    }
    json!({
        "asset": { "version": "2.0", "generator": "bevy_semantic_splats" },
        "extensionsUsed": [EXTENSION],
        "scene": 0,
        "scenes": [{ "nodes": [0] }],
        "nodes": [{ "mesh": 0, "rotation": [1, 0, 0, 0] }],
        "meshes": [{ "primitives": [primitive] }],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{ "byteLength": offset }],
    })
}

/// Reads the first primitive with splats of a binary glTF, the bytes of a file that messages call `path`: float32 columns
/// only, node transforms are not applied.
///
/// # Errors
/// If it is no binary glTF, ends too early, holds no splats, or holds them quantised or compressed.
pub fn parse_glb(path: &Path, bytes: &[u8]) -> Result<Cloud, IoError> {
    let bad = |message: &str| IoError::bad(path, message);
    let (text, binary) =
        chunks(bytes).ok_or_else(|| bad("is no whole binary glTF: it ends too early; copy it again"))?;
    let document: Value = serde_json::from_slice(text).map_err(|e| bad(&format!("its JSON cannot be read: {e}")))?;
    let primitive = document["meshes"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|mesh| mesh["primitives"].as_array().into_iter().flatten())
        .find(|primitive| primitive["extensions"][EXTENSION].is_object())
        .ok_or_else(|| bad("holds no Gaussian splats (KHR_gaussian_splatting)"))?;
    let has = |name: &str| primitive["attributes"].get(name).is_some();
    let column = |name: &str, width: usize| {
        floats(&document, binary, &primitive["attributes"][name], width).ok_or_else(|| {
            bad(&format!(
                "its `{name}` is missing, cut short or not float32 (compressed and quantised splats are not read)"
            ))
        })
    };
    let splat = |what: &str, width: usize| column(&format!("{EXTENSION}:{what}"), width);
    let means = column("POSITION", 3)?;
    let n = means.len() / 3;
    let degree = (0..=3u8).rev().find(|d| has(&format!("{EXTENSION}:SH_DEGREE_{d}_COEF_0"))).unwrap_or(0);
    let harmonics: Vec<Vec<f32>> =
        coefficients(degree).map(|(d, i)| splat(&format!("SH_DEGREE_{d}_COEF_{i}"), 3)).collect::<Result<_, _>>()?;
    let (rotations, scales, opacities) = (splat("ROTATION", 4)?, splat("SCALE", 3)?, splat("OPACITY", 1)?);
    let lengths = harmonics.iter().map(|h| h.len() / 3);
    if lengths.chain([rotations.len() / 4, scales.len() / 3, opacities.len()]).any(|length| length != n) {
        return Err(bad("its columns have different lengths"));
    }
    let logit = |p: f32| {
        let p = p.clamp(1e-6, 1.0 - 1e-6);
        (p / (1.0 - p)).ln()
    };
    let triples = |values: &[f32]| values.chunks_exact(3).map(Vec3::from_slice).collect();
    Ok(Cloud {
        sh_degree: degree,
        means: triples(&means),
        log_scales: triples(&scales),
        rotations: rotations.chunks_exact(4).map(|q| [q[3], q[0], q[1], q[2]]).collect(),
        opacity_logits: opacities.into_iter().map(logit).collect(),
        sh: (0..n)
            .flat_map(|row| harmonics.iter().map(move |h| [h[3 * row], h[3 * row + 1], h[3 * row + 2]]))
            .collect(),
        antialiased: primitive["extras"]["antialiased"] == true,
        ..Cloud::default()
    })
}

/// The JSON and the binary chunk.
fn chunks(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let word = |at: usize| bytes.get(at..at + 4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    let chunk = |at: usize, kind: u32| {
        let length = word(at)? as usize;
        (word(at + 4)? == kind).then(|| bytes.get(at + 8..(at + 8).checked_add(length)?)).flatten()
    };
    let text = chunk(12, CHUNK_JSON)?;
    let binary = chunk(20 + text.len().next_multiple_of(4), CHUNK_BINARY)?;
    Some((text, binary))
}

/// The values of an accessor of `width` float32 a row, tightly packed.
fn floats(document: &Value, binary: &[u8], index: &Value, width: usize) -> Option<Vec<f32>> {
    let accessor = &document["accessors"][index.as_u64()? as usize];
    let view = &document["bufferViews"][accessor["bufferView"].as_u64()? as usize];
    let is_plain = accessor["componentType"] == FLOAT && view["byteStride"].is_null() && view["buffer"] == 0;
    let number = |value: &Value| value.as_u64().unwrap_or(0) as usize;
    let first = number(&view["byteOffset"]).checked_add(number(&accessor["byteOffset"]))?;
    let length = number(&accessor["count"]).checked_mul(4 * width)?;
    let data = binary.get(first..first.checked_add(length)?).filter(|_| is_plain)?;
    Some(data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
}

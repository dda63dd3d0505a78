//! Reads clouds, of this program or any other.

use super::top::TopColumns;
use super::{gltf, header, spz};
use crate::IoError;
use crate::files::read_bytes;
use crate::ply::{Element, PlyFile};
use glam::Vec3;
use splat_core::{ClassInfo, Cloud, LabelSet};
use std::path::Path;

/// Reads a cloud of any format that is written here: 3DGS PLY, SPZ, binary glTF; told by its first bytes.
///
/// # Errors
/// If the file is none of them, or is broken.
pub fn read_cloud(path: &Path) -> Result<Cloud, IoError> {
    parse_cloud(path, read_bytes(path)?)
}

/// The same from the bytes of a file; messages call it `path`.
///
/// # Errors
/// If it is none of them, or is broken.
pub fn parse_cloud(path: &Path, bytes: Vec<u8>) -> Result<Cloud, IoError> {
    if spz::is_spz(&bytes) {
        return spz::parse_spz(path, &bytes);
    }
    if gltf::is_glb(&bytes) {
        return gltf::parse_glb(path, &bytes);
    }
    parse_ply(path, bytes)
}

/// Reads a 3DGS PLY: binary or ascii, properties in any order and of any number type, unknown ones passed over, SH
/// degree 0 to 3 by the number of `f_rest_*`, classes from `semantic_*` (or `top_*`) and the header comments.
///
/// Values are taken as they are: a NaN in a row is the renderer's to skip. Errors name what is missing or where the file
/// ends.
fn parse_ply(path: &Path, bytes: Vec<u8>) -> Result<Cloud, IoError> {
    let file = PlyFile::parse(path, bytes)?;
    let element = file.element("vertex")?;
    let columns = Columns::find(&file, element)?;
    let top = TopColumns::find(&file, element)?.filter(|_| columns.semantic.is_empty());
    let class_count = if top.is_some() { header::named_classes(&file) } else { columns.semantic.len() };
    let mut classes = header::parse(&file, class_count)?;
    let order = sort_by_id(path, &mut classes)?;
    let n = element.rows;
    let k = 1 + columns.rest.len() / 3;
    let mut cloud = Cloud {
        sh_degree: columns.sh_degree,
        means: Vec::with_capacity(n),
        log_scales: Vec::with_capacity(n),
        rotations: Vec::with_capacity(n),
        opacity_logits: Vec::with_capacity(n),
        sh: Vec::with_capacity(n * k),
        logits: Vec::with_capacity(n * classes.len()),
        classes: LabelSet { classes },
        objective: header::objective(&file)?,
        antialiased: header::antialiased(&file),
    };
    file.visit("vertex", |index, row| {
        let at = |i: usize| row.numbers[i] as f32;
        cloud.means.push(Vec3::from_array(columns.mean.map(at)));
        cloud.log_scales.push(Vec3::from_array(columns.scale.map(at)));
        cloud.rotations.push(columns.rotation.map(at));
        cloud.opacity_logits.push(at(columns.opacity));
        cloud.sh.push(columns.dc.map(at));
        let rest = |c: usize, channel: usize| at(columns.rest[channel * (k - 1) + c]);
        cloud.sh.extend((0..k - 1).map(|c| [rest(c, 0), rest(c, 1), rest(c, 2)]));
        match &top {
            Some(top) => cloud.logits.extend(top.logits(path, index, &row.numbers, &cloud.classes.classes)?),
            None => cloud.logits.extend(order.iter().map(|&c| at(columns.semantic[c]))),
        }
        Ok(())
    })?;
    Ok(cloud)
}

/// Where in a row each value lies.
struct Columns {
    mean: [usize; 3],
    dc: [usize; 3],
    rest: Vec<usize>,
    sh_degree: u8,
    opacity: usize,
    scale: [usize; 3],
    rotation: [usize; 4],
    semantic: Vec<usize>,
}

impl Columns {
    fn find(file: &PlyFile, element: &Element) -> Result<Self, IoError> {
        let need = |name: &str| {
            element
                .scalar_index(name)
                .ok_or_else(|| IoError::bad(file.path(), format!("has no property `{name}`: this is no 3DGS cloud")))
        };
        let rest = numbered(file.path(), element, "f_rest_")?;
        let sh_degree = match rest.len() {
            0 => 0,
            9 => 1,
            24 => 2,
            45 => 3,
            n => {
                let message = format!("has {n} `f_rest_` properties; 0, 9, 24 or 45 make an SH degree");
                return Err(IoError::bad(file.path(), message));
            }
        };
        Ok(Self {
            mean: [need("x")?, need("y")?, need("z")?],
            dc: [need("f_dc_0")?, need("f_dc_1")?, need("f_dc_2")?],
            rest,
            sh_degree,
            opacity: need("opacity")?,
            scale: [need("scale_0")?, need("scale_1")?, need("scale_2")?],
            rotation: [need("rot_0")?, need("rot_1")?, need("rot_2")?, need("rot_3")?],
            semantic: numbered(file.path(), element, "semantic_")?,
        })
    }
}

/// Indices of the properties `<stem>0`, `<stem>1`, ... without gaps, in numeric order wherever they stand.
pub(super) fn numbered(path: &Path, element: &Element, stem: &str) -> Result<Vec<usize>, IoError> {
    let is_numbered = |name: &str| name.strip_prefix(stem).is_some_and(|n| n.parse::<usize>().is_ok());
    let count = element.properties.iter().filter(|p| is_numbered(&p.name)).count();
    let find = |i: usize| {
        let name = format!("{stem}{i}");
        element
            .scalar_index(&name)
            .ok_or_else(|| IoError::bad(path, format!("has {count} `{stem}` properties but no `{name}` among them")))
    };
    (0..count).map(find).collect()
}

/// Sorts classes by id, as a [`LabelSet`] wants them; returns for every new column the file's column.
fn sort_by_id(path: &Path, classes: &mut Vec<ClassInfo>) -> Result<Vec<usize>, IoError> {
    let mut order: Vec<usize> = (0..classes.len()).collect();
    order.sort_by_key(|&c| classes[c].id);
    *classes = order.iter().map(|&c| classes[c].clone()).collect();
    match classes.windows(2).find(|pair| pair[0].id == pair[1].id) {
        Some(pair) => Err(IoError::bad(path, format!("two class columns have the vocabulary id {}", pair[0].id))),
        None => Ok(order),
    }
}

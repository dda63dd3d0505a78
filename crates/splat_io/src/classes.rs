//! `classes.json` (id, name, colour, pixel count of every class of a scene) and the dense remap file.

use crate::IoError;
use crate::files::{read_json, write_json};
use serde::Serialize;
use splat_core::{IGNORE_ID, LabelSet};
use std::collections::BTreeMap;
use std::path::Path;

/// Writes the classes of a scene in column order.
pub fn write_classes(path: &Path, classes: &LabelSet) -> Result<(), IoError> {
    write_json(path, classes)
}

/// Reads `classes.json`. Ids must rise from entry to entry, since an entry's position is its column.
pub fn read_classes(path: &Path) -> Result<LabelSet, IoError> {
    let classes: LabelSet = read_json(path)?;
    check_order(path, &classes)?;
    Ok(classes)
}

/// Errors unless ids rise strictly and none is the ignore id.
fn check_order(path: &Path, set: &LabelSet) -> Result<(), IoError> {
    for (column, pair) in set.classes.windows(2).enumerate() {
        if pair[0].id >= pair[1].id {
            let message = format!("id {} follows id {}: ids must rise, each once", pair[1].id, pair[0].id);
            return Err(IoError::bad_at(path, format_args!("entry {}", column + 1), message));
        }
    }
    match set.classes.last() {
        Some(last) if last.id == IGNORE_ID => Err(IoError::bad(path, format!("id {IGNORE_ID} means `no label`"))),
        _ => Ok(()),
    }
}

#[derive(Serialize)]
struct Remap<'a> {
    num_classes: usize,
    global_to_local: BTreeMap<u16, usize>,
    local_to_global: BTreeMap<usize, u16>,
    class_info: Vec<RemapClass<'a>>,
}

#[derive(Serialize)]
struct RemapClass<'a> {
    local_index: usize,
    global_index: u16,
    name: &'a str,
    pixel_count: u64,
}

/// Writes the per-scene dense remap: vocabulary id ("global") to column ("local") and back, with names and counts.
pub fn write_remap(path: &Path, classes: &LabelSet) -> Result<(), IoError> {
    let columns = || classes.classes.iter().enumerate();
    let remap = Remap {
        num_classes: classes.len(),
        global_to_local: columns().map(|(column, c)| (c.id, column)).collect(),
        local_to_global: columns().map(|(column, c)| (column, c.id)).collect(),
        class_info: columns()
            .map(|(column, c)| RemapClass {
                local_index: column,
                global_index: c.id,
                name: &c.name,
                pixel_count: c.pixel_count,
            })
            .collect(),
    };
    write_json(path, &remap)
}

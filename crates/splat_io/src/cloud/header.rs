//! The header comments that carry class ids, names and colours, and how the cloud is to be rendered.

use crate::IoError;
use crate::ply::PlyFile;
use splat_core::{ClassInfo, Cloud, IGNORE_ID, Objective};
use std::path::Path;

/// Comment lines (without the word `comment`) for a cloud's classes: how they are blended, where that is not as in every
/// file without such a line, then two lines per column.
pub(super) fn comments(cloud: &Cloud) -> Vec<String> {
    let lines = |(column, c): (usize, &ClassInfo)| {
        let name = c.name.replace(['\n', '\r'], " ");
        let [r, g, b] = c.colour;
        [format!("semantic_class {column} {} {name}", c.id), format!("semantic_colour {column} {r} {g} {b}")]
    };
    let objective =
        (cloud.objective != Objective::default()).then(|| format!("semantic_objective {}", cloud.objective));
    let classes = cloud.classes.classes.iter().enumerate().flat_map(lines);
    objective.into_iter().chain(classes).collect()
}

/// The comment of clouds whose opacities make up for dilation; the others have none.
pub(super) const ANTIALIASED: &str = "splat_antialiased 1";

/// Whether the cloud is to be rendered with opacities that make up for dilation.
pub(super) fn antialiased(file: &PlyFile) -> bool {
    file.header.comments.iter().any(|line| line.trim() == ANTIALIASED)
}

/// Number of classes that the header names: those of a file with the most probable ones only.
pub(super) fn named_classes(file: &PlyFile) -> usize {
    file.header.comments.iter().filter(|line| line.starts_with("semantic_class ")).count()
}

/// How the file's logits are blended; files that do not say so hold logits that are blended as such.
pub(super) fn objective(file: &PlyFile) -> Result<Objective, IoError> {
    let said = file.header.comments.iter().find_map(|line| line.strip_prefix("semantic_objective "));
    let parsed = said.map(|name| name.trim().parse::<Objective>()).transpose();
    let bad = |e: String| IoError::bad(file.path(), format!("the header's semantic_objective: {e}"));
    match parsed.map_err(bad)?.unwrap_or_default() {
        Objective::Grouping => {
            Err(bad("codes are no class logits, and their classifier is not in the file".to_owned()))
        }
        objective => Ok(objective),
    }
}

/// Classes of the `count` columns of a file, in the file's column order (not yet sorted by id).
///
/// A column without a line is `class <column>` with the column as its id, as in files of other programs.
pub(super) fn parse(file: &PlyFile, count: usize) -> Result<Vec<ClassInfo>, IoError> {
    let mut classes: Vec<Option<ClassInfo>> = vec![None; count];
    let mut colours: Vec<Option<[u8; 3]>> = vec![None; count];
    for line in &file.header.comments {
        let bad = || IoError::bad(file.path(), format!("cannot understand the header comment `{line}`"));
        let mut words = line.splitn(4, ' ');
        match words.next() {
            Some("semantic_class") => {
                let column: usize = words.next().and_then(|w| w.parse().ok()).ok_or_else(bad)?;
                let id: u16 =
                    words.next().and_then(|w| w.parse().ok()).filter(|&id| id != IGNORE_ID).ok_or_else(bad)?;
                let name = words.next().map_or_else(|| format!("class {id}"), |n| n.trim().to_owned());
                let slot = classes.get_mut(column).ok_or_else(|| no_column(file.path(), column, count))?;
                *slot = Some(ClassInfo { id, name, colour: [0; 3], pixel_count: 0 });
            }
            Some("semantic_colour") => {
                let numbers: Vec<usize> = line.split(' ').skip(1).map_while(|w| w.parse().ok()).collect();
                let [column, r, g, b] = numbers[..] else { return Err(bad()) };
                let colour = [r, g, b].map(u8::try_from);
                let [Ok(r), Ok(g), Ok(b)] = colour else { return Err(bad()) };
                *colours.get_mut(column).ok_or_else(|| no_column(file.path(), column, count))? = Some([r, g, b]);
            }
            _ => {}
        }
    }
    let class = |(column, (class, colour)): (usize, (Option<ClassInfo>, Option<[u8; 3]>))| {
        let id = column as u16;
        let mut class =
            class.unwrap_or_else(|| ClassInfo { id, name: format!("class {id}"), colour: [0; 3], pixel_count: 0 });
        class.colour = colour.unwrap_or_else(|| fallback_colour(class.id));
        class
    };
    Ok(classes.into_iter().zip(colours).enumerate().map(class).collect())
}

fn no_column(path: &Path, column: usize, count: usize) -> IoError {
    IoError::bad(path, format!("the header names class column {column}, but there are {count} `semantic_` columns"))
}

/// A colour for a class whose file brings none: hues a golden angle apart, so that neighbouring ids differ.
fn fallback_colour(id: u16) -> [u8; 3] {
    let hue = (id as f32 * 0.618_034).fract() * 6.0;
    let channel = |shift: f32| {
        let h = (hue + shift) % 6.0;
        let ramp = (2.0 - (h - 3.0).abs()).clamp(0.0, 1.0);
        (60.0 + 180.0 * ramp) as u8
    };
    [channel(3.0), channel(1.0), channel(5.0)]
}

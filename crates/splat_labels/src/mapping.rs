//! Which map brings the masks of a folder to another vocabulary.

use crate::map::{Table, parse_table};
use crate::{LabelError, LabelMap, LabelSource, vocabulary};
use serde::{Deserialize, Serialize};
use splat_core::{Capture, Vocabulary};
use splat_io::masks;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The built-in map's name.
const ADE20K_TO_SCANNETPP: &str = "ade20k-to-scannetpp";

/// Where an explicit map comes from. As text: `ade20k-to-scannetpp`, or a CSV file's path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum LabelMapSource {
    /// The built-in table from ADE20K's 150 classes to ScanNet++'s.
    Ade20kToScannetpp,
    /// A file: a header, then `source,target|target` by name; `source,` leaves a class out.
    File(PathBuf),
}

impl FromStr for LabelMapSource {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.to_owned().into())
    }
}

impl From<String> for LabelMapSource {
    fn from(text: String) -> Self {
        if text == ADE20K_TO_SCANNETPP { Self::Ade20kToScannetpp } else { Self::File(text.into()) }
    }
}

impl From<LabelMapSource> for String {
    fn from(source: LabelMapSource) -> Self {
        source.to_string()
    }
}

impl std::fmt::Display for LabelMapSource {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Self::Ade20kToScannetpp => f.write_str(ADE20K_TO_SCANNETPP),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

impl LabelMapSource {
    /// The map between two vocabularies, and what is odd about it: names in the file that neither side knows.
    ///
    /// # Errors
    /// If the file cannot be read, is no table, or maps no class of `source` to any of `target`.
    pub fn between(&self, source: &Vocabulary, target: &Vocabulary) -> Result<(LabelMap, Vec<String>), LabelError> {
        let path = self.path();
        let table = self.table()?;
        let map = LabelMap::from_table(&table, source, target);
        if (0..source.names.len()).all(|id| map.accepts(id as u16).is_empty()) {
            let message = "maps no class of the masks to any class of the vocabulary: are these the right lists?";
            return Err(LabelError::bad_file(path, message));
        }
        let warnings = match self {
            // Scenes know a part of what the table knows.
            Self::Ade20kToScannetpp => Vec::new(),
            Self::File(_) => strangers(path, &table, source, target),
        };
        Ok((map, warnings))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Ade20kToScannetpp => Path::new(ADE20K_TO_SCANNETPP),
            Self::File(path) => path,
        }
    }

    fn table(&self) -> Result<Table, LabelError> {
        match self {
            Self::Ade20kToScannetpp => parse_table(vocabulary::ADE20K_TO_SCANNETPP, self.path()),
            Self::File(path) => parse_table(&splat_io::read_text(path)?, path),
        }
    }

    /// What masks without a class list are in.
    fn default_source(&self) -> Option<Vocabulary> {
        (*self == Self::Ade20kToScannetpp).then(vocabulary::ade20k)
    }

    /// What a capture without a class list is labelled in: ScanNet++'s list, or all targets of the file.
    fn default_target(&self) -> Result<Vocabulary, LabelError> {
        if let Self::Ade20kToScannetpp = self {
            return Ok(vocabulary::scannetpp_top100());
        }
        let names: BTreeSet<String> = self.table()?.into_values().flatten().collect();
        if names.is_empty() {
            return Err(LabelError::bad_file(self.path(), "names no target class"));
        }
        Ok(Vocabulary { names: names.into_iter().collect() })
    }
}

/// Names of a table that neither vocabulary has: mostly slips of the pen.
fn strangers(path: &Path, table: &Table, source: &Vocabulary, target: &Vocabulary) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut tell = |side: &str, names: BTreeSet<&String>| {
        if let Some(first) = names.first() {
            let message = format!("{} {side} are in no class list, `{first}` first", names.len());
            warnings.push(format!("{}: {message}", path.display()));
        }
    };
    tell("source names", table.keys().filter(|name| source.id(name).is_none()).collect());
    tell("target names", table.values().flatten().filter(|name| target.id(name).is_none()).collect());
    warnings
}

/// What labels are asked for.
#[derive(Clone, Copy, Debug)]
pub struct LabelRequest<'a> {
    /// Where they come from.
    pub source: &'a LabelSource,
    /// The class list they shall be in, instead of the source's own.
    pub vocabulary: Option<&'a Path>,
    /// How masks are brought to another class list: to `vocabulary` if given, else to the scene's.
    pub map: Option<&'a LabelMapSource>,
}

impl<'a> LabelRequest<'a> {
    /// Labels as they come.
    pub fn of(source: &'a LabelSource) -> Self {
        Self { source, vocabulary: None, map: None }
    }
}

/// How the masks of a folder come into another vocabulary.
#[derive(Clone, Debug)]
pub struct Translation {
    /// The map's name: a file, `ade20k-to-scannetpp`, or `by name` where nobody asked for one.
    pub name: String,
    /// What the masks' ids mean.
    pub from: Vocabulary,
    /// What they become.
    pub to: Vocabulary,
    /// From one to the other.
    pub map: LabelMap,
    /// What is odd about it.
    pub warnings: Vec<String>,
}

impl Translation {
    /// The translation that a request asks for of a folder whose own class list is `own`; `None` where ids stay as they are.
    /// Without a map, lists that differ are matched by name ([`LabelMap::between`]).
    ///
    /// # Errors
    /// As [`LabelMapSource::between`]; if a list cannot be read; if there is a map and no list to map from.
    pub(crate) fn of(
        capture: &Capture,
        request: &LabelRequest,
        folder: &Path,
        own: Option<&Vocabulary>,
    ) -> Result<Option<Self>, LabelError> {
        let chosen = request.vocabulary.map(masks::load_vocabulary).transpose()?;
        let Some(map) = request.map else {
            return own.zip(chosen).map_or(Ok(None), |(own, chosen)| Self::between(None, own, &chosen));
        };
        let from = own.cloned().or_else(|| map.default_source()).ok_or_else(|| {
            let message = "has no classes.txt: a label map goes by class names";
            LabelError::bad_file(folder, message)
        })?;
        let scene = capture.mesh.as_ref().and_then(|mesh| mesh.vocabulary.as_ref());
        let to = match (chosen, scene) {
            (Some(chosen), _) => chosen,
            (None, Some(path)) => masks::load_vocabulary(path)?,
            (None, None) => map.default_target()?,
        };
        Self::between(Some(map), &from, &to)
    }

    /// The translation between two lists by an explicit map, else by name; `None` where ids stay as they are, because the lists
    /// are the same or one has no names.
    ///
    /// # Errors
    /// As [`LabelMapSource::between`].
    pub fn between(
        map: Option<&LabelMapSource>,
        from: &Vocabulary,
        to: &Vocabulary,
    ) -> Result<Option<Self>, LabelError> {
        let (name, (map, warnings)) = match map {
            Some(map) => (map.to_string(), map.between(from, to)?),
            None if from.names.is_empty() || to.names.is_empty() || from.names == to.names => return Ok(None),
            None => ("by name".to_owned(), (LabelMap::between(from, to), Vec::new())),
        };
        Ok(Some(Self { name, from: from.clone(), to: to.clone(), map, warnings }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_what_it_maps_and_what_nobody_knows() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("my.csv");
        std::fs::write(&path, "from,to\nseat,stool|chair\nwal,wall\n").unwrap();
        let map: LabelMapSource = path.display().to_string().parse().unwrap();
        let (from, to) = (Vocabulary::from_lines("wall\nseat"), Vocabulary::from_lines("chair\nwall"));
        let (found, warnings) = map.between(&from, &to).unwrap();
        assert_eq!((found.accepts(0), found.accepts(1)), (&[1u16][..], &[0u16][..]));
        assert!(warnings[0].contains("1 source names") && warnings[0].contains("`wal`"), "{warnings:?}");
        assert!(warnings[1].contains("`stool`"), "{warnings:?}");
        assert_eq!(map.default_target().unwrap().names, ["chair", "stool", "wall"]);
        let error = map.between(&Vocabulary::from_lines("sky"), &to).unwrap_err();
        assert!(error.is_bad_input() && error.to_string().contains("my.csv"), "{error}");
        assert!("no/such.csv".parse::<LabelMapSource>().unwrap().between(&from, &to).unwrap_err().is_bad_input());
    }
}

//! From one vocabulary to another, where names differ: a segmenter says `armchair`, the scene's list says `sofa`.
//!
//! A source class is looked up in an explicit table; where the table is silent, whole words of the names are compared;
//! else it stays unmapped. It may stand for several targets: it *trains as* the first, and an evaluation *accepts* any.

use crate::{LabelError, vocabulary};
use serde::{Deserialize, Serialize};
use splat_core::{IGNORE_ID, LabelImage, Vocabulary};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

/// Why a source class has the targets that it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// It is the same class on both sides.
    Same,
    /// The explicit table says so.
    Table,
    /// Whole words of the names agree.
    Words,
    /// It has none: its pixels count as unlabelled.
    #[default]
    Unmapped,
}

/// Targets per source class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelMap {
    /// `[source ids]` target ids, the one to train as first; empty = unmapped.
    targets: Vec<Vec<u16>>,
    /// `[source ids]` where they come from.
    how: Vec<How>,
}

/// Rows of an explicit table: source name to target names. An empty row says: stays unmapped.
pub(crate) type Table = HashMap<String, Vec<String>>;

impl LabelMap {
    /// Every id of a vocabulary of `classes` names stands for itself.
    pub fn identity(classes: usize) -> Self {
        let targets = (0..classes).map(|id| u16::try_from(id).into_iter().collect()).collect();
        Self { targets, how: vec![How::Same; classes] }
    }

    /// A map from what it does to each source id, in id order.
    pub fn from_rows(rows: impl IntoIterator<Item = (Vec<u16>, How)>) -> Self {
        let (targets, how) = rows.into_iter().unzip();
        Self { targets, how }
    }

    /// The map between two vocabularies with what is built in: identity where they are the same, else the
    /// ADE20K to ScanNet++ table by name, then whole words. Where one has no names at all (a mask folder without a
    /// class list), ids are taken at their word.
    pub fn between(source: &Vocabulary, target: &Vocabulary) -> Self {
        if source.names.is_empty() || target.names.is_empty() {
            return Self::identity(IGNORE_ID as usize);
        }
        if source.names == target.names {
            return Self::identity(source.names.len());
        }
        let table = parse_table(vocabulary::ADE20K_TO_SCANNETPP, Path::new("ade20k_to_scannetpp.csv"));
        Self::from_table(&table.unwrap_or_default(), source, target)
    }

    /// A map from a CSV file's text: a header, then `source,target|target` by name. `path` is named in errors.
    ///
    /// # Errors
    /// If a row does not have two columns, or names a source twice.
    pub fn from_csv(text: &str, path: &Path, source: &Vocabulary, target: &Vocabulary) -> Result<Self, LabelError> {
        Ok(Self::from_table(&parse_table(text, path)?, source, target))
    }

    pub(crate) fn from_table(table: &Table, source: &Vocabulary, target: &Vocabulary) -> Self {
        let by_words = |name: &String| match whole_word_matches(name, target) {
            none if none.is_empty() => (none, How::Unmapped),
            found => (found, How::Words),
        };
        let row_of = |name: &String| match table.get(name) {
            Some(row) if row.is_empty() => (Vec::new(), How::Unmapped),
            Some(row) => match row.iter().filter_map(|t| target.id(t)).collect::<Vec<_>>() {
                known if known.is_empty() => by_words(name),
                known => (known, How::Table),
            },
            None => by_words(name),
        };
        Self::from_rows(source.names.iter().map(row_of))
    }

    /// Why a source class has its targets.
    pub fn how(&self, source: u16) -> How {
        self.how.get(source as usize).copied().unwrap_or_default()
    }

    /// All targets that a source class may stand for; none where it is unmapped or outside the vocabulary.
    pub fn accepts(&self, source: u16) -> &[u16] {
        self.targets.get(source as usize).map_or(&[], Vec::as_slice)
    }

    /// The one target that a source class trains as.
    pub fn trains_as(&self, source: u16) -> Option<u16> {
        self.accepts(source).first().copied()
    }

    /// Number of source classes.
    pub fn len(&self) -> usize {
        self.targets.len()
    }

    /// True for a map without source classes.
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    /// True if every class stands for itself alone.
    pub fn is_identity(&self) -> bool {
        self.targets.iter().enumerate().all(|(id, t)| t.len() == 1 && t[0] as usize == id)
    }

    /// All targets that any of these source classes may stand for.
    pub fn targets_of(&self, sources: impl IntoIterator<Item = u16>) -> BTreeSet<u16> {
        sources.into_iter().flat_map(|s| self.accepts(s).iter().copied()).collect()
    }

    /// An image in target ids, as trained: the first target, [`IGNORE_ID`] where unmapped.
    pub fn apply(&self, image: &LabelImage) -> LabelImage {
        let ids = image.ids.iter().map(|&id| self.trains_as(id).unwrap_or(IGNORE_ID)).collect();
        LabelImage { ids, ..*image }
    }

    /// A prediction in target ids, for an evaluation against `truth` (target ids, same size): the true class wherever
    /// it is accepted, else the class that the prediction trains as.
    pub fn apply_accepting(&self, prediction: &LabelImage, truth: &LabelImage) -> LabelImage {
        let translate = |(&p, &t): (&u16, &u16)| match self.accepts(p) {
            accepted if accepted.contains(&t) => t,
            accepted => accepted.first().copied().unwrap_or(IGNORE_ID),
        };
        LabelImage { ids: prediction.ids.iter().zip(&truth.ids).map(translate).collect(), ..*prediction }
    }

    /// The map with all other targets left out. What was a first target and is gone is followed by the next.
    pub fn limited_to(&self, classes: &BTreeSet<u16>) -> Self {
        let keep = |row: &Vec<u16>| row.iter().copied().filter(|t| classes.contains(t)).collect();
        Self { targets: self.targets.iter().map(keep).collect(), how: self.how.clone() }
    }

    /// The same acceptance for labels that were mapped before training: a target accepts what any source class that
    /// trains as it accepts. `classes` is the number of target names.
    pub fn over_targets(&self, classes: usize) -> Self {
        let Self { mut targets, how } = Self::identity(classes);
        for row in self.targets.iter().filter(|row| !row.is_empty()) {
            let Some(merged) = targets.get_mut(row[0] as usize) else { continue };
            for &target in row {
                if !merged.contains(&target) {
                    merged.push(target);
                }
            }
        }
        Self { targets, how }
    }
}

pub(crate) fn parse_table(text: &str, path: &Path) -> Result<Table, LabelError> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).comment(Some(b'#')).from_reader(text.as_bytes());
    let mut table = Table::new();
    for (index, record) in reader.records().enumerate() {
        let row = index + 2;
        let record = record.map_err(|e| LabelError::bad_row(path, row, e.to_string()))?;
        let [source, targets] = [record.get(0), record.get(1)].map(|cell| cell.unwrap_or_default().to_owned());
        if record.len() != 2 || source.is_empty() {
            let message = format!("has {} columns; write `source,target|target`, or `source,` to unmap", record.len());
            return Err(LabelError::bad_row(path, row, message));
        }
        let targets = targets.split('|').map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned).collect();
        if table.insert(source.clone(), targets).is_some() {
            return Err(LabelError::bad_row(path, row, format!("`{source}` is mapped twice: join its targets with |")));
        }
    }
    Ok(table)
}

/// Targets whose name ends in the words of `name`, or that `name` ends in (in English the last word says what a thing
/// is: an office chair is a chair, a light switch is no light). The same name first, then the fewest words more or less.
fn whole_word_matches(name: &str, target: &Vocabulary) -> Vec<u16> {
    let words = |text: &str| -> Vec<String> {
        text.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_owned).collect()
    };
    let source = words(name);
    let mut matches: Vec<(usize, u16)> = target
        .names
        .iter()
        .enumerate()
        .filter_map(|(id, candidate)| {
            let candidate = words(candidate);
            let related = !source.is_empty()
                && !candidate.is_empty()
                && (candidate.ends_with(&source) || source.ends_with(&candidate));
            related.then_some((candidate.len().abs_diff(source.len()), u16::try_from(id).ok()?))
        })
        .collect();
    matches.sort_unstable();
    matches.into_iter().map(|(_, id)| id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::{ade20k, scannetpp_top100};

    fn names(map: &LabelMap, source: &str) -> Vec<String> {
        let id = ade20k().id(source).unwrap();
        map.accepts(id).iter().map(|&t| scannetpp_top100().name(t)).collect()
    }

    #[test]
    fn the_built_in_table_speaks_first() {
        let map = LabelMap::between(&ade20k(), &scannetpp_top100());
        assert_eq!(names(&map, "armchair"), ["sofa"]);
        assert_eq!(names(&map, "painting"), ["picture", "painting"]);
        assert!(names(&map, "tower").is_empty(), "an empty row means unmapped, not `computer tower`");
    }

    #[test]
    fn every_target_of_the_built_in_table_is_in_the_list() {
        let table = parse_table(vocabulary::ADE20K_TO_SCANNETPP, Path::new("built in")).unwrap();
        let (from, to) = (ade20k(), scannetpp_top100());
        for (source, targets) in &table {
            assert!(from.id(source).is_some(), "{source}");
            targets.iter().for_each(|t| assert!(to.id(t).is_some(), "{source} -> {t}"));
        }
        assert!(from.names.iter().all(|name| table.contains_key(name)));
    }

    #[test]
    fn where_the_table_is_silent_whole_words_are_compared() {
        let source = Vocabulary::from_lines("Chair\ngarden chair\nlight\npan cake\nzebra");
        let map = LabelMap::from_csv("a,b\n", Path::new("t.csv"), &source, &scannetpp_top100()).unwrap();
        let (chair, office) = (scannetpp_top100().id("chair"), scannetpp_top100().id("office chair"));
        assert_eq!(map.accepts(0), [chair.unwrap(), office.unwrap()]);
        assert_eq!(map.trains_as(1), chair);
        assert_eq!([2, 3, 4, 99].map(|id| map.trains_as(id)), [None; 4], "`light switch` is no light");
        assert_eq!([0, 2].map(|id| map.how(id)), [How::Words, How::Unmapped]);
    }

    #[test]
    fn bad_rows_name_file_and_row() {
        let v = ade20k();
        for (text, row) in [("s,t\nwall,wall\nwall,floor\n", "row 3"), ("s,t\nwall\n", "row 2"), ("s,t\n,x\n", "row 2")]
        {
            let error = LabelMap::from_csv(text, Path::new("map.csv"), &v, &v).unwrap_err().to_string();
            assert!(error.contains("map.csv") && error.contains(row), "{error}");
        }
    }

    #[test]
    fn acceptance_counts_the_truth_where_it_may() {
        let map = LabelMap::from_rows([(vec![5, 6], How::Table), (vec![], How::Unmapped)]);
        let image = |ids: &[u16]| LabelImage { width: ids.len() as u32, height: 1, ids: ids.to_vec() };
        let translated = map.apply_accepting(&image(&[0, 0, 0, 1]), &image(&[5, 6, 7, 5]));
        assert_eq!(translated.ids, [5, 6, 5, IGNORE_ID]);
        assert_eq!(map.apply(&image(&[0, 1, 9])).ids, [5, IGNORE_ID, IGNORE_ID]);
        assert_eq!(map.limited_to(&BTreeSet::from([6, 7])).accepts(0), [6]);
        let over = map.over_targets(8);
        assert_eq!((over.accepts(5), over.accepts(6)), (&[5u16, 6][..], &[6u16][..]));
        assert!(LabelMap::identity(3).is_identity() && !over.is_identity());
    }
}

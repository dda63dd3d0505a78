//! ScanNet++'s `map_benchmark.csv`: annotators' names to the names of the benchmark's class list.

use crate::LabelError;
use splat_core::Vocabulary;
use std::collections::HashMap;
use std::path::Path;

/// `class,count,semantic_map_to,instance_map_to`: an empty target keeps the name, `None` drops it, anything else renames it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BenchmarkMap {
    /// Only what is not kept; `None` = dropped.
    renamed: HashMap<String, Option<String>>,
}

impl BenchmarkMap {
    /// Reads the semantic column.
    ///
    /// # Errors
    /// If the file cannot be read, lacks the columns `class` and `semantic_map_to`, or has a row without them.
    pub fn load(path: &Path) -> Result<Self, LabelError> {
        let text = splat_io::read_text(path)?;
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(text.as_bytes());
        let head = reader.headers().map_err(|e| LabelError::bad_row(path, 1, e.to_string()))?.clone();
        let column = |name: &str| {
            let missing = || LabelError::bad_row(path, 1, format!("the column `{name}` is missing"));
            head.iter().position(|h| h == name).ok_or_else(missing)
        };
        let (class, target) = (column("class")?, column("semantic_map_to")?);
        let mut renamed = HashMap::new();
        for (index, record) in reader.records().enumerate() {
            let record = record.map_err(|e| LabelError::bad_row(path, index + 2, e.to_string()))?;
            let (Some(class), Some(target)) = (record.get(class), record.get(target)) else {
                let message = format!("has {} columns where the head has {}", record.len(), head.len());
                return Err(LabelError::bad_row(path, index + 2, message));
            };
            match target {
                "" => {}
                "None" => drop(renamed.insert(class.to_owned(), None)),
                other => drop(renamed.insert(class.to_owned(), Some(other.to_owned()))),
            }
        }
        Ok(Self { renamed })
    }

    /// What an annotator's name is called in the benchmark; `None` where the benchmark leaves it out.
    pub fn name<'a>(&'a self, label: &'a str) -> Option<&'a str> {
        match self.renamed.get(label) {
            None => Some(label),
            Some(target) => target.as_deref(),
        }
    }

    /// The map as it applies to a vocabulary: to the benchmark's own list as it stands; of any other list, such as the full
    /// one, names that are in it stay what they are.
    pub fn for_vocabulary(mut self, vocabulary: &Vocabulary, benchmark: &Vocabulary) -> Self {
        if vocabulary.names != benchmark.names {
            vocabulary.names.iter().for_each(|name| drop(self.renamed.remove(name)));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<BenchmarkMap, LabelError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("map_benchmark.csv");
        std::fs::write(&path, text).unwrap();
        BenchmarkMap::load(&path)
    }

    #[test]
    fn empty_keeps_none_drops_and_a_name_renames() {
        let text = "class,count,semantic_map_to,instance_map_to\nwall,9,,None\nREMOVE,1,None,None\n\"chair, office\",2,chair,\n";
        let map = load(text).unwrap();
        assert_eq!(
            ["wall", "REMOVE", "chair, office", "plant"].map(|l| map.name(l)),
            [Some("wall"), None, Some("chair"), Some("plant")]
        );
        let benchmark = Vocabulary::from_lines("wall\nchair");
        let full = Vocabulary::from_lines("wall\nchair\nchair, office");
        assert_eq!(map.clone().for_vocabulary(&benchmark, &benchmark), map);
        let kept = map.for_vocabulary(&full, &benchmark);
        assert_eq!((kept.name("chair, office"), kept.name("REMOVE")), (Some("chair, office"), None));
    }

    #[test]
    fn what_is_no_such_table_names_file_and_row() {
        for (text, row) in [("class,count\n", "row 1"), ("class,semantic_map_to\nwall,\nchair\n", "row 3")] {
            let error = load(text).unwrap_err().to_string();
            assert!(error.contains("map_benchmark.csv") && error.contains(row), "{error}");
        }
    }
}

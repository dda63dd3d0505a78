//! Class names by words: what a person types finds what a vocabulary calls it.

use bevy::prelude::*;
use splat_core::LabelSet;

/// Words that mean the same: a question for one finds classes named by the others.
#[derive(Resource, Clone, Debug, PartialEq, Eq)]
pub struct Synonyms(pub Vec<Vec<String>>);

impl Default for Synonyms {
    fn default() -> Self {
        let groups: [&[&str]; 16] = [
            &["sofa", "couch", "settee"],
            &["tv", "television", "television receiver"],
            &["monitor", "screen", "display"],
            &["trash can", "trash bin", "bin", "dustbin", "ashcan", "wastebasket"],
            &["fridge", "refrigerator"],
            &["cabinet", "cupboard"],
            &["wardrobe", "closet"],
            &["lamp", "light"],
            &["blinds", "window blind", "blind"],
            &["curtain", "drape"],
            &["shelf", "bookshelf", "bookcase", "rack"],
            &["rug", "carpet"],
            &["stove", "cooker", "cooktop"],
            &["tap", "faucet"],
            &["picture", "painting", "poster"],
            &["plant", "potted plant", "flowerpot"],
        ];
        Self(groups.map(|group| group.iter().map(|&word| word.to_owned()).collect()).to_vec())
    }
}

/// Columns named by `text`, then those named by what means the same; see [`columns_named`].
pub fn columns_meant(classes: &LabelSet, text: &str, synonyms: &Synonyms) -> Vec<u32> {
    let mut found = columns_named(classes, text);
    let is_same = |word: &String| words(word) == words(text);
    for other in synonyms.0.iter().filter(|group| group.iter().any(is_same)).flatten() {
        for column in columns_named(classes, other) {
            if !found.contains(&column) {
                found.push(column);
            }
        }
    }
    found
}

/// Columns whose name holds all words of `text`, case and punctuation aside. Whole names come first, then shorter before
/// longer names: `chair` finds `chair`, then `office chair`. No words find nothing.
pub fn columns_named(classes: &LabelSet, text: &str) -> Vec<u32> {
    let wanted = words(text);
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<(usize, u32)> = classes
        .classes
        .iter()
        .zip(0..)
        .filter_map(|(class, column)| {
            let name = words(&class.name);
            wanted.iter().all(|w| name.contains(w)).then_some((name.len(), column))
        })
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(_, column)| column).collect()
}

fn words(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    parts.map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use splat_core::ClassInfo;

    #[test]
    fn words_match_whole_and_without_case() {
        let class = |name: &str| ClassInfo { id: 0, name: name.to_owned(), colour: [0; 3], pixel_count: 0 };
        let names = ["office chair", "armchair", "Chair", "chair, folded", "table"];
        let classes = LabelSet { classes: names.map(class).to_vec() };
        assert_eq!(columns_named(&classes, "CHAIR"), [2, 0, 3]);
        assert_eq!(columns_named(&classes, "chair office"), [0]);
        assert_eq!(columns_named(&classes, "folded-chair"), [3]);
        let seats = LabelSet { classes: ["window", "sofa", "couch bed"].map(class).to_vec() };
        assert_eq!(columns_meant(&seats, "Couch", &Synonyms::default()), [2, 1]);
        assert_eq!(columns_meant(&seats, "window", &Synonyms::default()), [0]);
        assert!(columns_named(&classes, "  ").is_empty() && columns_named(&classes, "air").is_empty());
    }
}

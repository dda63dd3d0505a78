//! Class names by words: what a person types finds what a vocabulary calls it.

use splat_core::LabelSet;

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
        assert!(columns_named(&classes, "  ").is_empty() && columns_named(&classes, "air").is_empty());
    }
}

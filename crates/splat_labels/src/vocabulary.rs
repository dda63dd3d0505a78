//! The built-in class lists.

use splat_core::Vocabulary;

/// The 150 classes of ADE20K's scene-parsing benchmark, one per line.
pub const ADE20K: &str = include_str!("../../../assets/labels/ade20k.txt");
/// The 100 classes of ScanNet++'s semantic benchmark, one per line.
pub const SCANNETPP_TOP100: &str = include_str!("../../../assets/labels/scannetpp_top100.txt");
/// Which ScanNet++ classes an ADE20K class stands for: `source,target|target`.
pub const ADE20K_TO_SCANNETPP: &str = include_str!("../../../assets/labels/ade20k_to_scannetpp.csv");

/// The ADE20K-150 vocabulary.
pub fn ade20k() -> Vocabulary {
    Vocabulary::from_lines(ADE20K)
}

/// The ScanNet++ top-100 vocabulary.
pub fn scannetpp_top100() -> Vocabulary {
    Vocabulary::from_lines(SCANNETPP_TOP100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_lists_are_whole() {
        assert_eq!(ade20k().names.len(), 150);
        assert_eq!(scannetpp_top100().names.len(), 100);
        assert_eq!((ade20k().id("floor"), scannetpp_top100().id("floor")), (Some(3), Some(2)));
    }
}

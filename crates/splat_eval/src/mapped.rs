//! Scoring labels of one vocabulary against truth of another: a segmenter's classes against a scene's.
//!
//! Both know classes that the other lacks, and a source class may stand for several true ones. So only those classes
//! are scored that are in the truth *and* that some predicted class may stand for; a prediction counts as the true
//! class wherever the map accepts it, and is otherwise a false alarm of the first scored class that it stands for.

use crate::EvalError;
use crate::confusion::{Confusion, Segmentation, restricted_to};
use splat_core::LabelImage;
use splat_labels::LabelMap;
use std::collections::BTreeSet;

/// How predictions of another vocabulary are scored.
#[derive(Clone, Debug)]
pub struct MappedScoring {
    map: LabelMap,
    classes: BTreeSet<u16>,
}

impl MappedScoring {
    /// For predictions that may be any of `predicted` (source ids: all classes of a cloud, or all ids of a mask
    /// folder), and a truth that has the classes `truth` (target ids).
    pub fn new(map: &LabelMap, predicted: impl IntoIterator<Item = u16>, truth: impl IntoIterator<Item = u16>) -> Self {
        let reachable = map.targets_of(predicted);
        let classes: BTreeSet<u16> = truth.into_iter().filter(|id| reachable.contains(id)).collect();
        Self { map: map.limited_to(&classes), classes }
    }

    /// Classes that are scored, in target ids.
    pub fn classes(&self) -> &BTreeSet<u16> {
        &self.classes
    }

    /// The truth with only the scored classes labelled, and the prediction in target ids as it counts against it.
    ///
    /// # Errors
    /// If they differ in size.
    pub fn translate(
        &self,
        truth: &LabelImage,
        prediction: &LabelImage,
    ) -> Result<(LabelImage, LabelImage), EvalError> {
        EvalError::same_size((truth.width, truth.height), (prediction.width, prediction.height))?;
        let truth = restricted_to(truth, &self.classes);
        let prediction = self.map.apply_accepting(prediction, &truth);
        Ok((truth, prediction))
    }

    /// Adds one image to the scores and returns its own counts.
    ///
    /// # Errors
    /// If prediction and truth differ in size.
    pub fn add(
        &self,
        scores: &mut Segmentation,
        truth: &LabelImage,
        prediction: &LabelImage,
    ) -> Result<Confusion, EvalError> {
        let (truth, prediction) = self.translate(truth, prediction)?;
        scores.add(&truth, &prediction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use splat_core::{IGNORE_ID, Vocabulary};
    use std::path::Path;

    #[test]
    fn only_common_classes_are_scored_and_any_accepted_one_is_right() {
        let source = Vocabulary::from_lines("seat\nlamp\nsky");
        let target = Vocabulary::from_lines("stool\nchair\nbench\nlamp\nrug");
        let map = LabelMap::from_csv("s,t\nseat,stool|chair|bench\n", Path::new("t"), &source, &target).unwrap();
        // The truth has chair, bench and rug; the cloud knows seat and sky. Scored: chair and bench.
        let scoring = MappedScoring::new(&map, [0, 2], [1, 2, 4]);
        assert_eq!(*scoring.classes(), BTreeSet::from([1, 2]));
        let image = |ids: &[u16]| LabelImage { width: ids.len() as u32, height: 1, ids: ids.to_vec() };
        let (truth, said) = scoring.translate(&image(&[1, 2, 4, 2, 1]), &image(&[0, 0, 0, 2, IGNORE_ID])).unwrap();
        assert_eq!(truth.ids, [1, 2, IGNORE_ID, 2, 1]);
        assert_eq!(said.ids, [1, 2, 1, IGNORE_ID, IGNORE_ID]);
        let mut scores = Segmentation::default();
        assert!(scoring.add(&mut scores, &image(&[1]), &image(&[0, 0])).is_err());
        scoring.add(&mut scores, &image(&[1, 1]), &image(&[0, 1])).unwrap();
        assert_eq!(scores.accuracy(), Some(0.5));
    }
}

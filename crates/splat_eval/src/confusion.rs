//! How well predicted labels fit true ones.
//!
//! Pixels without a true label are left out. A labelled pixel without a prediction is a miss: it counts against the
//! IoU of its class and against the accuracy, but is no false alarm of any class.

use crate::{BoundaryCounts, EvalError};
use serde::{Deserialize, Serialize};
use splat_core::{IGNORE_ID, LabelImage};
use std::collections::{BTreeMap, BTreeSet};

/// Pixels counted by true and predicted vocabulary id. Only pairs that occur are held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Confusion {
    /// (true id, predicted id) to pixels; the true id is never [`IGNORE_ID`], the predicted one may be.
    pub pairs: BTreeMap<(u16, u16), u64>,
}

/// How one class fared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassTally {
    /// Vocabulary id.
    pub id: u16,
    /// Pixels that are of this class.
    pub truth_pixels: u64,
    /// Labelled pixels that were said to be.
    pub predicted_pixels: u64,
    /// Pixels that are and were said to be.
    pub correct_pixels: u64,
}

impl ClassTally {
    /// Intersection over union, 0..1; 0 for a class that is neither predicted nor there.
    pub fn iou(&self) -> f64 {
        let union = self.truth_pixels + self.predicted_pixels - self.correct_pixels;
        self.correct_pixels as f64 / union.max(1) as f64
    }
}

impl Confusion {
    /// Compares one image with its truth.
    ///
    /// # Errors
    /// If they differ in size.
    pub fn of(truth: &LabelImage, prediction: &LabelImage) -> Result<Self, EvalError> {
        EvalError::same_size((truth.width, truth.height), (prediction.width, prediction.height))?;
        let mut confusion = Self::default();
        // Neighbours mostly agree: runs are counted before they are entered.
        let (mut run, mut length) = ((IGNORE_ID, IGNORE_ID), 0);
        for pair in truth.ids.iter().copied().zip(prediction.ids.iter().copied()) {
            if pair != run {
                confusion.count(run, length);
                (run, length) = (pair, 0);
            }
            length += 1;
        }
        confusion.count(run, length);
        Ok(confusion)
    }

    fn count(&mut self, pair: (u16, u16), pixels: u64) {
        if pair.0 != IGNORE_ID && pixels > 0 {
            *self.pairs.entry(pair).or_default() += pixels;
        }
    }

    /// Adds another image's counts.
    pub fn merge(&mut self, other: &Self) {
        other.pairs.iter().for_each(|(&pair, &pixels)| self.count(pair, pixels));
    }

    /// Labelled pixels.
    pub fn labelled(&self) -> u64 {
        self.pairs.values().sum()
    }

    /// Tallies of all classes that are in the truth or in the prediction, by id.
    pub fn classes(&self) -> Vec<ClassTally> {
        let mut tallies: BTreeMap<u16, ClassTally> = BTreeMap::new();
        for (&(truth, prediction), &pixels) in &self.pairs {
            tallies.entry(truth).or_default().truth_pixels += pixels;
            if prediction != IGNORE_ID {
                tallies.entry(prediction).or_default().predicted_pixels += pixels;
            }
            if truth == prediction {
                tallies.entry(truth).or_default().correct_pixels += pixels;
            }
        }
        tallies.into_iter().map(|(id, tally)| ClassTally { id, ..tally }).collect()
    }

    /// Share of labelled pixels whose class is right; `None` without labelled pixels.
    pub fn accuracy(&self) -> Option<f64> {
        let correct: u64 = self.pairs.iter().filter(|((t, p), _)| t == p).map(|(_, n)| n).sum();
        let labelled = self.labelled();
        (labelled > 0).then(|| correct as f64 / labelled as f64)
    }

    /// Protocol `dataset`, for the sum of all images: mean IoU over the classes of the truth. `None` without any.
    pub fn miou_dataset(&self) -> Option<f64> {
        mean(self.classes().iter().filter(|c| c.truth_pixels > 0).map(ClassTally::iou))
    }

    /// Protocol `paper`, for one image: mean IoU over the classes in the truth or in the prediction.
    pub fn miou_image(&self) -> Option<f64> {
        mean(self.classes().iter().map(ClassTally::iou))
    }

    /// What a class is taken for most often, and in which share of its pixels; `None` where it is always right.
    /// The id is [`IGNORE_ID`] where it mostly gets no label at all.
    pub fn most_confused(&self, id: u16) -> Option<(u16, f64)> {
        let row = || self.pairs.range((id, 0)..=(id, u16::MAX));
        let all: u64 = row().map(|(_, n)| n).sum();
        let worst = row().filter(|((t, p), _)| t != p).max_by_key(|(_, n)| **n);
        worst.map(|(&(_, p), &n)| (p, n as f64 / all as f64))
    }
}

/// Scores of a set of images under both protocols.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Segmentation {
    /// All images together.
    pub total: Confusion,
    /// One per image that has labelled pixels, in the order they were added.
    pub images: Vec<Confusion>,
    /// What lies near outlines, all images together.
    pub boundary: BoundaryCounts,
}

impl Segmentation {
    /// Adds an image and returns its own counts.
    ///
    /// # Errors
    /// If prediction and truth differ in size.
    pub fn add(&mut self, truth: &LabelImage, prediction: &LabelImage) -> Result<Confusion, EvalError> {
        let confusion = Confusion::of(truth, prediction)?;
        self.boundary.add(truth, prediction)?;
        self.total.merge(&confusion);
        if confusion.labelled() > 0 {
            self.images.push(confusion.clone());
        }
        Ok(confusion)
    }

    /// Mean IoU over ground-truth classes, one confusion matrix over all pixels.
    pub fn miou_dataset(&self) -> Option<f64> {
        self.total.miou_dataset()
    }

    /// Share of all labelled pixels that are right.
    pub fn accuracy(&self) -> Option<f64> {
        self.total.accuracy()
    }

    /// Mean over images of the image's own mean IoU.
    pub fn miou_image(&self) -> Option<f64> {
        mean(self.images.iter().filter_map(Confusion::miou_image))
    }

    /// Mean over images of the image's own accuracy.
    pub fn accuracy_image(&self) -> Option<f64> {
        mean(self.images.iter().filter_map(Confusion::accuracy))
    }
}

/// The truth with only these classes labelled. Pseudo labels know fewer classes than a scene has: they are scored on
/// those that both know.
pub fn restricted_to(truth: &LabelImage, classes: &BTreeSet<u16>) -> LabelImage {
    let ids = truth.ids.iter().map(|id| if classes.contains(id) { *id } else { IGNORE_ID }).collect();
    LabelImage { ids, ..*truth }
}

/// Mean of what there is; `None` of nothing.
pub fn mean(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (sum, n) = values.into_iter().fold((0.0, 0u64), |(sum, n), v| (sum + v, n + 1));
    (n > 0).then(|| sum / n as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(ids: &[u16]) -> LabelImage {
        LabelImage { width: ids.len() as u32, height: 1, ids: ids.to_vec() }
    }

    #[test]
    fn two_by_two_by_hand() {
        // Truth 0 0 0 1 1, said 0 0 1 1 1: IoU(0) = 2/3, IoU(1) = 2/3, accuracy 4/5.
        let confusion = Confusion::of(&image(&[0, 0, 0, 1, 1]), &image(&[0, 0, 1, 1, 1])).unwrap();
        assert_eq!(confusion.pairs, BTreeMap::from([((0, 0), 2), ((0, 1), 1), ((1, 1), 2)]));
        assert!((confusion.miou_dataset().unwrap() - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(confusion.accuracy(), Some(0.8));
        assert_eq!(confusion.most_confused(0), Some((1, 1.0 / 3.0)));
        assert_eq!(confusion.most_confused(1), None);
    }

    #[test]
    fn protocols_differ_where_a_class_is_only_predicted() {
        // Class 9 is a false alarm: the paper's protocol scores it 0, the data set's leaves it out of the mean.
        let confusion = Confusion::of(&image(&[1, 1, 2, 2]), &image(&[1, 9, 2, 2])).unwrap();
        assert_eq!(confusion.miou_dataset(), Some(0.75)); // (1/2 + 1) / 2
        assert_eq!(confusion.miou_image(), Some(0.5)); // (1/2 + 1 + 0) / 3
    }

    #[test]
    fn protocols_differ_over_images() {
        let mut scores = Segmentation::default();
        scores.add(&image(&[1, 1, 1, 1]), &image(&[1, 1, 1, 2])).unwrap(); // IoU(1) 3/4, IoU(2) 0
        scores.add(&image(&[2, 2, IGNORE_ID, IGNORE_ID]), &image(&[2, 2, 1, 2])).unwrap(); // IoU(2) 1
        scores.add(&image(&[IGNORE_ID; 4]), &image(&[1; 4])).unwrap(); // nothing to score
        assert_eq!(scores.images.len(), 2);
        assert_eq!(scores.miou_image(), Some((0.375 + 1.0) / 2.0));
        assert_eq!(scores.accuracy_image(), Some((0.75 + 1.0) / 2.0));
        assert_eq!(scores.miou_dataset(), Some((0.75 + 2.0 / 3.0) / 2.0));
        assert_eq!(scores.accuracy(), Some(5.0 / 6.0));
    }

    #[test]
    fn no_prediction_is_a_miss_and_no_class() {
        let confusion = Confusion::of(&image(&[1, 1]), &image(&[1, IGNORE_ID])).unwrap();
        assert_eq!((confusion.miou_dataset(), confusion.accuracy()), (Some(0.5), Some(0.5)));
        assert_eq!((confusion.miou_image(), confusion.classes().len()), (Some(0.5), 1));
        assert_eq!(confusion.most_confused(1), Some((IGNORE_ID, 0.5)));
    }

    #[test]
    fn nothing_labelled_has_no_score_and_sizes_must_agree() {
        let confusion = Confusion::of(&image(&[IGNORE_ID]), &image(&[3])).unwrap();
        assert_eq!((confusion.miou_dataset(), confusion.miou_image(), confusion.accuracy()), (None, None, None));
        assert!(Confusion::of(&image(&[1]), &image(&[1, 2])).is_err());
        assert_eq!(restricted_to(&image(&[1, 2]), &BTreeSet::from([2])).ids, [IGNORE_ID, 2]);
    }
}

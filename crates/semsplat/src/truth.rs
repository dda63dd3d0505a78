//! What an evaluation compares with: true labels of the held-out views, and how a cloud's classes are scored against them
//! where the two speak of different ones.

use crate::error::CliError;
use splat_core::{Capture, IGNORE_ID, LabelImage, LabelSet, View, Vocabulary};
use splat_eval::{Confusion, MappedScoring, Segmentation};
use splat_labels::{LabelMap, LabelRequest, LabelSource, Labelling, MapReport, gather, palette};
use splat_train::RunSettings;
use std::collections::BTreeSet;

/// True labels and how they are scored against.
pub struct Truth {
    /// Where they came from.
    pub source: LabelSource,
    /// Ids, names and images; no image at all without labels.
    pub labelling: Labelling,
    /// `None`: ids are compared as they are.
    pub mapping: Option<MappedScoring>,
}

/// A view as it was scored.
pub struct Scored {
    /// Its own counts.
    pub counts: Confusion,
    /// True labels, as far as they are scored.
    pub truth: LabelImage,
    /// The prediction, in ids of the truth.
    pub prediction: LabelImage,
}

impl Truth {
    /// Labels of `views`: from `source` if given, else from the mesh where there is one, else from where the training had
    /// them. A run's own class list goes for the truth as well.
    pub fn gather(
        capture: &Capture,
        source: Option<LabelSource>,
        run: &RunSettings,
        mapped: Option<&MapReport>,
        classes: &LabelSet,
        views: &[&View],
    ) -> Result<Self, CliError> {
        let trained_on: LabelSource = run.labels.parse().unwrap_or(LabelSource::None);
        let source = source.unwrap_or_else(|| match LabelSource::default_for(capture) {
            LabelSource::None => trained_on.clone(),
            mesh => mesh,
        });
        let map = run.label_map().filter(|_| source == trained_on);
        let request = LabelRequest { source: &source, vocabulary: run.vocabulary.as_deref(), map: map.as_ref() };
        let labelling = gather(capture, &request, views)?;
        let mut truth = Self { source, labelling, mapping: None };
        if truth.source != trained_on
            && let Some(map) = acceptance(mapped, classes, &truth.labelling.vocabulary)
        {
            truth.map_predictions(&map, classes.classes.iter().map(|c| c.id));
        }
        Ok(truth)
    }

    /// Predictions may be any of `predicted`, and stand for what the map says: scored is what both sides know.
    pub fn map_predictions(&mut self, map: &LabelMap, predicted: impl IntoIterator<Item = u16>) {
        self.mapping = Some(MappedScoring::new(map, predicted, self.labelling.histogram().into_keys()));
    }

    /// Adds a view to the scores; returns what was scored. `None` where the view has no true labels.
    pub fn score(
        &self,
        view: usize,
        prediction: &LabelImage,
        scores: &mut Segmentation,
    ) -> Result<Option<Scored>, CliError> {
        let Some(truth) = &self.labelling.images[view] else { return Ok(None) };
        self.score_against(truth, prediction, scores).map(Some)
    }

    /// The same for true labels of anything, by the same rules.
    pub fn score_against(
        &self,
        truth: &LabelImage,
        prediction: &LabelImage,
        scores: &mut Segmentation,
    ) -> Result<Scored, CliError> {
        let (truth, prediction) = match &self.mapping {
            None => (truth.clone(), prediction.clone()),
            Some(mapping) => mapping.translate(truth, prediction)?,
        };
        Ok(Scored { counts: scores.add(&truth, &prediction)?, truth, prediction })
    }

    /// Names of the ids that are scored.
    pub fn vocabulary(&self, classes: &LabelSet) -> Vocabulary {
        if self.labelling.vocabulary.names.is_empty() {
            sparse_vocabulary(classes)
        } else {
            self.labelling.vocabulary.clone()
        }
    }

    /// Every class of the truth and, where ids mean the same, of the cloud: for legends and pictures.
    pub fn shown_classes(&self, cloud: &LabelSet) -> LabelSet {
        let vocabulary = self.vocabulary(cloud);
        let mut counts = self.labelling.histogram();
        if self.mapping.is_none() {
            cloud.classes.iter().for_each(|c| *counts.entry(c.id).or_insert(0) += 0);
        }
        LabelSet::from_histogram(&counts, &vocabulary, |id| palette::class_colour(id, &vocabulary.name(id)))
    }

    /// What is worth knowing about the scoring.
    pub fn notes(&self) -> Option<String> {
        let mapping = self.mapping.as_ref()?;
        Some(format!(
            "the cloud was trained on other classes than the true labels have: scored through a label map on the {} classes \
             that both know",
            mapping.classes().len()
        ))
    }
}

/// Which true classes a class of the cloud stands for; `None` where ids mean the same on both sides.
fn acceptance(mapped: Option<&MapReport>, classes: &LabelSet, truth: &Vocabulary) -> Option<LabelMap> {
    let is_same = |c: &splat_core::ClassInfo| truth.names.is_empty() || c.name == truth.name(c.id);
    if !classes.classes.iter().all(is_same) {
        return Some(LabelMap::between(&sparse_vocabulary(classes), truth));
    }
    // What labels that were mapped before training may stand for is still wider than the one class that they were trained as.
    mapped.map(MapReport::acceptance)
}

/// The names that a cloud's classes carry, at their ids; no names at all where they are made up (`class 7`).
pub fn sparse_vocabulary(classes: &LabelSet) -> Vocabulary {
    let named: BTreeSet<u16> =
        classes.classes.iter().filter(|c| c.name != format!("class {}", c.id)).map(|c| c.id).collect();
    let Some(&last) = named.last().filter(|id| **id != IGNORE_ID) else { return Vocabulary::default() };
    let mut names = vec![String::new(); last as usize + 1];
    for class in classes.classes.iter().filter(|c| named.contains(&c.id)) {
        names[class.id as usize] = class.name.clone();
    }
    Vocabulary { names }
}

#[cfg(test)]
mod tests {
    use super::*;
    use splat_core::ClassInfo;

    #[test]
    fn made_up_names_are_no_vocabulary() {
        let class = |id, name: &str| ClassInfo { id, name: name.into(), colour: [0; 3], pixel_count: 0 };
        let made_up = LabelSet { classes: vec![class(3, "class 3")] };
        assert!(sparse_vocabulary(&made_up).names.is_empty());
        let real = LabelSet { classes: vec![class(1, "chair"), class(3, "class 3")] };
        assert_eq!(sparse_vocabulary(&real).names, ["", "chair"]);
    }
}

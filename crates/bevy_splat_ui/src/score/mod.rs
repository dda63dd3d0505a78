//! How right the rendered classes are, while a training goes on: views whose labels are known are rendered small, one now and
//! then, by a camera of their own; the answers come frames later and nothing waits for them.
//!
//! * `truth`: the labels of views that are not trained on
//! * `turns`: whose turn it is, the camera, the comparison

mod truth;
mod turns;

use bevy::prelude::*;
use bevy_splat_train::Curve;
use splat_eval::Confusion;
use std::collections::BTreeMap;

pub use turns::{ScoringCamera, ScoringPace};

/// Beside a [`SceneCapture`](crate::SceneCapture) whose labels are known: how the cloud's classes fare against them.
#[derive(Component, Clone, Debug, Default)]
pub struct SceneScore {
    /// Views that are compared.
    pub views: usize,
    /// What they are: held-out views, or training views where none is held out.
    pub of: &'static str,
    /// Mean IoU over the classes of the truth, as far as views have had their turn, 0..=1.
    pub miou: Option<f64>,
    /// Share of labelled pixels whose class is right, 0..=1.
    pub accuracy: Option<f64>,
    /// IoU by vocabulary id, for classes that are in the truth.
    pub iou: BTreeMap<u16, f64>,
    /// Mean IoU over the iterations, once for every round through the views.
    pub curve: Curve,
}

impl SceneScore {
    /// Takes in what the views have come to.
    fn set(&mut self, views: &[Option<Confusion>]) {
        let mut total = Confusion::default();
        views.iter().flatten().for_each(|view| total.merge(view));
        (self.miou, self.accuracy) = (total.miou_dataset(), total.accuracy());
        let known = total.classes().into_iter().filter(|class| class.truth_pixels > 0);
        self.iou = known.map(|class| (class.id, class.iou())).collect();
    }
}

/// Scores every scene whose labels are known; [`SplatUiPlugin`](crate::SplatUiPlugin) brings it along.
#[derive(Default)]
pub struct ScoringPlugin;

impl Plugin for ScoringPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<ScoringPace>()
            .init_resource::<turns::Turn>()
            .add_systems(Update, (truth::start, truth::finish, turns::suit_the_gpu, turns::turn).chain());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use splat_core::LabelImage;

    #[test]
    fn scores_are_of_all_views_that_had_their_turn() {
        let image = |ids: [u16; 4]| LabelImage { width: 4, height: 1, ids: ids.to_vec() };
        let mut score = SceneScore::default();
        score.set(&[None, None]);
        assert_eq!((score.miou, score.iou.len()), (None, 0));
        let first = Confusion::of(&image([3, 3, 7, 65535]), &image([3, 3, 3, 3])).unwrap();
        score.set(&[Some(first.clone()), None]);
        assert_eq!((score.miou, score.accuracy), (Some(1.0 / 3.0), Some(2.0 / 3.0)));
        let second = Confusion::of(&image([7, 7, 7, 7]), &image([7, 7, 7, 9])).unwrap();
        score.set(&[Some(first), Some(second)]);
        assert_eq!(score.iou, BTreeMap::from([(3, 2.0 / 3.0), (7, 3.0 / 5.0)]), "9 is not in the truth");
    }
}

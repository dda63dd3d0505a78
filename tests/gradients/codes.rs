//! Codes and their classifier (objective `grouping`) by central differences.

use crate::{CLASSES, FLOOR, TOLERANCE, difference, scene};
use splat_core::Objective;
use splat_core::settings::RobustLoss;
use splat_reference::fixture::{self, Dice};
use splat_reference::grouping::{self, Classifier, neighbour_loss};
use splat_reference::{Column, LossWeights, Rows};

fn classifier(seed: u64, classes: usize) -> Classifier {
    let mut dice = Dice::new(seed);
    let weights = (0..classes).map(|_| (0..splat_core::CODE_CHANNELS).map(|_| dice.normal()).collect()).collect();
    Classifier { weights, bias: (0..classes).map(|_| dice.normal()).collect() }
}

/// Compares the gradient by every weight and bias with central differences.
fn check_classifier(of: &Classifier, gradient: &Classifier, value: impl Fn(&Classifier) -> f64) {
    let close = |got: f64, want: f64, what: &str| assert!((got - want).abs() < 1e-9, "{what}: {got:e} {want:e}");
    for class in 0..of.bias.len() {
        let moved = |change: &dyn Fn(&mut Classifier)| {
            let mut moved = of.clone();
            change(&mut moved);
            value(&moved)
        };
        let by_bias = difference(|step| moved(&|c: &mut Classifier| c.bias[class] += step));
        close(by_bias, gradient.bias[class], "bias");
        for i in 0..of.weights[class].len() {
            let by_weight = difference(|step| moved(&|c: &mut Classifier| c.weights[class][i] += step));
            close(by_weight, gradient.weights[class][i], "weight");
        }
    }
}

#[test]
fn codes_reach_every_kind_and_the_classifier() {
    for (seed, robust) in [(100, RobustLoss::CrossEntropy), (101, RobustLoss::Generalised { q: 0.7 })] {
        let mut scene = scene(seed, false);
        scene.settings.objective = Objective::Grouping;
        let labels = scene.target.labels.clone();
        scene.rows = fixture::rows(seed, 12, 3, splat_core::CODE_CHANNELS);
        scene.target = fixture::target(seed, &scene.rows, &scene.camera, &scene.settings);
        scene.target.labels = labels;
        let classifier = classifier(seed, 5);
        let weights = LossWeights { robust, semantic: 20.0, ..CLASSES };
        let step = |rows: &Rows, classifier: &Classifier| {
            grouping::loss_and_gradients(rows, classifier, &scene.camera, &scene.target, &weights, &scene.settings)
        };
        let whole = step(&scene.rows, &classifier);
        check_classifier(&classifier, &whole.d_classifier, |c| step(&scene.rows, c).terms.total);
        let floor = FLOOR * whole.terms.total;
        for column in [Column::Logits, Column::Mean, Column::Opacity, Column::LogScale] {
            for i in 0..whole.d_rows[column].len().min(40) {
                let gradient = whole.d_rows[column][i];
                let difference = difference(|step_size| {
                    let mut rows = scene.rows.clone();
                    rows[column][i] += step_size;
                    step(&rows, &classifier).terms.total
                });
                let error = (difference - gradient).abs();
                assert!(error <= TOLERANCE * gradient.abs() + floor, "{column:?} {i}: {gradient:e} {difference:e}");
            }
        }
    }
}

#[test]
fn neighbours_of_codes_by_central_differences() {
    let rows = fixture::rows(85, 9, 0, splat_core::CODE_CHANNELS);
    let classifier = classifier(86, 6);
    let pairs = [(3, vec![1, 2, 4, 5, 8]), (0, vec![3, 7]), (6, vec![3, 2, 1])];
    let value = |rows: &Rows, classifier: &Classifier| {
        neighbour_loss(rows, classifier, &pairs, 0.0, &mut rows.zeros_like(), &mut classifier.zeros_like())
    };
    let (mut d_rows, mut d_classifier) = (rows.zeros_like(), classifier.zeros_like());
    neighbour_loss(&rows, &classifier, &pairs, 1.0, &mut d_rows, &mut d_classifier);
    check_classifier(&classifier, &d_classifier, |c| value(&rows, c));
    for i in 0..rows[Column::Logits].len() {
        let difference = difference(|step| {
            let mut moved = rows.clone();
            moved[Column::Logits][i] += step;
            value(&moved, &classifier)
        });
        assert!((difference - d_rows[Column::Logits][i]).abs() < 1e-9, "place {i}");
    }
}

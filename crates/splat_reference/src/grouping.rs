//! Gaussian Grouping: rows hold codes where others hold class logits (the column `Logits`, 16 wide), and one classifier finds
//! classes in blended codes.

use crate::backward::{pixels_to_splats, splats_to_rows};
use crate::camera::Pinhole;
use crate::forward::Frame;
use crate::loss::{LossTerms, LossWeights, PixelGradients, Target, loss, softmax};
use crate::neighbours::NEIGHBOURS;
use crate::rows::{Column, Rows};
use crate::rules::RenderSettings;
use crate::step::render_stages;
use splat_core::Camera;

/// Class logits z = W s + b of a code s; also gradients by W and b.
#[derive(Clone, Debug, PartialEq)]
pub struct Classifier {
    /// `[C]` rows of W.
    pub weights: Vec<Vec<f64>>,
    /// `[C]` b.
    pub bias: Vec<f64>,
}

impl Classifier {
    /// Zeros of the same shape.
    pub fn zeros_like(&self) -> Self {
        let weights = self.weights.iter().map(|w| vec![0.0; w.len()]).collect();
        Self { weights, bias: vec![0.0; self.bias.len()] }
    }

    /// `[C]` class logits of a code.
    pub fn logits(&self, code: &[f64]) -> Vec<f64> {
        let dot = |w: &Vec<f64>| w.iter().zip(code).map(|(w, s)| w * s).sum::<f64>();
        self.weights.iter().zip(&self.bias).map(|(w, b)| dot(w) + b).collect()
    }

    /// dL/ds = W^T dL/dz, added to `d_code`; adds dL/dW = dL/dz s^T and dL/db = dL/dz to `d_classifier`.
    fn backward(&self, code: &[f64], d_logits: &[f64], d_code: &mut [f64], d_classifier: &mut Classifier) {
        for (class, &d) in d_logits.iter().enumerate() {
            d_classifier.bias[class] += d;
            for (i, &s) in code.iter().enumerate() {
                d_code[i] += d * self.weights[class][i];
                d_classifier.weights[class][i] += d * s;
            }
        }
    }
}

/// What a step computes.
#[derive(Clone, Debug)]
pub struct CodeStep {
    /// The image; its payload is `[H, W, 16]` blended codes.
    pub frame: Frame,
    /// The loss; `cross_entropy` is already over ln C.
    pub terms: LossTerms,
    /// Gradients by row.
    pub d_rows: Rows,
    /// Gradients by the classifier.
    pub d_classifier: Classifier,
}

/// The classes' loss of blended codes over ln C: the weighted mean over labelled valid pixels, and its gradients times
/// lambda_sem by the blend and by the classifier.
pub fn code_loss(
    frame: &Frame,
    classifier: &Classifier,
    target: &Target,
    weights: &LossWeights,
) -> (f64, Vec<f64>, Classifier) {
    let (width, classes) = (frame.class_count, classifier.bias.len());
    let mut d_payload = vec![0.0; frame.payload.len()];
    let mut d_classifier = classifier.zeros_like();
    let label = |pixel: usize| target.labels[pixel].filter(|&l| l < classes && target.valid[pixel]);
    let labelled: Vec<(usize, usize)> =
        (0..target.labels.len()).filter_map(|pixel| Some((pixel, label(pixel)?))).collect();
    let all: f64 = labelled.iter().map(|&(pixel, _)| target.label_weights[pixel]).sum();
    let scale = 1.0 / (if all > 0.0 { all } else { 1.0 } * (classes.max(2) as f64).ln());
    let mut total = 0.0;
    for (pixel, label) in labelled {
        let (code, share) = (frame.pixel_payload(pixel), scale * target.label_weights[pixel]);
        let shares = softmax(&classifier.logits(code));
        let p = shares[label];
        total += share * weights.robust.value(p);
        let truth = |class: usize| if class == label { 1.0 } else { 0.0 };
        let factor = weights.semantic * share * weights.robust.pull(p);
        let d_logits: Vec<f64> = shares.iter().enumerate().map(|(class, p)| factor * (p - truth(class))).collect();
        let d_code = &mut d_payload[pixel * width..(pixel + 1) * width];
        classifier.backward(code, &d_logits, d_code, &mut d_classifier);
    }
    (total, d_payload, d_classifier)
}

/// Renders a view of coded rows, compares it with its target and carries the gradient back. `settings` must not normalise.
pub fn loss_and_gradients(
    rows: &Rows,
    classifier: &Classifier,
    camera: &Camera,
    target: &Target,
    weights: &LossWeights,
    settings: &RenderSettings,
) -> CodeStep {
    let rendered = render_stages(rows, camera, settings);
    let colour = Target { labels: vec![None; target.labels.len()], ..target.clone() };
    let (mut terms, d_pixels) = loss(&rendered.frame, &colour, weights, settings);
    let (cross_entropy, payload, d_classifier) = code_loss(&rendered.frame, classifier, target, weights);
    terms.cross_entropy = cross_entropy;
    terms.total += weights.semantic * cross_entropy;
    let d_pixels = PixelGradients { payload, ..d_pixels };
    let mut d_rows = rows.zeros_like();
    let d_splats = pixels_to_splats(rows, &rendered, &d_pixels, weights.geometry_gate, settings, &mut d_rows);
    splats_to_rows(rows, &Pinhole::new(camera), &rendered.splats, &d_splats, settings, &mut d_rows);
    CodeStep { frame: rendered.frame, terms, d_rows, d_classifier }
}

/// The 3D loss: (1 / (samples x NEIGHBOURS x C)) sum KL(softmax(z_i) || softmax(z_j)) over the pairs of samples and their
/// neighbours; adds its gradients times `weight`. Positions have no part in it. The published code counts a sample as the first
/// of its own neighbours; here all five are others.
pub fn neighbour_loss(
    rows: &Rows,
    classifier: &Classifier,
    pairs: &[(u32, Vec<u32>)],
    weight: f64,
    d_rows: &mut Rows,
    d_classifier: &mut Classifier,
) -> f64 {
    let share = 1.0 / (pairs.len().max(1) * NEIGHBOURS * classifier.bias.len()) as f64;
    let code = |row: u32| rows.row(Column::Logits, row as usize);
    let log = |p: f64| p.max(f64::MIN_POSITIVE).ln();
    let mut total = 0.0;
    for (row, others) in pairs {
        let p = softmax(&classifier.logits(code(*row)));
        for other in others {
            let q = softmax(&classifier.logits(code(*other)));
            let kl: f64 = p.iter().zip(&q).map(|(&p, &q)| p * (log(p) - log(q))).sum();
            total += share * kl;
            let d_own: Vec<f64> =
                p.iter().zip(&q).map(|(&p, &q)| weight * share * p * (log(p) - log(q) - kl)).collect();
            let d_other: Vec<f64> = p.iter().zip(&q).map(|(&p, &q)| weight * share * (q - p)).collect();
            for (row, d) in [(*row, d_own), (*other, d_other)] {
                classifier.backward(code(row), &d, d_rows.row_mut(Column::Logits, row as usize), d_classifier);
            }
        }
    }
    total
}

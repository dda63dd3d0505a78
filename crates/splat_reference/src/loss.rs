//! Stage Loss: L = (1 - w) L1 + w (1 - SSIM) + lambda_sem CE + lambda_H mean H, with the gradients by pixel and by row.

use crate::exposure::Exposure;
use crate::forward::Frame;
use crate::rows::{Column, Rows};
use crate::rules::{MIN_WEIGHT, RenderSettings};
use crate::ssim::ssim;
use glam::DVec3;
use splat_core::settings::{RobustLoss, SelfTrainingSettings};
use splat_core::{Objective, TrainSettings};

/// What a view should look like.
#[derive(Clone, Debug)]
pub struct Target {
    /// `[H, W]` photograph over black, 0..1.
    pub photo: Vec<DVec3>,
    /// `[H, W]` how opaque it is, 0..1: the rest shows the background.
    pub alpha: Vec<f64>,
    /// `[H, W]` false where the photograph is masked out: the render is replaced by the photograph there.
    pub valid: Vec<bool>,
    /// `[H, W]` class columns, `None` where there is no label.
    pub labels: Vec<Option<usize>>,
    /// `[H, W]` what a label counts, 0..1.
    pub label_weights: Vec<f64>,
    /// What the photograph's exposure makes of rendered colours before they are compared.
    pub exposure: Exposure,
}

/// Weights of the loss's terms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LossWeights {
    /// Share w of the SSIM term.
    pub ssim: f64,
    /// lambda_sem of the cross-entropy.
    pub semantic: f64,
    /// kappa, 0..1: how much of the semantic gradient reaches geometry through alpha.
    pub geometry_gate: f64,
    /// lambda_H of the mean entropy, after warm-up.
    pub entropy: f64,
    /// Form of the classes' loss.
    pub robust: RobustLoss,
    /// The semantic part counts in the densification statistic.
    pub semantic_statistic: bool,
}

impl Default for LossWeights {
    /// The published ones.
    fn default() -> Self {
        Self::at(&TrainSettings::default(), 1)
    }
}

impl LossWeights {
    /// The weights of a training run at a step.
    pub fn at(settings: &TrainSettings, iteration: u32) -> Self {
        let loss = &settings.loss;
        Self {
            ssim: loss.ssim.into(),
            semantic: loss.semantic.into(),
            geometry_gate: loss.geometry_gate.into(),
            entropy: settings.entropy_weight(iteration).into(),
            robust: loss.robust,
            semantic_statistic: settings.densify.semantic_statistic,
        }
    }
}

/// The terms of the loss, unweighted, and their weighted sum.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LossTerms {
    /// Mean absolute difference over pixels and channels.
    pub l1: f64,
    /// Mean SSIM.
    pub ssim: f64,
    /// Weighted mean of the classes' loss over labelled valid pixels.
    pub cross_entropy: f64,
    /// Mean entropy of the rows' class distributions.
    pub entropy: f64,
    /// The weighted sum.
    pub total: f64,
}

/// Gradients of the weighted loss by what the forward stage wrote.
#[derive(Clone, Debug)]
pub struct PixelGradients {
    /// `[H, W]` by the final colour (over the background).
    pub colour: Vec<DVec3>,
    /// By the photograph's exposure.
    pub exposure: Exposure,
    /// `[H, W, C]` by the payload; with Eq. 2 0 where W < 1e-4.
    pub payload: Vec<f64>,
}

/// The image terms: everything but the entropy.
pub fn loss(
    frame: &Frame,
    target: &Target,
    weights: &LossWeights,
    settings: &RenderSettings,
) -> (LossTerms, PixelGradients) {
    let rendered = frame.colour(settings.background);
    // Where the photograph is transparent it shows the same background.
    let through = |p: usize| if target.valid[p] { 1.0 - target.alpha[p] } else { 0.0 };
    let photo: Vec<DVec3> = (0..rendered.len()).map(|p| target.photo[p] + through(p) * settings.background).collect();
    let shown: Vec<DVec3> = (0..rendered.len())
        .map(|p| if target.valid[p] { target.exposure.apply(rendered[p]) } else { photo[p] })
        .collect();
    let count = 3.0 * shown.len() as f64;
    let (ssim, d_ssim) = ssim(frame.width, frame.height, &shown, &photo);
    let mut l1 = 0.0;
    let mut d_colour = Vec::with_capacity(shown.len());
    let mut d_exposure = Exposure::ZERO;
    for p in 0..shown.len() {
        let difference = shown[p] - photo[p];
        l1 += difference.abs().element_sum() / count;
        // 0 where the difference is exactly 0, which `signum` would call 1.
        let sign = DVec3::select(difference.cmpeq(DVec3::ZERO), DVec3::ZERO, difference.signum());
        let d = (1.0 - weights.ssim) * sign / count - weights.ssim * d_ssim[p];
        let d = if target.valid[p] { d } else { DVec3::ZERO };
        d_colour.push(target.exposure.backward(rendered[p], d, &mut d_exposure));
    }
    let (cross_entropy, d_payload) = cross_entropy(frame, target, weights, settings);
    let total = (1.0 - weights.ssim) * l1 + weights.ssim * (1.0 - ssim) + weights.semantic * cross_entropy;
    let terms = LossTerms { l1, ssim, cross_entropy, entropy: 0.0, total };
    (terms, PixelGradients { colour: d_colour, exposure: d_exposure, payload: d_payload })
}

/// Added to a blended probability under the logarithm.
pub const FLOOR: f64 = 1e-8;

/// The classes' loss of the payload, a weighted mean over labelled valid pixels, and its gradient times lambda_sem. The loss
/// is [`RobustLoss::value`] of the label's probability p: softmax of blended logits, or the blended probability + 1e-8.
/// With Eq. 2 pixels of W < 1e-4 count in the mean with a loss of 0.
fn cross_entropy(frame: &Frame, target: &Target, weights: &LossWeights, settings: &RenderSettings) -> (f64, Vec<f64>) {
    let c = frame.class_count;
    let mut gradient = vec![0.0; frame.payload.len()];
    let labelled: Vec<(usize, usize)> = (0..target.labels.len())
        .filter(|&p| target.valid[p])
        .filter_map(|p| target.labels[p].filter(|&label| label < c).map(|label| (p, label)))
        .collect();
    let all: f64 = labelled.iter().map(|&(pixel, _)| target.label_weights[pixel]).sum();
    let count = if all > 0.0 { all } else { 1.0 };
    let mut total = 0.0;
    let has_label = |pixel: usize| !settings.normalise || frame.weight(pixel) >= MIN_WEIGHT;
    for &(pixel, label) in labelled.iter().filter(|(pixel, _)| has_label(*pixel)) {
        let payload = frame.pixel_payload(pixel);
        let gradient = &mut gradient[pixel * c..(pixel + 1) * c];
        let share_of_mean = target.label_weights[pixel] / count;
        match settings.objective {
            Objective::Logits => {
                let shares = softmax(payload);
                let p = shares[label];
                total += share_of_mean * weights.robust.value(p);
                for (class, share) in shares.iter().enumerate() {
                    let truth = if class == label { 1.0 } else { 0.0 };
                    gradient[class] = weights.semantic * share_of_mean * weights.robust.pull(p) * (share - truth);
                }
            }
            Objective::Softmax => {
                let p = payload[label] + FLOOR;
                total += share_of_mean * weights.robust.value(p);
                gradient[label] = -weights.semantic * share_of_mean * weights.robust.pull(p) / p;
            }
            // Codes say nothing without their classifier: see `grouping`.
            Objective::Grouping => {}
        }
    }
    (total, gradient)
}

/// Self-training: the target whose labels are what `frame` shows, where that is covered to at least a half and `sure`;
/// elsewhere the given label, or none. A rendered label weighs its probability, rounded to 255ths, to the power `exponent`.
pub fn relabel(
    frame: &Frame,
    target: &Target,
    own: &SelfTrainingSettings,
    exponent: f64,
    settings: &RenderSettings,
) -> Target {
    let mut out = target.clone();
    for pixel in 0..target.labels.len() {
        let shares = match settings.objective {
            Objective::Logits | Objective::Grouping => softmax(frame.pixel_payload(pixel)),
            Objective::Softmax => frame.pixel_payload(pixel).to_vec(),
        };
        let best = (0..shares.len()).max_by(|&a, &b| shares[a].total_cmp(&shares[b]).then(b.cmp(&a)));
        let sure =
            best.filter(|&b| shares[b] >= f64::from(own.sure) && frame.weight(pixel) >= 0.5 && target.valid[pixel]);
        if let Some(label) = sure {
            let confidence = (255.0 * shares[label].clamp(0.0, 1.0)).round() / 255.0;
            out.labels[pixel] = Some(label);
            out.label_weights[pixel] = if exponent > 0.0 { confidence.powf(exponent) } else { 1.0 };
        } else if !own.keeps_given {
            out.labels[pixel] = None;
        }
    }
    out
}

/// Mean entropy H = -sum p log p of the rows' softmax over all N rows; adds its gradient times `weight` to
/// `gradients`. Rows that are not finite count with an entropy of 0.
pub fn entropy(rows: &Rows, weight: f64, gradients: &mut Rows) -> f64 {
    let n = rows.len().max(1) as f64;
    let mut total = 0.0;
    for row in (0..rows.len()).filter(|&row| rows.class_count > 0 && rows.is_finite(row)) {
        let shares = softmax(rows.row(Column::Logits, row));
        // p log p goes to 0 with p.
        let log = |p: f64| p.max(f64::MIN_POSITIVE).ln();
        let entropy: f64 = -shares.iter().map(|&p| p * log(p)).sum::<f64>();
        total += entropy / n;
        for (d, &p) in gradients.row_mut(Column::Logits, row).iter_mut().zip(&shares) {
            *d -= weight * p * (log(p) + entropy) / n;
        }
    }
    total
}

/// Softmax, safe for large logits.
pub fn softmax(logits: &[f64]) -> Vec<f64> {
    let top = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let exponentials: Vec<f64> = logits.iter().map(|s| (s - top).exp()).collect();
    let sum: f64 = exponentials.iter().sum();
    exponentials.iter().map(|e| e / sum).collect()
}

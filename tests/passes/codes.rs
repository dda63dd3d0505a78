//! Gaussian Grouping: a step on rows that hold codes, and its classifier, against their twin.

use glam::DVec3;
use splat_core::settings::RobustLoss;
use splat_core::{CODE_CHANNELS, Objective, TrainSettings};
use splat_gpu::GpuOptions;
use splat_reference::fixture::{self, Dice};
use splat_reference::grouping::{Classifier, loss_and_gradients, neighbour_loss};
use splat_reference::neighbours::{candidates, nearest, samples};
use splat_reference::rows::Column;
use splat_reference::{LossWeights, RenderSettings, Rows};
use splat_shaders::layout::CLASSIFIER_TEXELS;
use splat_tests::gpu_step::{self, NEIGHBOUR_SEED};

/// Rounded to what the GPU holds, in both forms.
fn classifier(classes: usize) -> (Classifier, Vec<[f32; 4]>) {
    let mut dice = Dice::new(9);
    let texels = CLASSIFIER_TEXELS as usize;
    let mut packed: Vec<[f32; 4]> =
        (0..classes * texels).map(|_| std::array::from_fn(|_| 0.5 * dice.normal() as f32)).collect();
    packed.iter_mut().skip(texels - 1).step_by(texels).for_each(|bias| bias[1..].fill(0.0));
    let of = unpack(&packed);
    (of, packed)
}

fn unpack(packed: &[[f32; 4]]) -> Classifier {
    let class = |texels: &[[f32; 4]]| texels[..texels.len() - 1].iter().flatten().map(|&w| w as f64).collect();
    let classes = packed.chunks(CLASSIFIER_TEXELS as usize);
    Classifier {
        weights: classes.clone().map(class).collect(),
        bias: classes.map(|texels| texels[texels.len() - 1][0] as f64).collect(),
    }
}

fn near(got: &[f64], want: &[f64], tolerance: f64, what: &str) {
    let scale: f64 = want.iter().map(|w| w * w).sum::<f64>().sqrt();
    let error: f64 = got.iter().zip(want).map(|(g, w)| (g - w) * (g - w)).sum::<f64>().sqrt();
    assert!(scale > 0.0 && error < tolerance * scale, "{what}: {}", error / scale);
}

struct Case {
    options: GpuOptions,
    classes: usize,
    smoothing: f32,
    robust: RobustLoss,
    confidence: f32,
}

fn check(case: &Case) {
    let Some(gpu) = splat_tests::gpu(case.options) else { return };
    let camera = fixture::camera(70, 45);
    let names = gpu_step::classes(CODE_CHANNELS);
    let rows = Rows::from_cloud(&fixture::rows(7, 50, 1, CODE_CHANNELS).to_cloud(names));
    let (twin, packed) = classifier(case.classes);
    let mut settings = TrainSettings { sh_degree: 1, ..TrainSettings::default() }.into_grouping();
    settings.loss.smoothing.weight = case.smoothing;
    settings.loss.smoothing.samples = 40;
    settings.loss.smoothing.most = 45;
    settings.loss.geometry_gate = 0.5;
    (settings.loss.robust, settings.loss.confidence) = (case.robust, case.confidence);
    let background = DVec3::new(0.25, 0.5, 0.125);
    let render = RenderSettings { background, sh_degree: 1, ..RenderSettings::at(&settings, 1) };
    assert!(render.objective == Objective::Grouping && !render.normalise);
    let mut target = fixture::target(3, &rows, &camera, &render);
    gpu_step::quantise(&mut target);
    if case.confidence > 0.0 {
        gpu_step::weigh(&mut target, case.confidence);
    }
    let mut dice = Dice::new(5);
    target.labels.iter_mut().flatten().for_each(|label| *label = dice.below(case.classes));
    let weights = LossWeights::at(&settings, 1);
    let mut want = loss_and_gradients(&rows, &twin, &camera, &target, &weights, &render);
    if case.smoothing > 0.0 {
        let among = candidates(rows.len() as u32, 45, NEIGHBOUR_SEED);
        let sampled = samples(&among, 40, NEIGHBOUR_SEED);
        let pairs: Vec<_> = sampled.into_iter().map(|row| (row, nearest(&rows, row, &among))).collect();
        let (d_rows, d_classifier) = (&mut want.d_rows, &mut want.d_classifier);
        neighbour_loss(&rows, &twin, &pairs, case.smoothing.into(), d_rows, d_classifier);
    }
    let got = gpu_step::run_coded(&gpu, (&rows, Some(&packed)), &camera, &target, &settings, &render, 20_000);
    near(&got.payload, &want.frame.payload, 5e-3, "payload");
    let error = (got.totals[3] as f64 - want.terms.cross_entropy).abs();
    assert!(error < 1e-3 * want.terms.cross_entropy, "cross-entropy {} {}", got.totals[3], want.terms.cross_entropy);
    for column in [Column::Logits, Column::Mean, Column::Opacity, Column::LogScale, Column::Sh] {
        near(&got.d_rows[column], &want.d_rows[column], 5e-3, &format!("gradient of {column:?}"));
    }
    // The first moment is a tenth of the gradient after one step, and Adam's first step goes one rate against its sign.
    let elements = packed.len();
    let gradient: Vec<[f32; 4]> = got.classifier[elements..2 * elements].iter().map(|m| m.map(|m| 10.0 * m)).collect();
    let gradient = unpack(&gradient);
    near(&gradient.bias, &want.d_classifier.bias, 5e-3, "gradient of the bias");
    near(&gradient.weights.concat(), &want.d_classifier.weights.concat(), 5e-3, "gradient of the weights");
    let (after, rate) = (unpack(&got.classifier[..elements]), f64::from(settings.rates.classifier));
    for (class, (&moved, &was)) in after.bias.iter().zip(&twin.bias).enumerate() {
        let expected = was - rate * gradient.bias[class].signum();
        assert!((moved - expected).abs() < 1e-6, "bias {class}: {was} -> {moved}, not {expected}");
    }
}

const CASE: Case = Case {
    options: GpuOptions { without_subgroups: false, mirror_textures: None },
    classes: 7,
    smoothing: 0.0,
    robust: RobustLoss::CrossEntropy,
    confidence: 0.0,
};

#[test]
fn a_step_on_codes_agrees_on_every_code_path() {
    for options in splat_tests::code_paths() {
        check(&Case { options, ..CASE });
    }
}

#[test]
fn neighbours_that_should_agree_agree_with_their_twin() {
    for (options, classes) in splat_tests::code_paths().into_iter().zip([7, 70, 1_001]) {
        // Heavy enough to be seen beside the image's gradient.
        check(&Case { options, classes, smoothing: 50.0, ..CASE });
    }
}

#[test]
fn robust_losses_and_confidence_of_codes_agree() {
    check(&Case { robust: RobustLoss::Generalised { q: 0.7 }, confidence: 1.5, ..CASE });
}

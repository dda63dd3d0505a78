//! Project, Sort, Forward, Loss and Backward of one step.

use glam::{DAffine3, DVec3};
use splat_core::settings::{RobustLoss, SelfTrainingSettings};
use splat_core::{Objective, TrainSettings};
use splat_gpu::GpuOptions;
use splat_reference::blocks::{block_grid, selected_blocks};
use splat_reference::loss::relabel;
use splat_reference::rows::Column;
use splat_reference::{Exposure, LossWeights, RenderSettings, Rows, Step, Target, Twist, fixture, loss_and_gradients};
use splat_tests::gpu_step::{self, GpuStep};

/// What is varied.
#[derive(Clone, Copy, Debug)]
struct Case {
    options: GpuOptions,
    classes: usize,
    objective: Objective,
    sh_degree: u8,
    normalise: bool,
    gate: f32,
    rows: usize,
    fast_atomics: bool,
    robust: RobustLoss,
    confidence: f32,
    semantic_statistic: bool,
    /// The photograph has an exposure of its own.
    is_exposed: bool,
    antialiased: bool,
    /// The photograph is transparent here and there.
    is_transparent: bool,
    /// Keep given labels where the render is not sure; `None`: no self-training.
    own_labels: Option<bool>,
    /// Share of the image whose classes are compared.
    class_share: Option<f32>,
}

/// Share of the labels' weights that is left, times the weights of the blocks: what is compared where not all of the image is.
/// Pixels of the selected blocks, in their order; `None` beyond the image.
fn select_blocks(target: &mut Target, share: f32, [width, height]: [u32; 2]) -> (f64, Vec<Option<usize>>) {
    let (x, y) = block_grid(width, height);
    let before: f64 = counted(target);
    let mut weights = vec![0.0; target.labels.len()];
    let mut pixels = Vec::new();
    for (block, span) in selected_blocks(x * y, ((share * (x * y) as f32) as u32).max(1), gpu_step::BLOCK_SEED) {
        for i in 0..64 {
            let (px, py) = (8 * (block % x) + i % 8, 8 * (block / x) + i / 8);
            let pixel = (px < width && py < height).then_some((py * width + px) as usize);
            pixel.iter().for_each(|&p| weights[p] = f64::from(span) * target.label_weights[p]);
            pixels.push(pixel);
        }
    }
    target.label_weights = weights;
    (counted(target) / before, pixels)
}

/// Sum of the weights of labels that count.
fn counted(target: &Target) -> f64 {
    let is_counted = |p: &usize| target.valid[*p] && target.labels[*p].is_some();
    (0..target.labels.len()).filter(is_counted).map(|p| target.label_weights[p]).sum()
}

fn both(case: Case) -> Option<(GpuStep, Step, Target)> {
    let gpu = splat_tests::gpu(case.options)?;
    let camera = fixture::camera(70, 45);
    let mut rows = fixture::rows(7, case.rows, case.sh_degree, case.classes);
    if case.antialiased {
        // Down to a fraction of a pixel, where it matters.
        rows[Column::LogScale].iter_mut().for_each(|s| *s -= 1.7);
    }
    // Rounded to f32 first: both sides start from the same numbers.
    let rows = Rows::from_cloud(&rows.to_cloud(gpu_step::classes(case.classes)));
    let background = DVec3::new(0.25, 0.5, 0.125);
    let render = RenderSettings {
        sh_degree: case.sh_degree,
        background,
        objective: case.objective,
        normalise: case.normalise,
        antialiased: case.antialiased,
        cut_offs: true,
    };
    let mut target = fixture::target(3, &rows, &camera, &render);
    if case.is_transparent {
        let mut dice = fixture::Dice::new(12);
        target.alpha.iter_mut().for_each(|a| *a = dice.between(-0.5, 1.5).clamp(0.0, 1.0));
        target.photo.iter_mut().zip(&target.alpha).for_each(|(c, a)| *c *= *a);
    }
    gpu_step::quantise(&mut target);
    if case.is_exposed {
        let rows = [[0.9, 0.1, -0.05, 0.03], [-0.02, 1.2, 0.06, -0.04], [0.05, -0.1, 0.8, 0.1]];
        target.exposure = Exposure::from_rows(rows);
    }
    if case.confidence > 0.0 {
        gpu_step::weigh(&mut target, case.confidence);
    }
    let mut settings =
        TrainSettings { sh_degree: case.sh_degree, fast_atomics: case.fast_atomics, ..Default::default() };
    settings.loss.objective = case.objective;
    settings.loss.normalise = case.normalise;
    settings.loss.geometry_gate = case.gate;
    settings.loss.robust = case.robust;
    settings.loss.confidence = case.confidence;
    settings.densify.semantic_statistic = case.semantic_statistic;
    settings.loss.class_share = case.class_share;
    let mut weights = LossWeights::at(&settings, 1);
    if let Some(keeps_given) = case.own_labels {
        let own = SelfTrainingSettings { enabled: true, sure: 0.35, keeps_given, ..Default::default() };
        settings.loss.self_training = own;
    }
    let given = target.clone();
    if case.own_labels.is_some() {
        let frame = splat_reference::render(&rows, &camera, &render);
        let exponent = f64::from(case.confidence);
        target = relabel(&frame, &given, &settings.loss.self_training, exponent, &render);
        let changed = given.labels.iter().zip(&target.labels).filter(|(a, b)| a != b).count();
        assert!(changed * 10 > given.labels.len(), "self-training changes {changed} labels only");
    }
    let selected = case.class_share.map(|share| {
        let (part, pixels) = select_blocks(&mut target, share, [70, 45]);
        weights.semantic *= part;
        pixels
    });
    let mut twin = loss_and_gradients(&rows, &camera, &target, &weights, &render);
    twin.terms.cross_entropy *= weights.semantic / f64::from(settings.loss.semantic);
    if let Some(pixels) = selected {
        // In the order in which the GPU holds them, what lies beyond the image left out.
        let c = case.classes;
        let payload = pixels.iter().map(|p| p.map_or(vec![0.0; c], |p| twin.rendered.frame.pixel_payload(p).to_vec()));
        twin.rendered.frame.payload = payload.flatten().collect();
    }
    Some((gpu_step::run(&gpu, &rows, &camera, &given, &settings, &render, 20_000), twin, target))
}

/// Root mean square difference over root mean square of the expected values.
fn relative_error(got: &[f64], want: &[f64]) -> f64 {
    let scale: f64 = want.iter().map(|w| w * w).sum::<f64>().sqrt();
    let error: f64 = got.iter().zip(want).map(|(g, w)| (g - w) * (g - w)).sum::<f64>().sqrt();
    error / scale.max(1e-12)
}

fn check(case: Case) {
    let Some((gpu, twin, target)) = both(case) else { return };
    let frame = &twin.rendered.frame;
    let got: Vec<f64> = gpu.image.iter().flatten().map(|&v| v as f64).collect();
    let want: Vec<f64> = frame.rgb.iter().zip(&frame.transmittance).flat_map(|(c, &t)| [c.x, c.y, c.z, t]).collect();
    assert!(relative_error(&got, &want) < 2e-3, "image {} {case:?}", relative_error(&got, &want));
    let far = got.iter().zip(&want).filter(|(g, w)| (**g - **w).abs() > 1e-3).count();
    assert!(far * 200 < got.len(), "{far} of {} image values differ {case:?}", got.len());
    if case.classes > 0 {
        let error = relative_error(&gpu.payload, &frame.payload);
        assert!(error < 5e-3, "payload {error} {case:?}");
    }
    let n = 3.0 * frame.rgb.len() as f64;
    assert!((gpu.totals[0] as f64 / n - twin.terms.l1).abs() < 1e-4, "L1 {case:?}");
    assert!((gpu.totals[1] as f64 / n - twin.terms.ssim).abs() < 1e-3, "SSIM {case:?}");
    assert!((gpu.totals[3] as f64 - twin.terms.cross_entropy).abs() < 2e-3, "cross-entropy {case:?}");
    for column in Column::ALL {
        if twin.d_rows[column].is_empty() {
            continue;
        }
        let error = relative_error(&gpu.d_rows[column], &twin.d_rows[column]);
        assert!(error < 5e-3, "gradient of {column:?}: {error} {case:?}");
    }
    check_exposure(&gpu, &twin, &target, case);
    check_pose(&gpu, &twin, case);
    let got: Vec<f64> = gpu.depth.iter().zip(&gpu.image).map(|(z, c)| (z / (1.0 - c[3]).max(1e-4)) as f64).collect();
    let error = relative_error(&got, &frame.depth);
    assert!(error < 2e-3, "depth {error} {case:?}");
    let got: Vec<f64> = gpu.growth.iter().map(|g| g[0] as f64).collect();
    let error = relative_error(&got, &twin.statistic.gradient_sum);
    assert!(error < 5e-3, "growth statistic {error} {case:?}");
    let views: Vec<u32> = gpu.growth.iter().map(|g| g[1] as u32).collect();
    assert_eq!(views, twin.statistic.views, "{case:?}");
}

/// The gradient by the photograph's exposure; and its step, which keeps the mean of all exposures where it was.
fn check_exposure(gpu: &GpuStep, twin: &Step, target: &Target, case: Case) {
    let numbers = |e: &Exposure| e.to_rows().into_iter().flatten().collect::<Vec<f64>>();
    let error = relative_error(&numbers(&gpu.d_exposure), &numbers(&twin.d_pixels.exposure));
    assert!(error < 2e-3, "gradient of the exposure: {error} {case:?}");
    let mut want = gpu_step::exposures(target);
    let (mut moments, visits) = gpu_step::exposure_moments();
    let rate = gpu_step::EXPOSURE_RATE;
    splat_reference::exposure::optimise(&mut want, 1, &twin.d_pixels.exposure, &mut moments, rate, visits);
    for (got, want) in gpu.exposures.iter().zip(&want) {
        let far = numbers(got).iter().zip(numbers(want)).map(|(g, w)| (g - w).abs()).fold(0.0, f64::max);
        assert!(far < 1e-2 * rate, "exposures after the step: {got:?}, expected {want:?}, {case:?}");
    }
}

/// The gradient by the view's motion; and its step, which leaves what is common to all views out.
fn check_pose(gpu: &GpuStep, twin: &Step, case: Case) {
    let numbers = |t: &Twist| [t.rotation.to_array(), t.translation.to_array()].concat();
    let error = relative_error(&numbers(&gpu.d_pose), &numbers(&twin.d_pose));
    assert!(error < 1e-2, "gradient of the pose: {error} {case:?}");
    let cameras = gpu_step::cameras(&fixture::camera(70, 45));
    let mut want: Vec<DAffine3> = cameras.iter().map(|camera| camera.view_from_world()).collect();
    let ((mut moments, visits), rates) = (gpu_step::pose_moments(), gpu_step::POSE_RATES);
    splat_reference::pose::optimise(&mut want, 1, twin.d_pose, &mut moments, rates, visits);
    for (got, want) in gpu.poses.iter().zip(&want) {
        let far = (0..12).map(|i| (got.to_cols_array()[i] - want.to_cols_array()[i]).abs()).fold(0.0, f64::max);
        assert!(far < 2e-2 * rates.0, "poses after the step: {got:?}, expected {want:?}, {case:?}");
    }
}

/// What most cases share.
const CASE: Case = Case {
    options: GpuOptions { without_subgroups: false, mirror_textures: None },
    classes: 5,
    objective: Objective::Logits,
    sh_degree: 1,
    normalise: true,
    gate: 1.0,
    rows: 50,
    fast_atomics: false,
    robust: RobustLoss::CrossEntropy,
    confidence: 0.0,
    semantic_statistic: true,
    is_exposed: false,
    antialiased: false,
    is_transparent: false,
    own_labels: None,
    class_share: None,
};

#[test]
fn a_step_agrees_with_its_twin_on_every_code_path() {
    for options in splat_tests::code_paths() {
        check(Case { options, sh_degree: 3, rows: 60, ..CASE });
    }
}

#[test]
fn a_step_with_float_atomics_agrees() {
    for classes in [0, 21] {
        check(Case { classes, fast_atomics: true, ..CASE });
    }
}

#[test]
fn a_step_agrees_for_every_number_of_classes() {
    for classes in [0, 1, 4, 16, 21, 37] {
        check(Case { classes, rows: 40, ..CASE });
    }
}

#[test]
fn classes_behind_a_closed_gate_agree() {
    for (options, classes) in splat_tests::code_paths().into_iter().zip([37, 18, 21]) {
        check(Case { options, classes, gate: 0.0, ..CASE });
    }
    check(Case { classes: 21, gate: 0.0, fast_atomics: true, ..CASE });
}

#[test]
fn a_step_agrees_for_every_sh_degree_and_blend() {
    for (sh_degree, normalise, gate) in [(0, false, 1.0), (1, true, 0.0), (2, false, 0.5), (3, true, 0.5)] {
        check(Case { classes: 6, sh_degree, normalise, gate, ..CASE });
    }
}

#[test]
fn softmax_before_blending_agrees() {
    let case = Case { objective: Objective::Softmax, ..CASE };
    for options in splat_tests::code_paths() {
        check(Case { options, ..case });
    }
    for (classes, normalise, fast_atomics) in [(1, true, false), (21, false, false), (18, true, true)] {
        check(Case { classes, normalise, fast_atomics, ..case });
    }
}

#[test]
fn robust_losses_and_confidence_agree() {
    let robust = [RobustLoss::Generalised { q: 0.7 }, RobustLoss::Symmetric { a: 0.3, b: 1.0 }];
    for (robust, objective) in robust.into_iter().zip([Objective::Logits, Objective::Softmax]) {
        for options in splat_tests::code_paths() {
            check(Case { options, robust, objective, confidence: 2.0, ..CASE });
        }
    }
    check(Case { confidence: 0.5, ..CASE });
}

#[test]
fn a_statistic_without_classes_agrees() {
    for (options, classes) in splat_tests::code_paths().into_iter().zip([5, 21, 4]) {
        check(Case { options, classes, semantic_statistic: false, ..CASE });
    }
    for (gate, fast_atomics) in [(0.5, true), (0.0, false)] {
        check(Case { gate, fast_atomics, semantic_statistic: false, ..CASE });
    }
    check(Case { classes: 0, semantic_statistic: false, ..CASE });
}

#[test]
fn training_on_rendered_labels_agrees() {
    for (options, keeps_given) in splat_tests::code_paths().into_iter().zip([true, false, true]) {
        check(Case { options, own_labels: Some(keeps_given), ..CASE });
    }
    check(Case { objective: Objective::Softmax, confidence: 1.5, own_labels: Some(false), classes: 6, ..CASE });
}

#[test]
fn exposures_of_photographs_agree() {
    for options in splat_tests::code_paths() {
        check(Case { options, is_exposed: true, ..CASE });
    }
    check(Case { is_exposed: true, classes: 0, ..CASE });
}

#[test]
fn antialiased_splats_agree() {
    for options in splat_tests::code_paths() {
        check(Case { options, antialiased: true, ..CASE });
    }
    check(Case { antialiased: true, sh_degree: 3, rows: 200, ..CASE });
}

#[test]
fn transparent_photographs_agree() {
    for options in splat_tests::code_paths() {
        check(Case { options, is_transparent: true, ..CASE });
    }
}

#[test]
fn classes_of_some_blocks_agree() {
    for (options, classes) in splat_tests::code_paths().into_iter().zip([5, 21, 37]) {
        check(Case { options, classes, class_share: Some(0.4), ..CASE });
    }
    for (objective, semantic_statistic, gate) in [(Objective::Softmax, true, 0.5), (Objective::Logits, false, 1.0)] {
        let case = Case { objective, semantic_statistic, gate, confidence: 1.5, ..CASE };
        check(Case { class_share: Some(0.13), normalise: false, fast_atomics: semantic_statistic, ..case });
    }
    check(Case { gate: 0.0, class_share: Some(0.01), classes: 150, ..CASE });
}

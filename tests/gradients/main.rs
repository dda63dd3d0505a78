//! The CPU twin's gradients against central differences in f64, for every parameter kind: through colour and through
//! classes, Eq. 1 and Eq. 2, with and without the gate. The cut-offs are off, so that the loss is smooth.

mod codes;
mod rows;

use glam::DVec3;
use splat_core::settings::RobustLoss;
use splat_core::{Camera, Objective};
use splat_reference::fixture::{self, Dice};
use splat_reference::ssim::ssim;
use splat_reference::{
    Column, Exposure, LossWeights, RenderSettings, Rows, Target, Twist, loss_and_gradients, loss_value,
};

/// Step of the central differences.
const STEP: f64 = 1e-4;
/// Allowed difference relative to the gradient.
const TOLERANCE: f64 = 1e-6;
/// And on top of that, relative to the loss: what its rounding leaves of a difference over the step, with room.
const FLOOR: f64 = 5e-11;
/// Rows whose SH gradients are compared.
const SH_ROWS: usize = 2;

const COLOUR: LossWeights = LossWeights {
    ssim: 0.2,
    semantic: 0.0,
    geometry_gate: 1.0,
    entropy: 0.0,
    robust: RobustLoss::CrossEntropy,
    semantic_statistic: true,
};
const CLASSES: LossWeights = LossWeights { ssim: 0.0, semantic: 1.0, ..COLOUR };
const ALL: LossWeights = LossWeights { semantic: 1.0, entropy: 0.05, ..COLOUR };

/// Derivative at 0, from central differences over one and two steps so combined that the error is of fourth order.
fn difference(at: impl Fn(f64) -> f64) -> f64 {
    let over = |step: f64| (at(step) - at(-step)) / (2.0 * step);
    (4.0 * over(STEP) - over(2.0 * STEP)) / 3.0
}

struct Scene {
    rows: Rows,
    camera: Camera,
    target: Target,
    settings: RenderSettings,
}

fn scene(seed: u64, normalise: bool) -> Scene {
    let settings = RenderSettings {
        sh_degree: 3,
        background: DVec3::new(0.2, 0.5, 0.1),
        objective: Objective::Logits,
        normalise,
        antialiased: false,
        cut_offs: false,
    };
    let camera = fixture::camera(24, 20);
    let rows = fixture::rows(seed, 12, 3, 5);
    let target = fixture::target(seed + 100, &rows, &camera, &settings);
    Scene { rows, camera, target, settings }
}

impl Scene {
    fn loss(&self, rows: &Rows, weights: &LossWeights) -> f64 {
        loss_value(rows, &self.camera, &self.target, weights, &self.settings).total
    }

    fn gradients(&self, weights: &LossWeights) -> Rows {
        loss_and_gradients(&self.rows, &self.camera, &self.target, weights, &self.settings).d_rows
    }

    /// Compares the gradients of some columns with central differences of the loss: all of them, but for SH, whose
    /// many coefficients enter one row's colour alone, those of the first rows.
    fn check(&self, columns: &[Column], weights: &LossWeights) {
        let gradients = self.gradients(weights);
        let floor = FLOOR * self.loss(&self.rows, weights);
        for &column in columns {
            let scale = gradients[column].iter().fold(0.0_f64, |top, g| top.max(g.abs()));
            assert!(scale > 1e-7, "{column:?} has no gradient to compare");
            let width = self.rows.width(column);
            let rows = if column == Column::Sh { SH_ROWS } else { self.rows.len() };
            for i in 0..rows * width {
                let difference = self.difference(column, i, weights);
                let gradient = gradients[column][i];
                assert!(
                    (difference - gradient).abs() <= TOLERANCE * gradient.abs() + floor,
                    "{column:?}, row {}, place {}: gradient {gradient:e}, central difference {difference:e}",
                    i / width,
                    i % width,
                );
            }
        }
    }

    fn difference(&self, column: Column, i: usize, weights: &LossWeights) -> f64 {
        difference(|step| {
            let mut rows = self.rows.clone();
            rows[column][i] += step;
            self.loss(&rows, weights)
        })
    }
}

const GEOMETRY: [Column; 4] = [Column::Mean, Column::LogScale, Column::Rotation, Column::Opacity];

#[test]
fn colour_reaches_every_kind() {
    for seed in 0..2 {
        let columns = [GEOMETRY.as_slice(), &[Column::Sh]].concat();
        scene(seed, true).check(&columns, &COLOUR);
    }
}

#[test]
fn the_view_by_central_differences() {
    for (seed, antialiased) in [(0, false), (1, true)] {
        let mut scene = scene(seed, true);
        scene.settings.antialiased = antialiased;
        let step = loss_and_gradients(&scene.rows, &scene.camera, &scene.target, &ALL, &scene.settings);
        let floor = FLOOR * step.terms.total;
        let at = |twist: Twist| {
            let view_from_world = twist.exp() * scene.camera.view_from_world();
            let camera = Camera { world_from_view: view_from_world.inverse(), ..scene.camera };
            loss_value(&scene.rows, &camera, &scene.target, &ALL, &scene.settings).total
        };
        for axis in DVec3::AXES {
            let turned = difference(|step| at(Twist { rotation: step * axis, ..Twist::default() }));
            let moved = difference(|step| at(Twist { translation: step * axis, ..Twist::default() }));
            for (difference, gradient) in [(turned, step.d_pose.rotation), (moved, step.d_pose.translation)] {
                let gradient = gradient.dot(axis);
                let error = (difference - gradient).abs();
                assert!(error <= TOLERANCE * gradient.abs() + floor, "{axis}: {gradient:e}, difference {difference:e}");
            }
        }
    }
}

#[test]
fn antialiased_splats_by_central_differences() {
    for seed in 0..2 {
        let mut scene = scene(seed, true);
        scene.settings.antialiased = true;
        // Down to a fraction of a pixel, where it matters.
        scene.rows[Column::LogScale].iter_mut().for_each(|s| *s -= 1.2);
        scene.target = fixture::target(seed + 100, &scene.rows, &scene.camera, &scene.settings);
        scene.check(&[GEOMETRY.as_slice(), &[Column::Sh]].concat(), &COLOUR);
        scene.check(&Column::ALL, &ALL);
    }
}

#[test]
fn colour_reaches_every_kind_and_the_exposure_through_an_exposure() {
    let mut scene = scene(5, true);
    scene.target.exposure =
        Exposure::from_rows([[0.9, 0.1, -0.05, 0.13], [-0.02, 1.2, 0.06, -0.14], [0.05, -0.1, 0.8, 0.1]]);
    scene.check(&[GEOMETRY.as_slice(), &[Column::Sh]].concat(), &COLOUR);
    let step = loss_and_gradients(&scene.rows, &scene.camera, &scene.target, &COLOUR, &scene.settings);
    let (at, gradient) = (scene.target.exposure.to_rows(), step.d_pixels.exposure.to_rows());
    for (k, i) in (0..3).flat_map(|k| (0..4).map(move |i| (k, i))) {
        let difference = difference(|step| {
            let (mut target, mut moved) = (scene.target.clone(), at);
            moved[k][i] += step;
            target.exposure = Exposure::from_rows(moved);
            loss_value(&scene.rows, &scene.camera, &target, &COLOUR, &scene.settings).total
        });
        assert!((difference - gradient[k][i]).abs() < 1e-6 * gradient[k][i].abs() + 1e-10, "row {k}, place {i}");
    }
}

#[test]
fn l1_alone_and_ssim_alone() {
    scene(3, true).check(&[Column::Mean, Column::Sh], &LossWeights { ssim: 0.0, ..COLOUR });
    scene(3, true).check(&[Column::Mean, Column::Sh], &LossWeights { ssim: 1.0, ..COLOUR });
}

#[test]
fn classes_reach_every_kind_with_eq_2() {
    for seed in 10..12 {
        let scene = scene(seed, true);
        scene.check(&[Column::Logits], &CLASSES);
        // Heavy enough to drown what L1 adds.
        scene.check(&GEOMETRY, &LossWeights { semantic: 20.0, ..CLASSES });
    }
}

#[test]
fn classes_reach_every_kind_with_eq_1() {
    for seed in 20..22 {
        let scene = scene(seed, false);
        scene.check(&[Column::Logits], &CLASSES);
        scene.check(&GEOMETRY, &LossWeights { semantic: 20.0, ..CLASSES });
    }
}

#[test]
fn softmax_before_blending_reaches_every_kind() {
    for normalise in [true, false] {
        let mut scene = scene(25, normalise);
        scene.settings.objective = Objective::Softmax;
        scene.check(&[Column::Logits], &CLASSES);
        scene.check(&GEOMETRY, &LossWeights { semantic: 20.0, ..CLASSES });
        scene.check(&Column::ALL, &ALL);
    }
}

#[test]
fn robust_losses_and_weighted_labels() {
    let robust = [
        RobustLoss::Generalised { q: 0.7 },
        RobustLoss::Generalised { q: 1.0 },
        RobustLoss::Symmetric { a: 0.3, b: 1.0 },
    ];
    for (seed, robust) in (26..).zip(robust) {
        for objective in [Objective::Logits, Objective::Softmax] {
            let mut scene = scene(seed, true);
            scene.settings.objective = objective;
            let mut dice = Dice::new(seed);
            scene.target.label_weights.iter_mut().for_each(|w| *w = dice.between(0.0, 1.0));
            let weights = LossWeights { robust, semantic: 20.0, ..CLASSES };
            scene.check(&[Column::Logits, Column::Mean, Column::Opacity], &weights);
        }
    }
}

#[test]
fn robust_losses_pull_less_at_labels_that_contradict() {
    let generalised = RobustLoss::Generalised { q: 0.7 };
    assert!(generalised.pull(0.01) < 0.1 && generalised.pull(0.9) > 0.9);
    // q towards 0 is cross-entropy, and so is symmetric cross-entropy without its reverse part.
    for p in [0.05, 0.5, 0.95] {
        assert!((RobustLoss::Generalised { q: 1e-3 }.value(p) + p.ln()).abs() < 0.01);
        assert!((RobustLoss::Symmetric { a: 1.0, b: 0.0 }.value(p) + p.ln()).abs() < 1e-12);
    }
}

#[test]
fn the_whole_loss_at_once() {
    scene(30, true).check(&Column::ALL, &ALL);
    scene(31, false).check(&Column::ALL, &ALL);
}

#[test]
fn the_gate_scales_the_semantic_part_of_geometry_and_nothing_else() {
    for normalise in [true, false] {
        let scene = scene(40, normalise);
        let at = |geometry_gate| scene.gradients(&LossWeights { geometry_gate, ..ALL });
        let colour_only = scene.gradients(&LossWeights { semantic: 0.0, ..ALL });
        let (closed, half, open) = (at(0.0), at(0.5), at(1.0));
        assert_eq!(closed[Column::Logits], open[Column::Logits]);
        assert_eq!(closed[Column::Sh], open[Column::Sh]);
        for column in GEOMETRY {
            assert_ne!(closed[column], open[column]);
            for i in 0..closed[column].len() {
                assert!((closed[column][i] - colour_only[column][i]).abs() < 1e-15);
                let between = 0.5 * (closed[column][i] + open[column][i]);
                assert!((half[column][i] - between).abs() < 1e-12 * (1.0 + between.abs()));
            }
        }
    }
}

#[test]
fn lower_sh_degrees_in_use_leave_higher_coefficients_alone() {
    for degree in 0..3u8 {
        let mut scene = scene(50 + u64::from(degree), true);
        scene.settings.sh_degree = degree;
        scene.target = fixture::target(7, &scene.rows, &scene.camera, &scene.settings);
        scene.check(&[Column::Mean, Column::Sh], &COLOUR);
        let gradients = scene.gradients(&COLOUR);
        let used = 3 * splat_core::sh::coefficients(degree);
        assert!(gradients[Column::Sh].chunks(48).all(|row| row[used..].iter().all(|&g| g == 0.0)));
    }
}

#[test]
fn with_cut_offs_colours_and_logits_are_still_exact() {
    // They move no edge: what is skipped and where blending stops depends on geometry alone.
    for normalise in [true, false] {
        let mut scene = scene(55, normalise);
        scene.settings.cut_offs = true;
        scene.rows[Column::Opacity].iter_mut().for_each(|logit| *logit += 3.0);
        scene.target = fixture::target(56, &scene.rows, &scene.camera, &scene.settings);
        scene.check(&[Column::Sh, Column::Logits], &ALL);
    }
}

#[test]
fn pixels_that_nothing_covers_have_no_label_and_no_gradient() {
    let mut scene = scene(57, true);
    scene.settings.cut_offs = true;
    scene.rows[Column::LogScale].iter_mut().for_each(|s| *s -= 2.0);
    let step = loss_and_gradients(&scene.rows, &scene.camera, &scene.target, &ALL, &scene.settings);
    let frame = &step.rendered.frame;
    let empty: Vec<usize> = (0..frame.rgb.len()).filter(|&p| frame.weight(p) < 1e-4).collect();
    assert!(empty.len() > 20 && empty.len() < frame.rgb.len());
    for pixel in empty {
        assert!(frame.pixel_payload(pixel).iter().all(|&s| s == 0.0) && frame.depth[pixel] == 0.0);
        assert!(step.d_pixels.payload[pixel * 5..(pixel + 1) * 5].iter().all(|&g| g == 0.0));
    }
    assert!(step.terms.total.is_finite());
    assert!(Column::ALL.iter().all(|&column| step.d_rows[column].iter().all(|g| g.is_finite())));
}

#[test]
fn means_outside_the_image_whose_slope_is_clamped() {
    let mut scene = scene(60, true);
    let world_from_view = scene.camera.world_from_view;
    // Beyond the clamp to each side, large enough to be seen.
    let outside = [(-2.9, 0.1, 2.0), (2.5, -0.2, 2.1), (0.2, 2.6, 1.9), (-0.1, -2.4, 2.2), (-2.8, 2.5, 1.8)];
    for (row, (x, y, z)) in outside.into_iter().enumerate() {
        let mean = world_from_view.transform_point3(DVec3::new(x, y, z));
        scene.rows.row_mut(Column::Mean, row).copy_from_slice(&mean.to_array());
        scene.rows.row_mut(Column::LogScale, row).copy_from_slice(&[0.1, -0.2, 0.3]);
    }
    scene.target = fixture::target(61, &scene.rows, &scene.camera, &scene.settings);
    scene.check(&Column::ALL, &ALL);
}

#[test]
fn a_channel_clamped_at_black_has_no_gradient() {
    let mut scene = scene(70, true);
    scene.rows.row_mut(Column::Sh, 1)[0] = -9.0;
    scene.target = fixture::target(71, &scene.rows, &scene.camera, &scene.settings);
    scene.check(&[Column::Sh, Column::Mean], &COLOUR);
    let gradients = scene.gradients(&COLOUR);
    assert!(gradients.row(Column::Sh, 1).iter().step_by(3).all(|&g| g == 0.0));
    assert!(gradients.row(Column::Sh, 1).iter().skip(1).step_by(3).any(|&g| g != 0.0));
}

#[test]
fn ssim_by_central_differences() {
    let (mut dice, width, height) = (Dice::new(90), 17, 14);
    let pixels = (width * height) as usize;
    let image: Vec<DVec3> = (0..pixels).map(|_| dice.vec3(0.0, 1.0)).collect();
    let photo: Vec<DVec3> = image.iter().map(|&c| c + dice.vec3(-0.3, 0.3)).collect();
    let (_, gradient) = ssim(width, height, &image, &photo);
    for pixel in (0..pixels).step_by(5) {
        for axis in DVec3::AXES {
            let difference = difference(|step| {
                let mut moved = image.clone();
                moved[pixel] += step * axis;
                ssim(width, height, &moved, &photo).0
            });
            assert!((difference - gradient[pixel].dot(axis)).abs() < 1e-10, "pixel {pixel}");
        }
    }
}

#[test]
fn the_statistic_is_the_gradient_of_the_projected_mean_in_ndc() {
    // For one Gaussian within the clamp, moving the principal point moves the projected mean and nothing else.
    let mut scene = scene(95, true);
    let mut rows = fixture::rows(96, 1, 3, 5);
    rows.row_mut(Column::Mean, 0).copy_from_slice(&[0.1, 0.05, -0.1]);
    scene.rows = rows;
    scene.target = fixture::target(97, &scene.rows, &scene.camera, &scene.settings);
    let step = loss_and_gradients(&scene.rows, &scene.camera, &scene.target, &ALL, &scene.settings);
    let at = |dx: f64, dy: f64| {
        let mut camera = scene.camera;
        camera.intrinsics.cx += dx;
        camera.intrinsics.cy += dy;
        loss_value(&scene.rows, &camera, &scene.target, &ALL, &scene.settings).total
    };
    let (by_x, by_y) = (difference(|step| at(step, 0.0)), difference(|step| at(0.0, step)));
    let expected = (by_x * 0.5 * 24.0).hypot(by_y * 0.5 * 20.0);
    assert!((step.statistic.mean(0) - expected).abs() < 1e-6 * expected);
    assert_eq!(step.statistic.views, [1]);
    // Without the classes it is that of a loss without them.
    let without = LossWeights { semantic_statistic: false, ..ALL };
    let step = loss_and_gradients(&scene.rows, &scene.camera, &scene.target, &without, &scene.settings);
    let colour = loss_and_gradients(&scene.rows, &scene.camera, &scene.target, &COLOUR, &scene.settings);
    assert!((step.statistic.mean(0) - colour.statistic.mean(0)).abs() < 1e-15);
}

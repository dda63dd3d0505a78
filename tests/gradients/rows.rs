//! Terms of the loss that no picture takes part in, by central differences.

use crate::difference;
use glam::{Vec2, Vec3};
use splat_core::ClassPlane;
use splat_reference::fixture;
use splat_reference::mcmc::regularisation;
use splat_reference::planes::{PlanePull, planes};
use splat_reference::smoothing::smoothing;
use splat_reference::{Column, Rows};

#[test]
fn entropy_by_central_differences() {
    let mut rows = fixture::rows(80, 7, 0, 6);
    rows.row_mut(Column::Logits, 2).copy_from_slice(&[800.0, -800.0, 0.0, 1.0, 2.0, 3.0]);
    let entropy = |rows: &Rows| splat_reference::loss::entropy(rows, 0.0, &mut rows.zeros_like());
    let mut gradients = rows.zeros_like();
    splat_reference::loss::entropy(&rows, 1.0, &mut gradients);
    for i in 0..rows[Column::Logits].len() {
        let difference = difference(|step| {
            let mut moved = rows.clone();
            moved[Column::Logits][i] += step;
            entropy(&moved)
        });
        assert!((difference - gradients[Column::Logits][i]).abs() < 1e-10);
    }
    let uniform = Rows::zeros(3, 0, 6);
    assert!((entropy(&uniform) - 6.0_f64.ln()).abs() < 1e-12);
}

#[test]
fn smoothing_by_central_differences() {
    let rows = fixture::rows(85, 9, 0, 6);
    // Row 3 is sampled and is somebody's neighbour, twice.
    let pairs = [(3, vec![1, 2, 4, 5, 8]), (0, vec![3, 7]), (6, vec![3, 2, 1])];
    let value = |rows: &Rows| smoothing(rows, &pairs, 0.0, &mut rows.zeros_like());
    let mut gradients = rows.zeros_like();
    smoothing(&rows, &pairs, 1.0, &mut gradients);
    for i in 0..rows[Column::Logits].len() {
        let difference = difference(|step| {
            let mut moved = rows.clone();
            moved[Column::Logits][i] += step;
            value(&moved)
        });
        assert!((difference - gradients[Column::Logits][i]).abs() < 1e-10, "place {i}");
    }
    let alike = Rows::zeros(9, 0, 6);
    assert_eq!(value(&alike), 0.0);
}

#[test]
fn mcmc_regularisation_by_central_differences() {
    let rows = fixture::rows(86, 7, 0, 2);
    let value = |rows: &Rows| regularisation(rows, 0.3, 0.7, &mut rows.zeros_like());
    let mut gradients = rows.zeros_like();
    regularisation(&rows, 0.3, 0.7, &mut gradients);
    for column in Column::ALL {
        for i in 0..rows[column].len() {
            let difference = difference(|step| {
                let mut moved = rows.clone();
                moved[column][i] += step;
                value(&moved)
            });
            assert!((difference - gradients[column][i]).abs() < 1e-10, "{column:?}, place {i}");
        }
    }
}

#[test]
fn the_pull_of_planes_by_central_differences() {
    let mut rows = fixture::rows(87, 12, 0, 3);
    // Four rows are of the plane's class, one of them far away from it; one is of another, the others of none for certain.
    let mut make = |row: usize, logits: [f64; 3], height: f64| {
        rows.row_mut(Column::Logits, row).copy_from_slice(&logits);
        rows.row_mut(Column::Mean, row)[2] = height;
    };
    (0..3).for_each(|row| make(row, [0.0, 3.0, 0.5], 0.1 * row as f64 - 0.13));
    make(3, [0.0, 5.0, 0.5], 0.9);
    make(4, [5.0, 0.0, 0.5], 0.05);
    (5..12).for_each(|row| make(row, [0.1, 0.2, 0.1], 0.05));
    let normal = Vec3::new(0.1, -0.2, 1.0).normalize();
    let side = normal.cross(Vec3::X).normalize();
    let plane = ClassPlane {
        column: 1,
        normal,
        offset: 0.02,
        sides: [side, normal.cross(side)],
        middle: Vec2::ZERO,
        half: Vec2::splat(6.0),
        reach: 0.5,
    };
    let pull = PlanePull { weight: 3.0, width: 0.05, reach: 0.5 };
    // Logits decide who is pulled; the pull does not change them.
    let value = |rows: &Rows| planes(rows, &[plane], pull, &mut rows.zeros_like());
    let mut gradients = rows.zeros_like();
    assert!(planes(&rows, &[plane], pull, &mut gradients) > 0.0);
    for column in [Column::Mean, Column::LogScale, Column::Rotation, Column::Opacity] {
        for i in 0..rows[column].len() {
            let difference = difference(|step| {
                let mut moved = rows.clone();
                moved[column][i] += step;
                value(&moved)
            });
            let gradient = gradients[column][i];
            assert!(
                (difference - gradient).abs() < 1e-6 * gradient.abs() + 1e-7,
                "{column:?} {i}: {gradient} {difference}"
            );
        }
    }
    assert!(gradients[Column::Logits].iter().all(|&g| g == 0.0));
    let is_pulled = |row: usize| gradients.vec3(Column::Mean, row).length() > 0.0;
    assert_eq!((0..12).filter(|&row| is_pulled(row)).collect::<Vec<_>>(), [0, 1, 2]);
}

//! Rows that hold anything: they are not seen, and nothing that is seen is spoilt by them.

use splat_core::TrainSettings;
use splat_gpu::GpuOptions;
use splat_reference::rows::Column;
use splat_reference::{RenderSettings, Rows, fixture};
use splat_tests::gpu_step;

fn spoil(rows: &mut Rows) {
    let bad = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    let mut row = 0;
    for column in Column::ALL {
        for value in bad {
            rows.row_mut(column, row)[0] = value;
            row += 1;
        }
    }
    rows.row_mut(Column::Rotation, row).fill(0.0);
    rows.row_mut(Column::LogScale, row + 1).fill(80.0);
    rows.row_mut(Column::LogScale, row + 2).fill(-80.0);
    rows.row_mut(Column::Opacity, row + 3).fill(1e30);
}

#[test]
fn hostile_rows_spoil_nothing() {
    let Some(gpu) = splat_tests::gpu(GpuOptions::default()) else { return };
    let camera = fixture::camera(70, 45);
    let mut rows = fixture::rows(11, 60, 3, 5);
    let render = RenderSettings::default();
    let mut target = fixture::target(3, &rows, &camera, &render);
    gpu_step::quantise(&mut target);
    spoil(&mut rows);
    let step = gpu_step::run(&gpu, &rows, &camera, &target, &TrainSettings::default(), &render, 40_000);
    assert!(step.image.iter().flatten().all(|v| v.is_finite()), "the image holds a number that is none");
    assert!(step.payload.iter().all(|v| v.is_finite()), "the class channels hold a number that is none");
    assert!(step.totals.iter().all(|v| v.is_finite()), "the loss is no number");
    for column in Column::ALL {
        assert!(step.d_rows[column].iter().all(|v| v.is_finite()), "gradient of {column:?}");
    }
    assert!(step.image.iter().any(|p| p[3] < 0.9), "the good rows are still seen");
}

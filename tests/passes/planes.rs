//! Stage Optimise, planes: the pull of flat classes against its twin.

use glam::{Vec2, Vec3};
use splat_core::ClassPlane;
use splat_core::settings::PlaneSettings;
use splat_gpu::passes::planes::{self, PlaneBuffer};
use splat_gpu::readback::read_now;
use splat_gpu::{Gpu, Recorder, RowBuffers, TrainingBuffers};
use splat_reference::fixture::{self, Dice};
use splat_reference::planes::PlanePull;
use splat_reference::rows::Column;
use splat_reference::{Rows, planes::planes as twin};
use splat_tests::gpu_step::classes;

const EXTENT: f32 = 2.0;
const SETTINGS: PlaneSettings = PlaneSettings { weight: 3.0, fade: 1.0, width: 0.02, reach: 0.2 };

/// A plane of each class but the last, and a second one of the first.
fn class_planes(class_count: usize) -> Vec<ClassPlane> {
    let mut dice = Dice::new(7);
    let plane = |column: usize| {
        let normal = dice.vec3(-1.0, 1.0).as_vec3().normalize();
        let side = normal.cross(Vec3::X).normalize();
        let offset = dice.between(-0.3, 0.3) as f32;
        let half = Vec2::new(dice.between(0.4, 2.0) as f32, dice.between(0.4, 2.0) as f32);
        let sides = [side, normal.cross(side)];
        let reach = (0.25 * half.min_element()).min(SETTINGS.reach * EXTENT);
        ClassPlane { column: column as u16, normal, offset, sides, middle: Vec2::new(0.1, -0.1), half, reach }
    };
    (0..class_count - 1).chain([0]).map(plane).collect()
}

fn check(gpu: &Gpu, count: usize, class_count: usize) {
    let mut rows = fixture::rows(88, count, 0, class_count);
    rows[Column::Logits].iter_mut().for_each(|s| *s *= 3.0);
    let rows = Rows::from_cloud(&rows.to_cloud(classes(class_count)));
    let flat = class_planes(class_count);
    let world = |share: f32| f64::from(share) * f64::from(EXTENT);
    let pull = PlanePull { weight: SETTINGS.weight.into(), width: world(SETTINGS.width), reach: world(SETTINGS.reach) };
    let mut want = rows.zeros_like();
    assert!(twin(&rows, &flat, pull, &mut want) > 0.0);

    let buffers = RowBuffers::upload(gpu, &rows.to_cloud(classes(class_count)), count as u32).unwrap();
    let training = TrainingBuffers::new(gpu, &buffers.layout, buffers.capacity).unwrap();
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    let buffer = PlaneBuffer::new(gpu, &flat, EXTENT, &SETTINGS).unwrap();
    let mut rec = Recorder::new(gpu, &mut encoder, None);
    planes::record(&mut rec, &buffers, &training, &buffer, SETTINGS.weight);
    rec.finish();
    gpu.queue.submit([encoder.finish()]);
    let packed: Vec<[f32; 4]> = read_now(gpu, &training.d_rows.buffer, 16 * buffers.elements()).unwrap();
    let got = Rows::from_cloud(&buffers.layout.unpack(&packed, buffers.capacity, count, &classes(class_count)));
    for column in Column::ALL {
        let scale = want[column].iter().fold(0.0_f64, |top, g| top.max(g.abs()));
        for (i, (g, w)) in got[column].iter().zip(&want[column]).enumerate() {
            assert!((g - w).abs() <= 1e-4 * scale, "{column:?}, place {i}: {g} {w}");
        }
    }
}

#[test]
fn the_pull_agrees_with_its_twin() {
    for options in splat_tests::code_paths() {
        let Some(gpu) = splat_tests::gpu(options) else { return };
        check(&gpu, 300, 6);
        check(&gpu, 1_000, 21);
    }
}

//! Picks against their twin on every code path, at the image's corners too.

use splat_gpu::passes::forward::Blend;
use splat_gpu::passes::pick::{self, Seen};
use splat_gpu::passes::{forward, project, sort};
use splat_gpu::view::{tiles, view_uniforms};
use splat_gpu::{FrameBuffers, Gpu, ListBuffers, Recorder, RowBuffers};
use splat_reference::camera::Pinhole;
use splat_reference::pick::{Pick, Seen as Twin};
use splat_reference::{RenderSettings, fixture, render_stages};
use splat_shaders::layout::{NO_COUNTER, PickResult};
use splat_tests::gpu_step::classes;

const SIZE_PX: [u32; 2] = [70, 45];
const CLASSES: usize = 5;

/// Corners, and pixels all over.
fn pixels() -> Vec<[u32; 2]> {
    let [w, h] = SIZE_PX;
    let mut dice = fixture::Dice::new(3);
    let corners = [[0, 0], [w - 1, 0], [0, h - 1], [w - 1, h - 1]];
    let others = (0..60).map(|_| [dice.below(w as usize) as u32, dice.below(h as usize) as u32]);
    corners.into_iter().chain(others).collect()
}

fn picked(gpu: &Gpu, rows: &splat_reference::Rows, camera: &splat_core::Camera) -> Vec<PickResult> {
    let rows = RowBuffers::upload(gpu, &rows.to_cloud(classes(CLASSES)), rows.len() as u32).unwrap();
    let [x, y] = tiles(SIZE_PX[0], SIZE_PX[1]);
    let lists = ListBuffers::new(gpu, rows.capacity, 20_000, x * y).unwrap();
    let frame = FrameBuffers::new(gpu, SIZE_PX[0], SIZE_PX[1], rows.layout.logit_planes()).unwrap();
    let uniforms = view_uniforms(camera, [0.0; 3], 0, &rows, lists.entry_capacity, u32::MAX);
    let uniform = gpu.uniform("view", &uniforms);
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    let mut rec = Recorder::new(gpu, &mut encoder, None);
    project::record(&mut rec, &rows, &lists, &uniform);
    sort::record(&mut rec, &rows, &lists, &uniform, x * y);
    forward::record(&mut rec, &rows, &lists, &frame, &uniform, Blend::default());
    rec.finish();
    let seen = Seen { layout: rows.layout, lists: &lists, frame: &frame, limits: None, palette: None, is_solid: false };
    let mut answers: Vec<_> = pixels().into_iter().map(|pixel| pick::record(gpu, &mut encoder, &seen, pixel)).collect();
    gpu.queue.submit([encoder.finish()]);
    answers.iter_mut().for_each(|answer| answer.request());
    gpu.wait().unwrap();
    answers.iter_mut().map(|answer| answer.take().expect("it was waited for")[0]).collect()
}

/// True where the pick and its twin say the same.
fn is_same(got: &PickResult, want: Option<Pick>) -> bool {
    let Some(want) = want else { return got.row == NO_COUNTER };
    let close = |a: f32, b: f64, within: f64| (f64::from(a) - b).abs() <= within;
    // Slopes travel as half floats.
    let depth = 2e-3 * want.plane.x.abs();
    let [left, right, above, below] = got.around;
    got.row as usize == want.row
        && close(got.weight, want.weight, 1e-4)
        && close(got.coverage, want.coverage, 1e-4)
        && close(got.depth, want.plane.x, depth)
        && close(right - got.depth, want.plane.y, depth)
        && close(got.depth - left, want.plane.y, depth)
        && close(below - got.depth, want.plane.z, depth)
        && close(got.depth - above, want.plane.z, depth)
}

#[test]
fn picks_agree_with_their_twin() {
    let camera = fixture::camera(SIZE_PX[0], SIZE_PX[1]);
    let (pinhole, settings) = (Pinhole::new(&camera), RenderSettings { sh_degree: 0, ..Default::default() });
    for options in splat_tests::code_paths() {
        let Some(gpu) = splat_tests::gpu(options) else { return };
        for count in [30, 300] {
            let rows = fixture::rows(91, count, 0, CLASSES);
            let rows = splat_reference::Rows::from_cloud(&rows.to_cloud(classes(CLASSES)));
            let rendered = render_stages(&rows, &camera, &settings);
            let twin = Twin { rows: &rows, camera: &pinhole, settings: &settings, rendered: &rendered };
            let got = picked(&gpu, &rows, &camera);
            let pixels = pixels();
            let differ = pixels.iter().zip(&got).filter(|([x, y], got)| !is_same(got, twin.pick(*x, *y)));
            let differ: Vec<_> = differ.map(|([x, y], got)| (*x, *y, *got, twin.pick(*x, *y))).collect();
            // The rules are discontinuous: alpha < 1/255, where the surface is, who weighs most.
            assert!(differ.len() <= 2, "{} of {}: {differ:?}", differ.len(), pixels.len());
        }
    }
}

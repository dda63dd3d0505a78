//! One training step on the GPU with everything read back, in the twin's shapes.

use glam::{DAffine3, DVec3};
use splat_core::{Camera, Cloud, IGNORE_ID, LabelSet, Photo, TrainSettings};
use splat_gpu::passes::backward::Inputs;
use splat_gpu::passes::codes::ClassifierStep;
use splat_gpu::passes::exposure::{ExposureBuffers, ExposureStep};
use splat_gpu::passes::forward::{Blend, Selection};
use splat_gpu::passes::loss::LossStep;
use splat_gpu::passes::optimise::{AdamStep, plane_rates};
use splat_gpu::passes::pose::{PoseBuffers, PoseStep};
use splat_gpu::passes::smoothing::SmoothingBuffers;
use splat_gpu::passes::{self};
use splat_gpu::readback::read_now;
use splat_gpu::training::{LossBuffers, LossNeeds, SlotBuffer};
use splat_gpu::view::view_uniforms;
use splat_gpu::{
    ClassifierBuffers, FrameBuffers, Gpu, Labels, ListBuffers, Recorder, RowBuffers, TargetImage, TrainingBuffers,
};
use splat_reference::fixture::Dice;
use splat_reference::{Exposure, RenderSettings, Rows, Target, Twist};
use splat_shaders::layout::{CLASSIFIER_TEXELS, COUNTERS};

/// Names for `n` class columns.
pub fn classes(n: usize) -> LabelSet {
    let class = |id: usize| splat_core::ClassInfo {
        id: id as u16,
        name: format!("class {id}"),
        colour: [id as u8; 3],
        pixel_count: 1,
    };
    LabelSet { classes: (0..n).map(class).collect() }
}

/// Everything a step leaves behind.
pub struct GpuStep {
    /// `[H, W]` rgb without background, T_final.
    pub image: Vec<[f32; 4]>,
    /// `[H, W, C]` class channels; `[blocks, 8, 8, C]` where not all are compared.
    pub payload: Vec<f64>,
    /// `[H, W]` sum of alpha T z.
    pub depth: Vec<f32>,
    /// Sums of L1, SSIM, squared error, cross-entropy.
    pub totals: [f32; 4],
    /// Gradients of all parameters.
    pub d_rows: Rows,
    /// `[N]` NDC gradient norms and views.
    pub growth: Vec<[f32; 2]>,
    /// Gradient by the photograph's exposure.
    pub d_exposure: Exposure,
    /// Exposures after their step.
    pub exposures: Vec<Exposure>,
    /// Gradient by a small motion of the view.
    pub d_pose: Twist,
    /// view_from_world of the views after their step.
    pub poses: Vec<DAffine3>,
    /// Rows after Adam.
    pub rows: Rows,
    /// GPU counters.
    pub counters: Vec<u32>,
    /// `[I]` row and block mask, first hit.
    pub listed: Vec<[u32; 2]>,
    /// `[T]` first and end.
    pub tile_ranges: Vec<[u32; 2]>,
    /// The classifier after Adam and its moments, where rows hold codes.
    pub classifier: Vec<[f32; 4]>,
}

/// Rounds a target's photograph to 8 bits, as the GPU holds it; its alpha to 254 steps.
pub fn quantise(target: &mut Target) {
    for c in &mut target.photo {
        *c = (c.clamp(DVec3::ZERO, DVec3::ONE) * 255.0).round() / 255.0;
    }
    for a in &mut target.alpha {
        *a = (*a * 254.0).round() / 254.0;
    }
}

/// Random confidences, the same for the same number of pixels: what [`run`] uploads where settings weigh labels by them.
fn confidences(pixels: usize) -> Vec<u8> {
    let mut dice = Dice::new(77);
    (0..pixels).map(|_| dice.below(256) as u8).collect()
}

/// Gives a target's labels the weights that these confidences have for an exponent above 0.
pub fn weigh(target: &mut Target, exponent: f32) {
    let weight = |c: u8| (c as f64 / 255.0).powf(exponent.into());
    target.label_weights = confidences(target.labels.len()).into_iter().map(weight).collect();
}

/// Exposures that [`run`] starts with, the second being the target's.
pub fn exposures(target: &Target) -> Vec<Exposure> {
    let mut dice = Dice::new(78);
    let mut rows = || std::array::from_fn(|k| std::array::from_fn(|i| dice.between(-0.1, 0.1) + (i == k) as u8 as f64));
    let (before, behind) = (Exposure::from_rows(rows()), Exposure::from_rows(rows()));
    vec![before, target.exposure, behind]
}

/// Their moments, and how often the second was seen, this step included.
pub fn exposure_moments() -> ([Exposure; 2], u32) {
    let mut dice = Dice::new(79);
    let mut rows = |low| Exposure::from_rows([0; 3].map(|_| [0; 4].map(|_| 1e-2 * dice.between(low, 1.0))));
    ([rows(-1.0), rows(0.1)], 3)
}

/// Learning rate of exposures in [`run`].
pub const EXPOSURE_RATE: f64 = 0.01;

fn upload_exposures(gpu: &Gpu, target: &Target, pixels: u64) -> ExposureBuffers {
    let single = |e: &Exposure| e.to_rows().map(|row| row.map(|v| v as f32));
    let buffers = ExposureBuffers::new(gpu, 3, pixels);
    let values: Vec<_> = exposures(target).iter().map(single).collect();
    gpu.queue.write_buffer(&buffers.values, 0, bytemuck::cast_slice(&values));
    let [m, v] = exposure_moments().0.map(|e| single(&e));
    let moments: Vec<[f32; 4]> = m.into_iter().zip(v).flat_map(|(m, v)| [m, v]).collect();
    gpu.queue.write_buffer(&buffers.moments, 6 * 16, bytemuck::cast_slice(&moments));
    buffers
}

/// Cameras that [`run`] starts with, the second being the one that sees.
pub fn cameras(camera: &Camera) -> Vec<Camera> {
    let turn = |angle: f64| DAffine3::from_rotation_y(angle);
    [0.3, 0.0, -0.4].map(|angle| Camera { world_from_view: turn(angle) * camera.world_from_view, ..*camera }).to_vec()
}

/// The moments of the second camera's pose, and how often it was seen, this step included.
pub fn pose_moments() -> ([Twist; 2], u32) {
    let mut dice = Dice::new(80);
    let mut twist = |low| Twist { rotation: 1e-2 * dice.vec3(low, 1.0), translation: 1e-2 * dice.vec3(low, 1.0) };
    ([twist(-1.0), twist(0.1)], 3)
}

/// Learning rates of poses in [`run`]: rotation, translation.
pub const POSE_RATES: (f64, f64) = (0.01, 0.02);

fn upload_poses(gpu: &Gpu, camera: &Camera, rows: u32) -> PoseBuffers {
    let buffers = PoseBuffers::new(gpu, &cameras(camera), rows).unwrap();
    let [m, v] = pose_moments().0;
    let moments = [m.rotation, v.rotation, m.translation, v.translation].map(|t| t.as_vec3().extend(0.0).to_array());
    gpu.queue.write_buffer(&buffers.moments, 4 * 16, bytemuck::cast_slice(&moments));
    buffers
}

/// The gradient by the view's motion, and the poses after their step.
fn read_poses(gpu: &Gpu, buffers: &PoseBuffers) -> (Twist, Vec<DAffine3>) {
    let double = |v: [f32; 4]| glam::Vec4::from_array(v).truncate().as_dvec3();
    let parts: Vec<[[f32; 4]; 2]> = read_now(gpu, &buffers.lane_sums, 64 * 32).unwrap();
    let sum = |k: usize| parts.iter().map(|part| double(part[k])).sum::<DVec3>();
    let pose = |pose: splat_shaders::layout::Pose| {
        let [x, y, z, t] = pose.view_from_world.map(double);
        DAffine3::from_cols(x, y, z, t)
    };
    let poses = buffers.download(gpu).unwrap().into_iter().map(pose).collect();
    (Twist { rotation: sum(0), translation: sum(1) }, poses)
}

/// Runs project to optimise once. The target's exposure is that of the second of three views.
pub fn run(
    gpu: &Gpu,
    rows: &Rows,
    camera: &Camera,
    target: &Target,
    settings: &TrainSettings,
    render: &RenderSettings,
    hit_capacity: u32,
) -> GpuStep {
    run_coded(gpu, (rows, None), camera, target, settings, render, hit_capacity)
}

/// Seed of the blocks whose classes are compared, where settings say that not all are.
pub const BLOCK_SEED: u32 = 11;

/// Seed of the neighbours that [`run_coded`] compares.
pub const NEIGHBOUR_SEED: u32 = 40;

/// The same for rows that hold codes, with the classifier's weights and biases; compares neighbours where settings say so.
pub fn run_coded(
    gpu: &Gpu,
    (rows, classifier): (&Rows, Option<&[[f32; 4]]>),
    camera: &Camera,
    target: &Target,
    settings: &TrainSettings,
    render: &RenderSettings,
    hit_capacity: u32,
) -> GpuStep {
    let (w, h) = (camera.intrinsics.width, camera.intrinsics.height);
    let objective = settings.loss.objective;
    let antialiased = render.antialiased;
    let cloud = Cloud { objective, antialiased, ..rows.to_cloud(classes(rows.class_count)) };
    let buffers = RowBuffers::upload(gpu, &cloud, rows.len() as u32).unwrap();
    let layout = buffers.layout;
    let training = TrainingBuffers::new(gpu, &layout, buffers.capacity).unwrap();
    let tiles = splat_gpu::view::tiles(w, h);
    let lists = ListBuffers::new(gpu, buffers.capacity, hit_capacity, tiles[0] * tiles[1]).unwrap();
    let share = settings.class_share(layout.channels);
    let packed = (share < 1.0).then_some((share * splat_gpu::frame::blocks(w, h) as f32) as u32);
    let frame = FrameBuffers::packed(gpu, w, h, layout.logit_planes(), packed).unwrap();
    let loss = LossBuffers::new(gpu, &frame, layout.logit_planes(), LossNeeds::of(settings)).unwrap();
    let smoothing = &settings.loss.smoothing;
    let neighbours = SmoothingBuffers::new(gpu, smoothing);
    let classifier = classifier.map(|weights| {
        let classes = weights.len() as u32 / CLASSIFIER_TEXELS;
        let buffers = ClassifierBuffers::new(gpu, classes, frame.pixels(), smoothing.samples).unwrap();
        buffers.write(gpu, weights).unwrap();
        buffers
    });
    let slots = SlotBuffer::new(gpu, &layout, hit_capacity).unwrap();
    let image = upload(gpu, target, settings.loss.confidence, [w, h]);
    let background = render.background.to_array().map(|c| c as f32);
    let mut uniforms =
        view_uniforms(camera, background, render.sh_degree, &buffers, lists.entry_capacity, hit_capacity);
    uniforms.counts_growth = !loss.counts_colour_only as u32;
    let view = gpu.uniform("view", &uniforms);
    let selection = Selection::Random { seed: BLOCK_SEED };
    let blend = Blend { normalise: render.normalise, geometry_gate: settings.loss.geometry_gate, selection };
    let fast_atomics = settings.fast_atomics && gpu.has_float_atomics;
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    let mut rec = Recorder::new(gpu, &mut encoder, None);
    let poses = upload_poses(gpu, camera, buffers.capacity);
    poses.record_choice(&mut rec, 1, &view);
    passes::project::record(&mut rec, &buffers, &lists, &view);
    passes::sort::record(&mut rec, &buffers, &lists, &view, tiles[0] * tiles[1]);
    passes::forward::record(&mut rec, &buffers, &lists, &frame, &view, blend);
    let relabels = settings.loss.self_training.enabled;
    let exposures = upload_exposures(gpu, target, frame.pixels());
    let (visits, rate) = (exposure_moments().1, EXPOSURE_RATE as f32);
    let exposure = ExposureStep { buffers: &exposures, view: 1, visits, rate };
    let (classifier, learned) = (classifier.as_ref(), Some(exposure));
    let step = LossStep {
        settings: &settings.loss,
        background,
        relabels,
        block_seed: BLOCK_SEED,
        classifier,
        exposure: learned,
    };
    passes::loss::record(&mut rec, &buffers, &frame, &loss, &image, step);
    let inputs = Inputs {
        lists: &lists,
        frame: &frame,
        loss: &loss,
        slots: &slots,
        view: &view,
        poses: Some(&poses),
        fast_atomics,
    };
    passes::backward::record(&mut rec, &buffers, &training, &inputs, blend);
    if let Some(classifier) = &classifier {
        let neighbours = (smoothing.weight > 0.0).then_some((&neighbours, smoothing, NEIGHBOUR_SEED));
        let step = ClassifierStep { frame: &frame, neighbours, rate: settings.rates.classifier, step: 1 };
        passes::codes::record_step(&mut rec, &buffers, &training, classifier, &step);
    }
    let rates = gpu.storage("rates", &plane_rates(&layout, &settings.rates, settings.rates.mean));
    let adam = AdamStep { step: 1, entropy_weight: settings.loss.entropy };
    passes::optimise::record(&mut rec, &buffers, &training, &rates, &adam);
    passes::exposure::record(&mut rec, &buffers.counters, exposure);
    let ((rotation, translation), visits) = (POSE_RATES, pose_moments().1);
    let (rotation_rate, translation_rate) = (rotation as f32, translation as f32);
    let pose = PoseStep { buffers: &poses, view: 1, visits, rotation_rate, translation_rate };
    passes::pose::record(&mut rec, &buffers.counters, pose);
    rec.finish();
    gpu.queue.submit([encoder.finish()]);

    let n = frame.pixels();
    let (d_pose, poses) = read_poses(gpu, &poses);
    let double = |rows: [[f32; 4]; 3]| Exposure::from_rows(rows.map(|row| row.map(f64::from)));
    let parts: Vec<[[f32; 4]; 3]> = read_now(gpu, &exposures.lane_sums, 64 * 48).unwrap();
    let mut d_exposure = Exposure::ZERO;
    for part in parts.into_iter().map(double) {
        (d_exposure.gain, d_exposure.offset) = (d_exposure.gain + part.gain, d_exposure.offset + part.offset);
    }
    let class_pixels = frame.class_pixels();
    let planes: Vec<[f32; 4]> =
        read_now(gpu, &frame.payload.buffer, 16 * class_pixels * layout.logit_planes().max(1) as u64).unwrap();
    let d_planes: Vec<[f32; 4]> = read_now(gpu, &training.d_rows.buffer, 16 * buffers.elements()).unwrap();
    let d_cloud = layout.unpack(&d_planes, buffers.capacity, rows.len(), &cloud.classes);
    let c = rows.class_count;
    let counters: Vec<u32> = read_now(gpu, &buffers.counters, 4 * COUNTERS as u64).unwrap();
    let entries = counters[splat_shaders::layout::COUNT_ENTRIES as usize] as u64;
    GpuStep {
        image: read_now(gpu, &frame.image.buffer, 16 * n).unwrap(),
        payload: (0..class_pixels as usize * c)
            .map(|i| planes[(i % c / 4) * class_pixels as usize + i / c][i % c % 4] as f64)
            .collect(),
        depth: read_now(gpu, &frame.depth, 4 * n).unwrap(),
        totals: read_now(gpu, &loss.totals, 16).unwrap()[0..4].try_into().unwrap(),
        d_rows: Rows::from_cloud(&d_cloud),
        d_exposure,
        d_pose,
        poses,
        exposures: exposures.download(gpu).unwrap().into_iter().map(|e| double(e.rows)).collect(),
        growth: read_now(gpu, &training.growth, 8 * rows.len() as u64).unwrap(),
        rows: Rows::from_cloud(&buffers.download(gpu).unwrap()),
        listed: read_now(gpu, &lists.listed.buffer, 8 * entries.max(1)).unwrap(),
        tile_ranges: read_now(gpu, &lists.tile_ranges, 8 * (tiles[0] * tiles[1]) as u64).unwrap(),
        counters,
        classifier: classifier.map_or(Vec::new(), |c| c.read(gpu).unwrap()),
    }
}

fn upload(gpu: &Gpu, target: &Target, exponent: f32, [width, height]: [u32; 2]) -> TargetImage {
    let pixel = |(c, &valid): (&DVec3, &bool)| {
        let [r, g, b] = c.to_array().map(|v| (v * 255.0).round() as u8);
        [r, g, b, if valid { 255 } else { 0 }]
    };
    let rgba = target.photo.iter().zip(&target.valid).flat_map(pixel).collect();
    let alpha = target.alpha.iter().map(|a| (a * 255.0).round() as u8).collect();
    let columns: Vec<u16> = target.labels.iter().map(|l| l.map_or(IGNORE_ID, |c| c as u16)).collect();
    let confidence = confidences(columns.len());
    let labels = Labels { columns: &columns, confidence: Some(&confidence), exponent };
    TargetImage::upload(gpu, &Photo { width, height, rgba, alpha: Some(alpha) }, Some(labels))
}

//! From a capture folder to what a run needs. CPU only, slow: run it on a background task where somebody watches.

use crate::error::TrainError;
use crate::init::cloud_from_points;
use crate::planes::PlaneSearch;
use splat_core::{
    Camera, Capture, ClassPlane, Cloud, IGNORE_ID, LabelImage, LabelSet, Photo, Split, TrainSettings, View,
};
use splat_io::{CaptureOptions, load_photos, open_capture};
use splat_labels::{LabelMapSource, LabelRequest, LabelSource, MapReport, gather, gather_confidence, scene_classes};
use std::path::{Path, PathBuf};

/// How a capture becomes a run.
#[derive(Clone, Debug, Default)]
pub struct PrepareOptions {
    /// Where labels come from; `None`: the capture's mesh if it has one.
    pub labels: Option<LabelSource>,
    /// A class list instead of the default one.
    pub vocabulary: Option<PathBuf>,
    /// How the masks of a folder are brought to another class list: `vocabulary` if given, else the scene's.
    pub label_map: Option<LabelMapSource>,
    /// Images and intrinsics are scaled down by this, >= 1 (0 counts as 1).
    pub downscale: f64,
    /// The run's settings.
    pub settings: TrainSettings,
}

/// One view, decoded.
#[derive(Clone, Debug)]
pub struct TrainingView {
    /// Image file name.
    pub name: String,
    /// Its camera.
    pub camera: Camera,
    /// Its photograph.
    pub photo: Photo,
    /// `[H, W]` class columns, 65535 = none; `None` for an unlabelled view.
    pub columns: Option<Vec<u16>>,
    /// `[H, W]` how certain they are, 255 = certain; `None`: all of them, or not asked for.
    pub confidence: Option<Vec<u8>>,
}

/// What a run needs.
#[derive(Clone, Debug)]
pub struct PreparedRun {
    /// The first Gaussians.
    pub cloud: Cloud,
    /// Training views.
    pub views: Vec<TrainingView>,
    /// Held-out views: photographs only, for progress figures; never trained on.
    pub held_out: Vec<TrainingView>,
    /// Planes and patches of classes, where they are asked for.
    pub planes: Vec<ClassPlane>,
    /// Scene extent in world units.
    pub extent: f32,
    /// What a label map did to the labels of the training views, where there was one.
    pub mapped: Option<MapReport>,
    /// What was odd but survivable.
    pub warnings: Vec<String>,
}

impl PreparedRun {
    /// Pixels of the largest training view.
    pub fn most_pixels(&self) -> usize {
        self.views.iter().map(|v| v.camera.intrinsics.pixels()).max().unwrap_or(0)
    }
}

/// Opens the capture, decodes photographs and labels, and makes the first Gaussians. `progress` hears what is being done
/// and how much of it (0..1). Labels of held-out views are never read.
pub fn prepare(
    dir: &Path,
    options: &PrepareOptions,
    progress: &(dyn Fn(&str, f32) + Sync),
) -> Result<PreparedRun, TrainError> {
    progress("opening the capture", 0.0);
    let settings = &options.settings;
    let capture = open_capture(dir, &CaptureOptions { downscale: options.downscale.max(1.0), seed: settings.seed })?;
    let mut warnings = capture.warnings.clone();
    let train: Vec<&View> = capture.split(Split::Train).collect();
    let test: Vec<&View> = capture.split(Split::Test).collect();
    let refuse = |message: &str| TrainError::Capture { path: dir.to_owned(), message: message.to_owned() };
    if train.is_empty() {
        return Err(refuse("no training view: the split lists leave nothing to train on"));
    }
    if capture.points.is_empty() {
        return Err(refuse("no points to start from: add sparse points (points3D) to the capture"));
    }

    let source = options.labels.clone().unwrap_or_else(|| LabelSource::default_for(&capture));
    progress("gathering labels", 0.0);
    let (vocabulary, map) = (options.vocabulary.as_deref(), options.label_map.as_ref());
    let labelling = gather(&capture, &LabelRequest { source: &source, vocabulary, map }, &train)?;
    warnings.extend(labelling.warnings.iter().cloned());
    let confidence = match settings.loss.confidence > 0.0 {
        true => gather_confidence(&capture, &source, &train)?,
        false => (vec![None; train.len()], Vec::new()),
    };
    warnings.extend(confidence.1);
    let classes = if source == LabelSource::None { LabelSet::default() } else { scene_classes(&labelling) };

    let total = (train.len() + test.len()) as f32;
    let photos = load_photos(&train, &|done| progress("decoding photographs", done as f32 / total))?;
    let shown = train.len();
    let held = load_photos(&test, &|done| progress("decoding photographs", (shown + done) as f32 / total))?;

    let table = classes.column_table();
    let columns = |image: &Option<LabelImage>| {
        let image = image.as_ref().filter(|_| !classes.is_empty())?;
        Some(label_columns(image, &table))
    };
    let view = |(view, photo): (&&View, Photo), columns, confidence| TrainingView {
        name: view.name.clone(),
        camera: view.camera,
        photo,
        columns,
        confidence,
    };
    let labels = labelling.images.iter().zip(confidence.0).map(|(image, c)| (columns(image), c.map(|c| c.values)));
    let views = train.iter().zip(photos).zip(labels).map(|(v, (columns, c))| view(v, columns, c));
    let views: Vec<TrainingView> = views.collect();
    let held_out = test.iter().zip(held).map(|v| view(v, None, None)).collect();
    let cloud = first_cloud(&capture, settings, &classes);
    let extent = capture.extent();
    let planes = match settings.loss.planes.weight > 0.0 {
        true => {
            progress("finding planes", 0.0);
            let reach = settings.loss.planes.reach * extent;
            PlaneSearch { extent, reach, seed: settings.seed }.planes(&capture.points, &views)
        }
        false => Vec::new(),
    };
    Ok(PreparedRun { cloud, views, held_out, planes, extent, mapped: labelling.mapped, warnings })
}

/// `[H, W]` class columns of an image of vocabulary ids; `table` is [`LabelSet::column_table`].
pub(crate) fn label_columns(image: &LabelImage, table: &[u16]) -> Vec<u16> {
    image.ids.iter().map(|&id| if id == IGNORE_ID { IGNORE_ID } else { table[id as usize] }).collect()
}

/// One Gaussian per sparse point, thinned evenly where there are more points than the run may hold.
fn first_cloud(capture: &Capture, settings: &TrainSettings, classes: &LabelSet) -> Cloud {
    let points = &capture.points;
    let most = (settings.max_gaussians as usize).max(1);
    if points.len() <= most {
        return cloud_from_points(points, settings.sh_degree, classes, settings.seed);
    }
    let thinned: Vec<_> = (0..most).map(|i| points[i * points.len() / most]).collect();
    cloud_from_points(&thinned, settings.sh_degree, classes, settings.seed)
}

//! What an evaluation says beyond single pictures: whether labels hold still from frame to frame, and whether they and surfaces
//! are right in 3D.

use crate::clouds::label_image;
use crate::error::CliError;
use crate::progress::Progress;
use crate::truth::Truth;
use splat_core::bounds::trimmed_box;
use splat_core::{Capture, Cloud, IGNORE_ID, LabelImage, View};
use splat_eval::flicker::{Flicker, FlickerFrame};
use splat_eval::object_boxes::{ObjectScore, found_boxes, score_object};
use splat_eval::vertices::classes_of_vertices;
use splat_eval::{DepthErrors, Report, Segmentation};
use splat_labels::{AnnotatedMesh, AnnotatedObject, LabelRequest, LabelSource, gather, project_labels_and_depth};
use splat_train::{RenderedView, Renderer, RunSettings};

/// Pairs of neighbouring frames that are compared; of longer captures evenly spread ones.
const MOST_PAIRS: usize = 40;

/// Flicker of the renders and, where the run was trained on masks, of those masks over the same pairs of frames.
pub fn measure_flicker(
    capture: &Capture,
    settings: &RunSettings,
    cloud: &Cloud,
    renderer: &mut Renderer,
    report: &mut Report,
    progress: &Progress,
) -> Result<(), CliError> {
    let count = capture.views.len().saturating_sub(1);
    if cloud.classes.is_empty() || count == 0 {
        return Ok(());
    }
    let pairs = count.min(MOST_PAIRS);
    let firsts: Vec<usize> = (0..pairs).map(|i| i * count / pairs).collect();
    let masks = input_masks(capture, settings, &firsts)?;
    let (mut rendered, mut input) = (Flicker::default(), Flicker::default());
    let mut last: Option<(usize, RenderedView)> = None;
    for (i, &first) in firsts.iter().enumerate() {
        progress.stage("measuring flicker", i as f32 / pairs as f32);
        let (view, next) = (&capture.views[first], &capture.views[first + 1]);
        let seen = match last.take() {
            Some((index, seen)) if index == first => seen,
            _ => renderer.render(&view.camera)?,
        };
        let seen_next = renderer.render(&next.camera)?;
        let labels = [label_image(&seen, cloud), label_image(&seen_next, cloud)];
        rendered.add(Flicker::between(&frame(view, &seen, &labels[0]), &frame(next, &seen_next, &labels[1])));
        if let Some([Some(mask), Some(mask_next)]) = masks.get(i) {
            input.add(Flicker::between(&frame(view, &seen, mask), &frame(next, &seen_next, mask_next)));
        }
        last = Some((first + 1, seen_next));
    }
    (report.flicker, report.flicker_input) = (rendered.share(), input.share());
    Ok(())
}

fn frame<'a>(view: &'a View, seen: &'a RenderedView, labels: &'a LabelImage) -> FlickerFrame<'a> {
    FlickerFrame { camera: &view.camera, depth: &seen.depth, labels }
}

/// The masks that the run was trained on, of both views of every pair; nothing where it was not trained on masks. Those of
/// held-out views are read here, to be measured, and nowhere in training.
fn input_masks(
    capture: &Capture,
    settings: &RunSettings,
    firsts: &[usize],
) -> Result<Vec<[Option<LabelImage>; 2]>, CliError> {
    let source: LabelSource = settings.labels.parse().unwrap_or(LabelSource::None);
    if !matches!(source, LabelSource::Folder(_)) {
        return Ok(Vec::new());
    }
    let views: Vec<&View> = firsts.iter().flat_map(|&i| [&capture.views[i], &capture.views[i + 1]]).collect();
    let map = settings.label_map();
    let request = LabelRequest { source: &source, vocabulary: settings.vocabulary.as_deref(), map: map.as_ref() };
    let labelling = gather(capture, &request, &views)?;
    let mut images = labelling.images.into_iter();
    Ok(std::iter::from_fn(|| Some([images.next()?, images.next()?])).collect())
}

/// The capture's annotated mesh, where it has one. One that cannot be read costs its figures, and the evaluation only where
/// labels come from it too.
pub fn load_mesh(capture: &Capture, truth: &Truth, report: &mut Report) -> Result<Option<AnnotatedMesh>, CliError> {
    let Some(paths) = &capture.mesh else { return Ok(None) };
    match AnnotatedMesh::load(paths, &truth.labelling.vocabulary) {
        Ok(mesh) => Ok(Some(mesh)),
        Err(e) if truth.source == LabelSource::Mesh => Err(e.into()),
        Err(e) => {
            report.warnings.push(format!("no figures of surfaces: {e}"));
            Ok(None)
        }
    }
}

/// How far the surfaces of views lie from those of the mesh.
pub fn measure_depths(
    mesh: &AnnotatedMesh,
    views: &[&View],
    renderer: &mut Renderer,
    report: &mut Report,
    progress: &Progress,
) -> Result<(), CliError> {
    let mut errors = DepthErrors::default();
    for (i, view) in views.iter().enumerate() {
        progress.stage("measuring depths", i as f32 / views.len() as f32);
        let truth = project_labels_and_depth(mesh, &view.camera).1;
        errors.add(&renderer.surface(&view.camera)?, &truth);
    }
    (report.depth_near, report.depth_median) = (errors.near(), errors.median());
    Ok(())
}

/// Mean IoU over the annotated mesh's vertices, by the rules that pixels are scored by.
pub fn measure_vertices(
    mesh: &AnnotatedMesh,
    cloud: &Cloud,
    truth: &Truth,
    report: &mut Report,
    progress: &Progress,
) -> Result<(), CliError> {
    if cloud.classes.is_empty() || truth.source != LabelSource::Mesh {
        return Ok(());
    }
    progress.stage("asking the mesh", 0.0);
    let labelled: Vec<usize> = (0..mesh.vertex_ids.len()).filter(|&v| mesh.vertex_ids[v] != IGNORE_ID).collect();
    let positions: Vec<_> = labelled.iter().map(|&v| mesh.mesh.vertices[v]).collect();
    let row = |ids: Vec<u16>| LabelImage { width: ids.len() as u32, height: 1, ids };
    let prediction = row(classes_of_vertices(cloud, &positions));
    let mut scores = Segmentation::default();
    truth.score_against(&row(labelled.iter().map(|&v| mesh.vertex_ids[v]).collect()), &prediction, &mut scores)?;
    (report.miou_3d, report.accuracy_3d) = (scores.miou_dataset(), scores.accuracy());
    if truth.mapping.is_none() {
        report.objects = score_objects(cloud, mesh, truth);
        let sum: f64 = report.objects.iter().map(|o| o.box_iou).sum();
        report.box_iou = (!report.objects.is_empty()).then(|| sum / report.objects.len() as f64);
    }
    Ok(())
}

/// Annotated objects of the cloud's classes, against the cloud's own.
fn score_objects(cloud: &Cloud, mesh: &AnnotatedMesh, truth: &Truth) -> Vec<ObjectScore> {
    let found = found_boxes(cloud);
    let known = mesh.objects.iter().filter(|o| cloud.classes.column(o.id).is_some());
    let score = |object: &AnnotatedObject| {
        let vertices = object.vertices.iter().map(|&v| mesh.mesh.vertices[v as usize]);
        Some(score_object(object.id, truth.labelling.vocabulary.name(object.id), trimmed_box(vertices, 0.0)?, &found))
    };
    known.filter_map(score).collect()
}

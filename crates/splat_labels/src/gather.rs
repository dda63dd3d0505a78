//! Where the labels of a capture come from, and bringing them to its views.

use crate::mapping::Translation;
use crate::{AnnotatedMesh, LabelError, LabelRequest, MapReport, palette, project_all, vocabulary};
use splat_core::{Camera, Capture, IGNORE_ID, LabelImage, LabelSet, View, Vocabulary};
use splat_io::masks::{self, Confidence};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Where labels come from. As text: `none`, `mesh`, or a folder's path (`./mesh` for a folder of that name).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabelSource {
    /// No labels: colour only.
    None,
    /// The capture's annotated mesh, projected.
    Mesh,
    /// A folder of masks, one per image, with its `classes.txt`.
    Folder(PathBuf),
}

impl FromStr for LabelSource {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "none" => Self::None,
            "mesh" => Self::Mesh,
            folder => Self::Folder(folder.into()),
        })
    }
}

impl std::fmt::Display for LabelSource {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Mesh => f.write_str("mesh"),
            Self::Folder(folder) => folder.display().fmt(f),
        }
    }
}

impl LabelSource {
    /// What a capture offers by itself: its mesh where it has one, else nothing.
    pub fn default_for(capture: &Capture) -> Self {
        if capture.mesh.is_some() { Self::Mesh } else { Self::None }
    }
}

/// Labels of some views.
#[derive(Clone, Debug)]
pub struct Labelling {
    /// What the ids mean. No names at all for a mask folder without a class list.
    pub vocabulary: Vocabulary,
    /// One per requested view, in that order, at the size of the view's camera; `None` where a view has no mask.
    pub images: Vec<Option<LabelImage>>,
    /// What a label map did to them, where there was one.
    pub mapped: Option<MapReport>,
    /// What was odd but survivable.
    pub warnings: Vec<String>,
}

/// Brings labels to `views`, and opens nothing that belongs to other views: pass the training views to train.
///
/// The vocabulary is the request's if it names one; else, for a mesh, the capture's own list (or ScanNet++'s top-100), for a
/// folder its `classes.txt`. A folder with a label map, or with a list of its own that is not the one asked for, is mapped: to
/// the list asked for, else to the capture's. A folder that is not found from here is looked for in the capture and in its
/// `dslr`.
///
/// # Errors
/// If the capture has no mesh but is asked for one; if files are missing, broken or contradict each other; if a mask
/// holds an id outside its class list, or is no resize of its photograph; if a label map is asked for and there are no masks.
pub fn gather(capture: &Capture, request: &LabelRequest, views: &[&View]) -> Result<Labelling, LabelError> {
    let source = request.source;
    if let LabelSource::Folder(folder) = source {
        return from_folder(&resolve(capture, folder), capture, request, views);
    }
    if let Some(map) = request.map {
        return Err(LabelError::NotMasks { map: map.to_string(), labels: source.to_string() });
    }
    let chosen = request.vocabulary.map(masks::load_vocabulary).transpose()?;
    match source {
        LabelSource::Mesh => from_mesh(capture, chosen, views),
        _ => Ok(Labelling {
            vocabulary: chosen.unwrap_or_default(),
            images: vec![None; views.len()],
            mapped: None,
            warnings: Vec::new(),
        }),
    }
}

fn from_mesh(capture: &Capture, chosen: Option<Vocabulary>, views: &[&View]) -> Result<Labelling, LabelError> {
    let paths = capture.mesh.as_ref().ok_or_else(|| LabelError::NoMesh { path: capture.root.clone() })?;
    let vocabulary = match (chosen, &paths.vocabulary) {
        (Some(chosen), _) => chosen,
        (None, Some(path)) => masks::load_vocabulary(path)?,
        (None, None) => vocabulary::scannetpp_top100(),
    };
    let mesh = AnnotatedMesh::load(paths, &vocabulary)?;
    if mesh.vertex_ids.iter().all(|&id| id == IGNORE_ID) {
        let message = "no object carries a label of the vocabulary: is it the right list?";
        return Err(LabelError::bad_file(&paths.annotations, message));
    }
    let cameras: Vec<Camera> = views.iter().map(|v| v.camera).collect();
    let images: Vec<_> = project_all(&mesh, &cameras).into_iter().map(Some).collect();
    let mut warnings = mesh.warnings;
    if !views.is_empty() && images.iter().flatten().all(|image| image.histogram().is_empty()) {
        let message = "the mesh is in no view: cameras and mesh are in different frames";
        warnings.push(format!("{}: {message}", paths.mesh.display()));
    }
    Ok(Labelling { vocabulary, images, mapped: None, warnings })
}

fn from_folder(
    folder: &Path,
    capture: &Capture,
    request: &LabelRequest,
    views: &[&View],
) -> Result<Labelling, LabelError> {
    let own = masks::folder_vocabulary(folder)?;
    let translation = Translation::of(capture, request, folder, own.as_ref())?;
    let vocabulary = match (&translation, own, request.vocabulary) {
        (Some(translation), ..) => Some(translation.from.clone()),
        (None, Some(own), _) => Some(own),
        (None, None, chosen) => chosen.map(masks::load_vocabulary).transpose()?,
    };
    let images = match &vocabulary {
        Some(vocabulary) => masks::load_masks_in_vocabulary(views, folder, vocabulary)?,
        None => masks::load_masks_for(views, folder)?,
    };
    let mut warnings = Vec::new();
    let missing: Vec<&str> =
        views.iter().zip(&images).filter(|(_, image)| image.is_none()).map(|(view, _)| view.name.as_str()).collect();
    if let Some(first) = missing.first() {
        let message = format!("{} of {} views have no mask, {first} first", missing.len(), views.len());
        warnings.push(format!("{}: {message}", folder.display()));
    }
    let labelling = Labelling { vocabulary: vocabulary.unwrap_or_default(), images, mapped: None, warnings };
    Ok(match translation {
        Some(translation) => labelling.translated(translation, folder),
        None => labelling,
    })
}

/// How certain the labels of `views` are, at the size of each view's camera, and what was odd about it: for a mask folder DIR
/// its `DIR_confidence`, for other sources nothing. Opens nothing that belongs to other views.
///
/// # Errors
/// If a file cannot be decoded or is no resize of its photograph.
pub fn gather_confidence(
    capture: &Capture,
    source: &LabelSource,
    views: &[&View],
) -> Result<(Vec<Option<Confidence>>, Vec<String>), LabelError> {
    let LabelSource::Folder(folder) = source else { return Ok((vec![None; views.len()], Vec::new())) };
    let folder = resolve(capture, folder);
    let found = masks::load_confidences_for(views, &folder)?;
    let known = found.iter().flatten().count();
    let warning = (known < views.len()).then(|| {
        let place = masks::confidence_folder(&folder).unwrap_or(folder);
        format!("{}: {known} of {} views have a confidence; the others count fully", place.display(), views.len())
    });
    Ok((found, warning.into_iter().collect()))
}

/// The folder as given, or of that name in the capture.
fn resolve(capture: &Capture, folder: &Path) -> PathBuf {
    let places = [folder.to_owned(), capture.root.join(folder), capture.root.join("dslr").join(folder)];
    places.iter().find(|place| place.is_dir()).unwrap_or(&places[0]).clone()
}

impl Labelling {
    /// The labels in another vocabulary, as trained: every class becomes its first target, unmapped ones lose their
    /// labels, which the warnings and the report say.
    fn translated(mut self, translation: Translation, folder: &Path) -> Self {
        let report = MapReport::new(&translation, folder, &self.histogram());
        self.warnings.extend(translation.warnings);
        self.warnings.extend(report.loss());
        for image in self.images.iter_mut().flatten() {
            *image = translation.map.apply(image);
        }
        (self.vocabulary, self.mapped) = (translation.to, Some(report));
        self
    }

    /// Labelled pixels per vocabulary id over all images.
    pub fn histogram(&self) -> BTreeMap<u16, u64> {
        let mut counts = BTreeMap::new();
        for (id, n) in self.images.iter().flatten().flat_map(|image| image.histogram()) {
            *counts.entry(id).or_default() += n;
        }
        counts
    }
}

/// The classes of a scene: every id that occurs in the labelling (gathered for the training views), in id order.
pub fn scene_classes(labelling: &Labelling) -> LabelSet {
    let vocabulary = &labelling.vocabulary;
    let colour = |id| palette::class_colour(id, &vocabulary.name(id));
    LabelSet::from_histogram(&labelling.histogram(), vocabulary, colour)
}

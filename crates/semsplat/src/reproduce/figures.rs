//! Pictures like the paper's figures, each with a key to its classes.

use super::RowOf;
use super::row::{Masks, Method, Row};
use super::work::{Scene, Workshop};
use crate::clouds::{colour_image, label_image};
use crate::error::CliError;
use image::RgbImage;
use splat_core::{ClassInfo, Cloud, IGNORE_ID, LabelImage, LabelSet, Split, View, Vocabulary};
use splat_eval::flicker::{Flicker, FlickerFrame};
use splat_eval::{bar_chart, class_key, class_picture, photo_rgb, picture_grid, save_png};
use splat_labels::{LabelRequest, LabelSource, Labelling, gather, palette};
use splat_train::{RenderedView, Renderer, RunFolder};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Held-out views of a scene that Figure 1 shows.
const VIEWS: usize = 2;
/// Neighbouring frames that are looked through for Figure 2.
const MOST_PAIRS: usize = 40;

/// Width in pixels that small pictures are enlarged to, by a whole factor: captions need room.
const LEGIBLE: u32 = 400;
/// Share of a frame that must be seen in the next one too for the two to be shown side by side.
const OVERLAP: f64 = 0.25;

/// Draws what can be drawn of a scene, from the runs of preset quality.
pub fn draw(workshop: &Workshop, scene: &Scene) -> Result<(), CliError> {
    let (kind, masks) = if scene.has_mesh() { ("figure1", Masks::Exact) } else { ("figure1-masks", Masks::Noisy) };
    save_png(&path(workshop, kind, scene), &supervised(workshop, scene, masks)?)?;
    if let Some(picture) = inconsistent(workshop, scene)? {
        save_png(&path(workshop, "figure2", scene), &picture)?;
    }
    Ok(())
}

/// Whether a scene's figures are there and newer than the runs that they show.
pub fn are_drawn(workshop: &Workshop, scene: &Scene, rows: &[RowOf]) -> bool {
    let time = |path: PathBuf| path.metadata().and_then(|m| m.modified()).ok();
    let drawn = time(path(workshop, "figure2", scene));
    let runs = rows.iter().filter(|row| row.method == Method::Quality);
    runs.map(|row| time(workshop.folder(scene, row.masks, row.method).join("cloud.ply"))).all(|run| run < drawn)
}

fn path(workshop: &Workshop, kind: &str, scene: &Scene) -> PathBuf {
    workshop.out.join(format!("figures/{kind}_{}.png", scene.name))
}

/// A trained cloud and something that renders it.
struct Trained {
    cloud: Cloud,
    renderer: Renderer,
    /// What lies behind it.
    background: [f32; 3],
    /// Classes that pictures show.
    shown: BTreeSet<u16>,
    /// Names of classes that the cloud does not know.
    vocabulary: Vocabulary,
}

impl Trained {
    fn open(workshop: &Workshop, scene: &Scene, masks: Masks) -> Result<Self, CliError> {
        let run = RunFolder::open(&workshop.folder(scene, masks, Method::Quality))?;
        let (cloud, background) = (run.cloud()?, run.settings()?.train.background.shown());
        let renderer = Renderer::new(workshop.gpu()?, &cloud, background)?;
        let (shown, vocabulary) = (BTreeSet::new(), Vocabulary::default());
        Ok(Self { cloud, renderer, background, shown, vocabulary })
    }

    /// A picture of classes, which counts those that it shows.
    fn classes(&mut self, labels: &LabelImage) -> RgbImage {
        self.shown.extend(labels.histogram().into_keys());
        class_picture(labels, &self.cloud.classes)
    }

    /// Pictures in rows, above a key to the classes that they show.
    fn figure(&self, rows: Vec<Vec<(String, RgbImage)>>) -> RgbImage {
        let larger = |(caption, picture)| (caption, enlarged(picture));
        let rows: Vec<Vec<_>> = rows.into_iter().map(|row| row.into_iter().map(larger).collect()).collect();
        let grid = picture_grid(&rows);
        let is_shown = |class: &&ClassInfo| self.shown.contains(&class.id);
        let mut classes: Vec<ClassInfo> = self.cloud.classes.classes.iter().filter(is_shown).cloned().collect();
        let known: BTreeSet<u16> = classes.iter().map(|c| c.id).collect();
        let strange = self.shown.difference(&known).filter(|id| **id != IGNORE_ID);
        classes.extend(strange.map(|&id| ClassInfo {
            id,
            name: self.vocabulary.name(id),
            colour: palette::colour(id),
            pixel_count: 0,
        }));
        let key = class_key(&LabelSet { classes }, grid.width());
        let mut out = RgbImage::new(grid.width(), grid.height() + key.height());
        image::imageops::replace(&mut out, &grid, 0, 0);
        image::imageops::replace(&mut out, &key, 0, grid.height() as i64);
        out
    }
}

/// Figure 1: rendered colours, rendered classes, true classes of held-out views. Where nobody knows those: the photograph, and the
/// segmenter's classes in their place.
fn supervised(workshop: &Workshop, scene: &Scene, masks: Masks) -> Result<RgbImage, CliError> {
    let mut trained = Trained::open(workshop, scene, masks)?;
    let held_out: Vec<&View> = scene.capture.split(Split::Test).collect();
    let step = held_out.len().div_ceil(VIEWS).max(1);
    let shown: Vec<&View> = held_out.into_iter().step_by(step).collect();
    let labels = match masks {
        Masks::Exact => gather(&scene.capture, &LabelRequest::of(&LabelSource::Mesh), &shown)?,
        Masks::Noisy => noisy_masks(scene, &shown)?,
    };
    trained.vocabulary = labels.vocabulary;
    let source = if masks == Masks::Exact { "true classes" } else { "the segmenter's classes" };
    let mut rows = Vec::new();
    for (view, labels) in shown.iter().zip(&labels.images) {
        let seen = trained.renderer.render(&view.camera)?;
        let classes = trained.classes(&label_image(&seen, &trained.cloud));
        let mut row = Vec::new();
        if masks == Masks::Noisy {
            let photo = splat_io::load_photo(view)?;
            row.push((format!("photograph, {}", view.name), photo_rgb(&photo, trained.background)));
        }
        row.push((format!("rendered colours, {}", view.name), colour_image(&seen)));
        row.push(("rendered classes".to_owned(), classes));
        row.extend(labels.as_ref().map(|labels| (source.to_owned(), trained.classes(labels))));
        rows.push(row);
    }
    Ok(trained.figure(rows))
}

fn noisy_masks(scene: &Scene, views: &[&View]) -> Result<Labelling, CliError> {
    let source = LabelSource::Folder(scene.noisy.0.clone());
    let request = LabelRequest { map: scene.noisy.1.as_ref(), ..LabelRequest::of(&source) };
    Ok(gather(&scene.capture, &request, views)?)
}

/// Figure 2: two neighbouring frames whose masks contradict each other most; below them the rendered classes of the second and
/// what is true there, or the photograph where that is not known. Nothing where no two frames have masks.
fn inconsistent(workshop: &Workshop, scene: &Scene) -> Result<Option<RgbImage>, CliError> {
    let mut trained = Trained::open(workshop, scene, Masks::Noisy)?;
    let views: Vec<&View> = scene.capture.views.iter().collect();
    let labelling = noisy_masks(scene, &views)?;
    let masks = labelling.images;
    trained.vocabulary = labelling.vocabulary;
    let pairs = views.len().saturating_sub(1).min(MOST_PAIRS);
    let mut worst: Option<(bool, f64, usize)> = None;
    for i in (0..pairs).map(|i| i * (views.len() - 1) / pairs) {
        workshop.progress.stage("looking for contradictions", i as f32 / views.len() as f32);
        let (Some(first), Some(second)) = (&masks[i], &masks[i + 1]) else { continue };
        let seen = [trained.renderer.render(&views[i].camera)?, trained.renderer.render(&views[i + 1].camera)?];
        let frame = |k: usize, labels| frame(views[i + k], &seen[k], labels);
        let flicker = Flicker::between(&frame(0, first), &frame(1, second));
        // A handful of pixels that happen to differ say nothing.
        let overlaps = flicker.compared as f64 >= OVERLAP * first.ids.len() as f64;
        let share = flicker.share().unwrap_or(0.0);
        if worst.is_none_or(|(did, most, _)| (overlaps, share) > (did, most)) {
            worst = Some((overlaps, share, i));
        }
    }
    let Some((_, share, i)) = worst else { return Ok(None) };
    let mut mask = |k: usize| masks[k].as_ref().map(|labels| trained.classes(labels)).unwrap_or_default();
    let note = format!("masks of {}, {:.0} % changed", views[i + 1].name, 100.0 * share);
    let above = vec![(format!("masks of {}", views[i].name), mask(i)), (note, mask(i + 1))];
    let seen = trained.renderer.render(&views[i + 1].camera)?;
    let rendered = trained.classes(&label_image(&seen, &trained.cloud));
    let known = if scene.has_mesh() {
        let truth = gather(&scene.capture, &LabelRequest::of(&LabelSource::Mesh), &views[i + 1..i + 2])?;
        truth.images[0].as_ref().map(|labels| ("true classes".to_owned(), trained.classes(labels)))
    } else {
        let photo = splat_io::load_photo(views[i + 1])?;
        Some(("photograph".to_owned(), photo_rgb(&photo, trained.background)))
    };
    let below =
        std::iter::once((format!("rendered classes of {}", views[i + 1].name), rendered)).chain(known).collect();
    Ok(Some(trained.figure(vec![above, below])))
}

/// A small picture pixel by pixel larger, so that nothing is made up.
fn enlarged(picture: RgbImage) -> RgbImage {
    let (width, height) = picture.dimensions();
    let factor = if width == 0 { 1 } else { LEGIBLE.div_ceil(width) };
    image::imageops::resize(&picture, width * factor, height * factor, image::imageops::FilterType::Nearest)
}

fn frame<'a>(view: &'a View, seen: &'a RenderedView, labels: &'a LabelImage) -> FlickerFrame<'a> {
    FlickerFrame { camera: &view.camera, depth: &seen.depth, labels }
}

/// Figure 3: mIoU of Table 2's rows as bars.
pub fn ablation(out: &Path, table2: &[Row]) -> Result<(), CliError> {
    let mut groups: Vec<(String, Vec<(String, f64)>)> = Vec::new();
    for row in table2 {
        let Some(miou) = row.miou_dataset else { continue };
        let bar = (row.method.clone(), miou);
        match groups.iter_mut().find(|(scene, _)| *scene == row.scene) {
            Some((_, bars)) => bars.push(bar),
            None => groups.push((row.scene.clone(), vec![bar])),
        }
    }
    Ok(save_png(&out.join("figures/figure3.png"), &bar_chart("mIoU of held-out views", &groups))?)
}

/// Figures that were drawn so far: path within `out`, and what it shows.
pub fn found(out: &Path) -> Vec<(String, String)> {
    let mut names: Vec<String> = out
        .join("figures")
        .read_dir()
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.ends_with(".png"))
        .collect();
    names.sort();
    let figure = |name: String| {
        let stem = name.trim_end_matches(".png");
        let (kind, scene) = stem.split_once('_').unwrap_or((stem, ""));
        let text = match kind {
            "figure1" => format!(
                "Figure 1, {scene}: rendered colours and classes after training on exact masks, and the true classes."
            ),
            "figure1-masks" => format!(
                "Figure 1, {scene}: held-out photographs, rendered colours and classes after training on a segmenter's masks, and \
                 what the segmenter says of these views. Nobody knows the true classes."
            ),
            "figure2" => format!(
                "Figure 2, {scene}: masks of the two neighbouring frames that contradict each other most (above; per cent of the surface \
                 that both show), and the rendered classes of the second (below)."
            ),
            "figure3" => "Figure 3: mIoU with softmax before blending and entropy, by scene.".to_owned(),
            other => other.to_owned(),
        };
        (format!("figures/{name}"), text)
    };
    names.into_iter().map(figure).collect()
}

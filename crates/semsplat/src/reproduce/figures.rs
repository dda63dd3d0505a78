//! Pictures like the paper's figures.

use super::row::{Masks, Method, Row};
use super::work::{Scene, Workshop};
use crate::clouds::{colour_image, label_image};
use crate::error::CliError;
use image::RgbImage;
use splat_core::{Cloud, LabelImage, Split, View};
use splat_eval::flicker::{Flicker, FlickerFrame};
use splat_eval::{bar_chart, class_picture, picture_grid, save_png};
use splat_labels::{LabelRequest, LabelSource, gather};
use splat_train::{RenderedView, Renderer, RunFolder};
use std::path::Path;

/// Held-out views of a scene that Figure 1 shows.
const VIEWS: usize = 2;
/// Neighbouring frames that are looked through for Figure 2.
const MOST_PAIRS: usize = 40;

/// Draws what can be drawn of a scene, from the runs of preset quality.
pub fn draw(workshop: &Workshop, scene: &Scene) -> Result<(), CliError> {
    if scene.has_mesh() {
        let picture = supervised(workshop, scene)?;
        save_png(&workshop.out.join(format!("figures/figure1_{}.png", scene.name)), &picture)?;
    }
    if let Some(picture) = inconsistent(workshop, scene)? {
        save_png(&workshop.out.join(format!("figures/figure2_{}.png", scene.name)), &picture)?;
    }
    Ok(())
}

/// A trained cloud and something that renders it.
struct Trained {
    cloud: Cloud,
    renderer: Renderer,
    /// What lies behind it.
    background: [f32; 3],
}

impl Trained {
    fn open(workshop: &Workshop, scene: &Scene, masks: Masks) -> Result<Self, CliError> {
        let run = RunFolder::open(&workshop.folder(scene, masks, Method::Quality))?;
        let (cloud, background) = (run.cloud()?, run.settings()?.train.background.shown());
        let renderer = Renderer::new(workshop.gpu()?, &cloud, background)?;
        Ok(Self { cloud, renderer, background })
    }

    fn classes(&self, labels: &LabelImage) -> RgbImage {
        class_picture(labels, &self.cloud.classes)
    }
}

/// Figure 1: rendered colours, rendered classes, true classes.
fn supervised(workshop: &Workshop, scene: &Scene) -> Result<RgbImage, CliError> {
    let mut trained = Trained::open(workshop, scene, Masks::Exact)?;
    let held_out: Vec<&View> = scene.capture.split(Split::Test).collect();
    let step = held_out.len().div_ceil(VIEWS).max(1);
    let shown: Vec<&View> = held_out.into_iter().step_by(step).collect();
    let truth = gather(&scene.capture, &LabelRequest::of(&LabelSource::Mesh), &shown)?;
    let mut rows = Vec::new();
    for (view, truth) in shown.iter().zip(&truth.images) {
        let seen = trained.renderer.render(&view.camera)?;
        let classes = trained.classes(&label_image(&seen, &trained.cloud));
        let mut row = vec![
            (format!("rendered colours, {}", view.name), colour_image(&seen)),
            ("rendered classes".to_owned(), classes),
        ];
        row.extend(truth.as_ref().map(|labels| ("true classes".to_owned(), trained.classes(labels))));
        rows.push(row);
    }
    Ok(picture_grid(&rows))
}

/// Figure 2: two neighbouring frames whose masks contradict each other most; below them the rendered classes of the second and
/// what is true there, or the photograph where that is not known. Nothing where no two frames have masks.
fn inconsistent(workshop: &Workshop, scene: &Scene) -> Result<Option<RgbImage>, CliError> {
    let mut trained = Trained::open(workshop, scene, Masks::Noisy)?;
    let views: Vec<&View> = scene.capture.views.iter().collect();
    let source = LabelSource::Folder(scene.noisy.0.clone());
    let request = LabelRequest { map: scene.noisy.1.as_ref(), ..LabelRequest::of(&source) };
    let masks = gather(&scene.capture, &request, &views)?.images;
    let pairs = views.len().saturating_sub(1).min(MOST_PAIRS);
    let mut worst: Option<(f64, usize)> = None;
    for i in (0..pairs).map(|i| i * (views.len() - 1) / pairs) {
        workshop.progress.stage("looking for contradictions", i as f32 / views.len() as f32);
        let (Some(first), Some(second)) = (&masks[i], &masks[i + 1]) else { continue };
        let seen = [trained.renderer.render(&views[i].camera)?, trained.renderer.render(&views[i + 1].camera)?];
        let frame = |k: usize, labels| frame(views[i + k], &seen[k], labels);
        let share = Flicker::between(&frame(0, first), &frame(1, second)).share().unwrap_or(0.0);
        if worst.is_none_or(|(most, _)| share > most) {
            worst = Some((share, i));
        }
    }
    let Some((share, i)) = worst else { return Ok(None) };
    let mask = |k: usize| masks[k].as_ref().map(|labels| trained.classes(labels)).unwrap_or_default();
    let note = format!("masks of {}: {:.0} % of what both see changed", views[i + 1].name, 100.0 * share);
    let above = vec![(format!("masks of {}", views[i].name), mask(i)), (note, mask(i + 1))];
    let seen = trained.renderer.render(&views[i + 1].camera)?;
    let rendered = trained.classes(&label_image(&seen, &trained.cloud));
    let known = if scene.has_mesh() {
        let truth = gather(&scene.capture, &LabelRequest::of(&LabelSource::Mesh), &views[i + 1..i + 2])?;
        truth.images[0].as_ref().map(|labels| ("true classes".to_owned(), trained.classes(labels)))
    } else {
        let photo = splat_io::load_photo(views[i + 1])?;
        Some(("photograph".to_owned(), splat_eval::photo_rgb(&photo, trained.background)))
    };
    let below = std::iter::once(("rendered classes".to_owned(), rendered)).chain(known).collect();
    Ok(Some(picture_grid(&[above, below])))
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
            "figure2" => format!(
                "Figure 2, {scene}: masks of two neighbouring frames that contradict each other (above), and the rendered classes of \
                 the second (below)."
            ),
            "figure3" => "Figure 3: mIoU with softmax before blending and entropy, by scene.".to_owned(),
            other => other.to_owned(),
        };
        (format!("figures/{name}"), text)
    };
    names.into_iter().map(figure).collect()
}

//! `semsplat info`: what a capture holds, and whether it can be trained on; or what a cloud holds.

use crate::cloud_info;
use crate::error::CliError;
use crate::progress::{grouped, say, say_err};
use crate::train::downscale;
use clap::Args;
use serde::Serialize;
use splat_core::{Capture, IGNORE_ID, Intrinsics, Split, View};
use splat_io::{CaptureOptions, load_photo, open_capture};
use splat_labels::{AnnotatedMesh, vocabulary};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Say what a capture or a cloud holds, and check that it can be read.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  semsplat info captures/kitchen
  semsplat info scans/living_room --json | jq .classes
  semsplat info runs/kitchen/cloud.ply
      Gaussians, bounds and classes of a cloud (PLY, SPZ, binary glTF)")]
pub struct InfoArgs {
    /// Capture folder (ScanNet++, COLMAP, nerfstudio or instant-ngp), or a cloud file
    pub capture: PathBuf,
    /// Look at it as `train --downscale` would
    #[arg(long, default_value_t = 1.0, value_name = "F", value_parser = downscale)]
    pub downscale: f64,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Info {
    name: String,
    format: String,
    root: PathBuf,
    train_views: usize,
    test_views: usize,
    /// Width and height of most photographs as they are trained on.
    image_size: [u32; 2],
    /// Intrinsics of the first view, in pixels.
    intrinsics: Intrinsics,
    /// Different intrinsics in the capture.
    cameras: usize,
    /// Views whose lens distortion is undone at load time.
    distorted_views: usize,
    points: usize,
    /// 1.1 x the largest distance of a training camera to their mean, in world units.
    extent: f32,
    /// Views that come with an anonymisation mask.
    masked_views: usize,
    mesh: Option<MeshInfo>,
    /// Photograph that was decoded as a check.
    decoded: String,
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct MeshInfo {
    vertices: usize,
    faces: usize,
    vocabulary: String,
    /// Classes that the mesh carries.
    classes: Vec<MeshClass>,
}

#[derive(Debug, Serialize)]
struct MeshClass {
    id: u16,
    name: String,
    vertices: u64,
}

/// Runs the command.
pub fn run(args: &InfoArgs) -> Result<(), CliError> {
    if args.capture.is_file() {
        return cloud_info::run(&args.capture, args.json);
    }
    let options = CaptureOptions { downscale: args.downscale, ..Default::default() };
    let capture = open_capture(&args.capture, &options)?;
    let info = Info::of(&capture)?;
    if args.json {
        say(&serde_json::to_string_pretty(&info).unwrap_or_default());
    } else {
        info.print();
        info.warnings.iter().for_each(|w| say_err(&format!("warning: {w}")));
    }
    Ok(())
}

impl Info {
    fn of(capture: &Capture) -> Result<Self, CliError> {
        let first = capture.views.first().ok_or_else(|| {
            CliError::BadInput(format!("{}: has no view with a photograph and a pose", capture.root.display()))
        })?;
        load_photo(first)?;
        let mut warnings = capture.warnings.clone();
        let mesh = match &capture.mesh {
            Some(paths) => {
                let (mesh, names) = AnnotatedMesh::load_with_default(paths)?;
                warnings.extend(mesh.warnings.iter().cloned());
                Some(MeshInfo::of(&mesh, &names, paths.vocabulary.as_ref()))
            }
            None => None,
        };
        let count = |test: fn(&View) -> bool| capture.views.iter().filter(|v| test(v)).count();
        Ok(Self {
            name: capture.name.clone(),
            format: capture.format.to_owned(),
            root: capture.root.clone(),
            train_views: count(|v| v.split == Split::Train),
            test_views: count(|v| v.split == Split::Test),
            image_size: most_common_size(&capture.views),
            intrinsics: first.camera.intrinsics,
            cameras: different_cameras(&capture.views),
            distorted_views: count(|v| v.distortion.is_some()),
            points: capture.points.len(),
            extent: capture.extent(),
            masked_views: count(|v| v.valid_mask_path.is_some()),
            mesh,
            decoded: first.name.clone(),
            warnings,
        })
    }

    fn print(&self) {
        let k = &self.intrinsics;
        let views = self.train_views + self.test_views;
        let line = |what: &str, text: String| say(&format!("{what:<14}{text}"));
        line("capture", format!("{} ({})", self.name, self.format));
        line("views", format!("{views}: {} training, {} held out", self.train_views, self.test_views));
        line("photographs", format!("{} x {}, {} decodes", self.image_size[0], self.image_size[1], self.decoded));
        let others = if self.cameras > 1 { format!(" (first of {} cameras)", self.cameras) } else { String::new() };
        line("intrinsics", format!("fx {:.2}, fy {:.2}, cx {:.2}, cy {:.2} px{others}", k.fx, k.fy, k.cx, k.cy));
        if self.distorted_views > 0 {
            line("distortion", format!("{} views, undone when loaded", self.distorted_views));
        }
        line("points", grouped(self.points as u64));
        line("extent", format!("{:.3} world units", self.extent));
        let masks = if self.masked_views == 0 { "none".to_owned() } else { format!("{} views", self.masked_views) };
        line("anonymised", masks);
        match &self.mesh {
            None => line("mesh", "none: train with --labels DIR, or without labels".to_owned()),
            Some(mesh) => {
                let counts = (grouped(mesh.vertices as u64), grouped(mesh.faces as u64));
                line("mesh", format!("{} vertices, {} faces, annotated", counts.0, counts.1));
                let names: Vec<&str> = mesh.classes.iter().map(|c| c.name.as_str()).collect();
                line("classes", format!("{} of {}: {}", names.len(), mesh.vocabulary, names.join(", ")));
            }
        }
    }
}

impl MeshInfo {
    fn of(mesh: &AnnotatedMesh, names: &splat_core::Vocabulary, file: Option<&PathBuf>) -> Self {
        let mut counts: BTreeMap<u16, u64> = BTreeMap::new();
        mesh.vertex_ids.iter().filter(|id| **id != IGNORE_ID).for_each(|id| *counts.entry(*id).or_default() += 1);
        let class = |(id, vertices)| MeshClass { id, name: names.name(id), vertices };
        let own = || format!("the built-in top {}", vocabulary::scannetpp_top100().names.len());
        let vocabulary = file.and_then(|f| f.file_name()).map_or_else(own, |n| n.to_string_lossy().into_owned());
        Self {
            vertices: mesh.mesh.vertices.len(),
            faces: mesh.mesh.faces.len(),
            vocabulary,
            classes: counts.into_iter().map(class).collect(),
        }
    }
}

fn most_common_size(views: &[View]) -> [u32; 2] {
    let mut counts: BTreeMap<[u32; 2], usize> = BTreeMap::new();
    for view in views {
        let k = &view.camera.intrinsics;
        *counts.entry([k.width, k.height]).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, n)| *n).map_or([0, 0], |(size, _)| size)
}

fn different_cameras(views: &[View]) -> usize {
    let mut seen: Vec<Intrinsics> = Vec::new();
    for view in views {
        if !seen.contains(&view.camera.intrinsics) {
            seen.push(view.camera.intrinsics);
        }
    }
    seen.len()
}

//! A cloud to look at: out of a run folder, or a PLY file with a capture beside it.

use crate::error::CliError;
use splat_core::{Capture, Cloud, IGNORE_ID, LabelImage};
use splat_io::{CaptureOptions, open_capture, read_cloud};
use splat_train::{RenderedView, RunFolder, RunSettings};
use std::path::Path;

/// A cloud and how it was trained, where that is known.
pub struct LoadedCloud {
    /// The cloud.
    pub cloud: Cloud,
    /// The run's settings; `None` for a bare file.
    pub settings: Option<RunSettings>,
}

impl LoadedCloud {
    /// From a run folder or a PLY file.
    pub fn open(path: &Path) -> Result<Self, CliError> {
        if path.is_dir() {
            let run = RunFolder::open(path)?;
            return Ok(Self { cloud: run.cloud()?, settings: Some(run.settings()?) });
        }
        Ok(Self { cloud: read_cloud(path)?, settings: None })
    }

    /// The capture that the cloud is seen in: the one that is named, else the run's own.
    pub fn capture(&self, named: Option<&Path>, downscale: Option<f64>) -> Result<Capture, CliError> {
        let settings = self.settings.as_ref();
        let dir = named.or(settings.map(|s| s.capture.as_path())).ok_or_else(|| {
            CliError::BadInput("--capture is needed: a PLY file does not say where its cameras are".to_owned())
        })?;
        let options = CaptureOptions {
            downscale: downscale.or(settings.map(|s| s.downscale)).unwrap_or(1.0).max(1.0),
            seed: settings.map_or(0, |s| s.train.seed),
        };
        Ok(open_capture(dir, &options)?)
    }

    /// What lies behind the cloud.
    pub fn background(&self) -> [f32; 3] {
        self.settings.as_ref().map_or([0.0; 3], |s| s.train.background.shown())
    }
}

/// A rendered view's classes as vocabulary ids.
pub fn label_image(seen: &RenderedView, cloud: &Cloud) -> LabelImage {
    let id = |&column: &u16| if column == IGNORE_ID { IGNORE_ID } else { cloud.classes.id(column as usize) };
    LabelImage { width: seen.width, height: seen.height, ids: seen.columns.iter().map(id).collect() }
}

/// A rendered view's colours.
pub fn colour_image(seen: &RenderedView) -> image::RgbImage {
    image::RgbImage::from_raw(seen.width, seen.height, seen.rgb.clone()).unwrap_or_default()
}

//! What a network wants and gives: the JSON file `FILE.onnx.json` beside `FILE.onnx`.
//!
//! ```json
//! {
//!   "input":  { "name": "image", "dtype": "float32", "layout": "NCHW", "channels": "RGB", "size": [512, 512],
//!               "scale": 0.00392157, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225] },
//!   "fit":    { "mode": "longest side, top left, rest filled", "fill": 128 },
//!   "output": { "name": "logits", "layout": "NCHW", "stride": 4 },
//!   "classes": { "0": 255, "k": "k - 1" },
//!   "class_names": ["wall", "building"]
//! }
//! ```
//!
//! A network channel takes (value x scale - mean) / std of the 8-bit value; a `uint8` input takes it as it is. `size` is
//! height, width. `classes` says which id an output channel means: `k` is the rule, numbers are exceptions, 255 is "no label".

use crate::SegmentError;
use serde::Deserialize;
use splat_core::{IGNORE_ID, Vocabulary};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A network's description. Fields that are not named here are for people.
#[derive(Clone, Debug, Deserialize)]
pub struct Sidecar {
    /// How pixels go in.
    pub input: Input,
    /// How a photograph is brought to the input's size.
    #[serde(default)]
    pub fit: Fit,
    /// Where scores come out.
    pub output: Output,
    /// Output channel to id: `"k"` the rule, numbers the exceptions. Empty: the channel is the id.
    #[serde(default)]
    pub classes: BTreeMap<String, ClassRule>,
    /// Names of the ids. Left out: ADE20K's 150.
    #[serde(default)]
    pub class_names: Option<Vec<String>>,
}

/// How pixels go in.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// Name of the input. Left out: the first one.
    #[serde(default)]
    pub name: Option<String>,
    /// `uint8` or `float32`.
    pub dtype: InputType,
    /// `NHWC` or `NCHW`.
    pub layout: Layout,
    /// `RGB` or `BGR`.
    #[serde(default)]
    pub channels: ChannelOrder,
    /// Height and width in pixels.
    pub size: [usize; 2],
    /// Factor on the 8-bit value.
    #[serde(default = "one")]
    pub scale: f32,
    /// Taken from the scaled value, per channel.
    #[serde(default)]
    pub mean: [f32; 3],
    /// Divides what is left, per channel.
    #[serde(default = "ones")]
    pub std: [f32; 3],
}

/// How a photograph is brought to the input's size.
#[derive(Clone, Debug, Deserialize)]
pub struct Fit {
    /// Starts with `longest side` (keeps the aspect ratio, photograph at the top left, rest filled) or `stretch`.
    pub mode: String,
    /// 8-bit value of what the photograph does not cover.
    #[serde(default)]
    pub fill: u8,
}

impl Default for Fit {
    fn default() -> Self {
        Self { mode: "stretch".to_owned(), fill: 0 }
    }
}

/// Where scores come out.
#[derive(Clone, Debug, Deserialize)]
pub struct Output {
    /// Name of the output. Left out: the first one.
    #[serde(default)]
    pub name: Option<String>,
    /// `NCHW` or `NHWC`.
    pub layout: Layout,
    /// Input pixels per score, along each axis.
    #[serde(default = "one_pixel")]
    pub stride: usize,
}

/// Element type of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InputType {
    /// 8-bit values as they are.
    Uint8,
    /// Scaled and shifted.
    Float32,
}

/// Order of a tensor's axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Layout {
    /// Batch, height, width, channel.
    #[serde(rename = "NHWC")]
    Nhwc,
    /// Batch, channel, height, width.
    #[serde(rename = "NCHW")]
    Nchw,
}

/// Order of colour channels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum ChannelOrder {
    /// Red first.
    #[default]
    #[serde(rename = "RGB")]
    Rgb,
    /// Blue first.
    #[serde(rename = "BGR")]
    Bgr,
}

/// What an output channel means.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum ClassRule {
    /// This id; 255 and 65535 = no label.
    Id(u16),
    /// `k`, `k + n` or `k - n`, k being the channel.
    Shift(String),
}

fn one() -> f32 {
    1.0
}

fn ones() -> [f32; 3] {
    [1.0; 3]
}

fn one_pixel() -> usize {
    1
}

impl Sidecar {
    /// The file that is looked for beside a network: `FILE.onnx.json`.
    pub fn path_for(model: &Path) -> PathBuf {
        let mut name = model.as_os_str().to_owned();
        name.push(".json");
        name.into()
    }

    /// Reads and checks a description.
    ///
    /// # Errors
    /// If the file is missing, is not JSON, or asks for something that this software does not do.
    pub fn load(path: &Path) -> Result<Self, SegmentError> {
        if !path.is_file() {
            let cure = "not found: it describes the network's input, output and classes (`semsplat labels segment --help` \
                        shows one); name another with --sidecar";
            return Err(SegmentError::network(path, cure));
        }
        let sidecar: Self = splat_io::files::read_json(path)?;
        sidecar.check().map_err(|message| SegmentError::network(path, message))?;
        Ok(sidecar)
    }

    fn check(&self) -> Result<(), String> {
        let input = &self.input;
        let is_sane = |v: f32| v.is_finite();
        if input.size.iter().any(|&n| n == 0 || n > 16_384) {
            return Err(format!("input.size {:?}: height and width of 1 to 16384 pixels are needed", input.size));
        }
        if !is_sane(input.scale) || !input.mean.iter().all(|&v| is_sane(v)) {
            return Err("input.scale and input.mean must be finite".to_owned());
        }
        if input.std.iter().any(|&v| !is_sane(v) || v == 0.0) {
            return Err("input.std must be finite and not 0".to_owned());
        }
        if self.output.stride == 0 || input.size.iter().any(|n| n % self.output.stride != 0) {
            let stride = self.output.stride;
            return Err(format!("output.stride {stride}: must divide input.size {:?}", input.size));
        }
        self.is_letterboxed()?;
        (0..2).try_for_each(|channel| self.id_of(channel).map(|_| ()))
    }

    /// True where photographs keep their aspect ratio, false where they are stretched.
    pub fn is_letterboxed(&self) -> Result<bool, String> {
        match self.fit.mode.as_str() {
            mode if mode.starts_with("longest side") => Ok(true),
            mode if mode.starts_with("stretch") => Ok(false),
            mode => Err(format!("fit.mode {mode:?}: `longest side` or `stretch` is needed")),
        }
    }

    /// The id that an output channel means, [`IGNORE_ID`] for "no label".
    pub fn id_of(&self, channel: usize) -> Result<u16, String> {
        let rule = self.classes.get(&channel.to_string()).or_else(|| self.classes.get("k"));
        let id = match rule {
            None => Some(channel as i64),
            Some(ClassRule::Id(id)) => Some(if *id == 255 { IGNORE_ID as i64 } else { *id as i64 }),
            Some(ClassRule::Shift(text)) => shift(text).map(|n| channel as i64 + n),
        };
        let id = id.ok_or_else(|| format!("classes: {rule:?} is no rule; write `k`, `k + 1` or `k - 1`"))?;
        u16::try_from(id).map_err(|_| format!("classes: channel {channel} would be class {id}"))
    }

    /// Names of the ids.
    pub fn vocabulary(&self, default: &Vocabulary) -> Vocabulary {
        self.class_names.clone().map_or_else(|| default.clone(), |names| Vocabulary { names })
    }
}

/// n of `k + n`.
fn shift(text: &str) -> Option<i64> {
    let rest = text.trim().strip_prefix('k')?.trim();
    match rest.chars().next() {
        None => Some(0),
        Some('+') => rest[1..].trim().parse().ok(),
        Some('-') => rest[1..].trim().parse::<i64>().ok().map(|n| -n),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sidecar(rest: &str) -> Result<Sidecar, String> {
        let text = format!(
            r#"{{"input":{{"dtype":"float32","layout":"NCHW","size":[8,16]}},"output":{{"layout":"NCHW","stride":4}}{rest}}}"#
        );
        let sidecar: Sidecar = serde_json::from_str(&text).map_err(|e| e.to_string())?;
        sidecar.check().map(|()| sidecar)
    }

    #[test]
    fn channels_become_ids() {
        let plain = sidecar("").unwrap();
        assert_eq!(plain.id_of(7), Ok(7));
        let shifted = sidecar(r#","classes":{"0":255,"k":"k - 1","9":3}"#).unwrap();
        assert_eq!([0, 1, 9].map(|c| shifted.id_of(c).unwrap()), [IGNORE_ID, 0, 3]);
        assert_eq!([shift("k"), shift("k+2"), shift("2k")], [Some(0), Some(2), None]);
    }

    #[test]
    fn what_cannot_be_done_is_said() {
        assert!(sidecar(r#","fit":{"mode":"centre crop"}"#).unwrap_err().contains("centre crop"));
        assert!(sidecar(r#","classes":{"k":"k * 2"}"#).unwrap_err().contains("no rule"));
        assert!(sidecar(r#","classes":{"k":"k - 1"}"#).unwrap_err().contains("class -1"));
    }
}

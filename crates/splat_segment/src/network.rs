//! The network itself, run on the CPU by rten.

use crate::classify::{Scores, Segmentation, classify};
use crate::plan::Plan;
use crate::sidecar::{ChannelOrder, InputType, Layout};
use crate::{SegmentError, Sidecar};
use image::{RgbImage, imageops};
use rten::{Model, NodeId, Value};
use rten_tensor::{AsView as _, Layout as _, NdTensor, NdTensorView};
use std::path::{Path, PathBuf};

/// What is averaged over; more of it is slower and steadier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Averaging {
    /// Tiles along the longest side, 1 or more: finer detail where photographs are larger than the network's input.
    pub tiles: usize,
    /// Also look at the mirrored photograph.
    pub flip: bool,
}

impl Default for Averaging {
    fn default() -> Self {
        Self { tiles: 1, flip: false }
    }
}

/// A loaded network.
pub struct Segmenter {
    path: PathBuf,
    model: Model,
    input: NodeId,
    output: NodeId,
    sidecar: Sidecar,
}

impl Segmenter {
    /// Loads `FILE.onnx` with its description.
    ///
    /// # Errors
    /// If the file is no ONNX network that can be run here, or has no input or output of the names in the sidecar.
    pub fn load(model_path: &Path, sidecar: Sidecar) -> Result<Self, SegmentError> {
        let fail = |message: String| SegmentError::network(model_path, message);
        if !model_path.is_file() {
            return Err(fail("not found: a segmentation network in ONNX format is needed".to_owned()));
        }
        let model = Model::load_file(model_path).map_err(|e| fail(format!("cannot be loaded as ONNX: {e}")))?;
        let node = |name: &Option<String>, ids: &[NodeId], what: &str| match name {
            Some(name) => model.find_node(name).ok_or_else(|| fail(format!("has no {what} named {name:?}"))),
            None => ids.first().copied().ok_or_else(|| fail(format!("has no {what}"))),
        };
        let input = node(&sidecar.input.name, model.input_ids(), "input")?;
        let output = node(&sidecar.output.name, model.output_ids(), "output")?;
        Ok(Self { path: model_path.to_owned(), input, output, sidecar, model })
    }

    /// Ids and confidences of a photograph, at its size.
    ///
    /// # Errors
    /// If the network refuses its input or answers in another shape than its sidecar says.
    pub fn segment(&self, photo: &RgbImage, averaging: Averaging) -> Result<Segmentation, SegmentError> {
        let plan = Plan::new(&self.sidecar, photo.width(), photo.height(), averaging.tiles);
        let resized = plan.resize(photo);
        let mut joined = Joined::new(&plan);
        for &tile in &plan.tiles {
            let picture = plan.cut(&resized, tile, self.sidecar.fit.fill);
            joined.add(&plan, tile, self.scores(&picture)?.view(), false);
        }
        if averaging.flip {
            let mirrored = imageops::flip_horizontal(&resized);
            for &tile in &plan.tiles {
                let picture = plan.cut(&mirrored, tile, self.sidecar.fit.fill);
                joined.add(&plan, tile, self.scores(&picture)?.view(), true);
            }
        }
        let scores = joined.finish();
        let ids = (0..scores.channels.len())
            .map(|channel| self.sidecar.id_of(channel).map_err(|e| SegmentError::network(&self.path, e)))
            .collect::<Result<Vec<u16>, _>>()?;
        Ok(classify(scores, &ids, photo.width(), photo.height()))
    }

    /// `[channels, height, width]` scores of one tile.
    fn scores(&self, tile: &RgbImage) -> Result<NdTensor<f32, 3>, SegmentError> {
        let fail = |message: String| SegmentError::network(&self.path, message);
        let outputs = self
            .model
            .run(vec![(self.input, self.tensor(tile).into())], &[self.output], None)
            .map_err(|e| fail(format!("the network failed: {e}; does the sidecar describe its input?")))?;
        let value = outputs.into_iter().next().ok_or_else(|| fail("the network gave nothing".to_owned()))?;
        let scores: NdTensor<f32, 4> = value.try_into().map_err(|_| {
            fail("the output is not a float32 tensor of four axes (batch, channel, height, width)".into())
        })?;
        let scores = match self.sidecar.output.layout {
            Layout::Nchw => scores.slice(0).to_tensor(),
            Layout::Nhwc => scores.slice(0).permuted([2, 0, 1]).to_tensor(),
        };
        let [_, h, w] = scores.shape();
        let stride = self.sidecar.output.stride;
        let expected = [self.sidecar.input.size[0] / stride, self.sidecar.input.size[1] / stride];
        if [h, w] != expected {
            let message = format!("gives {h} x {w} scores, the sidecar's size and stride say {expected:?}");
            return Err(fail(message));
        }
        Ok(scores)
    }

    /// A tile as the network's input tensor.
    fn tensor(&self, tile: &RgbImage) -> Value {
        let input = &self.sidecar.input;
        let [h, w] = input.size;
        let channel = |c: usize| if input.channels == ChannelOrder::Bgr { 2 - c } else { c };
        let bytes = tile.as_raw();
        let at = |y: usize, x: usize, c: usize| bytes[3 * (y * w + x) + channel(c)];
        let order: Vec<(usize, usize, usize)> = match input.layout {
            Layout::Nhwc => (0..h * w * 3).map(|i| (i / (3 * w), i / 3 % w, i % 3)).collect(),
            Layout::Nchw => (0..3 * h * w).map(|i| (i / w % h, i % w, i / (h * w))).collect(),
        };
        let shape = match input.layout {
            Layout::Nhwc => [1, h, w, 3],
            Layout::Nchw => [1, 3, h, w],
        };
        match input.dtype {
            InputType::Uint8 => {
                let data: Vec<u8> = order.into_iter().map(|(y, x, c)| at(y, x, c)).collect();
                NdTensor::from_data(shape, data).into()
            }
            InputType::Float32 => {
                let value = |(y, x, c): (usize, usize, usize)| {
                    (at(y, x, c) as f32 * input.scale - input.mean[c]) / input.std[c]
                };
                let data: Vec<f32> = order.into_iter().map(value).collect();
                NdTensor::from_data(shape, data).into()
            }
        }
    }
}

/// Scores of all tiles on one canvas, weighted.
struct Joined {
    width: usize,
    height: usize,
    channels: Vec<Vec<f32>>,
    weights: Vec<f32>,
}

impl Joined {
    fn new(plan: &Plan) -> Self {
        let (width, height) = plan.scores();
        Self { width, height, channels: Vec::new(), weights: vec![0.0; width * height] }
    }

    /// Adds a tile; `is_mirrored` where it was cut from the mirrored photograph.
    fn add(&mut self, plan: &Plan, (left, top): (usize, usize), scores: NdTensorView<f32, 3>, is_mirrored: bool) {
        let [channels, h, w] = scores.shape();
        self.channels.resize(channels, vec![0.0; self.width * self.height]);
        for y in 0..h {
            for x in 0..w {
                let (column, row) = (left / plan.stride + x, top / plan.stride + y);
                if column >= self.width || row >= self.height {
                    continue;
                }
                let column = if is_mirrored { self.width - 1 - column } else { column };
                let (pixel, weight) = (row * self.width + column, plan.weight(x, y));
                self.weights[pixel] += weight;
                for (c, channel) in self.channels.iter_mut().enumerate() {
                    channel[pixel] += weight * scores[[c, y, x]];
                }
            }
        }
    }

    fn finish(mut self) -> Scores {
        for channel in &mut self.channels {
            channel.iter_mut().zip(&self.weights).for_each(|(score, weight)| *score /= weight.max(1e-9));
        }
        Scores { width: self.width, height: self.height, channels: self.channels }
    }
}

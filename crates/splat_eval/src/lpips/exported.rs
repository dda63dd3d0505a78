//! LPIPS as a whole network in an ONNX file: two pictures in, their distance out.

use crate::EvalError;
use image::RgbImage;
use rten::{Model, NodeId, Value};
use rten_tensor::{AsView as _, NdTensor, Tensor};
use splat_io::IoError;
use std::path::{Path, PathBuf};

/// A loaded network.
pub struct Exported {
    path: PathBuf,
    model: Model,
    pictures: [NodeId; 2],
    distance: NodeId,
}

impl Exported {
    /// Reads the file; see [`super::Lpips::load`].
    pub fn load(path: &Path) -> Result<Self, EvalError> {
        let bytes = splat_io::files::read_bytes(path)?;
        let bad = |message: String| EvalError::from(IoError::bad(path, message));
        let model = Model::load(bytes).map_err(|e| bad(format!("cannot be loaded as ONNX: {e}")))?;
        let (&[a, b], Some(&distance)) = (model.input_ids(), model.output_ids().first()) else {
            let takes = model.input_ids().len();
            return Err(bad(format!(
                "takes {takes} inputs: an LPIPS network takes two pictures and gives their distance"
            )));
        };
        Ok(Self { path: path.to_owned(), pictures: [a, b], distance, model })
    }

    /// The distance of two pictures whose values, 0..1, are multiplied by `factor` before `offset` is added.
    pub fn distance(&self, pictures: [&RgbImage; 2], factor: f32, offset: f32) -> Result<f64, EvalError> {
        let bad = |message: String| EvalError::from(IoError::bad(&self.path, message));
        let tensors = pictures.map(|picture| tensor(picture, factor, offset));
        let inputs = self.pictures.into_iter().zip(tensors).map(|(id, value)| (id, value.into())).collect();
        let outputs = self.model.run(inputs, &[self.distance], None);
        let outputs =
            outputs.map_err(|e| bad(format!("the network failed: {e}; does it take pictures of any size?")))?;
        let value = outputs.into_iter().next().ok_or_else(|| bad("the network gave nothing".to_owned()))?;
        let distance: Tensor<f32> = value.try_into().map_err(|_| bad("its output is not float32".to_owned()))?;
        let values: Vec<f32> = distance.to_vec();
        Ok(values.iter().map(|v| *v as f64).sum::<f64>() / values.len().max(1) as f64)
    }
}

/// `[1, 3, H, W]`.
fn tensor(picture: &RgbImage, factor: f32, offset: f32) -> Value {
    let (width, height) = picture.dimensions();
    let channel = |c: usize| picture.pixels().map(move |p| p.0[c] as f32 / 255.0 * factor + offset);
    let values: Vec<f32> = (0..3).flat_map(channel).collect();
    NdTensor::from_data([1, 3, height as usize, width as usize], values).into()
}

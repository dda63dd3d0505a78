//! The two networks that LPIPS is used with, and their weights in a file.

use super::layers::{Convolution, Feature, max_pool};
use crate::EvalError;
use ndarray::Array2;
use safetensors::{Dtype, SafeTensors};
use splat_io::IoError;
use std::path::Path;

/// Which network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// AlexNet: small and fast.
    Alex,
    /// VGG-16: what papers report.
    Vgg,
}

/// A convolution's place in a network.
struct Layer {
    /// Index in torchvision's list of layers.
    index: usize,
    inputs: usize,
    outputs: usize,
    kernel: usize,
    stride: usize,
    padding: usize,
    /// Window of the pooling (stride 2) in front of it; 0 = none.
    pool: usize,
    /// Whether what comes out is compared.
    is_compared: bool,
}

const fn layer(index: usize, inputs: usize, outputs: usize, pool: usize, is_compared: bool) -> Layer {
    Layer { index, inputs, outputs, kernel: 3, stride: 1, padding: 1, pool, is_compared }
}

const ALEX: [Layer; 5] = [
    Layer { kernel: 11, stride: 4, padding: 2, ..layer(0, 3, 64, 0, true) },
    Layer { kernel: 5, padding: 2, ..layer(3, 64, 192, 3, true) },
    layer(6, 192, 384, 3, true),
    layer(8, 384, 256, 0, true),
    layer(10, 256, 256, 0, true),
];

const VGG: [Layer; 13] = [
    layer(0, 3, 64, 0, false),
    layer(2, 64, 64, 0, true),
    layer(5, 64, 128, 2, false),
    layer(7, 128, 128, 0, true),
    layer(10, 128, 256, 2, false),
    layer(12, 256, 256, 0, false),
    layer(14, 256, 256, 0, true),
    layer(17, 256, 512, 2, false),
    layer(19, 512, 512, 0, false),
    layer(21, 512, 512, 0, true),
    layer(24, 512, 512, 2, false),
    layer(26, 512, 512, 0, false),
    layer(28, 512, 512, 0, true),
];

impl Architecture {
    fn layers(self) -> &'static [Layer] {
        match self {
            Self::Alex => &ALEX,
            Self::Vgg => &VGG,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Alex => "AlexNet",
            Self::Vgg => "VGG-16",
        }
    }

    /// Pixels that a picture needs to leave something after the last pooling.
    pub fn least_side(self) -> u32 {
        match self {
            Self::Alex => 31,
            Self::Vgg => 16,
        }
    }
}

/// A network ready to run.
pub struct Network {
    /// Which one.
    pub architecture: Architecture,
    /// Layers and the pooling in front of them.
    convolutions: Vec<Convolution>,
    /// Per compared layer, the weight of each channel.
    pub importance: Vec<Vec<f32>>,
}

impl Network {
    /// Reads the weights; see [`super::Lpips::load`].
    pub fn load(path: &Path) -> Result<Self, EvalError> {
        let bytes = splat_io::files::read_bytes(path)?;
        let bad = |e: safetensors::SafeTensorError| IoError::bad(path, format!("is no safetensors file: {e}"));
        let file = File { path, tensors: SafeTensors::deserialize(&bytes).map_err(bad)? };
        let (_, first) = file.convolution(0, 0)?;
        let architecture = match first.as_slice() {
            [64, 3, 11, 11] => Architecture::Alex,
            [64, 3, 3, 3] => Architecture::Vgg,
            other => {
                let message = format!("its first layer is of shape {other:?}: neither AlexNet's nor VGG-16's");
                return Err(IoError::bad(path, message).into());
            }
        };
        let mut network = Self { architecture, convolutions: Vec::new(), importance: Vec::new() };
        for layer in architecture.layers() {
            let slice = network.importance.len();
            network.convolutions.push(file.read(slice, layer)?);
            if layer.is_compared {
                let names = [format!("lin{slice}.model.1.weight"), format!("lins.{slice}.model.1.weight")];
                network.importance.push(file.values(&names, &[1, layer.outputs, 1, 1])?);
            }
        }
        Ok(network)
    }

    /// What comes out of the compared layers.
    pub fn features(&self, input: &Feature) -> Vec<Feature> {
        let mut compared = Vec::new();
        let mut current: Option<Feature> = None;
        for (layer, convolution) in self.architecture.layers().iter().zip(&self.convolutions) {
            let before = current.as_ref().unwrap_or(input);
            let out = match layer.pool {
                0 => convolution.apply(before),
                window => convolution.apply(&max_pool(before, window, 2)),
            };
            if layer.is_compared {
                compared.push(out.clone());
            }
            current = Some(out);
        }
        compared
    }
}

/// An open file of weights.
struct File<'a> {
    path: &'a Path,
    tensors: SafeTensors<'a>,
}

impl File<'_> {
    /// Name without `.weight` and shape of a convolution, in whichever of the two ways the file names it.
    fn convolution(&self, slice: usize, index: usize) -> Result<(String, Vec<usize>), EvalError> {
        let names = [format!("net.slice{}.{index}", slice + 1), format!("features.{index}")];
        let found = names.iter().find_map(|n| Some((n, self.tensors.tensor(&format!("{n}.weight")).ok()?)));
        let missing = || self.missing(&names.clone().map(|n| n + ".weight"));
        found.map(|(name, tensor)| (name.clone(), tensor.shape().to_vec())).ok_or_else(missing)
    }

    fn read(&self, slice: usize, layer: &Layer) -> Result<Convolution, EvalError> {
        let (name, _) = self.convolution(slice, layer.index)?;
        let k = layer.kernel;
        let weights = self.values(&[format!("{name}.weight")], &[layer.outputs, layer.inputs, k, k])?;
        let weights = Array2::from_shape_vec((layer.outputs, layer.inputs * k * k), weights)
            .map_err(|e| IoError::bad(self.path, e.to_string()))?;
        let bias = self.values(&[format!("{name}.bias")], &[layer.outputs])?;
        Ok(Convolution { weights, bias, kernel: k, stride: layer.stride, padding: layer.padding })
    }

    /// The first of some tensors that is there.
    fn values(&self, names: &[String], shape: &[usize]) -> Result<Vec<f32>, EvalError> {
        let found = names.iter().find_map(|n| Some((n, self.tensors.tensor(n).ok()?)));
        let (name, tensor) = found.ok_or_else(|| self.missing(names))?;
        if tensor.shape() != shape || tensor.dtype() != Dtype::F32 {
            let (is, kind) = (tensor.shape(), tensor.dtype());
            let message = format!("`{name}` is {kind:?} of shape {is:?}; F32 of shape {shape:?} is needed");
            return Err(IoError::bad(self.path, message).into());
        }
        let number = |b: &[u8]| f32::from_le_bytes([b[0], b[1], b[2], b[3]]);
        Ok(tensor.data().chunks_exact(4).map(number).collect())
    }

    fn missing(&self, names: &[String]) -> EvalError {
        let cure = "save the state_dict of lpips.LPIPS(net=\"vgg\") or (net=\"alex\")";
        let message = format!("has no tensor `{}`: {cure}", names.join("` or `"));
        IoError::bad(self.path, message).into()
    }
}

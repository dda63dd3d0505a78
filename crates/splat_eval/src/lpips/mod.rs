//! LPIPS (Zhang et al., CVPR 2018, Eq. 1), version 0.1: how different two pictures look to a network that was trained to see.
//!
//! Both pictures go through AlexNet or VGG-16; after five of its layers the channels of every pixel are normalised, subtracted,
//! squared and weighed, and the result is averaged over pixels and summed over layers. The weights are the user's: none come
//! along. A file is made once, in Python:
//!
//! ```python
//! import lpips, safetensors.torch
//! weights = {k: v.clone() for k, v in lpips.LPIPS(net="vgg").state_dict().items() if not k.startswith("lins.")}
//! safetensors.torch.save_file(weights, "lpips_vgg.safetensors")
//! ```
//!
//! Or the whole network is given as ONNX, as `torch.onnx.export` writes it: two pictures `[1, 3, H, W]` in -1..1, and their distance.

mod exported;
mod layers;
mod network;

use crate::EvalError;
use exported::Exported;
use image::RgbImage;
use layers::Feature;
use network::Network;
use std::path::Path;

/// Per channel: what the networks were trained to have subtracted from values in -1..1, and divided by.
const SHIFT: [f32; 3] = [-0.030, -0.088, -0.188];
const SCALE: [f32; 3] = [0.458, 0.448, 0.450];
/// Keeps the normalisation of a pixel without any activation finite.
const EPSILON: f32 = 1e-10;

/// A network with its weights.
pub struct Lpips {
    network: Kind,
}

enum Kind {
    /// Run by this crate.
    Known(Network),
    Exported(Exported),
}

/// The distance under two scalings of the pictures; 0 = they look the same.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LpipsDistances {
    /// Pictures scaled to -1..1, as the network's authors say.
    pub normalised: f64,
    /// Pictures left in 0..1, as the metrics of 3D Gaussian splatting have it.
    pub unnormalised: f64,
}

impl Lpips {
    /// Reads weights: a safetensors file with the names of the `lpips` package (`net.slice1.0.weight`, `lin0.model.1.weight`), or
    /// with torchvision's for the network (`features.0.weight`). Whether it is AlexNet or VGG-16 shows in the first layer. A file
    /// whose name ends in `.onnx` is the whole network instead.
    ///
    /// # Errors
    /// If the file cannot be read, is neither of both, lacks a weight or has it in another shape or type, or takes other inputs.
    pub fn load(path: &Path) -> Result<Self, EvalError> {
        let is_onnx = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("onnx"));
        let network = if is_onnx { Kind::Exported(Exported::load(path)?) } else { Kind::Known(Network::load(path)?) };
        Ok(Self { network })
    }

    /// Which network it is.
    pub fn name(&self) -> &'static str {
        match &self.network {
            Kind::Known(network) => network.architecture.name(),
            Kind::Exported(_) => "ONNX",
        }
    }

    /// Compares two pictures.
    ///
    /// # Errors
    /// If they differ in size, or are too small for the network, or of a size that an exported one does not take.
    pub fn distances(&self, a: &RgbImage, b: &RgbImage) -> Result<LpipsDistances, EvalError> {
        EvalError::same_size(a.dimensions(), b.dimensions())?;
        let distance = |factor, offset| match &self.network {
            Kind::Known(network) => Ok(distance(network, &input(a, factor, offset), &input(b, factor, offset))),
            Kind::Exported(network) => network.distance([a, b], factor, offset),
        };
        if let Kind::Known(Network { architecture, .. }) = &self.network {
            let (size, least) = (a.dimensions(), architecture.least_side());
            if size.0.min(size.1) < least {
                return Err(EvalError::TooSmall { size, least, network: architecture.name() });
            }
        }
        Ok(LpipsDistances { normalised: distance(2.0, -1.0)?, unnormalised: distance(1.0, 0.0)? })
    }
}

fn distance(network: &Network, a: &Feature, b: &Feature) -> f64 {
    let (a, b) = rayon::join(|| network.features(a), || network.features(b));
    a.iter().zip(&b).zip(&network.importance).map(|((a, b), weights)| layer_distance(a, b, weights)).sum()
}

/// A picture as the network wants it: values in 0..1, times `factor`, plus `offset`, standardised per channel.
fn input(picture: &RgbImage, factor: f32, offset: f32) -> Feature {
    let pixel =
        |c: usize| picture.pixels().map(move |p| (p.0[c] as f32 / 255.0 * factor + offset - SHIFT[c]) / SCALE[c]);
    let values = (0..3).flat_map(pixel).collect();
    Feature { channels: 3, height: picture.height() as usize, width: picture.width() as usize, values }
}

/// Mean over pixels of the weighed squared difference of normalised channels.
fn layer_distance(a: &Feature, b: &Feature, weights: &[f32]) -> f64 {
    let pixels = a.height * a.width;
    let norms = [a, b].map(|f| {
        let mut squares = vec![0.0f32; pixels];
        for channel in f.values.chunks_exact(pixels) {
            squares.iter_mut().zip(channel).for_each(|(s, v)| *s += v * v);
        }
        squares.into_iter().map(|s| s.sqrt() + EPSILON).collect::<Vec<f32>>()
    });
    let mut sum = 0.0f64;
    for ((a, b), weight) in a.values.chunks_exact(pixels).zip(b.values.chunks_exact(pixels)).zip(weights) {
        let difference = |i: usize| a[i] / norms[0][i] - b[i] / norms[1][i];
        let squares: f32 = (0..pixels).map(|i| difference(i) * difference(i)).sum();
        sum += (weight * squares) as f64;
    }
    sum / pixels as f64
}

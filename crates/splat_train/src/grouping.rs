//! Gaussian Grouping (Ye et al. 2024): every Gaussian holds a code of 16 numbers, and one classifier, a 1x1 convolution, finds
//! classes in blended codes.
//!
//! On the GPU codes lie where class logits would, so a run works on a cloud of sixteen nameless classes. What leaves the run has
//! class logits, W s + b of every Gaussian: whatever reads clouds goes on working. Blended under Eq. 2 these are
//! W S / A + b, with S the blended code and A the accumulated weight; the method itself classifies W S + b. Both have the same best
//! class wherever A = 1, that is where the scene is covered. Where A is less, the bias counts A times here and once there: no
//! logits of Gaussians could do that, b would have to come from the background. (Eq. 1 of the exported logits, W S + A b, has
//! the same best class as Eq. 2, so there is nothing to choose.)

use crate::error::TrainError;
use crate::init::normalised_uniform;
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use serde::{Deserialize, Serialize};
use splat_core::{CODE_CHANNELS, ClassInfo, Cloud, LabelSet, Objective};
use splat_gpu::{ClassifierBuffers, Gpu, GpuError};
use splat_shaders::layout::{CLASSIFIER_TEXELS, CODE_PLANES};

/// From codes to class logits: z = W s + b.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Classifier {
    /// Names of the classes, in column order.
    pub classes: Vec<String>,
    /// `[C, 16]` W.
    pub weights: Vec<[f32; CODE_CHANNELS]>,
    /// `[C]` b.
    pub bias: Vec<f32>,
}

impl Classifier {
    /// The first classifier for these classes: uniform within 1/4, the root of 1/16, as convolutions begin.
    pub fn new(classes: &LabelSet, seed: u64) -> Self {
        let mut random = Pcg64Mcg::seed_from_u64(seed ^ 0xc1a5);
        let bound = 1.0 / (CODE_CHANNELS as f32).sqrt();
        let mut value = || bound * normalised_uniform(&mut random);
        Self {
            classes: classes.classes.iter().map(|c| c.name.clone()).collect(),
            weights: classes.classes.iter().map(|_| std::array::from_fn(|_| value())).collect(),
            bias: classes.classes.iter().map(|_| value()).collect(),
        }
    }

    /// `[C]` class logits of a code.
    pub fn logits(&self, code: &[f32]) -> impl Iterator<Item = f32> {
        let dot = move |w: &[f32; CODE_CHANNELS]| w.iter().zip(code).map(|(w, s)| w * s).sum::<f32>();
        self.weights.iter().zip(&self.bias).map(move |(w, b)| dot(w) + b)
    }

    /// As it lies on the GPU: `[C, CLASSIFIER_TEXELS]`.
    pub fn pack(&self) -> Vec<[f32; 4]> {
        let texels = |(w, &b): (&[f32; CODE_CHANNELS], &f32)| {
            let weights = (0..CODE_CHANNELS / 4).map(|k| std::array::from_fn(|i| w[4 * k + i]));
            weights.chain([[b, 0.0, 0.0, 0.0]]).collect::<Vec<[f32; 4]>>()
        };
        self.weights.iter().zip(&self.bias).flat_map(texels).collect()
    }

    /// From [`Self::pack`]'s form, for these classes.
    pub fn unpack(texels: &[[f32; 4]], classes: &LabelSet) -> Self {
        let class = |c: usize| &texels[c * CLASSIFIER_TEXELS as usize..(c + 1) * CLASSIFIER_TEXELS as usize];
        Self {
            classes: classes.classes.iter().map(|c| c.name.clone()).collect(),
            weights: (0..classes.len()).map(|c| std::array::from_fn(|i| class(c)[i / 4][i % 4])).collect(),
            bias: (0..classes.len()).map(|c| class(c)[CODE_PLANES as usize][0]).collect(),
        }
    }
}

/// What a run of this objective leaves beside its cloud.
#[derive(Clone, Debug, PartialEq)]
pub struct Codes {
    /// `[N, 16]` one code a Gaussian, in the cloud's order.
    pub codes: Vec<f32>,
    /// What finds classes in them.
    pub classifier: Classifier,
}

/// A prepared cloud with codes for logits: (U[0, 1] - 0.5) / Y00 each, as published.
pub fn code_cloud(cloud: &Cloud, seed: u64) -> Cloud {
    let mut random = Pcg64Mcg::seed_from_u64(seed ^ 0xc0de);
    let mut value = || 0.5 * normalised_uniform(&mut random) / splat_core::sh::Y00;
    Cloud {
        logits: (0..cloud.len() * CODE_CHANNELS).map(|_| value()).collect(),
        classes: code_names(),
        objective: Objective::Grouping,
        ..cloud.clone()
    }
}

/// Names for the channels, where somebody looks at a run under way.
fn code_names() -> LabelSet {
    let class = |i: usize| ClassInfo {
        id: i as u16,
        name: format!("code {i}"),
        colour: [(40 + 13 * i) as u8, (235 - 13 * i) as u8, (60 + (83 * i) % 180) as u8],
        pixel_count: 0,
    };
    LabelSet { classes: (0..CODE_CHANNELS).map(class).collect() }
}

/// The classifier of a run on the GPU.
pub(crate) struct LiveClassifier {
    pub(crate) buffers: ClassifierBuffers,
    classes: LabelSet,
}

impl LiveClassifier {
    /// A new one for these classes, images of up to `pixels` pixels and `samples` compared rows.
    pub(crate) fn new(gpu: &Gpu, classes: &LabelSet, seed: u64, pixels: u64, samples: u32) -> Result<Self, TrainError> {
        let buffers = ClassifierBuffers::new(gpu, classes.len() as u32, pixels, samples)?;
        buffers.write(gpu, &Classifier::new(classes, seed).pack())?;
        Ok(Self { buffers, classes: classes.clone() })
    }

    /// Takes the codes out of a downloaded cloud, which gets class logits instead. Waits for the GPU.
    pub(crate) fn decode(&self, gpu: &Gpu, cloud: &mut Cloud) -> Result<Codes, GpuError> {
        let classifier = Classifier::unpack(&self.buffers.read(gpu)?, &self.classes);
        let codes = std::mem::take(&mut cloud.logits);
        cloud.logits = codes.chunks_exact(CODE_CHANNELS).flat_map(|code| classifier.logits(code)).collect();
        cloud.classes = self.classes.clone();
        cloud.objective = Objective::Logits;
        Ok(Codes { codes, classifier })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use splat_core::SparsePoint;

    fn classes() -> LabelSet {
        let class = |id: u16| ClassInfo { id, name: format!("class {id}"), colour: [0; 3], pixel_count: 0 };
        LabelSet { classes: (0..3).map(class).collect() }
    }

    #[test]
    fn a_classifier_packs_and_unpacks_and_is_linear() {
        let classifier = Classifier::new(&classes(), 7);
        assert_eq!(Classifier::unpack(&classifier.pack(), &classes()), classifier);
        assert_ne!(Classifier::new(&classes(), 8), classifier);
        let logits: Vec<f32> = classifier.logits(&[0.0; CODE_CHANNELS]).collect();
        assert_eq!(logits, classifier.bias);
        let code: [f32; CODE_CHANNELS] = std::array::from_fn(|i| if i == 5 { 2.0 } else { 0.0 });
        let expected = 2.0 * classifier.weights[1][5] + classifier.bias[1];
        assert_eq!(classifier.logits(&code).nth(1), Some(expected));
    }

    #[test]
    fn first_codes_are_as_published() {
        let point = |x: f32| SparsePoint { position: glam::Vec3::new(x, 0.0, 0.0), rgb: [9; 3] };
        let points: Vec<SparsePoint> = (0..200).map(|i| point(i as f32)).collect();
        let cloud = code_cloud(&crate::init::cloud_from_points(&points, 0, &classes(), 1), 1);
        assert_eq!(cloud.check_shape(), Ok(()));
        let most = cloud.logits.iter().fold(0.0f32, |most, s| most.max(s.abs()));
        assert!((1.7..=1.7725).contains(&most), "{most}");
        assert!(cloud.logits.iter().sum::<f32>().abs() / (cloud.logits.len() as f32) < 0.1);
    }
}

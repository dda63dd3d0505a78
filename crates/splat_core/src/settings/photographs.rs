//! What a run may be told about its photographs, beyond what they show.

use super::TrainSettings;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Exposure compensation: every training photograph is compared with an affine transform of the rendered colours that is its
/// own and is learned, so that the cloud need not explain why one photograph is brighter or bluer than the next. The mean of
/// all transforms stays the identity; held-out views are rendered with that.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExposureSettings {
    /// On or off (default). On where a camera chose exposure or white balance anew for every photograph.
    pub enabled: bool,
    /// Adam step size of a transform's twelve numbers at the start. Higher: found sooner, and noisier.
    pub rate: f32,
    /// At the end; log-linear between.
    pub rate_final: f32,
}

impl Default for ExposureSettings {
    fn default() -> Self {
        Self { enabled: false, rate: 0.01, rate_final: 1e-3 }
    }
}

/// Pose refinement: the training views' poses are learned along with the cloud, each a small rotation and translation from where
/// the capture says. What all cameras would move by is the scene's and is taken back; held-out views stay as given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PoseSettings {
    /// On or off (default). On where poses are known to be rough: exact ones only get noisier.
    pub enabled: bool,
    /// Adam step size of the rotation vector at the start, radians.
    pub rotation_rate: f32,
    /// Adam step size of the translation at the start, in scene extents.
    pub translation_rate: f32,
    /// Share of these rates that is left at the end; log-linear between.
    pub final_share: f32,
}

impl Default for PoseSettings {
    fn default() -> Self {
        Self { enabled: false, rotation_rate: 1e-3, translation_rate: 1e-3, final_share: 0.03 }
    }
}

/// The colour behind everything: what shows through where no Gaussian is, and where a photograph is transparent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Background {
    /// An sRGB colour, 8 bit.
    Colour([u8; 3]),
    /// Another one at every step, from the run's seed, so that no Gaussian can pass for background: what is opaque must be
    /// covered, and what is transparent must be left free. Renders show black.
    Random,
}

impl Background {
    /// Black, the default.
    pub const BLACK: Self = Self::Colour([0; 3]);

    /// The colour that renders are shown with, sRGB 0..1.
    pub fn shown(self) -> [f32; 3] {
        match self {
            Self::Colour(rgb) => rgb.map(|c| c as f32 / 255.0),
            Self::Random => [0.0; 3],
        }
    }

    /// The colour of a training step, sRGB 0..1.
    pub fn at(self, seed: u64, iteration: u32) -> [f32; 3] {
        match self {
            Self::Colour(_) => self.shown(),
            Self::Random => {
                let bits = mixed(seed.wrapping_add(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(iteration as u64 + 1)));
                [0, 16, 32].map(|shift| ((bits >> shift) & 0xffff) as f32 / 65_535.0)
            }
        }
    }
}

/// The finaliser of SplitMix64 (Steele et al. 2014): every bit of the result hangs on every bit of `z`.
fn mixed(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Default for Background {
    fn default() -> Self {
        Self::BLACK
    }
}

impl fmt::Display for Background {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match *self {
            Self::BLACK => f.write_str("black"),
            Self::Colour([255, 255, 255]) => f.write_str("white"),
            Self::Colour([r, g, b]) => write!(f, "#{r:02x}{g:02x}{b:02x}"),
            Self::Random => f.write_str("random"),
        }
    }
}

impl FromStr for Background {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix('#').filter(|d| d.len() == 6 && d.bytes().all(|b| b.is_ascii_hexdigit()));
        let digits = digits.and_then(|d| u32::from_str_radix(d, 16).ok());
        match (text, digits) {
            ("black", _) => Ok(Self::BLACK),
            ("white", _) => Ok(Self::Colour([255; 3])),
            ("random", _) => Ok(Self::Random),
            (_, Some(number)) => Ok(Self::Colour([16, 8, 0].map(|shift| (number >> shift) as u8))),
            _ => Err(format!("`{text}` is no background: black, white, random or #RRGGBB is needed")),
        }
    }
}

impl From<Background> for String {
    fn from(background: Background) -> Self {
        background.to_string()
    }
}

impl TryFrom<String> for Background {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl TrainSettings {
    /// Step sizes of rotations (radians) and translations (world units) of the views at a step, for a scene of this extent.
    pub fn pose_rates(&self, iteration: u32, extent: f32) -> (f32, f32) {
        let t = (iteration as f32 / self.iterations.max(1) as f32).clamp(0.0, 1.0);
        let share = self.poses.final_share.powf(t);
        (share * self.poses.rotation_rate, share * self.poses.translation_rate * extent)
    }

    /// Step size of the exposures at a step: log-linear over the run.
    pub fn exposure_rate(&self, iteration: u32) -> f32 {
        let t = (iteration as f32 / self.iterations.max(1) as f32).clamp(0.0, 1.0);
        let (a, b) = (self.exposure.rate.ln(), self.exposure.rate_final.ln());
        (a + (b - a) * t).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backgrounds_have_names() {
        for name in ["black", "white", "random", "#0a10ff"] {
            assert_eq!(name.parse::<Background>().unwrap().to_string(), name);
        }
        assert_eq!("#FF8000".parse(), Ok(Background::Colour([255, 128, 0])));
        for bad in ["", "#fff", "#+12345", "red", "ffffff"] {
            assert!(bad.parse::<Background>().unwrap_err().contains("#RRGGBB"), "{bad}");
        }
    }

    #[test]
    fn random_backgrounds_differ_by_step_and_seed_and_cover_the_cube() {
        let colours: Vec<[f32; 3]> = (1..=500).map(|i| Background::Random.at(7, i)).collect();
        assert_eq!(colours[9], Background::Random.at(7, 10));
        assert_ne!(colours[9], Background::Random.at(8, 10));
        for c in 0..3 {
            let mean = colours.iter().map(|colour| colour[c]).sum::<f32>() / 500.0;
            let (low, high) = colours.iter().fold((1.0f32, 0.0f32), |(l, h), v| (l.min(v[c]), h.max(v[c])));
            assert!((mean - 0.5).abs() < 0.06 && low < 0.03 && high > 0.97, "channel {c}: {low} {mean} {high}");
        }
        assert_eq!(Background::Colour([255, 0, 51]).at(7, 3), [1.0, 0.0, 0.2]);
    }
}

//! Scores at the network's stride to ids and confidences at the photograph's size.

use crate::resample::resize;
use splat_core::{IGNORE_ID, LabelImage};
use splat_io::masks::Confidence;

/// What a network says about a photograph.
#[derive(Clone, Debug, PartialEq)]
pub struct Segmentation {
    /// `[H, W]` ids.
    pub labels: LabelImage,
    /// `[H, W]` softmax probability of the winning channel.
    pub confidence: Confidence,
}

/// Joined scores of a photograph: `[channels, height, width]`.
#[derive(Clone, Debug)]
pub struct Scores {
    /// Scores along x.
    pub width: usize,
    /// Scores along y.
    pub height: usize,
    /// One image per output channel.
    pub channels: Vec<Vec<f32>>,
}

/// Every channel resized to the photograph (triangle filter in f32), then the winner and its softmax probability. Channels
/// pass one by one, so only three images of the photograph's size are held.
pub fn classify(scores: Scores, ids: &[u16], width: u32, height: u32) -> Segmentation {
    let pixels = width as usize * height as usize;
    let mut top = vec![f32::NEG_INFINITY; pixels];
    let mut sum = vec![0.0f32; pixels];
    let mut winner = vec![IGNORE_ID; pixels];
    for (channel, &id) in scores.channels.into_iter().zip(ids) {
        let large = resize(&channel, (scores.width, scores.height), (width as usize, height as usize));
        for (pixel, &score) in large.iter().enumerate() {
            // Sum of exponentials relative to the best score so far.
            if score > top[pixel] {
                sum[pixel] = sum[pixel] * (top[pixel] - score).exp() + 1.0;
                top[pixel] = score;
                winner[pixel] = id;
            } else {
                sum[pixel] += (score - top[pixel]).exp();
            }
        }
    }
    let values = sum.iter().map(|s| if *s > 0.0 { (255.0 / s).round() as u8 } else { 0 }).collect();
    Segmentation { labels: LabelImage { width, height, ids: winner }, confidence: Confidence { width, height, values } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_channel_wins_with_its_softmax_share() {
        let scores = Scores { width: 1, height: 1, channels: vec![vec![-9.0], vec![-7.0], vec![-8.0]] };
        let out = classify(scores, &[IGNORE_ID, 4, 5], 2, 2);
        assert_eq!(out.labels.ids, [4; 4]);
        let share = 1.0 / (1.0 + (-2f32).exp() + (-1f32).exp());
        assert_eq!(out.confidence.values, [(255.0 * share).round() as u8; 4]);
    }
}

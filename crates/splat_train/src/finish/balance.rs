//! Class balance: what a segmenter's habits did to the logits is taken back.
//!
//! Segmenters that are not sure say "wall" or "floor". Averaged over views that habit pulls small things into their background.
//! Logit adjustment (Menon et al., 2021) undoes it after training: s_c -= tau log pi_c, with pi_c the class's share of the
//! training labels.

use splat_core::Cloud;

/// Share of the labels that a class is believed to have at least.
const LEAST_SHARE: f64 = 1e-4;

/// s_c -= tau log pi_c.
pub fn apply(cloud: &mut Cloud, tau: f32) {
    let shifts: Vec<f32> = log_shares(cloud).iter().map(|share| tau * share).collect();
    for logits in cloud.logits.chunks_exact_mut(shifts.len()) {
        logits.iter_mut().zip(&shifts).for_each(|(logit, shift)| *logit -= shift);
    }
}

/// Natural logarithm of every class's share of the training labels.
fn log_shares(cloud: &Cloud) -> Vec<f32> {
    let counts: Vec<f64> = cloud.classes.classes.iter().map(|c| c.pixel_count as f64).collect();
    let total = counts.iter().sum::<f64>().max(1.0);
    counts.iter().map(|n| (n / total).max(LEAST_SHARE).ln() as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use splat_core::{ClassInfo, LabelSet};

    #[test]
    fn rare_classes_have_small_shares_but_not_none() {
        let class = |id, pixel_count| ClassInfo { id, name: String::new(), colour: [0; 3], pixel_count };
        let classes = LabelSet { classes: vec![class(0, 750), class(1, 250), class(2, 0)] };
        let mut cloud = Cloud { classes, logits: vec![0.0; 3], ..Cloud::default() };
        apply(&mut cloud, 0.5);
        let want = [0.75f32, 0.25, 1e-4].map(|share| -0.5 * share.ln());
        assert!(cloud.logits.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-6), "{:?}", cloud.logits);
    }
}

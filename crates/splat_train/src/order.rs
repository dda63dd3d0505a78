//! Which view a step trains on: shuffled epochs, computed from the step alone, so that a resumed or repeated step sees the
//! same view.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64Mcg;

/// The order of views.
#[derive(Clone, Debug)]
pub struct ViewOrder {
    views: usize,
    seed: u64,
    epoch: u64,
    shuffled: Vec<usize>,
}

impl ViewOrder {
    /// Order of `views` views (at least one) for a seed.
    pub fn new(views: usize, seed: u64) -> Self {
        let mut order = Self { views: views.max(1), seed, epoch: 0, shuffled: Vec::new() };
        order.shuffle(0);
        order
    }

    /// View of a step; steps count from 1.
    pub fn view(&mut self, step: u32) -> usize {
        let index = step.saturating_sub(1) as usize;
        let epoch = (index / self.views) as u64;
        if epoch != self.epoch {
            self.shuffle(epoch);
        }
        self.shuffled[index % self.views]
    }

    fn shuffle(&mut self, epoch: u64) {
        let mut random = Pcg64Mcg::seed_from_u64(self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(epoch));
        self.epoch = epoch;
        self.shuffled = (0..self.views).collect();
        self.shuffled.shuffle(&mut random);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_epoch_holds_every_view_once_and_repeats_exactly() {
        let mut order = ViewOrder::new(7, 3);
        let first: Vec<usize> = (1..=21).map(|s| order.view(s)).collect();
        for epoch in first.chunks(7) {
            let mut sorted = epoch.to_vec();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..7).collect::<Vec<_>>());
        }
        let mut again = ViewOrder::new(7, 3);
        assert_eq!(
            (1..=21).rev().map(|s| again.view(s)).collect::<Vec<_>>(),
            first.into_iter().rev().collect::<Vec<_>>()
        );
    }
}

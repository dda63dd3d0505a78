//! Random numbers that belong to a place (a texel, a pixel, an object) and not to the order in which work is done.

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg32;

/// What a stream is for; keeps streams of one seed apart.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    /// Sizes, colours and places of furniture.
    Layout = 1,
    /// Camera path.
    Path,
    /// Light map texels.
    Bake,
    /// Pixels of photographs.
    Photo,
    /// Sparse points.
    Sparse,
    /// The imitated segmenter.
    Segmenter,
}

/// The generator of one place.
pub fn stream(seed: u64, purpose: Purpose, index: u64) -> Pcg32 {
    let a = mix64(seed ^ (purpose as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let b = mix64(a.wrapping_add(index));
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&b.to_le_bytes());
    bytes[8..].copy_from_slice(&mix64(b ^ a).to_le_bytes());
    Pcg32::from_seed(bytes)
}

/// Short forms for choosing things.
pub trait Choose: Rng {
    /// Uniform in `low..high`.
    fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.random::<f32>()
    }

    /// One of a list.
    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[(self.random::<u32>() as usize) % list.len()]
    }

    /// True with probability `p`.
    fn chance(&mut self, p: f32) -> bool {
        self.random::<f32>() < p
    }

    /// Standard normal, Box-Muller.
    fn normal(&mut self) -> f32 {
        let u = 1.0 - self.random::<f32>();
        let v = self.random::<f32>();
        (-2.0 * libm::logf(u)).sqrt() * crate::maths::cos(std::f32::consts::TAU * v)
    }
}

impl<R: Rng + ?Sized> Choose for R {}

/// SplitMix64's finaliser: spreads every input bit over the output.
pub fn mix64(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Three integers to 0..1.
pub fn hash01(x: i32, y: i32, z: i32, seed: u32) -> f32 {
    let mut h = seed ^ 0x9e37_79b9;
    for n in [x as u32, y as u32, z as u32] {
        h = (h ^ n).wrapping_mul(0x85eb_ca6b);
        h ^= h >> 15;
        h = h.wrapping_mul(0xc2b2_ae35);
        h ^= h >> 13;
    }
    (h >> 8) as f32 / (1 << 24) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_repeat_and_differ() {
        let draw = |seed, purpose, index| stream(seed, purpose, index).random::<u64>();
        assert_eq!(draw(1, Purpose::Bake, 7), draw(1, Purpose::Bake, 7));
        assert_ne!(draw(1, Purpose::Bake, 7), draw(1, Purpose::Bake, 8));
        assert_ne!(draw(1, Purpose::Bake, 7), draw(1, Purpose::Photo, 7));
        assert_ne!(draw(2, Purpose::Bake, 7), draw(1, Purpose::Bake, 7));
    }

    #[test]
    fn hashes_are_spread_evenly() {
        let mean = (0..1000).map(|i| hash01(i, -i, 3 * i, 5)).sum::<f32>() / 1000.0;
        assert!((mean - 0.5).abs() < 0.05, "{mean}");
    }
}

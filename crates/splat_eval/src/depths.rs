//! Rendered surfaces against those of a mesh.

/// A surface this near to the mesh's, as a share of the distance, is where it should be.
pub const NEAR_ENOUGH: f32 = 0.02;

/// How far surfaces lie from where they should, over all pixels that were added.
#[derive(Clone, Debug, Default)]
pub struct DepthErrors {
    shares: Vec<f32>,
}

impl DepthErrors {
    /// Adds a view: `[H, W]` view depths of rendered surfaces, 0 where there is none, and of the mesh, infinite where that has a
    /// hole. Holes do not count; a surface that is missing is off by all of the distance.
    pub fn add(&mut self, rendered: &[f32], mesh: &[f32]) {
        let pairs = rendered.iter().zip(mesh).filter(|(_, truth)| truth.is_finite() && **truth > 0.0);
        self.shares.extend(pairs.map(|(z, truth)| (z - truth).abs() / truth));
    }

    /// Share of the pixels that are off by 2 % of the distance at most; `None` without pixels.
    pub fn near(&self) -> Option<f64> {
        let near = self.shares.iter().filter(|share| **share <= NEAR_ENOUGH).count();
        (!self.shares.is_empty()).then(|| near as f64 / self.shares.len() as f64)
    }

    /// What the middle pixel is off by, as a share of the distance.
    pub fn median(&self) -> Option<f64> {
        let mut shares = self.shares.clone();
        let middle = shares.len().checked_sub(1)? / 2;
        Some((*shares.select_nth_unstable_by(middle, f32::total_cmp).1).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_do_not_count_and_what_is_missing_does() {
        let mut errors = DepthErrors::default();
        assert_eq!((errors.near(), errors.median()), (None, None));
        errors.add(&[2.02, 5.0, 0.0], &[2.0, f32::INFINITY, 4.0]);
        errors.add(&[3.3], &[3.0]);
        assert!((errors.near().unwrap() - 1.0 / 3.0).abs() < 1e-9);
        assert!((errors.median().unwrap() - 0.1).abs() < 1e-6);
    }
}

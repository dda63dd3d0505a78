//! Where points lie without the strays among them.

use glam::Vec3;

/// Share of an object's Gaussians on each side and axis that its box passes over: strays do not stretch it.
pub const OBJECT_TRIM: f32 = 0.02;

/// Lowest and highest of the finite values without a share `trim` (0..0.5) of them on each side; `None` without values.
pub fn trimmed_span(values: impl Iterator<Item = f32>, trim: f32) -> Option<[f32; 2]> {
    let mut values: Vec<f32> = values.filter(|v| v.is_finite()).collect();
    let last = values.len().checked_sub(1)?;
    let margin = ((values.len() as f32 * trim) as usize).min(last / 2);
    let low = *values.select_nth_unstable_by(margin, f32::total_cmp).1;
    let high = *values.select_nth_unstable_by(last - margin, f32::total_cmp).1;
    Some([low, high])
}

/// Lower and upper corner of the box of points without a share `trim` of them on each side and axis; `None` without points.
pub fn trimmed_box(points: impl Iterator<Item = Vec3> + Clone, trim: f32) -> Option<(Vec3, Vec3)> {
    let finite = points.filter(|p| p.is_finite());
    let along = |axis: usize| trimmed_span(finite.clone().map(move |p| p[axis]), trim);
    let [x, y, z] = [along(0)?, along(1)?, along(2)?];
    Some((Vec3::new(x[0], y[0], z[0]), Vec3::new(x[1], y[1], z[1])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_pass_over_what_is_far_out_or_no_number() {
        let mut means: Vec<Vec3> = (0..1000).map(|i| Vec3::new(i as f32, -(i as f32), 1.0)).collect();
        means.push(Vec3::splat(1e9));
        means.push(Vec3::NAN);
        let (low, high) = trimmed_box(means.iter().copied(), 0.01).unwrap();
        assert!(low.x < 20.0 && low.y < -970.0 && low.z == 1.0);
        assert!(high.x > 980.0 && high.x < 1000.0 && high.y > -20.0 && high.z == 1.0);
        assert!(trimmed_box(std::iter::empty(), 0.01).is_none());
        assert_eq!(trimmed_span([3.0, 1.0].into_iter(), 0.5), Some([1.0, 3.0]));
    }
}

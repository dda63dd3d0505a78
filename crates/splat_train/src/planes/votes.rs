//! The class of a sparse point, from the labels of the views that see it.

use crate::prepare::TrainingView;
use glam::{UVec2, Vec2, Vec3};
use splat_core::IGNORE_ID;

/// Views that must agree on a point's class, and their share among those that see it.
const LEAST_VOTES: (u32, f32) = (2, 0.6);
/// Points that a cell of the grid which hides points holds, about.
const POINTS_A_CELL: f32 = 8.0;
/// A point is hidden where another of its cell is nearer by this factor.
const HIDDEN_BEYOND: f32 = 1.1;

/// `[points]` the class column that the views which see a point agree on; 65535 where they do not.
pub fn point_columns(points: &[Vec3], views: &[TrainingView]) -> Vec<u16> {
    let mut votes: Vec<Vec<(u16, u32)>> = vec![Vec::new(); points.len()];
    for view in views {
        let Some(columns) = &view.columns else { continue };
        for (point, pixel) in seen(points, view) {
            match votes[point].iter_mut().find(|(column, _)| *column == columns[pixel]) {
                Some((_, count)) => *count += 1,
                None if columns[pixel] != IGNORE_ID => votes[point].push((columns[pixel], 1)),
                None => {}
            }
        }
    }
    votes.iter().map(|votes| winner(votes)).collect()
}

fn winner(votes: &[(u16, u32)]) -> u16 {
    let all: u32 = votes.iter().map(|v| v.1).sum();
    let best = votes.iter().max_by_key(|v| v.1);
    let clear = best.filter(|(_, count)| *count >= LEAST_VOTES.0 && *count as f32 >= LEAST_VOTES.1 * all as f32);
    clear.map_or(IGNORE_ID, |(column, _)| *column)
}

/// Points that a view sees, with the index of their pixel: those that no other point of the same small cell hides.
fn seen(points: &[Vec3], view: &TrainingView) -> Vec<(usize, usize)> {
    let k = &view.camera.intrinsics;
    let inside = |(index, point): (usize, &Vec3)| {
        let (pixel, depth) = view.camera.project(*point)?;
        let is_inside = pixel.cmpge(Vec2::ZERO).all() && pixel.x < k.width as f32 && pixel.y < k.height as f32;
        is_inside.then(|| (index, pixel.as_uvec2(), depth))
    };
    let inside: Vec<_> = points.iter().enumerate().filter_map(inside).collect();
    let cell_px = (POINTS_A_CELL * k.pixels() as f32 / inside.len().max(1) as f32).sqrt().max(1.0);
    let [across, down] = [k.width, k.height].map(|side| (side as f32 / cell_px) as usize + 1);
    let cell = |pixel: UVec2| (pixel.y as f32 / cell_px) as usize * across + (pixel.x as f32 / cell_px) as usize;
    let mut nearest = vec![f32::INFINITY; across * down];
    for (_, pixel, depth) in &inside {
        let at = &mut nearest[cell(*pixel)];
        *at = at.min(*depth);
    }
    let shown = inside.into_iter().filter(|(_, pixel, depth)| *depth <= HIDDEN_BEYOND * nearest[cell(*pixel)]);
    shown.map(|(index, pixel, _)| (index, (pixel.y * k.width + pixel.x) as usize)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::DVec3;
    use splat_core::{Camera, Intrinsics, Photo};

    /// Views of 20 x 20 pixels from before the origin, that say so.
    fn view(column: u16) -> TrainingView {
        let camera =
            Camera::looking_at(Intrinsics::from_vertical_fov(20, 20, 1.0), DVec3::NEG_Z, DVec3::ZERO, DVec3::NEG_Y);
        let photo = Photo { width: 20, height: 20, rgba: vec![255; 4 * 400], alpha: None };
        TrainingView { name: String::new(), camera, photo, columns: Some(vec![column; 400]), confidence: None }
    }

    #[test]
    fn most_views_that_see_a_point_name_it() {
        let points = [Vec3::ZERO, Vec3::new(0.0, 0.0, 3.0), Vec3::new(50.0, 0.0, 0.0), Vec3::NEG_Z * 2.0];
        let of = |columns: &[u16]| point_columns(&points, &columns.iter().map(|c| view(*c)).collect::<Vec<_>>());
        // The second is hidden by the first, the third outside, the fourth behind.
        let none = IGNORE_ID;
        assert_eq!(of(&[4, 4, 4, 7, none]), [4, none, none, none]);
        assert_eq!(of(&[4, 4, 7, 7]), [none; 4], "undecided");
        assert_eq!(of(&[4]), [none; 4], "one view is none");
        assert_eq!(point_columns(&points, &[]), [none; 4]);
    }
}

//! The objects of the shown cloud: kept while their list is open, flown to, and boxed in the scene.

use crate::draw::{PanelState, Tab, world::Shown};
use crate::walk::{Pose, Walker};
use bevy::prelude::*;
use bevy_splat_query::{FindObjects, OrientedBox};

/// How much further the camera stands than where an object just fits.
const MARGIN: f32 = 1.4;
/// Least distance to an object's middle, world units.
const LEAST_DISTANCE: f32 = 0.4;
/// The camera looks down on objects this much: sine of the angle.
const LOOK_DOWN: f32 = 0.3;

/// On a cloud whose objects are kept for the list.
#[derive(Component)]
pub(crate) struct Listed;

/// Asks for the objects of the shown cloud while their list is open. Clouds that keep objects by themselves are left alone.
pub(crate) fn keep_listed(
    state: Res<PanelState>,
    shown: Shown,
    finding: Query<Has<FindObjects>>,
    listed: Query<Entity, With<Listed>>,
    mut commands: Commands,
) {
    let wanted = shown.cloud().filter(|_| state.is_open && state.tab == Tab::Objects);
    for cloud in listed.iter().filter(|cloud| Some(*cloud) != wanted) {
        commands.entity(cloud).remove::<(Listed, FindObjects)>();
    }
    if let Some(cloud) = wanted
        && matches!(finding.get(cloud), Ok(false))
    {
        commands.entity(cloud).insert((Listed, FindObjects::default()));
    }
}

/// Where to look at a box from: from where the camera is, somewhat from above, near enough to fill the picture.
pub fn stand_before(walker: &Walker, middle: Vec3, radius: f32, half_fov: f32) -> Pose {
    let up = walker.up;
    let way = middle - walker.pose().position;
    let level = way.reject_from_normalized(up).try_normalize();
    let forward = walker.pose().forward().reject_from_normalized(up).try_normalize();
    let level = level.or(forward).unwrap_or_else(|| up.any_orthonormal_vector());
    let direction = (level - LOOK_DOWN * up).normalize();
    let distance = (MARGIN * radius / half_fov.clamp(0.1, 1.4).sin()).max(LEAST_DISTANCE);
    let rotation = Transform::default().looking_to(direction, up).rotation;
    Pose { position: middle - distance * direction, rotation }
}

/// The edges of a box in world space.
pub fn edges(place: &GlobalTransform, shape: &OrientedBox) -> [[Vec3; 2]; 12] {
    let corner = |i: usize| {
        let side = |bit: usize| if i & bit == 0 { -1.0 } else { 1.0 };
        let along = shape.half * Vec3::new(side(1), side(2), side(4));
        place.transform_point(shape.centre + shape.rotation * along)
    };
    let mut edges = [[Vec3::ZERO; 2]; 12];
    let pairs = [1, 2, 4].into_iter().flat_map(|bit| (0..8).filter(move |i| i & bit == 0).map(move |i| (i, i | bit)));
    for (edge, (a, b)) in edges.iter_mut().zip(pairs) {
        *edge = [corner(a), corner(b)];
    }
    edges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_looked_at_from_this_side_and_from_above() {
        let start = Pose { position: Vec3::new(0.0, -5.0, 1.5), rotation: Quat::IDENTITY };
        let walker = Walker::flying_from(start, Vec3::Z);
        let middle = Vec3::new(0.0, 2.0, 0.5);
        let pose = stand_before(&walker, middle, 0.5, 0.4);
        assert!(pose.forward().dot((middle - pose.position).normalize()) > 0.999);
        assert!(pose.position.y < middle.y && pose.position.z > middle.z, "{pose:?}");
        assert!((pose.rotation * Vec3::Y).dot(Vec3::Z) > 0.9, "level");
        let from_above = Walker::flying_from(Pose { position: middle + Vec3::Z, rotation: Quat::IDENTITY }, Vec3::Z);
        assert!(stand_before(&from_above, middle, 0.0, 0.4).position.is_finite());
    }

    #[test]
    fn a_box_has_twelve_edges_of_its_lengths() {
        let half = Vec3::new(0.5, 1.0, 1.5);
        let shape = OrientedBox { centre: Vec3::X, rotation: Quat::from_rotation_y(0.4), half };
        let mut lengths: Vec<f32> = edges(&GlobalTransform::IDENTITY, &shape).map(|[a, b]| a.distance(b)).to_vec();
        lengths.sort_unstable_by(f32::total_cmp);
        for (i, length) in lengths.into_iter().enumerate() {
            assert!((length - [1.0, 2.0, 3.0][i / 4]).abs() < 1e-4);
        }
    }
}

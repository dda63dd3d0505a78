//! Walking, flying, jumping, gliding.

use super::*;
use bevy::math::DVec3;
use splat_core::Intrinsics;

fn walker() -> Walker {
    let lens = Intrinsics::from_vertical_fov(64, 48, 1.0);
    let view = |i: usize| {
        let eye = DVec3::new(i as f64 * 0.2, 0.0, 1.5);
        (format!("view {i}"), CaptureCamera::looking_at(lens, eye, eye + DVec3::Y, DVec3::Z))
    };
    Walker::along(&(0..12).map(view).collect::<Vec<_>>())
}

#[test]
fn steering_leaves_the_walk_and_play_glides_back() {
    let mut walker = walker();
    let hands = FlightInput { motion: Vec3::Z, boost: 1.0, ..Default::default() };
    (0..30).for_each(|_| walker.advance(&hands, 0.05));
    assert!(walker.is_flying && !walker.is_playing && walker.pose().position.y > 1.0);
    walker.obey(&WalkCommand::Play);
    (0..30).for_each(|_| walker.advance(&FlightInput::default(), 0.05));
    assert!(!walker.is_flying && walker.pose().position.y.abs() < 1e-3 && walker.seconds > 0.0);
}

#[test]
fn a_camera_that_was_moved_flies_on_from_there() {
    let mut walker = walker();
    let start = Transform::from_translation(walker.pose().position).with_rotation(walker.pose().rotation);
    walker.notice(&Transform::from_xyz(7.0, 0.0, 0.0));
    assert!(walker.is_playing, "where it was spawned does not matter");
    walker.placed = Some(start);
    walker.notice(&start);
    assert!(walker.is_playing && !walker.is_flying);
    walker.notice(&Transform::from_xyz(7.0, 0.0, 0.0));
    walker.advance(&FlightInput::default(), 0.05);
    assert!(walker.is_flying && walker.pose().position == Vec3::X * 7.0);
}

#[test]
fn jumping_ends_at_the_exact_view() {
    let mut walker = walker();
    walker.obey(&WalkCommand::JumpTo(7));
    (0..40).for_each(|_| walker.advance(&FlightInput::default(), 0.05));
    assert!(walker.pose().position.distance(walker.views[7].1.position) < 1e-5);
    assert_eq!((walker.standing_at(), walker.view_beside(1), walker.view_beside(-9)), (Some(7), Some(8), Some(0)));
    let aside = Pose { position: walker.pose().position + 0.05 * Vec3::X, ..walker.pose() };
    walker.obey(&WalkCommand::GoTo(aside));
    assert_eq!(walker.standing_at(), None, "it glides");
    (0..40).for_each(|_| walker.advance(&FlightInput::default(), 0.05));
    assert_eq!((walker.standing_at(), walker.nearest_view()), (None, Some(7)));
    assert_eq!((Walker::default().nearest_view(), Walker::default().view_beside(1)), (None, None));
}

#[test]
fn a_walk_starts_anew_at_its_end_and_an_empty_one_is_harmless() {
    let mut walker = walker();
    walker.obey(&WalkCommand::Seek(1e9));
    (0..60).for_each(|_| walker.advance(&FlightInput::default(), 0.05));
    assert!(walker.seconds < 4.0);
    let mut empty = Walker::default();
    empty.obey(&WalkCommand::JumpTo(3));
    empty.advance(&FlightInput::default(), 0.1);
    assert!(empty.pose().position.is_finite());
}

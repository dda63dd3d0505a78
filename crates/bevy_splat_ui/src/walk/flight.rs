//! Free flight with any direction as up: WASD to move, Q and E down and up, right mouse drag to look.

use super::path::Pose;
use crate::keys::{self, Modifiers};
use bevy::input::mouse::{AccumulatedMouseMotion, AccumulatedMouseScroll};
use bevy::math::{Quat, Vec2, Vec3};
use bevy::prelude::{ButtonInput, KeyCode, MouseButton};

/// Radians that one pixel of mouse drag turns.
const LOOK_PER_PIXEL: f32 = 0.0035;
/// How steeply the camera may look up or down: sine of the angle.
const STEEPEST: f32 = 0.98;

/// What the hands do in a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FlightInput {
    /// Wanted motion: right, up, forward, each -1..=1.
    pub motion: Vec3,
    /// Mouse drag in pixels.
    pub look_px: Vec2,
    /// Times faster.
    pub boost: f32,
    /// Notches of the wheel: they change the speed.
    pub wheel: f32,
}

impl FlightInput {
    /// Reads keyboard and mouse; either is passed over where something else wants it.
    pub fn read(
        keys: Option<&ButtonInput<KeyCode>>,
        mouse: Option<(&ButtonInput<MouseButton>, &AccumulatedMouseMotion, &AccumulatedMouseScroll)>,
    ) -> Self {
        let mut input = Self { boost: 1.0, ..Self::default() };
        if let Some(keys) = keys {
            input.motion = keys::motion(keys);
            if Modifiers::held(keys).shift {
                input.boost = 3.0;
            }
        }
        if let Some((buttons, motion, scroll)) = mouse {
            if buttons.pressed(MouseButton::Right) {
                input.look_px = motion.delta;
            }
            input.wheel = scroll.delta.y;
        }
        input
    }

    /// True when the hands ask for something that ends a walk.
    pub fn is_steering(&self) -> bool {
        self.motion != Vec3::ZERO || self.look_px != Vec2::ZERO
    }
}

/// Moves `pose` by one frame of flight at `speed` (world units a second); `up` is the world's up direction.
pub fn fly(pose: Pose, input: &FlightInput, up: Vec3, speed: f32, seconds: f32) -> Pose {
    let yaw = Quat::from_axis_angle(up, -input.look_px.x * LOOK_PER_PIXEL);
    let turned = yaw * pose.rotation;
    let right = turned * Vec3::X;
    let pitched = Quat::from_axis_angle(right, -input.look_px.y * LOOK_PER_PIXEL) * turned;
    let is_steep = (pitched * Vec3::NEG_Z).dot(up).abs() > STEEPEST;
    let rotation = level(if is_steep { turned } else { pitched }, up, (4.0 * seconds).min(1.0));
    let (right, forward) = (rotation * Vec3::X, rotation * Vec3::NEG_Z);
    let way = right * input.motion.x + up * input.motion.y + forward * input.motion.z;
    let position = pose.position + way.normalize_or_zero() * speed * input.boost * seconds;
    Pose { position, rotation }
}

/// Turns the horizon towards level by `share`: photographs are rarely held quite straight.
fn level(rotation: Quat, up: Vec3, share: f32) -> Quat {
    let forward = rotation * Vec3::NEG_Z;
    let Some(right) = forward.cross(up).try_normalize() else { return rotation };
    let upward = right.cross(forward);
    let wanted = Quat::from_mat3(&bevy::math::Mat3::from_cols(right, upward, -forward));
    rotation.slerp(wanted, share).normalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Pose {
        Pose {
            position: Vec3::ZERO,
            rotation: Quat::from_mat3(&bevy::math::Mat3::from_cols(Vec3::X, Vec3::Z, Vec3::NEG_Y)),
        }
    }

    #[test]
    fn forward_goes_where_the_camera_looks_and_e_goes_up() {
        let ahead = FlightInput { motion: Vec3::Z, boost: 1.0, ..Default::default() };
        assert!(fly(start(), &ahead, Vec3::Z, 2.0, 0.5).position.distance(Vec3::Y) < 1e-4);
        let rise = FlightInput { motion: Vec3::Y, boost: 1.0, ..Default::default() };
        assert!(fly(start(), &rise, Vec3::Z, 2.0, 0.5).position.distance(Vec3::Z) < 1e-4);
    }

    #[test]
    fn looking_keeps_the_horizon_level_and_never_tips_over() {
        let mut pose = start();
        let drag = FlightInput { look_px: Vec2::new(7.0, -40.0), boost: 1.0, ..Default::default() };
        for _ in 0..500 {
            pose = fly(pose, &drag, Vec3::Z, 1.0, 0.016);
        }
        assert!(pose.forward().dot(Vec3::Z) > 0.5 && pose.rotation.is_normalized());
        assert!((pose.rotation * Vec3::X).dot(Vec3::Z).abs() < 0.02);
    }
}

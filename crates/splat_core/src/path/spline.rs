//! Between key frames: cubic Hermite curves whose velocities at the keys are those of Catmull-Rom for uneven times.
//!
//! Rotations take the same velocities as rotation vectors in the camera's own frame; between two keys they are
//! q0 exp(w1 b1) exp(w2 b2) exp(w3 b3) with the cumulative cubic Bernstein polynomials b (Kim, Kim and Shin 1995), which meets
//! both keys and both velocities. So neither the place nor the direction has a kink.

use super::{PathKey, Pose};
use glam::{DQuat, DVec3};

/// The pose at a time, clamped to the keys.
pub fn pose(keys: &[PathKey], seconds: f64) -> Pose {
    let [first, .., last] = keys else { return keys.first().map(|key| key.pose).unwrap_or_default() };
    if seconds >= last.seconds {
        return last.pose;
    }
    // A time that is no number is before the first key.
    if seconds.is_nan() || seconds <= first.seconds {
        return first.pose;
    }
    let next = keys.partition_point(|key| key.seconds <= seconds).clamp(1, keys.len() - 1);
    let (a, b) = (&keys[next - 1], &keys[next]);
    let span = b.seconds - a.seconds;
    let share = (seconds - a.seconds) / span;
    let (from, to) = (velocity(keys, next - 1), velocity(keys, next));
    let position = hermite([a.pose.position, b.pose.position], [from.linear * span, to.linear * span], share);
    let rotation = turned([a.pose.rotation, b.pose.rotation], [from.angular * span, to.angular * span], share);
    Pose { position, rotation }
}

/// Change per second at a key.
#[derive(Clone, Copy)]
struct Velocity {
    linear: DVec3,
    /// Rotation vector in the camera's frame.
    angular: DVec3,
}

fn velocity(keys: &[PathKey], key: usize) -> Velocity {
    let before = (key > 0).then(|| mean_velocity(&keys[key - 1], &keys[key]));
    let after = keys.get(key + 1).map(|next| mean_velocity(&keys[key], next));
    match (before, after) {
        (Some((a, a_seconds)), Some((b, b_seconds))) => {
            // The shorter neighbour says more about this moment: no overshooting beside a long way.
            let share = a_seconds / (a_seconds + b_seconds);
            Velocity { linear: a.linear.lerp(b.linear, share), angular: a.angular.lerp(b.angular, share) }
        }
        (Some((only, _)), None) | (None, Some((only, _))) => only,
        (None, None) => Velocity { linear: DVec3::ZERO, angular: DVec3::ZERO },
    }
}

/// Velocity of the straight way between two keys, and its seconds.
fn mean_velocity(a: &PathKey, b: &PathKey) -> (Velocity, f64) {
    let seconds = b.seconds - a.seconds;
    let linear = (b.pose.position - a.pose.position) / seconds;
    let angular = logarithm(a.pose.rotation.inverse() * b.pose.rotation) / seconds;
    (Velocity { linear, angular }, seconds)
}

fn hermite([p0, p1]: [DVec3; 2], [m0, m1]: [DVec3; 2], s: f64) -> DVec3 {
    let (s2, s3) = (s * s, s * s * s);
    p0 * (2.0 * s3 - 3.0 * s2 + 1.0) + m0 * (s3 - 2.0 * s2 + s) + p1 * (3.0 * s2 - 2.0 * s3) + m1 * (s3 - s2)
}

fn turned([q0, q1]: [DQuat; 2], [m0, m1]: [DVec3; 2], s: f64) -> DQuat {
    let exp = DQuat::from_scaled_axis;
    let (w1, w3) = (m0 / 3.0, m1 / 3.0);
    let w2 = logarithm(exp(w1).inverse() * q0.inverse() * q1 * exp(w3).inverse());
    let (s2, s3) = (s * s, s * s * s);
    let (b1, b2, b3) = (s3 - 3.0 * s2 + 3.0 * s, 3.0 * s2 - 2.0 * s3, s3);
    (q0 * exp(w1 * b1) * exp(w2 * b2) * exp(w3 * b3)).normalize()
}

/// Rotation vector of the shorter way round.
fn logarithm(rotation: DQuat) -> DVec3 {
    let shorter = if rotation.w < 0.0 { -rotation } else { rotation };
    shorter.to_scaled_axis()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Vec<PathKey> {
        let key = |seconds: f64, position: [f64; 3], turn: [f64; 3]| PathKey {
            seconds,
            pose: Pose { position: DVec3::from(position), rotation: DQuat::from_scaled_axis(DVec3::from(turn)) },
        };
        vec![
            key(0.0, [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]),
            key(1.0, [1.0, 0.5, 0.0], [0.0, 1.2, 0.0]),
            key(1.4, [1.2, 0.5, 0.3], [0.3, 2.0, 0.1]),
            key(4.0, [-1.0, 0.0, 2.0], [0.0, 3.9, 0.0]),
        ]
    }

    #[test]
    fn a_path_meets_its_keys() {
        let keys = keys();
        for key in &keys {
            let pose = pose(&keys, key.seconds);
            assert!(pose.position.distance(key.pose.position) < 1e-9);
            assert!(pose.rotation.angle_between(key.pose.rotation) < 1e-6);
        }
        assert_eq!((pose(&keys, -3.0), pose(&keys, 9.0)), (keys[0].pose, keys[3].pose));
        assert_eq!((pose(&keys[..1], 7.0), pose(&[], 1.0)), (keys[0].pose, Pose::default()));
        assert_eq!(pose(&keys, f64::NAN), keys[0].pose);
    }

    /// Velocities before and after a key are the same, in place and in direction: no kinks.
    #[test]
    fn a_path_has_no_kinks() {
        let keys = keys();
        let h = 1e-5;
        let moved = |from: f64| {
            let (a, b) = (pose(&keys, from), pose(&keys, from + h));
            ((b.position - a.position) / h, logarithm(a.rotation.inverse() * b.rotation) / h)
        };
        for key in &keys[1..3] {
            let (before, after) = (moved(key.seconds - h), moved(key.seconds));
            assert!(before.0.distance(after.0) < 1e-3, "{before:?} {after:?}");
            assert!(before.1.distance(after.1) < 1e-3, "{before:?} {after:?}");
        }
    }

    #[test]
    fn even_motion_stays_even() {
        let key = |i: f64| PathKey {
            seconds: i,
            pose: Pose { position: DVec3::Z * i, rotation: DQuat::from_rotation_y(0.8 * i) },
        };
        let keys: Vec<PathKey> = (0..5).map(|i| key(i as f64)).collect();
        for at in [0.3, 1.5, 3.9] {
            let (pose, exact) = (pose(&keys, at), key(at).pose);
            assert!(pose.position.distance(exact.position) < 1e-9);
            assert!(pose.rotation.angle_between(exact.rotation) < 1e-6);
        }
    }
}

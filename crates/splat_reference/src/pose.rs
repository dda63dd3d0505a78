//! Poses of the views: the gradient by a small motion of a view, and how poses are refined.

use crate::camera::Pinhole;
use crate::optimise::{BETA_1, BETA_2, EPSILON};
use glam::{DAffine3, DMat3, DQuat, DVec3};

/// A small motion V -> exp(rotation) V + translation of a view_from_world V; also the shape of its gradient and its moments.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Twist {
    /// Rotation vector, radians, in view space.
    pub rotation: DVec3,
    /// Translation, world units, in view space.
    pub translation: DVec3,
}

impl Twist {
    /// The motion.
    pub fn exp(self) -> DAffine3 {
        DAffine3::from_rotation_translation(DQuat::from_scaled_axis(self.rotation), self.translation)
    }

    /// Adds what one row does: its mean in view space moves with the view, the Jacobian's rows turn against its covariance, and
    /// the camera's centre moves under its colour. Gradients by the mean in view space, the Jacobian's rows, and the mean in
    /// world space through the viewing direction.
    pub fn add(
        &mut self,
        camera: &Pinhole,
        mean_in_view: DVec3,
        d_in_view: DVec3,
        d_jacobian: [DVec3; 2],
        d_offset: DVec3,
    ) {
        self.translation += d_in_view + camera.rotation() * d_offset;
        self.rotation += mean_in_view.cross(d_in_view);
        for (d_row, row) in d_jacobian.into_iter().zip(camera.jacobian(mean_in_view)) {
            self.rotation += d_row.cross(row);
        }
    }
}

/// A step of Adam on the pose of one view, its `visits`-th. What is common to all cameras is the scene's: the step's motion in
/// world space is taken back from all in equal shares. `moments` are the view's; `rates` of rotation and translation.
pub fn optimise(
    view_from_world: &mut [DAffine3],
    view: usize,
    gradient: Twist,
    moments: &mut [Twist; 2],
    rates: (f64, f64),
    visits: u32,
) {
    let adam = |m: &mut DVec3, v: &mut DVec3, g: DVec3| {
        *m = BETA_1 * *m + (1.0 - BETA_1) * g;
        *v = BETA_2 * *v + (1.0 - BETA_2) * g * g;
        let (m_hat, v_hat) = (*m / (1.0 - BETA_1.powi(visits as i32)), *v / (1.0 - BETA_2.powi(visits as i32)));
        -m_hat / (v_hat.map(f64::sqrt) + EPSILON)
    };
    let [m, v] = moments;
    let step = Twist {
        rotation: rates.0 * adam(&mut m.rotation, &mut v.rotation, gradient.rotation),
        translation: rates.1 * adam(&mut m.translation, &mut v.translation, gradient.translation),
    };
    let DAffine3 { matrix3: r, translation: t } = view_from_world[view];
    let back = -1.0 / view_from_world.len() as f64;
    let shared = Twist {
        rotation: back * (r.transpose() * step.rotation),
        translation: back * (r.transpose() * (step.rotation.cross(t) + step.translation)),
    };
    view_from_world[view] = step.exp() * view_from_world[view];
    for pose in view_from_world.iter_mut() {
        *pose = *pose * shared.exp();
        pose.matrix3 = orthonormal(pose.matrix3);
    }
}

fn orthonormal(m: DMat3) -> DMat3 {
    DMat3::from_quat(DQuat::from_mat3(&m).normalize())
}

//! How large everything in the window is drawn: readable in a small window and on a large screen, and as somebody wishes.

use crate::keys::{Action, Shortcuts};
use bevy::prelude::*;
use bevy::window::PrimaryWindow;

/// Window size up to which points are as large as the system makes them, pixels.
const PLAIN_SIZE: Vec2 = Vec2::new(1920.0, 1080.0);
/// A step of the keys.
const STEP: f32 = 0.1;
/// What people may ask for.
const ZOOM: [f32; 2] = [0.6, 2.5];

/// What people ask for beyond what fits the window.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct UiZoom(pub f32);

impl Default for UiZoom {
    fn default() -> Self {
        Self(1.0)
    }
}

impl UiZoom {
    /// The zoom within what is sensible; 1 for what is no number.
    pub fn new(zoom: f32) -> Self {
        Self(if zoom.is_finite() { zoom.clamp(ZOOM[0], ZOOM[1]) } else { 1.0 })
    }
}

/// Pixels per point in a window of so many pixels where the system says `system`. Many screens of 4K say 1, on which nobody
/// reads anything: larger windows get larger points, in quarters, so that dragging an edge does not shake the text.
pub fn fitting(size_px: Vec2, system: f32) -> f32 {
    let room = (size_px / PLAIN_SIZE).min_element();
    let wanted = (4.0 * room).floor() / 4.0;
    wanted.clamp(1.0, 4.0).max(if system.is_finite() { system } else { 1.0 })
}

/// Keys make everything larger or smaller.
pub(crate) fn keys(keys: Shortcuts, mut zoom: ResMut<UiZoom>) {
    for action in keys.pressed() {
        if let Action::Zoom(direction) = action {
            // Whole steps: what was chosen comes back exactly.
            *zoom = UiZoom::new((zoom.0 / STEP).round() * STEP + direction as f32 * STEP);
        }
    }
}

/// The window follows.
pub(crate) fn fit(zoom: Res<UiZoom>, mut windows: Query<&mut Window, With<PrimaryWindow>>) {
    for mut window in &mut windows {
        let system = window.resolution.base_scale_factor();
        let wanted = fitting(window.physical_size().as_vec2(), system) * zoom.0;
        let is_off = (window.resolution.scale_factor() - wanted).abs() > 1e-3;
        if is_off && window.physical_width() > 0 {
            let own = (wanted - system).abs() > 1e-3;
            window.resolution.set_scale_factor_override(own.then_some(wanted));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy::window::WindowResolution;

    #[test]
    fn points_grow_with_the_window_and_never_shrink_below_the_systems() {
        let at = |w: f32, h: f32, system| fitting(Vec2::new(w, h), system);
        assert_eq!([at(1024.0, 640.0, 1.0), at(1600.0, 900.0, 1.0), at(1920.0, 1080.0, 1.0)], [1.0; 3]);
        assert_eq!([at(2560.0, 1440.0, 1.0), at(3840.0, 2160.0, 1.0)], [1.25, 2.0]);
        assert_eq!(at(3840.0, 1080.0, 1.0), 1.0, "a wide window is not a high one");
        assert_eq!([at(3840.0, 2160.0, 2.5), at(800.0, 600.0, 2.0), at(0.0, 0.0, 1.0)], [2.5, 2.0, 1.0]);
    }

    #[test]
    fn windows_follow_their_size_and_the_keys() {
        let mut app = App::new();
        app.init_resource::<ButtonInput<KeyCode>>().init_resource::<UiZoom>().init_resource::<crate::SceneArea>();
        app.add_systems(Update, (keys, fit).chain());
        let window = Window { resolution: WindowResolution::new(3840, 2160), ..default() };
        let window = app.world_mut().spawn((window, PrimaryWindow)).id();
        app.update();
        let factor = |app: &App| app.world().get::<Window>(window).unwrap().scale_factor();
        assert_eq!(factor(&app), 2.0);
        let mut keys = app.world_mut().resource_mut::<ButtonInput<KeyCode>>();
        [KeyCode::ControlLeft, KeyCode::Equal].into_iter().for_each(|key| keys.press(key));
        app.update();
        assert!((factor(&app) - 2.2).abs() < 1e-5);
        for _ in 0..40 {
            let mut keys = app.world_mut().resource_mut::<ButtonInput<KeyCode>>();
            keys.reset_all();
            [KeyCode::ControlLeft, KeyCode::Minus].into_iter().for_each(|key| keys.press(key));
            app.update();
        }
        assert!((factor(&app) - 2.0 * ZOOM[0]).abs() < 1e-5);
        assert_eq!(UiZoom::new(f32::NAN), UiZoom(1.0));
    }
}

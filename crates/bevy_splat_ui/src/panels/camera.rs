//! Where the camera stands and looks, its lens, and the view of the capture that is nearest.

use crate::compare::CompareCommand;
use crate::keys::{Action, keys_of};
use crate::theme;
use crate::walk::{WalkCommand, Walker};
use bevy::math::Vec3;
use bevy_egui::egui::{Button, Ui};
use splat_core::Intrinsics;

/// What the panel asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CameraAsk {
    /// Of the walker.
    pub walk: Option<WalkCommand>,
    /// Of the comparison.
    pub compare: Option<CompareCommand>,
}

/// Draws the panel.
pub fn show(ui: &mut Ui, walker: &Walker, lens: Option<&Intrinsics>, is_comparing: bool) -> CameraAsk {
    let mut ask = CameraAsk::default();
    let pose = walker.pose();
    let triple = |v: Vec3| format!("{:.2} {:.2} {:.2}", v.x, v.y, v.z);
    let [turn, tilt] = angles(pose.forward(), walker.up);
    ui.spacing_mut().item_spacing.y = 4.0;
    theme::row(ui, "position", triple(pose.position));
    theme::row(ui, "looks along", triple(pose.forward()));
    theme::row(ui, "turn, tilt", format!("{turn:.0}°, {tilt:.0}°"));
    match lens {
        Some(lens) => {
            let [across, high] = fields_of_view(lens);
            theme::row(ui, "field of view", format!("{across:.0}° × {high:.0}°"));
            theme::row(ui, "focal length", format!("{:.0} × {:.0} px", lens.fx, lens.fy));
            theme::row(ui, "photographs", format!("{} × {} px", lens.width, lens.height));
        }
        None => drop(theme::quiet(ui, "the lens is the window's own")),
    }
    if let Some(nearest) = walker.nearest_view() {
        let (name, view) = &walker.views[nearest];
        let distance = view.position.distance(pose.position);
        theme::row(ui, "nearest view", name.clone());
        theme::row(ui, "distance to it", format!("{distance:.2} m"));
        ui.horizontal(|ui| {
            if ui.button("go there").clicked() {
                ask.walk = Some(WalkCommand::JumpTo(nearest));
            }
            let compare = ui.add(Button::new("compare").selected(is_comparing));
            let keys = keys_of(Action::Compare);
            if compare.on_hover_text(format!("the photograph beside the render ({keys})")).clicked() {
                ask.compare = Some(CompareCommand::Toggle);
            }
        });
    }
    ask
}

/// Degrees that a direction is turned about the world's up, and tilted above level.
fn angles(forward: Vec3, up: Vec3) -> [f32; 2] {
    let tilt = forward.dot(up).clamp(-1.0, 1.0).asin();
    let (east, north) = up.any_orthonormal_pair();
    let turn = forward.dot(east).atan2(forward.dot(north));
    [turn, tilt].map(f32::to_degrees)
}

/// Degrees across and high.
fn fields_of_view(lens: &Intrinsics) -> [f64; 2] {
    let angle = |pixels: u32, focal: f64| 2.0 * (0.5 * pixels as f64 / focal).atan().to_degrees();
    [angle(lens.width, lens.fx), angle(lens.height, lens.fy)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn angles_and_fields_of_view_are_in_degrees() {
        let [_, tilt] = angles(Vec3::new(0.0, 1.0, 1.0).normalize(), Vec3::Z);
        assert!((tilt - 45.0).abs() < 1e-3);
        let [here, there] = [Vec3::X, Vec3::Y].map(|forward| angles(forward, Vec3::Z)[0]);
        assert!(((here - there).abs() - 90.0).abs() < 1e-3);
        let lens = Intrinsics::from_vertical_fov(400, 300, 60f64.to_radians());
        assert!((fields_of_view(&lens)[1] - 60.0).abs() < 1e-9);
    }
}

//! What opens over a class's colour in the legend: its colour, its opacity, and that it alone be shown.

use crate::panels::legend::{LegendData, colour_of};
use crate::theme;
use bevy::color::Color;
use bevy_egui::egui::color_picker::{Alpha, color_picker_color32};
use bevy_egui::egui::{Popup, PopupCloseBehavior, Response, Slider};
use bevy_splat_render::{ClassStyle, ClassStyles};
use splat_core::ClassInfo;

/// Opens and closes with clicks on `chip`. Returns other looks where they were asked for.
pub fn show(chip: &Response, column: usize, class: &ClassInfo, data: &LegendData) -> Option<ClassStyles> {
    let mut wanted = data.styles.clone();
    let popup = Popup::menu(chip).close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    popup.show(|ui| {
        ui.set_width(200.0);
        theme::section(ui, &class.name, |_| {});
        let mut style = data.styles.get(&class.name);
        let mut colour = colour_of(column, class, data.styles);
        if color_picker_color32(ui, &mut colour, Alpha::Opaque) {
            style.colour = Some(Color::srgb_u8(colour.r(), colour.g(), colour.b()));
        }
        ui.horizontal(|ui| {
            theme::quiet(ui, "opacity");
            ui.spacing_mut().slider_width = 90.0;
            ui.add(Slider::new(&mut style.opacity, 0.0..=1.0).fixed_decimals(2));
        });
        wanted.set(&class.name, style);
        ui.horizontal(|ui| {
            if ui.button("only this").clicked() {
                wanted.show_only(&class.name, data.classes);
            }
            if ui.button("as usual").clicked() {
                wanted.set(&class.name, ClassStyle::default());
            }
        });
    });
    (wanted != *data.styles).then_some(wanted)
}

//! How classes look through a camera: hidden, faded, in another colour.

use bevy::color::ColorToPacked;
use bevy::prelude::*;
use splat_core::{ClassInfo, LabelSet};
use splat_labels::safe_colour;
use std::collections::BTreeMap;

/// How one class looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassStyle {
    /// False hides the class's Gaussians: what lies behind them is seen, and picked.
    pub visible: bool,
    /// Another colour than the palette's.
    pub colour: Option<Color>,
    /// Factor of the opacity of the class's Gaussians, 0..=1.
    pub opacity: f32,
}

impl Default for ClassStyle {
    fn default() -> Self {
        Self { visible: true, colour: None, opacity: 1.0 }
    }
}

impl ClassStyle {
    /// Not to be seen.
    pub const HIDDEN: Self = Self { visible: false, colour: None, opacity: 1.0 };

    /// What the opacity of the class's Gaussians is multiplied by.
    pub fn factor(&self) -> f32 {
        if self.visible && self.opacity.is_finite() { self.opacity.clamp(0.0, 1.0) } else { 0.0 }
    }
}

/// Where class colours come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClassPalette {
    /// The colours that the cloud brings.
    #[default]
    Cloud,
    /// Colours that people with colour-blindness tell apart ([`splat_labels::safe_palette`]).
    ColourBlindSafe,
}

/// On a camera with a [`crate::SplatView`]: how classes look through it, in every display mode. Classes are told apart by
/// name, in any case, so that styles outlive clouds and hold for several of them. A Gaussian's class is that of its largest
/// logit.
#[derive(Component, Clone, Debug, Default, PartialEq)]
pub struct ClassStyles {
    /// Where the colours of classes without one of their own come from.
    pub palette: ClassPalette,
    /// By lower-case name; what is not listed looks as usual.
    styles: BTreeMap<String, ClassStyle>,
}

impl ClassStyles {
    /// The style of a class.
    pub fn get(&self, name: &str) -> ClassStyle {
        self.styles.get(&name.to_lowercase()).copied().unwrap_or_default()
    }

    /// Sets the style of a class.
    pub fn set(&mut self, name: &str, style: ClassStyle) {
        match style == ClassStyle::default() {
            true => self.styles.remove(&name.to_lowercase()),
            false => self.styles.insert(name.to_lowercase(), style),
        };
    }

    /// Changes the style of a class.
    pub fn change(&mut self, name: &str, change: impl FnOnce(&mut ClassStyle)) {
        let mut style = self.get(name);
        change(&mut style);
        self.set(name, style);
    }

    /// Hides a class.
    pub fn hide(&mut self, name: &str) {
        self.change(name, |style| style.visible = false);
    }

    /// Shows a class again.
    pub fn show(&mut self, name: &str) {
        self.change(name, |style| style.visible = true);
    }

    /// Hides all classes but one.
    pub fn show_only(&mut self, name: &str, classes: &LabelSet) {
        for class in &classes.classes {
            self.change(&class.name, |style| style.visible = class.name.eq_ignore_ascii_case(name));
        }
    }

    /// Every class is as opaque as its Gaussians are; colours stay.
    pub fn show_all(&mut self) {
        self.styles.retain(|_, style| style.colour.is_some());
        self.styles.values_mut().for_each(|style| (style.visible, style.opacity) = (true, 1.0));
    }

    /// True where some class is hidden or faded.
    pub fn hides_something(&self) -> bool {
        self.styles.values().any(|style| style.factor() < 1.0)
    }

    /// Display colour of a class, sRGB; `column` is its place in the scene.
    pub fn colour_of(&self, column: usize, class: &ClassInfo) -> [u8; 3] {
        match (self.get(&class.name).colour, self.palette) {
            (Some(colour), _) => colour.to_srgba().to_u8_array_no_alpha(),
            (None, ClassPalette::Cloud) => class.colour,
            (None, ClassPalette::ColourBlindSafe) => safe_colour(column, &class.name),
        }
    }

    /// Factors of opacity by column; empty where all are 1.
    pub(crate) fn factors(&self, classes: &LabelSet) -> Vec<f32> {
        let factors: Vec<f32> = match self.hides_something() {
            true => classes.classes.iter().map(|class| self.get(&class.name).factor()).collect(),
            false => Vec::new(),
        };
        if factors.iter().all(|&factor| factor == 1.0) { Vec::new() } else { factors }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes() -> LabelSet {
        let class = |id, name: &str| ClassInfo { id, name: name.to_owned(), colour: [id as u8; 3], pixel_count: 0 };
        LabelSet { classes: vec![class(0, "wall"), class(4, "Chair"), class(7, "table")] }
    }

    #[test]
    fn styles_are_by_name_and_the_usual_one_is_not_kept() {
        let mut styles = ClassStyles::default();
        assert!(styles.factors(&classes()).is_empty());
        styles.hide("CHAIR");
        styles.change("table", |style| style.opacity = 0.25);
        assert_eq!(styles.factors(&classes()), [1.0, 0.0, 0.25]);
        assert!(!styles.get("chair").visible && styles.hides_something());
        styles.show("Chair");
        styles.change("Table", |style| style.opacity = 1.0);
        assert_eq!(styles, ClassStyles::default());
    }

    #[test]
    fn showing_one_class_hides_the_others_and_showing_all_keeps_colours() {
        let mut styles = ClassStyles::default();
        styles.change("table", |style| style.colour = Some(Color::srgb(1.0, 0.0, 0.0)));
        styles.show_only("chair", &classes());
        assert_eq!(styles.factors(&classes()), [0.0, 1.0, 0.0]);
        styles.show_all();
        assert!(styles.factors(&classes()).is_empty());
        assert_eq!(styles.colour_of(2, &classes().classes[2]), [255, 0, 0]);
        assert_eq!(styles.colour_of(1, &classes().classes[1]), [4; 3]);
        styles.palette = ClassPalette::ColourBlindSafe;
        assert_eq!(styles.colour_of(1, &classes().classes[1]), safe_colour(1, "Chair"));
    }

    #[test]
    fn opacities_that_are_no_numbers_hide() {
        assert_eq!(ClassStyle { opacity: f32::NAN, ..Default::default() }.factor(), 0.0);
        assert_eq!(ClassStyle { opacity: 7.0, ..Default::default() }.factor(), 1.0);
    }
}

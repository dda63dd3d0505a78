//! The classes of the scene: shown or hidden, colour, name, size, confidence, IoU. A click on a name highlights its class, another clears
//! it; the eye hides it; the colour opens what else can be said about its look.

use crate::panels::class_style;
use crate::theme::{self, ACCENT, CARD, QUIET, TEXT};
use bevy_egui::egui::{
    Align2, Color32, CornerRadius, FontId, Id, Painter, Rect, Response, ScrollArea, Sense, Stroke, StrokeKind,
    TextEdit, Ui, pos2, vec2,
};
use bevy_splat_query::{ClassFigures, PickHit};
use bevy_splat_render::{ClassPalette, ClassStyles};
use splat_core::{ClassInfo, LabelSet};
use std::collections::BTreeMap;

/// Height of a class's row in points.
const ROW: f32 = 22.0;
/// Width of a column of figures at the right end of a row, points.
const FIGURE_WIDTH: f32 = 37.0;

/// What the legend shows.
pub struct LegendData<'a> {
    /// The classes in column order.
    pub classes: &'a LabelSet,
    /// Figures by class column, where counted.
    pub figures: Option<&'a [ClassFigures]>,
    /// IoU by vocabulary id, where the truth is known.
    pub iou: Option<&'a BTreeMap<u16, f64>>,
    /// Highlighted column.
    pub highlight: Option<u32>,
    /// How classes look.
    pub styles: &'a ClassStyles,
}

/// What the legend asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LegendAsk {
    /// Another highlight.
    pub highlight: Option<Option<u32>>,
    /// Other looks.
    pub styles: Option<ClassStyles>,
}

impl LegendAsk {
    fn change(&mut self, data: &LegendData, change: impl FnOnce(&mut ClassStyles)) {
        change(self.styles.get_or_insert_with(|| data.styles.clone()));
    }
}

/// Draws the legend; `search` is the text of the search box.
pub fn show(ui: &mut Ui, data: &LegendData, search: &mut String) -> LegendAsk {
    let mut ask = LegendAsk::default();
    theme::section(ui, "Classes", |ui| {
        if data.highlight.is_none() && !data.styles.hides_something() {
            theme::quiet(ui, data.classes.len().to_string());
        } else if ui.small_button("show all").clicked() {
            ask.highlight = Some(None);
            ask.change(data, ClassStyles::show_all);
        }
    });
    if data.classes.is_empty() {
        theme::quiet(ui, "the cloud has no classes");
        return ask;
    }
    let mut is_safe = data.styles.palette == ClassPalette::ColourBlindSafe;
    if ui.checkbox(&mut is_safe, "colour-blind safe colours").changed() {
        let palette = if is_safe { ClassPalette::ColourBlindSafe } else { ClassPalette::Cloud };
        ask.change(data, |styles| styles.palette = palette);
    }
    ui.add(TextEdit::singleline(search).hint_text("search name or id").desired_width(f32::INFINITY));
    header(ui, data);
    let needle = search.trim().to_lowercase();
    let shown: Vec<(usize, &ClassInfo)> =
        data.classes.classes.iter().enumerate().filter(|(_, c)| matches(c, &needle)).collect();
    if shown.is_empty() {
        theme::quiet(ui, "no class of that name");
    }
    ui.spacing_mut().item_spacing.y = 1.0;
    ScrollArea::vertical().auto_shrink([false, false]).show_rows(ui, ROW, shown.len(), |ui, range| {
        shown[range].iter().for_each(|&(column, class)| class_row(ui, data, column, class, &mut ask));
    });
    ask
}

/// Whether a class answers to a search, lower case: by part of its name, or by its id.
fn matches(class: &ClassInfo, needle: &str) -> bool {
    needle.is_empty() || class.name.to_lowercase().contains(needle) || class.id.to_string() == needle
}

/// Figures of a class from right to left: what they are called, and what they are.
fn figures(data: &LegendData, column: usize, class: &ClassInfo) -> Vec<(&'static str, String)> {
    let percent = |value: f64| format!("{:.0} %", 100.0 * value);
    let mut figures = Vec::new();
    if let Some(iou) = data.iou {
        figures.push(("IoU", iou.get(&class.id).map_or_else(|| "–".to_owned(), |&value| percent(value))));
    }
    match data.figures.and_then(|all| all.get(column)) {
        Some(own) => {
            let is_there = own.gaussians > 0;
            figures.push(("conf.", if is_there { percent(own.confidence as f64) } else { "–".to_owned() }));
            figures.push(("count", theme::compact(own.gaussians as u64)));
        }
        None => {
            figures.push((
                "pixels",
                if class.pixel_count > 0 { theme::compact(class.pixel_count) } else { String::new() },
            ));
            figures.push(("id", class.id.to_string()));
        }
    }
    figures
}

/// Names of the columns, over the figures.
fn header(ui: &mut Ui, data: &LegendData) {
    let (rect, row) = ui.allocate_exact_size(vec2(ui.available_width(), 12.0), Sense::hover());
    let Some(first) = data.classes.classes.first() else { return };
    for (i, (name, _)) in figures(data, 0, first).into_iter().enumerate() {
        let place = pos2(rect.right() - 5.0 - i as f32 * FIGURE_WIDTH, rect.center().y);
        ui.painter().text(place, Align2::RIGHT_CENTER, name, theme::small_font(), QUIET);
    }
    row.on_hover_text("Gaussians, their mean confidence, IoU with the truth where it is known");
}

fn class_row(ui: &mut Ui, data: &LegendData, column: usize, class: &ClassInfo, ask: &mut LegendAsk) {
    let (rect, row) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let y = rect.center().y;
    let square = |x: f32, size: f32| Rect::from_center_size(pos2(rect.left() + x, y), vec2(size, size));
    let part = |ui: &Ui, what: &str, place: Rect| ui.interact(place, Id::new((what, &class.name)), Sense::click());
    let eye = part(ui, "eye", square(9.0, 18.0));
    let chip = part(ui, "chip", square(27.0, 17.0));
    let style = data.styles.get(&class.name);
    let is_on = data.highlight == Some(column as u32);
    if ui.is_rect_visible(rect) {
        let dim = (data.highlight.is_some() && !is_on) || style.factor() == 0.0;
        let fade = if dim { 0.55 } else { 1.0 };
        let painter = ui.painter().with_clip_rect(rect);
        if is_on || row.hovered() {
            painter.rect_filled(rect, CornerRadius::same(4), if is_on { ACCENT.gamma_multiply(0.25) } else { CARD });
        }
        draw_eye(&painter, &eye, style.visible);
        let colour = colour_of(column, class, data.styles).gamma_multiply(fade);
        draw_chip(&painter, square(27.0, 13.0), colour, style.opacity, is_on || chip.hovered());
        draw_words(&painter, rect, data, column, class, fade);
    }
    if eye.clicked() {
        ask.change(data, |styles| styles.change(&class.name, |style| style.visible = !style.visible));
    }
    if let Some(styles) = class_style::show(&chip, column, class, data) {
        ask.styles = Some(styles);
    }
    eye.on_hover_text(if style.visible { "hide" } else { "show" });
    chip.on_hover_text("colour, opacity");
    let words = if is_on { "click to show all" } else { "click to highlight" };
    if row.on_hover_text(format!("{}, id {}: {words}", class.name, class.id)).clicked() {
        ask.highlight = Some(if is_on { None } else { Some(column as u32) });
    }
}

fn draw_eye(painter: &Painter, eye: &Response, is_open: bool) {
    let place = eye.rect.center();
    let ink = match (is_open, eye.hovered()) {
        (_, true) => Color32::WHITE,
        (true, false) => QUIET,
        (false, false) => QUIET.gamma_multiply(0.6),
    };
    if is_open {
        painter.text(place, Align2::CENTER_CENTER, "👁", FontId::proportional(13.0), ink);
    } else {
        painter.hline(place.x - 5.0..=place.x + 5.0, place.y, Stroke::new(1.5, ink));
    }
}

/// A class's colour; what is faded fills its chip only in part.
fn draw_chip(painter: &Painter, chip: Rect, colour: Color32, opacity: f32, is_marked: bool) {
    let radius = CornerRadius::same(3);
    painter.rect_filled(chip, radius, colour.gamma_multiply(0.25));
    let filled = chip.with_min_y(chip.bottom() - chip.height() * opacity.clamp(0.0, 1.0));
    painter.rect_filled(filled, radius, colour);
    if is_marked {
        painter.rect_stroke(chip, radius, Stroke::new(1.5, Color32::WHITE), StrokeKind::Outside);
    }
}

fn draw_words(painter: &Painter, rect: Rect, data: &LegendData, column: usize, class: &ClassInfo, fade: f32) {
    let y = rect.center().y;
    let mut right = rect.right() - 5.0;
    for (_, words) in figures(data, column, class) {
        let ink = QUIET.gamma_multiply(fade);
        painter.text(pos2(right, y), Align2::RIGHT_CENTER, words, FontId::monospace(10.5), ink);
        right -= FIGURE_WIDTH;
    }
    let is_on = data.highlight == Some(column as u32);
    let ink = if is_on { Color32::WHITE } else { TEXT.gamma_multiply(fade) };
    let names = painter.with_clip_rect(rect.with_max_x(right));
    let place = pos2(rect.left() + 40.0, y);
    names.text(place, Align2::LEFT_CENTER, &class.name, FontId::proportional(13.0), ink);
}

/// A class's display colour.
pub fn colour_of(column: usize, class: &ClassInfo, styles: &ClassStyles) -> Color32 {
    let [r, g, b] = styles.colour_of(column, class);
    Color32::from_rgb(r, g, b)
}

/// Display colour of the class that was picked.
pub fn colour_of_picked(hit: &PickHit, classes: &LabelSet, styles: &ClassStyles) -> Option<Color32> {
    let column = hit.class.as_ref()?.column as usize;
    Some(colour_of(column, classes.classes.get(column)?, styles))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_find_by_part_of_the_name_or_by_id() {
        let class = ClassInfo { id: 23, name: "Coffee Table".to_owned(), colour: [0; 3], pixel_count: 0 };
        assert!(matches(&class, "") && matches(&class, "table") && matches(&class, "23"));
        assert!(!matches(&class, "2") && !matches(&class, "chair"));
    }

    #[test]
    fn figures_are_those_that_are_known() {
        let class = ClassInfo { id: 23, name: "table".to_owned(), colour: [0; 3], pixel_count: 1_234 };
        let classes = LabelSet { classes: vec![class.clone()] };
        let (styles, iou) = (ClassStyles::default(), BTreeMap::from([(23, 0.756)]));
        let own = [ClassFigures { gaussians: 56_789, confidence: 0.934 }];
        let words = |figures: Option<&[ClassFigures]>, iou: Option<&BTreeMap<u16, f64>>| {
            let data = LegendData { classes: &classes, figures, iou, highlight: None, styles: &styles };
            self::figures(&data, 0, &class).into_iter().map(|(_, words)| words).collect::<Vec<_>>()
        };
        assert_eq!(words(None, None), ["1.2k", "23"]);
        assert_eq!(words(Some(&own), None), ["93 %", "56k"]);
        assert_eq!(words(Some(&own), Some(&iou)), ["76 %", "93 %", "56k"]);
        assert_eq!(words(Some(&own), Some(&BTreeMap::new()))[0], "–");
    }
}

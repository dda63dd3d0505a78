//! Colours, spacing and the small widgets that all panels share.

use bevy_egui::egui::{
    Align, Color32, Context, CornerRadius, FontFamily, FontId, Frame, Layout, Margin, Response, RichText, Sense,
    Stroke, TextStyle, Theme, Ui, Visuals, vec2,
};

/// What is chosen, playing or being drawn.
pub const ACCENT: Color32 = Color32::from_rgb(94, 172, 255);
/// Second curve.
pub const WARM: Color32 = Color32::from_rgb(255, 176, 92);
/// All is well.
pub const GOOD: Color32 = Color32::from_rgb(112, 208, 140);
/// It went wrong.
pub const BAD: Color32 = Color32::from_rgb(240, 108, 100);
/// Panels' ground.
pub const GROUND: Color32 = Color32::from_rgb(22, 24, 28);
/// Ground of cards, plots and fields.
pub const CARD: Color32 = Color32::from_rgb(30, 33, 39);
/// Lines between things.
pub const LINE: Color32 = Color32::from_rgb(48, 52, 60);
/// Running text.
pub const TEXT: Color32 = Color32::from_rgb(214, 218, 226);
/// Labels, units, axis text.
pub const QUIET: Color32 = Color32::from_rgb(138, 145, 158);

/// Height of a line of a two-column list, points.
const ROW_HEIGHT: f32 = 15.0;

/// Dresses a context; call once.
pub fn apply(ctx: &Context) {
    ctx.set_theme(Theme::Dark);
    ctx.set_visuals_of(Theme::Dark, visuals());
    ctx.all_styles_mut(|style| {
        let font = |size| FontId::new(size, FontFamily::Proportional);
        style.text_styles.insert(TextStyle::Body, font(13.0));
        style.text_styles.insert(TextStyle::Button, font(13.0));
        style.text_styles.insert(TextStyle::Small, font(11.0));
        style.text_styles.insert(TextStyle::Heading, font(15.0));
        style.text_styles.insert(TextStyle::Monospace, FontId::new(12.0, FontFamily::Monospace));
        style.spacing.item_spacing = vec2(7.0, 6.0);
        style.spacing.button_padding = vec2(9.0, 4.0);
        style.spacing.interact_size.y = 24.0;
        style.spacing.slider_rail_height = 5.0;
        style.interaction.selectable_labels = false;
    });
    fill_font_atlas(ctx);
}

/// Draws every character that the panels use into the font atlas ahead of time: when the atlas grows, panels miss a frame,
/// which shows where frames are slow.
fn fill_font_atlas(ctx: &Context) {
    let letters: String = (' '..='~').chain("–×■▶⏸⏭⟲💾◀⏷👁…°".chars()).collect();
    let sizes = [10.0, 10.5, 11.0, 12.0, 13.0, 14.0, 15.0];
    ctx.fonts_mut(|fonts| {
        for (size, family) in
            sizes.into_iter().flat_map(|s| [(s, FontFamily::Proportional), (s, FontFamily::Monospace)])
        {
            let _ = fonts.layout_no_wrap(letters.clone(), FontId::new(size, family), TEXT);
        }
    });
}

fn visuals() -> Visuals {
    let mut v = Visuals::dark();
    v.panel_fill = GROUND;
    v.window_fill = CARD;
    v.window_stroke = Stroke::new(1.0, LINE);
    v.extreme_bg_color = Color32::from_rgb(15, 17, 20);
    v.faint_bg_color = CARD;
    v.selection.bg_fill = Color32::from_rgb(40, 84, 134);
    v.selection.stroke = Stroke::new(1.0, Color32::WHITE);
    v.hyperlink_color = ACCENT;
    v.slider_trailing_fill = true;
    let radius = CornerRadius::same(5);
    for state in [&mut v.widgets.noninteractive, &mut v.widgets.inactive, &mut v.widgets.hovered] {
        state.corner_radius = radius;
    }
    v.widgets.active.corner_radius = radius;
    v.widgets.open.corner_radius = radius;
    v.widgets.noninteractive.bg_stroke = Stroke::new(1.0, LINE);
    v.widgets.noninteractive.fg_stroke = Stroke::new(1.0, TEXT);
    v.widgets.inactive.weak_bg_fill = Color32::from_rgb(42, 46, 54);
    v.widgets.inactive.bg_fill = Color32::from_rgb(52, 57, 66);
    v.widgets.inactive.fg_stroke = Stroke::new(1.0, TEXT);
    v.widgets.hovered.weak_bg_fill = Color32::from_rgb(54, 60, 71);
    v
}

/// Frame of side panels.
pub fn panel_frame() -> Frame {
    Frame::NONE.fill(GROUND).inner_margin(Margin::symmetric(12, 10))
}

/// Frame of a card on a panel or over the scene.
pub fn card_frame() -> Frame {
    Frame::NONE
        .fill(CARD)
        .stroke(Stroke::new(1.0, LINE))
        .corner_radius(CornerRadius::same(7))
        .inner_margin(Margin::symmetric(10, 8))
}

/// Headline of a section, with whatever else stands at the right end of its line.
pub fn section(ui: &mut Ui, title: &str, at_right: impl FnOnce(&mut Ui)) {
    ui.add_space(2.0);
    ui.horizontal(|ui| {
        ui.label(RichText::new(title).size(14.0).strong().color(Color32::WHITE));
        ui.with_layout(Layout::right_to_left(Align::Center), at_right);
    });
}

/// A quiet label.
pub fn quiet(ui: &mut Ui, text: impl Into<String>) -> Response {
    ui.label(RichText::new(text).color(QUIET))
}

/// A row of a two-column list: quiet name left, value right-aligned.
pub fn row(ui: &mut Ui, name: &str, value: impl Into<String>) {
    ui.spacing_mut().interact_size.y = ROW_HEIGHT;
    ui.horizontal(|ui| {
        quiet(ui, name);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(RichText::new(value).monospace().color(TEXT));
        });
    });
}

/// A thin bar, filled by `share`.
pub fn thin_bar(ui: &mut Ui, share: f32, colour: Color32) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 6.0), Sense::hover());
    ui.painter().rect_filled(rect, CornerRadius::same(3), LINE);
    let filled = rect.with_max_x(rect.left() + rect.width() * share.clamp(0.0, 1.0));
    ui.painter().rect_filled(filled, CornerRadius::same(3), colour);
}

/// `1234567` as `1,234,567`.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `12,345` as `12k`: four characters at most.
pub fn compact(n: u64) -> String {
    match n {
        0..1_000 => n.to_string(),
        1_000..10_000 => format!("{:.1}k", n as f64 / 1e3),
        10_000..1_000_000 => format!("{}k", n / 1_000),
        1_000_000..10_000_000 => format!("{:.1}M", n as f64 / 1e6),
        _ => format!("{}M", n / 1_000_000),
    }
}

/// Font of what stands on handles and in headers.
pub fn small_font() -> FontId {
    FontId::proportional(10.0)
}

/// Seconds as `45 s`, `3:07` or `1:02:03`.
pub fn clock(seconds: f64) -> String {
    let s = seconds.max(0.0).round() as u64;
    match (s / 3600, s / 60 % 60, s % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, s) => format!("{m}:{s:02}"),
        (h, m, s) => format!("{h}:{m:02}:{s:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_stay_short() {
        assert_eq!([compact(999), compact(1234), compact(56_789), compact(4_200_000)], ["999", "1.2k", "56k", "4.2M"]);
    }

    #[test]
    fn numbers_are_grouped_and_times_read_as_clocks() {
        assert_eq!([thousands(7), thousands(1234), thousands(1_234_567)], ["7", "1,234", "1,234,567"]);
        assert_eq!([clock(4.6), clock(187.0), clock(3723.0)], ["5 s", "3:07", "1:02:03"]);
    }
}

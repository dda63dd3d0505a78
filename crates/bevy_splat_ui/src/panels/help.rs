//! The overlay that lists all shortcuts, from the table that the systems read.

use crate::keys::{Action, GESTURES, SHORTCUTS, keys_of};
use crate::theme::{self, ACCENT, TEXT};
use bevy_egui::egui::{Align2, Context, Frame, Grid, Id, Order, RichText, ScrollArea, Ui, Window};

/// Draws the overlay while `is_open`.
pub fn show(ctx: &Context, is_open: &mut bool) {
    if !*is_open {
        return;
    }
    let room = ctx.viewport_rect();
    let window = Window::new("Shortcuts")
        .id(Id::new("help"))
        .order(Order::Foreground)
        .anchor(Align2::CENTER_CENTER, [0.0, 0.0])
        .collapsible(false)
        .resizable(false)
        .open(is_open)
        .frame(Frame::window(&ctx.global_style()));
    window.show(ctx, |ui| {
        let height = room.height() - 90.0;
        ScrollArea::vertical().max_height(height).min_scrolled_height(height).show(ui, |ui| {
            let columns = if room.width() > 760.0 { 3 } else { 2 };
            let groups = groups();
            ui.columns(columns, |columns| {
                let shares = share(&groups, columns.len());
                for (ui, groups) in columns.iter_mut().zip(shares) {
                    groups.iter().for_each(|group| list(ui, group.0, &group.1));
                }
            });
            theme::quiet(ui, format!("{} or ? closes this list", keys_of(Action::Help)));
        });
    });
}

/// Headline, and (keys, words) under it.
type Group = (&'static str, Vec<(String, &'static str)>);

/// The table by headline, and the mouse.
fn groups() -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for row in SHORTCUTS {
        let line = (row.keys_text(), row.words);
        match groups.iter_mut().find(|(name, _)| *name == row.group) {
            Some((_, lines)) => lines.push(line),
            None => groups.push((row.group, vec![line])),
        }
    }
    groups.push(("Mouse", GESTURES.iter().map(|&(gesture, words)| (gesture.to_owned(), words)).collect()));
    groups
}

/// Groups in order, in columns of about the same length.
fn share(groups: &[Group], columns: usize) -> Vec<&[Group]> {
    let lines = |groups: &[Group]| groups.iter().map(|(_, lines)| lines.len() + 2).sum::<usize>();
    let (mut left, mut shares) = (groups, Vec::new());
    for column in (1..=columns).rev() {
        let fair = lines(left).div_ceil(column);
        let fits = (0..=left.len()).rev().find(|&n| lines(&left[..n]) <= fair + 3).unwrap_or(0).max(1);
        let count = if column == 1 { left.len() } else { fits.min(left.len()) };
        let (now, later) = left.split_at(count);
        shares.push(now);
        left = later;
    }
    shares
}

fn list(ui: &mut Ui, name: &str, lines: &[(String, &'static str)]) {
    theme::section(ui, name, |_| {});
    Grid::new(name).num_columns(2).spacing([12.0, 3.0]).show(ui, |ui| {
        for (keys, words) in lines {
            ui.label(RichText::new(keys).monospace().color(ACCENT));
            ui.label(RichText::new(*words).color(TEXT));
            ui.end_row();
        }
    });
    ui.add_space(6.0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shortcut_is_listed_once_in_every_number_of_columns() {
        let groups = groups();
        let lines: usize = groups.iter().map(|(_, lines)| lines.len()).sum();
        assert_eq!(lines, SHORTCUTS.len() + GESTURES.len());
        for columns in 1..=4 {
            let shares = share(&groups, columns);
            let names: Vec<_> = shares.iter().flat_map(|groups| groups.iter().map(|group| group.0)).collect();
            assert_eq!(names, groups.iter().map(|group| group.0).collect::<Vec<_>>());
            assert_eq!(shares.len(), columns);
        }
    }
}

//! What is shown and what could be: name, size, a field that opens files and folders, and what was opened before.

use crate::keys::{Action, keys_of};
use crate::theme;
use bevy_egui::egui::{Align, Button, Key, Popup, RichText, TextEdit, Ui, vec2};
use std::path::{Path, PathBuf};

/// What the panel shows.
pub struct SceneData<'a> {
    /// Gaussians, where there are any.
    pub gaussians: Option<u32>,
    /// Classes.
    pub classes: usize,
    /// What is being opened.
    pub opening: Option<&'a Path>,
    /// What was opened before.
    pub recent: &'a [PathBuf],
}

/// Draws the panel. `path` is the text of the field, `wants_focus` puts the cursor there. Returns what is to be opened.
pub fn show(ui: &mut Ui, data: &SceneData, path: &mut String, wants_focus: &mut bool) -> Option<PathBuf> {
    theme::section(ui, "Scene", |ui| {
        if let Some(path) = data.opening {
            let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
            theme::quiet(ui, name.into_owned());
            ui.spinner();
        }
    });
    ui.spacing_mut().item_spacing.y = 4.0;
    let count = data.gaussians.map_or_else(|| "–".to_owned(), |n| theme::thousands(n as u64));
    theme::row(ui, "Gaussians, classes", format!("{count}, {}", data.classes));
    let mut wish = None;
    ui.horizontal(|ui| {
        let (open_width, recent_width) = (58.0, 26.0);
        let spacing = ui.spacing().item_spacing.x;
        let field = (ui.available_width() - open_width - recent_width - 2.0 * spacing).max(60.0);
        let text = TextEdit::singleline(path).hint_text("file or folder").vertical_align(Align::Center);
        let field = ui.add_sized(vec2(field, 26.0), text);
        if std::mem::take(wants_focus) {
            field.request_focus();
        }
        let is_entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let typed = path.trim();
        let can_open = !typed.is_empty() && data.opening.is_none();
        let open = ui.add_enabled(can_open, Button::new("Open").min_size(vec2(open_width, 26.0)));
        let words =
            format!("a cloud (.ply, .spz, .glb), a run or a capture; or drop it here ({})", keys_of(Action::Open));
        if (open.on_hover_text(words).clicked() || is_entered) && can_open {
            wish = Some(expand(typed));
        }
        let recent = ui.add_enabled(!data.recent.is_empty(), Button::new("⏷").min_size(vec2(recent_width, 26.0)));
        let recent = recent.on_hover_text("opened before");
        Popup::menu(&recent).show(|ui| {
            for path in data.recent {
                if ui.button(RichText::new(shortened(path)).small()).clicked() {
                    wish = Some(path.clone());
                }
            }
        });
    });
    if let Some(wish) = &wish {
        *path = wish.display().to_string();
    }
    wish
}

/// What was typed: quotes that a file manager adds go, `~` is the own folder.
fn expand(typed: &str) -> PathBuf {
    let plain = typed.trim().trim_matches(['"', '\'']);
    let plain = plain.strip_prefix("file://").unwrap_or(plain);
    match (plain.strip_prefix("~/"), dirs::home_dir()) {
        (Some(rest), Some(own)) => own.join(rest),
        _ => PathBuf::from(plain),
    }
}

/// The last two parts of a path.
fn shortened(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    match &parts[..] {
        [.., parent, name] if parts.len() > 2 => format!("… {parent}/{name}"),
        _ => path.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_paths_are_what_people_mean() {
        assert_eq!(expand(" \"my room.ply\" "), Path::new("my room.ply"));
        assert_eq!(expand("file:///scans/room"), Path::new("/scans/room"));
        assert!(dirs::home_dir().is_none_or(|own| expand("~/room") == own.join("room")));
        assert_eq!(shortened(Path::new("/scans/room/cloud.ply")), "… room/cloud.ply");
        assert_eq!(shortened(Path::new("cloud.ply")), "cloud.ply");
    }
}

//! Settings come back in the next run; broken files and folders that cannot be written are told, once.

use super::*;
use crate::toasts::NoticeKind;

fn app(file: &Path) -> App {
    let mut app = App::new();
    app.add_plugins(MinimalPlugins)
        .init_resource::<PanelState>()
        .init_resource::<UiZoom>()
        .add_message::<Notice>()
        .add_plugins(SettingsPlugin { file: Some(file.to_owned()) });
    app.world_mut().spawn((SplatView::default(), FillsSceneArea));
    app.update();
    app
}

fn said(app: &mut App) -> Vec<Notice> {
    app.world_mut().resource_mut::<Messages<Notice>>().drain().collect()
}

fn end(app: &mut App) {
    app.world_mut().write_message(AppExit::Success);
    app.update();
}

fn view(app: &mut App) -> (SplatView, ClassStyles) {
    let mut views = app.world_mut().query::<(&SplatView, &ClassStyles)>();
    let (view, styles) = views.single(app.world()).unwrap();
    (view.clone(), styles.clone())
}

#[test]
fn what_was_chosen_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("new/folder/settings.json");
    let mut first = app(&file);
    assert!(said(&mut first).is_empty() && view(&mut first).0 == SplatView::default());
    let mut views = first.world_mut().query::<(&mut SplatView, &mut ClassStyles)>();
    let (mut splats, mut styles) = views.single_mut(first.world_mut()).unwrap();
    (splats.mode, splats.overlay) = (DisplayMode::Overlay, 0.25);
    styles.palette = ClassPalette::ColourBlindSafe;
    let mut panels = first.world_mut().resource_mut::<PanelState>();
    panels.left = Side { width: 300.0, is_open: Some(false) };
    first.insert_resource(UiZoom(1.3));
    for name in ["a.ply", "b.ply", "a.ply"] {
        first.world_mut().write_message(Opened(folder.path().join(name)));
        first.update();
    }
    end(&mut first);
    let mut second = app(&file);
    assert!(said(&mut second).is_empty());
    let (splats, styles) = view(&mut second);
    assert_eq!((splats.mode, splats.overlay), (DisplayMode::Overlay, 0.25));
    assert_eq!(styles.palette, ClassPalette::ColourBlindSafe);
    let panels = second.world().resource::<PanelState>();
    assert_eq!(panels.left, Side { width: 300.0, is_open: Some(false) });
    assert_eq!(panels.recent, ["a.ply", "b.ply"].map(|name| folder.path().join(name)));
    assert_eq!(*second.world().resource::<UiZoom>(), UiZoom(1.3));
    // What a camera is told of its own is not overruled.
    let own = SplatView { mode: DisplayMode::Depth, ..default() };
    let camera = second.world_mut().spawn((own, FillsSceneArea)).id();
    second.update();
    assert_eq!(second.world().get::<SplatView>(camera).unwrap().mode, DisplayMode::Depth);
}

#[test]
fn settings_are_written_while_the_app_runs_once_they_rest() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("settings.json");
    let mut app = app(&file);
    app.world_mut().resource_mut::<PanelState>().right.width = 333.0;
    app.update();
    assert!(!file.exists(), "a slider may still be moving");
    let is_written = (0..400).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(10));
        app.update();
        file.exists()
    });
    assert!(is_written && std::fs::read_to_string(&file).unwrap().contains("333"));
}

#[test]
fn a_broken_file_is_told_and_the_usual_holds() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("settings.json");
    for text in ["{ half", "7", "{\"overlay\": \"strong\"}", ""] {
        std::fs::write(&file, text).unwrap();
        let mut app = app(&file);
        let said = said(&mut app);
        let is_told = matches!(&said[..], [n] if n.kind == NoticeKind::Warning && n.text.contains("settings.json"));
        assert!(is_told, "{text}: {said:?}");
        assert_eq!(view(&mut app).0, SplatView::default());
    }
    // Numbers that make no sense, a mode of another version, fields of the future.
    std::fs::write(&file, r#"{"mode": "heat", "overlay": 7, "zoom": -3, "widths": [0, 1e9], "later": 1}"#).unwrap();
    let mut app = app(&file);
    assert!(said(&mut app).is_empty());
    let (splats, _) = view(&mut app);
    assert_eq!((splats.mode, splats.overlay), (DisplayMode::Colour, 1.0));
    let panels = app.world().resource::<PanelState>();
    assert_eq!([panels.left.width, panels.right.width], WIDTHS);
}

#[test]
fn what_cannot_be_written_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("a_file");
    std::fs::write(&blocked, "").unwrap();
    let mut app = app(&blocked.join("settings.json"));
    let mut told = Vec::new();
    for width in [300.0, 310.0] {
        app.world_mut().resource_mut::<PanelState>().left.width = width;
        app.update();
        end(&mut app);
        told.extend(said(&mut app));
    }
    let said = told;
    assert!(matches!(&said[..], [notice] if notice.text.contains("not kept")), "{said:?}");
}

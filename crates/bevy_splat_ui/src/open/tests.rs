//! Clouds, runs and captures take each other's place; what cannot be opened is told and changes nothing.

use super::*;
use crate::layout::FillsSceneArea;
use crate::pointing::LastPick;
use crate::toasts::NoticeKind;
use crate::walk::Walker;
use bevy_splat_render::SplatCloud;
use splat_core::Cloud;
use splat_io::{PlyFlavour, write_cloud};

fn app() -> App {
    let mut app = App::new();
    app.add_plugins(MinimalPlugins)
        .init_resource::<OpenWork>()
        .init_resource::<OpenOptions>()
        .init_resource::<LastPick>()
        .add_message::<OpenCommand>()
        .add_message::<Opened>()
        .add_message::<Notice>()
        .add_message::<FileDragAndDrop>()
        .add_systems(Update, (take_drops, begin, show).chain());
    app.world_mut().spawn((Walker::default(), FillsSceneArea));
    app
}

/// Drops a path on the window and returns what was said.
fn drop_on(app: &mut App, path: &Path) -> Vec<Notice> {
    let window = Entity::PLACEHOLDER;
    app.world_mut().write_message(FileDragAndDrop::DroppedFile { window, path_buf: path.to_owned() });
    for _ in 0..1_000 {
        app.update();
        let said: Vec<Notice> = app.world_mut().resource_mut::<Messages<Notice>>().drain().collect();
        if app.world().resource::<OpenWork>().path().is_none() {
            return said;
        }
        assert!(said.is_empty(), "{said:?}");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    panic!("{} was never opened", path.display());
}

fn rows(n: usize) -> Cloud {
    Cloud {
        means: (0..n).map(|i| Vec3::new(i as f32, 2.0 * i as f32, 0.5)).collect(),
        log_scales: vec![Vec3::splat(-3.0); n],
        rotations: vec![[1.0, 0.0, 0.0, 0.0]; n],
        opacity_logits: vec![2.0; n],
        sh: vec![[0.1; 3]; n],
        ..default()
    }
}

fn shown(app: &mut App) -> Vec<usize> {
    let mut clouds = app.world_mut().query_filtered::<&SplatCloud, With<OpenedScene>>();
    clouds.iter(app.world()).map(|cloud| cloud.cloud().map_or(0, |rows| rows.len())).collect()
}

#[test]
fn clouds_take_each_others_place_and_the_camera_stands_before_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = app();
    for n in [5, 7] {
        let path = folder.path().join(format!("{n}.ply"));
        write_cloud(&path, &rows(n), PlyFlavour::Plain).unwrap();
        let said = drop_on(&mut app, &path);
        assert!(matches!(&said[..], [notice] if notice.text == format!("{n}.ply: {n} Gaussians")), "{said:?}");
        assert_eq!(shown(&mut app), [n]);
        let opened: Vec<Opened> = app.world_mut().resource_mut::<Messages<Opened>>().drain().collect();
        assert_eq!(opened, [Opened(path)]);
    }
    let mut walkers = app.world_mut().query::<&Walker>();
    let walker = walkers.single(app.world()).unwrap();
    let ahead = walker.pose().forward();
    let to_middle = Vec3::new(3.0, 6.0, 0.5) - walker.pose().position;
    assert!(walker.is_flying && walker.up == Vec3::Z && ahead.dot(to_middle.normalize()) > 0.99);
}

#[test]
fn what_cannot_be_opened_is_told_and_nothing_changes() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = app();
    let good = folder.path().join("good.ply");
    write_cloud(&good, &rows(4), PlyFlavour::Plain).unwrap();
    drop_on(&mut app, &good);
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let whole = std::fs::read(&good).unwrap();
    let empty_folder = folder.path().join("empty");
    std::fs::create_dir(&empty_folder).unwrap();
    let run = folder.path().join("run");
    std::fs::create_dir(&run).unwrap();
    std::fs::write(run.join("settings.json"), "{ not json").unwrap();
    let wrong = [
        write("notes.txt", b"hello"),
        write("nothing.ply", b""),
        write("torn.ply", &whole[..whole.len() - 9]),
        write("header.ply", b"ply\nformat binary_little_endian 1.0\nelement vertex 9\n"),
        write("torn.spz", &[0x1f, 0x8b, 8, 0, 1, 2, 3]),
        folder.path().join("missing.ply"),
        empty_folder,
        run,
    ];
    for path in wrong {
        let said = drop_on(&mut app, &path);
        let name = path.file_name().unwrap().to_string_lossy();
        let is_told = matches!(&said[..], [notice] if notice.kind == NoticeKind::Error && notice.text.contains(&*name));
        assert!(is_told, "{name}: {said:?}");
        assert_eq!(shown(&mut app), [4], "{name}");
    }
}

#[test]
fn a_file_over_the_window_is_noted_and_forgotten() {
    let mut app = app();
    let window = Entity::PLACEHOLDER;
    app.world_mut().write_message(FileDragAndDrop::HoveredFile { window, path_buf: "room.ply".into() });
    app.update();
    assert_eq!(app.world().resource::<OpenWork>().hovered(), Some(Path::new("room.ply")));
    app.world_mut().write_message(FileDragAndDrop::HoveredFileCanceled { window });
    app.update();
    assert_eq!(app.world().resource::<OpenWork>().hovered(), None);
}

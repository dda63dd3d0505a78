//! Keys turn the comparison on, the camera goes to a view, its photograph comes in, and broken ones are told.

use super::*;
use crate::layout::SceneArea;
use crate::toasts::Notice;
use bevy::math::DVec3;
use splat_core::{Camera as CaptureCamera, Capture, Split, View};
use std::sync::Arc;

/// Three views, the last of them without a photograph.
fn capture(folder: &std::path::Path) -> Capture {
    let lens = Intrinsics::from_vertical_fov(4, 3, 1.0);
    let view = |i: usize| {
        let image_path = folder.join(format!("{i}.png"));
        if i < 2 {
            let pixels: Vec<u8> = (0..36).map(|at| (at + 100 * i) as u8).collect();
            image::save_buffer(&image_path, &pixels, 4, 3, image::ColorType::Rgb8).unwrap();
        }
        let eye = DVec3::new(i as f64, 0.0, 1.5);
        let camera = CaptureCamera::looking_at(lens, eye, eye + DVec3::Y, DVec3::Z);
        let (valid_mask_path, distortion) = (None, None);
        View { name: format!("{i}.png"), camera, split: Split::Train, image_path, valid_mask_path, distortion }
    };
    let (views, warnings) = ((0..3).map(view).collect(), Vec::new());
    Capture { name: "made".into(), root: folder.into(), format: "", views, points: Vec::new(), mesh: None, warnings }
}

fn app(folder: &std::path::Path) -> App {
    let scene = SceneCapture::new(Arc::new(capture(folder)), 1.0);
    let mut app = App::new();
    app.add_plugins(MinimalPlugins)
        .init_resource::<ButtonInput<KeyCode>>()
        .init_resource::<SceneArea>()
        .init_resource::<Compare>()
        .add_message::<CompareCommand>()
        .add_message::<WalkCommand>()
        .add_message::<Notice>()
        .add_systems(Update, (obey, follow).chain());
    app.world_mut().spawn(Walker::along(&scene.walk()));
    app.world_mut().spawn(scene);
    app
}

/// Runs until no photograph is on its way.
fn settle(app: &mut App) {
    for _ in 0..500 {
        app.update();
        if !app.world().resource::<Compare>().is_loading() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    panic!("the photograph never came");
}

fn glide(app: &mut App) {
    let asked: Vec<WalkCommand> = app.world_mut().resource_mut::<Messages<WalkCommand>>().drain().collect();
    let mut walkers = app.world_mut().query::<&mut Walker>();
    let mut walker = walkers.single_mut(app.world_mut()).unwrap();
    asked.iter().for_each(|command| walker.obey(command));
    (0..40).for_each(|_| walker.advance(&Default::default(), 0.05));
}

#[test]
fn a_key_sends_the_camera_to_a_view_and_brings_its_photograph() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = app(folder.path());
    // Between two views, nearer to the second.
    let mut walkers = app.world_mut().query::<&mut Walker>();
    walkers
        .single_mut(app.world_mut())
        .unwrap()
        .obey(&WalkCommand::GoTo(crate::walk::Pose { position: Vec3::new(0.8, 0.1, 1.5), rotation: Quat::IDENTITY }));
    glide(&mut app);
    app.world_mut().resource_mut::<ButtonInput<KeyCode>>().press(KeyCode::KeyC);
    app.update();
    app.world_mut().resource_mut::<ButtonInput<KeyCode>>().reset_all();
    assert!(app.world().resource::<Compare>().is_on && app.world().resource::<Compare>().view().is_none());
    glide(&mut app);
    settle(&mut app);
    let compare = app.world().resource::<Compare>();
    assert_eq!((compare.view(), compare.photo()), (Some("1.png"), Some("1.png")));
    let photo = compare.photo.as_ref().unwrap();
    assert_eq!((photo.size, &photo.rgba[..8]), ([4, 3], &[100, 101, 102, 255, 103, 104, 105, 255][..]));
    app.world_mut().write_message(CompareCommand::Line(7.0));
    app.world_mut().write_message(WalkCommand::JumpTo(2));
    glide(&mut app);
    settle(&mut app);
    assert_eq!(app.world().resource::<Compare>().share, 1.0);
    let said: Vec<Notice> = app.world_mut().resource_mut::<Messages<Notice>>().drain().collect();
    assert!(matches!(&said[..], [notice] if notice.text.contains("2.png")), "once, with its name: {said:?}");
    (0..5).for_each(|_| app.update());
    assert!(app.world_mut().resource_mut::<Messages<Notice>>().drain().next().is_none());
}

#[test]
fn photographs_lie_where_the_lens_has_them() {
    let photo = Intrinsics { width: 400, height: 300, fx: 350.0, fy: 360.0, cx: 190.0, cy: 160.0 };
    let scene = bevy_splat_render::SplatIntrinsics(photo).fitted(1000, 600);
    assert_eq!(photo_place(&photo, &scene), (Vec2::new(100.0, 0.0), Vec2::new(800.0, 600.0)));
    // A photograph of a longer lens covers less of the same scene.
    let tele = Intrinsics { fx: 700.0, fy: 720.0, ..photo };
    assert_eq!(photo_place(&tele, &scene).1, Vec2::new(400.0, 300.0));
}

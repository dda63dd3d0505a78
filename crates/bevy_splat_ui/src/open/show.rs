//! What was found takes the place of what is shown; the camera follows.

use super::{Found, OpenOptions, OpenWork, Opened, OpenedScene};
use crate::capture::SceneCapture;
use crate::layout::FillsSceneArea;
use crate::pointing::LastPick;
use crate::theme::thousands;
use crate::toasts::Notice;
use crate::walk::{Pose, Walker};
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy::window::PrimaryWindow;
use bevy_splat_render::{SplatCloud, SplatIntrinsics, SplatView};
use bevy_splat_train::TrainingRun;
use splat_core::Cloud;
use splat_core::bounds::trimmed_box;
use std::path::Path;

/// Whatever looks at the scene.
#[derive(SystemParam)]
pub(crate) struct Lookers<'w, 's> {
    cameras: Query<'w, 's, (Entity, &'static mut Walker, Option<&'static mut SplatView>), With<FillsSceneArea>>,
    windows: Query<'w, 's, &'static mut Window, With<PrimaryWindow>>,
    pick: ResMut<'w, LastPick>,
}

impl Lookers<'_, '_> {
    fn look(&mut self, commands: &mut Commands, walker: &Walker, lens: Option<SplatIntrinsics>, name: &str) {
        *self.pick = LastPick::default();
        for (camera, mut old, view) in &mut self.cameras {
            let (pace, flight_speed) = (old.pace, old.flight_speed);
            *old = walker.clone();
            (old.pace, old.flight_speed) = (pace, flight_speed);
            if let Some(mut view) = view {
                (view.highlight, view.cloud) = (None, None);
            }
            match lens {
                Some(lens) => drop(commands.entity(camera).insert(lens)),
                None => drop(commands.entity(camera).remove::<SplatIntrinsics>()),
            }
        }
        for mut window in &mut self.windows {
            window.title = format!("{name} — semantic splats");
        }
    }
}

/// Shows what has been found, or says why it cannot be opened: what is shown stays then.
pub(crate) fn show(
    mut work: ResMut<OpenWork>,
    options: Res<OpenOptions>,
    shown: Query<Entity, With<OpenedScene>>,
    mut lookers: Lookers,
    mut commands: Commands,
    (mut notices, mut opened): (MessageWriter<Notice>, MessageWriter<Opened>),
) {
    let Some((path, result)) = work.take() else { return };
    let found = match result {
        Ok(found) => found,
        Err(reason) => {
            notices.write(Notice::error(reason));
            return;
        }
    };
    shown.iter().for_each(|entity| commands.entity(entity).despawn());
    let name = name_of(&path);
    match found {
        Found::Cloud { cloud, capture, warning } => {
            notices.write(Notice::info(format!("{name}: {} Gaussians", thousands(cloud.len() as u64))));
            notices.write_batch(warning.map(Notice::warning));
            let (walker, lens) = match &capture {
                Some(scene) => along(scene),
                None => (before(&cloud), None),
            };
            lookers.look(&mut commands, &walker, lens, &name);
            let mut entity = commands.spawn((OpenedScene, SplatCloud::from_cloud(cloud)));
            if let Some(scene) = capture {
                entity.insert(*scene);
            }
        }
        Found::Capture(scene) => {
            notices.write(Notice::info(format!("{name}: {} photographs, training", scene.capture.views.len())));
            let (walker, lens) = along(&scene);
            lookers.look(&mut commands, &walker, lens, &name);
            let run = TrainingRun {
                settings: options.settings.clone(),
                downscale: scene.downscale,
                ..TrainingRun::from_capture(&path)
            };
            commands.spawn((OpenedScene, run, *scene));
        }
    }
    opened.write(Opened(path));
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

fn along(scene: &SceneCapture) -> (Walker, Option<SplatIntrinsics>) {
    let views = scene.walk();
    (Walker::along(&views), views.first().map(|(_, camera)| SplatIntrinsics(camera.intrinsics)))
}

/// Stands before a cloud that nobody knows the cameras of. Which way is up is a guess: rooms are wider than high, captures are
/// z-up (ScanNet++) or, as COLMAP leaves them, y-down.
fn before(cloud: &Cloud) -> Walker {
    let (low, high) = trimmed_box(cloud.means.iter().copied(), 0.02).unwrap_or((Vec3::NEG_ONE, Vec3::ONE));
    let (size, centre) = (high - low, 0.5 * (low + high));
    let up = if size.z <= size.y { Vec3::Z } else { Vec3::NEG_Y };
    let ahead = if up == Vec3::Z { Vec3::Y } else { Vec3::Z };
    let position = centre - ahead * 0.9 * size.max_element().max(0.1);
    let rotation = Transform::default().looking_to(ahead, up).rotation;
    Walker::flying_from(Pose { position, rotation }, up)
}

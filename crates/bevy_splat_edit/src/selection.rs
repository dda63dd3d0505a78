//! The chosen rows of a cloud, and who is chosen.

use crate::commands::EditError;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_splat_query::matching::columns_meant;
use bevy_splat_query::{CloudSnapshot, ObjectRows, SplatObject, Surface, Synonyms};
use bevy_splat_render::camera::{CloudPose, camera_in_cloud, view_lens};
use bevy_splat_render::{SplatIntrinsics, SplatView};
use splat_core::Cloud;
use splat_core::selection::{RowSet, ScreenShape, rows_seen_in};
use std::sync::Arc;

/// Share of its distance that a surface may be thick.
const SURFACE_SHARE: f32 = 0.03;

/// On a cloud whose rows lie in memory: those that are chosen, by their number in what is shown. Comes by itself; systems may
/// write it, and what they write can be undone like a [`crate::EditAction::Select`].
#[derive(Component, Clone, Debug, Default, PartialEq, Eq)]
pub struct SplatSelection(pub RowSet);

/// Which rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// Every row.
    All,
    /// These.
    Rows(Vec<u32>),
    /// Those whose mean lies inside a shape of a camera's picture.
    Screen {
        /// A camera with a [`SplatView`].
        camera: Entity,
        /// In logical pixels from the upper left corner of the camera's viewport.
        shape: ScreenShape,
        /// True: whatever stands before them. False: only those that the camera sees; the answer takes a frame or two, and
        /// what is told after waits for it.
        through: bool,
    },
    /// Those whose most probable class is this column.
    Column(u32),
    /// Those whose most probable class has a name with these words, or with a synonym.
    Class(String),
    /// Those of an object, an entity with [`SplatObject`].
    Object(Entity),
    /// Those whose most probable class has at least this probability, 0..1.
    Probability(f32),
}

/// What choices are made of.
#[derive(SystemParam)]
pub(crate) struct Chooser<'w, 's> {
    cameras:
        Query<'w, 's, (&'static Camera, &'static GlobalTransform, Option<&'static SplatIntrinsics>), With<SplatView>>,
    objects: Query<'w, 's, (&'static SplatObject, &'static ChildOf)>,
    synonyms: Option<Res<'w, Synonyms>>,
}

/// What is chosen from.
pub(crate) struct Subject<'a> {
    pub entity: Entity,
    pub cloud: &'a Arc<Cloud>,
    pub place: &'a GlobalTransform,
    pub snapshot: Option<&'a CloudSnapshot>,
    pub objects: Option<&'a ObjectRows>,
    /// What the camera of the choice sees, where it was asked for.
    pub surface: Option<&'a Surface>,
}

impl Subject<'_> {
    /// `[N]` class and probability.
    fn classes(&self) -> Result<&[(u16, f32)], EditError> {
        let snapshot = self.snapshot.filter(|snapshot| Arc::ptr_eq(&snapshot.cloud, self.cloud));
        snapshot.map(|snapshot| &*snapshot.row_classes).ok_or(EditError::ClassesNotReady)
    }

    /// True for a row on the visible surface. A surface has the thickness of its Gaussians, up to a share of its distance.
    /// `scale`: world units of one of the cloud's own.
    fn is_seen(&self, row: usize, scale: f32, surface: &Surface) -> bool {
        let point = self.place.transform_point(self.cloud.means[row]);
        let thickness = 2.0 * scale * self.cloud.log_scales[row].max_element().exp();
        surface.shows(point, |depth| SURFACE_SHARE * depth + thickness.min(SURFACE_SHARE * depth))
    }

    fn rows_with(&self, is_meant: impl Fn(u16, f32) -> bool) -> Result<RowSet, EditError> {
        let rows = (0..).zip(self.classes()?).filter(|(_, (column, probability))| is_meant(*column, *probability));
        Ok(RowSet::of(self.cloud.len(), rows.map(|(row, _)| row)))
    }
}

impl Chooser<'_, '_> {
    /// The camera that must say what it sees before a choice can be made.
    pub fn needed_surface(&self, choice: &Choice) -> Option<Entity> {
        match choice {
            Choice::Screen { camera, through: false, .. } => {
                Some(*camera).filter(|&camera| self.cameras.contains(camera))
            }
            _ => None,
        }
    }

    /// The rows of a choice.
    pub fn rows(&self, subject: &Subject, choice: &Choice) -> Result<RowSet, EditError> {
        let len = subject.cloud.len();
        match choice {
            Choice::All => Ok(RowSet::all(len)),
            Choice::Rows(rows) => Ok(RowSet::of(len, rows.iter().copied())),
            Choice::Screen { camera, shape, through } => {
                let inside = self.inside(subject, *camera, shape)?;
                if *through {
                    return Ok(inside);
                }
                let surface = subject.surface.ok_or(EditError::NoPicture)?;
                let scale = CloudPose::new(subject.place).map_or(1.0, |pose| pose.scale);
                Ok(RowSet::of(len, inside.rows().filter(|&row| subject.is_seen(row as usize, scale, surface))))
            }
            Choice::Column(column) => subject.rows_with(|own, _| own as u32 == *column),
            Choice::Class(name) => {
                let default = Synonyms::default();
                let synonyms = self.synonyms.as_deref().unwrap_or(&default);
                let columns = columns_meant(&subject.cloud.classes, name, synonyms);
                if columns.is_empty() {
                    return Err(EditError::NoClass(name.clone()));
                }
                subject.rows_with(|own, _| columns.contains(&(own as u32)))
            }
            Choice::Object(entity) => {
                let (object, of) = self.objects.get(*entity).map_err(|_| EditError::NoObject)?;
                let found_in = subject.objects.filter(|_| of.0 == subject.entity).ok_or(EditError::NoObject)?;
                // Objects of before an edit have other row numbers until they are found anew.
                let is_current = Arc::ptr_eq(&found_in.0, subject.cloud);
                is_current.then(|| RowSet::of(len, object.rows.iter().copied())).ok_or(EditError::ObjectsNotReady)
            }
            Choice::Probability(least) => subject.rows_with(|_, probability| probability >= *least),
        }
    }

    fn inside(&self, subject: &Subject, camera: Entity, shape: &ScreenShape) -> Result<RowSet, EditError> {
        let (camera, view, exact) = self.cameras.get(camera).map_err(|_| EditError::NoCamera)?;
        let size = camera.physical_viewport_size().ok_or(EditError::NoCamera)?;
        let scale = camera.logical_viewport_size().map_or(Vec2::ONE, |logical| size.as_vec2() / logical);
        let lens = view_lens(exact, camera.clip_from_view(), size, size).ok_or(EditError::NoCamera)?;
        let Some(pose) = CloudPose::new(subject.place) else { return Ok(RowSet::none(subject.cloud.len())) };
        let in_cloud = camera_in_cloud(&lens.at(view), &pose);
        let shape = scaled(shape, scale);
        Ok(rows_seen_in(subject.cloud, &in_cloud.pinhole, in_cloud.is_orthographic, &shape))
    }
}

/// Logical to physical pixels.
fn scaled(shape: &ScreenShape, scale: Vec2) -> ScreenShape {
    let all = |points: &[Vec2]| points.iter().map(|&point| point * scale).collect();
    match shape {
        ScreenShape::Rectangle(a, b) => ScreenShape::Rectangle(*a * scale, *b * scale),
        ScreenShape::Polygon(points) => ScreenShape::Polygon(all(points)),
        ScreenShape::Brush { points, radius } => {
            ScreenShape::Brush { points: all(points), radius: radius * scale.max_element() }
        }
    }
}

//! What is where: questions to all clouds at once, answered with rows and objects.

use crate::boxes::Bounds;
use crate::classes::RowFilter;
use crate::matching::{Synonyms, columns_meant};
use crate::objects::{ClassLabel, SplatObject};
use crate::snapshot::CloudSnapshot;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;

/// A part of the world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Region {
    /// An axis-aligned box in world space.
    Box(Bounds),
    /// What lies within a distance of a point, world units.
    Sphere {
        /// Middle.
        centre: Vec3,
        /// Radius.
        radius: f32,
    },
    /// What lies within a distance of a ray, ahead of its origin.
    Ray {
        /// Origin and direction, world space.
        ray: Ray3d,
        /// Radius of the tube about it.
        radius: f32,
    },
    /// What a camera has in its frustum: clip from world, Bevy's conventions. Walls do not hide anything.
    Frustum(Mat4),
}

impl Region {
    /// The frustum of a camera entity's components.
    pub fn seen_by(camera: &Camera, transform: &GlobalTransform) -> Self {
        Self::Frustum(camera.clip_from_view() * transform.affine().inverse())
    }

    /// True for points inside, world space.
    pub fn contains(&self, point: Vec3) -> bool {
        match self {
            Self::Box(bounds) => bounds.contains(point),
            Self::Sphere { centre, radius } => centre.distance(point) <= *radius,
            Self::Ray { ray, radius } => {
                let along = (point - ray.origin).dot(*ray.direction);
                along >= 0.0 && ray.get_point(along).distance(point) <= *radius
            }
            Self::Frustum(clip_from_world) => {
                let clip = *clip_from_world * point.extend(1.0);
                clip.w > 0.0 && clip.xy().abs().cmple(Vec2::splat(clip.w)).all() && clip.z >= 0.0 && clip.z <= clip.w
            }
        }
    }
}

/// What is asked. Built up from [`Question::anything`] or [`Question::class`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Question {
    /// Words of a class name, or a synonym; `None`: all classes.
    pub class: Option<String>,
    /// Which rows count.
    pub filter: RowFilter,
    /// All regions that an answer must lie in.
    pub regions: Vec<Region>,
    /// Answers come nearest to this point first; else the ones with most Gaussians (objects) or in row order.
    pub nearest_to: Option<Vec3>,
    /// At most so many rows and so many objects; 0: all.
    pub limit: usize,
}

impl Question {
    /// Everything that is labelled.
    pub fn anything() -> Self {
        Self::default()
    }

    /// A class by words of its name (`chair` finds `office chair`) or by a synonym (`couch` finds `sofa`).
    pub fn class(text: impl Into<String>) -> Self {
        Self { class: Some(text.into()), ..Self::default() }
    }

    /// Only what is at least so probable, 0..1.
    pub fn at_least(mut self, probability: f32) -> Self {
        self.filter.min_probability = probability;
        self
    }

    /// Only what lies in a region; several regions must all hold it.
    pub fn within(mut self, region: Region) -> Self {
        self.regions.push(region);
        self
    }

    /// The nearest first.
    pub fn nearest_to(mut self, point: Vec3) -> Self {
        self.nearest_to = Some(point);
        self
    }

    /// At most so many.
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    fn allows(&self, point: Vec3) -> bool {
        self.regions.iter().all(|region| region.contains(point))
    }

    fn shorten<T>(&self, found: &mut Vec<T>) {
        if self.limit > 0 {
            found.truncate(self.limit);
        }
    }
}

/// A Gaussian that answers a question.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FoundRow {
    /// The cloud entity.
    pub cloud: Entity,
    /// Its row.
    pub row: u32,
    /// Class column in the cloud.
    pub column: u32,
    /// Probability of that class.
    pub probability: f32,
    /// World space.
    pub position: Vec3,
    /// World units from [`Question::nearest_to`], 0 without.
    pub distance: f32,
}

/// An object that answers a question.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundObject {
    /// The object's own entity.
    pub entity: Entity,
    /// The cloud that it is part of.
    pub cloud: Entity,
    /// Class.
    pub label: ClassLabel,
    /// Mean probability of the class.
    pub confidence: f32,
    /// Gaussians.
    pub count: usize,
    /// Middle of its box, world space.
    pub position: Vec3,
    /// World units from [`Question::nearest_to`] to its box, 0 without and inside.
    pub distance: f32,
}

/// Asks all clouds what is where. Rows come from their [`CloudSnapshot`]s, objects from those with [`crate::FindObjects`].
#[derive(SystemParam)]
pub struct SemanticQuery<'w, 's> {
    clouds: Query<'w, 's, (Entity, &'static CloudSnapshot, &'static GlobalTransform)>,
    objects:
        Query<'w, 's, (Entity, &'static ClassLabel, &'static SplatObject, &'static GlobalTransform, &'static ChildOf)>,
    synonyms: Res<'w, Synonyms>,
}

impl SemanticQuery<'_, '_> {
    /// The Gaussians that answer.
    pub fn rows(&self, question: &Question) -> Vec<FoundRow> {
        let mut found = Vec::new();
        for (cloud, snapshot, transform) in &self.clouds {
            for column in self.columns(snapshot, question) {
                for row in snapshot.rows_of(column, question.filter) {
                    let position = transform.transform_point(snapshot.cloud.means[row as usize]);
                    if question.allows(position) {
                        let probability = snapshot.row_classes[row as usize].1;
                        let distance = question.nearest_to.map_or(0.0, |point| point.distance(position));
                        found.push(FoundRow { cloud, row, column, probability, position, distance });
                    }
                }
            }
        }
        let key = |f: &FoundRow| (f.cloud, f.row);
        found.sort_by(|a, b| a.distance.total_cmp(&b.distance).then_with(|| key(a).cmp(&key(b))));
        question.shorten(&mut found);
        found
    }

    /// The objects that answer. One lies in a region where the middle of its box does.
    pub fn objects(&self, question: &Question) -> Vec<FoundObject> {
        let mut found = Vec::new();
        for (entity, label, object, transform, of) in &self.objects {
            let Ok((cloud, snapshot, world_from_cloud)) = self.clouds.get(of.0) else { continue };
            let is_meant = self.columns(snapshot, question).contains(&label.column);
            let position = transform.translation();
            if !is_meant || object.confidence < question.filter.min_probability || !question.allows(position) {
                continue;
            }
            let distance = question.nearest_to.map_or(0.0, |point| {
                let local = world_from_cloud.affine().inverse().transform_point3(point);
                world_from_cloud.transform_point(object.bounds.nearest(local)).distance(point)
            });
            let (confidence, count) = (object.confidence, object.count());
            found.push(FoundObject { entity, cloud, label: label.clone(), confidence, count, position, distance });
        }
        found.sort_by(|a, b| {
            let by_size = || b.count.cmp(&a.count).then_with(|| a.entity.cmp(&b.entity));
            a.distance.total_cmp(&b.distance).then_with(by_size)
        });
        question.shorten(&mut found);
        found
    }

    fn columns(&self, snapshot: &CloudSnapshot, question: &Question) -> Vec<u32> {
        match &question.class {
            Some(text) => columns_meant(&snapshot.cloud.classes, text, &self.synonyms),
            None => (0..snapshot.cloud.classes.len() as u32).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_hold_what_lies_in_them() {
        let ray = Ray3d::new(Vec3::ZERO, Dir3::X);
        let tube = Region::Ray { ray, radius: 0.5 };
        assert!(tube.contains(Vec3::new(3.0, 0.4, 0.0)) && !tube.contains(Vec3::new(-1.0, 0.0, 0.0)));
        assert!(!tube.contains(Vec3::new(3.0, 0.6, 0.0)));
        let ball = Region::Sphere { centre: Vec3::Y, radius: 1.0 };
        assert!(ball.contains(Vec3::new(0.0, 1.9, 0.0)) && !ball.contains(Vec3::new(0.0, 2.1, 0.0)));
        let clip_from_view = Mat4::perspective_infinite_reverse_rh(1.0, 1.5, 0.1);
        let view = Region::Frustum(clip_from_view);
        assert!(view.contains(Vec3::new(0.0, 0.0, -5.0)) && !view.contains(Vec3::new(0.0, 0.0, 5.0)));
        assert!(!view.contains(Vec3::new(0.0, 4.0, -5.0)) && !view.contains(Vec3::new(0.0, 0.0, -0.05)));
    }
}

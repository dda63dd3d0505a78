//! Which Gaussians are of a class, how many, and where they stand.

use crate::matching::columns_named;
use crate::snapshot::CloudSnapshot;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_splat_render::SplatView;
use splat_core::ClassInfo;

/// Which rows count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RowFilter {
    /// Least softmax probability of the row's class, 0..1.
    pub min_probability: f32,
    /// Least opacity, 0..1: what is fainter is hardly seen.
    pub min_opacity: f32,
}

impl Default for RowFilter {
    fn default() -> Self {
        Self { min_probability: 0.5, min_opacity: 0.1 }
    }
}

/// A class in a scene.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassSummary {
    /// Class column.
    pub column: u32,
    /// Id, name and colour.
    pub class: ClassInfo,
    /// Rows of the class.
    pub count: usize,
    /// Mean position in world space.
    pub centroid: Vec3,
    /// Lower corner of the means' bounds in world space.
    pub low: Vec3,
    /// Upper corner.
    pub high: Vec3,
    /// Mean probability of the class over its rows.
    pub probability: f32,
}

/// What a class's Gaussians come to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ClassFigures {
    /// Gaussians whose best class it is.
    pub gaussians: u32,
    /// Mean probability of it among them, 0..=1.
    pub confidence: f32,
}

impl CloudSnapshot {
    /// Figures by class column, in one pass over the rows.
    pub fn class_figures(&self) -> Vec<ClassFigures> {
        let mut sums = vec![(0u32, 0.0f64); self.cloud.class_count()];
        for &(column, probability) in self.row_classes.iter() {
            let (gaussians, sum) = &mut sums[column as usize];
            (*gaussians, *sum) = (*gaussians + 1, *sum + probability as f64);
        }
        let figures = |(gaussians, sum): (u32, f64)| {
            let confidence = (sum / gaussians.max(1) as f64) as f32;
            ClassFigures { gaussians, confidence }
        };
        sums.into_iter().map(figures).collect()
    }

    /// Rows whose winning class is `column`.
    pub fn rows_of(&self, column: u32, filter: RowFilter) -> impl Iterator<Item = u32> {
        let is_in = move |&(row, &(winner, probability)): &(u32, &(u16, f32))| {
            winner as u32 == column
                && probability >= filter.min_probability
                && self.cloud.opacity(row as usize) >= filter.min_opacity
                && self.cloud.means[row as usize].is_finite()
        };
        (0..).zip(self.row_classes.iter()).filter(is_in).map(|(row, _)| row)
    }

    /// Count, centroid and bounds of a class; `None` where no row is of it.
    pub fn summary(&self, column: u32, filter: RowFilter, world_from_cloud: &GlobalTransform) -> Option<ClassSummary> {
        let class = self.cloud.classes.classes.get(column as usize)?.clone();
        let (mut count, mut sum, mut probability) = (0usize, bevy::math::DVec3::ZERO, 0.0f64);
        let (mut low, mut high) = (Vec3::INFINITY, Vec3::NEG_INFINITY);
        for row in self.rows_of(column, filter) {
            let position = world_from_cloud.transform_point(self.cloud.means[row as usize]);
            count += 1;
            sum += position.as_dvec3();
            probability += self.row_classes[row as usize].1 as f64;
            low = low.min(position);
            high = high.max(position);
        }
        let n = count as f64;
        let centroid = (sum / n).as_vec3();
        let probability = (probability / n) as f32;
        (count > 0).then_some(ClassSummary { column, class, count, centroid, low, high, probability })
    }
}

/// Asks clouds about their classes. Answers come from the cloud's [`CloudSnapshot`]; without one they are empty.
#[derive(SystemParam)]
pub struct ClassQuery<'w, 's> {
    clouds: Query<'w, 's, (&'static CloudSnapshot, &'static GlobalTransform)>,
}

impl ClassQuery<'_, '_> {
    /// The classes of a cloud, in column order.
    pub fn classes(&self, cloud: Entity) -> &[ClassInfo] {
        self.clouds.get(cloud).map_or(&[], |(snapshot, _)| &snapshot.cloud.classes.classes)
    }

    /// Columns whose name holds all words of `text`, best first; see [`columns_named`].
    pub fn columns(&self, cloud: Entity, text: &str) -> Vec<u32> {
        self.clouds.get(cloud).map_or_else(|_| Vec::new(), |(s, _)| columns_named(&s.cloud.classes, text))
    }

    /// Rows of a class column.
    pub fn rows(&self, cloud: Entity, column: u32, filter: RowFilter) -> Vec<u32> {
        self.clouds.get(cloud).map_or_else(|_| Vec::new(), |(s, _)| s.rows_of(column, filter).collect())
    }

    /// Rows of every class whose name holds all words of `text`, ascending.
    pub fn rows_named(&self, cloud: Entity, text: &str, filter: RowFilter) -> Vec<u32> {
        let columns = self.columns(cloud, text);
        let mut rows: Vec<u32> = columns.into_iter().flat_map(|column| self.rows(cloud, column, filter)).collect();
        rows.sort_unstable();
        rows
    }

    /// Count, centroid and bounds of a class; `None` where no row is of it.
    pub fn summary(&self, cloud: Entity, column: u32, filter: RowFilter) -> Option<ClassSummary> {
        let (snapshot, transform) = self.clouds.get(cloud).ok()?;
        snapshot.summary(column, filter, transform)
    }

    /// All classes that have rows, most rows first.
    pub fn summaries(&self, cloud: Entity, filter: RowFilter) -> Vec<ClassSummary> {
        let columns = 0..self.classes(cloud).len() as u32;
        let mut found: Vec<_> = columns.filter_map(|column| self.summary(cloud, column, filter)).collect();
        found.sort_by_key(|s| std::cmp::Reverse(s.count));
        found
    }

    /// Highlights the best match of `text` in a view and returns its column; no match ends the highlight.
    pub fn highlight(&self, cloud: Entity, text: &str, view: &mut SplatView) -> Option<u32> {
        let best = self.columns(cloud, text).first().copied();
        view.highlight = best;
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use splat_core::{Cloud, LabelSet};
    use std::sync::Arc;

    fn snapshot() -> CloudSnapshot {
        let class = |id, name: &str| ClassInfo { id, name: name.to_owned(), colour: [9; 3], pixel_count: 0 };
        let cloud = Cloud {
            means: vec![Vec3::ZERO, Vec3::X, Vec3::new(3.0, 0.0, 0.0), Vec3::NAN],
            log_scales: vec![Vec3::ZERO; 4],
            rotations: vec![[1.0, 0.0, 0.0, 0.0]; 4],
            opacity_logits: vec![4.0, 4.0, -9.0, 4.0],
            sh: vec![[0.0; 3]; 4],
            logits: vec![5.0, 0.0, 0.2, 0.0, 5.0, 0.0, 5.0, 0.0],
            classes: LabelSet { classes: vec![class(3, "chair"), class(7, "table")] },
            ..Default::default()
        };
        CloudSnapshot::new(Arc::new(cloud), 0)
    }

    #[test]
    fn rows_are_filtered_by_class_probability_and_opacity() {
        let rows =
            |p, o| -> Vec<u32> { snapshot().rows_of(0, RowFilter { min_probability: p, min_opacity: o }).collect() };
        assert_eq!(rows(0.0, 0.0), [0, 1, 2]);
        assert_eq!(rows(0.9, 0.0), [0, 2]);
        assert_eq!(rows(0.9, 0.1), [0]);
    }

    #[test]
    fn summaries_are_in_world_space() {
        let place = GlobalTransform::from_xyz(0.0, 2.0, 0.0);
        let s = snapshot().summary(0, RowFilter { min_probability: 0.5, min_opacity: 0.5 }, &place).unwrap();
        assert_eq!((s.count, s.class.id, s.low, s.high), (2, 3, Vec3::new(0.0, 2.0, 0.0), Vec3::new(1.0, 2.0, 0.0)));
        assert!(s.centroid.abs_diff_eq(Vec3::new(0.5, 2.0, 0.0), 1e-6));
        assert!(snapshot().summary(1, RowFilter::default(), &place).is_none());
        assert!(snapshot().summary(9, RowFilter::default(), &place).is_none());
    }

    #[test]
    fn classes_have_counts_and_mean_confidences() {
        let class = |id| ClassInfo { id, name: format!("class {id}"), colour: [9; 3], pixel_count: 0 };
        let cloud = Cloud {
            means: vec![Vec3::ZERO; 3],
            classes: LabelSet { classes: vec![class(3), class(7), class(8)] },
            logits: vec![0.0; 9],
            ..default()
        };
        let rows: Arc<[(u16, f32)]> = [(0, 0.5), (1, 0.75), (0, 1.0)].into();
        let figures = CloudSnapshot::known(Arc::new(cloud), rows).class_figures();
        let expected = [(2, 0.75), (1, 0.75), (0, 0.0)];
        assert_eq!(figures, expected.map(|(gaussians, confidence)| ClassFigures { gaussians, confidence }));
    }
}

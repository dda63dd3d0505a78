//! Witnesses: training views whose labels a finished cloud is held against.

use super::is_asked_for;
use crate::error::TrainError;
use crate::prepare::TrainingView;
use crate::renderer::Renderer;
use splat_core::settings::LossSettings;
use splat_core::{Camera, Cloud, IGNORE_ID};
use splat_gpu::Gpu;

/// One labelled view in so many is withheld ...
const WITHHELD_ONE_IN: usize = 16;
/// ... but no more than this, evenly spread: on exact labels six of 110 cost 0.2 points of mIoU.
const MOST_WITHHELD: usize = 4;

/// Training views with their labels.
#[derive(Clone, Debug, Default)]
pub struct Witnesses {
    views: Vec<(Camera, Vec<u16>)>,
    are_withheld: bool,
}

impl Witnesses {
    /// Those that a run with these settings needs, none if none. Their labels are taken from `views`, so that training never sees
    /// them (their photographs it does); where there are too few labelled views for that, witnesses are labelled views that it
    /// sees.
    pub fn withhold(views: &mut [TrainingView], loss: &LossSettings) -> Self {
        if !is_asked_for(loss) {
            return Self::default();
        }
        let mut labelled: Vec<&mut TrainingView> = views.iter_mut().filter(|v| v.columns.is_some()).collect();
        let are_withheld = labelled.len() >= WITHHELD_ONE_IN;
        let count = if are_withheld { labelled.len() / WITHHELD_ONE_IN } else { labelled.len() }.min(MOST_WITHHELD);
        let mut witness = |i: usize| {
            // From the middle of as many equal parts.
            let index = (2 * i + 1) * labelled.len() / (2 * count);
            let view = &mut labelled[index];
            let columns = if are_withheld {
                view.confidence = None;
                view.columns.take()
            } else {
                view.columns.clone()
            };
            columns.map(|columns| (view.camera, columns))
        };
        let views = (0..count).filter_map(&mut witness).collect();
        Self { views, are_withheld }
    }

    /// True where training does not see their labels.
    pub fn are_withheld(&self) -> bool {
        self.are_withheld
    }

    /// Share of their labelled pixels at which a cloud shows another class; `None` where there are none.
    ///
    /// # Errors
    /// If a view cannot be rendered.
    pub fn contradicted(&self, gpu: &Gpu, cloud: &Cloud, background: [f32; 3]) -> Result<Option<f32>, TrainError> {
        let mut renderer = Renderer::new(gpu, cloud, background)?;
        let (mut compared, mut wrong) = (0u64, 0u64);
        for (camera, columns) in &self.views {
            let seen = renderer.render(camera)?;
            for (&label, &said) in columns.iter().zip(&seen.columns).filter(|(l, _)| **l != IGNORE_ID) {
                compared += 1;
                wrong += (label != said) as u64;
            }
        }
        Ok((compared > 0).then(|| (wrong as f64 / compared as f64) as f32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use splat_core::settings::Preset;
    use splat_core::{Intrinsics, Photo};

    fn views(count: usize) -> Vec<TrainingView> {
        let k = Intrinsics::from_vertical_fov(4, 4, 0.8);
        let camera = Camera::looking_at(k, glam::DVec3::NEG_Z, glam::DVec3::ZERO, glam::DVec3::NEG_Y);
        let photo = Photo { width: 4, height: 4, rgba: vec![0; 64], alpha: None };
        let view = |i: usize| TrainingView {
            name: i.to_string(),
            camera,
            photo: photo.clone(),
            columns: Some(vec![i as u16; 16]),
            confidence: None,
        };
        (0..count).map(view).collect()
    }

    #[test]
    fn a_few_of_many_labels_are_withheld_and_none_of_few() {
        let loss = Preset::Quality.settings().loss;
        for (count, withheld) in [(110, 4), (40, 2), (16, 1)] {
            let mut views = views(count);
            let witnesses = Witnesses::withhold(&mut views, &loss);
            assert!(witnesses.are_withheld() && witnesses.views.len() == withheld);
            let left: Vec<&TrainingView> = views.iter().filter(|v| v.columns.is_some()).collect();
            assert_eq!(left.len(), count - withheld);
            assert!(
                left.iter().all(|v| witnesses.views.iter().all(|(_, columns)| v.columns.as_ref() != Some(columns)))
            );
        }
        let mut few = views(3);
        let witnesses = Witnesses::withhold(&mut few, &loss);
        assert!(!witnesses.are_withheld() && witnesses.views.len() == 3);
        assert!(few.iter().all(|v| v.columns.is_some()));
        let mut all = views(110);
        assert!(Witnesses::withhold(&mut all, &Preset::Paper.settings().loss).views.is_empty());
        assert!(all.iter().all(|v| v.columns.is_some()));
    }
}

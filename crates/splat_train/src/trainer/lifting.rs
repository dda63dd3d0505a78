//! The trainer's lift: class logits of live rows from the labels of all views, between two steps, without waiting.
//!
//! Recorded view by view like steps, so that an application's frames stay short and a view whose lists were too short is
//! repeated alone. Rows stand still meanwhile.

use super::{Flight, Recorded, TargetView, Trainer};
use crate::error::TrainError;
use crate::lift::view_buffer;
use splat_core::Camera;
use splat_gpu::passes;
use splat_gpu::passes::lift::{LabelledView, LiftBuffers, LiftOptions};
use splat_gpu::passes::pose::PoseBuffers;
use splat_gpu::view::tiles;
use splat_gpu::{Gpu, ListBuffers, Recorder, RowBuffers, TrainingBuffers, wgpu};
use splat_shaders::layout::{COUNT_ENTRIES_NEEDED, COUNT_OVERFLOW};

/// Between two looks at a lift that is waited for.
const NAP: std::time::Duration = std::time::Duration::from_micros(200);

/// A lift of live rows, view by view, between two training steps.
pub(super) struct Lifting {
    buffers: LiftBuffers,
    /// Labelled views.
    views: Vec<usize>,
    next: usize,
}

/// A view to be lifted: camera, labels, size in pixels.
type LabelledCamera<'a> = (&'a Camera, &'a wgpu::Buffer, [u32; 2]);

/// Where a view stands now, of poses that are refined.
type RefinedPose<'a> = Option<(&'a PoseBuffers, u32)>;

impl Lifting {
    /// Of these views. Rows must not move until it is over.
    fn new(gpu: &Gpu, rows: &RowBuffers, views: Vec<usize>) -> Result<Self, TrainError> {
        Ok(Self { buffers: LiftBuffers::new(gpu, rows)?, views, next: 0 })
    }

    /// The view that is recorded next; `None` once all are and the logits are replaced.
    fn next(&self) -> Option<usize> {
        self.views.get(self.next).copied()
    }

    /// True for the view with which the lift is over.
    fn is_last(&self, view: usize) -> bool {
        self.views.last() == Some(&view)
    }

    /// Goes back to a view that added nothing, since its lists were too short.
    fn back_to(&mut self, view: usize) {
        self.next = self.views.iter().position(|v| *v == view).unwrap_or(0);
    }

    /// Records the next view; with the last one the logits are replaced and their moments forgotten.
    fn record(
        &mut self,
        rec: &mut Recorder,
        rows: &RowBuffers,
        lists: &ListBuffers,
        training: &TrainingBuffers,
        (camera, labels, size): LabelledCamera,
        pose: RefinedPose,
    ) {
        let view = view_buffer(rec.gpu, camera, rows, lists);
        if let Some((poses, index)) = pose {
            poses.record_choice(rec, index, &view);
        }
        let [x, y] = tiles(size[0], size[1]);
        passes::project::record(rec, rows, lists, &view);
        passes::sort::record(rec, rows, lists, &view, x * y);
        let labelled = LabelledView { uniform: &view, labels, size_px: size };
        passes::lift::record_view(rec, rows, lists, &self.buffers, labelled);
        self.next += 1;
        if self.next == self.views.len() {
            passes::lift::record_logits(rec, rows, &self.buffers, LiftOptions::default(), Some(training));
        }
    }
}

impl Trainer {
    /// The next view of the lift after the last recorded step. No step is recorded until all views are.
    pub(super) fn record_lift(&mut self, encoder: &mut wgpu::CommandEncoder) -> Result<(), TrainError> {
        let lifting = match &mut self.lifting {
            Some(lifting) => lifting,
            None => {
                let labelled = (0..self.views.len()).filter(|&v| self.views[v].is_labelled).collect();
                self.lifting.insert(Lifting::new(&self.gpu, &self.rows, labelled)?)
            }
        };
        if let Some(view) = lifting.next() {
            let TargetView { camera, size, .. } = &self.views[view];
            let image = self.views[view].image(&self.gpu);
            let mut rec = Recorder::new(&self.gpu, encoder, None);
            let labelled = (camera, &image.labels, *size);
            let pose = self.poses.as_ref().map(|poses| (poses, view as u32));
            lifting.record(&mut rec, &self.rows, &self.buffers.lists, &self.training, labelled, pose);
            rec.finish();
            self.lift_due = lifting.next().is_some();
            let readback = self.figures(encoder, None);
            let kind = Recorded::Lift { iteration: self.iteration, view };
            self.flights.push_back(Flight { kind, readback, times: None, generation: self.generation });
        } else {
            // No view has labels.
            (self.lift_due, self.lifting) = (false, None);
        }
        Ok(())
    }

    /// Lifts now, between two steps or after the last one. Waits for the GPU.
    pub fn lift(&mut self) -> Result<(), TrainError> {
        self.lift_due = true;
        while !self.is_between_steps() {
            if self.is_ready() {
                let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
                self.record(&mut encoder)?;
                self.gpu.queue.submit([encoder.finish()]);
                self.submitted();
            }
            self.poll()?;
            std::thread::sleep(NAP);
        }
        Ok(())
    }

    /// Takes a lifted view in.
    pub(super) fn land_lift(&mut self, iteration: u32, view: usize, figures: &[u32]) -> Result<(), TrainError> {
        self.buffers.fit(&self.gpu, &self.rows, figures[COUNT_ENTRIES_NEEDED as usize], 0)?;
        if figures[COUNT_OVERFLOW as usize] != 0 {
            self.go_back(iteration);
            self.lift_due = true;
            self.lifting.iter_mut().for_each(|l| l.back_to(view));
        } else if self.lifting.as_ref().is_some_and(|l| l.is_last(view)) {
            self.lifting = None;
        }
        Ok(())
    }
}

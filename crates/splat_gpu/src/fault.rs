//! What went wrong on the device without being asked: it was lost, ran out of memory, or refused a command. Kept until
//! somebody looks, since wgpu tells it at any time and would else end the process.

use crate::gpu::{Gpu, GpuError};
use std::sync::{Arc, Mutex};

/// The first fault of a device; a lost device outranks what follows from it.
#[derive(Debug, Default)]
pub(crate) struct Fault(Mutex<Option<Kind>>);

#[derive(Clone, Debug)]
enum Kind {
    Lost(String),
    OutOfMemory(String),
    Refused(String),
}

impl Fault {
    /// Listens to a device that nobody else listens to.
    pub(crate) fn listen(device: &wgpu::Device) -> Arc<Self> {
        let fault = Arc::new(Self::default());
        let heard = fault.clone();
        device.set_device_lost_callback(move |reason, message| {
            let message = if message.is_empty() { format!("{reason:?}") } else { message };
            heard.note(Kind::Lost(message));
        });
        let heard = fault.clone();
        device.on_uncaptured_error(Arc::new(move |error| heard.note(Kind::of(&error))));
        fault
    }

    fn note(&self, kind: Kind) {
        let mut first = self.0.lock().unwrap_or_else(|e| e.into_inner());
        if first.is_none() || matches!((&*first, &kind), (Some(Kind::Refused(_)), Kind::Lost(_))) {
            *first = Some(kind);
        }
    }

    fn error(&self) -> Option<GpuError> {
        let first = self.0.lock().unwrap_or_else(|e| e.into_inner());
        first.clone().map(|kind| match kind {
            Kind::Lost(message) => GpuError::Lost(message),
            Kind::OutOfMemory(what) => GpuError::OutOfMemory(what),
            Kind::Refused(message) => GpuError::Refused(message),
        })
    }
}

impl Kind {
    fn of(error: &wgpu::Error) -> Self {
        let text = error.to_string();
        match error {
            wgpu::Error::OutOfMemory { .. } => Self::OutOfMemory("a command".to_owned()),
            wgpu::Error::Validation { .. } | wgpu::Error::Internal { .. } => Self::Refused(text),
        }
    }
}

impl Gpu {
    /// Fails where the device was lost, ran out of memory or refused a command since it was opened. Knows nothing of devices
    /// that somebody else opened.
    ///
    /// # Errors
    /// [`GpuError::Lost`], [`GpuError::OutOfMemory`], [`GpuError::Refused`].
    pub fn check(&self) -> Result<(), GpuError> {
        let error = match self.fault.error() {
            // A device that is gone refuses commands before it says so: in a moment it will.
            Some(GpuError::Refused(_)) => {
                let _ = self.settle();
                self.fault.error()
            }
            error => error,
        };
        error.map_or(Ok(()), Err)
    }

    /// Makes buffers, and fails where the device has no room for them instead of going on without. `what` names them.
    ///
    /// # Errors
    /// [`GpuError::OutOfMemory`], and those of `make`.
    pub fn allocate<T, E: From<GpuError>>(&self, what: &str, make: impl FnOnce(&Gpu) -> Result<T, E>) -> Result<T, E> {
        let scope = self.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let made = make(self);
        match pollster::block_on(scope.pop()) {
            Some(_) => Err(GpuError::OutOfMemory(what.to_owned()).into()),
            None => made,
        }
    }
}

//! How many bytes buffers will take, before they are made: the constructors themselves run on a handle that only counts, so
//! that an estimate can never lag behind them.

use crate::gpu::Gpu;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Bytes by label.
#[derive(Debug, Default)]
pub struct Ledger {
    bytes: Mutex<BTreeMap<String, u64>>,
}

impl Ledger {
    pub(crate) fn book(&self, label: &str, bytes: u64) {
        let mut all = self.bytes.lock().unwrap_or_else(|e| e.into_inner());
        *all.entry(label.to_owned()).or_default() += bytes;
    }
}

impl Gpu {
    /// Runs `make` on a handle of the same device that books buffers and textures at their size and makes them tiny. What comes
    /// of `make` is good for nothing but to be dropped. Returns the bytes by label.
    ///
    /// # Errors
    /// Those of `make`, e.g. what the adapter cannot bind.
    pub fn plan<T, E>(&self, make: impl FnOnce(&Gpu) -> Result<T, E>) -> Result<BTreeMap<String, u64>, E> {
        let ledger = Arc::new(Ledger::default());
        make(&Gpu { ledger: Some(ledger.clone()), ..self.clone() })?;
        let bytes = std::mem::take(&mut *ledger.bytes.lock().unwrap_or_else(|e| e.into_inner()));
        Ok(bytes)
    }

    /// The size that is really made of what should have `bytes`: all of it, or next to nothing where it is only booked.
    pub(crate) fn booked(&self, label: &str, bytes: u64, token: u64) -> u64 {
        match &self.ledger {
            Some(ledger) => {
                ledger.book(label, bytes);
                token
            }
            None => bytes,
        }
    }
}

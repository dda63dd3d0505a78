//! A photograph of the capture, read, undistorted and made small enough for a texture on a thread of its own.

use splat_core::{Intrinsics, Photo, View};
use std::sync::{Arc, Mutex};

/// Longest side of the texture, pixels: what every adapter takes, and more than a window shows.
const MOST_PIXELS: u32 = 4_096;

/// A photograph that has come in.
pub(super) struct Photograph {
    /// Name of its view.
    pub name: String,
    /// Its lens at its size in the capture.
    pub lens: Intrinsics,
    /// Width and height of the pixels.
    pub size: [usize; 2],
    /// `[H, W, 4]` sRGB; transparent where it is masked out.
    pub rgba: Vec<u8>,
}

/// A photograph on its way.
pub(super) struct Loading {
    /// Name of its view.
    pub name: String,
    result: Arc<Mutex<Option<Result<Photograph, String>>>>,
}

impl Loading {
    /// Starts to read.
    pub fn start(view: View) -> Self {
        let loading = Self { name: view.name.clone(), result: Arc::default() };
        let result = loading.result.clone();
        let give = |place: &Mutex<Option<_>>, value| *place.lock().unwrap_or_else(|e| e.into_inner()) = Some(value);
        let work = move || {
            let photo = splat_io::load_photo(&view).map_err(|e| e.to_string());
            give(&result, photo.map(|photo| shrink(&view, &photo)));
        };
        if let Err(e) = std::thread::Builder::new().name("photograph".to_owned()).spawn(work) {
            give(&loading.result, Err(format!("no thread could be started: {e}")));
        }
        loading
    }

    /// The photograph, once.
    pub fn take(&self) -> Option<Result<Photograph, String>> {
        self.result.lock().unwrap_or_else(|e| e.into_inner()).take()
    }
}

/// Every n-th pixel of what is too large.
fn shrink(view: &View, photo: &Photo) -> Photograph {
    let step = photo.width.max(photo.height).div_ceil(MOST_PIXELS).max(1) as usize;
    let (width, height) = (photo.width as usize, photo.height as usize);
    let rows = photo.rgba.chunks_exact(4 * width.max(1)).step_by(step);
    let rgba = rows.flat_map(|row| row.chunks_exact(4).step_by(step)).flatten().copied().collect();
    let size = [width.div_ceil(step), height.div_ceil(step)];
    Photograph { name: view.name.clone(), lens: view.camera.intrinsics, size, rgba }
}

//! COLMAP's text files: one record a line (two for images), `#` starts a comment.

use super::{CameraRecord, ImageRecord, image_record, model};
use crate::IoError;
use glam::DVec3;
use splat_core::SparsePoint;
use std::path::Path;
use std::str::{FromStr, SplitAsciiWhitespace};

/// Lines with their numbers from 1, comments left out, blank ones kept.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines()).filter(|(_, line)| !line.trim_start().starts_with('#'))
}

/// The words of one line, taken one by one.
struct Words<'a> {
    path: &'a Path,
    line: usize,
    words: SplitAsciiWhitespace<'a>,
}

impl<'a> Words<'a> {
    fn new(path: &'a Path, line: usize, text: &'a str) -> Self {
        Self { path, line, words: text.split_ascii_whitespace() }
    }

    fn bad(&self, message: impl Into<String>) -> IoError {
        IoError::bad_at(self.path, format_args!("line {}", self.line), message)
    }

    fn word(&mut self) -> Result<&'a str, IoError> {
        self.words.next().ok_or_else(|| self.bad("the line is too short; is the file truncated?"))
    }

    fn number<T: FromStr>(&mut self) -> Result<T, IoError> {
        let word = self.word()?;
        word.parse().map_err(|_| self.bad(format!("`{word}` is not the number that belongs here")))
    }

    fn floats<const N: usize>(&mut self) -> Result<[f64; N], IoError> {
        let mut values = [0.0; N];
        for v in &mut values {
            *v = self.number()?;
        }
        Ok(values)
    }
}

/// cameras.txt: `id model width height params...`.
pub(super) fn cameras(path: &Path) -> Result<Vec<CameraRecord>, IoError> {
    let text = crate::read_text(path)?;
    let one = |(line, text)| {
        let mut w = Words::new(path, line, text);
        let (id, name) = (w.number()?, w.word()?);
        let model = model::MODELS.iter().find(|m| m.name == name);
        let model = model.ok_or_else(|| w.bad(format!("unknown camera model `{name}`")))?;
        let (width, height) = (w.number()?, w.number()?);
        let params = (0..model.params).map(|_| w.number()).collect::<Result<_, _>>()?;
        Ok(CameraRecord { id, model, width, height, params })
    };
    lines(&text).filter(|(_, line)| !line.trim().is_empty()).map(one).collect()
}

/// images.txt: `id qw qx qy qz tx ty tz camera name`, then a line of observations, which may be blank.
pub(super) fn images(path: &Path) -> Result<Vec<ImageRecord>, IoError> {
    let text = crate::read_text(path)?;
    let mut images = Vec::new();
    let mut lines = lines(&text).peekable();
    while let Some((line, text)) = lines.next() {
        if text.trim().is_empty() {
            continue;
        }
        let mut w = Words::new(path, line, text);
        w.number::<u32>()?;
        let (q, t) = (w.floats()?, w.floats()?);
        let camera = w.number()?;
        let first = w.word()?;
        // The name is the rest of the line: it may hold spaces.
        let start = first.as_ptr() as usize - text.as_ptr() as usize;
        images.push(image_record(path, text[start..].trim_end().to_owned(), camera, q, t)?);
        // Observations come in threes; some writers leave their line out.
        lines.next_if(|(_, next)| next.split_ascii_whitespace().count() % 3 == 0);
    }
    Ok(images)
}

/// points3D.txt: `id x y z r g b error track...`.
pub(super) fn points(path: &Path) -> Result<Vec<SparsePoint>, IoError> {
    let text = crate::read_text(path)?;
    let one = |(line, text)| {
        let mut w = Words::new(path, line, text);
        w.number::<u64>()?;
        let position = DVec3::from_array(w.floats()?).as_vec3();
        let rgb = [w.number()?, w.number()?, w.number()?];
        w.number::<f64>()?;
        Ok(SparsePoint { position, rgb })
    };
    lines(&text).filter(|(_, line)| !line.trim().is_empty()).map(one).collect()
}

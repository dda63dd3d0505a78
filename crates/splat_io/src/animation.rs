//! Animated PNG: a sequence of frames in one file that browsers and most viewers play.

use crate::IoError;
use crate::files::temporary_beside;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Writes an animation frame by frame; a file that is not finished is not there.
pub struct AnimationWriter {
    path: PathBuf,
    file: NamedTempFile,
    writer: png::Writer<BufWriter<File>>,
    frame_bytes: usize,
}

impl AnimationWriter {
    /// Starts an animation of exactly `frames` RGB frames of `[width, height]` pixels, `fps` a second, played for ever.
    pub fn create(path: &Path, [width, height]: [u32; 2], frames: u32, fps: u32) -> Result<Self, IoError> {
        let file = temporary_beside(path)?;
        let out = BufWriter::with_capacity(1 << 20, file.reopen().map_err(|e| IoError::write(path, e))?);
        let mut encoder = png::Encoder::new(out, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        encoder.validate_sequence(true);
        let rate = u16::try_from(fps.max(1)).unwrap_or(u16::MAX);
        let started = encoder.set_animated(frames, 0).and_then(|()| encoder.set_frame_delay(1, rate));
        let writer = started.and_then(|()| encoder.write_header()).map_err(|e| failed(path, e))?;
        Ok(Self { path: path.to_owned(), file, writer, frame_bytes: 3 * width as usize * height as usize })
    }

    /// Adds a frame, `[H, W]` RGB of 8 bits.
    pub fn add(&mut self, rgb: &[u8]) -> Result<(), IoError> {
        if rgb.len() != self.frame_bytes {
            let message = format!("a frame has {} bytes where {} are due", rgb.len(), self.frame_bytes);
            return Err(IoError::bad(&self.path, message));
        }
        self.writer.write_image_data(rgb).map_err(|e| failed(&self.path, e))
    }

    /// Completes the file. Fails where frames are missing.
    pub fn finish(self) -> Result<(), IoError> {
        let Self { path, file, writer, .. } = self;
        writer.finish().map_err(|e| failed(&path, e))?;
        file.as_file().sync_all().map_err(|e| IoError::write(&path, e))?;
        file.persist(&path).map_err(|e| IoError::write(&path, e.error))?;
        Ok(())
    }
}

fn failed(path: &Path, error: png::EncodingError) -> IoError {
    match error {
        png::EncodingError::IoError(e) => IoError::write(path, e),
        other => IoError::bad(path, format!("cannot be written as an animation: {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_animation_holds_its_frames() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.png");
        let frame = |value: u8| vec![value; 3 * 8 * 6];
        let mut writer = AnimationWriter::create(&path, [8, 6], 3, 25).unwrap();
        (0..3).for_each(|i| writer.add(&frame(40 * i)).unwrap());
        assert!(writer.add(&[0; 5]).is_err());
        assert!(!path.exists(), "not before it is whole");
        writer.finish().unwrap();
        let decoder = png::Decoder::new(std::io::BufReader::new(File::open(&path).unwrap()));
        let mut reader = decoder.read_info().unwrap();
        let control = reader.info().animation_control.unwrap();
        assert_eq!((control.num_frames, control.num_plays), (3, 0));
        let delay = reader.info().frame_control.unwrap();
        assert_eq!((delay.delay_num, delay.delay_den), (1, 25));
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        for i in 0..3 {
            reader.next_frame(&mut pixels).unwrap();
            assert_eq!(pixels, frame(40 * i));
        }
    }

    #[test]
    fn an_animation_without_all_its_frames_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.png");
        let mut writer = AnimationWriter::create(&path, [2, 2], 2, 25).unwrap();
        writer.add(&[7; 12]).unwrap();
        assert!(writer.finish().is_err() && !path.exists());
        assert!(AnimationWriter::create(&path, [2, 2], 0, 25).is_err());
        assert!(AnimationWriter::create(&folder.path().join("no/such/film.png"), [2, 2], 1, 25).is_err());
    }
}

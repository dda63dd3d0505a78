//! Frames joined into one file: an animated PNG by ourselves, everything else by `ffmpeg`.

use crate::IoError;
use crate::animation::AnimationWriter;
use image::RgbImage;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A video that is being written.
pub enum Video {
    /// By ourselves.
    AnimatedPng(Box<AnimationWriter>),
    /// By another program.
    Ffmpeg(Ffmpeg),
}

/// Takes raw frames from its standard input.
pub struct Ffmpeg {
    child: Child,
    path: PathBuf,
}

impl Video {
    /// Starts a video of `frames` frames at `fps` frames a second; all have this size. The file's name says the format.
    ///
    /// # Errors
    /// Another format than PNG without `ffmpeg`, a folder that cannot be written.
    pub fn start(path: &Path, size: [u32; 2], frames: u32, fps: u32) -> Result<Self, IoError> {
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
        match extension.as_str() {
            "png" | "apng" => Ok(Self::AnimatedPng(Box::new(AnimationWriter::create(path, size, frames, fps)?))),
            "mp4" | "webm" | "mkv" | "mov" | "avi" | "gif" => Ok(Self::Ffmpeg(Ffmpeg::start(path, size, fps)?)),
            _ => {
                let endings = ".png (animated), or with ffmpeg .mp4, .webm, .mkv, .mov, .avi, .gif";
                Err(IoError::bad(path, format!("has no ending of a video: {endings}")))
            }
        }
    }

    /// Adds a frame.
    pub fn add(&mut self, frame: &RgbImage) -> Result<(), IoError> {
        match self {
            Self::AnimatedPng(writer) => writer.add(frame.as_raw()),
            Self::Ffmpeg(ffmpeg) => ffmpeg.add(frame.as_raw()),
        }
    }

    /// Completes the file.
    pub fn finish(self) -> Result<(), IoError> {
        match self {
            Self::AnimatedPng(writer) => writer.finish(),
            Self::Ffmpeg(mut ffmpeg) => ffmpeg.end(),
        }
    }
}

impl Ffmpeg {
    fn start(path: &Path, [width, height]: [u32; 2], fps: u32) -> Result<Self, IoError> {
        let size = format!("{width}x{height}");
        let mut command = Command::new("ffmpeg");
        command.args(["-hide_banner", "-loglevel", "error", "-y"]);
        command.args(["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", &size, "-r", &fps.to_string(), "-i", "-"]);
        if !path.extension().is_some_and(|e| e.eq_ignore_ascii_case("gif")) {
            // What players expect: sub-sampled colours, which want even sizes.
            command.args(["-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-pix_fmt", "yuv420p"]);
        }
        // `./` keeps a name that begins with a dash from being an option.
        let target = if path.is_relative() { Path::new(".").join(path) } else { path.to_owned() };
        let started = command.arg(target).stdin(Stdio::piped()).stdout(Stdio::null()).spawn();
        let child = started.map_err(|e| {
            let is_missing = e.kind() == std::io::ErrorKind::NotFound;
            let reason = if is_missing { "is not installed".to_owned() } else { format!("does not start ({e})") };
            let cure = "install it, or name a file *.png for an animated PNG";
            IoError::bad(path, format!("the program ffmpeg {reason}: {cure}"))
        })?;
        Ok(Self { child, path: path.to_owned() })
    }

    fn add(&mut self, frame: &[u8]) -> Result<(), IoError> {
        match self.child.stdin.as_mut().map(|input| input.write_all(frame)) {
            Some(Ok(())) => Ok(()),
            // It gave up: its own words and its exit say why.
            Some(Err(e)) => self.end().and_then(|()| Err(IoError::write(&self.path, e))),
            None => Ok(()),
        }
    }

    /// Lets it write what it has, and waits for it.
    fn end(&mut self) -> Result<(), IoError> {
        drop(self.child.stdin.take());
        let status = self.child.wait().map_err(|e| IoError::write(&self.path, e))?;
        if status.success() {
            return Ok(());
        }
        let reason = format!("ffmpeg ended with {status}; what it said stands above");
        Err(IoError::write(&self.path, std::io::Error::other(reason)))
    }
}

impl Drop for Ffmpeg {
    /// A rendering that failed must not leave it waiting for frames.
    fn drop(&mut self) {
        let _ = self.end();
    }
}

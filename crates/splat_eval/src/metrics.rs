//! `metrics.jsonl`, the diary of a training run: one JSON object per line.

use crate::EvalError;
use serde::{Deserialize, Deserializer, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

/// One line of `metrics.jsonl`: how a training run stood after an iteration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MetricRow {
    /// Steps done.
    pub iteration: u32,
    /// The whole loss.
    #[serde(deserialize_with = "number_or_nan")]
    pub loss: f32,
    /// Mean absolute colour error, 0..1.
    #[serde(deserialize_with = "number_or_nan")]
    pub l1: f32,
    /// 1 - SSIM.
    #[serde(deserialize_with = "number_or_nan")]
    pub ssim_loss: f32,
    /// Cross-entropy of the classes, in nats; 0 without labels.
    #[serde(deserialize_with = "number_or_nan")]
    pub semantic: f32,
    /// PSNR of the training views since the last row, in dB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub psnr: Option<f32>,
    /// PSNR of held-out views, in dB, where it was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_out_psnr: Option<f32>,
    /// mIoU of held-out views, 0..1, where it was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_out_miou: Option<f32>,
    /// Gaussians in the cloud.
    pub gaussians: u32,
    /// Seconds of training so far.
    pub seconds: f64,
    /// Bytes of the process that were resident then, where the system tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rss_bytes: Option<u64>,
}

/// JSON has no NaN: a loss that came to nothing is written as `null`.
fn number_or_nan<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f32, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f32::NAN))
}

/// Appends rows to `metrics.jsonl`, one JSON object per line; makes the file where there is none, and first cuts off a
/// last line that a killed run left unfinished.
///
/// # Errors
/// If the file cannot be written.
pub fn append_metrics(path: &Path, rows: &[MetricRow]) -> Result<(), EvalError> {
    let mut text = Vec::new();
    for row in rows {
        serde_json::to_writer(&mut text, row).map_err(|e| EvalError::drawing(path, e))?;
        text.push(b'\n');
    }
    let write = || {
        let mut file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)?;
        let whole = whole_lines(&mut file)?;
        file.set_len(whole)?;
        file.seek(SeekFrom::Start(whole))?;
        file.write_all(&text)
    };
    write().map_err(|e| splat_io::IoError::write(path, e).into())
}

/// Bytes up to the end of the last finished line; reads from the end, since diaries of long runs are long.
fn whole_lines(file: &mut File) -> std::io::Result<u64> {
    let mut end = file.seek(SeekFrom::End(0))?;
    let mut piece = [0; 512];
    while end > 0 {
        let begin = end.saturating_sub(piece.len() as u64);
        let read = &mut piece[..(end - begin) as usize];
        file.seek(SeekFrom::Start(begin))?;
        file.read_exact(read)?;
        if let Some(at) = read.iter().rposition(|&b| b == b'\n') {
            return Ok(begin + at as u64 + 1);
        }
        end = begin;
    }
    Ok(0)
}

/// Drops the rows of steps after `iteration` and whatever cannot be read, in one piece. No file is no rows.
///
/// # Errors
/// If the file can be read and not be written.
pub fn trim_metrics(path: &Path, iteration: u32) -> Result<(), EvalError> {
    let Ok(bytes) = std::fs::read(path) else { return Ok(()) };
    let is_kept = |line: &&[u8]| serde_json::from_slice::<MetricRow>(line).is_ok_and(|row| row.iteration <= iteration);
    let kept: Vec<u8> = bytes.split_inclusive(|&b| b == b'\n').filter(is_kept).flatten().copied().collect();
    if kept.len() == bytes.len() { Ok(()) } else { Ok(splat_io::files::write_atomic(path, &kept)?) }
}

/// Reads `metrics.jsonl`. A last line that a killed run left unfinished is left out.
///
/// # Errors
/// If the file cannot be read or a finished line is not a row.
pub fn read_metrics(path: &Path) -> Result<Vec<MetricRow>, EvalError> {
    let text = splat_io::read_text(path)?;
    let mut rows = Vec::new();
    for (index, line) in text.split_inclusive('\n').enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        match serde_json::from_str(line) {
            Ok(row) => rows.push(row),
            Err(_) if !line.ends_with('\n') => {}
            Err(e) => {
                let message = format!("no row of metrics: {e}");
                return Err(EvalError::BadRow { path: path.to_owned(), row: index + 1, message });
            }
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(n: u32) -> Vec<MetricRow> {
        let row = |i| MetricRow {
            iteration: i + 1,
            loss: 1.0 / (i + 1) as f32,
            psnr: (i % 2 == 0).then_some(20.0 + i as f32),
            seconds: 0.1 * i as f64,
            ..MetricRow::default()
        };
        (0..n).map(row).collect()
    }

    #[test]
    fn rows_survive_the_file_and_a_torn_last_line_is_left_out() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("metrics.jsonl");
        append_metrics(&path, &rows(3)).unwrap();
        append_metrics(&path, &rows(2)).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 5);
        assert_eq!(read_metrics(&path).unwrap()[..3], rows(3));
        std::fs::write(&path, format!("{text}{{\"iterat")).unwrap();
        assert_eq!(read_metrics(&path).unwrap().len(), 5);
        append_metrics(&path, &[MetricRow { loss: f32::NAN, ..MetricRow::default() }]).unwrap();
        let grown = read_metrics(&path).unwrap();
        assert!(grown.len() == 6 && grown[5].loss.is_nan(), "a torn line is cut off, a NaN comes back");
        std::fs::write(&path, format!("{text}nonsense\n{text}")).unwrap();
        trim_metrics(&path, 2).unwrap();
        assert_eq!(
            read_metrics(&path).unwrap().iter().map(|r| r.iteration).collect::<Vec<_>>(),
            [1, 2, 1, 2].repeat(2)
        );
        trim_metrics(&dir.path().join("no such file"), 2).unwrap();
        std::fs::write(&path, format!("{text}nonsense\n{text}")).unwrap();
        let error = read_metrics(&path).unwrap_err();
        assert!(error.to_string().contains("metrics.jsonl, row 6") && error.is_bad_input(), "{error}");
    }
}

//! Progress for people, on stderr: a bar on a terminal, a line now and then elsewhere, nothing when asked to be quiet.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Between two lines where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);
/// Parts of a bar.
const BAR_STEPS: u64 = 1000;

/// Shows how far a command has come. May be told from any thread.
pub struct Progress {
    style: Style,
}

enum Style {
    Quiet,
    Bar(ProgressBar),
    Lines(Mutex<Lines>),
}

/// What was last printed, and when.
struct Lines {
    what: String,
    at: Instant,
}

/// How a training run stands.
#[derive(Clone, Copy, Debug)]
pub struct TrainingFigures {
    /// Steps done.
    pub iteration: u32,
    /// Steps to do.
    pub iterations: u32,
    /// Loss, averaged over the last steps.
    pub loss: f32,
    /// PSNR of training views in dB, averaged over the last steps.
    pub psnr: f32,
    /// Steps per second.
    pub its_per_s: f64,
    /// Gaussians.
    pub gaussians: u32,
}

impl Progress {
    /// For this process's stderr.
    pub fn new(quiet: bool) -> Self {
        let style = if quiet {
            Style::Quiet
        } else if std::io::stderr().is_terminal() {
            let bar = ProgressBar::new(BAR_STEPS);
            let look = ProgressStyle::with_template("{bar:28.cyan/black.bright} {msg}");
            bar.set_style(look.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸─"));
            Style::Bar(bar)
        } else {
            Style::Lines(Mutex::new(Lines { what: String::new(), at: Instant::now() }))
        };
        Self { style }
    }

    /// Something is being done, and this share of it (0..1) is finished.
    pub fn stage(&self, what: &str, share: f32) {
        self.show(what, share, || format!("{what} {:.0} %", 100.0 * share));
    }

    /// A training run has come this far.
    pub fn training(&self, f: &TrainingFigures) {
        let share = f.iteration as f32 / f.iterations.max(1) as f32;
        self.show("training", share, || training_line(f));
    }

    fn show(&self, what: &str, share: f32, text: impl Fn() -> String) {
        match &self.style {
            Style::Quiet => {}
            Style::Bar(bar) => {
                bar.set_position((share.clamp(0.0, 1.0) * BAR_STEPS as f32) as u64);
                bar.set_message(text());
            }
            Style::Lines(lines) => {
                let Ok(mut last) = lines.lock() else { return };
                if last.what != what || last.at.elapsed() >= LINE_EVERY {
                    *last = Lines { what: what.to_owned(), at: Instant::now() };
                    say_err(&text());
                }
            }
        }
    }

    /// A line that stays, e.g. a warning.
    pub fn note(&self, text: &str) {
        match &self.style {
            Style::Quiet => {}
            Style::Bar(bar) => bar.suspend(|| say_err(text)),
            Style::Lines(_) => say_err(text),
        }
    }

    /// Warnings are worth a line each even when quiet.
    pub fn warn(&self, warnings: &[String]) {
        for warning in warnings {
            let text = format!("warning: {warning}");
            if let Style::Quiet = self.style { say_err(&text) } else { self.note(&text) }
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Style::Bar(bar) = &self.style {
            bar.finish_and_clear();
        }
    }
}

fn training_line(f: &TrainingFigures) -> String {
    let left = (f.iterations - f.iteration.min(f.iterations)) as f64 / f.its_per_s.max(1e-9);
    let mut line = format!("{}/{}", f.iteration, f.iterations);
    if f.loss.is_finite() {
        line += &format!(" · loss {:.4} · {:.2} dB", f.loss, f.psnr);
    }
    line += &format!(" · {:.2} it/s · {} Gaussians", f.its_per_s, grouped(f.gaussians as u64));
    if f.its_per_s > 0.0 { format!("{line} · {} left", duration(left)) } else { line }
}

/// 12345 -> 12,345.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Seconds in words.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5400.0 => format!("{:.0} min {:02} s", (s / 60.0).floor(), s as u64 % 60),
        s => format!("{:.0} h {:02} min", (s / 3600.0).floor(), s as u64 / 60 % 60),
    }
}

/// A line on stderr; a closed pipe is nobody's business.
pub fn say_err(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// A line on stdout, for answers; a closed pipe is nobody's business.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        let figures = TrainingFigures {
            iteration: 400,
            iterations: 1000,
            loss: 0.1234,
            psnr: 23.456,
            its_per_s: 2.0,
            gaussians: 54_321,
        };
        assert_eq!(
            training_line(&figures),
            "400/1000 · loss 0.1234 · 23.46 dB · 2.00 it/s · 54,321 Gaussians · 5 min 00 s left"
        );
        assert_eq!((duration(59.6), duration(7320.0)), ("60 s".to_owned(), "2 h 02 min".to_owned()));
        assert_eq!((grouped(7), grouped(1_000), grouped(123_456)), ("7".into(), "1,000".into(), "123,456".into()));
    }
}

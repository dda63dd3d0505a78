//! The picture of a training run: loss, PSNR, mIoU and the number of Gaussians over iterations.

use crate::{EvalError, MetricRow, text};
use image::RgbImage;
use plotters::coord::Shift;
use plotters::prelude::*;
use std::path::Path;
use std::sync::OnceLock;

const SIZE: (u32, u32) = (1000, 1040);
const BLUE: RGBColor = RGBColor(38, 104, 176);
const ORANGE: RGBColor = RGBColor(214, 106, 30);
const GREEN: RGBColor = RGBColor(46, 132, 84);
const INK: RGBColor = RGBColor(50, 50, 56);
const GRID: RGBColor = RGBColor(228, 228, 232);

/// Plots loss, PSNR and the number of Gaussians over iterations and writes a PNG.
///
/// # Errors
/// If the plot cannot be drawn or the file not be written.
pub fn training_curves(path: &Path, rows: &[MetricRow]) -> Result<(), EvalError> {
    crate::report::save_png(path, &draw_curves(rows).map_err(|e| EvalError::drawing(path, e))?)
}

/// One line of a plot.
struct Curve<'a> {
    name: &'a str,
    colour: RGBColor,
    points: Vec<(f64, f64)>,
    /// Few, measured points: marked, while dense series are smoothed over.
    sparse: bool,
}

type DrawError = Box<dyn std::error::Error>;

/// The plot as a picture. Empty diaries give empty plots.
pub fn draw_curves(rows: &[MetricRow]) -> Result<RgbImage, DrawError> {
    register_font();
    let curve = |name, colour, sparse, value: &dyn Fn(&MetricRow) -> Option<f64>| Curve {
        name,
        colour,
        sparse,
        points: rows
            .iter()
            .filter_map(|r| value(r).filter(|v| v.is_finite()).map(|v| (r.iteration as f64, v)))
            .collect(),
    };
    let real = |v: Option<f32>| v.map(f64::from);
    let labelled = rows.iter().any(|r| r.semantic != 0.0);
    let mut losses = vec![curve("whole loss", BLUE, false, &|r| real(Some(r.loss)))];
    if labelled {
        losses.push(curve("cross-entropy of classes", ORANGE, false, &|r| real(Some(r.semantic))));
    }
    let mut quality = vec![
        curve("training views", BLUE, false, &|r| real(r.psnr)),
        curve("held-out views", ORANGE, true, &|r| real(r.held_out_psnr)),
    ];
    quality.retain(|c| !c.points.is_empty());
    let miou = curve("held-out mIoU", GREEN, true, &|r| real(r.held_out_miou));
    let counts = vec![curve("Gaussians", GREEN, false, &|r| Some(r.gaussians as f64))];
    let mut plots = vec![("loss", losses), ("PSNR in dB", quality), ("Gaussians", counts)];
    if !miou.points.is_empty() {
        plots.insert(2, ("mIoU", vec![miou]));
    }
    let end = rows.last().map_or(1.0, |r| r.iteration.max(1) as f64);

    let mut pixels = vec![0u8; (SIZE.0 * SIZE.1 * 3) as usize];
    {
        let root = BitMapBackend::with_buffer(&mut pixels, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let areas = root.split_evenly((plots.len(), 1));
        for (area, (title, curves)) in areas.iter().zip(&plots) {
            draw_plot(area, title, curves, end)?;
        }
        root.present()?;
    }
    RgbImage::from_raw(SIZE.0, SIZE.1, pixels).ok_or_else(|| "the plot has a wrong size".into())
}

fn draw_plot(
    area: &DrawingArea<BitMapBackend, Shift>,
    title: &str,
    curves: &[Curve],
    end: f64,
) -> Result<(), DrawError> {
    let (low, high) = value_range(curves);
    let mut chart = ChartBuilder::on(area)
        .margin(10)
        .margin_right(24)
        .caption(title, ("sans-serif", 20).into_font().color(&INK))
        .x_label_area_size(24)
        .y_label_area_size(64)
        .build_cartesian_2d(0.0..end, low..high)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(INK)
        .x_labels(8)
        .y_labels(6)
        .x_label_formatter(&|v| grouped(*v))
        .y_label_formatter(&|v| if high - low > 50.0 { grouped(*v) } else { trimmed(*v) })
        .label_style(("sans-serif", 15).into_font().color(&INK))
        .draw()?;
    for curve in curves {
        let colour = curve.colour;
        let drawn = if curve.sparse {
            chart.draw_series(curve.points.iter().map(|&p| Circle::new(p, 4, colour.filled())))?;
            chart.draw_series(LineSeries::new(curve.points.iter().copied(), colour.stroke_width(2)))?
        } else {
            let smooth = smoothed(&curve.points);
            chart.draw_series(LineSeries::new(curve.points.iter().copied(), colour.mix(0.25)))?;
            chart.draw_series(LineSeries::new(smooth, colour.stroke_width(2)))?
        };
        drawn
            .label(curve.name)
            .legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 18, y)], colour.stroke_width(3)));
    }
    // The labels go where the curves are not.
    let falls = curves.iter().any(|c| matches!((c.points.first(), c.points.last()), (Some(a), Some(b)) if b.1 < a.1));
    if curves.len() > 1 {
        chart
            .configure_series_labels()
            .position(if falls { SeriesLabelPosition::UpperRight } else { SeriesLabelPosition::LowerRight })
            .label_font(("sans-serif", 15).into_font().color(&INK))
            .background_style(WHITE.mix(0.85))
            .draw()?;
    }
    Ok(())
}

/// Axis limits with a little air; loss-like values that come near zero have it on the axis.
fn value_range(curves: &[Curve]) -> (f64, f64) {
    let values = || curves.iter().flat_map(|c| c.points.iter().map(|p| p.1));
    let (low, high) = values().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    if low > high {
        return (0.0, 1.0);
    }
    let air = ((high - low) * 0.06).max(high.abs() * 1e-3).max(1e-6);
    let floor = if low >= 0.0 && low < 0.35 * high { 0.0 } else { low - air };
    (floor, high + air)
}

/// Running mean over a fiftieth of the run: single steps see single images and jump about.
fn smoothed(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let half = points.len() / 100;
    let mean = |i: usize| {
        let reach = half.min(i).min(points.len() - 1 - i);
        let window = &points[i - reach..=i + reach];
        (points[i].0, window.iter().map(|p| p.1).sum::<f64>() / window.len() as f64)
    };
    (0..points.len()).map(mean).collect()
}

/// 12345 -> 12,345.
fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut out = String::from(if value < 0.0 { "-" } else { "" });
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(c);
    }
    out
}

fn trimmed(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn register_font() {
    static DONE: OnceLock<()> = OnceLock::new();
    DONE.get_or_init(|| {
        // A font that cannot be read shows in the plot's own error.
        let _ = plotters::style::register_font("sans-serif", FontStyle::Normal, text::font_bytes());
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(n: u32) -> Vec<MetricRow> {
        (0..n)
            .map(|i| {
                let t = i as f32 / n as f32;
                let jitter = ((i * 7919) % 13) as f32 / 13.0;
                MetricRow {
                    iteration: i * 10 + 10,
                    loss: 0.3 * (-4.0 * t).exp() + 0.03 + 0.02 * jitter,
                    semantic: 2.0 * (-6.0 * t).exp() + 0.02 * jitter,
                    psnr: Some(14.0 + 14.0 * t.sqrt() + jitter),
                    held_out_psnr: (i % 20 == 19).then_some(13.5 + 13.0 * t.sqrt()),
                    held_out_miou: (i % 20 == 19).then_some(0.9 * t.sqrt()),
                    gaussians: 5_000 + (t * 30_000.0) as u32,
                    seconds: i as f64 * 0.7,
                    ..MetricRow::default()
                }
            })
            .collect()
    }

    #[test]
    fn curves_are_drawn_in_their_colours() {
        let picture = draw_curves(&rows(200)).unwrap();
        for colour in [BLUE, ORANGE, GREEN] {
            let found = picture.pixels().filter(|p| p.0 == [colour.0, colour.1, colour.2]).count();
            assert!(found > 200, "{colour:?}: {found}");
        }
        if let Some(dir) = std::env::var_os("SEMSPLAT_KEEP_PICTURES") {
            training_curves(&Path::new(&dir).join("curves.png"), &rows(200)).unwrap();
        }
    }

    #[test]
    fn odd_diaries_are_drawn_too() {
        draw_curves(&[]).unwrap();
        draw_curves(&rows(1)).unwrap();
        draw_curves(&[MetricRow { loss: f32::NAN, ..MetricRow::default() }; 3]).unwrap();
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            (grouped(1_234_567.0), grouped(0.0), grouped(-1000.0)),
            ("1,234,567".into(), "0".into(), "-1,000".into())
        );
        assert_eq!((trimmed(0.5), trimmed(20.0)), ("0.5".into(), "20".into()));
    }
}

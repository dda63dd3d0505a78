//! `report.md`: the evaluation for people. Opens with the answer, then pictures, then details.

use crate::object_boxes::ObjectScore;
use crate::report::{ClassReport, Pictures, Report};
use splat_core::LabelSet;
use std::fmt::Write;

/// The whole text. Pictures are linked relative to the folder that the report lies in.
pub fn render(report: &Report, pictures: &Pictures, classes: &LabelSet) -> String {
    let mut out = format!("# {}\n\n", plain(&report.scene));
    let views = report.per_view.len();
    let _ = writeln!(out, "Measured on {views} held-out views that training never saw.\n");
    headline(&mut out, report);
    if let Some(curves) = &pictures.curves {
        let _ =
            writeln!(out, "## Training\n\n![loss, PSNR and number of Gaussians over iterations]({})\n", link(curves));
    }
    panels(&mut out, report, pictures);
    class_table(&mut out, report, classes, pictures.legend.as_deref());
    if let Some(confusion) = &pictures.confusion {
        let _ = writeln!(out, "![what true classes are taken for]({})\n", link(confusion));
    }
    object_table(&mut out, report);
    view_table(&mut out, report);
    stage_table(&mut out, report);
    list(&mut out, "Files", pictures.links.iter().map(|(what, path)| format!("[{}]({})", plain(what), link(path))));
    list(&mut out, "Warnings", report.warnings.iter().map(|w| plain(w)));
    out.push_str(HOW);
    out
}

const HOW: &str = "## How it is measured

* **PSNR** is the mean over views of -10 log10(MSE) on whole 8-bit images; **SSIM** uses an 11 x 11 Gaussian window \
(sigma 1.5) with zero padding. The masked PSNR leaves out what the capture's anonymisation masks hide. *But for exposure*: after an affine colour transform \
that was fitted on one half of the view and scored on the other, both ways.
* **mIoU, whole set**: one confusion matrix over all pixels of all views, mean over the classes of the truth. \
**mIoU, per image**: per view the mean over classes in prediction or truth, then the mean over views, as in the paper.
* **LPIPS** is measured on pictures scaled to -1..1, and again on pictures in 0..1 (as the metrics of 3D Gaussian splatting do).
* **Boundary IoU**: the IoU of pixels at most 2 % of the diagonal away from their class's outline, all views together, mean over \
the classes of the truth. **ECE**: mean over 15 bins of |share that is right - mean probability|, weighted by pixels.
* Pixels without a true label are left out. A labelled pixel that gets no class counts as wrong.
";

fn headline(out: &mut String, r: &Report) {
    let lpips = r.lpips_network.as_ref().map_or("LPIPS".to_owned(), |network| format!("LPIPS ({network})"));
    let mut rows = vec![
        ("PSNR", number(r.psnr, 2, " dB")),
        ("PSNR, valid pixels only", number(r.psnr_masked, 2, " dB")),
        ("PSNR, but for exposure", number(r.psnr_exposed, 2, " dB")),
        ("SSIM", number(r.ssim, 3, "")),
        (lpips.as_str(), number(r.lpips, 3, "")),
        ("LPIPS, pictures in 0..1", number(r.lpips_unnormalised, 3, "")),
        ("mIoU, whole set", number(r.miou_dataset, 3, "")),
        ("mIoU, per image", number(r.miou_image, 3, "")),
        ("accuracy, whole set", percent(r.accuracy)),
        ("accuracy, per image", percent(r.accuracy_image)),
        ("boundary IoU", number(r.boundary_iou, 3, "")),
        ("calibration error (ECE)", percent(r.ece)),
        ("mIoU, mesh vertices", number(r.miou_3d, 3, "")),
        ("accuracy, mesh vertices", percent(r.accuracy_3d)),
        ("surface within 2 % of the mesh's distance", percent(r.depth_near)),
        ("half of the surface within", r.depth_median.map_or(String::new(), |v| format!("{:.2} %", 100.0 * v))),
        ("IoU of objects' 3D boxes", number(r.box_iou, 3, "")),
        ("flicker of rendered classes", percent(r.flicker)),
        ("flicker of the input masks", percent(r.flicker_input)),
        ("Gaussians", grouped(r.gaussians)),
        ("iterations", grouped(r.iterations as u64)),
        ("iterations per second", number(r.its_per_s, 2, "")),
        ("training time", r.train_seconds.map_or(String::new(), duration)),
        ("peak memory of training", r.peak_resident_bytes.map_or(String::new(), mebibytes)),
        ("time in all", r.total_seconds.map_or(String::new(), duration)),
        ("adapter", r.adapter.as_deref().map_or(String::new(), plain)),
        ("trained on labels", plain(&r.trained_on)),
        ("true labels", plain(&r.true_labels)),
    ];
    rows.retain(|(_, value)| !value.is_empty());
    table(out, &["what", ">value"], rows.into_iter().map(|(what, value)| vec![what.to_owned(), value]));
}

fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", grouped(bytes.div_ceil(1 << 20)))
}

fn panels(out: &mut String, report: &Report, pictures: &Pictures) {
    if pictures.panels.is_empty() {
        return;
    }
    out.push_str("## Held-out views\n\nPhotograph, render, rendered classes, true classes.\n\n");
    for (name, path) in &pictures.panels {
        let scores = report.per_view.iter().find(|v| v.name == *name).map_or(String::new(), |v| {
            let parts = [
                number(v.psnr, 2, " dB"),
                number(v.ssim, 3, "").prefixed("SSIM "),
                number(v.miou, 3, "").prefixed("mIoU "),
            ];
            parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(", ")
        });
        let _ = writeln!(out, "**{}** {scores}\n\n![{}]({})\n", plain(name), plain(name), link(path));
    }
}

fn class_table(out: &mut String, report: &Report, classes: &LabelSet, legend: Option<&str>) {
    if report.per_class.is_empty() && legend.is_none() {
        return;
    }
    out.push_str("## Classes\n\n");
    if let Some(legend) = legend {
        let _ = writeln!(out, "![colours of the classes]({})\n", link(legend));
    }
    let trained = |id| classes.is_empty() || classes.column(id).is_some();
    let row = |c: &ClassReport| {
        let mostly = match (&c.confused_with, c.confused_share) {
            (Some(with), Some(share)) if share >= 0.005 => format!("{} ({:.1} %)", plain(with), 100.0 * share),
            _ => String::new(),
        };
        let unseen = if trained(c.id) { "" } else { " (not in the training views)" };
        let name = format!("{}{unseen}", plain(&c.name));
        let boundary = number(c.boundary_iou, 3, "");
        vec![c.id.to_string(), name, bar(c.iou), format!("{:.3}", c.iou), boundary, grouped(c.truth_pixels), mostly]
    };
    let mut there: Vec<&ClassReport> = report.per_class.iter().filter(|c| c.truth_pixels > 0).collect();
    there.sort_by(|a, b| b.iou.total_cmp(&a.iou));
    table(
        out,
        &[">id", "class", "", ">IoU", ">near outline", ">pixels", "mostly taken for"],
        there.into_iter().map(row),
    );
    let mut alarms: Vec<&ClassReport> = report.per_class.iter().filter(|c| c.truth_pixels == 0).collect();
    alarms.sort_by_key(|c| std::cmp::Reverse(c.predicted_pixels));
    if !alarms.is_empty() {
        let names: Vec<String> =
            alarms.iter().map(|c| format!("{} ({} pixels)", plain(&c.name), grouped(c.predicted_pixels))).collect();
        let _ = writeln!(out, "Predicted, but in no view's truth: {}.\n", names.join(", "));
    }
}

/// Annotated objects, those that are met best first.
fn object_table(out: &mut String, report: &Report) {
    if report.objects.is_empty() {
        return;
    }
    out.push_str("## Objects\n\n");
    let mut objects: Vec<&ObjectScore> = report.objects.iter().collect();
    objects.sort_by(|a, b| b.box_iou.total_cmp(&a.box_iou));
    let row = |o: &ObjectScore| {
        let offset = o.offset.map_or("not found".to_owned(), |d| format!("{d:.2}"));
        vec![plain(&o.name), bar(o.box_iou), format!("{:.3}", o.box_iou), offset]
    };
    table(out, &["annotated object", "", ">IoU of 3D boxes", ">middle off by"], objects.into_iter().map(row));
}

fn view_table(out: &mut String, report: &Report) {
    if report.per_view.is_empty() {
        return;
    }
    out.push_str("## Views\n\n");
    let head = ["view", ">PSNR", ">PSNR, valid", ">SSIM", ">LPIPS", ">mIoU", ">accuracy"];
    let rows = report.per_view.iter().map(|v| {
        let name = plain(&v.name);
        let (psnr, masked) = (number(v.psnr, 2, ""), number(v.psnr_masked, 2, ""));
        let (ssim, lpips) = (number(v.ssim, 3, ""), number(v.lpips, 3, ""));
        vec![name, psnr, masked, ssim, lpips, number(v.miou, 3, ""), percent(v.accuracy)]
    });
    table(out, &head, rows);
}

fn stage_table(out: &mut String, report: &Report) {
    if report.stage_ms.is_empty() {
        return;
    }
    out.push_str("## Time per stage\n\nMean milliseconds per training step.\n\n");
    let total: f64 = report.stage_ms.values().sum();
    let row = |(what, ms): (&str, f64)| {
        let share = ms / total.max(f64::MIN_POSITIVE);
        vec![what.to_owned(), bar(share), format!("{ms:.2}"), format!("{:.0} %", 100.0 * share)]
    };
    let rows = report.stage_ms.iter().map(|(stage, ms)| (stage.stem(), *ms)).chain([("all", total)]);
    table(out, &["stage", "", ">ms", ">share"], rows.map(row));
}

fn list(out: &mut String, title: &str, items: impl Iterator<Item = String>) {
    let items: Vec<String> = items.map(|item| format!("* {item}\n")).collect();
    if !items.is_empty() {
        let _ = writeln!(out, "## {title}\n\n{}", items.concat());
    }
}

/// A table; columns whose head starts with `>` are aligned to the right, columns without any content are left out.
fn table(out: &mut String, head: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let rows: Vec<Vec<String>> = rows.collect();
    let kept: Vec<usize> = (0..head.len()).filter(|&c| rows.iter().any(|r| !r[c].is_empty())).collect();
    if kept.is_empty() {
        return;
    }
    let mut line = |cells: &mut dyn Iterator<Item = &str>| {
        let _ = writeln!(out, "| {} |", cells.collect::<Vec<_>>().join(" | "));
    };
    line(&mut kept.iter().map(|&c| head[c].trim_start_matches('>')));
    line(&mut kept.iter().map(|&c| if head[c].starts_with('>') { "---:" } else { "---" }));
    rows.iter().for_each(|row| line(&mut kept.iter().map(|&c| row[c].as_str())));
    out.push('\n');
}

trait Prefixed {
    /// With something in front, unless it is empty.
    fn prefixed(self, prefix: &str) -> String;
}

impl Prefixed for String {
    fn prefixed(self, prefix: &str) -> String {
        if self.is_empty() { self } else { format!("{prefix}{self}") }
    }
}

fn number(value: Option<f64>, digits: usize, unit: &str) -> String {
    value.filter(|v| v.is_finite()).map_or(String::new(), |v| format!("{v:.digits$}{unit}"))
}

fn percent(value: Option<f64>) -> String {
    number(value.map(|v| 100.0 * v), 1, " %")
}

/// Ten characters that fill from the left.
fn bar(share: f64) -> String {
    let full = (share.clamp(0.0, 1.0) * 10.0).round() as usize;
    format!("{}{}", "█".repeat(full), "░".repeat(10 - full))
}

/// 12345 -> 12,345.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let cut = |i: usize| i > 0 && (digits.len() - i).is_multiple_of(3);
    digits.chars().enumerate().flat_map(|(i, c)| cut(i).then_some(',').into_iter().chain([c])).collect()
}

fn duration(seconds: f64) -> String {
    match seconds {
        s if !s.is_finite() => String::new(),
        s if s < 90.0 => format!("{s:.1} s"),
        s if s < 5400.0 => format!("{} min {:02} s", s as u64 / 60, s as u64 % 60),
        s => format!("{} h {:02} min", s as u64 / 3600, s as u64 / 60 % 60),
    }
}

/// Text that no table, heading or link takes for its own marks.
fn plain(text: &str) -> String {
    let special = |c: char| "|*_`[]<>#\\".contains(c);
    text.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([if c == '\n' { ' ' } else { c }])).collect()
}

/// A relative path as a link target.
fn link(path: &str) -> String {
    path.replace('\\', "/").replace('%', "%25").replace(' ', "%20").replace('(', "%28").replace(')', "%29")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ViewReport;

    fn class(id: u16, name: &str, iou: f64, truth_pixels: u64) -> ClassReport {
        ClassReport { id, name: name.into(), iou, truth_pixels, predicted_pixels: 4_321, ..ClassReport::default() }
    }

    #[test]
    fn says_what_there_is_and_nothing_else() {
        let view =
            ViewReport { name: "DSC_1.JPG".into(), psnr: Some(27.125), miou: Some(0.9), ..ViewReport::default() };
        let report = Report {
            scene: "living room".into(),
            psnr: Some(27.125),
            gaussians: 12_345,
            peak_resident_bytes: Some(1_300 << 20),
            per_class: vec![class(3, "chair", 0.5, 10), class(1, "wall", 0.9, 20), class(9, "lamp", 0.0, 0)],
            per_view: vec![view],
            ..Report::default()
        };
        let pictures =
            Pictures { panels: vec![("DSC_1.JPG".into(), "panels/DSC 1.png".into())], ..Pictures::default() };
        let text = render(&report, &pictures, &LabelSet::default());
        assert!(text.starts_with("# living room\n"));
        for part in [
            "| PSNR | 27.12 dB |",
            "| Gaussians | 12,345 |",
            "| peak memory of training | 1,300 MiB |",
            "(panels/DSC%201.png)",
            "27.12 dB, mIoU 0.900",
            "| 1 | wall | █████████░ | 0.900 | 20 |",
            "Predicted, but in no view's truth: lamp (4,321 pixels).",
            "DSC\\_1.JPG",
        ] {
            assert!(text.contains(part), "{part} is not in:\n{text}");
        }
        assert!(text.find("wall") < text.find("chair"), "best first");
        for absent in ["SSIM |", "adapter", "Warnings", "Time per stage", "| PSNR, valid"] {
            assert!(!text.contains(absent), "{absent} is in:\n{text}");
        }
    }

    #[test]
    fn numbers_and_times_read_well() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([4.25, 125.0, 7384.0].map(duration), ["4.2 s", "2 min 05 s", "2 h 03 min"]);
        assert_eq!(number(Some(f64::NAN), 1, ""), "");
    }
}

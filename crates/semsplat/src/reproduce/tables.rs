//! Finished rows as the paper's tables.

use super::claims::claims;
use super::document::{Block, Document};
use super::paper;
use super::row::{Masks, Method, Row};
use crate::progress::{duration, grouped};
use std::collections::BTreeSet;

/// Order of methods in a table.
const ORDER: [Method; 6] =
    [Method::Paper, Method::Quality, Method::Grouping, Method::Lift, Method::Colour, Method::Input];
/// Methods of Table 2, as the paper calls them.
const ABLATIONS: [(Method, &str); 4] = [
    (Method::Paper, "original"),
    (Method::Softmax, "softmax"),
    (Method::LittleEntropy, "entropy_0.01"),
    (Method::MuchEntropy, "entropy_0.05"),
];

pub(super) fn scenes(rows: &[Row]) -> BTreeSet<&str> {
    rows.iter().map(|row| row.scene.as_str()).collect()
}

pub(super) fn find<'a>(rows: &'a [Row], scene: &str, masks: Masks, method: &str) -> Option<&'a Row> {
    rows.iter().find(|r| r.scene == scene && r.masks == masks && r.method == method)
}

/// Rows of Table 1 by scene, masks and method. Colour alone knows no masks: its row stands with both.
pub fn table_1(rows: &[Row]) -> Vec<Row> {
    let mut table = Vec::new();
    for scene in scenes(rows) {
        for masks in [Masks::Exact, Masks::Noisy] {
            let is_known = rows.iter().any(|r| {
                r.scene == scene
                    && r.masks == masks
                    && r.method != "colour"
                    && ORDER.iter().any(|m| m.name() == r.method)
            });
            let others = if masks == Masks::Exact { Masks::Noisy } else { Masks::Exact };
            for method in ORDER {
                let own = find(rows, scene, masks, method.name());
                let shared = || find(rows, scene, others, "colour").filter(|_| is_known && method == Method::Colour);
                table.extend(own.or_else(shared).map(|row| Row { masks, ..row.clone() }));
            }
        }
    }
    table
}

/// Rows of Table 2; nothing where only Table 1 was made.
pub fn table_2(rows: &[Row]) -> Vec<Row> {
    let ablated =
        |scene: &&str| ABLATIONS[1..].iter().any(|(m, _)| find(rows, scene, Masks::Exact, m.name()).is_some());
    let named = |scene: &str, (method, name): (Method, &str)| {
        Some(Row { method: name.to_owned(), ..find(rows, scene, Masks::Exact, method.name())?.clone() })
    };
    scenes(rows).into_iter().filter(ablated).flat_map(|s| ABLATIONS.map(|a| named(s, a))).flatten().collect()
}

const HEAD: [&str; 14] = [
    "scene",
    "masks",
    "method",
    "PSNR",
    "SSIM",
    "LPIPS",
    "mIoU (set)",
    "mIoU (image)",
    "accuracy",
    "boundary IoU",
    "mIoU 3D",
    "flicker",
    "Gaussians",
    "time",
];

fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or("–".to_owned(), |v| format!("{v:.digits$}"))
}

fn percent(value: Option<f64>, digits: usize) -> String {
    value.map_or("–".to_owned(), |v| format!("{:.digits$} %", 100.0 * v))
}

fn cells(row: &Row) -> Vec<String> {
    let classes = row.classes.map_or(String::new(), |n| format!(" ({n})"));
    vec![
        format!("{}{classes}", row.scene),
        row.masks.name().to_owned(),
        row.method.clone(),
        number(row.psnr, 2),
        number(row.ssim, 3),
        number(row.lpips, 3),
        number(row.miou_dataset, 3),
        number(row.miou_image, 3),
        percent(row.accuracy, 1),
        number(row.boundary_iou, 3),
        number(row.miou_3d, 3),
        percent(row.flicker, 2),
        row.gaussians.map_or("–".to_owned(), grouped),
        row.seconds.map_or("–".to_owned(), duration),
    ]
}

/// A table for a terminal.
pub fn text(rows: &[Row]) -> String {
    let lines: Vec<Vec<String>> =
        std::iter::once(HEAD.map(str::to_owned).to_vec()).chain(rows.iter().map(cells)).collect();
    let width = |c: usize| lines.iter().map(|l| l[c].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..HEAD.len()).map(width).collect();
    let line = |cells: &Vec<String>| {
        let padded = |(c, cell): (usize, &String)| match c {
            0..3 => format!("{cell:<w$}", w = widths[c]),
            _ => format!("{cell:>w$}", w = widths[c]),
        };
        cells.iter().enumerate().map(padded).collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn own_table(rows: &[Row]) -> Block {
    Block::Table { head: HEAD.map(str::to_owned).to_vec(), rows: rows.iter().map(cells).collect(), text_columns: 3 }
}

fn published_1() -> Block {
    let head = ["masks", "scene (classes)", "method", "PSNR", "SSIM", "LPIPS", "mIoU"].map(str::to_owned).to_vec();
    let mut rows = Vec::new();
    for p in &paper::TABLE_1 {
        for (method, figures) in [("Gaussian Grouping", p.grouping), ("the paper's", Some(p.ours))] {
            let Some([psnr, ssim, lpips, miou]) = figures else { continue };
            rows.push(vec![
                p.masks.to_owned(),
                format!("{} ({})", p.scene, p.classes),
                method.to_owned(),
                format!("{psnr:.2}"),
                format!("{ssim:.3}"),
                format!("{lpips:.2}"),
                format!("{miou:.2}"),
            ]);
        }
    }
    Block::Table { head, rows, text_columns: 3 }
}

fn published_2() -> Block {
    let head = ["scene", "method", "PSNR", "SSIM", "mIoU", "accuracy"].map(str::to_owned).to_vec();
    let row = |(scene, method, [psnr, ssim, miou, accuracy]): &(&str, &str, [f64; 4])| {
        let figures =
            [format!("{psnr:.2}"), format!("{ssim:.3}"), format!("{miou:.3}"), format!("{:.1} %", 100.0 * accuracy)];
        [scene.to_string(), method.to_string()].into_iter().chain(figures).collect()
    };
    Block::Table { head, rows: paper::TABLE_2.iter().map(row).collect(), text_columns: 2 }
}

/// The report: figures are (path, what it shows).
pub fn report(table1: &[Row], table2: &[Row], figures: &[(String, String)]) -> Document {
    let mut document = Document::default();
    document.add(Block::Heading(1, "The paper's tables and figures, measured anew".into()));
    if !table1.is_empty() {
        document.add(Block::Heading(2, "Table 1: mask sources and methods".into()));
        document.add(own_table(table1));
        document.add(Block::Text(METHODS.into()));
        without_truth(table1).into_iter().for_each(|text| document.add(Block::Text(text)));
        if let Some(claims) = claims(table1) {
            document.add(Block::Heading(3, "What changes, beside what the paper says".into()));
            document.add(claims);
        }
        document.add(Block::Heading(3, "The paper's Table 1".into()));
        document.add(published_1());
    }
    if !table2.is_empty() {
        document.add(Block::Heading(2, "Table 2: softmax before blending, entropy".into()));
        document.add(own_table(table2));
        document.add(Block::Heading(3, "The paper's Table 2".into()));
        document.add(published_2());
        document.add(Block::Text(UNRELIABLE.into()));
    }
    if !figures.is_empty() {
        document.add(Block::Heading(2, "Figures".into()));
        figures.iter().for_each(|(path, text)| document.add(Block::Picture(path.clone(), text.clone())));
    }
    document.add(Block::Heading(2, "What differs from the paper".into()));
    document.add(Block::List(differences(table1.iter().chain(table2))));
    document
}

/// What the rows of scenes without an annotated mesh mean.
fn without_truth(rows: &[Row]) -> Option<String> {
    let lacks = |scene: &&str| {
        let mut own = rows.iter().filter(|r| r.scene == **scene);
        own.any(|r| r.miou_dataset.is_some() && r.true_labels != "mesh")
    };
    let names: Vec<&str> = scenes(rows).into_iter().filter(lacks).collect();
    (!names.is_empty()).then(|| {
        format!(
            "No annotated mesh: {}. There are no exact masks, so there are no rows of them, and no true classes: mIoU, accuracy and \
             boundary IoU are agreement with the segmenter's own masks of held-out views, errors included. What those masks \
             themselves score (input) cannot be known.",
            names.join(", ")
        )
    })
}

const METHODS: &str = "paper: joint training as published; quality: this program's preset; grouping: Gaussian Grouping in the same \
program, with its published constants and quality's budget of Gaussians; colour: no classes at all; lift: classes \
for the colour run's cloud in one pass; input: the masks themselves. The number after a scene is that of the classes that were \
scored. Times are of training; lift's includes that of the colours.";

const UNRELIABLE: &str = "The paper's first row of Table 2 repeats the figures of another scene of Table 1 (8e6ff28354), so its table \
says little about what softmax adds.";

fn differences<'a>(rows: impl Iterator<Item = &'a Row> + Clone) -> Vec<String> {
    let is_published = |row: &Row| paper::TABLE_1.iter().any(|p| p.scene == row.scene);
    let mut list = Vec::new();
    if rows.clone().any(|r| !is_published(r)) {
        list.push(
            "Scenes are not the paper's: its tables stand beside ours to be compared in kind, not in digits.".into(),
        );
    }
    if let Some(steps) = rows.clone().filter_map(|r| r.iterations).min().filter(|n| *n < 30_000) {
        list.push(format!(
            "Trained for {} steps where the paper has 30,000; schedules shrink with the run.",
            grouped(steps as u64)
        ));
    }
    if rows.clone().any(|r| r.masks == Masks::Noisy) {
        list.push("Noisy masks come from another segmenter than OneFormer, and the table that maps its classes is this project's: the paper's is not public.".into());
    }
    list.push(
        "Pixels without a label are left out of loss and scores; the paper's code counts them as class 0.".into(),
    );
    if rows.clone().any(|r| r.method == "grouping") {
        list.push("Gaussian Grouping runs in this program, with this renderer and schedule; the paper's figures of it (15 to 17 dB) are far below what plain 3D Gaussian splatting reaches.".into());
    }
    list.push("The real principal point is used; the paper's code takes the middle of the picture.".into());
    if rows.clone().all(|r| r.lpips.is_none()) {
        list.push("LPIPS was not measured: no network was given (--lpips).".into());
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(masks: Masks, method: Method, psnr: f64, miou: f64) -> Row {
        let empty = Row::new("room", masks, method);
        Row { psnr: Some(psnr), miou_dataset: Some(miou), iterations: Some(500), true_labels: "mesh".into(), ..empty }
    }

    #[test]
    fn rows_are_sorted_and_colour_stands_with_both_masks() {
        let rows = [
            row(Masks::Noisy, Method::Input, 0.0, 0.6),
            row(Masks::Noisy, Method::Quality, 28.0, 0.72),
            row(Masks::Exact, Method::Colour, 28.2, 0.0),
            row(Masks::Exact, Method::Paper, 26.0, 0.9),
            row(Masks::Exact, Method::Softmax, 25.0, 0.8),
        ];
        let table = table_1(&rows);
        let names: Vec<_> = table.iter().map(|r| format!("{} {}", r.masks.name(), r.method)).collect();
        assert_eq!(names, ["exact paper", "exact colour", "noisy quality", "noisy colour", "noisy input"]);
        let methods: Vec<_> = table_2(&rows).into_iter().map(|r| r.method).collect();
        assert_eq!(methods, ["original", "softmax"]);
        assert!(table_2(&rows[..4]).is_empty());
        let report = report(&table, &table_2(&rows), &[("figures/a.png".into(), "a".into())]);
        let text = report.markdown();
        for part in ["| -0.20 dB |", "| +12.0 points |", "8e6ff28354", "500 steps", "(figures/a.png)", "LPIPS was not"]
        {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        assert!(report.html().contains("<h2>Table 2"));
        assert!(super::text(&table).lines().count() == 6);
    }
}

//! What the paper says of its methods, and what was measured here, side by side.

use super::document::Block;
use super::paper;
use super::row::{Masks, Row};
use super::tables::{find, scenes};

/// Mean over scenes of what a method's value is above another's, where both are known.
fn mean_gain(rows: &[Row], of: (Masks, &str), over: (Masks, &str), value: fn(&Row) -> Option<f64>) -> Option<f64> {
    let gain = |scene: &str| Some(value(find(rows, scene, of.0, of.1)?)? - value(find(rows, scene, over.0, over.1)?)?);
    splat_eval::confusion::mean(scenes(rows).into_iter().filter_map(gain))
}

/// What the paper says, and what was measured here, side by side; nothing where nothing of it was measured.
pub fn claims(rows: &[Row]) -> Option<Block> {
    let db = |v: Option<f64>| v.map_or("–".to_owned(), |v| format!("{v:+.2} dB"));
    let points = |v: Option<f64>| v.map_or("–".to_owned(), |v| format!("{:+.1} points", 100.0 * v));
    let (exact, noisy) = (Masks::Exact, Masks::Noisy);
    let published = |value: usize| {
        let of =
            |masks: &str| paper::TABLE_1.iter().filter(|p| p.masks == masks).map(|p| p.ours[value]).sum::<f64>() / 4.0;
        of("OneFormer") - of("ScanNet++")
    };
    let over_grouping = |value: usize| {
        let gains = paper::TABLE_1.iter().filter_map(|p| Some(p.ours[value] - p.grouping?[value]));
        splat_eval::confusion::mean(gains)
    };
    let row = |what: &str, paper: String, methods: [String; 2]| {
        let [as_published, quality] = methods;
        vec![what.to_owned(), paper, as_published, quality]
    };
    let each = |f: &dyn Fn(&'static str) -> String| ["paper", "quality"].map(f);
    let mut table = vec![
        row(
            "PSNR, noisy over exact masks",
            db(Some(published(0))),
            each(&|m| db(mean_gain(rows, (noisy, m), (exact, m), |r| r.psnr))),
        ),
        row(
            "PSNR, exact masks over colour alone",
            "“slightly improves”".to_owned(),
            each(&|m| db(mean_gain(rows, (exact, m), (exact, "colour"), |r| r.psnr))),
        ),
        row(
            "PSNR, noisy masks over colour alone",
            "–".to_owned(),
            each(&|m| db(mean_gain(rows, (noisy, m), (noisy, "colour"), |r| r.psnr))),
        ),
        row(
            "mIoU, noisy over exact masks",
            points(Some(published(3))),
            each(&|m| points(mean_gain(rows, (noisy, m), (exact, m), |r| r.miou_dataset))),
        ),
        row(
            "PSNR, over Gaussian Grouping on noisy masks",
            db(over_grouping(0)),
            each(&|m| db(mean_gain(rows, (noisy, m), (noisy, "grouping"), |r| r.psnr))),
        ),
        row(
            "mIoU, over Gaussian Grouping on noisy masks",
            points(over_grouping(3)),
            each(&|m| points(mean_gain(rows, (noisy, m), (noisy, "grouping"), |r| r.miou_dataset))),
        ),
        row(
            "mIoU, over the noisy masks themselves",
            "–".to_owned(),
            each(&|m| points(mean_gain(rows, (noisy, m), (noisy, "input"), |r| r.miou_dataset))),
        ),
        row(
            "mIoU, over lifting the same noisy masks",
            "–".to_owned(),
            each(&|m| points(mean_gain(rows, (noisy, m), (noisy, "lift"), |r| r.miou_dataset))),
        ),
    ];
    // What no scene here can tell is left out.
    table.retain(|cells| cells[2..].iter().any(|measured| measured != "–"));
    let head = ["mean over scenes", "the paper", "here, preset paper", "here, preset quality"].map(str::to_owned);
    (!table.is_empty()).then(|| Block::Table { head: head.to_vec(), rows: table, text_columns: 1 })
}

//! Mesh projection against the answer key of a scene in ScanNet++ layout, made by another program.
//! The data is found through SEMSPLAT_DATA; without it the test says so and passes.

use rayon::prelude::*;
use splat_core::{IGNORE_ID, LabelImage, View};
use splat_labels::{LabelRequest, LabelSource, gather};
use std::path::PathBuf;

const SCENE: &str = "a1c0de5eed";

/// Pixels that are compared, and those that agree: (more than 2 px from an edge of the key, all).
fn compare(key: &LabelImage, ours: &LabelImage) -> [(u64, u64); 2] {
    let (w, h) = (key.width as i64, key.height as i64);
    let disc: Vec<(i64, i64)> =
        (-2..=2).flat_map(|dy| (-2..=2).map(move |dx| (dx, dy))).filter(|(dx, dy)| dx * dx + dy * dy <= 4).collect();
    let at = |x: i64, y: i64| key.ids[(y * w + x) as usize];
    let mut counts = [(0, 0); 2];
    for (y, x) in (0..h).flat_map(|y| (0..w).map(move |x| (y, x))) {
        let same = u64::from(at(x, y) == ours.ids[(y * w + x) as usize]);
        let is_inside = disc.iter().all(|(dx, dy)| {
            let (x2, y2) = (x + dx, y + dy);
            x2 < 0 || y2 < 0 || x2 >= w || y2 >= h || at(x2, y2) == at(x, y)
        });
        counts[1] = (counts[1].0 + 1, counts[1].1 + same);
        if is_inside {
            counts[0] = (counts[0].0 + 1, counts[0].1 + same);
        }
    }
    counts
}

#[test]
fn projected_masks_agree_with_the_answer_key() {
    let Some(data) = std::env::var_os("SEMSPLAT_DATA").map(PathBuf::from) else {
        eprintln!("SKIPPED: SEMSPLAT_DATA is unset, mesh projection was not compared with an answer key");
        return;
    };
    let scene = data.join("scannetpp/data").join(SCENE);
    let capture = splat_io::open_capture(&scene, &splat_io::CaptureOptions::default()).unwrap();
    let views: Vec<&View> = capture.views.iter().collect();
    assert_eq!(views.len(), 130);
    let start = std::time::Instant::now();
    let labelling = gather(&capture, &LabelRequest::of(&LabelSource::Mesh), &views).unwrap();
    let seconds = start.elapsed().as_secs_f64();
    let keys = data.join("scannetpp/key").join(SCENE);
    let counts: Vec<[(u64, u64); 2]> = views
        .par_iter()
        .zip(&labelling.images)
        .map(|(view, image)| {
            let key = splat_io::masks::load_mask(&keys.join(format!("{}.png", view.name))).unwrap();
            compare(&key, image.as_ref().unwrap())
        })
        .collect();
    let share = |i: usize| {
        let (all, same) = counts.iter().fold((0, 0), |(a, s), c| (a + c[i].0, s + c[i].1));
        same as f64 / all as f64
    };
    let worst = counts.iter().map(|c| c[0].1 as f64 / c[0].0 as f64).fold(1.0, f64::min);
    eprintln!(
        "agreement more than 2 px from an edge {:.4} % (worst view {:.4} %), everywhere {:.4} %; gathered in {seconds:.1} s",
        100.0 * share(0),
        100.0 * worst,
        100.0 * share(1),
    );
    assert!(share(0) >= 0.995, "{}", share(0));
    assert!(labelling.warnings.iter().any(|w| w.contains("outside the vocabulary")), "{:?}", labelling.warnings);
    assert!(labelling.histogram().keys().all(|&id| id != IGNORE_ID));
}

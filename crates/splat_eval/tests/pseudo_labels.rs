//! What a 2D segmenter's own masks score against the truth of a scene in ScanNet++ layout, on the classes both know.
//! The data is found through SEMSPLAT_DATA; without it the test says so and passes.

use splat_core::{LabelImage, Split, View};
use splat_eval::{MappedScoring, Segmentation};
use splat_labels::{LabelMap, LabelRequest, LabelSource, Labelling, gather, vocabulary};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const SCENE: &str = "a1c0de5eed";

fn keys(folder: &Path, views: &[&View]) -> Vec<LabelImage> {
    views.iter().map(|v| splat_io::masks::load_mask(&folder.join(format!("{}.png", v.name))).unwrap()).collect()
}

/// Scores masks against keys on the classes that are both in the keys and reachable through the map.
fn score(masks: &Labelling, keys: &[LabelImage], map: &LabelMap) -> Segmentation {
    let in_keys: BTreeSet<u16> = keys.iter().flat_map(|key| key.histogram().into_keys()).collect();
    let scoring = MappedScoring::new(map, masks.histogram().into_keys(), in_keys);
    let mut scores = Segmentation::default();
    for (mask, key) in masks.images.iter().zip(keys) {
        scoring.add(&mut scores, key, mask.as_ref().unwrap()).unwrap();
    }
    scores
}

#[test]
fn a_segmenters_masks_score_what_was_measured_independently() {
    let Some(data) = std::env::var_os("SEMSPLAT_DATA").map(PathBuf::from) else {
        eprintln!("SKIPPED: SEMSPLAT_DATA is unset, pseudo labels were not scored");
        return;
    };
    let scene = data.join("scannetpp/data").join(SCENE);
    let capture = splat_io::open_capture(&scene, &splat_io::CaptureOptions::default()).unwrap();
    let source = LabelSource::Folder("semantic_ade20k".into());
    let map = LabelMap::between(&vocabulary::ade20k(), &vocabulary::scannetpp_top100());
    let all: Vec<&View> = capture.views.iter().collect();
    let held_out: Vec<&View> = capture.split(Split::Test).collect();
    for (views, expected) in [(all, 0.596), (held_out, 0.590)] {
        let masks = gather(&capture, &LabelRequest::of(&source), &views).unwrap();
        let scores = score(&masks, &keys(&data.join("scannetpp/key").join(SCENE), &views), &map);
        let miou = scores.miou_dataset().unwrap();
        eprintln!(
            "{} views: mIoU dataset {miou:.4} (expected {expected}), image {:.4}, accuracy {:.4}, {} classes",
            views.len(),
            scores.miou_image().unwrap(),
            scores.accuracy().unwrap(),
            scores.total.classes().iter().filter(|c| c.truth_pixels > 0).count(),
        );
        assert!((miou - expected).abs() <= 0.0006, "{miou}");
    }
}

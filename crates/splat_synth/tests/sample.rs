//! The committed sample room is whole, small, and as its noisy masks should be.

use splat_core::{Capture, IGNORE_ID, Split};
use splat_io::masks::load_masks_in_vocabulary;
use splat_io::{CaptureOptions, open_capture};
use splat_labels::vocabulary::scannetpp_top100;
use splat_labels::{AnnotatedMesh, project_labels};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/sample_room")
}

fn capture() -> Capture {
    let id = std::fs::read_to_string(root().join("splits/nvs_sem_train.txt")).unwrap();
    let capture = open_capture(&root().join("data").join(id.trim()), &CaptureOptions::default()).unwrap();
    assert_eq!(capture.warnings, Vec::<String>::new());
    capture
}

fn bytes_below(folder: &Path) -> u64 {
    let size = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.unwrap().path();
        if path.is_dir() { bytes_below(&path) } else { path.metadata().unwrap().len() }
    };
    std::fs::read_dir(folder).unwrap().map(size).sum()
}

#[test]
fn it_is_complete_and_small() {
    let capture = capture();
    assert!(capture.split(Split::Train).count() >= 60 && capture.split(Split::Test).count() >= 8);
    for view in &capture.views {
        assert!(view.camera.intrinsics.width >= 320 && view.camera.intrinsics.height >= 214);
        assert!(view.image_path.is_file());
    }
    for test in capture.split(Split::Test) {
        let distance = |v: &splat_core::View| v.camera.position().distance(test.camera.position());
        assert!(capture.split(Split::Train).map(distance).fold(f64::INFINITY, f64::min) >= 0.15, "{}", test.name);
    }
    assert!(bytes_below(&root()) < 10_000_000);
}

#[test]
fn its_noisy_masks_are_as_bad_as_a_real_segmenters() {
    let (capture, vocabulary) = (capture(), scannetpp_top100());
    let mesh = AnnotatedMesh::load(capture.mesh.as_ref().unwrap(), &vocabulary).unwrap();
    // Every sixth view is enough to judge by.
    let views: Vec<_> = capture.views.iter().step_by(6).collect();
    let folder = capture.root.join("dslr").join(splat_synth::NOISY_MASKS);
    let masks = load_masks_in_vocabulary(&views, &folder, &vocabulary).unwrap();
    let n = vocabulary.names.len();
    let (mut both, mut truths, mut guesses) = (vec![0_u64; n], vec![0_u64; n], vec![0_u64; n]);
    for (view, mask) in views.iter().zip(masks) {
        let truth = project_labels(&mesh, &view.camera);
        for (&t, &m) in truth.ids.iter().zip(&mask.expect("every view has a mask").ids) {
            if t != IGNORE_ID && m != IGNORE_ID {
                truths[t as usize] += 1;
                guesses[m as usize] += 1;
                both[t as usize] += u64::from(t == m);
            }
        }
    }
    let present: Vec<usize> = (0..n).filter(|&c| truths[c] > 0).collect();
    let iou = |&c: &usize| both[c] as f64 / (truths[c] + guesses[c] - both[c]) as f64;
    let miou = present.iter().map(iou).sum::<f64>() / present.len() as f64;
    let accuracy = both.iter().sum::<u64>() as f64 / truths.iter().sum::<u64>() as f64;
    println!("noisy masks of the sample room: mIoU {miou:.3}, accuracy {accuracy:.3}");
    // A real network on a comparable room: mIoU 0.6.
    assert!((0.35..0.75).contains(&miou), "mIoU {miou}, accuracy {accuracy}");
}

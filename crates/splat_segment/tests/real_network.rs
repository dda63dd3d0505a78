//! A real network on real photographs: its masks are reproduced. Runs where `SEMSPLAT_DATA` names the data.

use splat_io::load_photo_file;
use splat_io::masks::load_mask;
use splat_segment::{Averaging, Segmenter, Sidecar};
use std::path::PathBuf;

const NETWORK: &str = "models/deeplabv3_mnv2_ade20k32_qat_f32.onnx";

fn data() -> Option<PathBuf> {
    let data = std::env::var_os("SEMSPLAT_DATA").map(PathBuf::from).filter(|d| d.join(NETWORK).is_file());
    if data.is_none() {
        eprintln!("SKIPPED: SEMSPLAT_DATA does not name a folder with {NETWORK}");
    }
    data
}

fn segmenter(data: &std::path::Path) -> Segmenter {
    let model = data.join(NETWORK);
    let sidecar = Sidecar::load(&Sidecar::path_for(&model)).unwrap();
    Segmenter::load(&model, sidecar).unwrap()
}

#[test]
fn given_masks_are_reproduced() {
    let Some(data) = data() else { return };
    let segmenter = segmenter(&data);
    let dslr = data.join("scannetpp/data/a1c0de5eed/dslr");
    let (mut same, mut pixels) = (0, 0);
    for name in ["DSC00001.JPG", "DSC00040.JPG", "DSC00080.JPG"] {
        let photo = load_photo_file(&dslr.join("resized_undistorted_images_4x").join(name)).unwrap();
        let said = segmenter.segment(&photo, Averaging::default()).unwrap();
        let given = load_mask(&dslr.join("semantic_ade20k").join(format!("{name}.png"))).unwrap();
        same += said.labels.ids.iter().zip(&given.ids).filter(|(a, b)| a == b).count();
        pixels += given.ids.len();
    }
    assert!(same as f64 >= 0.99 * pixels as f64, "{same} of {pixels} pixels agree");
}

#[test]
fn tiles_and_mirrors_say_about_the_same() {
    let Some(data) = data() else { return };
    let segmenter = segmenter(&data);
    let photo = load_photo_file(&data.join("captures/room/images").join(first_image(&data))).unwrap();
    let plain = segmenter.segment(&photo, Averaging::default()).unwrap().labels;
    let careful = segmenter.segment(&photo, Averaging { tiles: 2, flip: true }).unwrap().labels;
    assert_eq!((careful.width, careful.height), (photo.width(), photo.height()));
    let same = plain.ids.iter().zip(&careful.ids).filter(|(a, b)| a == b).count();
    assert!(same * 10 >= plain.ids.len() * 6, "{same} of {} pixels agree", plain.ids.len());
}

fn first_image(data: &std::path::Path) -> String {
    let mut names: Vec<String> = data
        .join("captures/room/images")
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names.swap_remove(0)
}

#[test]
fn a_file_that_is_no_network_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("broken.onnx");
    std::fs::write(&model, b"not a network").unwrap();
    let missing = Sidecar::load(&Sidecar::path_for(&model)).unwrap_err().to_string();
    assert!(missing.contains("broken.onnx.json") && missing.contains("--sidecar"), "{missing}");
    let text = r#"{"input":{"dtype":"uint8","layout":"NHWC","size":[64,64]},"output":{"layout":"NCHW"}}"#;
    std::fs::write(Sidecar::path_for(&model), text).unwrap();
    let sidecar = Sidecar::load(&Sidecar::path_for(&model)).unwrap();
    let Err(error) = Segmenter::load(&model, sidecar) else { panic!("it loaded") };
    assert!(error.is_bad_input() && error.to_string().contains("broken.onnx"), "{error}");
}

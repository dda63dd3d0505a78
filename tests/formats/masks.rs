//! Masks: names, widths, ignore values, refusals.

use crate::made;
use image::{GrayImage, Luma, RgbImage};
use splat_core::{IGNORE_ID, LabelImage, View, Vocabulary};
use splat_io::masks::{self, find_mask, load_confidence, load_mask, load_masks_for, load_vocabulary, write_mask};
use splat_io::{CaptureOptions, open_capture};
use std::path::Path;

fn mask(ids: [u16; 6]) -> LabelImage {
    LabelImage { width: 3, height: 2, ids: ids.to_vec() }
}

fn error(path: &Path) -> String {
    let error = load_mask(path).unwrap_err();
    assert!(error.is_bad_input());
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    assert!(error.to_string().contains(&name), "{error}");
    error.to_string()
}

#[test]
fn eight_bits_where_they_are_enough_and_sixteen_where_not() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("m.png");
    for (ids, colour) in [
        ([0, 1, 254, IGNORE_ID, 5, 6], image::ColorType::L8),
        ([0, 1, 255, IGNORE_ID, 5, 6], image::ColorType::L16),
        ([0, 1, 3000, 65534, 5, 6], image::ColorType::L16),
    ] {
        write_mask(&path, &mask(ids)).unwrap();
        assert_eq!(load_mask(&path).unwrap(), mask(ids));
        assert_eq!(image::open(&path).unwrap().color(), colour);
    }
}

fn npy(descr: &str, order: bool, shape: &str, data: &[u8]) -> Vec<u8> {
    let order = if order { "True" } else { "False" };
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}");
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((header.len() as u16).to_le_bytes());
    [file, header.into_bytes(), data.to_vec()].concat()
}

#[test]
fn npy_masks_of_every_type_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("m_seg.npy");
    let ids: [i64; 6] = [0, 1, 2, 255, 4, 5];
    let check = |bytes: Vec<u8>, want: [u16; 6]| {
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(load_mask(&path).unwrap(), mask(want));
    };
    check(npy("|u1", false, "(2, 3)", &ids.map(|v| v as u8)), [0, 1, 2, IGNORE_ID, 4, 5]);
    check(npy("<u2", false, "(2, 3)", &ids.map(|v| (v as u16).to_le_bytes()).concat()), [0, 1, 2, 255, 4, 5]);
    check(npy(">i4", false, "(2, 3)", &ids.map(|v| (v as i32).to_be_bytes()).concat()), [0, 1, 2, 255, 4, 5]);
    let with_none = [0, -1, 2, 65535, 4, 5i64];
    check(npy("<i8", false, "(2, 3)", &with_none.map(i64::to_le_bytes).concat()), [0, IGNORE_ID, 2, IGNORE_ID, 4, 5]);
    check(npy("|u1", true, "(2, 3)", &[0, 3, 1, 4, 2, 5]), [0, 1, 2, 3, 4, 5]);
    std::fs::write(&path, npy("<f4", false, "(2, 3)", &[0; 24])).unwrap();
    assert!(error(&path).contains("whole numbers"));
    std::fs::write(&path, npy("<i8", false, "(999999999, 999999999)", &[0; 48])).unwrap();
    assert!(error(&path).contains("promises"));
    std::fs::write(&path, npy("<i4", false, "(2, 3)", &70000i32.to_le_bytes().repeat(6))).unwrap();
    assert!(error(&path).contains("70000"));
}

#[test]
fn what_is_no_id_is_refused_with_the_cure() {
    let dir = tempfile::tempdir().unwrap();
    let jpeg = dir.path().join("m.png");
    GrayImage::from_pixel(4, 4, Luma([3])).save_with_format(&jpeg, image::ImageFormat::Jpeg).unwrap();
    assert!(error(&jpeg).contains("8- or 16-bit PNG"));
    let rgb = dir.path().join("rgb.png");
    RgbImage::new(4, 4).save(&rgb).unwrap();
    assert!(error(&rgb).contains("single-channel"));
    let text = dir.path().join("text.png");
    std::fs::write(&text, "hello").unwrap();
    error(&text);
    let whole = dir.path().join("whole.png");
    write_mask(&whole, &mask([0, 1, 2, 3, 4, 5])).unwrap();
    let bytes = std::fs::read(&whole).unwrap();
    let cut = dir.path().join("cut.png");
    for n in 0..bytes.len() - 12 {
        std::fs::write(&cut, &bytes[..n]).unwrap();
        error(&cut);
    }
}

#[test]
fn names_are_tried_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let put = |name: &str| std::fs::write(dir.path().join(name), "x").unwrap();
    let found = || find_mask(dir.path(), "DSC1.JPG").map(|p| p.file_name().unwrap().to_string_lossy().into_owned());
    assert_eq!(found(), None);
    for name in ["DSC1.npy", "DSC1_seg.npy", "DSC1.png", "DSC1.JPG.png"] {
        put(name);
        assert_eq!(found().as_deref(), Some(name));
    }
}

#[test]
fn masks_follow_their_views() {
    let dir = made::colmap_capture();
    let folder = dir.path().join("semantic");
    std::fs::create_dir(&folder).unwrap();
    let capture = open_capture(dir.path(), &CaptureOptions { downscale: 2.0, seed: 0 }).unwrap();
    let views: Vec<&View> = capture.views.iter().collect();
    let none = load_masks_for(&views, &folder).unwrap_err();
    assert!(none.is_bad_input() && none.to_string().contains("frame_000.png.png"), "{none}");
    let halves = |w: u32, h: u32| LabelImage {
        width: w,
        height: h,
        ids: (0..w * h).map(|i| (i % w / (w / 2)) as u16).collect(),
    };
    write_mask(&folder.join("frame_002.png.png"), &halves(48, 32)).unwrap();
    let loaded = load_masks_for(&views, &folder).unwrap();
    assert_eq!(loaded.iter().filter(|m| m.is_some()).count(), 1);
    assert_eq!(loaded[2].as_ref().unwrap(), &halves(24, 16));
    let list = Vocabulary::from_lines("only one\n");
    let outside = masks::load_masks_in_vocabulary(&views, &folder, &list).unwrap_err().to_string();
    assert!(outside.contains("frame_002.png.png") && outside.contains("class id 1"), "{outside}");
    write_mask(&folder.join("frame_003.png.png"), &halves(40, 32)).unwrap();
    let wrong = load_masks_for(&views, &folder).unwrap_err().to_string();
    assert!(wrong.contains("frame_003.png.png") && wrong.contains("40 x 32"), "{wrong}");
}

#[test]
fn vocabularies_and_confidences_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let list = dir.path().join("classes.txt");
    std::fs::write(&list, "wall\n\nfloor\n\n").unwrap();
    assert_eq!(load_vocabulary(&list).unwrap().names, ["wall", "", "floor"]);
    std::fs::write(&list, "\n").unwrap();
    assert!(load_vocabulary(&list).unwrap_err().to_string().contains("classes.txt"));
    let masks = dir.path().join("semantic");
    assert_eq!(load_confidence(&masks, "a.jpg").unwrap(), None);
    std::fs::create_dir(dir.path().join("semantic_confidence")).unwrap();
    let grey = GrayImage::from_fn(2, 1, |x, _| Luma([200 + x as u8]));
    grey.save(dir.path().join("semantic_confidence/a.jpg.png")).unwrap();
    assert_eq!(load_confidence(&masks, "a.jpg").unwrap().unwrap().values, [200, 201]);
}

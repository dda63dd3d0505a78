//! A raw ScanNet++ scene, as the camera took it: fisheye photographs, masks drawn on them, nothing undistorted beside. Its
//! photographs are those of a pinhole room seen through a lens model that is written out here on its own.

mod support;

use glam::DVec2;
use image::codecs::jpeg::JpegEncoder;
use image::{GrayImage, Luma, Rgb, RgbImage};
use serde_json::{Value, json};
use splat_core::{Intrinsics, LabelImage, View};
use splat_io::masks::{load_mask, load_masks_for, write_mask};
use splat_io::{CaptureOptions, load_photo, open_capture};
use std::fs;
use std::path::{Path, PathBuf};
use support::{copy, has_gpu, semsplat, stderr, stdout, text};

/// The fisheye; it sees less than the room's pinhole camera does.
const LENS: Intrinsics = Intrinsics { width: 96, height: 64, fx: 90.0, fy: 90.5, cx: 48.7, cy: 31.6 };
const COEFFICIENTS: [f64; 4] = [-0.04, 0.012, -0.003, 0.0006];
const PINHOLE: [u32; 2] = [192, 128];
/// Corner that the anonymisation masks hide, in pixels of the fisheye photograph.
const HIDDEN: [u32; 2] = [20, 12];

/// Kannala and Brandt: radius on the plane of focal length 1 from the angle to the axis.
fn radius(angle: f64) -> f64 {
    let powers = [3, 5, 7, 9].map(|n| angle.powi(n));
    angle + powers.iter().zip(COEFFICIENTS).map(|(p, k)| p * k).sum::<f64>()
}

/// Ray (x/z, y/z) that lands on a position of the fisheye photograph.
fn ray(pixel: DVec2) -> DVec2 {
    let plane = DVec2::new((pixel.x - LENS.cx) / LENS.fx, (pixel.y - LENS.cy) / LENS.fy);
    let wanted = plane.length().max(1e-9);
    let (mut low, mut high) = (0.0, 1.4);
    for _ in 0..50 {
        let middle = 0.5 * (low + high);
        if radius(middle) < wanted { low = middle } else { high = middle }
    }
    plane * (low.tan() / wanted)
}

/// Where a ray lands on the fisheye photograph.
fn landing(ray: DVec2) -> DVec2 {
    let length = ray.length().max(1e-9);
    let plane = ray * (radius(length.atan()) / length);
    DVec2::new(LENS.fx * plane.x + LENS.cx, LENS.fy * plane.y + LENS.cy)
}

/// The room as its pinhole camera sees it.
struct Pinhole {
    folder: PathBuf,
    masks: PathBuf,
    k: Intrinsics,
}

impl Pinhole {
    fn pixel(&self, ray: DVec2) -> DVec2 {
        DVec2::new(self.k.fx * ray.x + self.k.cx, self.k.fy * ray.y + self.k.cy)
    }

    fn photo(&self, name: &str) -> RgbImage {
        image::open(self.folder.join(name)).unwrap().into_rgb8()
    }

    fn mask(&self, name: &str) -> LabelImage {
        load_mask(&self.masks.join(format!("{name}.png"))).unwrap()
    }
}

/// Mean of what a pixel's area shows, 4 x 4 rays.
fn photographed(photo: &RgbImage, pinhole: &Pinhole, (x, y): (u32, u32), ray: &dyn Fn(DVec2) -> DVec2) -> Rgb<u8> {
    let mut sum = [0.0f64; 3];
    for sample in 0..16u32 {
        let within = DVec2::new((sample % 4) as f64 + 0.5, (sample / 4) as f64 + 0.5) / 4.0;
        let p = pinhole.pixel(ray(DVec2::new(x as f64, y as f64) + within)) - 0.5;
        let base = p.floor();
        let part = p - base;
        for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let weight = (if dx == 1 { part.x } else { 1.0 - part.x }) * (if dy == 1 { part.y } else { 1.0 - part.y });
            let at = |v: f64, d: u32, size: u32| (v as i64 + d as i64).clamp(0, size as i64 - 1) as u32;
            let colour = photo.get_pixel(at(base.x, dx, photo.width()), at(base.y, dy, photo.height()));
            sum.iter_mut().zip(colour.0).for_each(|(s, c)| *s += weight * c as f64 / 16.0);
        }
    }
    Rgb(sum.map(|s| s.round() as u8))
}

fn centre(x: u32, y: u32) -> DVec2 {
    DVec2::new(x as f64 + 0.5, y as f64 + 0.5)
}

fn run(arguments: &[&str]) -> String {
    let output = semsplat(arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
    stdout(&output)
}

fn answer(arguments: &[&str]) -> Value {
    serde_json::from_str(&run(arguments)).unwrap()
}

/// A room and its masks as the pinhole camera sees them.
fn pinhole_room(dir: &Path) -> (PathBuf, Pinhole) {
    let [width, height] = PINHOLE.map(|n| n.to_string());
    let size = ["--width", &width, "--height", &height, "--train-views", "8", "--test-views", "2", "--samples", "4"];
    let root = dir.join("pinhole");
    let place = ["--out", text(&root), "--json"];
    let made = answer(&[&["synth", "--seed", "5"], &size[..], &place[..]].concat());
    let scene = PathBuf::from(made["scene"].as_str().unwrap());
    let masks = dir.join("pinhole_masks");
    run(&["labels", "project", text(&scene), "--out", text(&masks)]);
    let k = open_capture(&scene, &CaptureOptions::default()).unwrap().views[0].camera.intrinsics;
    (scene.clone(), Pinhole { folder: scene.join("dslr/resized_undistorted_images_4x"), masks, k })
}

/// The same room, taken with the fisheye.
fn raw_scene(dir: &Path) -> (PathBuf, Pinhole) {
    let (from, pinhole) = pinhole_room(dir);
    let scene = dir.join("raw/data/room");
    let dslr = scene.join("dslr");
    copy(&from.join("scans"), &scene.join("scans"));
    copy(&from.join("../../metadata"), &dir.join("raw/metadata"));
    copy(&from.join("dslr/colmap"), &dslr.join("colmap"));
    let [k1, k2, k3, k4] = COEFFICIENTS;
    let Intrinsics { width, height, fx, fy, cx, cy } = LENS;
    let camera = format!("1 OPENCV_FISHEYE {width} {height} {fx} {fy} {cx} {cy} {k1} {k2} {k3} {k4}\n");
    fs::write(dslr.join("colmap/cameras.txt"), camera).unwrap();
    let poses = fs::read(from.join("dslr/nerfstudio/transforms_undistorted_4x.json")).unwrap();
    let mut poses: Value = serde_json::from_slice(&poses).unwrap();
    let lens = json!({"fl_x": fx, "fl_y": fy, "cx": cx, "cy": cy, "w": width, "h": height, "k1": k1, "k2": k2, "k3": k3,
        "k4": k4, "camera_model": "OPENCV_FISHEYE", "has_mask": true});
    poses.as_object_mut().unwrap().extend(lens.as_object().unwrap().clone());
    let folders = ["nerfstudio", "resized_images", "resized_anon_masks", "semantic"];
    folders.iter().for_each(|f| fs::create_dir_all(dslr.join(f)).unwrap());
    fs::copy(pinhole.masks.join("classes.txt"), dslr.join("semantic/classes.txt")).unwrap();
    for split in ["frames", "test_frames"] {
        for frame in poses[split].as_array_mut().unwrap() {
            let name = frame["file_path"].as_str().unwrap().to_owned();
            take(&pinhole, &dslr, &name);
            frame["mask_path"] = json!(name.replace(".JPG", ".png"));
        }
    }
    fs::write(dslr.join("nerfstudio/transforms.json"), poses.to_string()).unwrap();
    (scene, pinhole)
}

/// Photograph, anonymisation mask and labels of a view.
fn take(pinhole: &Pinhole, dslr: &Path, name: &str) {
    let seen = pinhole.photo(name);
    let photo = RgbImage::from_fn(LENS.width, LENS.height, |x, y| photographed(&seen, pinhole, (x, y), &ray));
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 97).encode_image(&photo).unwrap();
    fs::write(dslr.join("resized_images").join(name), bytes).unwrap();
    let valid = |x, y| Luma([if x < HIDDEN[0] && y < HIDDEN[1] { 0 } else { 255 }]);
    let mask = GrayImage::from_fn(LENS.width, LENS.height, valid);
    mask.save(dslr.join("resized_anon_masks").join(name.replace(".JPG", ".png"))).unwrap();
    let labels = pinhole.mask(name);
    let id = |i: u32| {
        let p = pinhole.pixel(ray(centre(i % LENS.width, i / LENS.width)));
        labels.ids[p.y as usize * labels.width as usize + p.x as usize]
    };
    let (width, height) = (LENS.width, LENS.height);
    let drawn = LabelImage { width, height, ids: (0..width * height).map(id).collect() };
    write_mask(&dslr.join("semantic").join(format!("{name}.png")), &drawn).unwrap();
}

/// PSNR in dB of a view's photograph, as it is trained on, against the room seen straight; pixels whose validity is wrong.
fn compare(view: &View, pinhole: &Pinhole) -> (f64, usize) {
    let photo = load_photo(view).unwrap();
    let k = view.camera.intrinsics;
    let straight = |p: DVec2| DVec2::new((p.x - k.cx) / k.fx, (p.y - k.cy) / k.fy);
    let seen = pinhole.photo(&view.name);
    let (mut squares, mut count, mut wrong) = (0.0, 0, 0);
    for (i, pixel) in photo.rgba.chunks_exact(4).enumerate() {
        let (x, y) = (i as u32 % k.width, i as u32 / k.width);
        let from = landing(straight(centre(x, y)));
        let inside = |by: f64| {
            let hidden = from.x < HIDDEN[0] as f64 + by && from.y < HIDDEN[1] as f64 + by;
            let seen = from.min_element() >= by && from.x < LENS.width as f64 - by && from.y < LENS.height as f64 - by;
            seen && !hidden
        };
        // What is visible by more than two pixels is valid, what is not by as much is not.
        wrong += usize::from((inside(2.0) && pixel[3] == 0) || (!inside(-2.0) && pixel[3] != 0));
        if pixel[3] != 0 {
            let wanted = photographed(&seen, pinhole, (x, y), &straight);
            squares += pixel.iter().zip(wanted.0).map(|(a, b)| (*a as f64 - b as f64).powi(2)).sum::<f64>() / 3.0;
            count += 1;
        }
    }
    (10.0 * (255.0f64.powi(2) * count as f64 / squares).log10(), wrong)
}

/// Whether all pixels around one, two steps far, are of its class.
fn is_within(labels: &LabelImage, i: usize) -> bool {
    let (w, h) = (labels.width as usize, labels.height as usize);
    let (x, y) = (i % w, i / w);
    x >= 2
        && y >= 2
        && x + 2 < w
        && y + 2 < h
        && (y - 2..=y + 2).all(|v| (x - 2..=x + 2).all(|u| labels.ids[v * w + u] == labels.ids[i]))
}

#[test]
fn a_raw_scene_is_read_labelled_trained_and_scored_undistorted() {
    let dir = tempfile::tempdir().unwrap();
    let (scene, pinhole) = raw_scene(dir.path());
    let capture = open_capture(&scene, &CaptureOptions::default()).unwrap();
    assert_eq!(capture.warnings, Vec::<String>::new());
    for view in &capture.views {
        let (psnr, wrong) = compare(view, &pinhole);
        assert!(psnr > 30.0 && wrong == 0, "{}: {psnr} dB, {wrong} pixels of wrong validity", view.name);
    }
    let info = answer(&["info", text(&scene), "--json"]);
    assert_eq!((&info["distorted_views"], &info["masked_views"]), (&json!(10), &json!(10)), "{info:#}");

    // Labels drawn on the fisheye photographs are those of the mesh seen by the undistorted cameras, but for outlines.
    let masks = dir.path().join("masks");
    run(&["labels", "project", text(&scene), "--out", text(&masks)]);
    assert!(masks.join("undistorted.txt").is_file());
    let views: Vec<&View> = capture.views.iter().collect();
    let [drawn, projected] =
        [&scene.join("dslr/semantic"), &masks].map(|folder| load_masks_for(&views, folder).unwrap());
    let (mut wrong, mut within) = (0, 0);
    for (drawn, projected) in drawn.iter().flatten().zip(projected.iter().flatten()) {
        for i in (0..projected.ids.len()).filter(|&i| is_within(projected, i)) {
            within += 1;
            wrong += usize::from(drawn.ids[i] != projected.ids[i]);
        }
    }
    assert!(within > 20_000 && 200 * wrong < within, "{wrong} of {within} pixels within classes are wrong");
    let score = |masks: &str| {
        let place = [masks, text(&scene), "--labels", "mesh", "--views", "all", "--json"];
        answer(&[&["labels", "score"], &place[..]].concat())["accuracy"].as_f64().unwrap()
    };
    assert!(score("semantic") > 0.95, "outlines are two pixels off at most");
    assert_eq!(score(text(&masks)), 1.0, "projected masks are not undistorted once more");

    if std::env::var("SEMSPLAT_GPU").is_ok_and(|v| v == "off") {
        return eprintln!("SKIPPED: SEMSPLAT_GPU=off");
    }
    let out = dir.path().join("run");
    let trained = semsplat(&["train", text(&scene), "--out", text(&out), "--iterations", "200", "--quiet"]);
    if !has_gpu(&trained) {
        return;
    }
    assert_eq!(trained.status.code(), Some(0), "{}", stderr(&trained));
    let report = answer(&["eval", text(&out), "--json"]);
    let of = |name: &str| report[name].as_f64().unwrap();
    assert!(of("psnr_masked") > 15.0 && of("accuracy") > 0.4, "{report:#}");
}

//! `semsplat render` along key frames: pictures, an animated PNG, a video through ffmpeg, and what is refused.

#[allow(dead_code, reason = "no room is needed here")]
mod support;

use splat_core::{Cloud, sh};
use splat_io::{PlyFlavour, write_cloud};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use support::{has_gpu, semsplat, stderr, text};

/// A white ball before a camera at the origin that looks along +z, and a path past it.
fn scene(folder: &Path) -> [PathBuf; 2] {
    let [cloud, path] = ["ball.ply", "path.json"].map(|name| folder.join(name));
    let ball = Cloud {
        means: vec![glam::Vec3::Z * 3.0],
        log_scales: vec![glam::Vec3::splat(0.3f32.ln())],
        rotations: vec![[1.0, 0.0, 0.0, 0.0]],
        opacity_logits: vec![5.0],
        sh: vec![[sh::dc_from_colour(1.0); 3]],
        ..Cloud::default()
    };
    write_cloud(&cloud, &ball, PlyFlavour::Plain).unwrap();
    let key = |seconds: f64, x: f64| {
        format!(r#"{{ "seconds": {seconds}, "position": [{x}, 0, 0], "rotation_wxyz": [1, 0, 0, 0] }}"#)
    };
    let keys = [key(0.0, -1.2), key(0.5, 0.0), key(1.0, 1.2)].join(",\n");
    std::fs::write(&path, format!("{{ \"format\": \"splat camera path 1\", \"keys\": [{keys}] }}")).unwrap();
    [cloud, path]
}

/// Column of the brightest pixel of the middle line.
fn brightest(picture: &Path) -> u32 {
    let picture = image::open(picture).unwrap().to_luma8();
    (0..picture.width()).max_by_key(|&x| picture.get_pixel(x, picture.height() / 2).0[0]).unwrap()
}

#[test]
fn a_path_becomes_pictures_and_films() {
    let dir = tempfile::tempdir().unwrap();
    let [cloud, path] = scene(dir.path());
    let (out, film) = (dir.path().join("out"), dir.path().join("film.png"));
    let small = ["--size", "96x64", "--fov", "60", "--fps", "8"];
    let base = ["render", text(&cloud), "--path", text(&path), "--out", text(&out)];
    let output = semsplat(&[&base[..], &small, &["--video", text(&film)]].concat());
    if !has_gpu(&output) {
        return;
    }
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let frame = |i: u32| out.join(format!("rgb/frame_{i:04}.png"));
    assert!(frame(9).is_file() && !frame(10).is_file(), "a second at 8 frames, both ends among them");
    // The camera goes to the right, so the ball goes to the left, and stands in the middle half way.
    let places = [1, 5, 9].map(|i| brightest(&frame(i)));
    assert!(places[0] > 60 && (44..=52).contains(&places[1]) && places[2] < 36, "{places:?}");
    let decoder = png::Decoder::new(std::io::BufReader::new(std::fs::File::open(&film).unwrap()));
    let reader = decoder.read_info().unwrap();
    assert_eq!(reader.info().animation_control.map(|control| control.num_frames), Some(9));

    let few = semsplat(&[&base[..], &small, &["--frames", "2", "--modes", "depth"]].concat());
    assert_eq!(few.status.code(), Some(0), "{}", stderr(&few));
    assert!(out.join("depth/frame_0002.png").is_file() && !out.join("depth/frame_0003.png").is_file());
    #[cfg(unix)]
    through_ffmpeg(dir.path(), &[&base[..], &small].concat());
}

/// Runs with this folder as the only place where programs are found.
fn with_programs_of(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_semsplat"));
    command.args(arguments).env("PATH", folder).output().expect("the program starts")
}

/// Stands in for ffmpeg: keeps what it is told and given, or fails.
#[cfg(unix)]
fn through_ffmpeg(dir: &Path, base: &[&str]) {
    use std::os::unix::fs::PermissionsExt;
    let (programs, film) = (dir.join("programs"), dir.join("film.mp4"));
    std::fs::create_dir_all(&programs).unwrap();
    let arguments = [base, &["--frames", "3", "--video", text(&film)]].concat();
    let missing = with_programs_of(&programs, &arguments);
    assert_eq!(missing.status.code(), Some(2));
    assert!(stderr(&missing).contains("ffmpeg is not installed") && stderr(&missing).contains("*.png"));

    let program = programs.join("ffmpeg");
    let write = |script: &str| {
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    write("#!/bin/sh\nfor last; do :; done\necho \"$@\" > \"$last.arguments\"\n/bin/cat > \"$last\"\n");
    let output = with_programs_of(&programs, &arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(std::fs::metadata(&film).unwrap().len(), 3 * 3 * 96 * 64, "three raw frames");
    let told = std::fs::read_to_string(dir.join("film.mp4.arguments")).unwrap();
    assert!(told.contains("-f rawvideo -pix_fmt rgb24 -s 96x64 -r 8 -i -") && told.contains("yuv420p"), "{told}");
    write("#!/bin/sh\necho 'no such codec' >&2\nexit 3\n");
    let output = with_programs_of(&programs, &arguments);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("no such codec") && stderr(&output).contains("film.mp4"), "{}", stderr(&output));
}

#[test]
fn bad_paths_and_films_are_bad_input() {
    let dir = tempfile::tempdir().unwrap();
    let [cloud, path] = scene(dir.path());
    let out = dir.path().join("out");
    let broken = dir.path().join("broken.json");
    std::fs::write(&broken, "{ \"format\": \"splat camera path 1\", \"keys\": [] }").unwrap();
    let base = ["render", text(&cloud), "--out", text(&out)];
    let cases: [(&[&str], &str); 7] = [
        (&["--path", text(&broken)], "broken.json"),
        (&["--path", "no/such.json"], "such.json"),
        (&["--path", text(&path), "--views", "test"], "--views"),
        (&["--path", text(&path), "--size", "9x9"], "1280x720"),
        (&["--path", text(&path), "--fov", "200"], "degrees"),
        (&["--size", "64x64"], "--path"),
        (&["--path", text(&path), "--size", "64x64", "--video", "film.txt"], ".mp4"),
    ];
    for (extra, words) in cases {
        let output = semsplat(&[&base[..], extra].concat());
        // The last one is only looked at once there is a GPU.
        if words == ".mp4" && !has_gpu(&output) {
            continue;
        }
        assert_eq!(output.status.code(), Some(2), "{extra:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(words), "{extra:?}: {}", stderr(&output));
    }
}

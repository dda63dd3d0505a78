//! The walkthrough in a window, with a hand on keys and mouse: a virtual display, `xdotool` for the hand, and the remote
//! protocol to ask what came of it.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Time for the window to open, and for what a hand does to be seen.
const PATIENCE: Duration = Duration::from_secs(180);
const SIZE: [u32; 2] = [1280, 720];

/// A program that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A display of its own, by name; `None` where there is no server or no hand.
fn display() -> Option<(Running, String)> {
    for program in ["xdotool", "Xvfb"] {
        if let Err(e) = Command::new(program).arg("-help").stdout(Stdio::null()).stderr(Stdio::null()).status() {
            eprintln!("SKIPPED: {program} cannot be started ({e})");
            return None;
        }
    }
    let screen = format!("{}x{}x24", SIZE[0], SIZE[1]);
    let mut server = Command::new("Xvfb");
    server.args(["-displayfd", "1", "-screen", "0", &screen, "-nolisten", "tcp"]);
    let mut server = server.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it was there before");
    let mut number = String::new();
    BufReader::new(server.stdout.take().expect("piped")).read_line(&mut number).expect("the server names its display");
    Some((Running(server), format!(":{}", number.trim())))
}

/// The walkthrough and how to reach it.
struct Walkthrough {
    _program: Running,
    display: String,
    address: SocketAddr,
}

impl Walkthrough {
    fn open(display: &str, cloud: &Path, folder: &Path) -> Self {
        let port =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|l| l.local_addr()).expect("a free port").port();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let own = std::env::current_exe().expect("a test has a program");
        let examples = own.parent().and_then(Path::parent).expect("target/debug/deps/window-...").join("examples");
        let mut program = Command::new(examples.join("scannet_walkthrough"));
        program.current_dir(folder);
        program.arg("--cloud").arg(cloud).arg(format!("--remote={address}")).arg("--no-settings");
        program.arg("--size").arg(format!("{}x{}", SIZE[0], SIZE[1])).arg("--quit-after").arg("600");
        let program = program.env("DISPLAY", display).env_remove("WAYLAND_DISPLAY").spawn().expect("it is built");
        let walkthrough = Self { _program: Running(program), display: display.to_owned(), address };
        walkthrough.until("the cloud is shown", |w| w.gaussians() > Some(0));
        walkthrough
    }

    /// The result of a method; `None` while nobody answers, or where it fails.
    fn ask(&self, method: &str, params: Value) -> Option<Value> {
        let mut stream = TcpStream::connect(self.address).ok()?;
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
        write!(stream, "POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{body}", body.len()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let answer: Value = serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()?;
        answer.get("result").cloned()
    }

    fn until(&self, what: &str, mut is_so: impl FnMut(&Self) -> bool) {
        let since = Instant::now();
        while !is_so(self) {
            assert!(since.elapsed() < PATIENCE, "not so after {PATIENCE:?}: {what}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// What a hand does, with the pause that a hand makes.
    fn hand(&self, words: &str) {
        let words: Vec<&str> = words.split_whitespace().collect();
        let status = Command::new("xdotool").args(&words).env("DISPLAY", &self.display).status();
        assert!(status.is_ok_and(|s| s.success()), "xdotool {words:?}");
        std::thread::sleep(Duration::from_millis(700));
    }

    /// Mode and highlighted class of the camera that the window shows.
    fn look(&self) -> Option<(String, Option<String>)> {
        let shown = self.ask("splats.camera", json!({}))?;
        let look = self.ask("splats.mode", json!({ "camera": shown["camera"] }))?["cameras"][0].clone();
        Some((look["mode"].as_str()?.to_owned(), look["highlight"]["name"].as_str().map(str::to_owned)))
    }

    fn position(&self) -> Option<Value> {
        self.ask("splats.camera", json!({})).map(|camera| camera["position"].clone())
    }

    fn gaussians(&self) -> Option<u64> {
        self.ask("splats.clouds", json!({}))?[0]["count"].as_u64()
    }
}

#[test]
fn keys_and_mouse_do_what_the_overlay_says() {
    if std::env::var("SEMSPLAT_GPU").as_deref() != Ok("required") {
        eprintln!("SKIPPED: the walkthrough needs a GPU (SEMSPLAT_GPU=required)");
        return;
    }
    // The examples' own test trains it.
    let cloud = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/sample_room/cloud_700.ply");
    if !cloud.is_file() {
        eprintln!("SKIPPED: {} is not there: run the test `examples` first", cloud.display());
        return;
    }
    let Some((_server, display)) = display() else { return };
    let folder = tempfile::tempdir().unwrap();
    let window = Walkthrough::open(&display, &cloud, folder.path());
    window.hand("search --sync --name splats windowfocus");

    // Space: the walk stands; a bracket: the next view.
    window.hand("key space");
    let before = window.position();
    window.hand("key k");
    window.hand("key bracketright");
    window.until("the camera has gone to the next view", |w| w.position().is_some_and(|at| Some(at) != before));

    // Key frames here and there are filmed, for two frames.
    window.hand("key k");
    window.hand("key F6");
    let frame = folder.path().join("path_film/frame_0002.png");
    window.until("two frames are filmed", |_| frame.is_file());
    window.hand("key F6");
    window.until("the picture of one is whole", |_| image::open(&frame).is_ok_and(|picture| picture.width() == 1280));

    for (key, mode) in [("3", "overlay"), ("2", "classes"), ("1", "colour")] {
        window.hand(&format!("key {key}"));
        window.until(mode, |w| w.look().is_some_and(|look| look.0 == mode));
    }

    // Down the panel at the left until a line of the class list is met.
    let mut lines = (300..SIZE[1] - 150).step_by(9);
    window.until("a click on a class highlights it", |w| {
        w.hand(&format!("mousemove 70 {} click 1", lines.next().expect("the list is in the panel")));
        w.look().is_some_and(|look| look.1.is_some())
    });
    window.hand("key Escape");

    // A rectangle across the middle of the scene.
    let all = window.gaussians();
    let [x, y] = [SIZE[0] / 2, SIZE[1] / 2];
    window.hand("key r");
    window.hand(&format!("mousemove {} {}", x - 120, y - 120));
    window.hand("mousedown 1");
    window.hand(&format!("mousemove {} {}", x - 60, y - 60));
    window.hand(&format!("mousemove {} {}", x + 120, y + 120));
    window.hand("mouseup 1");
    window.hand("key Delete");
    window.until("what the rectangle holds is deleted", |w| w.gaussians().is_some_and(|n| Some(n) < all));
    window.hand("key ctrl+z");
    window.until("undo brings it back", |w| w.gaussians() == all);
}

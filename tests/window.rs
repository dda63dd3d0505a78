//! The walkthrough in a window, with a hand on keys and mouse: a virtual display, `xdotool` for the hand, and the remote
//! protocol to ask what came of it.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
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
    fn open(display: &str, cloud: &Path) -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|l| l.local_addr()).expect("a free port").port();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let own = std::env::current_exe().expect("a test has a program");
        let folder = own.parent().and_then(Path::parent).expect("target/debug/deps/window-...").join("examples");
        let mut program = Command::new(folder.join("scannet_walkthrough"));
        program.arg("--cloud").arg(cloud).arg(format!("--remote={address}")).arg("--no-settings");
        program.arg("--size").arg(format!("{}x{}", SIZE[0], SIZE[1])).arg("--quit-after").arg("600");
        let program = program.env("DISPLAY", display).env_remove("WAYLAND_DISPLAY").spawn().expect("it is built");
        let walkthrough = Self { _program: Running(program), display: display.to_owned(), address };
        walkthrough.until("the cloud is shown", |w| {
            w.ask("splats.clouds", json!({})).is_some_and(|clouds| clouds[0]["count"].as_u64() > Some(0))
        });
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

    fn hand(&self, words: &str) {
        let moves = words.split_whitespace();
        let status = Command::new("xdotool").args(moves).env("DISPLAY", &self.display).status();
        assert!(status.is_ok_and(|s| s.success()), "xdotool {words}");
    }

    fn mode(&self) -> String {
        let modes = self.ask("splats.mode", json!({})).unwrap_or_default();
        modes["cameras"][0]["mode"].as_str().unwrap_or_default().to_owned()
    }

    fn highlight(&self) -> Option<String> {
        let modes = self.ask("splats.mode", json!({}))?;
        modes["cameras"][0]["highlight"]["name"].as_str().map(str::to_owned)
    }

    fn position(&self) -> Value {
        self.ask("splats.camera", json!({})).unwrap_or_default()["position"].clone()
    }

    fn count(&self) -> u64 {
        let clouds = self.ask("splats.clouds", json!({})).unwrap_or_default();
        clouds[0]["count"].as_u64().unwrap_or_default()
    }
}

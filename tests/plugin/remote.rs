//! Questions from another program, in another language, to a running app.

use crate::stage::{BLOB_ROWS, BLOBS, DISTANCE, RADIUS, SIZE, Stage, blobs, has_gpu, pixel_of};
use bevy::prelude::*;
use bevy_semantic_splats::prelude::*;
use bevy_semantic_splats::splat_core::objects::ObjectOptions;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Time that the program may take.
const PATIENCE: Duration = Duration::from_secs(120);

fn anywhere() -> SplatRemotePlugin {
    SplatRemotePlugin::at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
}

/// The program, asking at an address about the blobs; `None` without Python.
fn client(address: SocketAddr, folder: &Path) -> Option<Child> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/remote_client.py");
    let scene = serde_json::json!({
        "url": format!("http://{address}"),
        "chairs": [BLOBS[0].to_array(), BLOBS[2].to_array()],
        "table": BLOBS[1].to_array(),
        "pixel": pixel_of(BLOBS[1]).to_array(),
        "distance": DISTANCE,
        "radius": RADIUS,
        "rows": BLOB_ROWS,
        "size": SIZE.to_array(),
        "folder": folder,
    });
    let program = Command::new("python3").arg(script).arg(scene.to_string()).stderr(Stdio::piped()).spawn();
    match program {
        Ok(child) => Some(child),
        Err(e) => {
            eprintln!("SKIPPED: python3 cannot be started ({e})");
            None
        }
    }
}

#[test]
fn another_program_asks_and_is_answered() {
    if !has_gpu() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let plugin = SplatRemotePlugin { folder: Some(folder.path().to_owned()), ..anywhere() };
    let (mut stage, _) = Stage::with(SIZE, |app| {
        app.add_plugins(plugin);
    });
    let options = ObjectOptions { link: 0.3, min_rows: 10, ..default() };
    let cloud = (SplatCloud::from_cloud(blobs()), FindObjects(options), Name::new("blobs"));
    stage.app.world_mut().spawn(cloud);
    stage.run(3);
    let RemoteAddress(address) = *stage.app.world().resource::<RemoteAddress>();
    assert!(address.ip().is_loopback() && address.port() != 0);
    let Some(mut child) = client(address, folder.path()) else { return };
    let since = Instant::now();
    while child.try_wait().unwrap().is_none() {
        stage.run(1);
        if since.elapsed() > PATIENCE {
            child.kill().unwrap();
        }
    }
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let view = stage.app.world().get::<SplatView>(stage.camera).unwrap();
    assert_eq!((view.highlight, view.mode), (Some(0), DisplayMode::Overlay), "what was asked for last");
    let place = stage.app.world().get::<Transform>(stage.camera).unwrap();
    assert_eq!(place.translation, Vec3::new(0.0, 1.0, 5.0));
    drop(stage);
    assert!(TcpStream::connect(address).is_err(), "nobody listens once the app is gone");
}

/// An app without a renderer.
fn bare(plugin: SplatRemotePlugin) -> App {
    let mut app = App::new();
    app.add_plugins((MinimalPlugins, TransformPlugin, bevy::asset::AssetPlugin::default(), SemanticSplatPlugins));
    app.add_plugins(plugin);
    app.finish();
    app.cleanup();
    app.update();
    app
}

/// The body of the answer to a call, while the app runs.
fn call(app: &mut App, method: &str, params: &str) -> serde_json::Value {
    let RemoteAddress(address) = *app.world().resource::<RemoteAddress>();
    let body = format!(r#"{{"jsonrpc": "2.0", "id": 1, "method": "{method}", "params": {params}}}"#);
    let ask = move || {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    };
    let asking = std::thread::spawn(ask);
    while !asking.is_finished() {
        app.update();
        std::thread::sleep(Duration::from_millis(2));
    }
    asking.join().unwrap()
}

#[test]
fn without_a_renderer_questions_are_answered_and_picks_with_nothing() {
    let mut app = bare(anywhere());
    let camera = app.world_mut().spawn((Camera3d::default(), SplatView::default())).id();
    // Nobody works out what is visible in such an app.
    let cloud = app.world_mut().spawn((SplatCloud::from_cloud(blobs()), InheritedVisibility::VISIBLE)).id();
    app.update();
    // Gaussians of a blob are further apart than what is bridged here: there are no objects, but they have been looked for.
    assert_eq!(call(&mut app, "splats.objects", "{}")["result"], serde_json::json!([]));
    assert!(app.world().get::<FindObjects>(cloud).is_some());
    assert_eq!(call(&mut app, "splats.query", "{}")["result"]["count"], 3 * BLOB_ROWS);
    assert!(call(&mut app, "splats.pick", r#"{"pixel": [1, 1]}"#)["result"].is_null());
    let lit = call(&mut app, "splats.highlight", r#"{"class": "table"}"#);
    assert_eq!(lit["result"][0]["class"]["id"], 9, "{lit}");
    assert_eq!(app.world().get::<SplatView>(camera).unwrap().highlight, Some(1));
}

#[test]
fn an_app_that_cannot_listen_runs_on() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let mut app = bare(SplatRemotePlugin::at(taken.local_addr().unwrap()));
    app.update();
    assert!(app.world().get_resource::<RemoteAddress>().is_none());

    let open = SplatRemotePlugin::at(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)));
    assert!(bare(open.clone()).world().get_resource::<RemoteAddress>().is_none(), "nobody allowed other machines");
    let allowed = bare(SplatRemotePlugin { allow_network: true, ..open });
    let RemoteAddress(address) = *allowed.world().resource::<RemoteAddress>();
    drop(allowed);
    assert!(TcpListener::bind(address).is_ok(), "the port is free again");
}

//! What runs when.

use crate::methods::{self, Later, Step};
use crate::rpc::Outcome;
use crate::server::{Job, Server, Terms};
use bevy::prelude::*;
use bevy::winit::{EventLoopProxyWrapper, WinitUserEvent};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

/// Port where nothing else is said: that of Bevy's own remote protocol.
pub const DEFAULT_PORT: u16 = 15702;
/// Calls that are begun in one frame.
const CALLS_A_FRAME: usize = 64;

/// Answers questions from outside the app; needs the plugins of `bevy_splat_render` and `bevy_splat_query`.
///
/// Where it cannot listen (the port may be taken) an error in the log says so, and the app runs on without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplatRemotePlugin {
    /// Where it listens; port 0 is any free one, see [`RemoteAddress`].
    pub address: SocketAddr,
    /// True lets other machines ask, where `address` is one that they reach. Anybody who reaches it may: there are no
    /// passwords.
    pub allow_network: bool,
    /// Web pages that may ask, by origin (`http://localhost:8080`); others are refused.
    pub origins: Vec<String>,
    /// Folder that files go into; without one nothing is written.
    pub folder: Option<PathBuf>,
    /// How long an answer may take.
    pub timeout: Duration,
}

impl Default for SplatRemotePlugin {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT)),
            allow_network: false,
            origins: Vec::new(),
            folder: None,
            timeout: Duration::from_secs(15),
        }
    }
}

impl SplatRemotePlugin {
    /// Listens at another address.
    pub fn at(address: SocketAddr) -> Self {
        Self { address, ..Self::default() }
    }
}

/// Where the server listens; there is none where it could not start.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemoteAddress(pub SocketAddr);

/// Folder that methods write into.
#[derive(Resource, Clone, Debug)]
pub(crate) struct RemoteFolder(pub Option<PathBuf>);

/// The server and the calls that it handed over.
#[derive(Resource)]
struct Remote {
    /// Dropped with the world, which ends the threads.
    _server: Server,
    jobs: Mutex<Receiver<Job>>,
    waiting: Vec<Job>,
    begun: Vec<(Job, Later)>,
}

impl Plugin for SplatRemotePlugin {
    fn build(&self, app: &mut App) {
        app.insert_resource(RemoteFolder(self.folder.clone()));
    }

    // Not in `build`: the log and the window's event loop must be there whatever the order of plugins.
    fn finish(&self, app: &mut App) {
        let address = self.address;
        if !self.allow_network && !address.ip().is_loopback() {
            error!("{address} can be reached from other machines: no remote questions, unless `allow_network` is set");
            return;
        }
        let terms = Terms { timeout: self.timeout, origins: self.origins.clone(), wake: waker(app) };
        match Server::start(address, terms) {
            Ok((server, jobs)) => {
                info!("remote questions are answered at http://{}", server.address());
                app.insert_resource(RemoteAddress(server.address()));
                let jobs = Mutex::new(jobs);
                app.insert_resource(Remote { _server: server, jobs, waiting: Vec::new(), begun: Vec::new() });
                app.add_systems(Update, (receive, answer.run_if(has_calls)).chain());
            }
            Err(e) => error!("no remote questions: {address} cannot be listened at: {e}; choose another port, or 0"),
        }
    }
}

/// Windows that rest between events are woken by questions.
fn waker(app: &App) -> Option<Box<dyn Fn() + Send + Sync>> {
    let proxy = (**app.world().get_resource::<EventLoopProxyWrapper>()?).clone();
    // A loop that is closed needs no waking.
    Some(Box::new(move || _ = proxy.send_event(WinitUserEvent::WakeUp)))
}

/// Takes calls in.
fn receive(mut remote: ResMut<Remote>) {
    let Remote { jobs, waiting, .. } = remote.bypass_change_detection();
    let jobs = jobs.get_mut().unwrap_or_else(|e| e.into_inner());
    waiting.extend(jobs.try_iter().take(CALLS_A_FRAME));
}

fn has_calls(remote: Res<Remote>) -> bool {
    !(remote.waiting.is_empty() && remote.begun.is_empty())
}

/// Answers what can be answered, and looks after what was begun.
fn answer(world: &mut World) {
    let mut remote = world.resource_mut::<Remote>();
    let (waiting, mut begun) = (std::mem::take(&mut remote.waiting), std::mem::take(&mut remote.begun));
    let now = Instant::now();
    begun.retain_mut(|(job, later)| match later(world) {
        Some(outcome) => reply(job, outcome),
        None => job.until > now,
    });
    for job in waiting.into_iter().filter(|job| job.until > now) {
        match methods::begin(world, &job.call) {
            Step::Done(outcome) => drop(reply(&job, outcome)),
            Step::Later(later) => begun.push((job, later)),
        }
    }
    world.resource_mut::<Remote>().begun = begun;
}

/// Always false: the job is done. Whoever asked may be gone.
fn reply(job: &Job, outcome: Outcome) -> bool {
    drop(job.reply.try_send(outcome));
    false
}

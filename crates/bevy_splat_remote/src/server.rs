//! The threads: one that waits for connections, and one for each connection while it is open. They hand calls to the app over
//! a channel and wait for its answers; the app never waits for them.

use crate::connection::{Timed, linger};
use crate::http::{self, Refusal, Request};
use crate::rpc::{self, Call, Outcome, RpcError, code};
use serde_json::Value;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Bytes that the body of a request may have.
pub(crate) const BODY_MOST: usize = 1 << 20;
/// Connections that may be open at a time, and calls that may wait for the app.
const CONNECTIONS_MOST: usize = 16;
const JOBS_MOST: usize = 256;
/// Time in which a request must have arrived, and in which an answer must have been taken.
const TRANSFER: Duration = Duration::from_secs(5);
/// Pause where connections cannot be accepted: the machine may be out of file handles for a moment.
const PAUSE: Duration = Duration::from_millis(50);

/// A call on its way to the app.
pub(crate) struct Job {
    pub call: Call,
    /// When nobody waits for the answer any more.
    pub until: Instant,
    pub reply: SyncSender<Outcome>,
}

/// What the threads go by.
pub(crate) struct Terms {
    /// How long an answer may take.
    pub timeout: Duration,
    /// Web pages that may ask.
    pub origins: Vec<String>,
    /// Wakes an app that rests between events.
    pub wake: Option<Box<dyn Fn() + Send + Sync>>,
}

struct Shared {
    terms: Terms,
    jobs: SyncSender<Job>,
    open: AtomicUsize,
    is_over: AtomicBool,
}

/// A server; it ends when it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens at an address; port 0 is any free one. Calls arrive at the receiver.
    pub fn start(address: SocketAddr, terms: Terms) -> io::Result<(Self, Receiver<Job>)> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let (jobs, receiver) = sync_channel(JOBS_MOST);
        let shared = Arc::new(Shared { terms, jobs, open: AtomicUsize::new(0), is_over: AtomicBool::new(false) });
        let own = shared.clone();
        let thread = thread::Builder::new().name("splat remote".to_owned()).spawn(move || listen(&listener, &own))?;
        Ok((Self { address, shared, thread: Some(thread) }, receiver))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        // The thread waits for a connection: give it one.
        let ip = match self.address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
            ip => ip,
        };
        let door = SocketAddr::new(ip, self.address.port());
        let is_awake = TcpStream::connect_timeout(&door, Duration::from_secs(1)).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| is_awake) {
            drop(thread.join());
        }
    }
}

fn listen(listener: &TcpListener, shared: &Arc<Shared>) {
    while !shared.is_over.load(Ordering::SeqCst) {
        let Ok((stream, _)) = listener.accept() else {
            thread::sleep(PAUSE);
            continue;
        };
        if shared.is_over.load(Ordering::SeqCst) {
            return;
        }
        let guest = Guest::new(shared);
        // One more than there is room for is told so; far beyond that, and without a thread, it is just closed.
        if guest.number <= 2 * CONNECTIONS_MOST {
            let talk = move || guest.converse(&stream);
            drop(thread::Builder::new().name("splat remote".to_owned()).spawn(talk));
        }
    }
}

/// Somebody at the other end of a connection; open ones are counted.
struct Guest {
    shared: Arc<Shared>,
    number: usize,
}

impl Guest {
    fn new(shared: &Arc<Shared>) -> Self {
        let number = shared.open.fetch_add(1, Ordering::SeqCst) + 1;
        Self { shared: shared.clone(), number }
    }

    /// One request and its answer. Whatever breaks ends this connection and nothing else.
    fn converse(&self, stream: &TcpStream) {
        let mut timed = Timed { stream, until: Instant::now() + TRANSFER };
        let request = match self.number <= CONNECTIONS_MOST {
            true => http::read(&mut timed, BODY_MOST),
            false => Err(Refusal { status: 503, message: "there are too many connections".to_owned() }),
        };
        let (status, origin, body) = match request {
            Ok(None) => return,
            Ok(Some((request, origin))) => reply(request, origin, &self.shared),
            Err(refusal) => refused(refusal),
        };
        timed.until = Instant::now() + TRANSFER;
        let is_written = http::write(&mut timed, status, origin.as_deref(), &body).is_ok();
        if is_written && !matches!(status, 200 | 204) {
            linger(stream);
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.shared.open.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Status, who may read it, body.
type Answer = (u16, Option<String>, Vec<u8>);

fn refused(refusal: Refusal) -> Answer {
    let error = RpcError::new(code::INVALID_REQUEST, refusal.message);
    (refusal.status, None, rpc::answer(Value::Null, Err(error)).to_string().into_bytes())
}

fn reply(request: Request, origin: Option<String>, shared: &Shared) -> Answer {
    // Browsers say which page asks. Without this any page that is open on this machine could move the camera.
    if let Some(stranger) = origin.as_ref().filter(|origin| !shared.terms.origins.contains(origin)) {
        let message = format!("pages of {stranger:.100} may not ask");
        return refused(Refusal { status: 403, message });
    }
    let body = match request {
        Request::Preflight if origin.is_some() => return (204, origin, Vec::new()),
        Request::Preflight => {
            return refused(Refusal { status: 405, message: "questions are sent with POST".to_owned() });
        }
        Request::Post(body) => body,
    };
    match rpc::serve(&body, |calls| ask(calls, shared)) {
        Some(answer) => (200, origin, answer.to_string().into_bytes()),
        None => (204, origin, Vec::new()),
    }
}

/// Has the app answer.
fn ask(calls: Vec<Call>, shared: &Shared) -> Vec<Outcome> {
    let until = Instant::now() + shared.terms.timeout;
    let is_over = || RpcError::new(code::INTERNAL, "the app gave no answer");
    let send = |call| {
        let (reply, answer) = sync_channel(1);
        match shared.jobs.try_send(Job { call, until, reply }) {
            Ok(()) => Ok(answer),
            Err(TrySendError::Full(_)) => Err(RpcError::new(code::BUSY, "too many requests are waiting")),
            Err(TrySendError::Disconnected(_)) => Err(is_over()),
        }
    };
    let sent: Vec<_> = calls.into_iter().map(send).collect();
    if let Some(wake) = &shared.terms.wake {
        wake();
    }
    let take = |answer: Result<Receiver<Outcome>, RpcError>| {
        let left = until.saturating_duration_since(Instant::now());
        answer?.recv_timeout(left).unwrap_or_else(|e| match e {
            RecvTimeoutError::Timeout => Err(RpcError::new(code::TIMED_OUT, "the answer took too long")),
            RecvTimeoutError::Disconnected => Err(is_over()),
        })
    };
    sent.into_iter().map(take).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::io::{Read, Write};

    fn server(terms: Terms) -> (Server, Receiver<Job>) {
        Server::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), terms).unwrap()
    }

    fn terms() -> Terms {
        Terms { timeout: Duration::from_secs(5), origins: vec!["http://a.b".to_owned()], wake: None }
    }

    /// Sends a request and returns the whole answer.
    fn send(address: SocketAddr, headers: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        let request = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len());
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    const CALL: &str = r#"{"jsonrpc": "2.0", "id": 1, "method": "x"}"#;

    #[test]
    fn calls_reach_the_app_and_answers_come_back() {
        let (server, jobs) = server(terms());
        let address = server.address();
        let app = thread::spawn(move || {
            for job in jobs {
                job.reply.try_send(Ok(json!(job.call.method))).unwrap();
            }
        });
        assert!(send(address, "", CALL).ends_with(r#"{"id":1,"jsonrpc":"2.0","result":"x"}"#));
        assert!(send(address, "", &format!("[{CALL},{CALL}]")).contains(r#"},{"#));
        let friend = send(address, "Origin: http://a.b\r\n", CALL);
        assert!(friend.contains("Access-Control-Allow-Origin: http://a.b") && friend.contains(r#""result""#));
        assert!(send(address, "Origin: http://c.d\r\n", CALL).starts_with("HTTP/1.1 403"));
        let large = send(address, "", &" ".repeat(BODY_MOST + 1));
        assert!(large.starts_with("HTTP/1.1 413") && large.contains("-32600"), "{large}");
        drop(server);
        app.join().expect("the channel closes with the server");
        assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
    }

    #[test]
    fn apps_that_do_not_answer_are_not_waited_for() {
        let (quick, jobs) = server(Terms { timeout: Duration::from_millis(50), ..terms() });
        assert!(send(quick.address(), "", CALL).contains(&code::TIMED_OUT.to_string()));
        assert_eq!(jobs.try_iter().count(), 1);
        drop(jobs);
        assert!(send(quick.address(), "", CALL).contains(&code::INTERNAL.to_string()), "the app is gone");
    }

    #[test]
    fn more_connections_than_there_is_room_for_are_turned_away() {
        let (server, _jobs) = server(terms());
        let open: Vec<_> = (0..CONNECTIONS_MOST).map(|_| TcpStream::connect(server.address()).unwrap()).collect();
        let wait = Instant::now();
        while server.shared.open.load(Ordering::SeqCst) < CONNECTIONS_MOST && wait.elapsed() < TRANSFER {
            thread::sleep(Duration::from_millis(5));
        }
        assert!(send(server.address(), "", CALL).starts_with("HTTP/1.1 503"));
        drop(open);
    }
}

//! A connection that nobody can hold open, and whose answer arrives.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// What is still read of a request that was refused, so that the other side sees the answer: bytes and time.
const LINGER_MOST: usize = 16 << 20;
const LINGER: Duration = Duration::from_millis(500);

/// A connection that must be done by a moment, however slowly its bytes come.
pub(crate) struct Timed<'a> {
    pub stream: &'a TcpStream,
    pub until: Instant,
}

impl Timed<'_> {
    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(Some(left)) }
    }
}

impl Read for Timed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.left()?)?;
        self.stream.read(buffer)
    }
}

impl Write for Timed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.left()?)?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// Closes a connection whose other side may still be sending: were it closed at once, the answer would be lost with it.
pub(crate) fn linger(stream: &TcpStream) {
    if stream.shutdown(std::net::Shutdown::Write).is_err() {
        return;
    }
    let mut timed = Timed { stream, until: Instant::now() + LINGER };
    let mut buffer = [0; 8 << 10];
    let mut total = 0;
    while let Ok(n @ 1..) = timed.read(&mut buffer) {
        total += n;
        if total > LINGER_MOST {
            return;
        }
    }
}

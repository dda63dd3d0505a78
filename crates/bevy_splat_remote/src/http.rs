//! As much of HTTP/1.1 as a remote question needs: one POST with a length, one answer, and the connection is closed.

use std::io::{self, ErrorKind, Read, Write};

/// Bytes that the lines before the body may take, and how many of them there may be.
const HEAD_MOST: usize = 16 << 10;
const HEADERS_MOST: usize = 64;

/// What arrived.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// A question.
    Post(Vec<u8>),
    /// A browser asks whether a page of this origin may ask.
    Preflight,
}

/// What goes before a body.
#[derive(Debug, Default)]
struct Head {
    is_post: bool,
    is_options: bool,
    origin: Option<String>,
    length: Option<usize>,
    is_chunked: bool,
    wants_continue: bool,
}

/// An answer that is no JSON-RPC answer: an HTTP status and what is wrong.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub status: u16,
    pub message: String,
}

fn refuse<T>(status: u16, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { status, message: message.into() })
}

/// Reads a request and the origin of the page that sends it, if one does. `None` where the other side says nothing.
pub(crate) fn read(
    stream: &mut (impl Read + Write),
    body_most: usize,
) -> Result<Option<(Request, Option<String>)>, Refusal> {
    let mut bytes = Vec::new();
    let (head, begin) = loop {
        if let Some(found) = parse_head(&bytes)? {
            break found;
        }
        if bytes.len() >= HEAD_MOST {
            return refuse(431, "the headers are too long");
        }
        if more(stream, &mut bytes, HEAD_MOST)? == 0 {
            return if bytes.is_empty() { Ok(None) } else { refuse(400, "the request ends before its body") };
        }
    };
    if head.is_options {
        return Ok(Some((Request::Preflight, head.origin)));
    }
    let length = body_length(&head, body_most)?;
    let mut body = bytes.split_off(begin);
    if head.wants_continue && body.len() < length && stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").is_err() {
        return Ok(None);
    }
    while body.len() < length {
        if more(stream, &mut body, length)? == 0 {
            return refuse(400, "the body is shorter than Content-Length");
        }
    }
    body.truncate(length);
    Ok(Some((Request::Post(body), head.origin)))
}

/// Reads once, so that there are at most `most` bytes.
fn more(stream: &mut impl Read, bytes: &mut Vec<u8>, most: usize) -> Result<usize, Refusal> {
    let mut buffer = [0; 8 << 10];
    let room = buffer.len().min(most - bytes.len());
    match stream.read(&mut buffer[..room]) {
        Ok(n) => {
            bytes.extend_from_slice(&buffer[..n]);
            Ok(n)
        }
        Err(e) if e.kind() == ErrorKind::Interrupted => more(stream, bytes, most),
        Err(e) if matches!(e.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock) => {
            refuse(408, "the request took too long")
        }
        Err(e) => refuse(400, format!("the connection broke: {e}")),
    }
}

/// The head and where the body begins; `None` while it is not complete.
fn parse_head(bytes: &[u8]) -> Result<Option<(Head, usize)>, Refusal> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MOST];
    let mut request = httparse::Request::new(&mut headers);
    let begin = match request.parse(bytes) {
        Ok(httparse::Status::Complete(begin)) => begin,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return refuse(431, "there are too many headers"),
        Err(e) => return refuse(400, format!("this is not HTTP: {e}")),
    };
    let mut head = Head {
        is_post: request.method == Some("POST"),
        is_options: request.method == Some("OPTIONS"),
        ..Head::default()
    };
    for header in request.headers.iter() {
        let value = String::from_utf8_lossy(header.value);
        match header.name.to_ascii_lowercase().as_str() {
            "content-length" => match (head.length, digits(&value)) {
                (None, Some(length)) => head.length = Some(length),
                _ => return refuse(400, "Content-Length is not one number"),
            },
            "transfer-encoding" => head.is_chunked = true,
            "origin" => head.origin = Some(value.into_owned()),
            "expect" => head.wants_continue = value.eq_ignore_ascii_case("100-continue"),
            _ => {}
        }
    }
    Ok(Some((head, begin)))
}

/// A number of nothing but digits: `parse` alone would take a sign.
fn digits(text: &str) -> Option<usize> {
    let is_plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    is_plain.then(|| text.parse().unwrap_or(usize::MAX))
}

fn body_length(head: &Head, most: usize) -> Result<usize, Refusal> {
    if !head.is_post {
        return refuse(405, "questions are sent with POST");
    }
    match head.length {
        _ if head.is_chunked => refuse(411, "send the body in one piece, with Content-Length"),
        None => refuse(411, "Content-Length is missing"),
        Some(length) if length > most => refuse(413, format!("the body has more than {most} bytes")),
        Some(length) => Ok(length),
    }
}

/// Writes an answer; an empty body has no type. `origin` is that of a page that may read it.
pub(crate) fn write(stream: &mut impl Write, status: u16, origin: Option<&str>, body: &[u8]) -> io::Result<()> {
    let mut head =
        format!("HTTP/1.1 {status} {}\r\nContent-Length: {}\r\nConnection: close\r\n", reason(status), body.len());
    if !body.is_empty() {
        head += "Content-Type: application/json\r\n";
    }
    if status == 405 {
        head += "Allow: POST\r\n";
    }
    if let Some(origin) = origin {
        head += &format!(
            "Access-Control-Allow-Origin: {origin}\r\nAccess-Control-Allow-Headers: content-type\r\nVary: Origin\r\n"
        );
    }
    head += "\r\n";
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    stream.flush()
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        400 => "Bad Request",
        403 => "Forbidden",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        411 => "Length Required",
        413 => "Content Too Large",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        _ => "Error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What arrives in pieces of three bytes, and what was answered meanwhile.
    struct Wire(io::Cursor<Vec<u8>>, Vec<u8>);

    impl Read for Wire {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let n = buffer.len().min(3);
            self.0.read(&mut buffer[..n])
        }
    }

    impl Write for Wire {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn wire(text: &str) -> Wire {
        Wire(io::Cursor::new(text.as_bytes().to_vec()), Vec::new())
    }

    fn status(text: &str) -> u16 {
        read(&mut wire(text), 10).unwrap_err().status
    }

    #[test]
    fn a_post_is_read_however_it_is_cut() {
        let text = "POST / HTTP/1.1\r\nHost: x\r\norigin: http://a.b\r\nContent-Length: 4\r\n\r\nabcdefg";
        let (request, origin) = read(&mut wire(text), 4).unwrap().unwrap();
        assert_eq!((request, origin.as_deref()), (Request::Post(b"abcd".to_vec()), Some("http://a.b")));
        let mut patient = wire("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab");
        assert!(read(&mut patient, 10).unwrap().is_some() && patient.1.starts_with(b"HTTP/1.1 100"));
        assert_eq!(read(&mut wire(""), 10), Ok(None));
        assert_eq!(read(&mut wire("OPTIONS / HTTP/1.1\r\n\r\n"), 10), Ok(Some((Request::Preflight, None))));
    }

    #[test]
    fn what_is_too_much_or_unclear_is_refused() {
        assert_eq!(status("GET / HTTP/1.1\r\n\r\n"), 405);
        assert_eq!(status("POST / HTTP/1.1\r\n\r\n"), 411);
        assert_eq!(status("POST / HTTP/1.1\r\nContent-Length: 11\r\n\r\n"), 413);
        assert_eq!(status("POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n"), 413);
        assert_eq!(status("POST / HTTP/1.1\r\nContent-Length: +4\r\n\r\nabcd"), 400);
        assert_eq!(status("POST / HTTP/1.1\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nabcd"), 400);
        assert_eq!(status("POST / HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\nabcd"), 411);
        assert_eq!(status("POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nab"), 400);
        assert_eq!(status("POST / HT"), 400);
        assert_eq!(status("\u{7f}\u{1}\r\n\r\n"), 400);
        assert_eq!(status(&format!("POST / HTTP/1.1\r\nX: {}", "y".repeat(HEAD_MOST))), 431);
        assert_eq!(status(&format!("POST / HTTP/1.1\r\n{}", "X: y\r\n".repeat(HEADERS_MOST + 1))), 431);
    }

    #[test]
    fn answers_name_their_length_and_who_may_read_them() {
        let mut out = Vec::new();
        write(&mut out, 200, None, b"{}").unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n") && text.ends_with("\r\n\r\n{}"), "{text}");
        assert!(!text.contains("Access-Control"));
        let mut out = Vec::new();
        write(&mut out, 204, Some("http://a.b"), b"").unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(
            text.contains("Access-Control-Allow-Origin: http://a.b\r\n") && !text.contains("Content-Type"),
            "{text}"
        );
    }
}

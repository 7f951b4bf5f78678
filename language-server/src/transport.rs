//! Messages on a pair of streams, as the base protocol frames them.
//!
//! A message that cannot be read is answered and passed over, so that one slip of an editor does
//! not end the session; only the end of the stream does. Nothing but whole frames is ever written.

use std::io::{self, BufRead, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use lsp_server::{Connection, ErrorCode, Message};
use serde_json::{Value, json};

/// The longest message that is read, in bytes: a file of the longest size, escaped.
const MAX_MESSAGE_LEN: usize = 256 * 1024 * 1024;
/// The longest line of a header, in bytes.
const MAX_HEADER_LEN: u64 = 4096;

/// What stands next on the stream.
#[derive(Debug)]
enum Incoming {
    /// A message.
    Message(Box<Message>),
    /// Something else, with the answer to it.
    Malformed(Value),
}

/// Carries messages between the streams and the connection. The writer ends when everything was
/// written that the other end of the connection has sent before it was dropped.
pub(crate) fn start(
    mut input: impl BufRead + Send + 'static,
    output: impl Write + Send + 'static,
    connection: Connection,
) -> JoinHandle<()> {
    let Connection { sender, receiver } = connection;
    let output = Arc::new(Mutex::new(output));
    let answers = Arc::clone(&output);
    thread::spawn(move || {
        while let Ok(Some(incoming)) = read(&mut input) {
            let is_over = match incoming {
                Incoming::Message(message) => sender.send(*message).is_err(),
                Incoming::Malformed(answer) => write(&answers, &answer).is_err(),
            };
            if is_over {
                break;
            }
        }
    });
    thread::spawn(move || {
        for message in receiver {
            let body = serde_json::to_value(&message).map(|mut body| {
                if let Some(body) = body.as_object_mut() {
                    body.insert("jsonrpc".to_owned(), "2.0".into());
                }
                body
            });
            // A reader that has gone away ends the session by closing its end of the input.
            if body.is_ok_and(|body| write(&output, &body).is_err()) {
                break;
            }
        }
    })
}

/// Reads one message; `None` at the end of the stream.
fn read(input: &mut impl BufRead) -> io::Result<Option<Incoming>> {
    let Some(length) = header(input)? else {
        return Ok(None);
    };
    if length > MAX_MESSAGE_LEN {
        io::copy(&mut Read::take(&mut *input, length as u64), &mut io::sink())?;
        let message = format!("a message has at most {MAX_MESSAGE_LEN} bytes");
        return Ok(Some(malformed(
            Value::Null,
            ErrorCode::InvalidRequest,
            &message,
        )));
    }
    let mut body = Vec::new();
    Read::take(&mut *input, length as u64).read_to_end(&mut body)?;
    if body.len() < length {
        return Ok(None);
    }
    Ok(Some(parse(&body)))
}

fn parse(body: &[u8]) -> Incoming {
    let value: Value = match serde_json::from_slice(body) {
        Ok(value) => value,
        Err(error) => {
            let message = format!("the message is no JSON: {error}");
            return malformed(Value::Null, ErrorCode::ParseError, &message);
        }
    };
    // What `Message` cannot hold would else pass for a notification, and wait for ever.
    let id = value.get("id").cloned().unwrap_or(Value::Null);
    let is_id =
        |id: &Value| id.is_string() || id.as_i64().is_some_and(|id| i32::try_from(id).is_ok());
    if value.get("id").is_some() && !is_id(&id) {
        let message = "an id is a string or a number of 32 bits";
        return malformed(Value::Null, ErrorCode::InvalidRequest, message);
    }
    match serde_json::from_value(value) {
        Ok(message) => Incoming::Message(Box::new(message)),
        Err(_) => malformed(
            id,
            ErrorCode::InvalidRequest,
            "the message is no message of JSON-RPC",
        ),
    }
}

/// The length that the next header gives. Lines that are no part of a header are passed over.
fn header(input: &mut impl BufRead) -> io::Result<Option<usize>> {
    let mut length = None;
    loop {
        let mut line = Vec::new();
        Read::take(&mut *input, MAX_HEADER_LEN).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Ok(None);
        }
        let line = line.trim_ascii();
        if line.is_empty() {
            match length {
                Some(length) => return Ok(Some(length)),
                None => continue,
            }
        }
        let field = std::str::from_utf8(line)
            .ok()
            .and_then(|line| line.split_once(':'));
        if let Some((name, value)) = field
            && name.trim().eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok();
        }
    }
}

fn malformed(id: Value, code: ErrorCode, message: &str) -> Incoming {
    let error = json!({ "code": code as i32, "message": message });
    Incoming::Malformed(json!({ "jsonrpc": "2.0", "id": id, "error": error }))
}

/// Writes one frame, whole.
fn write(output: &Mutex<impl Write>, body: &Value) -> io::Result<()> {
    let body = body.to_string();
    let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
    write!(output, "Content-Length: {}\r\n\r\n{body}", body.len())?;
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut input: &[u8]) -> Vec<String> {
        let mut read_all = Vec::new();
        while let Some(incoming) = read(&mut input).unwrap() {
            read_all.push(match incoming {
                Incoming::Message(message) => format!("{message:?}"),
                Incoming::Malformed(answer) => answer["error"]["code"].to_string(),
            });
        }
        read_all
    }

    fn frame(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    #[test]
    fn reading_goes_on_behind_a_message_that_is_none() {
        let good = frame(r#"{"jsonrpc":"2.0","method":"exit"}"#);
        let text = [
            &frame("{no json"),
            "garbage\r\n\r\n",
            &good,
            &frame("[]"),
            &frame(r#"{"id":1.5,"method":"x"}"#),
            "Content-Type: x\r\nContent-Length: nothing\r\n\r\n",
            &good,
        ]
        .concat();
        let found = all(text.as_bytes());
        assert_eq!(found.len(), 5, "{found:?}");
        assert_eq!(found[0], "-32700");
        assert_eq!((&*found[2], &*found[3]), ("-32600", "-32600"));
        assert!(found[1].contains("exit") && found[4].contains("exit"));
    }

    #[test]
    fn a_body_that_is_not_utf8_or_cut_off_is_no_message() {
        assert_eq!(all(b"Content-Length: 2\r\n\r\n\xff\xff"), ["-32700"]);
        assert!(all(b"Content-Length: 20\r\n\r\n{}").is_empty());
        assert!(all(b"Content-Length: 99999999999999\r\n\r\n{}").len() < 2);
    }

    #[test]
    fn the_id_of_a_request_that_is_none_is_answered() {
        let text = frame(r#"{"id":7,"method":3}"#);
        let Some(Incoming::Malformed(answer)) = read(&mut text.as_bytes()).unwrap() else {
            panic!("it is malformed");
        };
        assert_eq!(answer["id"], 7);
    }
}

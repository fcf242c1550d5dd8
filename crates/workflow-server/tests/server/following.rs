//! Whoever follows what happens does not keep the server from stopping.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use crate::support::{Serving, server};

#[test]
fn a_server_that_is_asked_to_stop_ends_the_streams_that_are_open() {
    let mut demo = Serving::start(&mut server(&["demo"]));
    let tab = demo.told("The Workflow tab of Harbour Accounting: ");
    let authority = tab.strip_prefix("http://").expect("plain HTTP");
    let authority = authority.trim_end_matches('/').to_owned();
    let address = authority.replace("localhost", "127.0.0.1");
    let mut stream = TcpStream::connect(address).expect("a server listens");
    let request = format!("GET /api/events?after=0 HTTP/1.1\r\nhost: {authority}\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it is sent");
    let mut lines = BufReader::new(stream);
    let mut line = String::new();
    while !line.starts_with("event: ") {
        line.clear();
        let read = lines.read_line(&mut line).expect("the stream is text");
        assert!(read > 0, "the stream ended by itself");
    }
    let ended = demo.terminated();
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let mut rest = String::new();
    lines.read_to_string(&mut rest).expect("the stream is text");
    assert!(rest.ends_with("0\r\n\r\n"), "it was cut off: {rest}");
}

//! A tap on the line between the adapter and the simulated XPM: what went over it is known to the
//! test, the secrets that the adapter made up among it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The tap. Dropping it cuts the line.
pub(crate) struct Wiretap {
    address: SocketAddr,
    heard: Heard,
    listening: JoinHandle<()>,
}

/// What went over the line, a text for each direction of each connection.
type Heard = Arc<Mutex<Vec<Arc<Mutex<Vec<u8>>>>>>;

impl Drop for Wiretap {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Wiretap {
    pub(crate) async fn on(line: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Heard::default();
        let listening = tokio::spawn(listen(listener, line, Arc::clone(&heard)));
        Self {
            address,
            heard,
            listening,
        }
    }

    /// The address to speak to.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whatever stands between `before` and one of `ends`, wherever it was said.
    pub(crate) fn said_after(&self, before: &str, ends: &[char]) -> Vec<String> {
        let mut found = Vec::new();
        for text in self.heard.lock().unwrap().iter() {
            let text = String::from_utf8_lossy(&text.lock().unwrap()).into_owned();
            for rest in text.split(before).skip(1) {
                let end = rest.find(|c| ends.contains(&c)).unwrap_or(rest.len());
                found.push(rest[..end].to_owned());
            }
        }
        found.sort();
        found.dedup();
        found
    }
}

async fn listen(listener: TcpListener, line: SocketAddr, heard: Heard) {
    while let Ok((near, _)) = listener.accept().await {
        let Ok(far) = TcpStream::connect(line).await else {
            continue;
        };
        let (near_in, near_out) = near.into_split();
        let (far_in, far_out) = far.into_split();
        for (from, to) in [(near_in, far_out), (far_in, near_out)] {
            let text = Arc::default();
            heard.lock().unwrap().push(Arc::clone(&text));
            tokio::spawn(pass(from, to, text));
        }
    }
}

async fn pass(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    text: Arc<Mutex<Vec<u8>>>,
) {
    let mut some = [0; 4_096];
    while let Ok(count @ 1..) = from.read(&mut some).await {
        text.lock().unwrap().extend_from_slice(&some[..count]);
        if to.write_all(&some[..count]).await.is_err() {
            break;
        }
    }
    // The other side sees that this one hung up.
    let _hung_up = to.shutdown().await;
}

/// Asks for a page and gives back where it leads to.
pub(crate) async fn redirect_of(address: SocketAddr, path: &str) -> String {
    let mut line = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    line.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    line.read_to_string(&mut answer).await.unwrap();
    let location = answer
        .lines()
        .find_map(|line| line.strip_prefix("location: "))
        .unwrap_or_else(|| panic!("it leads nowhere: {answer}"));
    location.trim().to_owned()
}

//! A listener whose connections can be cut from within a handler.
//!
//! A reply that gets lost is a connection that ends without a byte of it. HTTP libraries offer no
//! way to do that from a handler, so the stream beneath them has a switch.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// The switch of one connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line(Arc<AtomicBool>);

impl Line {
    /// From now on nothing leaves the connection, and the next attempt to write ends it.
    pub(crate) fn cut(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn check(&self) -> io::Result<()> {
        if self.0.load(Ordering::Acquire) {
            return Err(io::Error::new(
                io::ErrorKind::ConnectionReset,
                "cut by a fault",
            ));
        }
        Ok(())
    }
}

impl Connected<IncomingStream<'_, LoopbackListener>> for Line {
    fn connect_info(stream: IncomingStream<'_, LoopbackListener>) -> Self {
        stream.io().line.clone()
    }
}

/// Accepts connections that carry a [`Line`].
#[derive(Debug)]
pub(crate) struct LoopbackListener(pub(crate) TcpListener);

impl Listener for LoopbackListener {
    type Io = CuttableStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        // axum's own listener knows which errors of accept to wait out.
        let (tcp, from) = Listener::accept(&mut self.0).await;
        (
            CuttableStream {
                tcp,
                line: Line::default(),
            },
            from,
        )
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

/// A TCP stream that obeys its [`Line`].
#[derive(Debug)]
pub(crate) struct CuttableStream {
    tcp: TcpStream,
    line: Line,
}

impl AsyncRead for CuttableStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(cx, buf)
    }
}

impl AsyncWrite for CuttableStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.line.check()?;
        Pin::new(&mut self.tcp).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}

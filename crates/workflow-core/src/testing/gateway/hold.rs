//! A call that is held while a test does something else.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

/// When in its life a call is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldWhen {
    /// Before it is carried out: whoever drops it then has sent nothing.
    Before,
    /// After it was carried out, and before its caller hears of it.
    After,
}

/// A call that is held, or will be: see [`hold_next`](super::MemoryGateway::hold_next).
///
/// Dropping it lets the call go on.
#[derive(Debug)]
pub struct Hold {
    gate: Arc<Gate>,
}

/// What the holder and the call share.
#[derive(Debug, Default)]
pub(super) struct Gate {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    arrived: bool,
    open: bool,
    waiting: Vec<Waker>,
}

impl Hold {
    pub(super) fn new() -> (Self, Arc<Gate>) {
        let gate = Arc::new(Gate::default());
        let held = Arc::clone(&gate);
        (Self { gate }, held)
    }

    /// Returns once the call is held.
    pub async fn arrived(&self) {
        self.gate.until(|state| state.arrived).await;
    }

    /// Lets the call go on.
    pub fn release(self) {
        drop(self);
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.gate.change(|state| state.open = true);
    }
}

impl Gate {
    /// What the call does: it says that it is here, and waits.
    pub(super) async fn pass(&self) {
        self.change(|state| state.arrived = true);
        self.until(|state| state.open).await;
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let waiting = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            change(&mut state);
            std::mem::take(&mut state.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    async fn until(&self, reached: fn(&State) -> bool) {
        poll_fn(|cx: &mut Context<'_>| {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if reached(&state) {
                return Poll::Ready(());
            }
            state.waiting.push(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

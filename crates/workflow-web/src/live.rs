//! What happens, as a stream that a page follows: which workflows have new entries in the audit.
//!
//! A stream keeps nothing for whoever reads it. It remembers the last entry that it told of, and
//! when it is read again it reads on from there; so a slow reader holds nothing up, and one that
//! comes back with the number of that entry misses nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::request::Parts;
use axum::response::sse::Event;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::{Either, select};
use futures_util::stream::{Stream, unfold};
use serde::Serialize;
use utoipa::ToSchema;
use workflow_core::audit::{Entry, Subject};
use workflow_core::ids::PracticeId;
use workflow_core::service::{CommandError, Listener, PracticeHandle};

use crate::App;
use crate::host::Visitor;

/// Streams of one practice that are open at once, at most.
pub(crate) const MOST_STREAMS: usize = 200;

/// Entries that one event tells of. Whoever is further behind looks at everything anew.
const MOST_ENTRIES: u32 = 200;

/// How often a stream says that it is still there, asks the host whether its reader may still
/// read, and looks for what another process wrote.
const TICK: TimeDelta = TimeDelta::seconds(10);

/// After how long a browser that lost the stream opens it again.
const RETRY: Duration = Duration::from_secs(3);

/// How many streams of each practice are open. A clone is the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Streams(Arc<Mutex<BTreeMap<PracticeId, usize>>>);

/// The place of one open stream. Dropping it gives it back.
#[derive(Debug)]
struct Place {
    streams: Streams,
    practice: PracticeId,
}

impl Streams {
    fn change<T>(&self, practice: &PracticeId, change: impl FnOnce(&mut usize) -> T) -> T {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(practice.clone()).or_default();
        let changed = change(count);
        if *count == 0 {
            open.remove(practice);
        }
        changed
    }

    fn place(&self, practice: &PracticeId) -> Option<Place> {
        let is_free = self.change(practice, |count| {
            let is_free = *count < MOST_STREAMS;
            *count += usize::from(is_free);
            is_free
        });
        is_free.then(|| Place {
            streams: self.clone(),
            practice: practice.clone(),
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.streams
            .change(&self.practice, |count| *count = count.saturating_sub(1));
    }
}

/// What an event named `changed` says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Changed {
    /// The workflows that something happened to.
    #[schema(value_type = Vec<uuid::Uuid>)]
    workflows: BTreeSet<String>,
    /// Whether something else of the practice changed: itself, a client, a person, a proposal.
    practice: bool,
}

impl Changed {
    fn of(entries: &[Entry]) -> Self {
        let mut changed = Self::default();
        for entry in entries {
            match entry.line.subject {
                Subject::Workflow(id) => drop(changed.workflows.insert(id.to_string())),
                _ => changed.practice = true,
            }
        }
        changed
    }
}

/// One reader of what happens to a practice.
#[derive(Debug)]
struct Follower {
    app: App,
    /// The request that opened the stream.
    request: Parts,
    visitor: Visitor,
    practice: PracticeHandle,
    listener: Listener,
    /// The last entry that was told of.
    after: u64,
    tick_at: DateTime<Utc>,
    /// What is said before anything else.
    first: Option<Event>,
    _place: Place,
}

/// Why there is no stream.
#[derive(Debug)]
pub(crate) enum NoStream {
    /// The practice has as many as it may.
    TooMany,
    /// The audit cannot be read.
    Unread(CommandError),
}

/// What a stream woke up for.
enum Woken {
    Heard,
    Tick,
    Over,
}

/// A stream of what happens to the visitor's practice after that entry, or from now on.
pub(crate) async fn follow(
    app: &App,
    visitor: Visitor,
    request: Parts,
    after: Option<u64>,
) -> Result<impl Stream<Item = Result<Event, Infallible>> + use<>, NoStream> {
    let place = app.streams.place(&visitor.practice);
    let place = place.ok_or(NoStream::TooMany)?;
    let practice = app.workflows.practice(visitor.practice.clone());
    // It listens before it looks, so that nothing falls between the two.
    let listener = practice.listen();
    let head = practice.audit_head().await.map_err(NoStream::Unread)?;
    let first = match after {
        // A number that the audit has not reached is of a database that was since restored.
        Some(after) if after > head => reload(),
        _ => Event::default().comment("listening"),
    };
    let after = after.map_or(head, |after| after.min(head));
    let follower = Follower {
        app: app.clone(),
        request,
        visitor,
        practice,
        listener,
        after,
        tick_at: app.workflows.ports().clock.now() + TICK,
        first: Some(first.id(after.to_string()).retry(RETRY)),
        _place: place,
    };
    Ok(unfold(follower, async |mut follower| {
        let event = follower.next().await?;
        Some((Ok(event), follower))
    }))
}

/// Everything may have changed.
fn reload() -> Event {
    Event::default().event("reload").data("{}")
}

impl Follower {
    /// What is to be said next; nothing where the stream is to end.
    async fn next(&mut self) -> Option<Event> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        loop {
            match self.read().await {
                Ok(Some(event)) => return Some(event),
                Ok(None) => {}
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(error, "a stream of what happens ended");
                    return None;
                }
            }
            match self.wait().await {
                Woken::Heard => {}
                Woken::Over => return None,
                Woken::Tick if !self.may_still_read().await => return None,
                // What another process wrote is told in place of the sign of life.
                Woken::Tick => match self.read().await {
                    Ok(Some(event)) => return Some(event),
                    _ => return Some(Event::default().comment("still here")),
                },
            }
        }
    }

    async fn read(&mut self) -> Result<Option<Event>, CommandError> {
        let entries = self.practice.audit_after(self.after, MOST_ENTRIES).await?;
        let Some(last) = entries.last() else {
            return Ok(None);
        };
        if entries.len() >= MOST_ENTRIES as usize {
            self.after = self.practice.audit_head().await?;
            return Ok(Some(reload().id(self.after.to_string())));
        }
        self.after = last.seq;
        let event = Event::default().event("changed");
        let said = event.json_data(Changed::of(&entries));
        // Texts and a truth value are JSON whatever they hold.
        let said = said.unwrap_or_else(|_| reload());
        Ok(Some(said.id(self.after.to_string())))
    }

    async fn wait(&mut self) -> Woken {
        let clock = &self.app.workflows.ports().clock;
        let heard = pin!(self.listener.heard());
        // A clock that was set back makes it wait no longer than usual.
        let until = self.tick_at.min(clock.now() + TICK);
        match select(heard, clock.sleep_until(until)).await {
            Either::Left((Some(_), _)) if clock.now() < self.tick_at => Woken::Heard,
            Either::Left((None, _)) => Woken::Over,
            Either::Left(_) | Either::Right(_) => {
                self.tick_at = clock.now() + TICK;
                Woken::Tick
            }
        }
    }

    /// Whether the host still says the same of whoever opened the stream.
    async fn may_still_read(&self) -> bool {
        let visitor = self.app.host.visitor(&self.request).await;
        visitor.is_ok_and(|visitor| visitor == self.visitor)
    }
}

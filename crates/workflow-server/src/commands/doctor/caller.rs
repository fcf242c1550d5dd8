//! One call after another, each debited before it is made, and no more than were announced.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use workflow::ports::clock::Clock;
use workflow::ports::gateway::{Failure as CallFailure, GatewayError};
use workflow::service::PracticeHandle;
use workflow::xpm::{Probe, Probed, Verdict, Xpm};
use workflow::zone::Zone;

use crate::commands::import::failed;
use crate::failure::{Failure, joined};
use crate::out;

/// The longest that the doctor waits for a limit to renew.
const PATIENCE: TimeDelta = TimeDelta::seconds(90);
/// How often one probe is sent where limits refuse it.
const ATTEMPTS: u32 = 3;

/// What came of a probe.
pub(super) type Told = Result<Probed, GatewayError>;

/// Makes the calls.
#[derive(Debug)]
pub(super) struct Caller {
    xpm: Xpm,
    practice: PracticeHandle,
    clock: Arc<dyn Clock>,
    zone: Option<Zone>,
    spent: u32,
    most: u32,
}

impl Caller {
    pub(super) fn new(
        xpm: Xpm,
        practice: PracticeHandle,
        clock: Arc<dyn Clock>,
        zone: Option<Zone>,
        most: u32,
    ) -> Self {
        Self {
            xpm,
            practice,
            clock,
            zone,
            spent: 0,
            most,
        }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Time that only goes on, whatever is done to the clock.
    pub(super) fn monotonic(&self) -> Duration {
        self.clock.monotonic()
    }

    /// The practice's day.
    pub(super) fn today(&self) -> NaiveDate {
        let now = self.now();
        let day = self.zone.as_ref().map(|zone| zone.today(now));
        day.unwrap_or_else(|| now.date_naive())
    }

    /// Calls made so far.
    pub(super) fn spent(&self) -> u32 {
        self.spent
    }

    pub(super) async fn wait(&self, seconds: i64) {
        let until = self.now() + TimeDelta::seconds(seconds);
        self.clock.sleep_until(until).await;
    }

    /// Makes a probe when the budget lets it.
    ///
    /// # Errors
    ///
    /// Where going on is of no use: the practice is not connected, XPM cannot be reached, the day's
    /// calls are spent, or the announced number of calls is.
    pub(super) async fn ask(&mut self, probe: &Probe) -> Result<Told, Failure> {
        for _ in 0..ATTEMPTS {
            self.admitted().await?;
            self.spent += 1;
            let told = self.xpm.probe(self.practice.id(), probe).await;
            let (observed, failure) = match &told {
                Ok(answer) => (&answer.observed, answer.limited.as_ref()),
                Err(error) => (&error.observed, Some(&error.failure)),
            };
            // A token that had to be renewed made it two.
            self.spent += observed.calls.saturating_sub(1);
            let noted = self.practice.call_ended(observed, failure).await;
            noted.map_err(failed)?;
            match &told {
                Ok(answer) if answer.limited.is_some() => {}
                Err(error) => match error.failure {
                    CallFailure::ReplyLost { .. } => return Ok(told),
                    _ => return Err(Failure::other(joined(error))),
                },
                Ok(_) => return Ok(told),
            }
        }
        Err(Failure::other(format!(
            "XPM's limits refused {} {ATTEMPTS} times; try again later",
            probe.call()
        )))
    }

    /// Waits until the budget lets a call through, and debits it.
    async fn admitted(&self) -> Result<(), Failure> {
        loop {
            if self.spent >= self.most {
                return Err(Failure::other(format!(
                    "the {} calls that were announced are made",
                    self.most
                )));
            }
            match self.practice.debit_call().await.map_err(failed)? {
                Ok(()) => return Ok(()),
                Err(at) if at > self.now() + PATIENCE => {
                    return Err(Failure::other(format!(
                        "the practice's calls are spent until {}; run the doctor again then",
                        at.format("%Y-%m-%d %H:%M UTC")
                    )));
                }
                Err(at) => {
                    out::note("waiting for the call limit to renew");
                    self.clock.sleep_until(at).await;
                }
            }
        }
    }
}

/// What came of a probe, in words.
pub(super) fn said(told: &Told) -> String {
    let answer = match told {
        Ok(answer) => answer,
        Err(error) => return format!("no answer: {}", error.failure),
    };
    let status = answer.status;
    match &answer.verdict {
        Verdict::Ok => format!("HTTP {status}, OK"),
        Verdict::Error(words) => format!("HTTP {status}, ERROR: {words}"),
        Verdict::Bare(root) => format!("HTTP {status}, <{root}> without an envelope"),
        Verdict::Gateway(detail) => format!("HTTP {status}, JSON: {detail}"),
        Verdict::Empty => format!("HTTP {status}, no body"),
        _ => format!("HTTP {status}, a body that is neither XML nor JSON"),
    }
}

/// Whether it was answered with an OK envelope and a success status.
pub(super) fn is_ok(told: &Told) -> bool {
    told.as_ref()
        .is_ok_and(|answer| (200..300).contains(&answer.status) && answer.verdict == Verdict::Ok)
}

//! What a scheduler did.

use std::fmt;

use workflow_core::deployment::Then;
use workflow_core::ids::PracticeId;
use workflow_core::workflow::WorkflowEvent;

/// What a scheduler did until it stopped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Deployments that ended with a job.
    pub deployed: u64,
    /// Deployments that now wait for a person.
    pub parked: u64,
    /// Replies that were lost.
    pub lost: u64,
    /// Deployments of which a sweep found a second job.
    pub duplicates: u64,
    /// Calls that were made.
    pub calls: u64,
    /// Calls that were under way when it stopped, and whose end is not known: the next start
    /// looks them up.
    pub unfinished: u64,
    /// Practices that another holder has.
    pub elsewhere: Vec<PracticeId>,
    /// Practices that could not be driven, and why.
    pub troubled: Vec<(PracticeId, String)>,
    /// Practices that wait for a person in the end: their connection does not work, or they could
    /// not be driven. What is due of them is not done, whatever else is settled.
    pub stuck: Vec<PracticeId>,
}

impl Report {
    /// Whether all of it went as it should: no practice is stuck, troubled or another holder's, and
    /// no call was left under way.
    ///
    /// ```
    /// use scheduler::Report;
    /// assert!(Report::default().is_settled());
    /// let stuck = vec!["acme".parse()?];
    /// assert!(!Report { stuck, ..Report::default() }.is_settled());
    /// # Ok::<(), workflow_core::ids::IdError>(())
    /// ```
    #[must_use]
    pub fn is_settled(&self) -> bool {
        let Self {
            unfinished,
            elsewhere,
            troubled,
            stuck,
            ..
        } = self;
        *unfinished == 0 && elsewhere.is_empty() && troubled.is_empty() && stuck.is_empty()
    }

    pub(crate) fn note(&mut self, events: &[WorkflowEvent]) {
        for event in events {
            match event {
                WorkflowEvent::Deployed { .. } => self.deployed += 1,
                WorkflowEvent::Unprepared { .. }
                | WorkflowEvent::Refused {
                    then: Then::AwaitPerson,
                    ..
                }
                | WorkflowEvent::LookedUp {
                    then: Then::AwaitPerson,
                    ..
                } => self.parked += 1,
                WorkflowEvent::ReplyLost { .. } => self.lost += 1,
                _ => {}
            }
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.deployed += other.deployed;
        self.parked += other.parked;
        self.lost += other.lost;
        self.duplicates += other.duplicates;
        self.calls += other.calls;
        self.unfinished += other.unfinished;
        for practice in other.elsewhere {
            if !self.elsewhere.contains(&practice) {
                self.elsewhere.push(practice);
            }
        }
        for practice in other.stuck {
            if !self.stuck.contains(&practice) {
                self.stuck.push(practice);
            }
        }
        for trouble in other.troubled {
            if !self.troubled.contains(&trouble) {
                self.troubled.push(trouble);
            }
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            deployed,
            parked,
            lost,
            calls,
            unfinished,
            stuck,
            ..
        } = self;
        write!(
            f,
            "{deployed} deployed, {parked} waiting for a person, {lost} replies lost, \
             {calls} calls, {unfinished} unfinished"
        )?;
        match stuck.as_slice() {
            [] => Ok(()),
            [one] => write!(f, ", {one} stuck"),
            several => write!(f, ", {} practices stuck", several.len()),
        }
    }
}

//! What follows from the outcome of a call or of a look-up: the protocol, as pure functions.
//!
//! Exactly one job, provided that XPM applies or drops a request within the settle time:
//!
//! * A definite yes is done. A definite no is sent again under back-off where that can cure it,
//!   and else waits for a person. A refused *create* is looked up before the next send, since it
//!   is not known whether a bad template leaves a job behind.
//!   So is one with a number of ours, at once: the refusal may mean that the number exists.
//! * Everything else is uncertain, and is looked up after the settle time. A create that was not
//!   found twice is sent again; after [`Policy::most_sends`] of any step a person decides. More than one job
//!   with the marker stops the deployment. A look-up that could not be made sends nothing.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Deployment, Digest, Found, How, JobRef, Phase, Step, StepKind, StepState, Then, Trouble,
};
use crate::ports::gateway::{Answer, Class, Failure, GatewayError, Job, JobList, Team};
use crate::workflow::WorkflowEvent;

/// The numbers of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How long after the old sender is surely dead a request may still take effect.
    pub settle: TimeDelta,
    /// How often a step is sent, its reply lost each time, before a person decides.
    pub most_sends: u32,
    /// How many tries in a row that a retry could cure, before a person decides.
    pub most_tries: u32,
}

impl Default for Policy {
    /// 120 seconds, 5 sends, 20 tries.
    fn default() -> Self {
        Self {
            settle: TimeDelta::seconds(120),
            most_sends: 5,
            most_tries: 20,
        }
    }
}

impl Policy {
    /// When to look up what may have been sent until `sent`: the settle time later, and at most a
    /// quarter of it more. Look-ups are gathered at instants that far apart, so that one list of a
    /// client's jobs answers for all that was lost at about the same time.
    #[must_use]
    pub fn settled_after(&self, sent: DateTime<Utc>) -> DateTime<Utc> {
        self.gathered(sent + self.settle)
    }

    /// The first instant at which look-ups are gathered, from that one on.
    fn gathered(&self, settled: DateTime<Utc>) -> DateTime<Utc> {
        let apart = (self.settle / 4).num_microseconds().unwrap_or(i64::MAX);
        if apart <= 0 {
            return settled;
        }
        let past = settled.timestamp_micros().rem_euclid(apart);
        // What is finer than a microsecond belongs to the one that has begun.
        let fine = i64::from(!settled.timestamp_subsec_nanos().is_multiple_of(1_000));
        let short = (apart - past) % apart;
        let more = if short < fine { apart } else { short };
        DateTime::from_timestamp_micros(settled.timestamp_micros() + more).unwrap_or(settled)
    }
}

/// What the conclusion needs beside the outcome.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The present, read after the call ended.
    pub now: DateTime<Utc>,
    /// How long to back off, should a retry be able to cure it.
    pub retry_in: TimeDelta,
    /// The numbers of the protocol.
    pub policy: Policy,
}

impl Moment {
    fn trouble(&self, error: &GatewayError) -> Trouble {
        Trouble {
            sentence: error.to_string(),
            correlation: error.observed.correlation.clone(),
            at: self.now,
        }
    }

    fn settled(&self) -> DateTime<Utc> {
        self.policy.settled_after(self.now)
    }
}

/// How many look-ups in a row must find nothing before a create is sent again.
const LOOKS_BEFORE_RESEND: u32 = 2;

impl Deployment {
    /// What follows from the outcome of the call of `step`.
    #[must_use]
    pub fn called(
        &self,
        step: u8,
        outcome: &Result<Answer<Job>, GatewayError>,
        moment: &Moment,
    ) -> Vec<WorkflowEvent> {
        let occurrence = self.occurrence;
        match outcome {
            Ok(answer) => self.done(step, How::Answered, &answer.value),
            Err(error) if error.class() == Class::Uncertain => vec![WorkflowEvent::ReplyLost {
                occurrence,
                step,
                trouble: moment.trouble(error),
                look_up_at: moment.settled(),
            }],
            Err(error) if is_no_try(&error.failure) => vec![self.postponed(step, error, moment)],
            Err(error) => vec![WorkflowEvent::Refused {
                occurrence,
                step,
                trouble: moment.trouble(error),
                then: self.after_refusal(step, error, moment),
            }],
        }
    }

    /// What follows from an intent whose maker is surely dead since `dead_since`.
    #[must_use]
    pub fn abandoned(
        &self,
        step: u8,
        dead_since: DateTime<Utc>,
        moment: &Moment,
    ) -> Vec<WorkflowEvent> {
        let trouble = Trouble {
            sentence: "the program ended while this call was being made; it is looked up before \
                       anything is sent again"
                .to_owned(),
            correlation: None,
            at: moment.now,
        };
        let look_up_at = moment.policy.settled_after(dead_since);
        vec![WorkflowEvent::ReplyLost {
            occurrence: self.occurrence,
            step,
            trouble,
            look_up_at,
        }]
    }

    /// What follows from a look for the marker among the client's jobs.
    ///
    /// It settles an uncertain create, or one that must look before it is sent.
    #[must_use]
    pub fn looked_for_marker(
        &self,
        step: u8,
        list: &Result<Answer<JobList>, GatewayError>,
        moment: &Moment,
    ) -> Vec<WorkflowEvent> {
        let list = match list {
            Ok(answer)
                if answer.value.is_complete() || self.is_told_by_number(step, &answer.value) =>
            {
                &answer.value
            }
            Ok(_) => {
                let sentence = "XPM's list of the client's jobs came without their descriptions, \
                                so it cannot be told whether the job exists; it is looked up again"
                    .to_owned();
                let trouble = Trouble {
                    sentence,
                    correlation: None,
                    at: moment.now,
                };
                return self.not_seen(step, trouble, moment);
            }
            Err(error) if is_no_try(&error.failure) => {
                return vec![self.postponed(step, error, moment)];
            }
            Err(error) => return self.not_seen(step, moment.trouble(error), moment),
        };
        let bears = |job: &&Job| {
            job.description
                .as_deref()
                .is_some_and(|d| self.marker.is_in(d))
        };
        let found: Vec<&Job> = list.jobs.iter().filter(bears).collect();
        match found.as_slice() {
            [job] => {
                let mut events = vec![self.looked(step, Found::Done, None, Then::Settled)];
                events.extend(self.done(step, How::FoundDone, job));
                events
            }
            [] => {
                vec![self.looked(step, Found::Nothing, None, self.after_nothing(step, moment))]
            }
            several => {
                let jobs = several.iter().map(|job| reference(job)).collect();
                vec![self.looked(step, Found::Several { jobs }, None, Then::AwaitPerson)]
            }
        }
    }

    /// Whether a list without descriptions tells all the same: the create was sent with a number
    /// of ours, which no job of the list has.
    fn is_told_by_number(&self, step: u8, list: &JobList) -> bool {
        let sent = self
            .steps
            .get(usize::from(step))
            .is_some_and(|step| step.sends > 0);
        let own = self.own_number().filter(|_| sent);
        own.is_some_and(|own| list.jobs.iter().all(|job| job.number != *own))
    }

    /// What follows from a look for the number that the create was sent with.
    fn looked_for_number(
        &self,
        step: u8,
        job: &Result<Answer<Option<Job>>, GatewayError>,
        moment: &Moment,
    ) -> Vec<WorkflowEvent> {
        let job = match job {
            Ok(answer) => answer.value.as_ref(),
            Err(error) if is_no_try(&error.failure) => {
                return vec![self.postponed(step, error, moment)];
            }
            Err(error) => return self.not_seen(step, moment.trouble(error), moment),
        };
        let Some(job) = job else {
            return vec![self.looked(step, Found::Nothing, None, self.after_nothing(step, moment))];
        };
        match job.description.as_deref() {
            Some(description) if self.marker.is_in(description) => self.found_done(step, job),
            Some(_) => {
                let (job, name) = (reference(job), job.name.clone());
                let found = Found::NumberTaken { job, name };
                vec![self.looked(step, found, None, Then::AwaitPerson)]
            }
            None => {
                let sentence = "the job with our number came without its description, so it \
                                cannot be told whether it is ours; it is looked up again"
                    .to_owned();
                let trouble = Trouble {
                    sentence,
                    correlation: None,
                    at: moment.now,
                };
                self.not_seen(step, trouble, moment)
            }
        }
    }

    /// What follows from a look at one job: the job itself, which settles an uncertain template or
    /// assignment; or whatever has the number that an uncertain create was sent with.
    #[must_use]
    pub fn looked_at_job(
        &self,
        step: u8,
        job: &Result<Answer<Option<Job>>, GatewayError>,
        moment: &Moment,
    ) -> Vec<WorkflowEvent> {
        let kind = self.steps.get(usize::from(step)).map(|step| step.kind);
        if kind == Some(StepKind::Create) {
            return self.looked_for_number(step, job, moment);
        }
        let job = match job {
            Ok(Answer {
                value: Some(job), ..
            }) => job,
            Ok(Answer { value: None, .. }) => {
                let what = "the job is no longer in XPM".to_owned();
                return vec![self.looked(step, Found::Partly { what }, None, Then::AwaitPerson)];
            }
            Err(error) if is_no_try(&error.failure) => {
                return vec![self.postponed(step, error, moment)];
            }
            Err(error) => return self.not_seen(step, moment.trouble(error), moment),
        };
        let Some(current) = self.steps.get(usize::from(step)) else {
            return Vec::new();
        };
        match current.kind {
            StepKind::Create => Vec::new(),
            StepKind::Assign => {
                let team = self
                    .order
                    .as_ref()
                    .map(|order| order.team.clone())
                    .unwrap_or_default();
                let missing = team.missing_from(job);
                if missing.is_empty() {
                    self.found_done(step, job)
                } else {
                    let then = Self::send_again(current, moment);
                    vec![self.looked(step, Found::Nothing, Some(missing), then)]
                }
            }
            StepKind::ApplyTemplate { .. } => {
                self.looked_at_tasks(step, job, Self::send_again(current, moment))
            }
        }
    }

    fn looked_at_tasks(&self, step: u8, job: &Job, unchanged: Then) -> Vec<WorkflowEvent> {
        let (Some(before), Some(after)) = (&self.tasks, &job.tasks) else {
            let what = "the job's tasks cannot be compared with what they were before".to_owned();
            return vec![self.looked(step, Found::Partly { what }, None, Then::AwaitPerson)];
        };
        if self.may_be_anothers(step, before, after) {
            let what = "a backup was restored, so the job's tasks do not tell whether this job \
                        template was applied in the time that was lost"
                .to_owned();
            return vec![self.looked(step, Found::Partly { what }, None, Then::AwaitPerson)];
        }
        if before == after {
            return vec![self.looked(step, Found::Nothing, None, unchanged)];
        }
        if after.len() > before.len() && after.starts_with(before) {
            return self.found_done(step, job);
        }
        let what = "the job's tasks were changed in XPM meanwhile".to_owned();
        vec![self.looked(step, Found::Partly { what }, None, Then::AwaitPerson)]
    }

    /// Whether the job's tasks may hold those of a job template that the ledger never sent, after a
    /// backup was restored: where they are not as they were, or the job or one of its templates was
    /// not answered to the ledger, but found, so that whoever made it may have gone further.
    fn may_be_anothers(&self, step: u8, before: &[String], after: &[String]) -> bool {
        let place = usize::from(step);
        let never_sent = self.steps.get(place).is_some_and(|step| step.sends == 0);
        let answered = StepState::Done { how: How::Answered };
        let found = self.steps.iter().take(place);
        let found = found.clone().any(|step| step.state != answered);
        never_sent && (before != after || (found && !before.is_empty()))
    }

    fn found_done(&self, step: u8, job: &Job) -> Vec<WorkflowEvent> {
        let mut events = vec![self.looked(step, Found::Done, None, Then::Settled)];
        events.extend(self.done(step, How::FoundDone, job));
        events
    }

    /// The step is done, and with the last one the deployment.
    pub(crate) fn done(&self, step: u8, how: How, job: &Job) -> Vec<WorkflowEvent> {
        let (occurrence, job_ref) = (self.occurrence, reference(job));
        let tasks = job.tasks.clone();
        let mut events = vec![WorkflowEvent::Done {
            occurrence,
            step,
            how,
            job: job_ref.clone(),
            tasks,
        }];
        if usize::from(step) + 1 == self.steps.len() {
            events.push(WorkflowEvent::Deployed {
                occurrence,
                job: job_ref,
            });
        }
        events
    }

    /// What follows where the job that a call or a look-up told of is already another
    /// occurrence's: a person decides.
    #[must_use]
    pub fn job_taken(&self, step: u8, job: &str, by: &str, moment: &Moment) -> Vec<WorkflowEvent> {
        let what = format!("the job {job} is already that of {by}");
        let sent = self
            .steps
            .get(usize::from(step))
            .is_some_and(|step| matches!(step.state, StepState::Intended { .. }));
        if !sent {
            return vec![self.looked(step, Found::Partly { what }, None, Then::AwaitPerson)];
        }
        let trouble = Trouble {
            sentence: format!("{what}; look at it in XPM, then retry or give this date up"),
            correlation: None,
            at: moment.now,
        };
        vec![WorkflowEvent::Refused {
            occurrence: self.occurrence,
            step,
            trouble,
            then: Then::AwaitPerson,
        }]
    }

    /// A person named the job: the create is done, and the other steps go on.
    #[must_use]
    pub fn adopted(&self, job: &Job) -> Vec<WorkflowEvent> {
        let adopted = WorkflowEvent::Adopted {
            occurrence: self.occurrence,
            job: reference(job),
        };
        let mut events = vec![adopted];
        if self.steps.is_empty() {
            let (occurrence, job) = (self.occurrence, reference(job));
            events.push(WorkflowEvent::Deployed { occurrence, job });
        } else {
            events.extend(self.done(0, How::Adopted, job));
        }
        events
    }

    fn looked(&self, step: u8, found: Found, missing: Option<Team>, then: Then) -> WorkflowEvent {
        WorkflowEvent::LookedUp {
            occurrence: self.occurrence,
            step,
            found,
            missing,
            then,
        }
    }

    fn not_seen(&self, step: u8, trouble: Trouble, moment: &Moment) -> Vec<WorkflowEvent> {
        let then = if self.tries >= moment.policy.most_tries {
            Then::AwaitPerson
        } else {
            Then::LookAgain {
                at: moment.policy.gathered(moment.now + moment.retry_in),
            }
        };
        vec![self.looked(step, Found::Unknown { trouble }, None, then)]
    }

    fn after_nothing(&self, step: u8, moment: &Moment) -> Then {
        let Some(step) = self.steps.get(usize::from(step)) else {
            return Then::AwaitPerson;
        };
        if step.state == StepState::Refused {
            // It was refused for another reason than its number, in words that a person has to read.
            return Then::AwaitPerson;
        }
        // The cure of a refused create: it is on its way no more, so one look is enough; a look
        // each, where it has a number beside its marker.
        let cured = step.look_first && step.state == StepState::Pending && step.lost == 0;
        if cured && self.number_to_look_up(step).is_some() {
            Then::LookAgain { at: moment.now }
        } else if !cured && step.looked + 1 < LOOKS_BEFORE_RESEND {
            Then::LookAgain {
                at: moment.settled(),
            }
        } else {
            Self::send_again(step, moment)
        }
    }

    /// What follows once it is certain that a step was not carried out. A request that loses its
    /// reply each time would otherwise be sent for ever, and spend the day's calls; a person who
    /// asked for another try gets it.
    fn send_again(step: &Step, moment: &Moment) -> Then {
        let asked = step.look_first && step.state == StepState::Pending;
        if asked || step.sends < moment.policy.most_sends {
            Then::SendAgain { at: moment.now }
        } else {
            Then::AwaitPerson
        }
    }

    fn after_refusal(&self, step: u8, error: &GatewayError, moment: &Moment) -> Then {
        let refused = matches!(error.failure, Failure::Refused { .. });
        if step == 0 && refused && error.observed.calls > 0 && self.own_number().is_some() {
            // In which words a number that exists is refused is not known.
            return Then::LookAgain { at: moment.now };
        }
        match error.class() {
            Class::After(wait) => {
                let wait = TimeDelta::from_std(wait).unwrap_or(TimeDelta::days(1));
                Then::SendAgain {
                    at: moment.now + wait,
                }
            }
            Class::Backoff if self.tries < moment.policy.most_tries => Then::SendAgain {
                at: moment.now + self.spread(moment.retry_in),
            },
            Class::Backoff | Class::Never | Class::Uncertain => Then::AwaitPerson,
        }
    }

    /// Nothing is wrong with this deployment: it keeps its place among what is due. Over a limit,
    /// the practice's budget says when something may be sent again; without a connection, nothing
    /// is sent until there is one.
    fn postponed(&self, step: u8, error: &GatewayError, moment: &Moment) -> WorkflowEvent {
        let until = match error.failure {
            Failure::RateLimited { .. } if self.phase == Phase::Running => self.deploy_at,
            Failure::RateLimited { .. } => self.wake.unwrap_or(moment.now).min(moment.now),
            _ => moment.now + self.spread(moment.retry_in),
        };
        WorkflowEvent::Postponed {
            occurrence: self.occurrence,
            step,
            trouble: moment.trouble(error),
            until,
        }
    }

    /// Up to a quarter more than `delay`, so that what failed together is not tried together. It
    /// is drawn from the marker and the number of the try: the same on every machine.
    fn spread(&self, delay: TimeDelta) -> TimeDelta {
        let (marker, tries) = (self.marker.as_str(), self.tries.to_string());
        let digest = Digest::of(&[b"spread 1\0", marker.as_bytes(), tries.as_bytes()]);
        let drawn = u8::from_str_radix(&digest.as_str()[..2], 16).unwrap_or_default();
        delay + delay * i32::from(drawn) / (4 * 256)
    }
}

/// Whether a call ended for a reason that is not its own.
fn is_no_try(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::RateLimited { .. } | Failure::NotConnected { .. }
    )
}

fn reference(job: &Job) -> JobRef {
    JobRef {
        number: job.number.clone(),
        id: job.id,
    }
}

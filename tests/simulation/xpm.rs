//! The job system of the simulation: jobs that outlive every process, and requests that take
//! effect when they like, also after their sender's death.

use std::collections::BTreeMap;
use std::time::Duration;

use uuid::Uuid;
use workflow_core::ids::{ClientId, JobId, JobNumber, TemplateId};
use workflow_core::ports::gateway::{CreateJob, Job, Team};

/// The jobs of the practice, and what is still on its way to them.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    pub(crate) all: Vec<Held>,
    waiting: BTreeMap<u64, Waiting>,
    last: u64,
}

/// A job with what the checker asks of it.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) job: Job,
    /// The job templates applied to it, in order.
    pub(crate) applied: Vec<TemplateId>,
    /// Whether somebody made it in XPM as a copy of another.
    pub(crate) copied: bool,
    /// When the requests were sent that made and changed it.
    pub(crate) sent_at: Vec<Duration>,
    made_at: Duration,
    /// From then on lists show it.
    listed_from: Duration,
}

/// A request that changes something.
#[derive(Clone, Debug)]
pub(crate) enum Write {
    Create(Box<CreateJob>),
    Template {
        job: JobNumber,
        template: TemplateId,
    },
    Assign {
        job: JobNumber,
        team: Team,
    },
}

/// A request that waits to take effect.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent(u64);

#[derive(Clone, Debug)]
struct Waiting {
    sent_at: Duration,
    /// It takes effect then, at the latest.
    at: Duration,
    write: Write,
}

impl Jobs {
    /// Takes a request in, to take effect at that time at the latest.
    pub(crate) fn send(&mut self, write: Write, sent_at: Duration, at: Duration) -> Sent {
        self.last += 1;
        let waiting = Waiting { sent_at, at, write };
        self.waiting.insert(self.last, waiting);
        Sent(self.last)
    }

    /// Lets a request take effect now, if it has not yet; the job that it was about.
    pub(crate) fn finish(&mut self, sent: Sent, now: Duration, lag: Duration) {
        if let Some(waiting) = self.waiting.remove(&sent.0) {
            self.carry_out(&waiting, now, lag);
        }
    }

    /// Lets everything take effect whose time has come.
    pub(crate) fn catch_up(&mut self, now: Duration, lag: Duration) {
        let due = |_: &u64, waiting: &mut Waiting| waiting.at <= now;
        let mut due: Vec<(u64, Waiting)> = self.waiting.extract_if(.., due).collect();
        due.sort_by_key(|(sent, waiting)| (waiting.at, *sent));
        for (_, waiting) in due {
            self.carry_out(&waiting, waiting.at, lag);
        }
    }

    pub(crate) fn get(&self, number: &JobNumber) -> Option<&Held> {
        self.all.iter().find(|held| held.job.number == *number)
    }

    /// The job that a create made; the last one, where it was repeated.
    pub(crate) fn made_by(&self, create: &CreateJob) -> Option<&Held> {
        let made = |held: &&Held| {
            !held.copied && held.job.description.as_ref() == Some(&create.description)
        };
        self.all.iter().rfind(made)
    }

    /// What a list of the client's jobs shows.
    pub(crate) fn of_client(&self, client: ClientId, now: Duration) -> Vec<Job> {
        let shown = |held: &&Held| held.job.client == Some(client) && held.listed_from <= now;
        let shown = self.all.iter().filter(shown);
        shown.map(|held| held.job.clone()).collect()
    }

    /// What a list shows of the jobs that were made between two times, both included.
    pub(crate) fn made(&self, from: Duration, to: Duration, now: Duration) -> Vec<Job> {
        let shown =
            |held: &&Held| from <= held.made_at && held.made_at <= to && held.listed_from <= now;
        let shown = self.all.iter().filter(shown);
        shown.map(|held| held.job.clone()).collect()
    }

    fn carry_out(&mut self, waiting: &Waiting, at: Duration, lag: Duration) {
        let sent_at = waiting.sent_at;
        match &waiting.write {
            Write::Create(create) => {
                let before = self.all.len();
                self.create(create, at, at + lag);
                // None, where its number exists.
                if let Some(made) = self.all.get_mut(before) {
                    made.sent_at.push(sent_at);
                }
            }
            Write::Template { job, template } => {
                if let Some(held) = self.get_mut(job) {
                    held.sent_at.push(sent_at);
                    held.apply(*template);
                }
            }
            Write::Assign { job, team } => {
                if let Some(held) = self.get_mut(job) {
                    held.sent_at.push(sent_at);
                    held.job.partner = team.partner.or(held.job.partner);
                    held.job.manager = team.manager.or(held.job.manager);
                    held.job.staff.extend(&team.staff);
                }
            }
        }
    }

    fn get_mut(&mut self, number: &JobNumber) -> Option<&mut Held> {
        self.all.iter_mut().find(|held| held.job.number == *number)
    }

    /// The number and the identity of the next job.
    fn next(&self) -> (JobNumber, JobId) {
        let count = self.all.len() + 1;
        let number = format!("J{count:06}").parse().expect("a job number");
        let id = JobId::new(Uuid::from_u128(0x9_0000 + count as u128));
        (number, id)
    }

    /// Somebody copies a job, with all that is in its description.
    pub(crate) fn copy(&mut self, place: usize, now: Duration) {
        let (number, id) = self.next();
        let mut copy = self.all[place].clone();
        (copy.job.number, copy.job.id) = (number, id);
        (copy.made_at, copy.listed_from) = (now, now);
        copy.copied = true;
        self.all.push(copy);
    }

    /// Somebody puts another task before those of a job.
    pub(crate) fn put_task(&mut self, place: usize) {
        let tasks = self.all[place].job.tasks.get_or_insert_default();
        let task = format!("Call the client, {}", tasks.len());
        tasks.insert(0, task);
    }

    /// Makes a job: the gateway at a request, or a person in XPM by hand.
    pub(crate) fn create(
        &mut self,
        create: &CreateJob,
        made_at: Duration,
        listed_from: Duration,
    ) -> JobNumber {
        let (next, id) = self.next();
        let number = create.number.clone().unwrap_or(next);
        if self.get(&number).is_some() {
            // Refused, and its sender is gone.
            return number;
        }
        let job = Job {
            number: number.clone(),
            id,
            name: create.name.clone(),
            description: Some(create.description.clone()),
            client: Some(create.client),
            reference: create.reference.clone(),
            state: "Planned".to_owned(),
            start: Some(create.start),
            due: Some(create.due),
            partner: None,
            manager: None,
            staff: std::collections::BTreeSet::new(),
            tasks: Some(Vec::new()),
        };
        let mut held = Held {
            job,
            applied: Vec::new(),
            copied: false,
            sent_at: Vec::new(),
            made_at,
            listed_from,
        };
        if let Some(template) = create.template {
            held.apply(template);
        }
        self.all.push(held);
        number
    }
}

impl Held {
    /// As XPM does: a repeat adds the tasks once more.
    fn apply(&mut self, template: TemplateId) {
        self.applied.push(template);
        let tasks = self.job.tasks.get_or_insert_default();
        tasks.push(format!("Prepare {template}"));
        tasks.push(format!("Review {template}"));
    }

    /// The marker's line, where its description has one.
    pub(crate) fn marker(&self) -> Option<&str> {
        let lines = self.job.description.as_deref()?.lines();
        lines.rev().find_map(|line| line.strip_prefix("ref: "))
    }
}

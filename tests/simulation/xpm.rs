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
    waiting: BTreeMap<u64, (Duration, Write)>,
    last: u64,
}

/// A job with what the checker asks of it.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) job: Job,
    /// The job templates applied to it, in order.
    pub(crate) applied: Vec<TemplateId>,
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

impl Jobs {
    /// Takes a request in, to take effect at that time at the latest.
    pub(crate) fn send(&mut self, write: Write, at: Duration) -> Sent {
        self.last += 1;
        self.waiting.insert(self.last, (at, write));
        Sent(self.last)
    }

    /// Lets a request take effect now, if it has not yet; the job that it was about.
    pub(crate) fn finish(&mut self, sent: Sent, now: Duration, lag: Duration) {
        if let Some((_, write)) = self.waiting.remove(&sent.0) {
            self.carry_out(&write, now, lag);
        }
    }

    /// Lets everything take effect whose time has come.
    pub(crate) fn catch_up(&mut self, now: Duration, lag: Duration) {
        let mut due: Vec<(Duration, u64)> = Vec::new();
        due.extend(
            self.waiting
                .iter()
                .filter(|(_, (at, _))| *at <= now)
                .map(|(sent, (at, _))| (*at, *sent)),
        );
        due.sort_unstable();
        for (at, sent) in due {
            if let Some((_, write)) = self.waiting.remove(&sent) {
                self.carry_out(&write, at, lag);
            }
        }
    }

    pub(crate) fn get(&self, number: &JobNumber) -> Option<&Held> {
        self.all.iter().find(|held| held.job.number == *number)
    }

    /// The job that a create made; the last one, where it was repeated.
    pub(crate) fn made_by(&self, create: &CreateJob) -> Option<&Held> {
        let made = |held: &&Held| held.job.description.as_ref() == Some(&create.description);
        self.all.iter().rfind(made)
    }

    /// What a list of the client's jobs shows.
    pub(crate) fn of_client(&self, client: ClientId, now: Duration) -> Vec<Job> {
        let shown = |held: &&Held| held.job.client == Some(client) && held.listed_from <= now;
        let shown = self.all.iter().filter(shown);
        shown.map(|held| held.job.clone()).collect()
    }

    /// What a list of all jobs shows.
    pub(crate) fn listed(&self, now: Duration) -> Vec<Job> {
        let shown = self.all.iter().filter(|held| held.listed_from <= now);
        shown.map(|held| held.job.clone()).collect()
    }

    fn carry_out(&mut self, write: &Write, at: Duration, lag: Duration) {
        match write {
            Write::Create(create) => {
                self.create(create, at + lag);
            }
            Write::Template { job, template } => {
                if let Some(held) = self.get_mut(job) {
                    held.apply(*template);
                }
            }
            Write::Assign { job, team } => {
                if let Some(held) = self.get_mut(job) {
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

    /// Makes a job: the gateway at a request, or a person in XPM by hand.
    pub(crate) fn create(&mut self, create: &CreateJob, listed_from: Duration) -> JobNumber {
        let count = self.all.len() + 1;
        let number = create.number.clone().unwrap_or_else(|| {
            let next = format!("J{count:06}");
            next.parse().expect("a job number")
        });
        if self.get(&number).is_some() {
            // Refused, and its sender is gone.
            return number;
        }
        let job = Job {
            number: number.clone(),
            id: JobId::new(Uuid::from_u128(0x9_0000 + count as u128)),
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

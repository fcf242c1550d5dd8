//! The jobs of one practice, and what each request does to them.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::calls::Request;
use crate::deployment::{JobRef, Marker};
use crate::ids::{JobId, JobNumber, TemplateId};
use crate::ports::gateway::{CreateJob, DirectoryPage, Job, Team};
use crate::testing::samples;

/// The jobs of one practice, in the order in which they were created.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    jobs: Vec<(NaiveDate, Job)>,
}

/// What a request came to.
#[derive(Debug)]
pub(super) enum Applied {
    Job(Option<Box<Job>>),
    Jobs(Vec<Job>),
    Rows(DirectoryPage),
}

impl Jobs {
    pub(super) fn all(&self) -> impl Iterator<Item = &Job> {
        self.jobs.iter().map(|(_, job)| job)
    }

    pub(super) fn get_mut(&mut self, number: &JobNumber) -> Option<&mut Job> {
        let jobs = self.jobs.iter_mut().map(|(_, job)| job);
        jobs.into_iter().find(|job| job.number == *number)
    }

    /// The jobs that bear each marker, by the last line of their description that holds one.
    pub(super) fn by_marker(&self) -> BTreeMap<Marker, Vec<JobRef>> {
        let mut found: BTreeMap<Marker, Vec<JobRef>> = BTreeMap::new();
        for job in self.all() {
            let description = job.description.as_deref().unwrap_or_default();
            let markers = description.lines().rev().filter_map(|line| {
                let text = line.trim().strip_prefix("ref: ")?;
                Marker::try_from(text.to_owned()).ok()
            });
            if let Some(marker) = markers.into_iter().next() {
                found.entry(marker).or_default().push(JobRef {
                    number: job.number.clone(),
                    id: job.id,
                });
            }
        }
        found
    }

    /// Carries a request out; `None` where the job that it names does not exist.
    pub(super) fn apply(
        &mut self,
        request: &Request,
        today: NaiveDate,
        tasks_of: impl Fn(TemplateId) -> Vec<String>,
    ) -> Option<Applied> {
        let listed = |jobs: Vec<&(NaiveDate, Job)>| {
            Applied::Jobs(jobs.into_iter().map(|(_, job)| job.clone()).collect())
        };
        Some(match request {
            Request::CreateJob(create) => {
                let job = self.create(create, today, tasks_of);
                Applied::Job(Some(Box::new(job)))
            }
            Request::ApplyTemplate { job, template } => {
                let job = self.get_mut(job)?;
                let tasks = job.tasks.get_or_insert_default();
                tasks.extend(tasks_of(*template));
                Applied::Job(Some(Box::new(job.clone())))
            }
            Request::Assign { job, team } => {
                let job = self.get_mut(job)?;
                assign(job, team);
                Applied::Job(Some(Box::new(job.clone())))
            }
            Request::Job(number) => {
                let job = self.get_mut(number).map(|job| Box::new(job.clone()));
                Applied::Job(job)
            }
            Request::JobsOfClient(client) => {
                let theirs = |(_, job): &&(NaiveDate, Job)| job.client == Some(*client);
                listed(self.jobs.iter().filter(theirs).collect())
            }
            Request::JobsCreated { from, to } => {
                let within = |(day, _): &&(NaiveDate, Job)| from <= day && day <= to;
                listed(self.jobs.iter().filter(within).collect())
            }
            Request::Directory { .. } | Request::ClientsModified { .. } => {
                Applied::Rows(DirectoryPage::default())
            }
        })
    }

    fn create(
        &mut self,
        create: &CreateJob,
        today: NaiveDate,
        tasks_of: impl Fn(TemplateId) -> Vec<String>,
    ) -> Job {
        let count = u32::try_from(self.jobs.len() + 1).unwrap_or(u32::MAX);
        let number = create.number.clone().unwrap_or_else(|| self.next(count));
        let job = Job {
            number,
            id: JobId::new(samples::uuid(0x9, count)),
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
            tasks: Some(create.template.map(tasks_of).unwrap_or_default()),
        };
        self.jobs.push((today, job.clone()));
        job
    }
}

impl Jobs {
    /// The next number of its own that no job has.
    fn next(&self, from: u32) -> JobNumber {
        let numbers = (from..).map(|count| format!("J{count:06}"));
        let numbers = numbers.map(|number| number.parse().expect("a job number"));
        let taken = |number: &JobNumber| self.all().any(|job| job.number == *number);
        let mut free = numbers.filter(|number| !taken(number));
        free.next().expect("a free number")
    }
}

fn assign(job: &mut Job, team: &Team) {
    job.partner = team.partner.or(job.partner);
    job.manager = team.manager.or(job.manager);
    job.staff.extend(&team.staff);
}

//! The calls of a wrong gateway: each is forwarded, with its fault where it has one.

use async_trait::async_trait;
use chrono::{DateTime, Days, NaiveDate, Utc};

use super::{GatewayFault as Fault, WrongGateway};
use crate::ids::{ClientId, JobNumber, PracticeId, TemplateId};
use crate::ports::gateway::{
    Answer, CreateJob, DirectoryPage, DirectoryPart, GatewayError, Job, JobGateway, JobList,
    Linking, ListedClient, OwnNumbers, Team, WorstCase,
};
use crate::practice::Standing;

impl WrongGateway {
    /// The order as the fault has it.
    fn ordered(&self, job: &CreateJob) -> CreateJob {
        let mut job = job.clone();
        match self.fault {
            Some(Fault::EscapesTwice) => job.name = job.name.replace('&', "&amp;"),
            Some(Fault::CutsDescriptions) => {
                job.description = job.description.lines().next().unwrap_or("").to_owned();
            }
            Some(Fault::JoinsLines) => {
                // The marker is found all the same, in a line of its own.
                let lines: Vec<_> = job.description.lines().collect();
                let last = lines.len() - 1;
                job.description = format!("{}\n{}", lines[..last].join(" "), lines[last]);
            }
            Some(Fault::MixesUpDates) => job.due = job.start,
            Some(Fault::DropsTheReference) => job.reference = None,
            Some(Fault::NumbersItself) => job.number = None,
            Some(Fault::DropsTheTemplate) => job.template = None,
            Some(Fault::MakesUpAReference) => {
                job.reference.get_or_insert_with(|| "CLI-1".to_owned());
            }
            _ => {}
        }
        job
    }

    /// The answer to a write of that job, which was so before.
    fn answered(
        &self,
        before: Option<Job>,
        answer: Result<Answer<Job>, GatewayError>,
    ) -> Result<Answer<Job>, GatewayError> {
        let mut answer = answer.map_err(|error| self.wrongly(error))?;
        if let (Some(before), true) = (before, self.is(Fault::AnswersWithTheOld)) {
            answer.value = before;
        }
        Ok(answer)
    }

    fn now(&self, practice: &PracticeId, number: &JobNumber) -> Option<Job> {
        let jobs = self.sound.jobs(practice);
        jobs.into_iter().find(|job| job.number == *number)
    }

    fn read<T>(&self, mut answer: Answer<T>) -> Answer<T> {
        if self.is(Fault::CountsNoRead) {
            answer.observed.calls = 0;
        }
        answer
    }

    fn listed(&self, mut answer: Answer<JobList>) -> Answer<JobList> {
        let jobs = &mut answer.value.jobs;
        match self.fault {
            Some(Fault::ListsSummaries) => jobs.iter_mut().for_each(|job| job.description = None),
            Some(Fault::ListsLate) => drop(jobs.pop()),
            Some(Fault::NamesOtherwise) => {
                jobs.iter_mut()
                    .for_each(|job| job.name = job.name.to_uppercase());
            }
            _ => {}
        }
        self.read(answer)
    }
}

/// Gives the others a turn.
async fn once_around() {
    let mut been = false;
    std::future::poll_fn(|cx| {
        if been {
            return std::task::Poll::Ready(());
        }
        been = true;
        cx.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

#[async_trait]
impl JobGateway for WrongGateway {
    fn worst_case(&self) -> WorstCase {
        self.sound.worst_case()
    }

    fn linking(&self) -> Linking {
        self.sound.linking()
    }

    fn own_numbers(&self) -> OwnNumbers {
        self.sound.own_numbers()
    }

    async fn create_job(
        &self,
        practice: &PracticeId,
        job: &CreateJob,
    ) -> Result<Answer<Job>, GatewayError> {
        let practice = &self.practice(practice);
        if !self.known.clients.contains(&job.client) {
            return self.refuse("client");
        }
        let mut job = self.ordered(job);
        if let (Some(number), Some(Fault::TakesANumberTwice)) = (&job.number, self.fault)
            && self.now(practice, number).is_some()
        {
            job.number = None;
        }
        let same = |made: &Job| made.description.as_deref() == Some(&job.description);
        let first = self.sound.jobs(practice).into_iter().find(same);
        let mut answer = self.sound.create_job(practice, &job).await?;
        match (self.fault, first) {
            (Some(Fault::SendsTwice), _) => {
                return self.sound.create_job(practice, &job).await;
            }
            (Some(Fault::KeepsARepeatBack), Some(first)) => answer.value = first,
            _ => {}
        }
        once_around().await;
        if self.is(Fault::MixesUpAnswers)
            && let Some(last) = self.sound.jobs(practice).pop()
        {
            answer.value = last;
        }
        Ok(answer)
    }

    async fn apply_template(
        &self,
        practice: &PracticeId,
        job: &JobNumber,
        template: TemplateId,
    ) -> Result<Answer<Job>, GatewayError> {
        let practice = &self.practice(practice);
        let before = self.now(practice, job);
        let known = template == self.known.template;
        if !known && !self.is(Fault::ChangesBeforeItRefuses) {
            return self.refuse("job template");
        }
        if self.is(Fault::AppliesNothing) {
            let read = self.sound.assign(practice, job, &Team::default()).await;
            return self.answered(None, read);
        }
        let answer = self.sound.apply_template(practice, job, template).await;
        if !known {
            return self.refuse("job template");
        }
        if self.is(Fault::PutsTasksFirst) {
            self.sound.edit(practice, job, |job| {
                job.tasks.iter_mut().for_each(|tasks| {
                    tasks.rotate_right(1);
                    // Equal names would not show where they stand.
                    tasks[0] = "First of all".to_owned();
                });
            });
        }
        self.answered(before, answer)
    }

    async fn assign(
        &self,
        practice: &PracticeId,
        job: &JobNumber,
        team: &Team,
    ) -> Result<Answer<Job>, GatewayError> {
        let practice = &self.practice(practice);
        let before = self.now(practice, job);
        let mut people = team.partner.iter().chain(&team.manager).chain(&team.staff);
        let known = people.all(|person| self.known.staff.contains(person));
        if !known && !self.is(Fault::AssignsAnybody) {
            return self.refuse("member of staff");
        }
        let mut team = team.clone();
        match self.fault {
            Some(Fault::DropsTheManager) => team.manager = None,
            Some(Fault::AssignsTheManager) => team.manager = team.manager.or(team.partner),
            Some(Fault::ReplacesStaff) => {
                self.sound.edit(practice, job, |job| job.staff.clear());
            }
            Some(Fault::EmptiesTheTeam) if team.is_empty() => {
                self.sound.edit(practice, job, |job| {
                    job.staff.clear();
                    job.partner = None;
                });
            }
            _ => {}
        }
        let answer = self.sound.assign(practice, job, &team).await;
        self.answered(before, answer)
    }

    async fn job(
        &self,
        practice: &PracticeId,
        number: &JobNumber,
    ) -> Result<Answer<Option<Job>>, GatewayError> {
        let practice = &self.practice(practice);
        let number = self.found_by(practice, number);
        let mut answer = self.sound.job(practice, &number).await?;
        if self.is(Fault::RefusesToRead) && answer.value.is_none() {
            return self.refuse("job");
        }
        if let (Some(job), true) = (&mut answer.value, self.is(Fault::NamesOtherwise)) {
            job.name = job.name.to_lowercase();
        }
        if self.is(Fault::CountsReads) {
            self.sound.edit(practice, &number, |job| job.name.push('.'));
        }
        Ok(self.read(answer))
    }

    async fn jobs_of_client(
        &self,
        practice: &PracticeId,
        client: ClientId,
    ) -> Result<Answer<JobList>, GatewayError> {
        let practice = &self.practice(practice);
        let mut answer = self.sound.jobs_of_client(practice, client).await?;
        if self.is(Fault::ListsEveryClient) {
            answer.value.jobs = self.sound.jobs(practice);
        }
        Ok(self.listed(answer))
    }

    async fn jobs_created(
        &self,
        practice: &PracticeId,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Answer<JobList>, GatewayError> {
        let practice = &self.practice(practice);
        let to = match self.fault {
            Some(Fault::LeavesTheLastDayOut) => to - Days::new(1),
            _ => to,
        };
        let mut answer = self.sound.jobs_created(practice, from, to).await?;
        let jobs = &mut answer.value.jobs;
        match self.fault {
            Some(Fault::ListsEveryDay) => *jobs = self.sound.jobs(practice),
            Some(Fault::ListsOneClientsDays) => {
                jobs.retain(|job| job.client == Some(self.known.clients[0]));
            }
            _ => {}
        }
        Ok(self.listed(answer))
    }

    async fn directory(
        &self,
        practice: &PracticeId,
        part: DirectoryPart,
        cursor: Option<String>,
    ) -> Result<Answer<DirectoryPage>, GatewayError> {
        let practice = &self.practice(practice);
        if self.is(Fault::HidesStaff) && part == DirectoryPart::Staff {
            let part = DirectoryPart::Categories;
            return self.sound.directory(practice, part, cursor).await;
        }
        let mut given = self.pages.lock().map_or(0, |pages| *pages);
        let later = cursor.is_some();
        let mut answer = self.sound.directory(practice, part, cursor).await?;
        let page = &mut answer.value;
        match self.fault {
            Some(Fault::NeverEnds) => drop(page.next.get_or_insert_with(|| "0".to_owned())),
            Some(Fault::RepeatsARow) if later => {
                let first = self.sound.directory(practice, part, None).await?;
                page.rows.extend(first.value.rows.last().cloned());
            }
            Some(Fault::ListsNoNames) => page.rows.iter_mut().for_each(|row| row.name.clear()),
            Some(Fault::GivesAPageOnce) if given > 0 => page.rows.clear(),
            _ => {}
        }
        given += 1;
        if let Ok(mut pages) = self.pages.lock() {
            *pages = given;
        }
        if self.is(Fault::CountsNoRead) {
            answer.observed.calls = 0;
        }
        Ok(answer)
    }

    async fn clients_modified_since(
        &self,
        practice: &PracticeId,
        since: DateTime<Utc>,
    ) -> Result<Answer<Option<Vec<ListedClient>>>, GatewayError> {
        let practice = &self.practice(practice);
        let mut answer = self.sound.clients_modified_since(practice, since).await?;
        let clients = answer.value.iter_mut().flatten();
        match self.fault {
            Some(Fault::ForgetsWhatChanged) => drop(answer.value.as_mut().map(Vec::pop)),
            Some(Fault::ArchivesEverybody) => {
                clients.for_each(|client| client.standing = Standing::Gone);
            }
            _ => {}
        }
        Ok(self.read(answer))
    }

    async fn connected_until(&self, practice: &PracticeId) -> Option<DateTime<Utc>> {
        self.sound.connected_until(practice).await
    }
}

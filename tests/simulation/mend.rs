//! What people do about what needs attention, and what they do in XPM itself.

use workflow_core::deployment::{Deployment, Phase};
use workflow_core::ids::JobNumber;
use workflow_core::ports::clock::Clock as _;
use workflow_core::ports::gateway::CreateJob;
use workflow_core::practice::Link;
use workflow_core::service::{CommandError, PracticeHandle};
use workflow_core::text::Reason;
use workflow_core::workflow::decide::Told;

use crate::gateway::Xpm;
use crate::people::Person;
use crate::practice;

impl Person {
    /// Sees to what needs attention.
    pub(crate) async fn mend(&self, handle: &PracticeHandle) -> Result<(), CommandError> {
        if self.reconnect(handle).await? {
            return Ok(());
        }
        let open = handle.attention().await?;
        if open.is_empty() {
            return Ok(());
        }
        let one = &self.dice.pick(&open).value;
        let (who, id, occurrence) = (self.who(), one.workflow(), one.occurrence());
        let reason = Reason::new("not wanted").unwrap();
        let done = match (one.phase(), self.dice.below(6)) {
            (Phase::Held(_), 0) | (Phase::Failed, 0) => {
                handle.give_up(who, id, occurrence, reason).await
            }
            (Phase::Held(_), _) => handle.release(who, id, occurrence).await,
            (Phase::Duplicated, _) => {
                let kept = self.dice.pick(one.duplicates()).number.clone();
                handle.keep_job(who, id, occurrence, kept).await
            }
            (Phase::Failed, 2..) if let Some(told) = self.seen_in_xpm(one) => {
                let _allowed = Beside::one(&self.xpm);
                handle.tell(who, id, occurrence, told).await
            }
            (Phase::Failed, 1) => {
                // A person's own call goes beside the scheduler's five.
                let number = self.job_to_adopt(one);
                let _allowed = Beside::one(&self.xpm);
                handle.adopt(who, id, occurrence, number).await
            }
            _ if one.droppable_number().is_some() && self.dice.often(300) => {
                handle.drop_number(who, id, occurrence).await
            }
            _ => handle.retry(who, id, occurrence).await,
        };
        done.map(|_| ())
    }

    /// Connects the practice anew, where XPM would take it.
    pub(crate) async fn reconnect(&self, handle: &PracticeHandle) -> Result<bool, CommandError> {
        let broken = matches!(handle.practice().await?.value.link, Link::Broken { .. });
        if !broken
            || !self
                .xpm
                .weather()
                .accepts_connections(self.clock.monotonic())
        {
            return Ok(false);
        }
        handle.set_link(self.who(), practice::connected()).await?;
        Ok(true)
    }

    /// The job that a person finds in XPM for this deployment, or makes there.
    fn job_to_adopt(&self, deployment: &Deployment) -> JobNumber {
        let now = self.clock.monotonic();
        let mut world = self.xpm.world();
        let found = world
            .jobs
            .all
            .iter()
            .find(|held| held.marker() == Some(deployment.marker().as_str()));
        if let Some(found) = found {
            return found.job.number.clone();
        }
        let dates = deployment.dates();
        let by_hand = CreateJob {
            client: deployment.client(),
            name: "By hand".to_owned(),
            description: "made by a person".to_owned(),
            start: dates.start(),
            due: dates.due(),
            reference: None,
            template: None,
            category: None,
            budget: None,
            number: None,
        };
        world.jobs.create(&by_hand, now, now)
    }

    /// Where a person is asked whether a job template was applied, what they see in XPM.
    fn seen_in_xpm(&self, deployment: &Deployment) -> Option<Told> {
        let (_, template) = deployment.untold_template()?;
        let world = self.xpm.world();
        let held = world.jobs.get(&deployment.job()?.number)?;
        Some(match held.applied.contains(&template) {
            true => Told::Applied,
            false => Told::NotApplied,
        })
    }

    /// What the practice does in the end: connects, releases what is held, answers what it is
    /// asked, and asks for another try of all else that failed.
    pub(crate) async fn clear_up(&self) -> Result<(), CommandError> {
        let handle = self.handle();
        self.reconnect(&handle).await?;
        for found in handle.attention().await? {
            let one = &found.value;
            let (who, id, occurrence) = (self.who(), one.workflow(), one.occurrence());
            let _allowed = Beside::one(&self.xpm);
            let done = match one.phase() {
                Phase::Held(_) => handle.release(who, id, occurrence).await,
                Phase::Duplicated => {
                    let kept = one.duplicates()[0].number.clone();
                    handle.keep_job(who, id, occurrence, kept).await
                }
                Phase::Failed if let Some(told) = self.seen_in_xpm(one) => {
                    handle.tell(who, id, occurrence, told).await
                }
                Phase::Failed if one.job().is_none() && self.is_there_twice(one) => {
                    let number = self.job_to_adopt(one);
                    handle.adopt(who, id, occurrence, number).await
                }
                Phase::Failed => handle.retry(who, id, occurrence).await,
                _ => continue,
            };
            match done {
                // The day's calls are spent: this one is asked again at the next clearing up.
                Err(CommandError::NoCallNow { .. }) | Ok(_) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Whether somebody copied the job in XPM before it was known, so that a person has to say
    /// which of them it is.
    fn is_there_twice(&self, deployment: &Deployment) -> bool {
        let world = self.xpm.world();
        let bearing = world.jobs.all.iter();
        let bearing = bearing.filter(|held| held.marker() == Some(deployment.marker().as_str()));
        bearing.count() > 1
    }

    /// Somebody works in XPM: puts another task before a job's own, or copies the job.
    pub(crate) fn work_in_xpm(&self) {
        let (dice, now) = (&self.dice, self.clock.monotonic());
        let mut world = self.xpm.world();
        let jobs = u64::try_from(world.jobs.all.len()).unwrap_or(0);
        if jobs == 0 {
            return;
        }
        // One of the latest, with which something may still be going on.
        let place = usize::try_from(jobs - 1 - dice.below(jobs.min(4))).unwrap_or(0);
        match dice.often(250) {
            true => world.jobs.copy(place, now),
            false => world.jobs.put_task(place),
        }
    }
}

/// Allows a call beside the scheduler's, while it is held.
pub(crate) struct Beside(Xpm);

impl Beside {
    pub(crate) fn one(xpm: &Xpm) -> Self {
        xpm.world().beside += 1;
        Self(xpm.clone())
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.0.world().beside -= 1;
    }
}

//! Reading jobs: one by number, or lists of them.

use chrono::{Months, NaiveDate};
use uuid::Uuid;

use super::render::{self, Extent};
use super::{Answer, Call, Descriptions, Failure, Scene, fields};
use crate::inferred::{ClosedJobs, JobOrder, JobUuidInPath};
use crate::ledger::Ledger;
use crate::model::Job;
use crate::wire::Node;

pub(super) fn get(ledger: &Ledger, call: &Call, scene: &Scene) -> Answer {
    let world = ledger.world();
    let by_number = world.job(call.argument());
    let by_uuid = || match scene.guesses.job_uuid_in_path {
        JobUuidInPath::Refuse => None,
        JobUuidInPath::Accept => world.job_of_uuid(Uuid::parse_str(call.argument()).ok()?),
    };
    let job = by_number.or_else(by_uuid);
    let job = job.ok_or_else(|| fields::not_there("job"))?;
    Ok(render::whole_job(world, job, scene))
}

pub(super) fn of_client(ledger: &mut Ledger, call: &Call, scene: &Scene) -> Answer {
    let client = fields::uuid_read("client", call.argument())?;
    if ledger.world().client(client).is_none() {
        return Err(fields::not_there("client"));
    }
    let closed = scene.guesses.closed_jobs;
    let shown = |job: &Job| closed == ClosedJobs::Listed || job.state.is_open();
    let mut jobs = ledger.list(Some(client), scene.now, shown);
    order(&mut jobs, scene);
    Ok(rows(ledger, call, &jobs))
}

pub(super) fn of_staff(ledger: &mut Ledger, call: &Call, scene: &Scene) -> Answer {
    let staff = fields::uuid_read("staff", call.argument())?;
    if ledger.world().staff_member(staff).is_none() {
        return Err(fields::not_there("staff"));
    }
    let theirs = |job: &Job| job.state.is_open() && job.assigned.contains(&staff);
    let jobs = ledger.list(None, scene.now, theirs);
    Ok(rows(ledger, call, &jobs))
}

/// Open jobs by client name, then start date, which is the recorded order.
pub(super) fn current(ledger: &mut Ledger, call: &Call, scene: &Scene) -> Answer {
    let mut jobs = ledger.list(None, scene.now, |job| job.state.is_open());
    let world = ledger.world();
    let client_name = |job: &Job| world.client(job.client).map_or("", |client| &client.name);
    jobs.sort_by(|a, b| {
        let by_client = client_name(a).cmp(client_name(b));
        by_client
            .then(a.start.cmp(&b.start))
            .then(a.internal_id.cmp(&b.internal_id))
    });
    Ok(rows(ledger, call, &jobs))
}

pub(super) fn list(ledger: &mut Ledger, call: &Call, scene: &Scene) -> Answer {
    let (from, to) = span(call)?;
    let mut jobs = ledger.list(None, scene.now, |job| {
        (from..=to).contains(&scene.day_of(job.created))
    });
    order(&mut jobs, scene);
    Ok(rows(ledger, call, &jobs))
}

fn order(jobs: &mut [Job], scene: &Scene) {
    if scene.guesses.job_order == JobOrder::NewestFirst {
        jobs.reverse();
    }
}

/// The days `from` and `to`, both asked for and less than a year apart.
pub(super) fn span(call: &Call) -> Result<(NaiveDate, NaiveDate), Failure> {
    let from = bound(call, "from")?;
    let to = bound(call, "to")?;
    let year_on = from.checked_add_months(Months::new(12));
    if to < from || year_on.is_none_or(|limit| to >= limit) {
        return Err(Failure::refused(
            "The date range must be less than one year",
        ));
    }
    Ok((from, to))
}

fn bound(call: &Call, name: &str) -> Result<NaiveDate, Failure> {
    let text = call.parameter(name);
    fields::date(
        name,
        text.ok_or_else(|| Failure::refused(format!("{name} is required")))?,
    )
}

fn rows(ledger: &Ledger, call: &Call, jobs: &[Job]) -> Vec<Node> {
    let descriptions: Descriptions = call.descriptions;
    let extent = if call.detailed() {
        Extent::Detailed(descriptions)
    } else {
        Extent::Summary(descriptions)
    };
    let each = jobs
        .iter()
        .map(|job| render::job(ledger.world(), job, extent));
    vec![Node::List("Jobs", each.collect())]
}

//! Changing jobs: add, update, state, delete, applytemplate.

use chrono::NaiveDate;
use uuid::Uuid;

use super::render;
use super::{Answer, Call, Failure, Scene, fields};
use crate::inferred::{
    ClientManagers, Numbering, OnBadTemplate, OnDueBeforeStart, OnInactiveClient, OnMissingDate,
    OnOwnNumber, OnTakenNumber, OnUnknownCategory,
};
use crate::ledger::Ledger;
use crate::model::{Job, JobState, JobTask, Standing};
use crate::wire::Element;
use crate::world::Change;

/// Creates a job. The same body twice makes two jobs.
pub(super) fn add(ledger: &mut Ledger, call: &Call, scene: &Scene) -> Answer {
    let body = call.body("Job")?;
    let mut job = new_job(ledger, &body, scene)?;
    let number = job.number.clone();
    let mut refusal = None;
    if let Some(text) = body.text_of("TemplateUUID") {
        match template(ledger, text) {
            Ok(template) => job.tasks = tasks(ledger, template, &[]),
            Err(error) if scene.guesses.bad_template == OnBadTemplate::Refuse => return Err(error),
            Err(error) => refusal = Some(error),
        }
    }
    ledger.record(vec![Change::Job(job)])?;
    if let Some((for_time, for_lists)) = call.lag {
        ledger.hide(&number, scene.now + for_time, for_lists);
    }
    match refusal {
        Some(refusal) => Err(refusal),
        None => show(ledger, &number, scene),
    }
}

fn new_job(ledger: &mut Ledger, body: &Element, scene: &Scene) -> Result<Job, Failure> {
    let name = fields::required(body, "Name")?.to_owned();
    let client = fields::uuid("client", fields::required(body, "ClientUUID")?)?;
    let found = ledger.world().client(client).filter(|found| {
        found.standing == Standing::Current
            || scene.guesses.inactive_client == OnInactiveClient::Accept
    });
    let found = found.ok_or_else(|| fields::invalid("client"))?;
    let (partner, manager) = match scene.guesses.client_managers {
        ClientManagers::NotInherited => (None, None),
        ClientManagers::Inherited => (found.account_manager, found.job_manager),
    };
    let (start, due) = dates(body, scene)?;
    let category = category(ledger, body, scene)?;
    let budget = fields::budget(body)?;
    let (internal_id, next) = ledger.world().next_job();
    let number = number(ledger, body, scene, next)?;
    Ok(Job {
        number,
        uuid: ledger.draw_uuid(),
        internal_id,
        name,
        description: body.text_of("Description").unwrap_or_default().to_owned(),
        client,
        order_number: body.text_of("ClientNumber").unwrap_or_default().to_owned(),
        state: JobState::Planned,
        start,
        due,
        budget,
        category,
        manager,
        partner,
        assigned: Vec::new(),
        tasks: Vec::new(),
        created: scene.now,
    })
}

/// The start and the due date, which must be given and in order.
fn dates(body: &Element, scene: &Scene) -> Result<(NaiveDate, NaiveDate), Failure> {
    let day = |name| match scene.guesses.missing_date {
        OnMissingDate::Refuse => fields::required_date(body, name),
        OnMissingDate::Today => {
            let given = fields::optional_date(body, name)?;
            Ok(given.unwrap_or_else(|| scene.now.date_naive()))
        }
    };
    let (start, due) = (day("StartDate")?, day("DueDate")?);
    if due < start && scene.guesses.due_before_start == OnDueBeforeStart::Refuse {
        return Err(Failure::refused("DueDate is before StartDate"));
    }
    Ok((start, due))
}

/// The longest custom job number, in characters.
const LONGEST_NUMBER: usize = 50;

/// The number that the request gives the job, or the next of the sequence.
fn number(ledger: &Ledger, body: &Element, scene: &Scene, next: String) -> Result<String, Failure> {
    let own = match scene.guesses.own_number {
        OnOwnNumber::Keep => body.text_of("ID").map(str::trim),
        OnOwnNumber::Ignore => None,
    };
    match own {
        Some(number) if ledger.world().job(number).is_some() => match scene.guesses.taken_number {
            OnTakenNumber::Refuse => Err(Failure::refused(format!(
                "Job number {number} is already in use"
            ))),
            OnTakenNumber::Sequence => Ok(next),
        },
        // A number is a part of paths.
        Some(number)
            if number.contains(['/', '?', '#', '%']) || number.chars().count() > LONGEST_NUMBER =>
        {
            Err(fields::invalid("job"))
        }
        Some(number) => Ok(number.to_owned()),
        None if scene.guesses.numbering == Numbering::Manual => {
            Err(Failure::refused("ID is required"))
        }
        None => Ok(next),
    }
}

/// Changes the fields that are present. Name and dates must be.
pub(super) fn update(ledger: &mut Ledger, call: &Call, scene: &Scene) -> Answer {
    let body = call.body("Job")?;
    let mut job = the_job(ledger, &body)?;
    job.name = fields::required(&body, "Name")?.to_owned();
    (job.start, job.due) = dates(&body, scene)?;
    if let Some(text) = body.text_of("Description") {
        job.description = text.to_owned();
    }
    if let Some(text) = body.text_of("ClientNumber") {
        job.order_number = text.to_owned();
    }
    job.category = category(ledger, &body, scene)?.or(job.category);
    job.budget = fields::budget(&body)?.or(job.budget);
    let number = job.number.clone();
    ledger.record(vec![Change::Job(job)])?;
    show(ledger, &number, scene)
}

pub(super) fn state(ledger: &mut Ledger, call: &Call) -> Answer {
    let body = call.body("Job")?;
    let mut job = the_job(ledger, &body)?;
    let code = body.text_of("State").unwrap_or_default().trim();
    job.state = JobState::from_code(code).ok_or_else(|| Failure::refused("Invalid state code"))?;
    ledger.record(vec![Change::Job(job)])?;
    Ok(vec![])
}

pub(super) fn delete(ledger: &mut Ledger, call: &Call) -> Answer {
    let body = call.body("Job")?;
    let job = the_job(ledger, &body)?;
    ledger.record(vec![Change::JobRemoved(job.number)])?;
    Ok(vec![])
}

/// Adds a template's tasks. `AddNew`, the default, adds them every time.
pub(super) fn apply_template(ledger: &mut Ledger, call: &Call, scene: &Scene) -> Answer {
    let body = call.body("Job")?;
    let mut job = the_job(ledger, &body)?;
    let template = template(ledger, body.text_of("TemplateUUID").unwrap_or_default())?;
    let present: Vec<Uuid> = match body.text_of("TaskMode").map(str::trim) {
        None | Some("AddNew") => Vec::new(),
        Some("AppendExisting") => job.tasks.iter().map(|task| task.task_type).collect(),
        Some(_) => return Err(Failure::refused("Invalid task mode")),
    };
    job.tasks.extend(tasks(ledger, template, &present));
    let number = job.number.clone();
    ledger.record(vec![Change::Job(job)])?;
    show(ledger, &number, scene)
}

/// The job that a body names by its `<ID>`.
pub(super) fn the_job(ledger: &Ledger, body: &Element) -> Result<Job, Failure> {
    let number = body.text_of("ID").unwrap_or_default().trim();
    ledger
        .world()
        .job(number)
        .cloned()
        .ok_or_else(|| fields::invalid("job"))
}

/// The job as the reply to its change.
pub(super) fn show(ledger: &Ledger, number: &str, scene: &Scene) -> Answer {
    let world = ledger.world();
    let job = world.job(number).ok_or_else(|| fields::invalid("job"))?;
    Ok(render::whole_job(world, job, scene))
}

fn category(ledger: &Ledger, body: &Element, scene: &Scene) -> Result<Option<Uuid>, Failure> {
    let Some(text) = body.text_of("CategoryUUID") else {
        return Ok(None);
    };
    let known = Uuid::parse_str(text.trim()).ok();
    let known = known.filter(|&uuid| ledger.world().category(uuid).is_some());
    match scene.guesses.unknown_category {
        OnUnknownCategory::Refuse if known.is_none() => Err(fields::invalid("category")),
        _ => Ok(known),
    }
}

fn template(ledger: &Ledger, text: &str) -> Result<Uuid, Failure> {
    let uuid = fields::uuid("job template", text)?;
    let known = ledger.world().template(uuid).map(|template| template.uuid);
    known.ok_or_else(|| fields::invalid("job template"))
}

/// The tasks that a template adds to a job which has tasks of these types already.
fn tasks(ledger: &mut Ledger, template: Uuid, present: &[Uuid]) -> Vec<JobTask> {
    let planned = ledger
        .world()
        .template(template)
        .map_or(vec![], |found| found.tasks.clone());
    let missing = planned
        .into_iter()
        .filter(|task| !present.contains(&task.task_type));
    missing
        .map(|task| JobTask::new(ledger.draw_uuid(), task.task_type, task.name))
        .collect()
}

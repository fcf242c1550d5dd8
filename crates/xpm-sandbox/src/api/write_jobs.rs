//! Changing jobs: add, update, state, delete, applytemplate.

use uuid::Uuid;

use super::render;
use super::{Answer, Call, Failure, Scene, fields};
use crate::inferred::{OnBadTemplate, OnOwnNumber};
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
            Err(error) if scene.on_bad_template == OnBadTemplate::Refuse => return Err(error),
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
    let standing = ledger.world().client(client).map(|client| client.standing);
    if standing != Some(Standing::Current) {
        return Err(fields::invalid("client"));
    }
    let start = fields::required_date(body, "StartDate")?;
    let due = fields::required_date(body, "DueDate")?;
    if due < start {
        return Err(Failure::refused("DueDate is before StartDate"));
    }
    let category = category(ledger, body)?;
    let budget = fields::budget(body)?;
    let (internal_id, next) = ledger.world().next_job();
    let own = match scene.on_own_number {
        OnOwnNumber::Keep => body.text_of("ID").map(str::trim),
        OnOwnNumber::Ignore => None,
    };
    let number = match own {
        Some(number) if ledger.world().job(number).is_some() => {
            return Err(Failure::refused(format!(
                "Job number {number} is already in use"
            )));
        }
        // A number is a part of paths.
        Some(number) if number.contains(['/', '?', '#', '%']) => {
            return Err(fields::invalid("job"));
        }
        Some(number) => number.to_owned(),
        None => next,
    };
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
        manager: None,
        partner: None,
        assigned: Vec::new(),
        tasks: Vec::new(),
        created: scene.now,
    })
}

/// Changes the fields that are present. Name and dates must be.
pub(super) fn update(ledger: &mut Ledger, call: &Call, scene: &Scene) -> Answer {
    let body = call.body("Job")?;
    let mut job = the_job(ledger, &body)?;
    job.name = fields::required(&body, "Name")?.to_owned();
    job.start = fields::required_date(&body, "StartDate")?;
    job.due = fields::required_date(&body, "DueDate")?;
    if job.due < job.start {
        return Err(Failure::refused("DueDate is before StartDate"));
    }
    if let Some(text) = body.text_of("Description") {
        job.description = text.to_owned();
    }
    if let Some(text) = body.text_of("ClientNumber") {
        job.order_number = text.to_owned();
    }
    job.category = category(ledger, &body)?.or(job.category);
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

fn category(ledger: &Ledger, body: &Element) -> Result<Option<Uuid>, Failure> {
    let Some(text) = body.text_of("CategoryUUID") else {
        return Ok(None);
    };
    let uuid = fields::uuid("category", text)?;
    let known = ledger.world().category(uuid).map(|category| category.uuid);
    known.map(Some).ok_or_else(|| fields::invalid("category"))
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
        .map(|task| JobTask {
            uuid: ledger.draw_uuid(),
            task_type: task.task_type,
            name: task.name,
            assigned: Vec::new(),
        })
        .collect()
}

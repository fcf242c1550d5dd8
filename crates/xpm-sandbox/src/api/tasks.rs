//! The tasks of jobs: listed, added, changed, completed, opened again, put in another order.

use uuid::Uuid;

use super::render::{self, Extent};
use super::write_jobs::{show, the_job};
use super::{Answer, Call, Descriptions, Failure, Scene, fields};
use crate::ledger::Ledger;
use crate::model::{Job, JobTask, Progress};
use crate::wire::{Element, Node};
use crate::world::{Change, World};

/// The open jobs that have tasks; `complete=true` or `false` picks those tasks alone, `start` and
/// `due` those dated on or before.
pub(super) fn list(ledger: &mut Ledger, call: &Call, scene: &Scene) -> Answer {
    let complete = match call.parameter("complete").map(str::to_lowercase) {
        None => None,
        Some(text) if text == "true" => Some(Progress::Completed),
        Some(text) if text == "false" => Some(Progress::Open),
        Some(_) => return Err(Failure::refused("complete must be true or false")),
    };
    let bound = |name| {
        let text = call.parameter(name);
        text.map(|text| fields::date(name, text)).transpose()
    };
    let (start, due) = (bound("start")?, bound("due")?);
    let wanted = |job: &Job, task: &JobTask| {
        complete.is_none_or(|progress| task.progress == progress)
            && start.is_none_or(|day| task.start.unwrap_or(job.start) <= day)
            && due.is_none_or(|day| task.due.unwrap_or(job.due) <= day)
    };
    let mut jobs = ledger.list(None, scene.now, |job| job.state.is_open());
    for job in &mut jobs {
        let tasks = std::mem::take(&mut job.tasks);
        job.tasks = tasks.into_iter().filter(|task| wanted(job, task)).collect();
    }
    jobs.retain(|job| !job.tasks.is_empty());
    let extent = Extent::Detailed(Descriptions::Shown);
    let rows = jobs
        .iter()
        .map(|job| render::job(ledger.world(), job, extent));
    Ok(vec![Node::List("Jobs", rows.collect())])
}

/// Adds a task. Its type must be one that the practice knows.
pub(super) fn add(ledger: &mut Ledger, call: &Call) -> Answer {
    let body = call.body("Task")?;
    let mut job = named_job(ledger, &body)?;
    let task_type = fields::uuid("task", fields::required(&body, "TaskUUID")?)?;
    fields::required(&body, "EstimatedMinutes")?;
    let name = name_of_type(ledger.world(), task_type).map(str::to_owned);
    let name = name.ok_or_else(|| fields::invalid("task"))?;
    let mut task = JobTask::new(ledger.draw_uuid(), task_type, name);
    change(&mut task, &body)?;
    let uuid = task.uuid;
    job.tasks.push(task);
    ledger.record(vec![Change::Job(job)])?;
    Ok(vec![Node::text("UUID", &uuid)])
}

/// Changes the fields of a task that are present.
pub(super) fn update(ledger: &mut Ledger, call: &Call) -> Answer {
    let body = call.body("Task")?;
    let uuid = fields::uuid("task", fields::required(&body, "UUID")?)?;
    let (mut job, place) = of_task(ledger, uuid)?;
    change(&mut job.tasks[place], &body)?;
    ledger.record(vec![Change::Job(job)])?;
    Ok(vec![Node::text("UUID", &uuid)])
}

/// Completes a task or opens it again; which it is already is no fault.
pub(super) fn set(ledger: &mut Ledger, call: &Call, scene: &Scene, progress: Progress) -> Answer {
    let uuid = fields::uuid("task", call.argument())?;
    let (mut job, place) = of_task(ledger, uuid)?;
    job.tasks[place].progress = progress;
    let number = job.number.clone();
    ledger.record(vec![Change::Job(job)])?;
    show(ledger, &number, scene)
}

/// Puts the tasks that are named first, in that order; the others follow as they were.
pub(super) fn reorder(ledger: &mut Ledger, call: &Call, scene: &Scene) -> Answer {
    let body = call.body("Job")?;
    let mut job = the_job(ledger, &body)?;
    let named = body.children.iter().find(|child| child.name == "Tasks");
    let named = named.ok_or_else(|| Failure::refused("Tasks is required"))?;
    let mut ordered = Vec::new();
    for task in named.children.iter().filter(|child| child.name == "Task") {
        let uuid = fields::uuid("task", fields::required(task, "UUID")?)?;
        let place = job.tasks.iter().position(|task| task.uuid == uuid);
        ordered.push(
            job.tasks
                .remove(place.ok_or_else(|| fields::invalid("task"))?),
        );
    }
    ordered.append(&mut job.tasks);
    job.tasks = ordered;
    let number = job.number.clone();
    ledger.record(vec![Change::Job(job)])?;
    show(ledger, &number, scene)
}

/// The job that a body names by its `<Job>`.
pub(super) fn named_job(ledger: &Ledger, body: &Element) -> Result<Job, Failure> {
    let number = body.text_of("Job").unwrap_or_default().trim();
    let job = ledger.world().job(number).cloned();
    job.ok_or_else(|| fields::invalid("job"))
}

fn change(task: &mut JobTask, body: &Element) -> Result<(), Failure> {
    if let Some(text) = body.text_of("EstimatedMinutes") {
        let minutes = text.trim().parse();
        let refused = |_| Failure::refused("EstimatedMinutes is not a valid number");
        task.estimated_minutes = minutes.map_err(refused)?;
    }
    for (name, field) in [
        ("Name", &mut task.name),
        ("Description", &mut task.description),
    ] {
        if let Some(text) = body.text_of(name) {
            text.clone_into(field);
        }
    }
    task.start = fields::optional_date(body, "StartDate")?.or(task.start);
    task.due = fields::optional_date(body, "DueDate")?.or(task.due);
    Ok(())
}

/// The name of a task type that a template or a job has.
fn name_of_type(world: &World, task_type: Uuid) -> Option<&str> {
    let templates = world.templates().iter().flat_map(|row| &row.tasks);
    let templates = templates.map(|task| (task.task_type, task.name.as_str()));
    let jobs = world.jobs().flat_map(|job| &job.tasks);
    let mut all = templates.chain(jobs.map(|task| (task.task_type, task.name.as_str())));
    all.find_map(|(uuid, name)| (uuid == task_type).then_some(name))
}

/// The job that holds a task, and the task's place on it.
fn of_task(ledger: &Ledger, uuid: Uuid) -> Result<(Job, usize), Failure> {
    let mut jobs = ledger.world().jobs();
    let found = jobs.find_map(|job| {
        let place = job.tasks.iter().position(|task| task.uuid == uuid)?;
        Some((job.clone(), place))
    });
    found.ok_or_else(|| fields::invalid("task"))
}

//! `job.api/assign`: a list of operations on who works on a job.

use uuid::Uuid;

use super::write_jobs::{show, the_job};
use super::{Answer, Call, Failure, Scene, fields};
use crate::inferred::OnRepeatedAssign;
use crate::ledger::Ledger;
use crate::model::Job;
use crate::wire::Element;
use crate::world::Change;

/// Carries out all operations of the body in order, or none of them.
pub(super) fn assign(ledger: &mut Ledger, call: &Call, scene: &Scene) -> Answer {
    let body = call.body("Job")?;
    let mut job = the_job(ledger, &body)?;
    for operation in &body.children {
        operate(ledger, &mut job, operation, scene)?;
    }
    let number = job.number.clone();
    ledger.record(vec![Change::Job(job)])?;
    show(ledger, &number, scene)
}

fn operate(
    ledger: &Ledger,
    job: &mut Job,
    operation: &Element,
    scene: &Scene,
) -> Result<(), Failure> {
    match operation.name.as_str() {
        "add" => {
            let staff = staff_of(ledger, operation, "add")?;
            let list = list_of(job, operation)?;
            if !list.contains(&staff) {
                list.push(staff);
            } else if scene.guesses.repeated_assign == OnRepeatedAssign::Refuse {
                return Err(Failure::refused("Staff member is already assigned"));
            }
        }
        "remove" => {
            let staff = staff_of(ledger, operation, "remove")?;
            list_of(job, operation)?.retain(|&other| other != staff);
        }
        "add-manager" => job.manager = Some(staff_of(ledger, operation, "add-manager")?),
        "add-partner" => job.partner = Some(staff_of(ledger, operation, "add-partner")?),
        "remove-manager" => job.manager = None,
        "remove-partner" => job.partner = None,
        _ => {}
    }
    Ok(())
}

fn staff_of(ledger: &Ledger, operation: &Element, name: &str) -> Result<Uuid, Failure> {
    let uuid = operation
        .attribute("uuid")
        .and_then(|text| Uuid::parse_str(text).ok());
    let known = uuid.filter(|&uuid| ledger.world().staff_member(uuid).is_some());
    let refused = || Failure::refused(format!("Invalid staff identifier for {name} request"));
    known.ok_or_else(refused)
}

/// The people on the whole job, or on the task that the operation names.
fn list_of<'a>(job: &'a mut Job, operation: &Element) -> Result<&'a mut Vec<Uuid>, Failure> {
    let Some(text) = operation.attribute("task-uuid") else {
        return Ok(&mut job.assigned);
    };
    let uuid = fields::uuid("task", text)?;
    let task = job.tasks.iter_mut().find(|task| task.uuid == uuid);
    task.map(|task| &mut task.assigned)
        .ok_or_else(|| fields::invalid("task"))
}

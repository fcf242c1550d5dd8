//! The short lists of a practice: staff, job templates, categories, task types, states of jobs.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{Answer, Call, fields, render};
use crate::ids::{self, Purpose};
use crate::model::JobState;
use crate::wire::Node;
use crate::world::World;

pub(super) fn staff(world: &World) -> Vec<Node> {
    vec![Node::List(
        "StaffList",
        world.staff().iter().map(render::staff).collect(),
    )]
}

pub(super) fn staff_member(world: &World, call: &Call) -> Answer {
    let uuid = fields::uuid_read("staff", call.argument())?;
    let found = world
        .staff_member(uuid)
        .ok_or_else(|| fields::not_there("staff"))?;
    Ok(vec![render::staff(found)])
}

/// UUIDs and names alone: what a template holds cannot be read.
pub(super) fn templates(world: &World) -> Vec<Node> {
    let each = world.templates().iter();
    let rows = each.map(|row| render::named("Template", row.uuid, &row.name));
    vec![Node::List("Templates", rows.collect())]
}

pub(super) fn categories(world: &World) -> Vec<Node> {
    let each = world.categories().iter();
    let rows = each.map(|row| render::named("Category", row.uuid, &row.name));
    vec![Node::List("Categories", rows.collect())]
}

/// The task types that templates and jobs name, by name.
fn known_types(world: &World) -> BTreeMap<(&str, Uuid), ()> {
    let of_templates = world.templates().iter().flat_map(|row| &row.tasks);
    let of_templates = of_templates.map(|task| (task.name.as_str(), task.task_type));
    let of_jobs = world.jobs().flat_map(|job| &job.tasks);
    let of_jobs = of_jobs.map(|task| (task.name.as_str(), task.task_type));
    of_templates.chain(of_jobs).map(|key| (key, ())).collect()
}

fn task_type_row(name: &str, uuid: Uuid) -> Node {
    let row = [
        Node::text("UUID", &uuid),
        Node::text("Name", name),
        Node::text("Description", ""),
    ];
    Node::List("Task", row.into())
}

pub(super) fn task_types(world: &World) -> Vec<Node> {
    let rows = known_types(world).into_keys();
    let rows = rows.map(|(name, uuid)| task_type_row(name, uuid));
    vec![Node::List("TaskList", rows.collect())]
}

pub(super) fn task_type(world: &World, call: &Call) -> Answer {
    let wanted = fields::uuid_read("task", call.argument())?;
    let found = known_types(world).into_keys().find(|row| row.1 == wanted);
    let (name, uuid) = found.ok_or_else(|| fields::not_there("task"))?;
    Ok(vec![task_type_row(name, uuid)])
}

/// The states of jobs by name; the interface codes that `job.api/state` takes are not told.
pub(super) fn job_states(seed: u64) -> Vec<Node> {
    let rows = (0_u64..).zip(JobState::ALL).map(|(n, state)| {
        let uuid = ids::uuid(seed, Purpose::State, n);
        render::named("JobState", uuid, state.display_name())
    });
    vec![Node::List("JobStates", rows.collect())]
}

//! Records as the elements that XPM writes.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::{Descriptions, Scene};
use crate::model::{Client, Job, JobTask, Progress, Staff, Standing};
use crate::papers::Note;
use crate::wire::Node;
use crate::world::World;

/// How much of a job is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    Summary(Descriptions),
    Detailed(Descriptions),
}

pub(super) fn midnight(date: NaiveDate) -> String {
    format!("{date}T00:00:00")
}

fn yes_no(yes: bool) -> &'static str {
    if yes { "Yes" } else { "No" }
}

/// `<Name>`-like reference to a staff member; one who is gone keeps the UUID.
fn staff_reference(world: &World, element: &'static str, uuid: Uuid) -> Node {
    let name = world
        .staff_member(uuid)
        .map_or("", |staff| staff.name.as_str());
    Node::List(
        element,
        vec![Node::text("UUID", &uuid), Node::text("Name", &name)],
    )
}

fn assigned(world: &World, staff: &[Uuid]) -> Node {
    let each = staff
        .iter()
        .map(|&uuid| staff_reference(world, "Staff", uuid));
    Node::List("Assigned", each.collect())
}

pub(super) fn client_reference(world: &World, uuid: Uuid) -> Node {
    let name = world.client(uuid).map_or("", |client| client.name.as_str());
    Node::List(
        "Client",
        vec![Node::text("UUID", &uuid), Node::text("Name", &name)],
    )
}

/// A job in the recorded order of elements.
pub(super) fn job(world: &World, job: &Job, extent: Extent) -> Node {
    let (Extent::Summary(descriptions) | Extent::Detailed(descriptions)) = extent;
    let detailed = matches!(extent, Extent::Detailed(_));
    let mut row = vec![
        Node::text("ID", &job.number),
        Node::text("UUID", &job.uuid),
        Node::text("Name", &job.name),
    ];
    if descriptions == Descriptions::Shown {
        row.push(Node::text("Description", &job.description));
    }
    row.extend([
        client_reference(world, job.client),
        Node::text("ClientOrderNumber", &job.order_number),
    ]);
    if detailed {
        row.extend(job.budget.map(|budget| Node::text("Budget", &budget)));
        let category = job.category.and_then(|uuid| world.category(uuid));
        row.extend(category.map(|category| Node::text("Type", &category.name)));
    }
    row.extend([
        Node::text("State", &job.state.display_name()),
        Node::text("StartDate", &midnight(job.start)),
        Node::text("DueDate", &midnight(job.due)),
        Node::text("InternalID", &job.internal_id),
    ]);
    row.extend(
        job.manager
            .map(|uuid| staff_reference(world, "Manager", uuid)),
    );
    row.extend(
        job.partner
            .map(|uuid| staff_reference(world, "Partner", uuid)),
    );
    row.push(assigned(world, &job.assigned));
    if detailed {
        row.push(Node::List(
            "Tasks",
            job.tasks.iter().map(|each| task(world, each)).collect(),
        ));
        row.push(Node::List("Milestones", vec![]));
        let papers = world.papers(job.uuid);
        row.push(Node::List("Notes", papers.notes.iter().map(note).collect()));
    }
    Node::List("Job", row)
}

fn task(world: &World, task: &JobTask) -> Node {
    let mut row = vec![
        Node::text("UUID", &task.uuid),
        Node::text("TaskUUID", &task.task_type),
        Node::text("Name", &task.name),
        Node::text("Description", &task.description),
        Node::text("EstimatedMinutes", &task.estimated_minutes),
        Node::text("ActualMinutes", &0),
        Node::text("Completed", &(task.progress == Progress::Completed)),
        Node::text("Billable", &true),
        Node::text("Folder", ""),
    ];
    row.extend(
        task.start
            .map(|day| Node::text("StartDate", &midnight(day))),
    );
    row.extend(task.due.map(|day| Node::text("DueDate", &midnight(day))));
    let staff = task.assigned.iter().map(|&uuid| {
        let name = world
            .staff_member(uuid)
            .map_or("", |staff| staff.name.as_str());
        let fields = [
            Node::text("UUID", &uuid),
            Node::text("Name", &name),
            Node::text("AllocatedMinutes", &0),
        ];
        Node::List("Staff", fields.into())
    });
    row.push(Node::List("Assigned", staff.collect()));
    Node::List("Task", row)
}

fn note(note: &Note) -> Node {
    let row = [
        Node::text("UUID", &note.uuid),
        Node::text("Title", &note.title),
        Node::text("Text", &note.text),
        Node::text("Folder", &note.folder),
        Node::text("Date", &instant(note.at)),
    ];
    Node::List("Note", row.into())
}

/// An instant as XPM writes it, without an offset.
pub(super) fn instant(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S").to_string()
}

/// A job as the content of an envelope of its own, with the address of its page.
pub(super) fn whole_job(world: &World, row: &Job, scene: &Scene) -> Vec<Node> {
    vec![
        Node::text("WebUrl", &format!("{}/jobs/{}", scene.base_url, row.number)),
        job(world, row, Extent::Detailed(Descriptions::Shown)),
    ]
}

/// Whether a client's row carries everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClientExtent {
    Summary,
    Detailed,
}

pub(super) fn client(world: &World, client: &Client, extent: ClientExtent) -> Node {
    let mut row = vec![
        Node::text("UUID", &client.uuid),
        Node::text("Name", &client.name),
        Node::text("Email", &client.email),
        Node::text("Address", ""),
        Node::text("Phone", ""),
        Node::text("IsArchived", &yes_no(client.standing == Standing::Archived)),
        Node::text("IsDeleted", &yes_no(client.standing == Standing::Deleted)),
    ];
    if extent == ClientExtent::Detailed {
        let manager =
            |element, uuid: Option<Uuid>| uuid.map(|uuid| staff_reference(world, element, uuid));
        row.extend(manager("AccountManager", client.account_manager));
        row.extend(manager("JobManager", client.job_manager));
        row.extend(["Groups", "Relationships", "Contacts"].map(|name| Node::List(name, vec![])));
    }
    Node::List("Client", row)
}

pub(super) fn staff(staff: &Staff) -> Node {
    let row = [
        Node::text("UUID", &staff.uuid),
        Node::text("Name", &staff.name),
        Node::text("Email", &staff.email),
        Node::text("Phone", ""),
        Node::text("Mobile", &staff.mobile),
        Node::text("Address", ""),
        Node::text("PayrollCode", ""),
    ];
    Node::List("Staff", row.into())
}

pub(super) fn named(element: &'static str, uuid: Uuid, name: &str) -> Node {
    Node::List(
        element,
        vec![Node::text("UUID", &uuid), Node::text("Name", &name)],
    )
}

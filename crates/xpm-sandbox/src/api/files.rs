//! What is filed with a job: notes, documents, costs, custom fields.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::tasks::named_job;
use super::write_jobs::show;
use super::{Answer, Call, Failure, Scene, fields, render};
use crate::ledger::Ledger;
use crate::model::Job;
use crate::papers::{Cost, Document, Note, Papers};
use crate::wire::{Element, Node};
use crate::world::{Change, World};

/// The job in the path.
fn job_read<'a>(world: &'a World, call: &Call) -> Result<&'a Job, Failure> {
    let job = world.job(call.argument());
    job.ok_or_else(|| fields::not_there("job"))
}

/// Adds a note, every time.
pub(super) fn add_note(ledger: &mut Ledger, call: &Call, scene: &Scene) -> Answer {
    let body = call.body("Note")?;
    let job = named_job(ledger, &body)?;
    let note = Note {
        uuid: ledger.draw_uuid(),
        title: fields::required(&body, "Title")?.to_owned(),
        text: fields::words(&body, "Text"),
        folder: fields::words(&body, "Folder"),
        at: scene.now,
    };
    let mut papers = ledger.world().papers(job.uuid);
    papers.notes.push(note);
    ledger.record(vec![Change::Papers(papers)])?;
    show(ledger, &job.number, scene)
}

pub(super) fn documents(world: &World, call: &Call) -> Answer {
    let papers = world.papers(job_read(world, call)?.uuid);
    let rows = papers.documents.iter().map(|document| {
        let row = [
            Node::text("UUID", &document.uuid),
            Node::text("Title", &document.title),
            Node::text("Text", &document.text),
            Node::text("Folder", &document.folder),
            Node::text("Date", &render::instant(document.at)),
            Node::text("FileName", &document.file_name),
        ];
        Node::List("Document", row.into())
    });
    Ok(vec![Node::List("Documents", rows.collect())])
}

/// Adds a document, every time. Of its content only the size is kept.
pub(super) fn add_document(ledger: &mut Ledger, call: &Call, scene: &Scene) -> Answer {
    let body = call.body("Document")?;
    let job = named_job(ledger, &body)?;
    let content = fields::required(&body, "Content")?;
    let content: String = content.split_whitespace().collect();
    let content = STANDARD.decode(content);
    let content = content.map_err(|_| Failure::refused("Content is not valid base64"))?;
    let document = Document {
        uuid: ledger.draw_uuid(),
        title: fields::required(&body, "Title")?.to_owned(),
        text: fields::words(&body, "Text"),
        folder: fields::words(&body, "Folder"),
        file_name: fields::required(&body, "FileName")?.to_owned(),
        bytes: content.len(),
        at: scene.now,
    };
    let mut papers = ledger.world().papers(job.uuid);
    papers.documents.push(document);
    ledger.record(vec![Change::Papers(papers)])?;
    show(ledger, &job.number, scene)
}

pub(super) fn costs(world: &World, call: &Call) -> Answer {
    let papers = world.papers(job_read(world, call)?.uuid);
    let rows = papers.costs.iter().map(|cost| {
        let row = [
            Node::text("UUID", &cost.uuid),
            Node::text("Date", &render::midnight(cost.date)),
            Node::text("Description", &cost.description),
            Node::text("Code", &cost.code),
            Node::text("Note", &cost.note),
            Node::text("Quantity", &cost.quantity),
            Node::text("UnitCost", &cost.unit_cost),
            Node::text("UnitPrice", &cost.unit_price),
            Node::text("Billable", &true),
        ];
        Node::List("Cost", row.into())
    });
    Ok(vec![Node::List("Costs", rows.collect())])
}

fn cost(uuid: uuid::Uuid, body: &Element) -> Result<Cost, Failure> {
    Ok(Cost {
        uuid,
        date: fields::required_date(body, "Date")?,
        description: fields::required(body, "Description")?.to_owned(),
        code: fields::words(body, "Code"),
        note: fields::words(body, "Note"),
        quantity: fields::amount(body, "Quantity")?,
        unit_cost: fields::amount(body, "UnitCost")?,
        unit_price: fields::amount(body, "UnitPrice")?,
    })
}

/// Adds a cost, every time.
pub(super) fn add_cost(ledger: &mut Ledger, call: &Call) -> Answer {
    let body = call.body("Cost")?;
    let job = named_job(ledger, &body)?;
    let cost = cost(ledger.draw_uuid(), &body)?;
    let uuid = cost.uuid;
    let mut papers = ledger.world().papers(job.uuid);
    papers.costs.push(cost);
    ledger.record(vec![Change::Papers(papers)])?;
    Ok(vec![Node::text("UUID", &uuid)])
}

pub(super) fn update_cost(ledger: &mut Ledger, call: &Call) -> Answer {
    let body = call.body("Cost")?;
    let uuid = fields::uuid("cost", fields::required(&body, "UUID")?)?;
    let place = |papers: &Papers| papers.costs.iter().position(|cost| cost.uuid == uuid);
    let found = {
        let mut all = ledger.world().all_papers();
        all.find_map(|papers| Some((papers.clone(), place(papers)?)))
    };
    let (mut papers, place) = found.ok_or_else(|| fields::invalid("cost"))?;
    papers.costs[place] = cost(uuid, &body)?;
    ledger.record(vec![Change::Papers(papers)])?;
    Ok(vec![Node::text("UUID", &uuid)])
}

pub(super) fn custom_fields(world: &World, call: &Call) -> Answer {
    let papers = world.papers(job_read(world, call)?.uuid);
    let rows = papers.custom_fields.iter().map(|(uuid, text)| {
        let row = [Node::text("UUID", uuid), Node::text("Text", text)];
        Node::List("CustomField", row.into())
    });
    Ok(vec![Node::List("CustomFields", rows.collect())])
}

/// Sets the texts of the fields that are named. The sandbox knows any field by its UUID.
pub(super) fn update_custom_fields(ledger: &mut Ledger, call: &Call) -> Answer {
    let body = call.body("CustomFields")?;
    let job = ledger.world().job(call.argument());
    let job = job.ok_or_else(|| fields::invalid("job"))?.uuid;
    let mut papers = ledger.world().papers(job);
    for field in body
        .children
        .iter()
        .filter(|child| child.name == "CustomField")
    {
        let uuid = fields::uuid("custom field", fields::required(field, "UUID")?)?;
        papers
            .custom_fields
            .insert(uuid, fields::words(field, "Text"));
    }
    ledger.record(vec![Change::Papers(papers)])?;
    Ok(vec![])
}

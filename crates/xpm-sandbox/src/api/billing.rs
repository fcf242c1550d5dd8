//! Invoices and quotes: read, and a quote made of a job. XPM's API makes no invoice.

use super::jobs::span;
use super::{Answer, Call, Scene, fields, render};
use crate::ledger::Ledger;
use crate::papers::{Invoice, Quote, QuoteKind};
use crate::wire::Node;
use crate::world::{Change, World};

pub(super) fn invoices_of(
    world: &World,
    call: &Call,
    wanted: impl Fn(&Invoice) -> bool,
) -> Vec<Node> {
    let rows = world.invoices().iter().filter(|row| wanted(row));
    let rows = rows.map(|row| invoice_row(world, row, call));
    vec![Node::List("Invoices", rows.collect())]
}

pub(super) fn invoices(world: &World, call: &Call) -> Answer {
    let (from, to) = span(call)?;
    Ok(invoices_of(world, call, |row| {
        (from..=to).contains(&row.date)
    }))
}

pub(super) fn invoices_of_job(world: &World, call: &Call) -> Answer {
    let job = world.job(call.argument());
    let number = &job.ok_or_else(|| fields::not_there("job"))?.number;
    Ok(invoices_of(world, call, |row| row.jobs.contains(number)))
}

pub(super) fn invoice(world: &World, call: &Call) -> Answer {
    let mut rows = world.invoices().iter();
    let found = rows.find(|row| row.number == call.argument());
    let found = found.ok_or_else(|| fields::not_there("invoice"))?;
    Ok(vec![invoice_row(world, found, call)])
}

fn invoice_row(world: &World, invoice: &Invoice, call: &Call) -> Node {
    let with_tax = invoice.amount + invoice.tax;
    let mut row = vec![
        Node::text("ID", &invoice.number),
        Node::text("UUID", &invoice.uuid),
        Node::text("Type", "Progress Invoice"),
        Node::text("Status", invoice.status.display_name()),
        Node::text("JobText", &invoice.text),
        Node::text("Date", &render::midnight(invoice.date)),
        Node::text("DueDate", &render::midnight(invoice.due)),
        Node::text("Amount", &invoice.amount),
        Node::text("AmountTax", &invoice.tax),
        Node::text("AmountIncludingTax", &with_tax),
        Node::text("AmountPaid", &invoice.paid),
        Node::text("AmountOutstanding", &(with_tax - invoice.paid)),
        render::client_reference(world, invoice.client),
    ];
    if call.detailed() || call.argument.is_some() {
        let jobs = invoice.jobs.iter().map(|number| {
            let name = world.job(number).map_or("", |job| job.name.as_str());
            Node::List(
                "Job",
                vec![Node::text("ID", number), Node::text("Name", name)],
            )
        });
        row.push(Node::List("Jobs", jobs.collect()));
    }
    Node::List("Invoice", row)
}

/// Makes a quote or an estimate of a job, every time.
pub(super) fn quote(ledger: &mut Ledger, call: &Call, scene: &Scene, kind: QuoteKind) -> Answer {
    let job = ledger.world().job(call.argument());
    let job = job.ok_or_else(|| fields::invalid("job"))?;
    let (job, client) = (job.number.clone(), job.client);
    let number = format!("Q{:06}", ledger.world().quotes().len() + 1);
    let quote = Quote {
        number: number.clone(),
        uuid: ledger.draw_uuid(),
        kind,
        job,
        client,
        date: scene.now.date_naive(),
    };
    ledger.record(vec![Change::Quote(quote)])?;
    Ok(vec![Node::text("ID", &number)])
}

pub(super) fn quotes_of(world: &World, wanted: impl Fn(&Quote) -> bool) -> Vec<Node> {
    let rows = world.quotes().iter().filter(|row| wanted(row));
    vec![Node::List(
        "Quotes",
        rows.map(|row| quote_row(world, row)).collect(),
    )]
}

pub(super) fn quotes(world: &World, call: &Call) -> Answer {
    let (from, to) = span(call)?;
    Ok(quotes_of(world, |row| (from..=to).contains(&row.date)))
}

pub(super) fn quote_read(world: &World, call: &Call) -> Answer {
    let mut rows = world.quotes().iter();
    let found = rows.find(|row| row.number == call.argument());
    let found = found.ok_or_else(|| fields::not_there("quote"))?;
    Ok(vec![quote_row(world, found)])
}

fn quote_row(world: &World, quote: &Quote) -> Node {
    let row = [
        Node::text("ID", &quote.number),
        Node::text("UUID", &quote.uuid),
        Node::text("Type", quote.kind.display_name()),
        Node::text("Date", &render::midnight(quote.date)),
        render::client_reference(world, quote.client),
        Node::List("Job", vec![Node::text("ID", &quote.job)]),
    ];
    Node::List("Quote", row.into())
}

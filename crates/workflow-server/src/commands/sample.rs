//! `sample`: a sample practice file on standard output.

use workflow::system;

use crate::cli;
use crate::failure::Failure;
use crate::out;
use crate::sample::{Sample, TIME_ZONE};

pub(crate) fn run(args: &cli::Sample) -> Result<(), Failure> {
    let today = match args.today {
        Some(today) => today,
        None => today()?,
    };
    let sample = match (args.clients, args.workflows) {
        (Some(clients), Some(workflows)) => Sample::of_size(today, clients, workflows),
        _ => Sample::on(today),
    };
    out::json(&sample.file)
}

/// The civil date in the sample practice's time zone.
pub(crate) fn today() -> Result<chrono::NaiveDate, Failure> {
    let zone = TIME_ZONE
        .parse()
        .ok()
        .and_then(|name| system::zones().zone(&name));
    let zone = zone.ok_or_else(|| Failure::other(format!("there are no data for {TIME_ZONE}")))?;
    Ok(zone.today(system::clock().now()))
}

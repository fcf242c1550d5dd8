//! `forecast`: what lies ahead, in the order in which it is deployed; as a table, or as a feed for
//! calendar programs.

use std::fs;

use workflow::service::{ForecastOf, PracticeForecast};
use workflow::workflow::{Show, Window};

use super::import::failed;
use crate::cli;
use crate::config::Config;
use crate::failure::Failure;
use crate::table::Table;
use crate::{open, out};

pub(crate) async fn run(args: cli::Forecast, config: &Config) -> Result<(), Failure> {
    let store = open::guest(&config.database(&args.database)?).await?;
    let workflows = open::unplugged(store);
    let named = args.practice.or_else(|| config.practice.clone());
    let practice = open::practice(&workflows, named).await?;
    let of = args.client.map_or(ForecastOf::Practice, ForecastOf::Client);
    let window = Window {
        show: if args.reasons {
            Show::WithReasons
        } else {
            Show::ToDeploy
        },
        ..Window::until(args.until)
    };
    let forecast = practice.forecast(of, window).await.map_err(failed)?;
    let Some(file) = args.ics else {
        return out::print(&text(&forecast));
    };
    let mut feed = String::new();
    forecast
        .write_icalendar(&mut feed)
        .map_err(|error| Failure::because("the feed cannot be written", &error))?;
    if file.as_os_str() == "-" {
        return out::print(&feed);
    }
    let doing = format!("{} cannot be written", file.display());
    fs::write(&file, feed).map_err(|error| Failure::because(&doing, &error))
}

fn text(forecast: &PracticeForecast) -> String {
    let mut table = Table::new(&["DEPLOYS (UTC)", "CLIENT", "NAME", "START", "DUE", "STANDS"]);
    let mut count = 0;
    for line in forecast.lines() {
        let name = line.name().unwrap_or_else(|error| error.to_string());
        let next = &line.ahead.next;
        let why_not = line.ahead.why_not.as_ref();
        count += usize::from(why_not.is_none());
        table.row([
            next.deploy_at.format("%Y-%m-%d %H:%M").to_string(),
            line.client.name.to_string(),
            name,
            next.dates.start().to_string(),
            next.dates.due().to_string(),
            why_not.map_or_else(|| "deploys".to_owned(), ToString::to_string),
        ]);
    }
    format!("{}\n{count} jobs to come\n", table.text())
}

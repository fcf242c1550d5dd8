//! What the practice is to deploy: a month as a calendar, or a list, page by page.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{Months, NaiveDate};
use workflow_core::ids::ClientId;
use workflow_core::service::ForecastOf;
use workflow_core::workflow::Window;

use crate::App;
use crate::error::Trouble;
use crate::forms::Input;
use crate::host::{CalendarFeed, percent_encoded};
use crate::security::Visit;
use crate::views::coming::{
    Line, MonthView, last_of, month_code, month_of, month_words, place_code, read_month, read_place,
};
use crate::views::desk::{Desk, feed_url, page};
use crate::views::frame::{Frame, Part};
use crate::views::words::day;

/// Jobs on one page of the list.
const PAGE: usize = 50;

/// How many months ahead are shown.
const MONTHS: u32 = 24;

#[derive(Template)]
#[template(path = "upcoming.html")]
struct UpcomingPage {
    frame: Frame,
    /// The page, without a query.
    url: String,
    /// What is shown, such as `December 2026`.
    shown: String,
    /// The client that the page is about, with the page about all.
    client: Option<(String, String)>,
    month: Option<MonthView>,
    lines: Vec<Line>,
    is_first: bool,
    /// Queries of the pages beside this one.
    before: Option<(String, String)>,
    after: Option<(String, String)>,
    first_page: String,
    next_page: Option<String>,
    as_list: String,
    as_calendar: String,
    /// The query by which a day's list is asked for; the day follows.
    on: String,
    feed: Option<String>,
}

/// Which days are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Days {
    first: NaiveDate,
    last: NaiveDate,
    /// Whether one day alone is shown.
    is_day: bool,
}

impl Days {
    fn asked(input: &Input, today: NaiveDate) -> Result<Self, Trouble> {
        let this_month = month_of(today);
        let furthest = this_month
            .checked_add_months(Months::new(MONTHS))
            .unwrap_or(this_month);
        let wrong = || {
            Trouble::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                format!(
                    "Choose a month from {} to {}.",
                    month_words(this_month),
                    month_words(furthest)
                ),
            )
        };
        let within = |first: &NaiveDate| this_month <= *first && *first <= furthest;
        if let Some(on) = input.filled("on") {
            let on: NaiveDate = on.parse().map_err(|_| wrong())?;
            let month = Some(month_of(on)).filter(within).ok_or_else(wrong)?;
            debug_assert!(month <= on, "a month begins before its days");
            return Ok(Self {
                first: on,
                last: on,
                is_day: true,
            });
        }
        let first = match input.filled("month") {
            Some(month) => read_month(month).filter(within).ok_or_else(wrong)?,
            None => this_month,
        };
        Ok(Self {
            first,
            last: last_of(first),
            is_day: false,
        })
    }

    /// What was due before the first day is shown too, where that is today or this month.
    fn window(self, today: NaiveDate) -> Window {
        let window = Window::until(self.last);
        match self.first <= today {
            true => window,
            false => window.from(self.first),
        }
    }
}

pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    input: Input,
) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    let today = desk.today();
    let days = Days::asked(&input, today)?;
    let client = match input.filled("client") {
        Some(id) => Some(desk.client(id).await?),
        None => None,
    };
    let of = match &client {
        Some(client) => ForecastOf::Client(client.id),
        None => ForecastOf::Practice,
    };
    let forecast = desk.handle.forecast(of, days.window(today)).await?;
    let is_list = days.is_day || input.get("view") == "list";
    let after = input.filled("after").map(|code| {
        read_place(code)
            .ok_or_else(|| Trouble::new(StatusCode::BAD_REQUEST, "This address cannot be read."))
    });
    let after = after.transpose()?;
    let (mut month, mut lines, mut next) = (None, Vec::new(), None);
    if is_list {
        let found = forecast.page(after, PAGE);
        let line = |line| Line::of(&visit, &desk.zone, desk.now, line);
        lines = found.lines.iter().map(line).collect();
        next = found.next;
    } else {
        let calendar = &desk.practice.calendar;
        month = Some(MonthView::of(
            &visit, days.first, today, calendar, &forecast,
        ));
    }
    let whose = client.as_ref().map(|client| client.id);
    let links = Links { days, whose };
    let view = if is_list { "list" } else { "" };
    let this = links.this(view);
    let title = "Upcoming deployments";
    let template = UpcomingPage {
        frame: Frame::of(&app, &visit, &desk, Part::Upcoming, title).await?,
        url: format!("{}/upcoming", visit.base),
        shown: match days.is_day {
            true => day(days.first),
            false => month_words(days.first),
        },
        client: client.map(|client| (client.name.to_string(), links.everybody(view))),
        month,
        lines,
        is_first: after.is_none(),
        before: links.month_before(today, view),
        after: links.month_after(today, view),
        next_page: next
            .map(|place| format!("{this}&after={}", percent_encoded(&place_code(&place)))),
        first_page: this,
        as_list: links.month(month_of(days.first), "list"),
        as_calendar: links.month(month_of(days.first), ""),
        on: links.on(),
        feed: feed_url(
            &app,
            &visit,
            &whose.map_or(CalendarFeed::Practice, CalendarFeed::Client),
        ),
    };
    page(StatusCode::OK, &template)
}

/// Makes the queries of the pages beside one.
struct Links {
    days: Days,
    whose: Option<ClientId>,
}

impl Links {
    fn query(&self, when: &str, view: &str) -> String {
        let mut query = format!("?{when}");
        if !view.is_empty() {
            query.push_str(&format!("&view={view}"));
        }
        if let Some(client) = self.whose {
            query.push_str(&format!("&client={client}"));
        }
        query
    }

    fn month(&self, first: NaiveDate, view: &str) -> String {
        self.query(&format!("month={}", month_code(first)), view)
    }

    fn on(&self) -> String {
        match self.whose {
            Some(client) => format!("?client={client}&on="),
            None => "?on=".to_owned(),
        }
    }

    /// This page.
    fn this(&self, view: &str) -> String {
        match self.days.is_day {
            true => self.query(&format!("on={}", self.days.first), ""),
            false => self.month(self.days.first, view),
        }
    }

    /// This page about all clients.
    fn everybody(&self, view: &str) -> String {
        let everybody = Self {
            days: self.days,
            whose: None,
        };
        everybody.this(view)
    }

    fn month_before(&self, today: NaiveDate, view: &str) -> Option<(String, String)> {
        let first = month_of(self.days.first).checked_sub_months(Months::new(1))?;
        let is_shown = !self.days.is_day && first >= month_of(today);
        is_shown.then(|| (self.month(first, view), month_words(first)))
    }

    fn month_after(&self, today: NaiveDate, view: &str) -> Option<(String, String)> {
        let first = month_of(self.days.first).checked_add_months(Months::new(1))?;
        let furthest = month_of(today).checked_add_months(Months::new(MONTHS))?;
        let is_shown = !self.days.is_day && first <= furthest;
        is_shown.then(|| (self.month(first, view), month_words(first)))
    }
}

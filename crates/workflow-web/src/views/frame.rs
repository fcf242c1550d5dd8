//! What is around every page: brand, who acts, the practice's strip, what was done.

use workflow_core::practice::Link;

use crate::App;
use crate::error::Trouble;
use crate::host::{Brand, Role, checked_link};
use crate::layout::Layout;
use crate::security::Visit;
use crate::views::desk::Desk;

/// Which part of the tab a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Overview,
    Clients,
    Upcoming,
    Attention,
    Planning,
    Audit,
    /// None that the navigation shows.
    Other,
}

/// A link of the practice's navigation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NavLink {
    pub(crate) label: &'static str,
    pub(crate) url: String,
    /// The value of `aria-current`; none where the page is not in that part.
    pub(crate) current: Option<&'static str>,
    /// How many deployments need attention, where the link leads to them.
    pub(crate) count: usize,
}

/// What is around every page.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) base: String,
    pub(crate) home: String,
    pub(crate) style: String,
    pub(crate) script: String,
    pub(crate) brand: Brand,
    /// The language and the country of the page, for whoever reads it aloud.
    pub(crate) language: &'static str,
    pub(crate) title: String,
    /// Whether it stands in a page of the host's, which says itself what it is and who acts.
    pub(crate) is_hosts: bool,
    pub(crate) part: Part,
    /// Where a page that follows what happens is told of it.
    pub(crate) live: Option<String>,
    pub(crate) done: Option<&'static str>,
    /// How what was done is taken back.
    pub(crate) undo: Option<Undo>,
    /// Nothing where nobody is let in.
    pub(crate) inside: Option<Inside>,
}

/// A button that takes back what was just done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Undo {
    pub(crate) label: &'static str,
    /// Where it is sent.
    pub(crate) action: String,
    /// What goes with it.
    pub(crate) hidden: Vec<(&'static str, String)>,
}

/// What only a visitor sees.
#[derive(Clone, Debug)]
pub(crate) struct Inside {
    pub(crate) who: String,
    /// The page of their account, if the host has one.
    pub(crate) account: Option<String>,
    pub(crate) role: &'static str,
    pub(crate) may_edit: bool,
    pub(crate) token: String,
    pub(crate) once: String,
    /// Nothing where the practice could not be read.
    pub(crate) strip: Option<Strip>,
}

/// The practice in one line.
#[derive(Clone, Debug)]
pub(crate) struct Strip {
    pub(crate) practice: String,
    pub(crate) link: LinkView,
    pub(crate) day_left: u32,
    pub(crate) day_limit: u32,
    pub(crate) minute_left: u32,
    /// How much of the day's calls is left, in steps of 5 per cent; for the stylesheet.
    pub(crate) left_step: u32,
    pub(crate) attention: usize,
}

/// Whether the practice is connected to XPM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LinkView {
    pub(crate) is_connected: bool,
    /// The state in a word or two.
    pub(crate) label: &'static str,
    /// What that means and what to do; empty where it is connected.
    pub(crate) sentence: String,
    /// Where it is connected, for whoever may do that.
    pub(crate) url: Option<String>,
    /// That it expires soon, where it does.
    pub(crate) warning: Option<String>,
}

impl Frame {
    /// The frame of a page for somebody who was let in.
    pub(crate) async fn of(
        app: &App,
        visit: &Visit,
        desk: &Desk,
        part: Part,
        title: impl Into<String>,
    ) -> Result<Self, Trouble> {
        let budget = desk.handle.budget().await?;
        let day_left = budget.day_left(desk.now);
        let day_limit = budget.day_limit;
        let attention = desk.handle.attention().await?.len();
        let strip = Strip {
            practice: desk.practice.name.to_string(),
            link: LinkView {
                warning: expires_soon(desk).await?,
                ..link(app, visit, &desk.practice.link)
            },
            day_left,
            day_limit,
            minute_left: budget.minute_left(desk.now),
            left_step: (day_left * 20 / day_limit.max(1)).min(20) * 5,
            attention,
        };
        let mut frame = Self::bare(app, &visit.base, &visit.layout, title);
        frame.part = part;
        frame.live = desk
            .head
            .map(|head| format!("{}/api/events?after={head}", visit.base));
        frame.language = language(desk.zone.name().as_str());
        frame.done = visit.flash.map(crate::flash::Flash::sentence);
        frame.inside = Some(Inside {
            strip: Some(strip),
            ..inside(app, visit)
        });
        Ok(frame)
    }

    /// The frame of a page that says why there is no other.
    pub(crate) fn of_trouble(app: &App, visit: &Visit, title: impl Into<String>) -> Self {
        let mut frame = Self::bare(app, &visit.base, &visit.layout, title);
        frame.inside = Some(inside(app, visit));
        frame
    }

    /// The frame of a page for nobody in particular.
    pub(crate) fn bare(app: &App, base: &str, layout: &Layout, title: impl Into<String>) -> Self {
        let home = if base.is_empty() { "/" } else { base };
        Self {
            base: base.to_owned(),
            home: home.to_owned(),
            style: format!("{base}{}", app.style),
            script: format!("{base}{}", app.script),
            brand: app.host.brand(),
            language: "en",
            title: title.into(),
            is_hosts: layout.is_hosts(),
            part: Part::Other,
            live: None,
            done: None,
            undo: None,
            inside: None,
        }
    }

    /// The practice's navigation.
    pub(crate) fn nav(&self) -> Vec<NavLink> {
        let attention = self.strip().map_or(0, |strip| strip.attention);
        let link = |part, label, path: &str, count| NavLink {
            label,
            url: format!("{}{path}", self.base),
            current: (self.part == part).then_some(match part {
                Part::Clients | Part::Planning | Part::Audit => "true",
                _ => "page",
            }),
            count,
        };
        let clients = link(Part::Clients, "Clients", "", 0);
        vec![
            link(Part::Overview, "Overview", "/overview", 0),
            NavLink {
                url: self.home.clone(),
                ..clients
            },
            link(Part::Upcoming, "Upcoming", "/upcoming", 0),
            link(Part::Attention, "Needs attention", "/attention", attention),
            link(Part::Planning, "Plan", "/plan", 0),
            link(Part::Audit, "Audit", "/audit", 0),
        ]
    }

    pub(crate) fn may_edit(&self) -> bool {
        self.inside.as_ref().is_some_and(|inside| inside.may_edit)
    }

    pub(crate) fn token(&self) -> &str {
        self.inside.as_ref().map_or("", |inside| &inside.token)
    }

    pub(crate) fn once(&self) -> &str {
        self.inside.as_ref().map_or("", |inside| &inside.once)
    }

    pub(crate) fn strip(&self) -> Option<&Strip> {
        self.inside.as_ref()?.strip.as_ref()
    }
}

/// English as it is written where the practice is, by its time zone: dates and amounts are read
/// aloud as people say them there.
fn language(zone: &str) -> &'static str {
    match zone.split_once('/') {
        Some(("Australia", _)) => "en-AU",
        Some(("Pacific", "Auckland" | "Chatham")) => "en-NZ",
        Some(("Europe", "London")) => "en-GB",
        Some(("Europe", "Dublin")) => "en-IE",
        Some(("Asia", "Singapore")) => "en-SG",
        Some(("Africa", "Johannesburg")) => "en-ZA",
        _ => "en",
    }
}

fn inside(app: &App, visit: &Visit) -> Inside {
    Inside {
        account: app
            .host
            .account_url(&visit.visitor.practice)
            .and_then(checked_link),
        who: visit.visitor.actor.to_string(),
        role: match visit.visitor.role {
            Role::Viewer => "viewer",
            Role::Editor => "editor",
            Role::Administrator => "administrator",
        },
        may_edit: visit.may_edit(),
        token: visit.token.clone(),
        once: visit.once.clone(),
        strip: None,
    }
}

fn link(app: &App, visit: &Visit, link: &Link) -> LinkView {
    let is_connected = matches!(link, Link::Connected { .. });
    let url = (!is_connected && visit.visitor.role >= Role::Administrator)
        .then(|| app.host.connect_url(visit.practice.id()))
        .flatten()
        .and_then(checked_link);
    let ask = match (visit.visitor.role, &url) {
        (Role::Administrator, _) => "",
        (Role::Viewer | Role::Editor, _) => " Ask an administrator of the practice to connect it.",
    };
    let (label, sentence) = match link {
        Link::Connected { .. } => ("Connected to XPM", String::new()),
        Link::NotConnected => (
            "Not connected to XPM",
            format!(
                "This practice is not connected to XPM. Workflows can be prepared meanwhile; \
                 nothing is deployed until it is connected.{ask}"
            ),
        ),
        Link::Broken { reason } => (
            "Connection to XPM lost",
            format!(
                "XPM no longer accepts this practice’s connection ({reason}). Workflows can be \
                 prepared meanwhile; deploying goes on once it is connected again.{ask}"
            ),
        ),
    };
    LinkView {
        is_connected,
        label,
        sentence,
        url,
        warning: None,
    }
}

/// A connection that lasts no longer than this is warned of. While the server refreshes what it
/// keeps of XPM, none comes to that.
const SOON: chrono::TimeDelta = chrono::TimeDelta::days(14);

async fn expires_soon(desk: &Desk) -> Result<Option<String>, Trouble> {
    let until = desk.handle.connected_until().await?;
    let soon = until.filter(|until| *until < desk.now + SOON);
    Ok(soon.map(|until| {
        let day = crate::views::words::day(desk.zone.today(until));
        if until <= desk.now {
            return format!(
                "The connection to XPM was left unused until {day} and has expired. Connect the \
                 practice again."
            );
        }
        format!(
            "The connection to XPM expires on {day} unless it is used before. Connect the practice \
             again before that day."
        )
    }))
}

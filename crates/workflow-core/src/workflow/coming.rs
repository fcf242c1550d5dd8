//! The occurrences of one workflow that lie ahead, one after the other.

use std::iter::Peekable;

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::turns::{Owed, Stand};
use super::{Gate, Next, Occurrence, Placing, WhyNot, Workflow};
use crate::calendar::WorkingCalendar;
use crate::recurrence;

/// The deploy days that are looked at, in the practice's time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first deploy day; `None` for what is already due as well.
    pub from: Option<NaiveDate>,
    /// The last deploy day, itself included.
    pub until: NaiveDate,
    /// Which occurrences are shown.
    pub show: Show,
}

impl Window {
    /// What is to be deployed up to and including that day, what is already due included.
    ///
    /// ```
    /// use workflow_core::workflow::{Show, Window};
    /// let year_end = "2027-03-31".parse().unwrap();
    /// let window = Window::until(year_end);
    /// assert_eq!((window.from, window.until, window.show), (None, year_end, Show::ToDeploy));
    /// ```
    #[must_use]
    pub fn until(until: NaiveDate) -> Self {
        Self {
            from: None,
            until,
            show: Show::ToDeploy,
        }
    }

    /// The same, without the deploy days before `from`.
    #[must_use]
    pub fn from(self, from: NaiveDate) -> Self {
        let from = Some(from);
        Self { from, ..self }
    }

    /// The same, with the dates that are not to be deployed and why.
    #[must_use]
    pub fn with_reasons(self) -> Self {
        let show = Show::WithReasons;
        Self { show, ..self }
    }

    /// Whether the deploy day lies in the window.
    #[must_use]
    pub fn holds(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && day <= self.until
    }
}

/// Which of the occurrences that lie ahead are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Show {
    /// Those that are to be deployed.
    #[default]
    ToDeploy,
    /// Those that are skipped, paused, covered or otherwise not to be deployed as well, each with
    /// its reason.
    WithReasons,
}

/// An occurrence that lies ahead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ahead {
    /// Which one, its dates, and when it becomes due.
    pub next: Next,
    /// Why it is not to be deployed; `None` where it is.
    pub why_not: Option<WhyNot>,
}

/// The occurrences of one workflow that lie ahead, by deploy instant and then by nominal date.
///
/// What was begun is not among them. They are found one at a time, as they are asked for; only what
/// a person singled out is kept at hand, since that changes the order.
#[derive(Debug)]
pub struct Coming<'a> {
    workflow: &'a Workflow,
    placing: Placing<'a>,
    window: Window,
    /// Beside the rules: what a person moved or wants, or the one occurrence; in order.
    beside: Peekable<std::vec::IntoIter<Ahead>>,
    /// What the rules give, each with its own dates.
    runs: Vec<Run<'a>>,
}

/// The dates that one plan rules.
#[derive(Debug)]
struct Run<'a> {
    /// The first later date that another plan rules.
    until: Option<NaiveDate>,
    dates: recurrence::Dates<'a, WorkingCalendar>,
    /// The first of those that was not given out yet.
    ahead: Option<Ahead>,
}

/// No roll leads further: every month has a business day.
const LONGEST_ROLL: Days = Days::new(62);

fn key(ahead: &Ahead) -> (DateTime<Utc>, Occurrence) {
    (ahead.next.deploy_at, ahead.next.occurrence)
}

impl Workflow {
    /// The occurrences that lie ahead within a window of deploy days, by deploy instant and then by
    /// nominal date, as they are asked for.
    ///
    /// A workflow by hand, and one whose proposal is not accepted, deploys nothing by itself.
    #[must_use]
    pub fn coming<'a>(&'a self, placing: &Placing<'a>, window: Window) -> Coming<'a> {
        let mut coming = Coming {
            workflow: self,
            placing: *placing,
            window,
            beside: Vec::new().into_iter().peekable(),
            runs: Vec::new(),
        };
        if window.show == Show::ToDeploy && !self.may_deploy() {
            return coming;
        }
        let singled_out = self.singled_out(placing).chain(self.once(placing));
        let mut beside: Vec<Ahead> = singled_out
            .filter(|owed| window.holds(owed.deploys_on))
            .filter_map(|owed| self.shown(owed, placing, window))
            .collect();
        beside.sort_by_key(key);
        coming.beside = beside.into_iter().peekable();
        for segment in self.segments() {
            let Some(rule) = segment.plan.schedule.recurrence() else {
                continue;
            };
            let first = self.first_shown(window).max(segment.from);
            let first = first.max(segment.plan.deploys_from);
            let mut run = Run {
                until: segment.until,
                dates: rule.dates(first.., placing.calendar),
                ahead: None,
            };
            coming.advance(&mut run);
            coming.runs.push(run);
        }
        coming
    }

    /// What is to be deployed, by deploy instant, up to and including the deploy day `until`, and
    /// at most `most` of them. What has a deployment already is not among them.
    ///
    /// A workflow by hand, and one whose proposal is not accepted, deploys nothing by itself.
    #[must_use]
    pub fn upcoming(&self, placing: &Placing<'_>, until: NaiveDate, most: usize) -> Vec<Next> {
        let coming = self.coming(placing, Window::until(until));
        coming.map(|ahead| ahead.next).take(most).collect()
    }

    /// Whether it deploys anything by itself, now or once a pause ends by itself.
    fn may_deploy(&self) -> bool {
        let endless = |pause: &super::Pause| pause.until.is_none();
        matches!(self.gate, Gate::Open { .. })
            && self.archived.is_none()
            && !self.unconfirmed
            && !self.pause.as_ref().is_some_and(endless)
    }

    fn is_paused_on(&self, day: NaiveDate) -> bool {
        let pause = self.pause.as_ref();
        pause.is_some_and(|pause| pause.until.is_none_or(|until| day < until))
    }

    /// The first nominal date that can matter in the window.
    fn first_shown(&self, window: Window) -> NaiveDate {
        let first = match window.show {
            Show::ToDeploy => self.first_unhandled(),
            Show::WithReasons => NaiveDate::MIN,
        };
        let in_window = window
            .from
            .and_then(|from| from.checked_sub_days(LONGEST_ROLL));
        in_window.map_or(first, |date| date.max(first))
    }

    /// What is owed, as it is shown; `None` where it is not.
    fn shown(&self, owed: Owed, placing: &Placing<'_>, window: Window) -> Option<Ahead> {
        let next = owed.next;
        if self.may_deploy() && !self.is_paused_on(owed.deploys_on) {
            let why_not = None;
            return Some(Ahead { next, why_not });
        }
        self.left_out(next, placing, window)
    }

    /// What is not owed, with the reason, where reasons are shown.
    fn left_out(&self, next: Next, placing: &Placing<'_>, window: Window) -> Option<Ahead> {
        (window.show == Show::WithReasons).then(|| Ahead {
            why_not: Some(self.why_not(next.occurrence, placing)),
            next,
        })
    }
}

impl Coming<'_> {
    /// Finds the next one that a rule gives.
    fn advance(&self, run: &mut Run<'_>) {
        let (workflow, placing, window) = (self.workflow, &self.placing, self.window);
        run.ahead = None;
        for nominal in run.dates.by_ref() {
            if run.until.is_some_and(|until| until <= nominal) {
                return;
            }
            let occurrence = Occurrence::On(nominal);
            let Some(stand) = workflow.stand(nominal, placing) else {
                return;
            };
            let (owed, left_out) = match stand {
                Stand::Begun | Stand::SingledOut => continue,
                Stand::Owed(owed) => (Some(owed), false),
                Stand::Decided | Stand::Covered(_) | Stand::Gap => {
                    (workflow.owed(occurrence, nominal, placing), true)
                }
            };
            let Some(owed) = owed else { return };
            if owed.deploys_on > window.until {
                return;
            }
            // Begun, and no more than that is remembered of it.
            let behind = !left_out && workflow.is_behind(occurrence);
            if behind || !window.holds(owed.deploys_on) {
                continue;
            }
            run.ahead = match left_out {
                true => workflow.left_out(owed.next, placing, window),
                false => workflow.shown(owed, placing, window),
            };
            if run.ahead.is_some() {
                return;
            }
        }
    }
}

impl Iterator for Coming<'_> {
    type Item = Ahead;

    fn next(&mut self) -> Option<Ahead> {
        let heads = self.runs.iter().enumerate();
        let heads = heads.filter_map(|(at, run)| Some((key(run.ahead.as_ref()?), at)));
        let first = heads.min();
        let beside = self.beside.peek().map(key);
        match (beside, first) {
            (Some(beside), Some((ahead, _))) if beside < ahead => self.beside.next(),
            (_, Some((_, at))) => {
                let mut run = self.runs.swap_remove(at);
                let found = run.ahead.take();
                self.advance(&mut run);
                if run.ahead.is_some() {
                    self.runs.push(run);
                }
                found
            }
            (_, None) => self.beside.next(),
        }
    }
}

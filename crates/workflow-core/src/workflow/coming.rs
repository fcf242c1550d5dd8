//! The occurrences of one workflow that lie ahead, one after the other.

use std::iter::Peekable;

use chrono::{Days, NaiveDate};

use super::{Gate, Mark, Next, Occurrence, Placing, Schedule, WhyNot, Workflow};
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
/// a person moved is kept at hand, since a move changes the order.
#[derive(Debug)]
pub struct Coming<'a> {
    workflow: &'a Workflow,
    placing: Placing<'a>,
    window: Window,
    /// Beside the rule: what a person moved, or the one occurrence; in order.
    beside: Peekable<std::vec::IntoIter<Ahead>>,
    /// What the rule gives.
    dates: Option<recurrence::Dates<'a, WorkingCalendar>>,
    /// The first of those that was not given out yet.
    ahead: Option<Ahead>,
}

/// No roll leads further: every month has a business day.
const LONGEST_ROLL: Days = Days::new(62);

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
            dates: None,
            ahead: None,
        };
        if window.show == Show::ToDeploy && !self.may_deploy() {
            return coming;
        }
        let mut beside: Vec<Ahead> = match &self.plan.schedule {
            Schedule::Recurring(rule) => {
                let from = self.first_shown(window);
                coming.dates = Some(rule.dates(from.., placing.calendar));
                self.moved_ahead(rule, placing, window).collect()
            }
            _ => self.once_ahead(placing, window).into_iter().collect(),
        };
        beside.retain(|ahead| window.holds(ahead.next.dates.deploys_on()));
        beside.sort_by_key(|ahead| (ahead.next.deploy_at, ahead.next.occurrence));
        coming.beside = beside.into_iter().peekable();
        coming.advance();
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
            Show::WithReasons => self.plan.deploys_from,
        };
        let in_window = window
            .from
            .and_then(|from| from.checked_sub_days(LONGEST_ROLL));
        in_window.map_or(first, |date| date.max(first))
    }

    fn moved_ahead<'a>(
        &'a self,
        rule: &'a recurrence::Recurrence,
        placing: &'a Placing<'a>,
        window: Window,
    ) -> impl Iterator<Item = Ahead> + 'a {
        self.marks.iter().filter_map(move |(occurrence, mark)| {
            let Mark::Moved { to } = mark else {
                return None;
            };
            let nominal = occurrence.nominal()?;
            if nominal < self.plan.deploys_from || !rule.contains(nominal, placing.calendar) {
                return None;
            }
            let next = self.candidate(nominal, Some(*to), placing)?;
            self.shown(next, placing, window)
        })
    }

    /// The occurrence as it is shown; `None` where it is not.
    fn shown(&self, next: Next, placing: &Placing<'_>, window: Window) -> Option<Ahead> {
        let day = next.dates.deploys_on();
        let owed = self.may_deploy()
            && !self.is_paused_on(day)
            && !self.is_not_owed(next.dates.nominal(), day);
        if owed {
            let why_not = None;
            return Some(Ahead { next, why_not });
        }
        let why_not = (window.show == Show::WithReasons)
            .then(|| Some(self.why_not(next.occurrence, placing)))?;
        Some(Ahead { next, why_not })
    }

    fn once_ahead(&self, placing: &Placing<'_>, window: Window) -> Option<Ahead> {
        if let Some(next) = self.next.clone() {
            let why_not = None;
            return Some(Ahead { next, why_not });
        }
        let begun = self.marks.get(&Occurrence::Once) == Some(&Mark::Begun);
        let dated = match self.plan.schedule {
            Schedule::OnDate(_) => true,
            Schedule::OnAcceptance => matches!(self.gate, Gate::Open { starts: Some(_) }),
            Schedule::ByHand | Schedule::Recurring(_) => false,
        };
        if window.show == Show::ToDeploy || begun || !dated {
            return None;
        }
        let nominal = self.nominal_of(Occurrence::Once, placing);
        let moved_to = self.moved_to(Occurrence::Once);
        let placed = placing.place(&self.plan.timing, nominal, moved_to)?;
        let at = placing.due_instant(placed.dates.deploys_on());
        Some(Ahead {
            next: placing.next(Occurrence::Once, placed.dates, at),
            why_not: Some(self.why_not(Occurrence::Once, placing)),
        })
    }
}

impl Coming<'_> {
    /// Finds the next one that the rule gives.
    fn advance(&mut self) {
        self.ahead = None;
        let (workflow, window) = (self.workflow, self.window);
        let Some(dates) = &mut self.dates else { return };
        for nominal in dates {
            let mark = workflow.marks.get(&Occurrence::On(nominal));
            let hidden = match (window.show, mark) {
                (_, Some(Mark::Begun | Mark::Moved { .. })) | (Show::ToDeploy, Some(_)) => true,
                (Show::WithReasons, Some(Mark::Skipped { .. } | Mark::Missed)) | (_, None) => false,
            };
            if hidden {
                continue;
            }
            let Some(next) = workflow.candidate(nominal, None, &self.placing) else {
                break;
            };
            let day = next.dates.deploys_on();
            if day > window.until {
                break;
            }
            if !window.holds(day) {
                continue;
            }
            let shown = if mark.is_some() {
                let why_not = Some(workflow.why_not(next.occurrence, &self.placing));
                Some(Ahead { next, why_not })
            } else if workflow.is_behind(next.occurrence) && !workflow.is_not_owed(nominal, day) {
                // Begun, and no more than that is remembered of it.
                None
            } else {
                workflow.shown(next, &self.placing, window)
            };
            if shown.is_some() {
                self.ahead = shown;
                return;
            }
        }
        self.dates = None;
    }
}

impl Iterator for Coming<'_> {
    type Item = Ahead;

    fn next(&mut self) -> Option<Ahead> {
        let key = |ahead: &Ahead| (ahead.next.deploy_at, ahead.next.occurrence);
        let first_beside = match (self.beside.peek(), &self.ahead) {
            (Some(beside), Some(ahead)) => key(beside) < key(ahead),
            (beside, None) => beside.is_some(),
            (None, Some(_)) => false,
        };
        if first_beside {
            return self.beside.next();
        }
        let found = self.ahead.take();
        if found.is_some() {
            self.advance();
        }
        found
    }
}

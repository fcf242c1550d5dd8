//! What lies ahead of any set of workflows, in the order in which it is deployed.
//!
//! A forecast is a merge: each workflow gives its own occurrences in order
//! ([`Workflow::coming`]), and the earliest of all is given out next. So it costs memory for each
//! workflow and none for each occurrence, and who asks for ten occurrences of three hundred
//! workflows pays for ten.
//!
//! The order is that in which the scheduler takes them: the deploy instant, then the workflow's id,
//! then the occurrence.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use chrono::{DateTime, Utc};

use crate::ids::WorkflowId;
use crate::workflow::{Ahead, Coming, Next, Occurrence, Placing, WhyNot, Window, Workflow};

/// One occurrence of a forecast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forecasted<'a> {
    /// Whose it is.
    pub workflow: &'a Workflow,
    /// Which one, its dates, and when it becomes due.
    pub next: Next,
    /// Why it is not to be deployed; `None` where it is.
    pub why_not: Option<WhyNot>,
}

/// The place of an occurrence in a forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// When it becomes due.
    pub deploy_at: DateTime<Utc>,
    /// The workflow.
    pub workflow: WorkflowId,
    /// The occurrence.
    pub occurrence: Occurrence,
}

impl Forecasted<'_> {
    /// Its place in the order of the forecast.
    #[must_use]
    pub fn place(&self) -> Place {
        place(self.workflow, &self.next)
    }
}

fn place(workflow: &Workflow, next: &Next) -> Place {
    Place {
        deploy_at: next.deploy_at,
        workflow: workflow.id(),
        occurrence: next.occurrence,
    }
}

/// What lies ahead of some workflows, in order and as it is asked for.
#[derive(Debug)]
pub struct Forecast<'a> {
    heads: BinaryHeap<Head<'a>>,
}

/// A workflow, and the first of its occurrences that was not given out yet.
#[derive(Debug)]
struct Head<'a> {
    workflow: &'a Workflow,
    first: Ahead,
    rest: Coming<'a>,
}

impl Head<'_> {
    fn place(&self) -> Place {
        place(self.workflow, &self.first.next)
    }
}

impl PartialEq for Head<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.place() == other.place()
    }
}

impl Eq for Head<'_> {}

impl PartialOrd for Head<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Head<'_> {
    /// The earliest is the greatest, since a heap gives out its greatest.
    fn cmp(&self, other: &Self) -> Ordering {
        Reverse(self.place()).cmp(&Reverse(other.place()))
    }
}

/// What lies ahead of these workflows within a window, each placed with what its own client needs.
///
/// ```
/// use workflow_core::forecast::forecast;
/// use workflow_core::testing::samples;
/// use workflow_core::workflow::{Placing, Window};
/// # use workflow_core::{calendar::WorkingCalendar, timing::FinancialYearEnd, zone::Zone};
/// # let (calendar, zone) = (WorkingCalendar::new("Weekends", 1)?, Zone::utc());
/// # let placing = Placing {
/// #     calendar: &calendar,
/// #     zone: &zone,
/// #     deploy_time: chrono::NaiveTime::from_hms_opt(6, 0, 0).unwrap(),
/// #     year_end: FinancialYearEnd::JUNE,
/// #     now: samples::minute(0),
/// # };
/// let due = |number, minute| {
///     samples::workflow_due(number, samples::client_id(1), samples::minute(minute))
/// };
/// // All three deploy at one instant, so they go by their ids.
/// let workflows = [due(2, 60), due(1, 60), due(3, 60)];
/// let window = Window::until(samples::day(1));
/// let ahead = forecast(workflows.iter().map(|workflow| (workflow, placing)), window);
/// let ids: Vec<_> = ahead.map(|found| found.workflow.id()).collect();
/// assert_eq!(ids, [1, 2, 3].map(samples::workflow_id));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn forecast<'a>(
    workflows: impl IntoIterator<Item = (&'a Workflow, Placing<'a>)>,
    window: Window,
) -> Forecast<'a> {
    let heads = workflows.into_iter().filter_map(|(workflow, placing)| {
        let mut rest = workflow.coming(&placing, window);
        let first = rest.next()?;
        Some(Head {
            workflow,
            first,
            rest,
        })
    });
    Forecast {
        heads: heads.collect(),
    }
}

impl<'a> Iterator for Forecast<'a> {
    type Item = Forecasted<'a>;

    fn next(&mut self) -> Option<Forecasted<'a>> {
        let mut head = self.heads.peek_mut()?;
        let workflow = head.workflow;
        let Ahead { next, why_not } = match head.rest.next() {
            Some(second) => std::mem::replace(&mut head.first, second),
            None => PeekMut::pop(head).first,
        };
        Some(Forecasted {
            workflow,
            next,
            why_not,
        })
    }
}

//! Why a date was passed over, where what is known now no longer tells: its workflow is followed,
//! entry by entry, to the moment at which it was passed over.

use super::facts::Ground;
use super::{CommandError, PracticeHandle};
use crate::audit::{Event, Subject};
use crate::ids::WorkflowId;
use crate::ports::store::EntryQuery;
use crate::timing::FinancialYearEnd;
use crate::workflow::{Occurrence, WhyNot, Workflow};

impl PracticeHandle {
    /// The reason for which a date was passed over, as it was when it was. A lead or roll that was
    /// changed since may place the date outside of the pause that took it away, for instance, and
    /// does not make it owed again.
    ///
    /// `None` where it was not passed over, or its entries do not say why.
    pub(super) async fn why_passed_over(
        &self,
        id: WorkflowId,
        occurrence: Occurrence,
        ground: &Ground,
        year_end: FinancialYearEnd,
    ) -> Result<Option<WhyNot>, CommandError> {
        let mut workflow: Option<Workflow> = None;
        let mut why = None;
        let mut query = EntryQuery {
            subject: Some(Subject::Workflow(id)),
            ..EntryQuery::default()
        };
        loop {
            let page = self.store().entries(&self.id, &query).await?;
            let Some(last) = page.last() else {
                return Ok(why.filter(|why| !matches!(why, WhyNot::Waiting { .. })));
            };
            query.after = Some(last.seq);
            for entry in &page {
                let Event::Workflow(event) = &entry.line.event else {
                    continue;
                };
                let Some(workflow) = &mut workflow else {
                    workflow = Workflow::added(id, event);
                    continue;
                };
                let was_behind = workflow.is_behind(occurrence);
                workflow.apply(event);
                if !was_behind && workflow.is_behind(occurrence) {
                    let placing = ground.placing(year_end, entry.line.at);
                    why = Some(workflow.why_not(occurrence, &placing));
                }
            }
        }
    }
}

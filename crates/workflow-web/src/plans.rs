//! Plans that were looked at, kept for a while, so that what is applied is what was looked at: a
//! plan that is kept can be applied again after a lost answer, and tells what has changed row by
//! row. One that is kept no more is made again, and applied only if it is the same.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use workflow_core::ids::{CommandKey, PracticeId};
use workflow_core::plan::Plan;

/// The most plans that are kept, over all practices.
const MOST: usize = 32;

/// The most rows that they have together.
const MOST_ROWS: usize = 20_000;

/// The plans that are kept, the newest last.
#[derive(Debug, Default)]
pub(crate) struct Plans(Mutex<VecDeque<Arc<Plan>>>);

impl Plans {
    /// Keeps a plan, and lets go of the oldest ones where there are too many. A plan that is larger
    /// than all of them may be is not kept.
    pub(crate) fn keep(&self, plan: Arc<Plan>) {
        if plan.rows().len() > MOST_ROWS {
            return;
        }
        let mut plans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        plans.push_back(plan);
        let mut rows: usize = plans.iter().map(|plan| plan.rows().len()).sum();
        while plans.len() > MOST || rows > MOST_ROWS {
            let Some(oldest) = plans.pop_front() else {
                return;
            };
            rows -= oldest.rows().len();
        }
    }

    /// The plan of a practice with that key, if it is kept still.
    pub(crate) fn find(&self, practice: &PracticeId, key: &CommandKey) -> Option<Arc<Plan>> {
        let plans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut kept = plans.iter();
        kept.find(|plan| plan.practice() == practice && plan.key() == key)
            .cloned()
    }
}

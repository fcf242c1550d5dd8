//! What was done, told once on the page that a form leads to.
//!
//! The cookie holds a code and never a text, so that nobody can make a page say anything else.

use axum::response::{IntoResponse, Redirect, Response};

/// The cookie that carries the code from the form's answer to the next page.
pub(crate) const COOKIE: &str = "workflow_done";

macro_rules! flashes {
    ($($name:ident, $code:literal, $sentence:literal;)*) => {
        /// What was done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Flash {
            $($name,)*
        }

        impl Flash {
            pub(crate) fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }

            pub(crate) fn of_code(code: &str) -> Option<Self> {
                match code {
                    $($code => Some(Self::$name),)*
                    _ => None,
                }
            }

            pub(crate) fn sentence(self) -> &'static str {
                match self {
                    $(Self::$name => $sentence,)*
                }
            }
        }
    };
}

flashes! {
    Webhooks, "webhooks", "It was done. What is to be sent follows by itself.";
    Added, "added", "The workflow was added.";
    Saved, "saved", "The settings were saved. They act on what is not deployed yet.";
    Planned, "planned", "The schedule was changed. It acts on what is not deployed yet.";
    Unchanged, "unchanged", "Nothing was changed: the schedule says the same as before.";
    Billing, "billing", "The billing level was changed. It acts on what is not deployed yet.";
    Duplicated, "duplicated", "This is the duplicate. It deploys nothing until you confirm its first date.";
    Confirmed, "confirmed", "The first date was confirmed.";
    Archived, "archived", "The workflow was archived. Close the jobs that it made in XPM itself.";
    Deploying, "deploying", "The deployment has begun. Its job appears in XPM in a moment.";
    Wanted, "wanted", "This date is deployed although it is covered.";
    Skipped, "skipped", "The occurrence was skipped.";
    Moved, "moved", "The occurrence was moved.";
    Paused, "paused", "The workflow was paused.";
    Resumed, "resumed", "The workflow goes on.";
    Retried, "retried", "The deployment is tried again.";
    NumberDropped, "number-dropped", "XPM numbers the job. It is looked for once more before it is sent.";
    Released, "released", "The deployment was released.";
    Adopted, "adopted", "The job was adopted. What it still lacks follows by itself.";
    Told, "told", "The answer was noted. The deployment goes on by itself.";
    Kept, "kept", "The job is kept. Close the other one in XPM itself.";
    Refreshing, "refreshing", "What is kept of XPM is refreshed as soon as there is a call for it.";
    Linked, "linked", "The person’s place in XPM was saved. It acts on what is not deployed yet.";
    PersonAdded, "person-added", "The member of XPM’s staff is one of the practice’s people now.";
    GivenUp, "given-up", "The deployment was given up.";
    CalendarChanged, "calendar", "The working calendar was changed. What is begun or deployed keeps its dates.";
    CalendarKept, "calendar-kept", "Nothing was changed: the calendar says the same as before.";
}

/// Leads on to a page that tells what was done.
pub(crate) fn done(flash: Flash, to: &str) -> Response {
    let mut response = Redirect::to(to).into_response();
    response.extensions_mut().insert(flash);
    response
}

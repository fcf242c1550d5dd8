//! The guesses that can be chosen: one enumeration each, and all of them together.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// One guess as text, for pages, documents and command lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Switch {
    /// The name, such as `bad-template`.
    pub name: &'static str,
    /// The question that is not settled.
    pub question: &'static str,
    /// What may be chosen, the default first.
    pub choices: &'static [Choice],
    /// What is chosen.
    pub chosen: &'static str,
}

/// One possible answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// The name, such as `leave-job`.
    pub name: &'static str,
    /// What the sandbox then does.
    pub means: &'static str,
}

/// A text that names no guess, or none of its choices.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UnknownGuess {
    /// There is no such guess.
    #[error("{0:?} is not a guess; one is \"bad-template\"")]
    Name(String),
    /// The guess has no such choice.
    #[error("{name}: {choice:?} is not a choice; the choices are {choices}")]
    Choice {
        /// The guess.
        name: &'static str,
        /// What was asked for.
        choice: String,
        /// What there is.
        choices: String,
    },
}

macro_rules! guesses {
    ($(
        #[doc = $question:literal]
        $field:ident $name:literal: $kind:ident {
            #[doc = $default_means:literal]
            $default:ident = $default_name:literal,
            $( #[doc = $means:literal] $choice:ident = $choice_name:literal, )+
        }
    )*) => {
        $(
            #[doc = $question]
            #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
            pub enum $kind {
                #[doc = $default_means]
                #[default]
                #[serde(rename = $default_name)]
                $default,
                $(
                    #[doc = $means]
                    #[serde(rename = $choice_name)]
                    $choice,
                )+
            }

            impl $kind {
                const CHOICES: &'static [Choice] = &[
                    Choice { name: $default_name, means: $default_means.trim_ascii() },
                    $( Choice { name: $choice_name, means: $means.trim_ascii() }, )+
                ];

                const fn name(self) -> &'static str {
                    match self {
                        Self::$default => $default_name,
                        $( Self::$choice => $choice_name, )+
                    }
                }

                fn named(name: &str) -> Option<Self> {
                    Some(match name {
                        $default_name => Self::$default,
                        $( $choice_name => Self::$choice, )+
                        _ => return None,
                    })
                }
            }
        )*

        /// What the sandbox does where nobody knows what XPM does.
        ///
        /// ```
        /// use xpm_sandbox::{Guesses, OnBadTemplate, Sandbox};
        ///
        /// let mut guesses = Guesses::default();
        /// guesses.set("bad-template", "leave-job")?;
        /// assert_eq!(guesses.bad_template, OnBadTemplate::LeaveJob);
        /// assert!(guesses.set("bad-template", "explode").is_err());
        /// let sandbox = Sandbox::builder().guesses(guesses).build()?;
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
        pub struct Guesses {
            $(
                #[doc = $question]
                pub $field: $kind,
            )*
        }

        impl Guesses {
            /// Every guess with its choices, and what is chosen.
            #[must_use]
            pub fn switches(self) -> Vec<Switch> {
                vec![$(
                    Switch {
                        name: $name,
                        question: $question.trim_ascii(),
                        choices: $kind::CHOICES,
                        chosen: self.$field.name(),
                    },
                )*]
            }

            /// Chooses one answer by name.
            ///
            /// # Errors
            ///
            /// [`UnknownGuess`] where there is no such guess or no such choice; nothing is changed.
            pub fn set(&mut self, name: &str, choice: &str) -> Result<(), UnknownGuess> {
                match name {
                    $(
                        $name => {
                            let found = $kind::named(choice);
                            self.$field = found.ok_or_else(|| {
                                let all: Vec<_> = $kind::CHOICES.iter().map(|c| c.name).collect();
                                UnknownGuess::Choice {
                                    name: $name,
                                    choice: choice.to_owned(),
                                    choices: all.join(", "),
                                }
                            })?;
                        }
                    )*
                    _ => return Err(UnknownGuess::Name(name.to_owned())),
                }
                Ok(())
            }
        }
    };
}

guesses! {
    /// What `job.api/add` does with a template that does not exist.
    bad_template "bad-template": OnBadTemplate {
        /// `ERROR`, and no job.
        Refuse = "refuse",
        /// `ERROR`, and a job without tasks is left behind.
        LeaveJob = "leave-job",
    }
    /// What `job.api/add` does with a job number of the caller's own, its `ID`.
    own_number "own-number": OnOwnNumber {
        /// The job has it.
        Keep = "keep",
        /// It is ignored: the job has the next number of the sequence.
        Ignore = "ignore",
    }
    /// What `job.api/add` does with a custom job number that is taken.
    taken_number "taken-number": OnTakenNumber {
        /// `ERROR`, `Job number … is already in use`.
        Refuse = "refuse",
        /// The number is passed over: the job gets the next one of the sequence.
        Sequence = "sequence",
    }
    /// Who numbers jobs: the practice's setting Allocate Manually.
    numbering "numbering": Numbering {
        /// XPM does, in sequence, where the request names no number.
        Sequence = "sequence",
        /// People do: a request without a number is refused, `ID is required`.
        Manual = "manual",
    }
    /// What `job.api/add` does for an archived or deleted client.
    inactive_client "inactive-client": OnInactiveClient {
        /// `ERROR`, `Invalid client identifier`.
        Refuse = "refuse",
        /// The job is created.
        Accept = "accept",
    }
    /// What a due date before the start date is.
    due_before_start "due-before-start": OnDueBeforeStart {
        /// `ERROR`, `DueDate is before StartDate`.
        Refuse = "refuse",
        /// The dates are kept as given.
        Accept = "accept",
    }
    /// What a missing start or due date is.
    missing_date "missing-date": OnMissingDate {
        /// `ERROR`, `… is required`.
        Refuse = "refuse",
        /// Today, on the sandbox's clock.
        Today = "today",
    }
    /// What an unknown category is.
    unknown_category "unknown-category": OnUnknownCategory {
        /// `ERROR`, `Invalid category identifier`.
        Refuse = "refuse",
        /// The job has no category.
        Ignore = "ignore",
    }
    /// How a record that does not exist is answered when it is read.
    unknown_record "unknown-record": UnknownRecord {
        /// HTTP 200, `ERROR`, `Invalid … identifier`.
        Envelope = "envelope",
        /// HTTP 404 without an envelope.
        NotFound = "not-found",
        /// HTTP 500 with that envelope.
        ServerError = "server-error",
    }
    /// The HTTP status of a refusal of `job.api/add`, `update` and of a list, none of which is recorded.
    refusal_status "refusal-status": RefusalStatus {
        /// 200, as the recorded ones of other calls.
        Ok = "ok",
        /// 400.
        BadRequest = "bad-request",
        /// 500, as the documentation says of application exceptions.
        ServerError = "server-error",
    }
    /// Whether a job's UUID is accepted where a job number is asked for in a path.
    job_uuid_in_path "job-uuid-in-path": JobUuidInPath {
        /// It is not: there is no such job.
        Refuse = "refuse",
        /// It is.
        Accept = "accept",
    }
    /// Whether `job.api/client` lists completed and cancelled jobs.
    closed_jobs "closed-jobs": ClosedJobs {
        /// It does.
        Listed = "listed",
        /// It lists open jobs alone.
        LeftOut = "left-out",
    }
    /// In which order `job.api/client` and `job.api/list` answer.
    job_order "job-order": JobOrder {
        /// The oldest job first.
        OldestFirst = "oldest-first",
        /// The newest job first.
        NewestFirst = "newest-first",
    }
    /// Whether a new job takes over its client's partner and manager.
    client_managers "client-managers": ClientManagers {
        /// It does not.
        NotInherited = "not-inherited",
        /// It does.
        Inherited = "inherited",
    }
    /// What assigning somebody who is assigned already is.
    repeated_assign "repeated-assign": OnRepeatedAssign {
        /// Accepted, and nothing changes.
        Accept = "accept",
        /// `ERROR`, `Staff member is already assigned`.
        Refuse = "refuse",
    }
    /// What becomes of the header `Idempotency-Key`.
    idempotency_key "idempotency-key": IdempotencyKey {
        /// It is ignored: a repeat is carried out again.
        Ignored = "ignored",
        /// The first answer is given again for six minutes; with another request, HTTP 400.
        Honoured = "honoured",
        /// A request that carries one is refused with HTTP 400.
        Refused = "refused",
    }
    /// On which day a job was created, which is what `job.api/list` goes by.
    created_day "created-day": CreatedDay {
        /// Its day in UTC.
        Utc = "utc",
        /// Its day in the practice's zone, 13 hours ahead of UTC.
        Practice = "practice",
    }
    /// What surrounds the costs and documents of a job.
    file_envelope "file-envelope": FileEnvelope {
        /// The envelope of every answer.
        Enveloped = "enveloped",
        /// Nothing: `<Costs>` and `<Documents>` are the root, as a published sample has them.
        Bare = "bare",
    }
    /// How `client.api/paged-list` names its next page.
    next_page "next-page": NextPage {
        /// By a link.
        Link = "link",
        /// By the page token alone.
        Token = "token",
    }
    /// Whether a call that a limit refuses counts against the day.
    refused_calls "refused-calls": RefusedCalls {
        /// It does not.
        Free = "free",
        /// It does.
        Counted = "counted",
    }
    /// Which scopes open categories, templates, task types, invoices and quotes.
    scopes "scopes": ScopeRule {
        /// Any `practicemanager` scope.
        Lenient = "lenient",
        /// Only `practicemanager` or `practicemanager.read`, as Xero's OpenAPI file says; others get 403 `InsufficientPermissions`.
        AsPublished = "as-published",
    }
    /// Whether an XML declaration stands before an answer.
    declaration "declaration": Declaration {
        /// None, as in almost all recordings.
        None = "none",
        /// One, as in a single recording.
        Present = "present",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_can_be_named_and_is_then_chosen() {
        for switch in Guesses::default().switches() {
            assert_eq!(switch.chosen, switch.choices[0].name, "{}", switch.name);
            for choice in switch.choices {
                let mut guesses = Guesses::default();
                guesses.set(switch.name, choice.name).unwrap();
                let now = guesses.switches();
                let now = now.iter().find(|now| now.name == switch.name).unwrap();
                assert_eq!(now.chosen, choice.name);
                let json = serde_json::to_value(guesses).unwrap();
                assert_eq!(json[switch.name], choice.name);
                assert_eq!(serde_json::from_value::<Guesses>(json).unwrap(), guesses);
            }
        }
    }

    #[test]
    fn what_is_not_a_guess_says_so() {
        let mut guesses = Guesses::default();
        let unknown = guesses.set("weather", "fine").unwrap_err();
        assert!(unknown.to_string().contains("\"weather\" is not a guess"));
        let choice = guesses.set("bad-template", "explode").unwrap_err();
        assert_eq!(
            choice.to_string(),
            "bad-template: \"explode\" is not a choice; the choices are refuse, leave-job"
        );
        assert_eq!(guesses, Guesses::default());
    }
}

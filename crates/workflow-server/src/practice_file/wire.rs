//! The shape of a practice file, version 1: what its JSON looks like, before it is checked.
//!
//! Identities, dates and amounts are texts here, so that the check can name every one that is
//! wrong and not the first alone. `docs/practice-file.md` describes each field.

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use workflow_core::billing::BillingLevel;
use workflow_core::calendar::Roll;
use workflow_core::practice::DailyCalls;
use workflow_core::proposal::InvoiceGrouping;
use workflow_core::timing::{DueBasis, Lead, PeriodSpan, PeriodWhich};
use workflow_core::workflow::MissedRuns;

/// The version of the format that this program reads and writes.
pub(crate) const VERSION: u32 = 1;

/// A whole file, to write.
#[derive(Debug, Serialize)]
pub(crate) struct File {
    pub(crate) version: u32,
    pub(crate) practice: Practice,
    pub(crate) people: Vec<Person>,
    pub(crate) directory: Directory,
    pub(crate) clients: Vec<Client>,
    pub(crate) proposals: Vec<Proposal>,
    pub(crate) workflows: Vec<Workflow>,
}

/// A whole file, to read: each element is kept as text, so that each is read by itself.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Outline<'a> {
    #[serde(rename = "version")]
    pub(crate) _version: u32,
    #[serde(rename = "$schema", default)]
    pub(crate) _schema: Option<String>,
    #[serde(borrow)]
    pub(crate) practice: &'a RawValue,
    #[serde(borrow, default)]
    pub(crate) people: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    pub(crate) directory: DirectoryOutline<'a>,
    #[serde(borrow, default)]
    pub(crate) clients: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    pub(crate) proposals: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    pub(crate) workflows: Vec<&'a RawValue>,
}

/// The directory of [`Outline`].
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DirectoryOutline<'a> {
    #[serde(borrow, default)]
    pub(crate) staff: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    pub(crate) templates: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    pub(crate) categories: Vec<&'a RawValue>,
}

/// The one field that is read whatever the rest of the file is like.
#[derive(Debug, Deserialize)]
pub(crate) struct AnyVersion {
    #[serde(default)]
    pub(crate) version: Option<serde_json::Number>,
}

/// The practice itself.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Practice {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) time_zone: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) deploy_time: Option<String>,
    #[serde(default)]
    pub(crate) daily_calls: DailyCalls,
    #[serde(default, skip_serializing_if = "JobNumbering::is_xpm")]
    pub(crate) job_numbering: JobNumbering,
    pub(crate) calendar: Calendar,
}

/// Who numbers the practice's jobs.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum JobNumbering {
    #[default]
    Xpm,
    Own(OwnNumbers),
}

impl JobNumbering {
    fn is_xpm(&self) -> bool {
        matches!(self, Self::Xpm)
    }
}

/// How jobs are numbered here.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnNumbers {
    pub(crate) prefix: String,
}

/// The practice's working calendar.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Calendar {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(default = "first")]
    pub(crate) version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) weekend: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) holidays: Holidays,
}

fn first() -> u32 {
    1
}

/// The holidays of a calendar: a region's code, a list, or where they come from.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Holidays {
    Region(String),
    List(Vec<Holiday>),
    From(HolidaysFrom),
}

impl Default for Holidays {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

/// Where holidays come from: a region's, those of a file, without some and with others.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HolidaysFrom {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) region: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) removed: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) extra: Vec<Holiday>,
}

/// A day on which the practice does not work.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Holiday {
    pub(crate) date: String,
    pub(crate) name: String,
}

/// One of the practice's people.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) staff: Option<String>,
}

/// What XPM lists.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Directory {
    pub(crate) staff: Vec<Listing>,
    pub(crate) templates: Vec<Listing>,
    pub(crate) categories: Vec<Listing>,
}

/// One row of what XPM lists.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listing {
    pub(crate) uuid: String,
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<String>,
}

/// A client.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Client {
    pub(crate) uuid: String,
    pub(crate) name: String,
    pub(crate) financial_year_end: u8,
}

/// A proposal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Proposal {
    pub(crate) id: String,
    pub(crate) client: String,
    pub(crate) name: String,
    pub(crate) state: State,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) accepted_on: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) starts_on: Option<String>,
    pub(crate) invoices_grouped_by: InvoiceGrouping,
    #[serde(default)]
    pub(crate) services: Vec<Service>,
}

/// Where a proposal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Draft,
    Sent,
    Accepted,
    Declined,
    Archived,
}

/// A service of a proposal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Service {
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) templates: Vec<String>,
}

/// A workflow.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Workflow {
    pub(crate) key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) client: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) proposal: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) service: Option<String>,
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) category: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) budget: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) partner: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) manager: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) staff: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) templates: Vec<String>,
    #[serde(default)]
    pub(crate) billing: BillingLevel,
    pub(crate) schedule: Schedule,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) timing: Option<Timing>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) deploys_from: Option<String>,
    #[serde(default)]
    pub(crate) missed: MissedRuns,
    #[serde(default)]
    pub(crate) accepted_before: AcceptedBefore,
}

/// What becomes of a workflow on acceptance whose proposal was accepted before the import.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AcceptedBefore {
    #[default]
    DeploysNothing,
    Deploys,
}

/// When a workflow deploys.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Schedule {
    ByHand,
    OnAcceptance,
    OnDate(String),
    Recurring(Recurrence),
}

/// A recurrence: an English sentence, or its parts.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Recurrence {
    Sentence(String),
    Parts(Box<Parts>),
}

/// The parts of a recurrence: an RFC 5545 rule, or what repeats and where.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parts {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rrule: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) repeats: Option<Repeats>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) every: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) on: Option<On>,
    pub(crate) from: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) times: Option<u32>,
}

/// What repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Repeats {
    Daily,
    BusinessDays,
    Weekly,
    Fortnightly,
    TwiceAMonth,
    Monthly,
    Quarterly,
    HalfYearly,
    Yearly,
}

/// On which day of a turn.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum On {
    Weekdays(Vec<String>),
    Days(u8, u8),
    Day(u8),
    LastDay,
    NthWeekday { nth: u8, weekday: String },
    LastWeekday(String),
    NthBusinessDay(u8),
    LastBusinessDay,
}

/// How dates follow from a nominal date.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Timing {
    #[serde(default)]
    pub(crate) roll: Roll,
    #[serde(default)]
    pub(crate) lead: Lead,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) due: Option<Due>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) period: Option<Period>,
}

/// When a job is due.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Due {
    pub(crate) basis: DueBasis,
    #[serde(default)]
    pub(crate) roll: Roll,
}

/// Which span a job is for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Period {
    pub(crate) span: PeriodSpan,
    #[serde(default)]
    pub(crate) which: PeriodWhich,
}

impl<'de> Deserialize<'de> for Holidays {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Holidays;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a region such as \"AU-VIC\", a list of holidays, or an object")
            }

            fn visit_str<E>(self, region: &str) -> Result<Holidays, E> {
                Ok(Holidays::Region(region.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Holidays, A::Error> {
                let list = Vec::deserialize(SeqAccessDeserializer::new(seq))?;
                Ok(Holidays::List(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Holidays, A::Error> {
                let from = HolidaysFrom::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Holidays::From(from))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

impl<'de> Deserialize<'de> for Recurrence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Recurrence;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a sentence such as \"every month on the last day, from 30 June 2026\", or an object")
            }

            fn visit_str<E>(self, sentence: &str) -> Result<Recurrence, E> {
                Ok(Recurrence::Sentence(sentence.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Recurrence, A::Error> {
                let parts = Parts::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Recurrence::Parts(Box::new(parts)))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

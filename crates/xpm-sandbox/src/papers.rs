//! What is filed with a job, and what is billed for it.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What is filed with one job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Papers {
    /// The UUID of the job.
    pub job: Uuid,
    /// The notes, in order of addition.
    #[serde(default)]
    pub notes: Vec<Note>,
    /// The documents, in order of addition.
    #[serde(default)]
    pub documents: Vec<Document>,
    /// The costs, in order of addition.
    #[serde(default)]
    pub costs: Vec<Cost>,
    /// The texts of custom fields, by the UUID of the field.
    #[serde(default)]
    pub custom_fields: BTreeMap<Uuid, String>,
}

impl Papers {
    /// Nothing, for this job.
    #[must_use]
    pub const fn of(job: Uuid) -> Self {
        Self {
            job,
            notes: Vec::new(),
            documents: Vec::new(),
            costs: Vec::new(),
            custom_fields: BTreeMap::new(),
        }
    }
}

/// A note on a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// XPM's identity of the note.
    pub uuid: Uuid,
    /// The title.
    pub title: String,
    /// The text.
    pub text: String,
    /// The folder, empty where it has none.
    #[serde(default)]
    pub folder: String,
    /// When it was added.
    pub at: DateTime<Utc>,
}

/// A document on a job. The sandbox keeps its size and forgets its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// XPM's identity of the document.
    pub uuid: Uuid,
    /// The title.
    pub title: String,
    /// The text beside it.
    #[serde(default)]
    pub text: String,
    /// The folder, empty where it has none.
    #[serde(default)]
    pub folder: String,
    /// The name of the file.
    pub file_name: String,
    /// The size of the content, in bytes.
    pub bytes: usize,
    /// When it was added.
    pub at: DateTime<Utc>,
}

/// A cost of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// XPM's identity of the cost.
    pub uuid: Uuid,
    /// The day it was incurred.
    pub date: NaiveDate,
    /// What it is for.
    pub description: String,
    /// The practice's own code, empty where it has none.
    #[serde(default)]
    pub code: String,
    /// A note, empty where there is none.
    #[serde(default)]
    pub note: String,
    /// How many.
    pub quantity: Decimal,
    /// What one costs the practice.
    pub unit_cost: Decimal,
    /// What one costs the client.
    pub unit_price: Decimal,
}

/// Where an invoice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InvoiceStatus {
    /// Not issued.
    Draft,
    /// Issued and not paid in full.
    #[default]
    Approved,
    /// Paid.
    Paid,
    /// Called off.
    Cancelled,
}

impl InvoiceStatus {
    /// The name that reads return.
    #[must_use]
    pub const fn display_name(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Approved => "Approved",
            Self::Paid => "Paid",
            Self::Cancelled => "Cancelled",
        }
    }
}

/// An invoice. XPM's API only reads them: they are loaded, not made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    /// The invoice number.
    pub number: String,
    /// XPM's identity of the invoice.
    pub uuid: Uuid,
    /// Where it stands.
    #[serde(default)]
    pub status: InvoiceStatus,
    /// The client.
    pub client: Uuid,
    /// The numbers of the jobs that it is for; none where XPM found no job.
    #[serde(default)]
    pub jobs: Vec<String>,
    /// The text on it.
    #[serde(default)]
    pub text: String,
    /// Its date.
    pub date: NaiveDate,
    /// The day it is due.
    pub due: NaiveDate,
    /// The amount without tax.
    pub amount: Decimal,
    /// The tax.
    #[serde(default)]
    pub tax: Decimal,
    /// What was paid.
    #[serde(default)]
    pub paid: Decimal,
}

/// What a quote is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QuoteKind {
    /// A price that is offered.
    #[default]
    Quote,
    /// A price that is expected.
    Estimate,
}

impl QuoteKind {
    /// The name that reads return.
    #[must_use]
    pub const fn display_name(self) -> &'static str {
        match self {
            Self::Quote => "Quote",
            Self::Estimate => "Estimate",
        }
    }
}

/// A quote or an estimate, made of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The number.
    pub number: String,
    /// XPM's identity of it.
    pub uuid: Uuid,
    /// What it is called.
    #[serde(default)]
    pub kind: QuoteKind,
    /// The number of the job.
    pub job: String,
    /// The client.
    pub client: Uuid,
    /// Its date.
    pub date: NaiveDate,
}

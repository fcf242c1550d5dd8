//! The XML that XPM speaks: requests written, answers read. No other module knows its shape.

mod directory;
mod jobs;
mod tree;
mod write;

pub(crate) use directory::{clients, page};
pub(crate) use jobs::{job, job_of_number, jobs};
pub(crate) use tree::{Element, parse};
pub(crate) use write::{add, apply_template, assign, date};

/// Why an answer cannot be read. No message holds more of the body than a name, and none of what a
/// message cites is markup: [`plain_text`](crate::words::plain_text) goes over it once more.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WireError {
    #[error("the encoding {0:?} is not supported, only UTF-8")]
    Encoding(String),
    #[error("the body is not UTF-8")]
    NotUtf8(#[source] std::str::Utf8Error),
    #[error("the body has a document type declaration")]
    Doctype,
    #[error("the body names the unknown entity {0:?}")]
    Entity(String),
    #[error("the body is JSON where XML is due")]
    Json,
    #[error("elements are nested deeper than {0}")]
    TooDeep(usize),
    #[error("the body has more than {0} elements")]
    TooMany(usize),
    #[error("the body is not well-formed XML")]
    Syntax(#[source] quick_xml::Error),
    #[error("the body ends inside an element")]
    Unfinished,
    #[error("the body has no root element")]
    Empty,
    #[error("the body goes on after its root element")]
    Trailing,
    #[error("the answer has no {0}")]
    Missing(&'static str),
    #[error("the answer has {0} more than once")]
    Repeated(&'static str),
    #[error("{field} {reason}")]
    Invalid {
        field: &'static str,
        reason: &'static str,
    },
}

/// A text that XML 1.0 cannot carry.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {field} holds the character U+{code:04X}, which XML cannot carry")]
pub(crate) struct IllegalText {
    pub(crate) field: &'static str,
    pub(crate) code: u32,
}

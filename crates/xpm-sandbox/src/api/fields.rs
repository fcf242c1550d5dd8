//! Fields of a request: present or not, a date, a UUID, an amount.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::Failure;
use crate::wire::Element;

/// A field that must say something.
pub(super) fn required<'a>(element: &'a Element, name: &str) -> Result<&'a str, Failure> {
    element
        .text_of(name)
        .ok_or_else(|| Failure::refused(format!("{name} is required")))
}

/// `YYYYMMDD`, eight digits and nothing else.
pub(super) fn date(name: &str, text: &str) -> Result<NaiveDate, Failure> {
    let text = text.trim();
    let digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    let parsed = digits
        .then(|| NaiveDate::parse_from_str(text, "%Y%m%d").ok())
        .flatten();
    parsed.ok_or_else(|| Failure::refused(format!("{name} is not a valid date (YYYYMMDD)")))
}

pub(super) fn required_date(element: &Element, name: &str) -> Result<NaiveDate, Failure> {
    date(name, required(element, name)?)
}

/// A UUID, or `Invalid … identifier` as XPM says it.
pub(super) fn uuid(what: &str, text: &str) -> Result<Uuid, Failure> {
    Uuid::parse_str(text.trim()).map_err(|_| invalid(what))
}

pub(super) fn invalid(what: &str) -> Failure {
    Failure::refused(format!("Invalid {what} identifier"))
}

/// As [`invalid`], of what is read and not there.
pub(super) fn not_there(what: &str) -> Failure {
    Failure::NotThere(format!("Invalid {what} identifier"))
}

/// The UUID of what is read; what is no UUID is not there.
pub(super) fn uuid_read(what: &str, text: &str) -> Result<Uuid, Failure> {
    Uuid::parse_str(text.trim()).map_err(|_| not_there(what))
}

/// An optional date.
pub(super) fn optional_date(element: &Element, name: &str) -> Result<Option<NaiveDate>, Failure> {
    let text = element.text_of(name);
    text.map(|text| date(name, text)).transpose()
}

/// An amount that must be given.
pub(super) fn amount(element: &Element, name: &str) -> Result<Decimal, Failure> {
    let parsed = required(element, name)?.trim().parse();
    parsed.map_err(|_| Failure::refused(format!("{name} is not a valid amount")))
}

/// Free text, empty where none was given.
pub(super) fn words(element: &Element, name: &str) -> String {
    element.text_of(name).unwrap_or_default().to_owned()
}

pub(super) fn budget(element: &Element) -> Result<Option<Decimal>, Failure> {
    let Some(text) = element.text_of("Budget") else {
        return Ok(None);
    };
    let parsed = text.trim().parse();
    parsed
        .map(Some)
        .map_err(|_| Failure::refused("Budget is not a valid amount"))
}

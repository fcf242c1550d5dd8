//! What a rule must know of a working calendar.

use chrono::NaiveDate;

/// Says which dates are business days.
pub trait BusinessDays {
    /// Whether `date` is neither a weekend day nor a holiday.
    fn is_business_day(&self, date: NaiveDate) -> bool;
}

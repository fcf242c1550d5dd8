//! Counting in business days. Each function is `None` where the answer lies beyond what
//! [`NaiveDate`] holds.

use std::num::NonZeroU8;

use chrono::NaiveDate;

use super::{WorkingCalendar, days_of_month};

impl WorkingCalendar {
    /// The first business day that is not before `date`.
    #[must_use]
    pub fn on_or_after(&self, date: NaiveDate) -> Option<NaiveDate> {
        search(date, NaiveDate::succ_opt, |day| self.is_business_day(day))
    }

    /// The last business day that is not after `date`.
    #[must_use]
    pub fn on_or_before(&self, date: NaiveDate) -> Option<NaiveDate> {
        search(date, NaiveDate::pred_opt, |day| self.is_business_day(day))
    }

    /// The `count`th business day after `date`; `date` itself for 0, business day or not.
    ///
    /// ```
    /// use chrono::NaiveDate;
    /// use workflow_core::calendar::WorkingCalendar;
    /// let calendar = WorkingCalendar::new("Weekends", 1)?;
    /// let friday = NaiveDate::from_ymd_opt(2026, 2, 27).unwrap();
    /// assert_eq!(calendar.add_business_days(friday, 1), NaiveDate::from_ymd_opt(2026, 3, 2));
    /// # Ok::<(), workflow_core::calendar::CalendarError>(())
    /// ```
    #[must_use]
    pub fn add_business_days(&self, date: NaiveDate, count: u16) -> Option<NaiveDate> {
        (0..count).try_fold(date, |day, _| self.on_or_after(day.succ_opt()?))
    }

    /// The `count`th business day before `date`; `date` itself for 0, business day or not.
    ///
    /// So exactly `count` business days lie from the answer on and before `date`.
    ///
    /// ```
    /// use chrono::NaiveDate;
    /// use workflow_core::calendar::WorkingCalendar;
    /// let calendar = WorkingCalendar::new("Weekends", 1)?;
    /// let monday = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
    /// assert_eq!(calendar.subtract_business_days(monday, 2), NaiveDate::from_ymd_opt(2026, 2, 26));
    /// # Ok::<(), workflow_core::calendar::CalendarError>(())
    /// ```
    #[must_use]
    pub fn subtract_business_days(&self, date: NaiveDate, count: u16) -> Option<NaiveDate> {
        (0..count).try_fold(date, |day, _| self.on_or_before(day.pred_opt()?))
    }

    /// The `nth` business day of a month, counted from its first day; `None` where the month has
    /// fewer, or where there is no such month.
    ///
    /// ```
    /// use std::num::NonZeroU8;
    /// use chrono::NaiveDate;
    /// use workflow_core::calendar::WorkingCalendar;
    /// let calendar = WorkingCalendar::new("Weekends", 1)?;
    /// let third = NonZeroU8::new(3).unwrap();
    /// let date = calendar.nth_business_day(2026, 11, third);
    /// assert_eq!(date, NaiveDate::from_ymd_opt(2026, 11, 4));
    /// assert_eq!(calendar.nth_business_day(2026, 11, NonZeroU8::MAX), None);
    /// # Ok::<(), workflow_core::calendar::CalendarError>(())
    /// ```
    #[must_use]
    pub fn nth_business_day(&self, year: i32, month: u32, nth: NonZeroU8) -> Option<NaiveDate> {
        self.business_days_of(year, month)
            .nth(usize::from(nth.get()) - 1)
    }

    /// The `nth` last business day of a month, 1 for the last; `None` where the month has fewer,
    /// or where there is no such month.
    ///
    /// ```
    /// use std::num::NonZeroU8;
    /// use chrono::NaiveDate;
    /// use workflow_core::calendar::WorkingCalendar;
    /// let calendar = WorkingCalendar::new("Weekends", 1)?;
    /// let last = calendar.nth_last_business_day(2026, 10, NonZeroU8::MIN);
    /// assert_eq!(last, NaiveDate::from_ymd_opt(2026, 10, 30));
    /// # Ok::<(), workflow_core::calendar::CalendarError>(())
    /// ```
    #[must_use]
    pub fn nth_last_business_day(
        &self,
        year: i32,
        month: u32,
        nth: NonZeroU8,
    ) -> Option<NaiveDate> {
        let days: Vec<_> = self.business_days_of(year, month).collect();
        days.into_iter().rev().nth(usize::from(nth.get()) - 1)
    }

    fn business_days_of(&self, year: i32, month: u32) -> impl Iterator<Item = NaiveDate> + '_ {
        NaiveDate::from_ymd_opt(year, month, 1)
            .into_iter()
            .flat_map(days_of_month)
            .filter(|date| self.is_business_day(*date))
    }
}

/// The first day from `date` on, step by step, that is `wanted`. It ends, since every month of a
/// checked calendar has a business day.
fn search(
    date: NaiveDate,
    step: impl Fn(&NaiveDate) -> Option<NaiveDate>,
    wanted: impl Fn(NaiveDate) -> bool,
) -> Option<NaiveDate> {
    std::iter::successors(Some(date), step).find(|day| wanted(*day))
}

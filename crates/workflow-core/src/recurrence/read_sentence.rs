//! Reading a recurrence from an English sentence.

use super::error::RecurrenceError;
use super::rule::MonthPosition;
use super::words::{read_date, read_ordinal, read_weekday};
use super::{Recurrence, RecurrenceBuilder};

/// The longest sentence read, in bytes; longer than any rule's text with its dates.
const MAX_BYTES: usize = 10_000;

type Result<T> = std::result::Result<T, RecurrenceError>;

impl Recurrence {
    /// Reads a sentence such as [`sentence`](Self::sentence) writes.
    ///
    /// Capitals do not matter, dates may also be written as 2026-06-30, and where the sentence
    /// leaves out the day or weekday it is the anchor's.
    ///
    /// # Errors
    /// [`RecurrenceError::Sentence`] says what was expected where; any other [`RecurrenceError`]
    /// says why the rule that was read is refused.
    ///
    /// ```
    /// use workflow_core::recurrence::Recurrence;
    /// let anchor = chrono::NaiveDate::from_ymd_opt(2026, 6, 30).unwrap();
    /// assert_eq!(
    ///     Recurrence::from_sentence("Every month on the last Friday, from 30 June 2026")?,
    ///     Recurrence::monthly().last_weekday(chrono::Weekday::Fri).from(anchor).build()?,
    /// );
    /// let error = Recurrence::from_sentence("every blue moon").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "sentence: a unit such as month or quarter is expected at \"blue moon\""
    /// );
    /// # Ok::<(), workflow_core::recurrence::RecurrenceError>(())
    /// ```
    pub fn from_sentence(sentence: &str) -> Result<Self> {
        if sentence.len() > MAX_BYTES {
            return Err(RecurrenceError::Sentence {
                expected: "a shorter sentence",
                found: super::rfc5545::shortened(sentence),
            });
        }
        let mut words = Words(sentence.trim().trim_end_matches('.'));
        let builder = rule(&mut words)?;
        words.expect("from", "the word \"from\" and a date")?;
        let builder = builder.from(words.date()?);
        let builder = ends(&mut words, builder)?;
        if !words.0.is_empty() {
            return Err(words.fault("the end of the sentence"));
        }
        builder.build()
    }
}

/// What is still to be read.
struct Words<'a>(&'a str);

impl<'a> Words<'a> {
    /// The next word without its comma, and what follows it.
    fn split(&self) -> (&'a str, &'a str) {
        let end = self.0.find(|c: char| c.is_whitespace() || c == ',');
        let (word, rest) = self.0.split_at(end.unwrap_or(self.0.len()));
        (
            word,
            rest.trim_start_matches(|c: char| c.is_whitespace() || c == ','),
        )
    }

    fn take(&mut self) -> &'a str {
        let (word, rest) = self.split();
        self.0 = rest;
        word
    }

    /// Takes the word if it is the next.
    fn given(&mut self, word: &str) -> bool {
        let (next, rest) = self.split();
        let same = next.eq_ignore_ascii_case(word);
        if same {
            self.0 = rest;
        }
        same
    }

    /// Takes what `read` understands of the next word.
    fn read<T>(&mut self, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let (next, rest) = self.split();
        let found = read(next)?;
        self.0 = rest;
        Some(found)
    }

    fn expect(&mut self, word: &str, expected: &'static str) -> Result<()> {
        if self.given(word) {
            Ok(())
        } else {
            Err(self.fault(expected))
        }
    }

    fn fault(&self, expected: &'static str) -> RecurrenceError {
        RecurrenceError::Sentence {
            expected,
            found: super::rfc5545::shortened(self.0),
        }
    }

    fn date(&mut self) -> Result<chrono::NaiveDate> {
        if let Some(date) = self.read(|word| word.parse().ok()) {
            return Ok(date);
        }
        let before = self.0;
        let date = read_date(&[self.take(), self.take(), self.take()].join(" "));
        date.ok_or_else(|| Words(before).fault("a date such as 30 June 2026"))
    }
}

fn rule(words: &mut Words<'_>) -> Result<RecurrenceBuilder> {
    if words.given("by") {
        words.expect("the", "\"by the rule\"")?;
        words.expect("rule", "\"by the rule\"")?;
        let fault = || words.fault("the rule's text in double quotes");
        let quoted = words.0.strip_prefix('"').ok_or_else(fault)?;
        let (text, rest) = quoted.split_once('"').ok_or_else(fault)?;
        let text = text.parse().map_err(RecurrenceError::Text)?;
        words.0 = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        return Ok(RecurrenceBuilder::by_text(text));
    }
    if words.given("twice") {
        for word in ["a", "month", "on"] {
            words.expect(word, "\"twice a month on\"")?;
        }
        let first = day(words)?;
        words.expect("and", "\"and\" with the other day")?;
        return Ok(Recurrence::twice_a_month(first, day(words)?));
    }
    words.expect("every", "\"every\", \"twice a month\" or \"by the rule\"")?;
    let every: u32 = words.read(|word| word.parse().ok()).unwrap_or(1);
    let unit = |words: &mut Words<'_>, one: &str, many: &str| words.given(one) || words.given(many);
    let builder = if words.given("business") {
        if !unit(words, "day", "days") {
            return Err(words.fault("\"day\" or \"days\""));
        }
        Recurrence::business_days()
    } else if unit(words, "day", "days") {
        Recurrence::daily()
    } else if unit(words, "week", "weeks") {
        weekdays(words, Recurrence::weekly())?
    } else if unit(words, "fortnight", "fortnights") {
        weekdays(words, Recurrence::fortnightly())?
    } else if unit(words, "month", "months") {
        position(words, Recurrence::monthly())?
    } else if unit(words, "quarter", "quarters") {
        position(words, Recurrence::quarterly())?
    } else if unit(words, "half-year", "half-years") {
        position(words, Recurrence::half_yearly())?
    } else if unit(words, "year", "years") {
        position(words, Recurrence::yearly())?
    } else {
        return Err(words.fault("a unit such as month or quarter"));
    };
    Ok(builder.every(every))
}

/// `on Monday, Wednesday and Friday`
fn weekdays(words: &mut Words<'_>, builder: RecurrenceBuilder) -> Result<RecurrenceBuilder> {
    if !words.given("on") {
        return Ok(builder);
    }
    let mut days = Vec::new();
    loop {
        let Some(day) = words.read(read_weekday) else {
            if days.is_empty() || !words.given("and") {
                break;
            }
            days.push(
                words
                    .read(read_weekday)
                    .ok_or_else(|| words.fault("a weekday"))?,
            );
            break;
        };
        days.push(day);
    }
    if days.is_empty() {
        return Err(words.fault("a weekday"));
    }
    Ok(builder.on(&days))
}

/// `the 15th`
fn day(words: &mut Words<'_>) -> Result<u8> {
    words.expect("the", "\"the\" and a day")?;
    let day = words.read(read_ordinal);
    day.ok_or_else(|| words.fault("a day such as 15th"))
}

/// `on the last business day`
fn position(words: &mut Words<'_>, builder: RecurrenceBuilder) -> Result<RecurrenceBuilder> {
    if !words.given("on") {
        return Ok(builder);
    }
    words.expect("the", "\"the\" and a day of the month")?;
    let nth = if words.given("last") {
        None
    } else {
        let nth = words.read(read_ordinal);
        Some(nth.ok_or_else(|| words.fault("\"last\" or an ordinal such as 15th or second"))?)
    };
    let weekday = words.read(read_weekday);
    let business = weekday.is_none() && words.given("business");
    let on = match (nth, weekday) {
        (Some(nth), Some(weekday)) => MonthPosition::NthWeekday { nth, weekday },
        (None, Some(weekday)) => MonthPosition::LastWeekday(weekday),
        (Some(nth), None) if business => MonthPosition::NthBusinessDay(nth),
        (None, None) if business => MonthPosition::LastBusinessDay,
        (Some(day), None) => MonthPosition::Day(day),
        (None, None) => MonthPosition::LastDay,
    };
    let needs_day = matches!(on, MonthPosition::LastDay) || business;
    if needs_day {
        words.expect("day", "\"day\"")?;
    }
    Ok(builder.on_position(on))
}

fn ends(words: &mut Words<'_>, builder: RecurrenceBuilder) -> Result<RecurrenceBuilder> {
    if words.given("until") {
        return Ok(builder.until(words.date()?));
    }
    if words.given("once") {
        return Ok(builder.times(1));
    }
    if let Some(times) = words.read(|word| word.parse().ok()) {
        words.expect("times", "\"times\"")?;
        return Ok(builder.times(times));
    }
    Ok(builder)
}

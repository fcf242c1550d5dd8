//! What must be true of rules: they print and are read as they were, a range is the next date again
//! and again, and every question has an answer within a bounded number of steps.

use chrono::{Days, NaiveDate, NaiveTime};
use workflow_core::business_days::BusinessDays;
use workflow_core::recurrence::rfc5545::{Reading, RuleText, Until};
use workflow_core::recurrence::{Explanation, Recurrence, Rule};
use workflow_core::zone::Zone;

use crate::{Broken, Dice, Verdict, holds, same, some_calendar};

/// How many dates of a rule are looked at.
const DATES: usize = 12;

pub(crate) fn text(text: &str, anchor: NaiveDate, dice: &mut Dice) -> Result<Verdict, Broken> {
    let strict = RuleText::parse(text, Reading::Strict);
    let lenient = RuleText::parse(text, Reading::Lenient);
    if let Err(error) = &strict {
        holds(
            "a refusal names its part",
            !error.to_string().is_empty(),
            error,
        )?;
    }
    if strict.is_ok() {
        holds(
            "what is read strictly is read leniently",
            lenient.is_ok(),
            &lenient,
        )?;
    }
    if let Ok(rule) = &lenient {
        series(rule, anchor, dice)?;
    }
    let Ok(rule) = strict else {
        return Ok(Verdict::Refused);
    };
    let again: Result<RuleText, _> = rule.to_string().parse();
    same("a text prints as itself", &again.as_ref(), &Ok(&rule))?;
    let Ok(recurrence) = Recurrence::from_rrule(text, anchor) else {
        return Ok(Verdict::Refused);
    };
    built(&recurrence, dice)
}

/// Instants rise, and the next one after each is the next of the series.
fn series(rule: &RuleText, anchor: NaiveDate, dice: &mut Dice) -> Result<(), Broken> {
    let time = NaiveTime::from_num_seconds_from_midnight_opt(dice.below(86_400) as u32, 0);
    let start = anchor.and_time(time.unwrap_or_default());
    let series = rule.series(start, &Zone::utc());
    let instants: Vec<_> = series.instants().take(4).collect();
    for pair in instants.windows(2) {
        holds("instants rise", pair[0] < pair[1], &pair)?;
        same(
            "the next instant",
            &series.next_after(pair[0]),
            &Some(pair[1]),
        )?;
    }
    same("never fires", &series.never_fires(), &instants.is_empty())
}

pub(crate) fn sentence(text: &str, dice: &mut Dice) -> Result<Verdict, Broken> {
    match Recurrence::from_sentence(text) {
        Ok(recurrence) => built(&recurrence, dice),
        Err(error) => {
            holds("a refusal says why", !error.to_string().is_empty(), &error)?;
            Ok(Verdict::Refused)
        }
    }
}

pub(crate) fn built(rule: &Recurrence, dice: &mut Dice) -> Result<Verdict, Broken> {
    let calendar = &some_calendar(dice);
    prints_as_itself(rule)?;
    has_its_dates(rule, calendar)?;
    let days = if dice.one_in(8) { 3_000_000 } else { 20_000 };
    let far = Days::new(dice.below(days));
    if let Some(date) = rule.anchor().checked_add_days(far) {
        answers_for(rule, date, calendar)?;
    }
    answers_for(rule, crate::generate::date(dice), calendar)?;
    // An instant has no date without a zone, which a rule's text does not name.
    let by_instant = |rule: &Rule| match rule {
        Rule::Text(text) => matches!(text.until(), Some(Until::Instant(_))),
        _ => false,
    };
    if let Some(text) = rule.to_rrule().filter(|_| !by_instant(rule.rule())) {
        let read = Recurrence::from_rrule(&text, rule.anchor());
        // A count is of the rule's own dates in both, and so are the dates.
        let dates =
            |rule: &Recurrence| -> Vec<_> { rule.dates(.., calendar).take(DATES).collect() };
        match read {
            Ok(read) => same("the dates of the rule's text", &dates(&read), &dates(rule))?,
            Err(error) => return Err(Broken(format!("{text} is refused: {error}"))),
        }
    }
    Ok(Verdict::Accepted)
}

fn prints_as_itself(rule: &Recurrence) -> Result<(), Broken> {
    let sentence = rule.sentence();
    match Recurrence::from_sentence(&sentence) {
        Ok(read) => match (read.rule(), rule.rule()) {
            // A text keeps the blanks around it, which a sentence does without.
            (Rule::Text(_), Rule::Text(_)) => same("a sentence", &read.sentence(), &sentence),
            _ => same("a sentence is read as it was", &&read, &rule),
        },
        Err(error) => Err(Broken(format!("{sentence:?} is not read: {error}"))),
    }
}

fn has_its_dates<C: BusinessDays + std::fmt::Debug>(
    rule: &Recurrence,
    calendar: &C,
) -> Result<(), Broken> {
    let dates: Vec<NaiveDate> = rule.dates(.., calendar).take(DATES).collect();
    let mut next = rule.next_on_or_after(rule.anchor(), calendar);
    for (index, date) in dates.iter().enumerate() {
        same(
            "a range is the next date again and again",
            &Some(*date),
            &next,
        )?;
        holds("dates begin at the anchor", *date >= rule.anchor(), date)?;
        holds(
            "a date is in its rule",
            rule.contains(*date, calendar),
            date,
        )?;
        let before = date
            .pred_opt()
            .and_then(|day| rule.last_on_or_before(day, calendar));
        let expected = index.checked_sub(1).map(|before| dates[before]);
        same("the date before", &before, &expected)?;
        let cell = rule.cell(*date, calendar);
        holds("a cell holds its date", cell.contains(*date), &cell)?;
        let following = rule.next_after(*date, calendar);
        holds(
            "dates rise",
            following.is_none_or(|after| after > *date),
            &following,
        )?;
        next = following;
    }
    if dates.len() < DATES {
        same("a range ends with its rule", &next, &None)?;
    }
    Ok(())
}

fn answers_for<C: BusinessDays + std::fmt::Debug>(
    rule: &Recurrence,
    date: NaiveDate,
    calendar: &C,
) -> Result<(), Broken> {
    let next = rule.next_on_or_after(date, calendar);
    same(
        "the first of a range",
        &rule.dates(date.., calendar).next(),
        &next,
    )?;
    if let Some(next) = next {
        holds("the next date is not before", next >= date, &next)?;
        holds(
            "the next date is in the rule",
            rule.contains(next, calendar),
            &next,
        )?;
        let last = next
            .pred_opt()
            .and_then(|day| rule.last_on_or_before(day, calendar));
        holds(
            "there is none between",
            last.is_none_or(|last| last < date),
            &last,
        )?;
    } else {
        let last = rule.last_on_or_before(date, calendar);
        let ended = last.is_none_or(|last| rule.has_ended_after(last, calendar));
        holds("after the last there is none", ended, &last)?;
    }
    let last = rule.last_on_or_before(date, calendar);
    if let Some(last) = last {
        holds("the last date is not after", last <= date, &last)?;
        holds(
            "the last date is in the rule",
            rule.contains(last, calendar),
            &last,
        )?;
    }
    let explanation = rule.explain(date, calendar);
    let named = matches!(
        explanation,
        Explanation::InRule { .. } | Explanation::Clamped { .. }
    );
    same(
        "the explanation and the rule",
        &named,
        &rule.contains(date, calendar),
    )?;
    holds(
        "an explanation says something",
        !explanation.to_string().is_empty(),
        &explanation,
    )
}

//! The practice of a seed: its clients, people, proposals and workflows.

use chrono::{Days, NaiveDate, Weekday};
use uuid::Uuid;
use workflow_core::audit::Actor;
use workflow_core::billing::BillingLevel;
use workflow_core::calendar::{Holiday, Roll, WorkingCalendar};
use workflow_core::ids::{
    CategoryId, ClientId, PersonId, PracticeId, ProposalId, StaffId, TemplateId,
};
use workflow_core::practice::{Client, Link, Person, Practice, Standing};
use workflow_core::proposal::{InvoiceGrouping, Proposal, ProposalState};
use workflow_core::recurrence::{Recurrence, RecurrenceBuilder};
use workflow_core::service::{CommandError, NewWorkflow, PracticeHandle, TakeOver, Workflows};
use workflow_core::text::Name;
use workflow_core::timing::{DueBasis, DueDays, DueRule, FinancialYearEnd, Lead, LeadDays, Timing};
use workflow_core::workflow::MissedRuns;

use crate::dice::Dice;

/// How large a practice is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) clients: u64,
    pub(crate) workflows: u64,
}

pub(crate) fn practice_id() -> PracticeId {
    "harbour".parse().unwrap()
}

pub(crate) fn client(number: u64) -> ClientId {
    ClientId::new(Uuid::from_u128(0xC000 + u128::from(number)))
}

pub(crate) fn template(number: u64) -> TemplateId {
    TemplateId::new(Uuid::from_u128(0x7000 + u128::from(number)))
}

pub(crate) fn category(number: u64) -> CategoryId {
    CategoryId::new(Uuid::from_u128(0x6000 + u128::from(number)))
}

pub(crate) fn staff(number: u64) -> StaffId {
    StaffId::new(Uuid::from_u128(0x5000 + u128::from(number)))
}

pub(crate) fn person(number: u64) -> PersonId {
    format!("person-{number}").parse().unwrap()
}

/// The member of staff in XPM that somebody is linked to, where they are.
pub(crate) fn linked_to(id: &PersonId) -> StaffId {
    let number = id.as_str().strip_prefix("person-");
    staff(
        number
            .and_then(|number| number.parse().ok())
            .expect("one of ours"),
    )
}

pub(crate) fn proposal(number: u64) -> ProposalId {
    format!("P-{number}").parse().unwrap()
}

pub(crate) const PEOPLE: u64 = 5;
pub(crate) const TEMPLATES: u64 = 5;

pub(crate) fn host() -> Actor {
    Actor::host("simulation")
}

/// A calendar of that version with these days off beside the weekends.
pub(crate) fn calendar(version: u32, off: &[NaiveDate]) -> Option<WorkingCalendar> {
    let days = off
        .iter()
        .map(|day| Holiday::new(*day, "a day off").unwrap());
    let calendar = WorkingCalendar::new("simulated", version).unwrap();
    calendar.with_holidays(days).ok()
}

/// Sets the practice up, with all that belongs to it.
pub(crate) async fn set_up(workflows: &Workflows, dice: &Dice, size: Size, today: NaiveDate) {
    let zone = *dice.pick(&[
        "Pacific/Auckland",
        "Europe/London",
        "Australia/Lord_Howe",
        "UTC",
    ]);
    let off: Vec<NaiveDate> = (0..dice.below(8))
        .map(|_| today + Days::new(dice.below(90)))
        .collect();
    let calendar = calendar(1, &off).unwrap_or_else(|| calendar(1, &[]).unwrap());
    let mut practice = Practice::new(
        practice_id(),
        Name::new("Harbour Accounting").unwrap(),
        zone.parse().unwrap(),
        calendar,
    );
    practice.link = connected();
    let practice = workflows.set_up(host(), practice).await.unwrap().value;
    for number in 0..size.clients {
        let client = Client {
            id: client(number),
            name: Name::new(format!("Client {number}")).unwrap(),
            year_end: FinancialYearEnd::MARCH,
            standing: Standing::Current,
        };
        practice.put_client(host(), client).await.unwrap();
    }
    for number in 0..PEOPLE {
        // The last of them is not linked at first.
        let staff = (number + 1 < PEOPLE).then(|| staff(number));
        put_person(&practice, number, staff).await.unwrap();
    }
    for number in 0..size.clients {
        let state = match dice.below(4) {
            0 => ProposalState::Draft,
            1 => ProposalState::Sent,
            _ => ProposalState::Accepted { on: today },
        };
        let grouping = *dice.pick(&[InvoiceGrouping::Client, InvoiceGrouping::Proposal]);
        let proposal = Proposal {
            id: proposal(number),
            client: client(number),
            name: Name::new(format!("Proposal {number}")).unwrap(),
            state,
            starts_on: dice.often(300).then(|| today + Days::new(dice.below(30))),
            grouping,
            services: Vec::new(),
        };
        practice.put_proposal(host(), proposal).await.unwrap();
    }
    for _ in 0..size.workflows {
        // A level that is taken, or a rule that does not fit, is refused, which is fine.
        let _refused = add(&practice, dice, size, today).await;
    }
}

/// Adds the one workflow of a small history.
pub(crate) async fn add_small(workflows: &Workflows, today: NaiveDate) {
    let new = NewWorkflow::named("Work 1")
        .client(client(0))
        .partner(person(0))
        .staff([person(1), person(2)])
        .templates([template(0), template(1)])
        .deploys_from(today)
        .recurring(Recurrence::daily().every(3).from(today));
    let practice = workflows.practice(practice_id());
    practice.add(host(), new).await.unwrap();
}

pub(crate) fn connected() -> Link {
    Link::Connected {
        tenant: Uuid::from_u128(0x1000),
    }
}

pub(crate) async fn put_person(
    practice: &PracticeHandle,
    number: u64,
    staff: Option<StaffId>,
) -> Result<(), CommandError> {
    let person = Person {
        id: person(number),
        name: Name::new(format!("Person {number}")).unwrap(),
        email: None,
        staff,
    };
    practice.put_person(host(), person).await.map(|_| ())
}

/// Adds a workflow of any kind.
pub(crate) async fn add(
    practice: &PracticeHandle,
    dice: &Dice,
    size: Size,
    today: NaiveDate,
) -> Result<(), CommandError> {
    let number = dice.below(size.clients);
    let text = format!("Work {}", dice.below(1_000));
    let mut new = NewWorkflow::named(text).templates(templates(dice));
    let of_proposal = dice.often(350);
    new = match of_proposal {
        true => new.proposal(proposal(number)),
        false => new.client(client(number)),
    };
    new = match dice.below(10) {
        0 if of_proposal => new.on_acceptance(),
        0 | 1 => new.by_hand(),
        2 => new.on_date(today + Days::new(dice.below(60))),
        _ => new.recurring(rule(dice, today)),
    };
    if dice.often(700) {
        new = new.partner(someone(dice)).manager(someone(dice));
    }
    if dice.often(500) {
        new = new.staff([someone(dice), someone(dice)]);
    }
    if dice.often(300) {
        new = new.category(category(dice.below(3)));
    }
    if dice.often(300) {
        let level = *dice.pick(&[BillingLevel::Client, BillingLevel::Proposal]);
        new = new.billing(level);
    }
    if dice.often(200) {
        new = new.deploys_from(today + Days::new(dice.below(20)));
    }
    new = new.timing(timing(dice)).missed_runs(*dice.pick(&[
        MissedRuns::All,
        MissedRuns::All,
        MissedRuns::Latest,
        MissedRuns::Skip,
        MissedRuns::Hold,
    ]));
    let take_over = *dice.pick(&[TakeOver::Refuse, TakeOver::Replace]);
    practice
        .add_taking_over(host(), new, take_over)
        .await
        .map(|_| ())
}

/// Somebody; seldom the one who is not linked.
pub(crate) fn someone(dice: &Dice) -> PersonId {
    let linked = !dice.often(50);
    person(dice.below(if linked { PEOPLE - 1 } else { PEOPLE }))
}

/// None, one or some, each of them once.
pub(crate) fn templates(dice: &Dice) -> Vec<TemplateId> {
    let first = dice.below(TEMPLATES);
    let count = *dice.pick(&[0, 1, 1, 2, 3]);
    (0..count)
        .map(|n| template((first + n) % TEMPLATES))
        .collect()
}

pub(crate) fn timing(dice: &Dice) -> Timing {
    let days = |most| u16::try_from(dice.below(most)).unwrap();
    let lead = match dice.below(4) {
        0 => Lead::Days(LeadDays::new(days(10)).unwrap()),
        1 => Lead::BusinessDays(LeadDays::new(days(6)).unwrap()),
        _ => Lead::default(),
    };
    let basis = match dice.below(3) {
        0 => DueBasis::AfterStart(DueDays::new(days(30)).unwrap()),
        1 => DueBasis::LastDayOfMonth { months_after: 1 },
        _ => DueBasis::StartDate,
    };
    let roll = *dice.pick(&Roll::ALL);
    Timing {
        roll: *dice.pick(&Roll::ALL),
        lead,
        due: DueRule { basis, roll },
        ..Timing::default()
    }
}

pub(crate) fn rule(dice: &Dice, today: NaiveDate) -> RecurrenceBuilder {
    let week = [Weekday::Mon, Weekday::Wed, Weekday::Fri, Weekday::Sun];
    let turns = u32::try_from(dice.between(1, 3)).unwrap();
    let rule = match dice.below(13) {
        0 => Recurrence::daily().every(turns * 3),
        1 => Recurrence::business_days(),
        2 | 3 => Recurrence::weekly().every(turns),
        4 => Recurrence::weekly().on(&[*dice.pick(&week), *dice.pick(&week)]),
        5 => Recurrence::twice_a_month(15, 31),
        6 => Recurrence::monthly().on_day(31),
        7 => Recurrence::monthly().last_day(),
        8 => Recurrence::monthly().nth_weekday(2, *dice.pick(&week)),
        9 => Recurrence::monthly().last_business_day(),
        10 => Recurrence::monthly().nth_business_day(3),
        11 => Recurrence::quarterly(),
        _ => Recurrence::monthly(),
    };
    let from = today + Days::new(dice.below(20)) - Days::new(dice.below(20));
    let rule = rule.from(from);
    match dice.below(6) {
        0 => rule.times(u32::try_from(dice.between(1, 12)).unwrap()),
        1 => rule.until(today + Days::new(dice.between(20, 70))),
        _ => rule,
    }
}

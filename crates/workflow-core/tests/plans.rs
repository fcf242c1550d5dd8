//! Plan and apply over the memory store: exactly the rows of a plan, each once, or nothing where
//! things have changed.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{Days, NaiveDate, TimeDelta};
use proptest::prelude::*;
use workflow_core::audit::{Actor, Event};
use workflow_core::billing::BillingLevel;
use workflow_core::deployment::{JobOrder, OrderFacts};
use workflow_core::ids::{PersonId, StaffId, TemplateId, WorkflowId};
use workflow_core::plan::{
    Action, ApplyError, Conflict, Field, Filter, Outcome, Plan, SettingsPatch, State, Which,
};
use workflow_core::ports::gateway::DirectoryPart;
use workflow_core::practice::{Link, Person, Standing};
use workflow_core::recurrence::Recurrence;
use workflow_core::service::{
    CommandError, NewWorkflow, Ports, PracticeHandle, TakeOver, Workflows,
};
use workflow_core::testing::{CountingIds, ManualClock, MemoryGateway, MemoryStore, samples};
use workflow_core::text::{Name, Reason};
use workflow_core::timing::{DueBasis, DueRule, Timing};
use workflow_core::verify::verify;
use workflow_core::workflow::{Occurrence, WorkflowEvent};
use workflow_core::zone::{Zone, ZoneName, Zones};

#[derive(Debug)]
struct Utc;

impl Zones for Utc {
    fn zone(&self, _: &ZoneName) -> Option<Zone> {
        Some(Zone::utc())
    }
}

fn me() -> Actor {
    Actor::person("Aroha")
}

fn linked(number: u32) -> Person {
    Person {
        staff: Some(StaffId::new(samples::uuid(0x5, number))),
        ..samples::person(number)
    }
}

struct World {
    store: MemoryStore,
    clock: ManualClock,
    practice: PracticeHandle,
}

impl World {
    /// Seven o'clock on 1 January 2026, with three clients and three people, of whom the third is
    /// not linked to XPM's staff.
    async fn begin() -> Self {
        let clock = ManualClock::at(samples::minute(7 * 60));
        let store = MemoryStore::new();
        let workflows = Workflows::new(Ports {
            store: Arc::new(store.clone()),
            gateway: Arc::new(MemoryGateway::new()),
            clock: Arc::new(clock.clone()),
            ids: Arc::new(CountingIds::new(1)),
            zones: Arc::new(Utc),
        });
        let mut acme = samples::practice(&samples::practice_id("acme"));
        let tenant = samples::uuid(0xA, 1);
        acme.link = Link::Connected { tenant };
        let practice = workflows.set_up(me(), acme).await.unwrap().value;
        for (number, name) in [(1, "Blue Gum Cafe"), (2, "Harbour"), (3, "Coral")] {
            let client = samples::client(number, name);
            practice.put_client(me(), client).await.unwrap();
        }
        for person in [linked(1), linked(2), samples::person(3)] {
            practice.put_person(me(), person).await.unwrap();
        }
        Self {
            store,
            clock,
            practice,
        }
    }

    async fn add(&self, new: NewWorkflow) -> WorkflowId {
        self.practice.add(me(), new).await.unwrap().value
    }

    async fn plan(&self, action: Action) -> Plan {
        self.practice
            .plan(action, &Filter::default())
            .await
            .unwrap()
    }

    async fn deploying(&self, days: u32) -> Plan {
        let until = Which::Until(samples::day(days));
        self.plan(Action::Deploy(until)).await
    }

    async fn begun(&self) -> BTreeSet<(WorkflowId, Occurrence)> {
        let entries = self.practice.audit(None, None, 1_000).await.unwrap();
        let begun =
            entries
                .iter()
                .filter_map(|entry| match (&entry.line.subject, &entry.line.event) {
                    (
                        workflow_core::audit::Subject::Workflow(id),
                        Event::Workflow(WorkflowEvent::Begun { occurrence, .. }),
                    ) => Some((*id, *occurrence)),
                    _ => None,
                });
        let list: Vec<_> = begun.collect();
        let set: BTreeSet<_> = list.iter().copied().collect();
        assert_eq!(list.len(), set.len(), "nothing is begun twice");
        set
    }

    async fn changed(&self, plan: &Plan) -> String {
        let before = self.practice.audit(None, None, 1_000).await.unwrap();
        let Err(error) = self.practice.apply(me(), plan).await else {
            panic!("things have changed");
        };
        let after = self.practice.audit(None, None, 1_000).await.unwrap();
        assert_eq!(before, after, "nothing was done");
        match error {
            ApplyError::Changed(rows) => {
                let lines: Vec<String> = rows.iter().map(ToString::to_string).collect();
                lines.join("\n")
            }
            other => panic!("{other}"),
        }
    }
}

fn monthly(name: &str, client: u32) -> NewWorkflow {
    NewWorkflow::named(name)
        .client(samples::client_id(client))
        .recurring(Recurrence::monthly().from(samples::day(14)))
}

fn subjects(plan: &Plan) -> BTreeSet<(WorkflowId, Occurrence)> {
    let rows = plan.rows().iter();
    rows.map(|row| (row.workflow, row.occurrence().unwrap()))
        .collect()
}

fn person(number: u32) -> PersonId {
    samples::person_id(number)
}

#[tokio::test]
async fn a_plan_says_what_would_be_deployed_and_what_it_costs() {
    let world = World::begin().await;
    let template = samples::listing(DirectoryPart::Templates, 1);
    let id = TemplateId::new(template.row.id);
    world.practice.put_listing(me(), template).await.unwrap();
    world
        .add(
            monthly("Books {month} of {client}", 1)
                .partner(person(1))
                .staff([person(2)])
                .templates([id])
                .billing(BillingLevel::Client),
        )
        .await;
    let plan = world.deploying(45).await;
    assert_eq!(plan.rows().len(), 2);
    let job = plan.rows()[0].deployment().unwrap();
    assert_eq!(
        job.name.as_deref(),
        Some("Books January 2026 of Blue Gum Cafe")
    );
    assert_eq!(
        (job.start, job.occurrence),
        (samples::day(14), Occurrence::On(samples::day(14)))
    );
    assert_eq!(job.partner.as_ref().unwrap().name, "Person 1");
    assert_eq!(job.staff[0].staff, linked(2).staff);
    assert_eq!(job.templates[0].name, "Row 1");
    assert!(job.reference.as_ref().unwrap().as_str().starts_with("CLI-"));
    assert_eq!(plan.rows()[0].conflicts, []);
    let quota = plan.quota();
    assert_eq!(
        (quota.calls, quota.minute_left, quota.day_left),
        (4, 60, 1_000)
    );
    assert_eq!(world.begun().await.len(), 0, "nothing has happened");
}

#[tokio::test]
async fn what_is_applied_is_what_was_planned_and_once() {
    let world = World::begin().await;
    let books = world.add(monthly("Books", 1)).await;
    world.add(monthly("Payroll", 2)).await;
    let plan = world.deploying(80).await;
    assert_eq!(plan.rows().len(), 6);
    let some = plan.choose(|_, row| row.workflow == books);
    let applied = world.practice.apply(me(), &some).await.unwrap();
    assert_eq!((applied.done(), applied.rows.len()), (3, 3));
    assert_eq!(world.begun().await, subjects(&some));
    // The whole goes on with what was not chosen, and a repeat does nothing.
    let applied = world.practice.apply(me(), &plan).await.unwrap();
    let now = |row: &&workflow_core::plan::AppliedRow| matches!(row.outcome, Outcome::Done);
    assert_eq!(applied.rows.iter().filter(now).count(), 3);
    assert_eq!(applied.done(), 6);
    let entries = world.practice.audit(None, None, 1_000).await.unwrap();
    let applied = world.practice.apply(me(), &plan).await.unwrap();
    let before = |row: &workflow_core::plan::AppliedRow| matches!(row.outcome, Outcome::DoneBefore);
    assert!(applied.rows.iter().all(before), "{applied:?}");
    assert_eq!(
        world.practice.audit(None, None, 1_000).await.unwrap(),
        entries
    );
    assert_eq!(world.begun().await, subjects(&plan));
}

#[tokio::test]
async fn each_change_since_is_named_and_nothing_is_done() {
    let world = World::begin().await;
    let books = world
        .add(monthly("Books of {client}", 1).partner(person(1)))
        .await;
    world.add(monthly("Payroll", 2)).await;
    let practice = &world.practice;
    let plan = world.deploying(20).await;

    practice
        .put_client(me(), samples::client(1, "Red Gum Cafe"))
        .await
        .unwrap();
    let said = world.changed(&plan).await;
    assert!(
        said.contains("job name was “Books of Blue Gum Cafe”, is “Books of Red Gum Cafe”"),
        "{said}"
    );
    assert!(!said.contains("Payroll"), "{said}");

    let plan = world.deploying(20).await;
    let unlinked = Person {
        staff: None,
        ..linked(1)
    };
    practice.put_person(me(), unlinked).await.unwrap();
    let said = world.changed(&plan).await;
    assert!(
        said.contains("conflicts was nothing, is “Person 1 is not linked"),
        "{said}"
    );
    practice.put_person(me(), linked(1)).await.unwrap();

    let occurrence = Occurrence::On(samples::day(14));
    let plan = world.deploying(20).await;
    practice
        .move_to(me(), books, occurrence, samples::day(16))
        .await
        .unwrap();
    let said = world.changed(&plan).await;
    assert!(
        said.contains("start date was “2026-01-15”, is “2026-01-17”"),
        "{said}"
    );

    let plan = world.deploying(20).await;
    practice
        .skip(me(), books, occurrence, Reason::new("closed").unwrap())
        .await
        .unwrap();
    let said = world.changed(&plan).await;
    assert!(
        said.contains("row was “to be deployed”, is “skipped"),
        "{said}"
    );

    // Another workflow whose job would be the same.
    let plan = world.deploying(20).await;
    world.add(monthly("Payroll", 2)).await;
    let said = world.changed(&plan).await;
    assert!(
        said.contains("another job to come has the same name and date"),
        "{said}"
    );

    practice.deploy_now(me(), books, None).await.unwrap();
    let plan = world.deploying(80).await;
    practice.archive(me(), books).await.unwrap();
    let said = world.changed(&plan).await;
    assert!(said.contains("archived"), "{said}");
}

#[tokio::test]
async fn what_would_fail_is_left_out_and_the_rest_is_done() {
    let world = World::begin().await;
    let stopped = world.add(monthly("Books", 1).manager(person(3))).await;
    let gone = samples::listing(DirectoryPart::Templates, 7);
    let template = TemplateId::new(gone.row.id);
    let gone = workflow_core::practice::Listing {
        standing: Standing::Gone,
        ..gone
    };
    world.practice.put_listing(me(), gone).await.unwrap();
    world
        .add(monthly("Accounts", 2).templates([template]))
        .await;
    let done = world.add(monthly("Payroll", 3)).await;
    let plan = world.deploying(20).await;
    let applied = world.practice.apply(me(), &plan).await.unwrap();
    assert_eq!(applied.done(), 1);
    assert_eq!(
        world
            .begun()
            .await
            .into_iter()
            .map(|(id, _)| id)
            .collect::<Vec<_>>(),
        [done]
    );
    let row = applied
        .rows
        .iter()
        .find(|row| row.workflow == stopped)
        .unwrap();
    assert_eq!(
        row.outcome.to_string(),
        "left out: Person 3 is not linked to a member of XPM's staff"
    );
    assert_eq!(applied.not_done().count(), 2);
    assert_eq!(plan.stopped().count(), 2);
}

#[tokio::test]
async fn conflicts_of_dates_names_and_levels_are_seen() {
    let world = World::begin().await;
    let due = DueRule {
        basis: DueBasis::DayOfMonth {
            months_after: 0,
            day: workflow_core::timing::DueDay::new(10).unwrap(),
        },
        ..DueRule::default()
    };
    let early = Timing {
        due,
        ..Timing::default()
    };
    let from = samples::day(5);
    let late = NewWorkflow::named("Return")
        .client(samples::client_id(1))
        .timing(early)
        .recurring(Recurrence::weekly().from(from));
    world.add(late).await;
    world.add(monthly("Same", 2)).await;
    world.add(monthly("Same", 2)).await;
    let plan = world.deploying(20).await;
    let said: Vec<String> = plan
        .rows()
        .iter()
        .flat_map(|row| row.conflicts.iter().map(ToString::to_string))
        .collect();
    assert_eq!(
        said,
        [
            "due date 2026-01-10 is before the start date 2026-01-13",
            "another job to come has the same name and date: “Same”",
            "another job to come has the same name and date: “Same”",
            "due date 2026-01-10 is before the start date 2026-01-20",
        ]
    );
}

#[tokio::test]
async fn a_workflow_by_hand_is_deployed_by_a_plan_of_the_next() {
    let world = World::begin().await;
    let hand = NewWorkflow::named("Advice").client(samples::client_id(1));
    let hand = world.add(hand).await;
    assert_eq!(world.deploying(400).await.rows().len(), 0);
    let plan = world.plan(Action::Deploy(Which::Next)).await;
    assert_eq!(plan.rows().len(), 1);
    // Another day is another start date.
    world.clock.advance(TimeDelta::days(1));
    let said = world.changed(&plan).await;
    assert!(
        said.contains("start date was “2026-01-01”, is “2026-01-02”"),
        "{said}"
    );
    let plan = world.plan(Action::Deploy(Which::Next)).await;
    assert_eq!(world.practice.apply(me(), &plan).await.unwrap().done(), 1);
    assert_eq!(
        world.begun().await,
        BTreeSet::from([(hand, Occurrence::Once)])
    );
}

#[tokio::test]
async fn filters_choose_and_name_what_there_is_not() {
    let world = World::begin().await;
    let books = world.add(monthly("Books", 1).partner(person(1))).await;
    let payroll = world
        .add(monthly("Payroll of {client}", 2).billing(BillingLevel::Client))
        .await;
    let paused = world.add(monthly("Advice", 3).staff([person(1)])).await;
    let reason = Reason::new("away").unwrap();
    world
        .practice
        .pause(me(), paused, None, reason)
        .await
        .unwrap();
    let chosen = async |field: &str, value: &str| {
        let filter = Filter::default().with(field, value).unwrap();
        let plan = world.practice.plan(Action::Archive, &filter).await.unwrap();
        plan.rows()
            .iter()
            .map(|row| row.workflow)
            .collect::<Vec<_>>()
    };
    assert_eq!(chosen("partner", "person 001").await, [books]);
    assert_eq!(chosen("staff", "person 001").await, [paused]);
    assert_eq!(chosen("name", "of HARB").await, [payroll]);
    assert_eq!(chosen("billing", "client").await, [payroll]);
    assert_eq!(chosen("state", "paused").await, [paused]);
    assert_eq!(chosen("state", "inactive").await, []);
    assert_eq!(
        chosen("client", &samples::client_id(1).to_string()).await,
        [books]
    );
    assert_eq!(chosen("workflow", &books.to_string()).await, [books]);
    assert_eq!(chosen("due-from", "2026-01-16").await, []);
    assert_eq!(chosen("due-until", "2026-01-15").await, [books, payroll]);
    for (field, value) in [
        ("partnr", "grace"),
        ("state", "sleeping"),
        ("due-from", "2026-02-30"),
        ("client", "Harbour"),
        ("name", " "),
    ] {
        let refused = Filter::default().with(field, value).unwrap_err();
        assert!(refused.to_string().contains(field), "{refused}");
    }
    for filter in [
        Filter::default().with("client", &samples::client_id(9).to_string()),
        Filter::default().with("workflow", &samples::workflow_id(9).to_string()),
    ] {
        let refused = world.practice.plan(Action::Archive, &filter.unwrap()).await;
        assert!(
            matches!(refused, Err(CommandError::NotFound { .. })),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn settings_are_edited_in_bulk_each_with_its_own_entry() {
    let world = World::begin().await;
    let books = world.add(monthly("Books", 1).partner(person(1))).await;
    let payroll = world.add(monthly("Payroll", 2)).await;
    let patch = SettingsPatch {
        partner: Field::Clear,
        manager: Field::Set(person(2)),
        budget: Field::Set("850".parse().unwrap()),
        ..SettingsPatch::default()
    };
    let plan = world.plan(Action::Edit(Box::new(patch))).await;
    assert_eq!(
        plan.rows()[0].changes()[0],
        ("budget", String::new(), "850.00".to_owned())
    );
    // The settings are what matters, not who looked at them since.
    let mut other = world
        .practice
        .workflow(payroll)
        .await
        .unwrap()
        .unwrap()
        .value
        .settings()
        .clone();
    other.staff.insert(person(1));
    world.practice.edit(me(), payroll, other).await.unwrap();
    let said = world.changed(&plan).await;
    assert!(
        said.contains("Payroll") && !said.contains("Books"),
        "{said}"
    );
    let plan = world.plan(plan.action().clone()).await;
    assert_eq!(world.practice.apply(me(), &plan).await.unwrap().done(), 2);
    for id in [books, payroll] {
        let found = world.practice.workflow(id).await.unwrap().unwrap().value;
        assert_eq!(found.settings().partner, None);
        assert_eq!(found.settings().manager, Some(person(2)));
        let subject = Some(workflow_core::audit::Subject::Workflow(id));
        let last = world.practice.audit(subject, None, 1).await.unwrap();
        let Event::Workflow(WorkflowEvent::SettingsChanged { .. }) = &last[0].line.event else {
            panic!("{last:?}");
        };
        assert_eq!(last[0].line.actor, me());
    }
    let again = world.plan(plan.action().clone()).await;
    assert_eq!(again.rows().len(), 0, "there is nothing left to change");

    // A token that a workflow has nothing for is that row's refusal alone.
    let name = "{service}".parse().unwrap();
    let patch = SettingsPatch {
        name: Some(name),
        ..SettingsPatch::default()
    };
    let plan = world.plan(Action::Edit(Box::new(patch))).await;
    let applied = world.practice.apply(me(), &plan).await.unwrap();
    assert_eq!(applied.done(), 0);
    assert!(
        applied.rows[0]
            .outcome
            .to_string()
            .contains("left out: name: "),
        "{applied:?}"
    );
}

#[tokio::test]
async fn archiving_in_bulk_leaves_levels_free_and_says_so() {
    let world = World::begin().await;
    let books = world
        .add(monthly("Books", 1).billing(BillingLevel::Client))
        .await;
    let plan = world.plan(Action::Archive).await;
    assert_eq!(
        plan.rows()[0].conflicts,
        [Conflict::LevelLeft {
            level: BillingLevel::Client
        }]
    );
    assert_eq!(world.practice.apply(me(), &plan).await.unwrap().done(), 1);
    let found = world.practice.workflow(books).await.unwrap().unwrap().value;
    assert!(found.archived().is_some());
    let level = world
        .practice
        .level(workflow_core::billing::LevelOf::Client(samples::client_id(
            1,
        )));
    assert_eq!(level.await.unwrap().unwrap().value.nominee, None);
    let archived = Filter {
        state: Some(State::Archived),
        ..Filter::default()
    };
    let again = world
        .practice
        .plan(Action::Archive, &archived)
        .await
        .unwrap();
    assert_eq!(again.rows().len(), 0);
}

fn replace(from: u32, to: u32, on: Option<NaiveDate>) -> Action {
    Action::ReplacePerson {
        from: person(from),
        to: person(to),
        on,
    }
}

#[tokio::test]
async fn a_person_is_replaced_from_a_day_on_in_what_starts_then() {
    let world = World::begin().await;
    let books = world
        .add(
            monthly("Books", 1)
                .partner(person(1))
                .staff([person(1), person(2)]),
        )
        .await;
    let on = samples::day(31);
    let plan = world.plan(replace(1, 2, Some(on))).await;
    assert_eq!(plan.rows().len(), 1);
    assert_eq!(world.practice.apply(me(), &plan).await.unwrap().done(), 1);
    let partners = async || {
        let plan = world.deploying(80).await;
        let rows = plan.rows().iter();
        rows.map(|row| row.deployment().unwrap().partner.clone().unwrap().person)
            .collect::<Vec<_>>()
    };
    assert_eq!(partners().await, [person(1), person(2), person(2)]);
    let found = world.practice.workflow(books).await.unwrap().unwrap().value;
    assert_eq!(
        found.settings().partner,
        Some(person(1)),
        "the settings are today's"
    );
    assert_eq!(found.settings_on(on).staff, BTreeSet::from([person(2)]));
    let again = world.plan(replace(1, 2, Some(on))).await;
    assert_eq!(again.rows().len(), 0);

    // January's job keeps who had the part then, and once it is begun and done the settings follow.
    world.clock.advance(TimeDelta::days(20));
    let january = Occurrence::On(samples::day(14));
    world
        .practice
        .deploy_now(me(), books, Some(january))
        .await
        .unwrap();
    world.clock.advance(TimeDelta::days(26));
    let february = world.practice.deploy_now(me(), books, None).await.unwrap();
    let handed = february.entries.iter().any(|entry| {
        matches!(
            entry.line.event,
            Event::Workflow(WorkflowEvent::HandedOver { .. })
        )
    });
    assert!(!handed, "January's is not prepared yet");
    let found = world.practice.workflow(books).await.unwrap().unwrap().value;
    let (client, people) = (samples::client(1, "Blue Gum Cafe"), [linked(1), linked(2)]);
    let facts = OrderFacts {
        client: &client,
        proposal: None,
        people: &people,
        gone: &[],
        reference: None,
        numbering: &workflow_core::numbering::JobNumbering::Xpm,
    };
    let deployments = world.practice.deployments_of(books).await.unwrap();
    let who: Vec<_> = deployments
        .iter()
        .map(|begun| {
            JobOrder::prepare(&found, &begun.value, &facts)
                .unwrap()
                .team
                .partner
        })
        .collect();
    assert_eq!(who, [linked(1).staff, linked(2).staff], "what is sent");
}

#[tokio::test]
async fn a_handover_becomes_part_of_the_settings_once_nothing_of_before_is_left() {
    let world = World::begin().await;
    let books = world.add(monthly("Books", 1).partner(person(1))).await;
    let plan = world.plan(replace(1, 2, Some(samples::day(31)))).await;
    world.practice.apply(me(), &plan).await.unwrap();
    world.clock.advance(TimeDelta::days(40));
    let january = Occurrence::On(samples::day(14));
    let reason = || Reason::new("done elsewhere").unwrap();
    world
        .practice
        .skip(me(), books, january, reason())
        .await
        .unwrap();
    let found = world.practice.workflow(books).await.unwrap().unwrap().value;
    assert_eq!(found.settings().partner, Some(person(2)));
    assert_eq!(found.handovers(), []);
    let report = verify(&world.store, world.practice.id()).await.unwrap();
    assert_eq!(report.first_break, None);
}

#[tokio::test]
async fn a_person_is_replaced_at_once_where_no_day_is_given() {
    let world = World::begin().await;
    let books = world.add(monthly("Books", 1).partner(person(1))).await;
    world.add(monthly("Payroll", 2)).await;
    let plan = world.plan(replace(1, 3, None)).await;
    assert_eq!(plan.rows().len(), 1, "only where the person has a part");
    let applied = world.practice.apply(me(), &plan).await.unwrap();
    assert_eq!(applied.done(), 0, "Person 3 is not linked");
    let plan = world.plan(replace(1, 2, None)).await;
    assert_eq!(world.practice.apply(me(), &plan).await.unwrap().done(), 1);
    let found = world.practice.workflow(books).await.unwrap().unwrap().value;
    assert_eq!(found.settings().partner, Some(person(2)));
    for action in [replace(1, 9, None), replace(8, 1, None)] {
        let refused = world.practice.plan(action, &Filter::default()).await;
        assert!(
            matches!(refused, Err(CommandError::NotFound { .. })),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn a_written_plan_is_read_back_and_one_that_was_altered_is_not() {
    let world = World::begin().await;
    world.add(monthly("Books", 1).partner(person(1))).await;
    let plan = world.deploying(20).await;
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
    for (from, to) in [
        ("\"Books\"", "\"Cooks\""),
        ("2026-01-15", "2026-01-16"),
        ("\"format\":1", "\"format\":2"),
        ("\"calls\":2", "\"calls\":1"),
        ("\"rows\":", "\"more\":1,\"rows\":"),
    ] {
        let altered = text.replace(from, to);
        assert_ne!(altered, text, "{from}");
        let read = serde_json::from_str::<Plan>(&altered);
        assert!(read.is_err(), "{from}");
    }
    let same = world.deploying(20).await;
    assert_eq!(same.digest(), plan.digest(), "nothing changed");
    assert_ne!(same.key(), plan.key());
    let other = Workflows::new(world.ports()).practice("other".parse().unwrap());
    let refused = other.apply(me(), &plan).await;
    assert!(
        matches!(refused, Err(ApplyError::OtherPractice { .. })),
        "{refused:?}"
    );
}

impl World {
    fn ports(&self) -> Ports {
        Ports {
            store: Arc::new(self.store.clone()),
            gateway: Arc::new(MemoryGateway::new()),
            clock: Arc::new(self.clock.clone()),
            ids: Arc::new(CountingIds::new(1_000)),
            zones: Arc::new(Utc),
        }
    }
}

/// Something that somebody does between a plan and its application.
#[derive(Clone, Copy, Debug)]
enum Meddling {
    Nothing,
    /// A client that no name mentions and the plan shows all the same.
    RenameClient,
    Unlink,
    Pause,
    Archive,
    Deploy,
    Skip,
    Move,
    Edit,
    TakeLevel,
    /// What has no part in the plan.
    AddElsewhere,
    PassAMinute,
}

const MEDDLINGS: [Meddling; 12] = [
    Meddling::Nothing,
    Meddling::RenameClient,
    Meddling::Unlink,
    Meddling::Pause,
    Meddling::Archive,
    Meddling::Deploy,
    Meddling::Skip,
    Meddling::Move,
    Meddling::Edit,
    Meddling::TakeLevel,
    Meddling::AddElsewhere,
    Meddling::PassAMinute,
];

impl Meddling {
    fn matters(self) -> bool {
        !matches!(self, Self::Nothing | Self::AddElsewhere | Self::PassAMinute)
    }

    async fn happen(self, world: &World, id: WorkflowId, name: &str) {
        let practice = &world.practice;
        let reason = || Reason::new("because").unwrap();
        let workflow = practice.workflow(id).await.unwrap().unwrap().value;
        let next = workflow.next().unwrap().occurrence;
        match self {
            Self::Nothing => {}
            Self::RenameClient => {
                let client = practice.client(workflow.client()).await.unwrap().unwrap();
                let mut client = client.value;
                client.name = Name::new("Somebody else").unwrap();
                practice.put_client(me(), client).await.map(drop).unwrap();
            }
            Self::Unlink => {
                let mut person = linked(1);
                person.staff = None;
                practice.put_person(me(), person).await.map(drop).unwrap();
            }
            Self::Pause => practice
                .pause(me(), id, None, reason())
                .await
                .map(drop)
                .unwrap(),
            Self::Archive => practice.archive(me(), id).await.map(drop).unwrap(),
            Self::Deploy => practice.deploy_now(me(), id, None).await.map(drop).unwrap(),
            Self::Skip => practice
                .skip(me(), id, next, reason())
                .await
                .map(drop)
                .unwrap(),
            Self::Move => {
                let to = next.nominal().unwrap() + Days::new(1);
                practice
                    .move_to(me(), id, next, to)
                    .await
                    .map(drop)
                    .unwrap();
            }
            Self::Edit => {
                let mut settings = workflow.settings().clone();
                settings.budget = Some("1".parse().unwrap());
                practice.edit(me(), id, settings).await.map(drop).unwrap();
            }
            Self::TakeLevel => {
                let other = monthly(&format!("Billing {name}"), client_of(&workflow))
                    .deploys_from(samples::day(300))
                    .billing(BillingLevel::Client);
                let over = TakeOver::Replace;
                practice
                    .add_taking_over(me(), other, over)
                    .await
                    .map(drop)
                    .unwrap();
            }
            Self::AddElsewhere => {
                let new = monthly("Elsewhere", 3);
                practice.add(me(), new).await.map(drop).unwrap();
            }
            Self::PassAMinute => world.clock.advance(TimeDelta::minutes(1)),
        }
    }
}

fn client_of(workflow: &workflow_core::workflow::Workflow) -> u32 {
    let numbers = 1..=3;
    numbers
        .into_iter()
        .find(|number| samples::client_id(*number) == workflow.client())
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn a_plan_begins_its_rows_or_names_what_has_changed(
        meddling in proptest::sample::select(MEDDLINGS.to_vec()),
        whom in 0_usize..2,
        days in 15_u32..120,
        through_file in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let world = World::begin().await;
            let new = |name: &str, client| {
                monthly(name, client).partner(person(1)).billing(BillingLevel::Client)
            };
            let ids = [world.add(new("Books", 1)).await, world.add(new("Payroll", 2)).await];
            let mut plan = world.deploying(days).await;
            if through_file {
                plan = serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
            }
            meddling.happen(&world, ids[whom], ["Books", "Payroll"][whom]).await;
            let before = world.begun().await;
            if meddling.matters() {
                let said = world.changed(&plan).await;
                let named = ["Blue Gum Cafe, Books", "Harbour, Payroll"][whom];
                assert!(said.contains(named), "{meddling:?}: {said}");
                assert_eq!(world.begun().await, before);
            } else {
                let applied = world.practice.apply(me(), &plan).await.unwrap();
                assert_eq!(applied.done(), plan.rows().len());
                assert_eq!(world.begun().await, subjects(&plan));
            }
        });
    }
}

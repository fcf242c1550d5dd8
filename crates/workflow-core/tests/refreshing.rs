//! Refreshing the directory: what each call tells, who it links, and what it never loses.

#[path = "common/world.rs"]
mod world;

use chrono::{DateTime, TimeDelta, Utc};

use uuid::Uuid;
use workflow_core::directory::DirectoryCall;
use workflow_core::ids::{ClientId, StaffId};
use workflow_core::plan::Conflict;
use workflow_core::ports::clock::Clock as _;
use workflow_core::ports::gateway::{
    DirectoryPart, DirectoryRow, Failure, JobGateway as _, ListedClient,
};
use workflow_core::ports::store::{Lease, LeaseAnswer, LeaseRequest, Store as _};
use workflow_core::practice::{Link, Person, Standing};
use workflow_core::service::{CallOutcome, CommandError, NewWorkflow, Refreshed};
use workflow_core::testing::{CallKind, samples};
use workflow_core::timing::FinancialYearEnd;

use world::{World, host};

fn row(number: u128, name: &str, email: Option<&str>) -> DirectoryRow {
    DirectoryRow {
        id: Uuid::from_u128(number),
        name: name.to_owned(),
        email: email.map(str::to_owned),
    }
}

/// Moves the clock on, since a lease and a listing are told apart by their instants.
struct Office {
    world: World,
}

impl Office {
    async fn open() -> Self {
        let world = World::begin().await;
        let tenant = Uuid::from_u128(0x7e);
        let link = Link::Connected { tenant };
        world.practice.set_link(host(), link).await.unwrap();
        Self { world }
    }

    fn add(&self, part: DirectoryPart, row: DirectoryRow) {
        self.world
            .gateway
            .add_row(self.world.practice.id(), part, row);
    }

    fn change(&self, row: DirectoryRow, standing: Standing) {
        let client = ListedClient { row, standing };
        let (practice, now) = (self.world.practice.id(), self.now());
        self.world.gateway.change_client(practice, client, now);
    }

    fn now(&self) -> DateTime<Utc> {
        self.world.clock.now()
    }

    async fn lease(&self) -> Lease {
        let request = LeaseRequest {
            holder: samples::holder("test"),
            now: self.now(),
            time: TimeDelta::seconds(60),
        };
        let practice = self.world.practice.id();
        match self.world.store.lease(practice, &request).await.unwrap() {
            LeaseAnswer::Granted(lease) => lease,
            held => panic!("nobody else holds it: {held:?}"),
        }
    }

    /// Makes the one call that is due.
    async fn step(&self, call: DirectoryCall) -> Option<Refreshed> {
        let (practice, lease) = (&self.world.practice, self.lease().await);
        let refresh = practice.begin_refresh(&lease, call).await.unwrap().unwrap();
        let gateway = &self.world.gateway;
        let outcome = match &refresh.call {
            DirectoryCall::Page { part, cursor } => {
                let page = gateway.directory(practice.id(), *part, cursor.clone());
                CallOutcome::Directory(page.await)
            }
            DirectoryCall::ClientsModified { since } => {
                let changed = gateway.clients_modified_since(practice.id(), *since);
                CallOutcome::Modified(changed.await)
            }
        };
        practice
            .refreshed(&lease, &refresh, &outcome)
            .await
            .unwrap()
    }

    /// Makes all the calls that are due, and says how many.
    async fn refresh(&self) -> usize {
        let mut calls = 0;
        while let Some(call) = self.world.practice.refresh_due().await.unwrap().now {
            self.step(call).await;
            calls += 1;
        }
        calls
    }

    async fn standing(&self, part: DirectoryPart, number: u128) -> Option<Standing> {
        let listings = self.world.practice.listings(part).await.unwrap();
        let found = listings
            .iter()
            .find(|listing| listing.row.id == Uuid::from_u128(number));
        found.map(|listing| listing.standing)
    }
}

#[tokio::test]
async fn the_whole_directory_is_listed_once_and_what_was_changed_by_one_call() {
    let office = Office::open().await;
    for number in 1..=250 {
        office.add(DirectoryPart::Clients, row(number, "Kauri & Sons", None));
    }
    office.add(DirectoryPart::Staff, row(900, "Sam Lee", Some("sam@x.nz")));
    office.add(DirectoryPart::Templates, row(901, "GST", None));
    // Staff, templates, categories, and three pages of clients.
    assert_eq!(office.refresh().await, 6);
    let practice = &office.world.practice;
    let directory = practice.directory().await.unwrap().unwrap().value;
    assert!(directory.is_whole());
    assert_eq!(directory.day_calls, 6);
    assert_eq!(
        practice
            .listings(DirectoryPart::Clients)
            .await
            .unwrap()
            .len(),
        250
    );
    let client = practice.client(ClientId::new(Uuid::from_u128(250))).await;
    let client = client.unwrap().unwrap().value;
    assert_eq!(client.name.as_str(), "Kauri & Sons");
    assert_eq!(client.year_end, FinancialYearEnd::DECEMBER);
    assert_eq!(office.refresh().await, 0);

    office.world.clock.advance(TimeDelta::hours(4));
    office.change(row(250, "Kauri Ltd", None), Standing::Current);
    office.change(row(251, "Rimu Ltd", None), Standing::Current);
    office.change(row(7, "Kauri & Sons", None), Standing::Gone);
    office.change(row(252, "Long gone", None), Standing::Gone);
    let before = office.world.gateway.calls().len();
    assert_eq!(office.refresh().await, 1);
    assert_eq!(office.world.gateway.calls().len(), before + 1);
    let client = |number| practice.client(ClientId::new(Uuid::from_u128(number)));
    let renamed = client(250).await.unwrap().unwrap().value;
    assert_eq!(renamed.name.as_str(), "Kauri Ltd");
    assert!(client(251).await.unwrap().is_some());
    assert_eq!(
        client(7).await.unwrap().unwrap().value.standing,
        Standing::Gone
    );
    // An archived client that the practice never had is known to be archived, and no more.
    assert!(client(252).await.unwrap().is_none());
    let gone = office.standing(DirectoryPart::Clients, 252).await;
    assert_eq!(gone, Some(Standing::Gone));
    // Nothing was said twice: what is as it was makes no entry.
    office.world.clock.advance(TimeDelta::hours(4));
    let entries = practice
        .audit(None, None, 1)
        .await
        .unwrap()
        .first()
        .unwrap()
        .seq;
    assert_eq!(office.refresh().await, 1);
    let after = practice
        .audit(None, None, 1)
        .await
        .unwrap()
        .first()
        .unwrap()
        .seq;
    assert_eq!(after, entries + 1, "the record of the refresh alone");
}

#[tokio::test]
async fn a_client_that_the_practice_calls_something_else_keeps_its_name() {
    let office = Office::open().await;
    office.add(
        DirectoryPart::Clients,
        row(1, "Kauri Holdings (2019) Ltd", None),
    );
    let practice = &office.world.practice;
    office.refresh().await;
    let id = ClientId::new(Uuid::from_u128(1));
    let mut client = practice.client(id).await.unwrap().unwrap().value;
    client.name = "Kauri".parse_name();
    practice.put_client(host(), client).await.unwrap();
    office.world.clock.advance(TimeDelta::hours(4));
    office.change(row(1, "Kauri Holdings (2026) Ltd", None), Standing::Current);
    office.refresh().await;
    let client = practice.client(id).await.unwrap().unwrap().value;
    assert_eq!(client.name.as_str(), "Kauri");
}

#[tokio::test]
async fn staff_that_xpm_no_longer_lists_are_gone_and_come_back() {
    let office = Office::open().await;
    let practice = office.world.practice.id().clone();
    office.add(DirectoryPart::Staff, row(1, "Sam Lee", None));
    office.refresh().await;
    // The list has nobody any more.
    let empty = workflow_core::testing::MemoryGateway::new();
    let office = Office {
        world: World {
            gateway: empty.clone(),
            ..office.world
        },
    };
    office.world.clock.advance(TimeDelta::hours(24));
    office.refresh().await;
    let staff = DirectoryPart::Staff;
    assert_eq!(office.standing(staff, 1).await, Some(Standing::Gone));
    empty.add_row(&practice, staff, row(1, "Sam Lee", None));
    office.world.clock.advance(TimeDelta::hours(24));
    office.refresh().await;
    assert_eq!(office.standing(staff, 1).await, Some(Standing::Current));
}

#[tokio::test]
async fn people_are_linked_by_e_mail_and_else_by_hand() {
    let office = Office::open().await;
    let practice = &office.world.practice;
    for (id, email) in [("sam", Some("SAM@x.nz")), ("lee", None)] {
        let person = Person {
            id: id.parse().unwrap(),
            name: id.parse_name(),
            email: email.map(str::to_owned),
            staff: None,
        };
        practice.put_person(host(), person).await.unwrap();
    }
    office.add(DirectoryPart::Staff, row(1, "Sam Lee", Some("sam@x.nz")));
    office.add(DirectoryPart::Staff, row(2, "Sam Lee", Some("lee@x.nz")));
    office.refresh().await;
    let linked = |id: &str| {
        let id = id.parse().unwrap();
        async move { practice.person(id).await.unwrap().unwrap().value.staff }
    };
    let staff = |number| StaffId::new(Uuid::from_u128(number));
    assert_eq!(linked("sam").await, Some(staff(1)));
    assert_eq!(linked("lee").await, None);
    let lee = || "lee".parse().unwrap();
    practice
        .link_person(host(), lee(), Some(staff(2)))
        .await
        .unwrap();
    assert_eq!(linked("lee").await, Some(staff(2)));
    let unknown = practice.link_person(host(), lee(), Some(staff(3))).await;
    let unknown = unknown.unwrap_err();
    assert!(
        matches!(unknown, CommandError::NotFound { .. }),
        "{unknown}"
    );
    practice.link_person(host(), lee(), None).await.unwrap();
    assert_eq!(linked("lee").await, None);
    // Whoever is in XPM alone becomes one of the practice's people.
    let added = practice.add_staff_member(host(), staff(2)).await.unwrap();
    let added = practice.person(added.value).await.unwrap().unwrap().value;
    assert_eq!(added.staff, Some(staff(2)));
    assert_eq!(added.email.as_deref(), Some("lee@x.nz"));
}

#[tokio::test]
async fn what_goes_wrong_is_recorded_and_the_rest_goes_on() {
    let office = Office::open().await;
    let practice = &office.world.practice;
    let text = "InsufficientPermissions".to_owned();
    office
        .world
        .gateway
        .fail_next(CallKind::Directory, Failure::Forbidden { text });
    office.refresh().await;
    let directory = practice.directory().await.unwrap().unwrap().value;
    let staff = directory.listed(DirectoryPart::Staff);
    let trouble = staff.trouble.unwrap();
    assert!(
        trouble.text.contains("InsufficientPermissions"),
        "{trouble:?}"
    );
    assert!(directory.listed(DirectoryPart::Clients).at.is_some());
    // What only a person can cure is tried again a day later, or when somebody asks.
    let due = practice.refresh_due().await.unwrap();
    assert_eq!(
        (due.now, trouble.retry_at),
        (None, office.now() + TimeDelta::hours(24))
    );
    office.world.clock.advance(TimeDelta::hours(1));
    practice.ask_refresh(host()).await.unwrap();
    assert_eq!(office.refresh().await, 4);
    let directory = practice.directory().await.unwrap().unwrap().value;
    assert_eq!(directory.listed(DirectoryPart::Staff).trouble, None);
    // Of what time may cure the rest goes on meanwhile.
    office.world.clock.advance(TimeDelta::hours(4));
    let text = "no route".to_owned();
    let failure = Failure::Unreachable { text };
    office
        .world
        .gateway
        .fail_next(CallKind::ClientsModified, failure);
    assert_eq!(office.refresh().await, 1);
    office.world.clock.advance(TimeDelta::minutes(15));
    assert_eq!(office.refresh().await, 1);
    let directory = practice.directory().await.unwrap().unwrap().value;
    assert_eq!(directory.listed(DirectoryPart::Staff).trouble, None);
}

#[tokio::test]
async fn another_tenant_has_another_directory() {
    let office = Office::open().await;
    let practice = &office.world.practice;
    office.add(DirectoryPart::Templates, row(1, "GST", None));
    office.add(DirectoryPart::Clients, row(2, "Kauri", None));
    office.refresh().await;
    let lease = office.lease().await;
    let staff = DirectoryCall::Page {
        part: DirectoryPart::Staff,
        cursor: None,
    };
    let begun = practice.begin_refresh(&lease, staff.clone()).await;
    let begun = begun.unwrap().unwrap();
    let tenant = Uuid::from_u128(0x7f);
    let link = Link::Connected { tenant };
    practice.set_link(host(), link).await.unwrap();
    // An answer of the old tenant is of no use.
    let page = office
        .world
        .gateway
        .directory(practice.id(), DirectoryPart::Staff, None);
    let outcome = CallOutcome::Directory(page.await);
    let old = practice.refreshed(&lease, &begun, &outcome).await.unwrap();
    assert_eq!(old, None);
    // What the old one had is gone, until the new one lists it.
    office.step(staff).await.unwrap();
    let templates = DirectoryPart::Templates;
    assert_eq!(office.standing(templates, 1).await, Some(Standing::Gone));
    assert_eq!(office.refresh().await, 3);
    assert_eq!(office.standing(templates, 1).await, Some(Standing::Current));
    assert_eq!(
        practice.directory().await.unwrap().unwrap().value.tenant,
        tenant
    );
}

#[tokio::test]
async fn somebody_asks_and_all_is_listed_within_the_days_calls() {
    let office = Office::open().await;
    let practice = &office.world.practice;
    office.refresh().await;
    office.world.clock.advance(TimeDelta::minutes(5));
    practice.ask_refresh(host()).await.unwrap();
    let again = practice.ask_refresh(host()).await.unwrap();
    assert!(again.entries.is_empty(), "within a minute once is enough");
    assert_eq!(office.refresh().await, 4);
    let mut calls = 8;
    while calls < 60 {
        office.world.clock.advance(TimeDelta::minutes(2));
        practice.ask_refresh(host()).await.unwrap();
        let made = office.refresh().await;
        calls += made;
        if made < 4 {
            break;
        }
    }
    assert_eq!(calls, 50, "a twentieth of a thousand");
    practice.set_link(host(), Link::NotConnected).await.unwrap();
    let refused = practice.ask_refresh(host()).await.unwrap_err();
    assert!(
        matches!(refused, CommandError::NotFound { .. }),
        "{refused}"
    );
    assert_eq!(practice.refresh_due().await.unwrap().now, None);
}

#[tokio::test]
async fn preflight_knows_an_archived_client() {
    let office = Office::open().await;
    let practice = &office.world.practice;
    office.add(DirectoryPart::Clients, row(1, "Kauri", None));
    office.refresh().await;
    let id = ClientId::new(Uuid::from_u128(1));
    let tomorrow = practice.zone().await.unwrap().today(office.now()) + TimeDelta::days(1);
    let new = NewWorkflow::named("GST").client(id).on_date(tomorrow);
    practice.add(host(), new).await.unwrap();
    let causes = || async {
        let found = practice.preflight(60).await.unwrap();
        found
            .findings
            .into_iter()
            .map(|found| found.cause)
            .collect::<Vec<_>>()
    };
    assert_eq!(causes().await, []);
    office.world.clock.advance(TimeDelta::hours(4));
    office.change(row(1, "Kauri", None), Standing::Gone);
    office.refresh().await;
    let gone = causes().await;
    assert!(
        matches!(&gone[..], [Conflict::ClientGone { name, .. }] if name == "Kauri"),
        "{gone:?}"
    );
}

trait ParseName {
    fn parse_name(&self) -> workflow_core::text::Name;
}

impl ParseName for str {
    fn parse_name(&self) -> workflow_core::text::Name {
        workflow_core::text::Name::new(self).unwrap()
    }
}

//! Rules of what each query finds.
#![expect(
    clippy::missing_panics_doc,
    reason = "a rule panics where the store breaks it"
)]

use chrono::TimeDelta;

use super::steps::{acme, changed, client, commit, deployment, find, keys, put, unit, workflow};
use crate::ports::gateway::DirectoryPart;
use crate::ports::store::{Activity, Key, Of, Record, Store, Whose};
use crate::testing::samples::{self, Stage};
use crate::workflow::{Occurrence, WorkflowEvent};

/// Clients are found by a part of their lower-cased name, and nothing in it is a wildcard.
pub async fn clients_are_found_by_part_of_their_name(store: &dyn Store) {
    let names = [
        "Harbour Café",
        "CAFÉ 100% \\ Co",
        "Straße_7",
        "STRASSE 7",
        "Ocean",
    ];
    let records = names
        .iter()
        .zip(0..)
        .map(|(name, number)| client(number, name));
    put(store, &acme(), records).await;
    for (text, expected) in [
        ("café", vec![1, 0]),
        ("%", vec![1]),
        ("_", vec![2]),
        ("\\", vec![1]),
        ("straß", vec![2]),
        ("strass", vec![3]),
        ("harbour café", vec![0]),
        ("o", vec![1, 0, 4]),
        ("'", vec![]),
        ("*", vec![]),
    ] {
        let named = Some(text.to_owned());
        let found = keys(store, &acme(), Of::Clients { named }).await;
        let key = |number: u32| Key::Client(samples::client_id(number));
        let expected: Vec<_> = expected.into_iter().map(key).collect();
        assert_eq!(found, expected, "named {text:?}");
    }
}

/// Workflows are found by whose they are.
pub async fn workflows_are_found_by_whose_they_are(store: &dyn Store) {
    let (one, two) = (samples::client_id(1), samples::client_id(2));
    let records = [
        samples::workflow(1, one),
        samples::workflow(2, two),
        samples::workflow_of_proposal(3, one, samples::proposal_id(1)),
        samples::workflow_of_proposal(4, one, samples::proposal_id(2)),
    ];
    put(store, &acme(), records.map(workflow)).await;
    for (whose, expected) in [
        (Whose::Everybody, vec![1, 2, 3, 4]),
        (Whose::Client(one), vec![1, 3, 4]),
        (Whose::Client(two), vec![2]),
        (Whose::Client(samples::client_id(3)), vec![]),
        (Whose::Proposal(samples::proposal_id(1)), vec![3]),
        (Whose::Proposal(samples::proposal_id(3)), vec![]),
    ] {
        let of = Of::Workflows {
            whose: whose.clone(),
            activity: None,
        };
        assert_eq!(keys(store, &acme(), of).await, ids(&expected), "{whose:?}");
    }
}

fn ids(numbers: &[u32]) -> Vec<Key> {
    let key = |number: &u32| Key::Workflow(samples::workflow_id(*number));
    numbers.iter().map(key).collect()
}

/// Workflows are found by whether they are active, as they are now.
pub async fn workflows_are_found_by_their_activity(store: &dyn Store) {
    let theirs = samples::client_id(1);
    let at = samples::minute(60);
    let active = samples::workflow_due(1, theirs, at);
    let inactive = samples::workflow(2, theirs);
    let others = samples::workflow_due(3, samples::client_id(2), at);
    let records = [active.clone(), inactive.clone(), others];
    put(store, &acme(), records.map(workflow)).await;
    let found = async |activity, whose: &Whose| {
        let whose = whose.clone();
        keys(store, &acme(), Of::Workflows { whose, activity }).await
    };
    let of_client = Whose::Client(theirs);
    let everybody = Whose::Everybody;
    assert_eq!(
        found(Some(Activity::Active), &everybody).await,
        ids(&[1, 3])
    );
    assert_eq!(found(Some(Activity::Inactive), &everybody).await, ids(&[2]));
    assert_eq!(found(Some(Activity::Active), &of_client).await, ids(&[1]));
    assert_eq!(found(None, &of_client).await, ids(&[1, 2]));
    // Both change over.
    let (mut archived, mut placed) = (active, inactive);
    archived.apply(&WorkflowEvent::Archived {
        on: samples::day(1),
    });
    placed.apply(&samples::next_placed(at));
    let both = [archived, placed].map(|later| changed(workflow(later), 1));
    commit(store, &acme(), unit(both)).await;
    assert_eq!(found(Some(Activity::Active), &of_client).await, ids(&[2]));
    assert_eq!(found(Some(Activity::Inactive), &everybody).await, ids(&[1]));
}

/// What waits for a person or a look-up is found, by workflow and occurrence, and is no longer
/// found once that has passed.
pub async fn what_needs_attention_is_found(store: &dyn Store) {
    let at = samples::minute(0);
    let records = (1..).zip(Stage::ALL).map(|(number, stage)| {
        deployment(samples::deployment(number, Occurrence::Once, at, stage))
    });
    put(store, &acme(), records).await;
    let dated = Occurrence::On(samples::day(1));
    let second = samples::deployment(3, dated, at, Stage::Failed);
    put(store, &acme(), [deployment(second)]).await;
    let key = |number, occurrence| Key::Deployment(samples::workflow_id(number), occurrence);
    let mut expected = vec![
        key(3, Occurrence::Once),
        key(3, dated),
        key(5, Occurrence::Once),
        key(6, Occurrence::Once),
    ];
    assert_eq!(keys(store, &acme(), Of::Attention).await, expected);
    let mended = samples::deployment(3, dated, at, Stage::Deployed);
    commit(store, &acme(), unit([changed(deployment(mended), 1)])).await;
    expected.remove(1);
    assert_eq!(keys(store, &acme(), Of::Attention).await, expected);
}

/// Deployments are found by the UTC day on which they became due, whatever became of them.
pub async fn deployments_are_found_by_their_day(store: &dyn Store) {
    let midnight = |day: i64| samples::minute(60 * 24 * day);
    let micro = TimeDelta::microseconds(1);
    let records = [
        (4, midnight(1), Stage::Deployed),
        (3, midnight(3) - micro, Stage::Begun),
        (2, midnight(2), Stage::GivenUp),
        (1, midnight(2) + micro, Stage::Failed),
        (5, midnight(1) - micro, Stage::Deployed),
        (6, midnight(3), Stage::Begun),
    ];
    let records = records.map(|(number, at, stage)| {
        deployment(samples::deployment(number, Occurrence::Once, at, stage))
    });
    put(store, &acme(), records).await;
    let found = async |from, to| {
        let (from, to) = (samples::day(from), samples::day(to));
        keys(store, &acme(), Of::Deployed { from, to }).await
    };
    let expected = |numbers: &[u32]| -> Vec<Key> {
        let key = |number: &u32| Key::Deployment(samples::workflow_id(*number), Occurrence::Once);
        numbers.iter().map(key).collect()
    };
    assert_eq!(found(1, 2).await, expected(&[4, 1, 2, 3]));
    assert_eq!(found(2, 2).await, expected(&[1, 2, 3]));
    assert_eq!(found(0, 9).await, expected(&[5, 4, 1, 2, 3, 6]));
    assert_eq!(found(2, 1).await, expected(&[]));
}

/// A deployment is found by its marker, among those of its practice.
pub async fn a_deployment_is_found_by_its_marker(store: &dyn Store) {
    let at = samples::minute(5);
    let first = samples::deployment(1, Occurrence::Once, at, Stage::Deployed);
    let second = samples::deployment(2, Occurrence::Once, at, Stage::Begun);
    let key = deployment(first.clone()).key();
    let of = || Of::Bearing {
        marker: first.marker().clone(),
    };
    assert_eq!(keys(store, &acme(), of()).await, []);
    put(
        store,
        &acme(),
        [deployment(second), deployment(first.clone())],
    )
    .await;
    assert_eq!(keys(store, &acme(), of()).await, [key]);
    assert_eq!(keys(store, &super::steps::other(), of()).await, []);
}

/// Listings are found by their part, people and proposals as they are asked for.
pub async fn the_directory_is_found_by_its_parts(store: &dyn Store) {
    let staff = [2, 1].map(|number| samples::listing(DirectoryPart::Staff, number));
    let template = samples::listing(DirectoryPart::Templates, 1);
    let (one, two) = (samples::client_id(1), samples::client_id(2));
    let mut records: Vec<_> = staff.clone().map(Record::Listing).into();
    records.push(Record::Listing(template.clone()));
    let people = [2, 1].map(|number| Record::Person(samples::person(number)));
    records.extend(people.clone());
    let proposals = [(3, one), (2, two), (1, one)]
        .map(|(number, client)| Record::Proposal(samples::proposal(number, client)));
    records.extend(proposals.clone());
    put(store, &acme(), records).await;
    let [second, first] = staff.map(Record::Listing);
    let of = Of::Listings(DirectoryPart::Staff);
    assert_eq!(find(store, &acme(), of).await, [first, second]);
    let of = Of::Listings(DirectoryPart::Templates);
    assert_eq!(find(store, &acme(), of).await, [Record::Listing(template)]);
    let of = Of::Listings(DirectoryPart::Categories);
    assert_eq!(find(store, &acme(), of).await, []);
    let [later, earlier] = people;
    assert_eq!(find(store, &acme(), Of::People).await, [earlier, later]);
    let [third, second, first] = proposals;
    let of = |client| Of::Proposals { client };
    let of_one = find(store, &acme(), of(Some(one))).await;
    assert_eq!(of_one, [first.clone(), third.clone()]);
    let all = find(store, &acme(), of(None)).await;
    assert_eq!(all, [first, second, third]);
}

/// A record is found as it is now, and no longer as it was.
pub async fn a_changed_record_is_found_as_it_is_now(store: &dyn Store) {
    put(store, &acme(), [client(1, "Before"), client(2, "Middle")]).await;
    commit(store, &acme(), unit([changed(client(1, "Xylophone"), 1)])).await;
    let named = |text: &str| Of::Clients {
        named: Some(text.to_owned()),
    };
    assert_eq!(find(store, &acme(), named("before")).await, []);
    let found = find(store, &acme(), named("xylo")).await;
    assert_eq!(found, [client(1, "Xylophone")]);
    let all = find(store, &acme(), Of::Clients { named: None }).await;
    assert_eq!(all, [client(2, "Middle"), client(1, "Xylophone")]);
}

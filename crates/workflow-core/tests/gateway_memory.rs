//! The job system in memory does what it was told, and is as unforgiving as the real one.

use workflow_core::ids::{PracticeId, StaffId, TemplateId};
use workflow_core::ports::gateway::{
    Class, CreateJob, DirectoryPart, Failure, Job, JobGateway, Limit, Team,
};
use workflow_core::testing::{CallKind, Fate, HeldWhen, MemoryGateway, Rows, samples};

fn acme() -> PracticeId {
    samples::practice_id("acme")
}

fn template(number: u32) -> TemplateId {
    TemplateId::new(samples::uuid(0xA, number))
}

fn order(client: u32, marker: &str) -> CreateJob {
    CreateJob {
        client: samples::client_id(client),
        name: "BAS".to_owned(),
        description: format!("By the book\n\nref: {marker}"),
        start: samples::day(0),
        due: samples::day(9),
        reference: Some("CLI-00000001".to_owned()),
        template: Some(template(1)),
        category: None,
        budget: None,
        number: None,
    }
}

async fn create(gateway: &MemoryGateway, client: u32, marker: &str) -> Job {
    let answer = gateway.create_job(&acme(), &order(client, marker)).await;
    answer.expect("a job").value
}

const ONE: &str = "0123456789ABCDEF";
const TWO: &str = "FEDCBA9876543210";

#[tokio::test]
async fn a_job_is_made_filled_and_found() {
    let gateway = MemoryGateway::new();
    gateway.set_today(samples::day(3));
    gateway.set_tasks(template(1), ["Reconcile", "Review"]);
    let job = create(&gateway, 1, ONE).await;
    let tasks = |job: &Job| job.tasks.clone().expect("tasks");
    assert_eq!(tasks(&job), ["Reconcile", "Review"]);
    let practice = acme();
    let applied = gateway.apply_template(&practice, &job.number, template(1));
    let applied = applied.await.expect("a job").value;
    assert_eq!(
        tasks(&applied).len(),
        4,
        "a repeated template adds its tasks again"
    );
    let team = Team {
        partner: Some(StaffId::new(samples::uuid(0xE, 1))),
        staff: [StaffId::new(samples::uuid(0xE, 2))].into(),
        manager: None,
    };
    let assigned = gateway.assign(&acme(), &job.number, &team).await;
    let assigned = assigned.expect("a job").value;
    assert!(team.missing_from(&assigned).is_empty());
    let read = gateway.job(&acme(), &job.number).await.expect("an answer");
    assert_eq!(read.value, Some(assigned.clone()));
    let listed = gateway.jobs_of_client(&acme(), samples::client_id(1)).await;
    let expected = [assigned];
    assert_eq!(listed.expect("a list").value.jobs, expected);
    let day = |number| gateway.jobs_created(&practice, samples::day(number), samples::day(number));
    assert_eq!(day(3).await.expect("a list").value.jobs, expected);
    assert_eq!(day(4).await.expect("a list").value.jobs, []);
}

#[tokio::test]
async fn a_repeated_create_makes_a_second_job_and_is_told() {
    let gateway = MemoryGateway::new();
    create(&gateway, 1, ONE).await;
    create(&gateway, 1, TWO).await;
    assert_eq!(gateway.duplicates(), []);
    let second = create(&gateway, 1, ONE).await;
    let duplicates = gateway.duplicates();
    let [(practice, marker, jobs)] = duplicates.as_slice() else {
        panic!("one marker is there twice: {duplicates:?}");
    };
    assert_eq!((practice, marker.as_str()), (&acme(), ONE));
    assert_eq!(jobs.len(), 2);
    assert_eq!(jobs[1].number, second.number);
}

#[tokio::test]
async fn a_lost_reply_has_the_fate_it_was_given() {
    let gateway = MemoryGateway::new();
    for fate in [Fate::CarriedOut, Fate::Dropped, Fate::Late] {
        gateway.lose_reply(CallKind::CreateJob, fate);
    }
    for expected in [1, 1, 1] {
        let answer = gateway.create_job(&acme(), &order(1, ONE)).await;
        let error = answer.expect_err("the reply is lost");
        assert_eq!(error.class(), Class::Uncertain);
        assert_eq!(gateway.jobs(&acme()).len(), expected);
    }
    gateway.carry_out_late();
    assert_eq!(gateway.jobs(&acme()).len(), 2);
    gateway.carry_out_late();
    assert_eq!(gateway.jobs(&acme()).len(), 2, "late happens once");
    assert_eq!(gateway.count(CallKind::CreateJob), 3);
}

#[tokio::test]
async fn a_failure_is_for_the_next_call_of_its_kind_alone() {
    let gateway = MemoryGateway::new();
    let limited = Failure::RateLimited {
        limit: Limit::Minute,
        retry_after: None,
    };
    gateway.fail_next(CallKind::CreateJob, limited.clone());
    let listed = gateway.jobs_of_client(&acme(), samples::client_id(1)).await;
    assert!(listed.is_ok(), "another kind is not touched");
    let refused = gateway.create_job(&acme(), &order(1, ONE)).await;
    assert_eq!(refused.expect_err("it fails").failure, limited);
    assert_eq!(gateway.jobs(&acme()), []);
    create(&gateway, 1, ONE).await;
    let kinds: Vec<_> = gateway
        .calls()
        .iter()
        .map(|call| call.request.kind())
        .collect();
    let expected = [
        CallKind::JobsOfClient,
        CallKind::CreateJob,
        CallKind::CreateJob,
    ];
    assert_eq!(kinds, expected);
}

#[tokio::test]
async fn a_held_call_waits_before_or_after_it_is_carried_out() {
    for (when, carried_out) in [(HeldWhen::Before, 0), (HeldWhen::After, 1)] {
        let gateway = MemoryGateway::new();
        let hold = gateway.hold_next(CallKind::CreateJob, when);
        let sender = tokio::spawn({
            let gateway = gateway.clone();
            async move { create(&gateway, 1, ONE).await }
        });
        hold.arrived().await;
        assert!(!sender.is_finished());
        assert_eq!(gateway.jobs(&acme()).len(), carried_out, "{when:?}");
        hold.release();
        sender.await.expect("a job");
        assert_eq!(gateway.jobs(&acme()).len(), 1, "{when:?}");

        let gateway = MemoryGateway::new();
        let hold = gateway.hold_next(CallKind::CreateJob, when);
        let sender = tokio::spawn({
            let gateway = gateway.clone();
            async move { create(&gateway, 1, ONE).await }
        });
        hold.arrived().await;
        sender.abort();
        assert!(sender.await.expect_err("aborted").is_cancelled());
        hold.release();
        assert_eq!(gateway.jobs(&acme()).len(), carried_out, "{when:?}");
    }
}

#[tokio::test]
async fn a_job_that_does_not_exist_is_refused_or_none() {
    let gateway = MemoryGateway::new();
    let job = create(&gateway, 1, ONE).await;
    let other = samples::practice_id("other");
    let read = gateway.job(&other, &job.number).await.expect("an answer");
    assert_eq!(read.value, None, "a job is its practice's");
    let applied = gateway
        .apply_template(&other, &job.number, template(1))
        .await;
    assert_eq!(applied.expect_err("refused").class(), Class::Never);
}

#[tokio::test]
async fn summary_rows_lack_what_a_marker_is_looked_for_in() {
    let gateway = MemoryGateway::new();
    let job = create(&gateway, 1, ONE).await;
    gateway.set_rows(Rows::Summary);
    let listed = gateway.jobs_of_client(&acme(), samples::client_id(1)).await;
    assert!(!listed.expect("a list").value.is_complete());
    let renamed = gateway.edit(&acme(), &job.number, |job| job.name = "Other".to_owned());
    assert!(renamed);
    assert_eq!(gateway.jobs(&acme())[0].name, "Other");
}

#[tokio::test]
async fn the_directory_comes_in_pages() {
    let gateway = MemoryGateway::new();
    for number in 0..150 {
        let row = samples::listing(DirectoryPart::Staff, number).row;
        gateway.add_row(&acme(), DirectoryPart::Staff, row);
    }
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = gateway
            .directory(&acme(), DirectoryPart::Staff, cursor)
            .await;
        let page = page.expect("a page").value;
        seen.extend(page.rows);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 150);
    let none = gateway
        .directory(&acme(), DirectoryPart::Clients, None)
        .await;
    assert_eq!(none.expect("a page").value.rows, []);
}

mod suite {
    use workflow_core::testing::gateway_suite::Bench;

    workflow_core::gateway_suite!(#[tokio::test], Bench::memory());
}

//! The adapter with every answer that a guess about XPM may have: what works, works with all of them.

use workflow_core::ids::{CategoryId, StaffId, TemplateId};
use workflow_core::ports::gateway::{Class, CreateJob, DirectoryPart, Failure, JobGateway, Team};
use xpm_adapter::{Probe, Verdict};
use xpm_sandbox::{Guesses, Limits};

use super::World;
use crate::support::{SECRET, practice};

/// A deployment's calls, look-up and directory included.
async fn deploys(world: &World) {
    let (xpm, practice) = (&world.xpm, practice());
    let records = world.sandbox.state().records();
    let job = CreateJob {
        template: Some(TemplateId::new(records.templates[0].uuid)),
        category: Some(CategoryId::new(records.categories[0].uuid)),
        ..world.job()
    };
    let created = xpm.create_job(&practice, &job).await.unwrap().value;
    let more = TemplateId::new(records.templates[1].uuid);
    let applied = xpm.apply_template(&practice, &created.number, more).await;
    assert!(applied.unwrap().value.tasks.unwrap().len() > 1);
    let team = Team {
        manager: Some(StaffId::new(records.staff[1].uuid)),
        partner: Some(StaffId::new(records.staff[2].uuid)),
        staff: [StaffId::new(records.staff[0].uuid)].into(),
    };
    let assigned = xpm.assign(&practice, &created.number, &team).await.unwrap();
    assert!(team.missing_from(&assigned.value).is_empty());
    let listed = xpm
        .jobs_of_client(&practice, job.client)
        .await
        .unwrap()
        .value;
    assert!(listed.is_complete());
    let found: Vec<_> = listed.jobs.iter().map(|job| &job.number).collect();
    assert_eq!(found, [&created.number], "a look-up finds it");
    let read = xpm.job(&practice, &created.number).await.unwrap().value;
    assert_eq!(read.map(|job| job.number), Some(created.number));
    let none = xpm.job(&practice, &"J999999".parse().unwrap()).await;
    assert_eq!(none.unwrap().value, None, "what is not there is not there");
    let day = world.sandbox.state().now().date_naive();
    let around = (day.pred_opt().unwrap(), day.succ_opt().unwrap());
    let swept = xpm.jobs_created(&practice, around.0, around.1).await;
    assert_eq!(swept.unwrap().value.jobs.len(), 1, "a sweep sees it");
    let clients = xpm.directory(&practice, DirectoryPart::Clients, None).await;
    assert!(!clients.unwrap().value.rows.is_empty());
    for part in [
        DirectoryPart::Templates,
        DirectoryPart::Categories,
        DirectoryPart::Staff,
    ] {
        let page = xpm.directory(&practice, part, None).await.unwrap().value;
        assert!(!page.rows.is_empty(), "{part:?}");
    }
}

#[tokio::test]
async fn a_deployment_works_with_every_answer_to_a_guess() {
    for switch in Guesses::default().switches() {
        // Who numbers jobs is a choice of the practice, and has a test of its own.
        if switch.name == "numbering" {
            continue;
        }
        for choice in switch.choices {
            let world = World::with_limits(Limits::none()).await;
            let mut guesses = Guesses::default();
            guesses.set(switch.name, choice.name).unwrap();
            world.sandbox.state().set_guesses(guesses);
            deploys(&world).await;
        }
    }
}

#[tokio::test]
async fn a_page_is_followed_whether_it_is_a_link_or_a_token() {
    for choice in ["link", "token"] {
        let world = World::with_limits(Limits::none()).await;
        world.sandbox.state().seed_practice(501).unwrap();
        let mut guesses = Guesses::default();
        guesses.set("next-page", choice).unwrap();
        world.sandbox.state().set_guesses(guesses);
        let practice = practice();
        let page = |cursor| {
            world
                .xpm
                .directory(&practice, DirectoryPart::Clients, cursor)
        };
        // One of the sample's clients is archived, so the last page has none or more.
        world
            .sandbox
            .state()
            .add_client(uuid::Uuid::from_u128(9), "One more")
            .unwrap();
        let first = page(None).await.unwrap().value;
        assert_eq!(first.rows.len(), 500, "{choice}");
        let last = page(first.next).await.unwrap().value;
        assert_eq!((last.rows.len(), last.next), (1, None), "{choice}");
    }
}

#[tokio::test]
async fn a_refusal_of_a_create_is_a_refusal_at_any_status() {
    for (guess, choice) in [
        ("refusal-status", "ok"),
        ("refusal-status", "bad-request"),
        ("refusal-status", "server-error"),
        ("numbering", "manual"),
    ] {
        let world = World::with_limits(Limits::none()).await;
        let mut guesses = Guesses::default();
        guesses.set(guess, choice).unwrap();
        world.sandbox.state().set_guesses(guesses);
        let nobody = uuid::Uuid::from_u128(9);
        let bad = CreateJob {
            category: Some(CategoryId::new(nobody)),
            ..world.job()
        };
        let refused = world.xpm.create_job(&practice(), &bad).await.unwrap_err();
        assert!(
            matches!(refused.failure, Failure::Refused { .. }),
            "{choice}: {refused:?}"
        );
        assert_eq!((refused.class(), world.jobs()), (Class::Never, 0));
    }
}

#[tokio::test]
async fn a_probe_gives_the_answer_as_it_came_and_renews_a_token() {
    let world = World::start().await;
    let probe = Probe::get("job.api/get").of("no such job");
    let seen = world.xpm.probe(&practice(), &probe).await.unwrap();
    assert_eq!(seen.status, 200);
    assert_eq!(
        seen.verdict,
        Verdict::Error("Invalid job identifier".to_owned())
    );
    assert_eq!(seen.header("content-type"), Some("text/xml; charset=utf-8"));
    assert_eq!(seen.observed.calls, 1);
    assert!(seen.header("xero-correlation-id").is_some());
    assert_eq!(
        world.sandbox.state().requests(1)[0].path,
        "job.api/get/no such job"
    );

    world.sandbox.state().expire_access_tokens().unwrap();
    let list = Probe::get("staff.api/list").with("fields", "UUID,Name");
    let seen = world.xpm.probe(&practice(), &list).await.unwrap();
    assert_eq!(
        (seen.verdict.clone(), seen.observed.calls),
        (Verdict::Ok, 2)
    );
    let staff = seen.rows("StaffList", "Staff");
    assert_eq!(staff.len(), world.sandbox.state().records().staff.len());
    assert!(staff[0].word("UUID").is_some() && staff[0].word("Email").is_none());
    assert!(!format!("{seen:?}{probe:?}").contains(SECRET));

    let body = "<Job><ID>J9</ID></Job>";
    let write = Probe::post("job.api/delete", body).key("k1");
    assert!(write.is_write() && !list.is_write());
    world.xpm.probe(&practice(), &write).await.unwrap();
    let kept = &world.sandbox.state().requests(1)[0];
    assert_eq!(
        (kept.body.as_str(), kept.idempotency_key.as_deref()),
        (body, Some("k1"))
    );
}

#[tokio::test]
async fn a_probe_names_the_limit_that_refused_it_and_what_was_no_xml() {
    let world = World::with_limits(Limits {
        minute: Some(1),
        ..Limits::none()
    })
    .await;
    let probe = Probe::get("template.api/list");
    world.xpm.probe(&practice(), &probe).await.unwrap();
    let refused = world.xpm.probe(&practice(), &probe).await.unwrap();
    assert_eq!((refused.status, refused.verdict), (429, Verdict::Empty));
    assert!(matches!(refused.limited, Some(Failure::RateLimited { .. })));

    let world = World::with_limits(Limits::none()).await;
    let mut guesses = Guesses::default();
    guesses.set("unknown-record", "not-found").unwrap();
    guesses.set("file-envelope", "bare").unwrap();
    world.sandbox.state().set_guesses(guesses);
    let gone = world
        .xpm
        .probe(&practice(), &Probe::get("job.api/get").of("J9"))
        .await;
    let gone = gone.unwrap();
    assert_eq!(
        gone.verdict,
        Verdict::Gateway("ResourceNotFound".to_owned())
    );
    let job = world.create().await;
    let costs = Probe::get("job.api/costs").of(job.number.as_str());
    let costs = world.xpm.probe(&practice(), &costs).await.unwrap();
    assert_eq!(costs.verdict, Verdict::Bare("Costs".to_owned()));
    assert!(costs.rows("Costs", "Cost").is_empty());
}

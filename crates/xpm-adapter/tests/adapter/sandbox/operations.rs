//! Each operation as it should be, limits, refusals, and tokens in their time.

use std::time::Duration;

use chrono::TimeDelta;
use secrecy::SecretString;
use uuid::Uuid;
use workflow_core::ids::{CategoryId, ClientId, JobNumber, StaffId, TemplateId};
use workflow_core::ports::clock::Clock;
use workflow_core::ports::gateway::{
    Class, CreateJob, DirectoryPart, Failure, JobGateway, Limit, Team,
};
use xpm_adapter::Disconnected;
use xpm_sandbox::{CallKind, Fault, FaultPlan, Limits, ScopeRule, Standing};

use super::World;
use crate::support::{failed, practice};

#[tokio::test]
async fn a_job_is_created_given_tasks_and_people_and_found_again() {
    let world = World::start().await;
    let records = world.sandbox.state().records();
    let (first, second) = (&records.templates[0], &records.templates[1]);
    let job = CreateJob {
        name: "Tāmaki & Sons <GST> \"Q3\" 'x'".to_owned(),
        description: " first\r\nsecond\ttab ]]> &amp;\n\nref: wf-1".to_owned(),
        template: Some(TemplateId::new(first.uuid)),
        category: Some(CategoryId::new(records.categories[0].uuid)),
        budget: Some("1250.50".parse().unwrap()),
        ..world.job()
    };
    let answer = world.xpm.create_job(&practice(), &job).await.unwrap();
    let created = answer.value;
    assert_eq!(created.name, job.name);
    assert_eq!(created.client, Some(job.client));
    assert_eq!(created.reference, job.reference);
    assert_eq!(
        (created.start, created.due),
        (Some(job.start), Some(job.due))
    );
    assert_eq!(created.state, "Planned");
    assert_eq!(created.tasks.as_ref().unwrap().len(), first.tasks.len());
    assert_eq!(answer.observed.minute_left, Some(59));
    assert!(answer.observed.correlation.is_some());
    let held = world.sandbox.state().job(created.number.as_str()).unwrap();
    assert_eq!(held.description, job.description);
    assert_eq!(held.budget, job.budget);

    let applied = world
        .xpm
        .apply_template(&practice(), &created.number, TemplateId::new(second.uuid))
        .await
        .unwrap()
        .value;
    let names = first
        .tasks
        .iter()
        .chain(&second.tasks)
        .map(|t| t.name.clone());
    assert_eq!(applied.tasks, Some(names.collect()));

    let person = |n: usize| StaffId::new(records.staff[n].uuid);
    let team = Team {
        partner: Some(person(0)),
        manager: Some(person(1)),
        staff: [person(2), person(3)].into(),
    };
    let assigned = world
        .xpm
        .assign(&practice(), &created.number, &team)
        .await
        .unwrap()
        .value;
    assert!(team.missing_from(&assigned).is_empty());
    assert_eq!(assigned.staff, team.staff);

    let number = created.number.clone();
    let read = world.xpm.job(&practice(), &number).await.unwrap().value;
    assert_eq!(read.as_ref(), Some(&assigned));
    let nobody = Team::default();
    let nobody = world.xpm.assign(&practice(), &number, &nobody).await;
    assert_eq!(nobody.unwrap().value, assigned);
    let of_client = world.xpm.jobs_of_client(&practice(), job.client).await;
    let of_client = of_client.unwrap().value;
    assert!(of_client.is_complete());
    assert_eq!(of_client.jobs, std::slice::from_ref(&assigned));
    let today = world.ours.now().date_naive();
    let (from, to) = (today.pred_opt().unwrap(), today.succ_opt().unwrap());
    let created = world.xpm.jobs_created(&practice(), from, to).await;
    assert_eq!(created.unwrap().value.jobs, [assigned]);
    let number = "J999999".parse().unwrap();
    let unknown = world.xpm.job(&practice(), &number).await;
    assert_eq!(unknown.unwrap().value, None);
}

#[tokio::test]
async fn the_directory_is_read_whole() {
    let world = World::start().await;
    let state = world.sandbox.state();
    for n in 0..600 {
        let name = format!("Client {n} & Co");
        state.add_client(Uuid::from_u128(n + 1), &name).unwrap();
    }
    let mut rows = Vec::new();
    let mut cursor = None;
    let mut pages = 0;
    loop {
        let page = world
            .xpm
            .directory(&practice(), DirectoryPart::Clients, cursor)
            .await
            .unwrap()
            .value;
        rows.extend(page.rows);
        pages += 1;
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(pages, 2);
    let current = state.records().clients;
    let current = current.iter().filter(|c| c.standing == Standing::Current);
    let mut expected: Vec<_> = current.map(|c| (c.uuid, c.name.clone())).collect();
    let mut seen: Vec<_> = rows.into_iter().map(|r| (r.id, r.name)).collect();
    expected.sort();
    seen.sort();
    assert_eq!(seen, expected);

    let records = state.records();
    let staff = world
        .xpm
        .directory(&practice(), DirectoryPart::Staff, None)
        .await
        .unwrap()
        .value;
    assert_eq!(staff.rows.len(), records.staff.len());
    assert!(staff.rows.iter().all(|row| row.email.is_some()));
    for (part, expected) in [
        (DirectoryPart::Templates, records.templates.len()),
        (DirectoryPart::Categories, records.categories.len()),
    ] {
        let page = world.xpm.directory(&practice(), part, None).await.unwrap();
        assert_eq!(page.value.rows.len(), expected);
    }
}

#[tokio::test]
async fn a_browser_connects_and_a_person_disconnects() {
    let world = World::unconnected(Limits::none()).await;
    world.connect_by_browser().await;
    world.create().await;
    let refresh = SecretString::from(world.tokens.refresh().unwrap());

    let disconnected = world.xpm.disconnect(&practice()).await.unwrap();
    assert_eq!(disconnected, Disconnected::Revoked);
    let error = failed(world.xpm.create_job(&practice(), &world.job()).await);
    assert!(matches!(error.failure, Failure::NotConnected { .. }));
    let dead = world
        .xpm
        .connect_with_refresh_token(&practice(), &refresh, None)
        .await;
    assert_eq!(
        dead.unwrap_err().to_string(),
        "the sign-in service answered invalid_grant"
    );
}

#[tokio::test]
async fn tokens_are_renewed_ahead_of_time_and_when_the_clocks_disagree() {
    let world = World::start().await;
    let before = world.tokens.access();
    world.forward(29);
    let answer = world.xpm.create_job(&practice(), &world.job()).await;
    assert_eq!(answer.unwrap().observed.calls, 1);
    assert_ne!(world.tokens.access(), before);

    // XPM's clock runs ahead: the token looks good here and is refused there.
    world.theirs.forward(TimeDelta::minutes(31));
    let answer = world.xpm.create_job(&practice(), &world.job()).await;
    assert_eq!(answer.unwrap().observed.calls, 2);
    assert_eq!(world.jobs(), 2);

    // A token that is good and refused all the same.
    world.faults(FaultPlan::none().nth(1, CallKind::JobAdd, Fault::ExpiredToken));
    let answer = world.xpm.create_job(&practice(), &world.job()).await;
    assert_eq!(answer.unwrap().observed.calls, 2);
    assert_eq!(world.jobs(), 3);
}

#[tokio::test]
async fn limits_are_told_by_name_with_their_wait() {
    let world = World::with_limits(Limits {
        minute: Some(3),
        day: Some(5),
        ..Limits::xero()
    })
    .await;
    for left in [2, 1, 0] {
        let answer = world.xpm.create_job(&practice(), &world.job()).await;
        assert_eq!(answer.unwrap().observed.minute_left, Some(left));
    }
    let error = failed(world.xpm.create_job(&practice(), &world.job()).await);
    let Class::After(wait) = error.class() else {
        panic!("{error:?}");
    };
    assert!(wait <= Duration::from_secs(60), "{wait:?}");
    assert_eq!(error.observed.minute_left, Some(0));
    assert_eq!(error.observed.day_left, Some(2));
    assert_eq!(world.jobs(), 3);

    // After the wait there is room again, until the day is used up.
    world.forward(1);
    world.create().await;
    world.create().await;
    let error = failed(world.xpm.create_job(&practice(), &world.job()).await);
    let Failure::RateLimited { limit, retry_after } = error.failure else {
        panic!("{error:?}");
    };
    assert_eq!(limit, Limit::Day);
    assert!(retry_after.is_some());
    assert_eq!(world.jobs(), 5);
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    let world = World::start().await;
    let created = world.create().await.number;
    let unknown = Uuid::from_u128(0xbad);
    let xpm = &world.xpm;
    let no_job = "J999999".parse().unwrap();
    let team = Team {
        staff: [StaffId::new(unknown)].into(),
        ..Team::default()
    };
    let template = TemplateId::new(unknown);
    let known = TemplateId::new(world.sandbox.state().records().templates[0].uuid);
    let bad_client = CreateJob {
        client: ClientId::new(unknown),
        ..world.job()
    };
    for (result, said) in [
        (
            xpm.create_job(&practice(), &bad_client).await,
            "the client is not in XPM",
        ),
        (
            xpm.assign(&practice(), &created, &team).await,
            "a person named for the job is not among XPM's staff",
        ),
        (
            xpm.apply_template(&practice(), &created, template).await,
            "the job template is not in XPM",
        ),
        (
            xpm.apply_template(&practice(), &no_job, known).await,
            "the job is not in XPM any more",
        ),
    ] {
        let error = failed(result);
        assert!(
            matches!(error.failure, Failure::Refused { .. }),
            "{error:?}"
        );
        assert!(error.to_string().contains(said), "{error}");
        assert_eq!(error.observed.calls, 1);
    }
    assert_eq!(world.jobs(), 1);
}

#[tokio::test]
async fn without_the_broad_scope_templates_are_forbidden() {
    let world = World::unconnected_with(Limits::none(), ScopeRule::AsPublished).await;
    world.connect_by_browser().await;
    let templates = world
        .xpm
        .directory(&practice(), DirectoryPart::Templates, None)
        .await;
    let error = failed(templates);
    assert!(
        matches!(error.failure, Failure::Forbidden { .. }),
        "{error:?}"
    );
    // The rest goes on.
    world.create().await;
}

#[tokio::test]
async fn a_number_of_ours_is_sent_read_back_and_refused_a_second_time() {
    let world = World::start().await;
    let number: JobNumber = "WF-4N3FSY61N3".parse().unwrap();
    let job = CreateJob {
        number: Some(number.clone()),
        ..world.job()
    };
    let unknown = world.xpm.job(&practice(), &number).await.unwrap();
    assert_eq!(unknown.value, None);
    let created = world.xpm.create_job(&practice(), &job).await.unwrap().value;
    assert_eq!(created.number, number);
    let read = world.xpm.job(&practice(), &number).await.unwrap().value;
    assert_eq!(read.unwrap().id, created.id);
    let refused = world.xpm.create_job(&practice(), &job).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.class(), Class::Never, "{refused}");
    assert!(refused.to_string().contains("already in use"), "{refused}");
    assert_eq!(world.sandbox.state().jobs().len(), 1);
}

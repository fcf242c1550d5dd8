//! What a disturbed call is called, beside what XPM did.

use std::time::Duration;

use workflow_core::ids::{StaffId, TemplateId};
use workflow_core::ports::gateway::{Class, CreateJob, Failure, JobGateway, Team};
use xpm_sandbox::{CallKind, Fault, FaultPlan, Limits};

use super::World;
use crate::support::{failed, practice};

#[tokio::test]
async fn a_lost_refresh_is_survived_within_half_an_hour_and_not_beyond() {
    for (minutes, survives) in [(29, true), (31, false)] {
        let world = World::start().await;
        world.forward(29);
        world.faults(FaultPlan::none().nth(1, CallKind::Token, Fault::LostAfterCommit));
        let error = failed(world.xpm.create_job(&practice(), &world.job()).await);
        assert!(
            matches!(error.failure, Failure::Unreachable { .. }),
            "{error:?}"
        );
        assert_eq!(error.class(), Class::Backoff);
        world.forward(minutes);
        let result = world.xpm.create_job(&practice(), &world.job()).await;
        if survives {
            assert_eq!(result.unwrap().observed.calls, 1);
        } else {
            let error = failed(result);
            assert!(
                matches!(error.failure, Failure::NotConnected { .. }),
                "{error:?}"
            );
        }
    }
}

/// The heart of it: what a disturbed create is called, beside what XPM did.
#[tokio::test]
async fn a_disturbed_create_is_never_called_definite_when_the_job_may_exist() {
    for (fault, class, created) in [
        (Fault::LostBeforeCommit, Class::Uncertain, 0),
        (Fault::LostAfterCommit, Class::Uncertain, 1),
        (Fault::AppliedLate { after_ms: 20 }, Class::Uncertain, 1),
        (
            Fault::TooManyRequests {
                retry_after_secs: 7,
            },
            Class::After(Duration::from_secs(7)),
            0,
        ),
        (Fault::ErrorBeforeCommit, Class::Uncertain, 0),
        (Fault::ErrorAfterCommit, Class::Uncertain, 1),
        (Fault::Unavailable, Class::Uncertain, 0),
        (Fault::CutBody, Class::Uncertain, 1),
        (Fault::GarbledBody, Class::Uncertain, 1),
    ] {
        let world = World::start().await;
        world.faults(FaultPlan::none().nth(1, CallKind::JobAdd, fault));
        let error = failed(world.xpm.create_job(&practice(), &world.job()).await);
        assert_eq!(error.class(), class, "{fault:?}: {error}");
        assert_eq!(error.observed.calls, 1, "{fault:?}");
        world.sandbox.state().settled().await;
        assert_eq!(world.jobs(), created, "{fault:?}");
        // The look-up tells the truth, by the marker.
        let found = world.xpm.jobs_of_client(&practice(), world.client()).await;
        let found = found.unwrap().value;
        assert!(found.is_complete());
        let marked = found.jobs.iter().filter(|job| {
            let description = job.description.as_deref().unwrap_or_default();
            description.lines().last() == Some("ref: wf-1")
        });
        assert_eq!(marked.count(), created, "{fault:?}");
    }
}

#[tokio::test]
async fn disturbed_steps_are_uncertain_too() {
    for kind in [CallKind::JobApplyTemplate, CallKind::JobAssign] {
        let world = World::start().await;
        let number = world.create().await.number;
        let records = world.sandbox.state().records();
        world.faults(FaultPlan::none().nth(1, kind, Fault::LostAfterCommit));
        let result = if kind == CallKind::JobAssign {
            let team = Team {
                manager: Some(StaffId::new(records.staff[0].uuid)),
                ..Team::default()
            };
            world.xpm.assign(&practice(), &number, &team).await
        } else {
            let template = TemplateId::new(records.templates[0].uuid);
            world
                .xpm
                .apply_template(&practice(), &number, template)
                .await
        };
        assert_eq!(failed(result).class(), Class::Uncertain, "{kind:?}");
        let job = world.xpm.job(&practice(), &number).await.unwrap().value;
        let job = job.unwrap();
        assert!(job.manager.is_some() || !job.tasks.unwrap().is_empty());
    }
}

#[tokio::test]
async fn rows_without_descriptions_are_an_incomplete_answer() {
    let world = World::start().await;
    world.create().await;
    world.faults(FaultPlan::none().nth(1, CallKind::JobsOfClient, Fault::NoDescriptions));
    let look_up = || async {
        let found = world.xpm.jobs_of_client(&practice(), world.client()).await;
        found.unwrap().value
    };
    assert!(!look_up().await.is_complete());
    assert!(look_up().await.is_complete());
}

#[tokio::test]
async fn under_a_mix_of_faults_every_yes_and_every_definite_no_is_true() {
    let world = World::with_limits(Limits::none()).await;
    world.faults(FaultPlan::mixed(11, 0.4));
    let (mut yes, mut no, mut uncertain) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..150 {
        let marker = format!("ref: {n}");
        let job = CreateJob {
            description: format!("Return\n{marker}"),
            ..world.job()
        };
        match world.xpm.create_job(&practice(), &job).await {
            Ok(answer) => yes.push((marker, answer.value.number.to_string())),
            Err(error) if error.class() == Class::Uncertain => uncertain.push(marker),
            Err(_) => no.push(marker),
        }
    }
    world.sandbox.state().settled().await;
    assert!(!yes.is_empty() && !no.is_empty() && !uncertain.is_empty());
    let held = world.sandbox.state().jobs();
    let marked = |marker: &str| -> Vec<&str> {
        let jobs = held.iter().filter(|job| job.last_line() == Some(marker));
        jobs.map(|job| job.number.as_str()).collect()
    };
    for (marker, number) in &yes {
        assert_eq!(marked(marker), [number]);
    }
    for marker in &no {
        assert!(
            marked(marker).is_empty(),
            "{marker} was called a definite no"
        );
    }
    for marker in &uncertain {
        assert!(marked(marker).len() <= 1);
    }
    assert!(world.sandbox.state().duplicates().is_empty());
}

//! The conformance suite of gateways bites: each wrong gateway is caught by the rule that its fault
//! names, and a sound gateway of the same make is not caught by any.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::NaiveDate;
use workflow_core::ids::{ClientId, JobNumber, PracticeId, TemplateId};
use workflow_core::ports::gateway::{
    Answer, CreateJob, DirectoryPage, DirectoryPart, GatewayError, Job, JobGateway, JobList, Team,
};
use workflow_core::testing::gateway_suite::{Bench, RULES, Rule, passes_everything_on};
use workflow_core::testing::wrong_gateway::{GatewayFault, WrongGateway};

/// Whether the gateway keeps the rule.
async fn keeps(rule: Rule, bench: Bench) -> bool {
    let held = tokio::spawn(async move { rule.hold(&bench).await });
    held.await.is_ok()
}

#[tokio::test]
async fn each_wrong_gateway_is_caught_by_the_rule_that_it_names() {
    for fault in GatewayFault::ALL {
        let rule = RULES.iter().find(|rule| rule.name == fault.caught_by());
        let rule = *rule.unwrap_or_else(|| panic!("{fault:?} names no rule"));
        let kept = keeps(rule, WrongGateway::bench(*fault)).await;
        assert!(!kept, "{} does not catch {fault:?}", rule.name);
    }
}

#[tokio::test]
async fn a_sound_gateway_of_the_same_make_keeps_every_rule() {
    for rule in RULES {
        assert!(
            keeps(*rule, WrongGateway::sound_bench()).await,
            "{}",
            rule.name
        );
    }
}

/// No rule is there for nothing: each is named by a wrong gateway that it catches.
#[test]
fn every_rule_catches_something() {
    for rule in RULES {
        let mut faults = GatewayFault::ALL.iter();
        assert!(
            faults.any(|fault| fault.caught_by() == rule.name),
            "{}",
            rule.name
        );
    }
}

/// A gateway around another that leaves to the port whatever the port lets it leave.
#[derive(Debug)]
struct Forgetful(Arc<dyn JobGateway>);

#[async_trait]
impl JobGateway for Forgetful {
    async fn create_job(
        &self,
        practice: &PracticeId,
        job: &CreateJob,
    ) -> Result<Answer<Job>, GatewayError> {
        self.0.create_job(practice, job).await
    }

    async fn apply_template(
        &self,
        practice: &PracticeId,
        job: &JobNumber,
        template: TemplateId,
    ) -> Result<Answer<Job>, GatewayError> {
        self.0.apply_template(practice, job, template).await
    }

    async fn assign(
        &self,
        practice: &PracticeId,
        job: &JobNumber,
        team: &Team,
    ) -> Result<Answer<Job>, GatewayError> {
        self.0.assign(practice, job, team).await
    }

    async fn job(
        &self,
        practice: &PracticeId,
        number: &JobNumber,
    ) -> Result<Answer<Option<Job>>, GatewayError> {
        self.0.job(practice, number).await
    }

    async fn jobs_of_client(
        &self,
        practice: &PracticeId,
        client: ClientId,
    ) -> Result<Answer<JobList>, GatewayError> {
        self.0.jobs_of_client(practice, client).await
    }

    async fn jobs_created(
        &self,
        practice: &PracticeId,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Answer<JobList>, GatewayError> {
        self.0.jobs_created(practice, from, to).await
    }

    async fn directory(
        &self,
        practice: &PracticeId,
        part: DirectoryPart,
        cursor: Option<String>,
    ) -> Result<Answer<DirectoryPage>, GatewayError> {
        self.0.directory(practice, part, cursor).await
    }
}

/// The suite alone would not see it: what it leaves out changes no job.
#[tokio::test]
async fn a_gateway_around_another_that_leaves_something_to_the_port_is_caught() {
    passes_everything_on(|inner| inner).await;
    let held = tokio::spawn(passes_everything_on(|inner| Arc::new(Forgetful(inner))));
    let panic = held
        .await
        .expect_err("it leaves most of it out")
        .into_panic();
    let said = panic.downcast_ref::<String>().expect("words");
    assert!(said.contains("worst_case"), "{said}");
}

mod the_sound_one {
    use super::*;

    workflow_core::gateway_suite!(#[tokio::test], WrongGateway::sound_bench());
}

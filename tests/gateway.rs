//! The adapter over the simulated XPM keeps every rule of the job gateway's suite.

mod harness;

use harness::{World, client, practice_id, staff_id, template, today};
use workflow_core::testing::gateway_suite::{Bench, Unknown};
use xpm_sandbox::FaultPlan;

async fn bench() -> Bench {
    let world = World::begin(FaultPlan::none()).await;
    Bench {
        gateway: world.workflows.ports().gateway.clone(),
        practice: practice_id(),
        client: client(1),
        other_client: client(2),
        template: template(1),
        staff: [staff_id(1), staff_id(2)],
        today: today(),
        unknown: Some(Unknown {
            client: client(99),
            template: template(99),
            staff: staff_id(99),
        }),
        keep: Some(Box::new(world)),
    }
}

workflow_core::gateway_suite!(#[tokio::test(flavor = "multi_thread")], bench().await);

//! The adapter over the simulated XPM keeps every rule of the job gateway's suite.

mod harness;

use harness::{World, client, practice_id, staff_id, template};
use workflow_core::testing::gateway_suite::Bench;
use xpm_sandbox::FaultPlan;

async fn bench() -> Bench {
    let world = World::begin(FaultPlan::none()).await;
    Bench {
        gateway: world.workflows.ports().gateway.clone(),
        practice: practice_id(),
        client: client(1),
        template: template(1),
        staff: [staff_id(1), staff_id(2)],
        keep: Some(Box::new(world)),
    }
}

workflow_core::gateway_suite!(#[tokio::test(flavor = "multi_thread")], bench().await);

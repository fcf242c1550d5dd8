//! The rules of the Workflow tab, a test for each sentence.

mod active;
mod billing;
mod edit;
mod proposals;
mod tab;

use thirtyfour::WebDriver;
use workflow_web::Role;

use crate::Test;
use crate::tab::Tab;
use crate::world::World;

/// All of them, in the order of the product's description.
pub(crate) fn tests() -> Vec<Test> {
    [
        tab::tests(),
        active::tests(),
        edit::tests(),
        billing::tests(),
        proposals::tests(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A practice of its own, seen by an administrator.
pub(crate) async fn begin(driver: &WebDriver) -> (World, Tab) {
    let world = World::new().await;
    let tab = serve(driver, &world).await;
    (world, tab)
}

async fn serve(driver: &WebDriver, world: &World) -> Tab {
    let practice = world.practice.id();
    Tab::serve(driver, &world.workflows, practice, Role::Administrator).await
}

//! The pictures of the documentation, taken anew from the sample practice, whose clock stands at
//! Monday 23 November 2026, 09:30 in Sydney.

use std::path::Path;

use serde_json::json;
use thirtyfour::WebDriver;
use workflow_web::Role;

use crate::chrome::{HEIGHT, WIDTH};
use crate::support::sample::Sample;
use crate::tab::Tab;
use crate::tests;

tests![of_the_documentation];

async fn of_the_documentation(driver: WebDriver) {
    let sample = Sample::new().await;
    let practice = sample.practice.id();
    let tab = Tab::serve(
        &driver,
        &sample.world.workflows,
        practice,
        Role::Administrator,
    )
    .await;
    let size = json!({"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": false});
    let cdp = driver.cdp();
    let sized = cdp.send_raw("Emulation.setDeviceMetricsOverride", size);
    sized.await.expect("a size");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/images");
    let workflow = format!("/client/{}/workflow/{}", sample.harbour, sample.bas);
    for (name, path) in [
        ("tab", format!("{workflow}/schedule")),
        ("settings", workflow.clone()),
        ("attention", "/attention".into()),
    ] {
        tab.open(&path).await;
        let file = folder.join(format!("{name}.png"));
        driver.screenshot(&file).await.expect("a picture");
    }
    let sized = cdp.send_raw("Emulation.clearDeviceMetricsOverride", json!({}));
    sized.await.expect("its own size");
}

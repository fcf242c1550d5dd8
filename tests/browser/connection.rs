//! The whole life of a connection to XPM, by a person at a browser: the real binary and the real
//! store, the pages of the simulated XPM, and its faults.

use std::time::Duration;

use thirtyfour::WebDriver;
use xpm_sandbox::{CallKind, Fault, FaultPlan};

use crate::axe::{Rules, findings, source};
use crate::server::Server;
use crate::tab::Tab;
use crate::{below_target, tests};

tests![
    a_practice_is_connected_by_a_consent_and_a_choice_among_several,
    a_consent_that_is_not_given_connects_nothing,
    an_expired_token_and_a_lost_refresh_are_seen_by_nobody,
    what_is_due_while_the_connection_is_lost_is_held_and_deployed_after_reconnecting,
];

/// How long a page may take to say something: far longer than any does.
const HANGS: Duration = Duration::from_secs(90);

async fn begin(driver: &WebDriver) -> (Server, Tab) {
    let server = Server::start().await;
    let tab = Tab::elsewhere(driver, &server.base);
    (server, tab)
}

impl Tab {
    /// Looks at a page again and again until it says something. Each look is a whole answer of the
    /// server, so nothing here waits for a time.
    async fn until(&self, path: &str, sentence: &str) {
        let looking = async {
            loop {
                self.open(path).await;
                if self.says(sentence).await {
                    return;
                }
            }
        };
        let said = tokio::time::timeout(HANGS, looking).await;
        if said.is_err() {
            let page = self.text("body").await;
            panic!("{path} never says {sentence:?}, but: {page}");
        }
    }

    /// Looks at the page as it is: takes a picture of it, and has axe look for what keeps somebody
    /// from using it.
    async fn look(&self, name: &str) {
        let folder = below_target("browser/connection");
        std::fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join(format!("{name}.png"));
        self.driver().screenshot(&file).await.expect("a picture");
        let found = findings(self, &source(), Rules::All).await;
        assert!(found.is_empty(), "{name}: {}", found.join("\n"));
    }

    /// Gives the consent on XPM's page and chooses the practice.
    async fn consent(&self, server: &Server) {
        self.see("Give sandbox-app access?").await;
        self.press("Allow access").await;
        let legend = "Which XPM practice is it?";
        self.choose_radio(legend, &server.xpm().tenant().to_string())
            .await;
        self.press("Connect").await;
        self.see("Connected to XPM").await;
    }

    /// Connects the practice from the page of its connection.
    async fn connect(&self, server: &Server) {
        self.open("/connection").await;
        self.press("Connect to Xero Practice Manager").await;
        self.consent(server).await;
    }

    /// Adds something of Harbour Café's that is due today, and opens its Schedule tab; says where
    /// that is.
    async fn add_due(&self, server: &Server, name: &str) -> String {
        self.open(&format!("/client/{}/new", server.client)).await;
        self.fill("Job name", name).await;
        self.tick("Schedule", "Once, on a date").await;
        self.pick_date("On", &server.today.to_string()).await;
        self.send("Add workflow").await;
        self.see("The workflow was added.").await;
        self.open_secondary("Schedule").await;
        self.path().await
    }
}

async fn a_practice_is_connected_by_a_consent_and_a_choice_among_several(driver: WebDriver) {
    let (server, tab) = begin(&driver).await;
    // Not connected: the page of a client says so, and leads there.
    tab.open(&format!("/client/{}", server.client)).await;
    tab.see("This practice is not connected to XPM.").await;
    let held = tab.add_due(&server, "Onboarding").await;
    assert_eq!(server.spent(CallKind::JobAdd), 0);
    tab.open("/connection").await;
    tab.see("Not connected to XPM").await;
    tab.look("1-not-connected").await;
    tab.press("Connect to Xero Practice Manager").await;

    // XPM's own page, and then the choice, for the consent covers two practices.
    tab.see("Give sandbox-app access?").await;
    tab.look("2-consent").await;
    tab.press("Allow access").await;
    tab.see("Choose the practice").await;
    tab.see("North & Co").await;
    tab.look("3-choose").await;
    // Nothing chosen is asked for again, and the consent is not lost.
    tab.press("Connect").await;
    tab.see("Choose one of the practices.").await;
    tab.look("4-choose-one").await;
    let tenant = server.xpm().tenant().to_string();
    tab.choose_radio("Which XPM practice is it?", &tenant).await;
    let legend = "Which Xero organisation are its invoices in?";
    tab.choose_radio(legend, "Harbour Ltd").await;
    tab.press("Connect").await;
    assert_eq!(tab.path().await, "/connection");
    tab.see("Connected to XPM").await;
    tab.see("What is due is deployed by itself.").await;
    tab.look("5-connected").await;

    // What was prepared meanwhile is deployed, and nobody has to ask.
    server.ended(CallKind::JobAdd, 1).await;
    tab.until(&held, "J000001").await;
    assert_eq!(server.jobs(), 1);

    // The people that XPM lists.
    tab.until("/people", "In XPM only").await;
    tab.look("6-people").await;

    // Ended again, by the practice's own wish.
    tab.open("/connection").await;
    tab.press("Disconnect").await;
    tab.see("The consent is revoked at Xero").await;
    tab.look("7-disconnect").await;
    tab.press("Disconnect from XPM").await;
    assert_eq!(tab.path().await, "/connection");
    tab.see("Not connected to XPM").await;
    assert!(!server.xpm().overview().connected, "Xero was told");
    server.stop().await;
}

async fn a_consent_that_is_not_given_connects_nothing(driver: WebDriver) {
    let (server, tab) = begin(&driver).await;
    tab.open("/connection").await;
    tab.press("Connect to Xero Practice Manager").await;
    tab.press("Cancel").await;
    tab.see("The practice was not connected: the consent was not given.")
        .await;
    tab.look("8-not-given").await;
    // What came back once does not come back twice.
    let run = "location.reload()";
    tab.leaving(async { drop(tab.run(run, Vec::new()).await) })
        .await;
    tab.see("This browser was not off to connect the practice")
        .await;
    tab.press("Back to the practice’s connection").await;
    tab.see("Not connected to XPM").await;
    assert_eq!(server.spent(CallKind::Token), 0, "no token was asked for");
    tab.connect(&server).await;
    server.stop().await;
}

async fn an_expired_token_and_a_lost_refresh_are_seen_by_nobody(driver: WebDriver) {
    let (server, tab) = begin(&driver).await;
    tab.connect(&server).await;
    tab.until("/connection", "as of").await;
    let refreshes = || server.spent(CallKind::Token);

    // Half an hour passes: XPM accepts the token no longer, and one refresh is sent.
    let before = refreshes();
    server.xpm().expire_access_tokens().expect("ended");
    let first = tab.add_due(&server, "Tax return").await;
    tab.until(&first, "J000001").await;
    assert_eq!(refreshes(), before + 1);

    // It passes again, and the reply to the refresh is lost after Xero has rotated: the old token
    // goes on working, and the deployment is tried again by itself.
    let lost = FaultPlan::none().nth(1, CallKind::Token, Fault::LostAfterCommit);
    server.xpm().set_faults(lost).expect("a plan");
    server.xpm().expire_access_tokens().expect("ended");
    let second = tab.add_due(&server, "Annual accounts").await;
    tab.until(&second, "J000002").await;
    assert_eq!(server.jobs(), 2);
    assert!(refreshes() >= before + 3, "one that was lost and another");
    tab.open("/connection").await;
    tab.see("Connected to XPM").await;
    tab.open("/attention").await;
    tab.see("Nothing needs attention").await;
    server.stop().await;
}

async fn what_is_due_while_the_connection_is_lost_is_held_and_deployed_after_reconnecting(
    driver: WebDriver,
) {
    let (server, tab) = begin(&driver).await;
    tab.connect(&server).await;
    tab.until("/connection", "as of").await;

    // Somebody ends the connection in Xero itself. What is due shows it.
    server.xpm().revoke().expect("revoked");
    let first = tab.add_due(&server, "Tax return").await;
    tab.until("/connection", "Connection to XPM lost").await;
    tab.look("9-lost").await;
    tab.open(&first).await;
    tab.see("XPM no longer accepts this practice’s connection")
        .await;
    tab.look("10-held").await;
    // Work is prepared meanwhile, and nobody calls in vain.
    let calls = server.xpm().calls_spent().total;
    let second = tab.add_due(&server, "Annual accounts").await;
    tab.open(&second).await;
    assert_eq!(server.xpm().calls_spent().total, calls);
    assert_eq!(server.jobs(), 0);

    // Connected again: both are deployed, each once, and nobody had to ask.
    tab.connect(&server).await;
    server.ended(CallKind::JobAdd, 2).await;
    for path in [&first, &second] {
        tab.until(path, "J00000").await;
    }
    assert_eq!(server.jobs(), 2);
    tab.look("11-deployed").await;
    // What was being listed goes on too.
    tab.until("/connection", "Clients as of").await;
    tab.see("Connected to XPM").await;
    server.stop().await;
}

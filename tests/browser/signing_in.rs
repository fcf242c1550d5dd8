//! Signing in, in the browser: against the simulated identity provider, with its page and its
//! cookies, each person in their role.

use std::sync::Arc;

use secrecy::SecretString;
use sign_in::{Settings, SignIn, end_sessions_without_role};
use thirtyfour::prelude::*;
use tokio::net::TcpListener;
use workflow_core::access::{Account, Role};
use workflow_core::calendar::WorkingCalendar;
use workflow_core::ids::ClientId;
use workflow_core::practice::{Client, Practice, Standing};
use workflow_core::testing::samples;
use workflow_core::timing::FinancialYearEnd;
use xpm_sandbox::{Login, Running, Sandbox};

use crate::axe::{self, Rules};
use crate::tab::Tab;
use crate::tests;
use crate::world::{World, mara};

tests![
    people_sign_in_each_in_their_role_and_out_again,
    an_administrator_gives_and_takes_roles,
];

const THEO: &str = "theo@acme.example";
const MARA: &str = "mara@acme.example";

fn account(text: &str) -> Account {
    text.parse().expect("an account")
}

/// The practice, whose tab people sign in to; beside it another one with one client.
struct Office {
    world: World,
    tab: Tab,
    strangers: ClientId,
    /// It serves as long as the test.
    _provider: Running,
}

impl Office {
    async fn open(driver: &WebDriver) -> Self {
        let world = World::new().await;
        let calendar = WorkingCalendar::new("Weekends", 1).expect("a calendar");
        let other = Practice::new(
            "other".parse().expect("an id"),
            "Other & Sons".parse().expect("a name"),
            "Australia/Sydney".parse().expect("a zone"),
            calendar,
        );
        let other = world.workflows.set_up(mara(), other).await;
        let strangers = ClientId::new(samples::uuid(1, 99));
        let client = Client {
            id: strangers,
            name: "Ridge Farm".parse().expect("a name"),
            year_end: FinancialYearEnd::JUNE,
            standing: Standing::Current,
        };
        let other = other.expect("a practice").value;
        let put = other.put_client(mara(), client).await;
        put.expect("a client");
        for (who, role) in [(MARA, Role::Administrator), (THEO, Role::Viewer)] {
            let granted = world.practice.grant(mara(), account(who), role).await;
            granted.expect("a role");
        }

        let clock = Arc::new(xpm_sandbox::ManualClock::at(world.now()));
        let sandbox = Sandbox::builder().seed(4).clock(clock).build();
        let sandbox = sandbox.expect("a sandbox");
        sandbox.state().set_logins(vec![
            Login::new("mara", "Mara Lindqvist", MARA),
            Login::new("theo", "Theo Okafor", THEO),
            Login::new("priya", "Priya Raman", "priya@acme.example"),
        ]);
        let provider = sandbox.start(([127, 0, 0, 1], 0).into()).await;
        let provider = provider.expect("a provider");
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let root = format!("http://localhost:{port}");
        let secret = SecretString::from("sandbox-secret");
        let settings = Settings::new(&provider.base_url(), "sandbox-app", secret, &root);
        let settings = settings.expect("settings");
        let settings = settings.provider_named("Xero").ask("Mara on extension 7");
        let sign_in = SignIn::new(settings, world.workflows.clone(), world.sessions());
        let sign_in = sign_in.expect("signing in");
        let tab = workflow_web::router(world.workflows.clone(), sign_in.host());
        let app = sign_in.router().merge(tab);
        Self {
            tab: Tab::at(driver, root, listener, app),
            world,
            strangers,
            _provider: provider,
        }
    }

    /// Signs in from the page that offers it.
    async fn sign_in(&self, name: &str) {
        self.tab.press("Sign in with Xero").await;
        self.tab.see("Who signs in?").await;
        self.tab.press(name).await;
    }

    async fn is_accessible(&self) {
        let findings = axe::findings(&self.tab, &axe::source(), Rules::All).await;
        assert!(findings.is_empty(), "{findings:#?}");
    }
}

async fn people_sign_in_each_in_their_role_and_out_again(driver: WebDriver) {
    let office = Office::open(&driver).await;
    let Office { world, tab, .. } = &office;
    let page = format!("/client/{}", world.harbour);
    tab.open(&page).await;
    assert_eq!(tab.path().await, "/sign-in");
    office.is_accessible().await;
    office.sign_in("Theo Okafor").await;
    assert_eq!(tab.path().await, page, "the page that was asked for");
    tab.see("Harbour Café").await;
    tab.see("Theo Okafor (theo@acme.example) viewer").await;
    assert!(!tab.offers("Add workflow").await, "a viewer adds nothing");
    tab.open(&format!("{page}/new")).await;
    tab.see("You may look at workflows here and not change them")
        .await;

    // What is another practice's is not there.
    tab.open(&format!("/client/{}", office.strangers)).await;
    assert!(!tab.says("Ridge Farm").await);
    tab.open("/").await;
    assert!(tab.says("Harbour Café").await && !tab.says("Ridge Farm").await);

    tab.press("Theo Okafor").await;
    tab.see("You are signed in as Theo Okafor").await;
    office.is_accessible().await;
    tab.press("Sign out").await;
    tab.see("You are signed out here").await;
    tab.open(&page).await;
    assert_eq!(tab.path().await, "/sign-in");

    // Somebody who is taken off is out at the next page.
    office.sign_in("Theo Okafor").await;
    tab.see("Harbour Café").await;
    let revoked = world.practice.revoke(mara(), account(THEO)).await;
    revoked.expect("revoked");
    let (sessions, theirs) = (world.sessions(), account(THEO));
    let ended = end_sessions_without_role(&world.workflows, &*sessions, &theirs).await;
    assert_eq!(ended.expect("an answer"), 1);
    tab.open(&page).await;
    assert_eq!(tab.path().await, "/sign-in");

    // And whoever has no role sees whom to ask, and nothing else.
    office.sign_in("Priya Raman").await;
    tab.see("Ask Mara on extension 7").await;
    tab.see("priya@acme.example").await;
    office.is_accessible().await;
    for hidden in ["Harbour", "Acme Accounting", "Other & Sons"] {
        assert!(!tab.says(hidden).await, "{hidden}");
    }
}

async fn an_administrator_gives_and_takes_roles(driver: WebDriver) {
    let office = Office::open(&driver).await;
    let Office { world, tab, .. } = &office;
    tab.open("/").await;
    office.sign_in("Mara Lindqvist").await;
    tab.press("Mara Lindqvist").await;
    tab.press("Who may do what").await;
    office.is_accessible().await;
    tab.press("Revoke").await;
    tab.see("the practice would have no administrator any more")
        .await;
    tab.fill(
        "E-mail address, or the account as its page shows it",
        "Priya@acme.example",
    )
    .await;
    tab.choose("Role", "editor").await;
    tab.press("Give the role").await;
    tab.see("priya@acme.example editor").await;
    let theirs = format!("[aria-label='Revoke the role of {THEO}']");
    let button = driver.find(By::Css(theirs)).await.expect("a button");
    tab.leaving(async { button.click().await.expect("it can be pressed") })
        .await;
    assert!(!tab.says(THEO).await);
    let roles = world.practice.role_of([&account(THEO)]).await;
    assert_eq!(roles.expect("a role"), None);
    tab.open("/audit").await;
    tab.see("Role of theo@acme.example was changed.").await;
}

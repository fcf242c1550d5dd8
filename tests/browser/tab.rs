//! The tab in the browser: served on loopback, and used by what a person sees of it, which is
//! labels and buttons and never the names of fields.

use axum::Router;
use axum::http::request::Parts;
use axum::response::Html;
use axum::routing::get;
use serde_json::Value;
use thirtyfour::prelude::*;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use workflow_core::audit::Actor;
use workflow_core::ids::{ClientId, PracticeId, WorkflowId};
use workflow_core::service::Workflows;
use workflow_web::{Brand, Host, HostTab, Role, Transport, Unwelcome, Visitor};

/// A host application whose one user is signed in.
#[derive(Clone, Debug)]
struct SignedIn {
    role: Role,
    practice: PracticeId,
}

#[async_trait::async_trait]
impl Host for SignedIn {
    async fn visitor(&self, _: &Parts) -> Result<Visitor, Unwelcome> {
        Ok(Visitor {
            actor: Actor::person("Alex Reed"),
            role: self.role,
            practice: self.practice.clone(),
        })
    }

    fn brand(&self) -> Brand {
        Brand {
            title: "Acme Accounting".into(),
            home: None,
        }
    }

    fn connect_url(&self, _: &PracticeId) -> Option<String> {
        Some("/connect".into())
    }

    fn client_tabs(&self, _: &PracticeId, _: ClientId) -> Vec<HostTab> {
        ["Overview", "Proposals", "Invoices"]
            .map(|label| HostTab {
                label: label.into(),
                url: format!("/{}", label.to_lowercase()),
            })
            .into()
    }

    fn transport(&self) -> Transport {
        Transport::Loopback
    }
}

/// The tab of one practice, open in the browser.
#[derive(Debug)]
pub(crate) struct Tab {
    driver: WebDriver,
    /// Where it is mounted.
    base: String,
    /// What serves it, where that is in this process.
    server: Option<JoinHandle<()>>,
}

impl Drop for Tab {
    fn drop(&mut self) {
        if let Some(server) = &self.server {
            server.abort();
        }
    }
}

/// How long a page may take before the test is given up: far longer than any does.
const HANGS: std::time::Duration = std::time::Duration::from_secs(60);

/// What a person reads, with white space squeezed.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text in an XPath expression.
fn quoted(text: &str) -> String {
    let parts: Vec<String> = text.split('\'').map(|part| format!("'{part}'")).collect();
    match &parts[..] {
        [one] => one.clone(),
        several => format!("concat({})", several.join(", \"'\", ")),
    }
}

impl Tab {
    /// Serves the practice's tab to somebody in that role.
    pub(crate) async fn serve(
        driver: &WebDriver,
        workflows: &Workflows,
        practice: &PracticeId,
        role: Role,
    ) -> Self {
        let host = SignedIn {
            role,
            practice: practice.clone(),
        };
        let tab = workflow_web::router(workflows.clone(), host);
        let theirs =
            || async { Html("<!doctype html><title>Host</title><h1>The host’s own</h1>") };
        let app = Router::new()
            .nest("/clients", tab)
            .route("/connect", get(theirs))
            .route("/invoices", get(theirs));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.expect("a port");
        let address = listener.local_addr().expect("an address");
        Self::at(driver, format!("http://{address}/clients"), listener, app)
    }

    /// A tab that an application serves, mounted under that address.
    pub(crate) fn at(driver: &WebDriver, base: String, listener: TcpListener, app: Router) -> Self {
        let server = tokio::spawn(async move {
            axum::serve(listener, app).await.expect("it serves");
        });
        Self {
            driver: driver.clone(),
            base,
            server: Some(server),
        }
    }

    /// The tab that another process serves.
    pub(crate) fn elsewhere(driver: &WebDriver, base: &str) -> Self {
        Self {
            driver: driver.clone(),
            base: base.to_owned(),
            server: None,
        }
    }

    pub(crate) fn driver(&self) -> &WebDriver {
        &self.driver
    }

    /// Opens a path below the mount.
    pub(crate) async fn open(&self, path: &str) {
        let url = format!("{}{path}", self.base);
        self.driver.goto(url).await.expect("the page opens");
    }

    pub(crate) async fn open_client(&self, client: ClientId) {
        self.open(&format!("/client/{client}")).await;
    }

    /// Opens a part of a workflow: `""` for its settings, `"/schedule"`, `"/audit"`.
    pub(crate) async fn open_workflow(&self, client: ClientId, id: WorkflowId, part: &str) {
        let path = format!("/client/{client}/workflow/{id}{part}");
        self.open(&path).await;
    }

    pub(crate) async fn path(&self) -> String {
        let url = self.driver.current_url().await.expect("a page");
        url.path().to_owned()
    }

    /// Runs a script in the page.
    pub(crate) async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        let ran = self.driver.execute(script, arguments).await;
        ran.expect("the page runs it").json().clone()
    }

    /// What the elements that a CSS selector finds say, where they are shown.
    pub(crate) async fn texts(&self, css: &str) -> Vec<String> {
        let script = "return [...document.querySelectorAll(arguments[0])] \
                      .filter(e => e.checkVisibility()).map(e => e.innerText)";
        let found = self.run(script, vec![css.into()]).await;
        let found: Vec<String> = serde_json::from_value(found).expect("texts");
        found.iter().map(|text| squeezed(text)).collect()
    }

    /// An attribute of each of them, where it has it.
    pub(crate) async fn attributes(&self, css: &str, name: &str) -> Vec<String> {
        let script = "return [...document.querySelectorAll(arguments[0])] \
                      .map(e => e.getAttribute(arguments[1])).filter(v => v !== null)";
        let found = self.run(script, vec![css.into(), name.into()]).await;
        serde_json::from_value(found).expect("texts")
    }

    /// The one element that a CSS selector finds, as a text.
    pub(crate) async fn text(&self, css: &str) -> String {
        let texts = self.texts(css).await;
        assert_eq!(texts.len(), 1, "{css} finds {texts:?}");
        texts.into_iter().next().unwrap_or_default()
    }

    /// Whether the page says that, whatever the case of its letters.
    pub(crate) async fn says(&self, sentence: &str) -> bool {
        let page = self.text("body").await.to_lowercase();
        page.contains(&sentence.to_lowercase())
    }

    pub(crate) async fn see(&self, sentence: &str) {
        let says = self.says(sentence).await;
        assert!(says, "not on the page: {sentence}");
    }

    /// The first element that an XPath expression finds and that is shown.
    async fn find(&self, xpath: &str, what: &str) -> WebElement {
        let script = "const all = document.evaluate(arguments[0], document, null, \
                      XPathResult.ORDERED_NODE_SNAPSHOT_TYPE, null); \
                      for (let at = 0; at < all.snapshotLength; at++) { \
                      const one = all.snapshotItem(at); if (one.checkVisibility()) return one; } \
                      return null;";
        let found = self.driver.execute(script, vec![xpath.into()]).await;
        let found = found.expect("the page runs it").element();
        found.unwrap_or_else(|_| panic!("nothing to use: {what}"))
    }

    /// Presses the first link or button that begins so.
    pub(crate) async fn press(&self, label: &str) {
        let text = quoted(label);
        let xpath = format!(
            "//*[(self::a[not(@class='skip')] or self::button) and \
             starts-with(normalize-space(.), {text})]"
        );
        self.leave_by(&self.find(&xpath, label).await).await;
    }

    /// Presses a button that stays on the page.
    pub(crate) async fn act(&self, label: &str) {
        let xpath = format!("//button[normalize-space(.) = {}]", quoted(label));
        self.click(&self.find(&xpath, label).await).await;
    }

    /// Waits until an expression holds in the page.
    pub(crate) async fn comes(&self, expression: &str) {
        let script = format!("return ({expression}) === true");
        let coming = async {
            while self.run(&script, Vec::new()).await != Value::Bool(true) {
                tokio::task::yield_now().await;
            }
        };
        let comes = tokio::time::timeout(HANGS, coming).await;
        comes.unwrap_or_else(|_| panic!("it does not come: {expression}"));
    }

    /// Opens one of the secondary tabs of the workflow that is opened.
    pub(crate) async fn open_secondary(&self, label: &str) {
        let text = quoted(label);
        let xpath = format!("//nav[@class='subtabs']//a[normalize-space(.) = {text}]");
        self.leave_by(&self.find(&xpath, label).await).await;
    }

    /// Sends the page's form by one of the buttons at its end.
    pub(crate) async fn send(&self, label: &str) {
        let text = quoted(label);
        let xpath =
            format!("//div[@class='form-end']/button[starts-with(normalize-space(.), {text})]");
        self.leave_by(&self.find(&xpath, label).await).await;
    }

    /// Whether there is a link or button that begins so, shown or in a menu.
    pub(crate) async fn offers(&self, label: &str) -> bool {
        let text = quoted(label);
        let xpath =
            format!("//*[(self::a or self::button) and starts-with(normalize-space(.), {text})]");
        let found = self.driver.find_all(By::XPath(xpath)).await;
        !found.expect("a page").is_empty()
    }

    /// Opens a menu by its label, such as "Commands for this workflow".
    pub(crate) async fn open_menu(&self, label: &str) {
        let xpath = format!("//summary[@aria-label={}]", quoted(label));
        self.click(&self.find(&xpath, label).await).await;
    }

    async fn click(&self, element: &WebElement) {
        element.click().await.expect("it can be pressed");
    }

    /// Presses what leads to another page, and waits until that is there.
    async fn leave_by(&self, element: &WebElement) {
        self.leaving(async { self.click(element).await }).await;
    }

    /// Does what leads to another page, and waits until that is there: the new one lacks a mark
    /// that the old one was given.
    pub(crate) async fn leaving(&self, act: impl Future<Output = ()>) {
        self.run("window.left = false", Vec::new()).await;
        act.await;
        let arrived = "return window.left === undefined && document.readyState === 'complete'";
        let arriving = async {
            // Between two pages there is none to run a script in.
            while !matches!(
                self.driver.execute(arrived, Vec::new()).await,
                Ok(found) if found.json() == &Value::Bool(true)
            ) {
                tokio::task::yield_now().await;
            }
        };
        let arrived = tokio::time::timeout(HANGS, arriving).await;
        arrived.expect("it leads to another page");
    }

    /// The field that bears a label.
    async fn labelled(&self, label: &str) -> WebElement {
        let xpath = format!(
            "//*[@id = //label[normalize-space(.)={}]/@for]",
            quoted(label)
        );
        self.find(&xpath, label).await
    }

    /// Types into a field, in place of what was there.
    pub(crate) async fn fill(&self, label: &str, text: &str) {
        let field = self.labelled(label).await;
        field.clear().await.expect("a field");
        field.send_keys(text).await.expect("it can be typed into");
    }

    /// Sets a date, as a browser's own picker does.
    pub(crate) async fn pick_date(&self, label: &str, day: &str) {
        let field = self.labelled(label).await;
        let script = "arguments[0].value = arguments[1]; \
                      arguments[0].dispatchEvent(new Event('change', {bubbles: true}));";
        let arguments = vec![field.to_json().expect("an element"), day.into()];
        self.run(script, arguments).await;
    }

    /// What a field holds.
    pub(crate) async fn value(&self, label: &str) -> String {
        let value = self.labelled(label).await.prop("value").await;
        value.expect("a field").unwrap_or_default()
    }

    /// Chooses from a list.
    pub(crate) async fn choose(&self, label: &str, option: &str) {
        let list = self.labelled(label).await;
        self.choose_in(&list, option).await;
    }

    /// Chooses a job template for one of the places, from 1.
    pub(crate) async fn choose_template(&self, place: usize, name: &str) {
        let css = format!("select[aria-label='Job templates, place {place}']");
        let list = self.driver.find(By::Css(css)).await.expect("a place");
        self.choose_in(&list, name).await;
    }

    /// What the places for job templates hold, but for empty ones.
    pub(crate) async fn chosen_templates(&self) -> Vec<String> {
        let script = "return [...document.querySelectorAll('select[name=templates]')] \
                      .filter(list => list.value).map(list => list.selectedOptions[0].label)";
        let found = self.run(script, Vec::new()).await;
        serde_json::from_value(found).expect("texts")
    }

    async fn choose_in(&self, list: &WebElement, option: &str) {
        let xpath = format!(
            ".//option[starts-with(normalize-space(.), {})]",
            quoted(option)
        );
        let option = list.find(By::XPath(xpath)).await;
        option.expect("an option").click().await.expect("chosen");
    }

    /// Ticks a box or one of several choices, by what stands beside it; within a legend where the
    /// same words stand in several.
    pub(crate) async fn tick(&self, legend: &str, choice: &str) {
        let xpath = format!(
            "//fieldset[legend[normalize-space(.)={}]]\
             //label[span[starts-with(normalize-space(.), {})]]/input",
            quoted(legend),
            quoted(choice)
        );
        self.click(&self.find(&xpath, choice).await).await;
    }

    /// Chooses one of several by what stands beside it, where the page has one legend of that name.
    pub(crate) async fn choose_radio(&self, legend: &str, choice: &str) {
        let xpath = format!(
            "//fieldset[legend[normalize-space(.)={}]]//label[contains(., {})]/input",
            quoted(legend),
            quoted(choice)
        );
        self.click(&self.find(&xpath, choice).await).await;
    }

    /// The rows of the Schedule tab: date, deploys, start, due, state and job; and what is under
    /// each.
    pub(crate) async fn schedule(&self) -> Vec<(String, String)> {
        let script = "return [...document.querySelectorAll('table.schedule > tbody')] \
                      .map(body => [...body.rows].map(row => row.innerText))";
        let found = self.run(script, Vec::new()).await;
        let found: Vec<Vec<String>> = serde_json::from_value(found).expect("rows");
        let row = |texts: Vec<String>| {
            let mut texts = texts.iter().map(|text| squeezed(text));
            let first = texts.next().unwrap_or_default();
            (first, texts.collect::<Vec<_>>().join(" "))
        };
        found.into_iter().map(row).collect()
    }

    /// The row of the Schedule tab that begins with a date, and what is under it.
    pub(crate) async fn row(&self, on: &str) -> String {
        let rows = self.schedule().await;
        let found = rows.iter().find(|(row, _)| row.starts_with(on));
        let (row, under) = found.unwrap_or_else(|| panic!("no row for {on}: {rows:#?}"));
        format!("{row} {under}")
    }

    /// A line of a list of settings, such as "Job name".
    pub(crate) async fn setting(&self, label: &str) -> String {
        let xpath = format!("//dl/div[dt[normalize-space(.)={}]]/dd", quoted(label));
        let value = self.find(&xpath, label).await.text().await;
        squeezed(&value.expect("a setting"))
    }

    /// Where an element is, in pixels from the left and from the top.
    pub(crate) async fn place(&self, css: &str) -> (f64, f64) {
        let found = self.driver.find(By::Css(css)).await.expect("an element");
        let rect = found.rect().await.expect("a place");
        (rect.x, rect.y)
    }
}

//! The tab in the browser: served on loopback, and used by what a person sees of it, which is
//! labels and buttons and never the names of fields.

use axum::Router;
use axum::http::request::Parts;
use axum::response::Html;
use axum::routing::get;
use thirtyfour::prelude::*;
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
    base: String,
    server: JoinHandle<()>,
}

impl Drop for Tab {
    fn drop(&mut self) {
        self.server.abort();
    }
}

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
        let theirs = || async { Html("<!doctype html><title>Host</title><h1>The host’s own</h1>") };
        let app = Router::new()
            .nest("/clients", tab)
            .route("/connect", get(theirs))
            .route("/invoices", get(theirs));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let server = tokio::spawn(async move {
            axum::serve(listener, app).await.expect("it serves");
        });
        Self {
            driver: driver.clone(),
            base,
            server,
        }
    }

    pub(crate) fn driver(&self) -> &WebDriver {
        &self.driver
    }

    /// Opens a path below the mount.
    pub(crate) async fn open(&self, path: &str) {
        let url = format!("{}/clients{path}", self.base);
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

    /// The elements that a CSS selector finds and that are shown.
    pub(crate) async fn shown(&self, css: &str) -> Vec<WebElement> {
        let found = self.driver.find_all(By::Css(css)).await.expect("a page");
        let mut shown = Vec::new();
        for element in found {
            if element.is_displayed().await.expect("an element") {
                shown.push(element);
            }
        }
        shown
    }

    /// What they say.
    pub(crate) async fn texts(&self, css: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for element in self.shown(css).await {
            texts.push(squeezed(&element.text().await.expect("an element")));
        }
        texts
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

    pub(crate) async fn see_nothing_of(&self, sentence: &str) {
        let says = self.says(sentence).await;
        assert!(!says, "on the page: {sentence}");
    }

    async fn find(&self, xpath: &str, what: &str) -> WebElement {
        let found = self.driver.find_all(By::XPath(xpath)).await;
        for element in found.expect("a page") {
            if element.is_displayed().await.expect("an element") {
                return element;
            }
        }
        panic!("nothing to use: {what}");
    }

    /// Presses the first link or button that begins so.
    pub(crate) async fn press(&self, label: &str) {
        let text = quoted(label);
        let xpath = format!(
            "//*[(self::a or self::button or self::summary) and \
             starts-with(normalize-space(.), {text})]"
        );
        self.click(&self.find(&xpath, label).await).await;
    }

    /// Sends the page's form by one of the buttons at its end.
    pub(crate) async fn send(&self, label: &str) {
        let text = quoted(label);
        let xpath = format!(
            "//div[@class='form-end']/button[starts-with(normalize-space(.), {text})]"
        );
        self.click(&self.find(&xpath, label).await).await;
    }

    /// Whether there is a link or button that begins so, shown or in a menu.
    pub(crate) async fn offers(&self, label: &str) -> bool {
        let text = quoted(label);
        let xpath = format!(
            "//*[(self::a or self::button) and starts-with(normalize-space(.), {text})]"
        );
        let found = self.driver.find_all(By::XPath(xpath)).await;
        !found.expect("a page").is_empty()
    }

    /// Opens a menu by its label, such as "Commands for this workflow".
    pub(crate) async fn open_menu(&self, label: &str) {
        let xpath = format!("//summary[@aria-label={}]", quoted(label));
        self.click(&self.find(&xpath, label).await).await;
    }

    async fn click(&self, element: &WebElement) {
        element.scroll_into_view().await.expect("an element");
        element.click().await.expect("it can be pressed");
    }

    /// The field that bears a label.
    async fn labelled(&self, label: &str) -> WebElement {
        let xpath = format!("//label[normalize-space(.)={}]", quoted(label));
        let found = self.find(&xpath, label).await;
        let id = found.attr("for").await.expect("a label");
        let id = id.unwrap_or_else(|| panic!("the label {label} is for nothing"));
        let field = self.driver.find(By::Id(&*id)).await;
        field.unwrap_or_else(|_| panic!("the label {label} is for {id}, which is not there"))
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
        let set = self.driver.execute(script, arguments).await;
        set.expect("it can be set");
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
        let css = "select[name=templates] option:checked:not([value=''])";
        self.texts(css).await
    }

    async fn choose_in(&self, list: &WebElement, option: &str) {
        let xpath = format!(".//option[starts-with(normalize-space(.), {})]", quoted(option));
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

    /// The rows of the Schedule tab: date, deploys, start, due, state and job; and what is under
    /// each.
    pub(crate) async fn schedule(&self) -> Vec<(String, String)> {
        let mut rows = Vec::new();
        for body in self.shown("table.schedule > tbody").await {
            let mut texts = Vec::new();
            for row in body.find_all(By::Css("tr")).await.expect("rows") {
                texts.push(squeezed(&row.text().await.expect("a row")));
            }
            let under = texts.split_off(1.min(texts.len())).join(" ");
            rows.push((texts.pop().unwrap_or_default(), under));
        }
        rows
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

//! Two practices with a tab that people sign in to, an identity provider, and browsers.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{HeaderMap, SET_COOKIE};
use secrecy::SecretString;
use sign_in::{Settings, SignIn};
use tokio::net::TcpListener;
use workflow_core::access::{Account, Role};
use workflow_core::audit::Actor;
use workflow_core::ids::ClientId;
use workflow_core::service::{Ports, PracticeHandle, Workflows};
use workflow_core::testing::{CountingIds, ManualClock, MemoryGateway, MemoryStore, samples};
use workflow_core::zone::{Zone, ZoneName, Zones};
use xpm_sandbox::{Login, Running, Sandbox, SandboxState};

#[derive(Debug)]
struct UtcAlone;

impl Zones for UtcAlone {
    fn zone(&self, _: &ZoneName) -> Option<Zone> {
        Some(Zone::utc())
    }
}

pub(crate) struct World {
    pub(crate) store: MemoryStore,
    pub(crate) workflows: Workflows,
    pub(crate) acme: PracticeHandle,
    pub(crate) other: PracticeHandle,
    pub(crate) root: String,
    pub(crate) provider: Option<Running>,
    pub(crate) issuer: String,
    clock: ManualClock,
    theirs: Arc<xpm_sandbox::ManualClock>,
}

pub(crate) fn account(text: &str) -> Account {
    text.parse().expect("an account")
}

/// Mara, Theo and Priya, whose addresses are vouched for.
pub(crate) fn logins() -> Vec<Login> {
    ["Mara Lindqvist", "Theo Okafor", "Priya Raman"]
        .map(|name| {
            let subject = name.split(' ').next().expect("a first name").to_lowercase();
            Login::new(&subject, name, &format!("{subject}@acme.example"))
        })
        .into()
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|settings| settings).await
    }

    /// Serves with other settings than usual.
    pub(crate) async fn with(change: impl FnOnce(Settings) -> Settings) -> Self {
        let now: DateTime<Utc> = samples::minute(7 * 60);
        let theirs = Arc::new(xpm_sandbox::ManualClock::at(now));
        let sandbox = Sandbox::builder().seed(3).clock(theirs.clone()).build();
        let sandbox = sandbox.expect("a sandbox");
        sandbox.state().set_logins(logins());
        let provider = sandbox.start(loopback()).await.expect("a provider");
        let issuer = provider.base_url();

        let (store, clock) = (MemoryStore::new(), ManualClock::at(now));
        let workflows = Workflows::new(Ports {
            store: Arc::new(store.clone()),
            gateway: Arc::new(MemoryGateway::new()),
            clock: Arc::new(clock.clone()),
            ids: Arc::new(CountingIds::new(1)),
            zones: Arc::new(UtcAlone),
        });
        let mut practices =
            ["acme", "other"].map(|id| samples::practice(&samples::practice_id(id)));
        practices[0].name = "Acme Accounting".parse().expect("a name");
        practices[1].name = "Other & Sons".parse().expect("a name");
        let mut made = Vec::new();
        for (at, practice) in (1..).zip(practices) {
            let set_up = workflows.set_up(host(), practice).await;
            let practice = set_up.expect("a practice").value;
            let client = samples::client(at, ["Harbour Café", "Ridge Farm"][at as usize - 1]);
            practice.put_client(host(), client).await.expect("a client");
            made.push(practice);
        }
        let listener = TcpListener::bind(loopback()).await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let root = format!("http://localhost:{port}");
        let secret = SecretString::from("sandbox-secret");
        let settings = Settings::new(&issuer, "sandbox-app", secret, &root).expect("settings");
        let sessions = Arc::new(store.clone());
        let sign_in = SignIn::new(change(settings), workflows.clone(), sessions);
        let sign_in = sign_in.expect("signing in");
        let tab = workflow_web::router(workflows.clone(), sign_in.host());
        let app = sign_in.router().merge(tab);
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(axum::serve(listener, app).into_future());
        let other = made.pop().expect("the other practice");
        let acme = made.pop().expect("the practice");
        Self {
            store,
            workflows,
            acme,
            other,
            root,
            provider: Some(provider),
            issuer,
            clock,
            theirs,
        }
    }

    pub(crate) fn xero(&self) -> &SandboxState {
        self.provider.as_ref().expect("it is served").state()
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        use workflow_core::ports::clock::Clock as _;
        self.clock.now()
    }

    /// Lets time pass, here and at the provider.
    pub(crate) fn pass(&self, time: TimeDelta) {
        self.clock.advance(time);
        self.theirs.forward(time);
    }

    pub(crate) async fn grant(&self, who: &str, role: Role) {
        let granted = self.acme.grant(host(), account(who), role).await;
        granted.expect("a role");
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(&self.root)
    }

    /// A browser in which that person signed in.
    pub(crate) async fn signed_in(&self, person: &str) -> Browser {
        let browser = self.browser();
        let page = browser.sign_in(person, "/sign-in/begin").await;
        assert_eq!(page.status, 303, "{page:?}");
        browser
    }

    /// The client of the first practice, and that of the other one.
    pub(crate) fn clients(&self) -> (ClientId, ClientId) {
        (samples::client_id(1), samples::client_id(2))
    }
}

pub(crate) fn host() -> Actor {
    Actor::host("test")
}

fn loopback() -> SocketAddr {
    ([127, 0, 0, 1], 0).into()
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Page {
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_else(|| panic!("no {name}: {self:?}"))
    }

    /// The value of the first hidden field of that name.
    pub(crate) fn hidden(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let (_, rest) = self.body.split_once(&start).expect("a hidden field");
        rest.split('"').next().expect("its end").to_owned()
    }
}

/// A browser: it keeps the server's cookies, and follows nothing by itself.
pub(crate) struct Browser {
    root: String,
    client: reqwest::Client,
    cookies: Mutex<BTreeMap<String, String>>,
    headers: Vec<(&'static str, String)>,
}

impl Browser {
    fn new(root: &str) -> Self {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        Self {
            root: root.to_owned(),
            client: client.build().expect("a client"),
            cookies: Mutex::default(),
            headers: Vec::new(),
        }
    }

    /// The same, with a header in each request.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().expect("cookies").get(name).cloned()
    }

    pub(crate) fn set_cookie(&self, name: &str, value: &str) {
        let mut cookies = self.cookies.lock().expect("cookies");
        cookies.insert(name.to_owned(), value.to_owned());
    }

    /// The token of its session.
    pub(crate) fn session(&self) -> Option<String> {
        self.cookie("workflow_session")
            .filter(|token| !token.is_empty())
    }

    pub(crate) async fn get(&self, to: &str) -> Page {
        let request = self.client.get(self.url(to));
        self.send(request, to.starts_with('/')).await
    }

    pub(crate) async fn post(&self, to: &str, fields: &[(&str, &str)]) -> Page {
        self.send(self.client.post(self.url(to)).form(fields), true)
            .await
    }

    fn url(&self, to: &str) -> String {
        match to.starts_with('/') {
            true => format!("{}{to}", self.root),
            false => to.to_owned(),
        }
    }

    async fn send(&self, mut request: reqwest::RequestBuilder, ours: bool) -> Page {
        if ours {
            let cookies = self.cookies.lock().expect("cookies");
            let line: Vec<String> = cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
            request = request.header("cookie", line.join("; "));
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let answer = request.send().await.expect("an answer");
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        if ours {
            for line in headers.get_all(SET_COOKIE) {
                let line = line.to_str().expect("a cookie");
                let pair = line.split(';').next().expect("a pair");
                let (name, value) = pair.split_once('=').expect("a pair");
                self.set_cookie(name, value);
            }
        }
        let body = answer.text().await.expect("a body");
        Page {
            status,
            headers,
            body,
        }
    }

    /// Sets off to the provider, where that person signs in; answers where the browser is sent
    /// back to.
    pub(crate) async fn off(&self, person: &str, begin: &str) -> String {
        let off = self.get(begin).await;
        assert_eq!(off.status, 303, "{off:?}");
        let url = format!("{}&person={person}", off.header("location"));
        let back = self.get(&url).await;
        let back = back.header("location");
        back.strip_prefix(&self.root).expect("back here").to_owned()
    }

    /// Signs in as that person, and answers what that ended with.
    pub(crate) async fn sign_in(&self, person: &str, begin: &str) -> Page {
        let back = self.off(person, begin).await;
        self.get(&back).await
    }
}

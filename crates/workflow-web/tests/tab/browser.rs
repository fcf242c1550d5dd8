//! A browser without scripts: it keeps cookies, follows links and fills in the forms of a page.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use scraper::{ElementRef, Html, Selector};
use tower::ServiceExt;
use workflow_core::audit::Actor;
use workflow_core::ids::PracticeId;
use workflow_core::service::Workflows;
use workflow_web::{Host, HostTab, Role, Unwelcome, Visitor};

/// Who the browser's user is.
#[derive(Clone, Debug)]
pub(crate) struct SignedIn {
    pub(crate) name: &'static str,
    pub(crate) role: Role,
    pub(crate) practice: PracticeId,
}

#[async_trait::async_trait]
impl Host for SignedIn {
    async fn visitor(&self, _: &axum::http::request::Parts) -> Result<Visitor, Unwelcome> {
        Ok(Visitor {
            actor: Actor::person(self.name),
            role: self.role,
            practice: self.practice.clone(),
        })
    }

    fn connect_url(&self, _: &PracticeId) -> Option<String> {
        Some("/connect".into())
    }

    fn client_tabs(&self, _: &PracticeId, _: workflow_core::ids::ClientId) -> Vec<HostTab> {
        vec![HostTab {
            label: "Invoices".into(),
            url: "/invoices".into(),
        }]
    }
}

/// A browser on the tab, which is mounted at `/clients` unless said otherwise.
#[derive(Debug)]
pub(crate) struct Browser {
    app: Router,
    mount: &'static str,
    cookies: Vec<(String, String)>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Browser {
    pub(crate) fn of(workflows: &Workflows, practice: &PracticeId, role: Role) -> Self {
        Self::named(workflows, practice, role, "Alex Reed")
    }

    pub(crate) fn named(
        workflows: &Workflows,
        practice: &PracticeId,
        role: Role,
        name: &'static str,
    ) -> Self {
        let host = SignedIn {
            name,
            role,
            practice: practice.clone(),
        };
        Self::on(workflow_web::router(workflows.clone(), host))
    }

    pub(crate) fn on(tab: Router) -> Self {
        Self::at("/clients", tab)
    }

    /// A browser on the tab that is mounted there; at the root where that is empty.
    pub(crate) fn at(mount: &'static str, tab: Router) -> Self {
        let app = match mount {
            "" => tab,
            mount => Router::new().nest(mount, tab),
        };
        let cookies = Vec::new();
        Self {
            app,
            mount,
            cookies,
        }
    }

    /// The same browser, with its cookies, after the tab was started anew.
    pub(crate) fn restart(&mut self, tab: Router) {
        self.app = Router::new().nest(self.mount, tab);
    }

    pub(crate) async fn get(&mut self, path: &str) -> Seen {
        let request = Request::get(format!("{}{path}", self.mount));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Sends a request with the cookies kept so far, and keeps those that come back.
    pub(crate) async fn send(&mut self, mut request: Request<Body>) -> Seen {
        let line: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !line.is_empty() {
            let line = line.join("; ").parse().unwrap();
            request.headers_mut().insert(header::COOKIE, line);
        }
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (name, rest) = cookie.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            self.cookies.retain(|(kept, _)| kept != name);
            if !cookie.contains("Max-Age=0") {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Seen {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let body: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body.join("&")))
            .unwrap();
        self.send(request).await
    }

    /// Sends the form of a page whose action ends so, as the page filled it in but for `changes`;
    /// an empty change takes a field out.
    pub(crate) async fn submit(
        &mut self,
        page: &Seen,
        action: &str,
        changes: &[(&str, &str)],
    ) -> Seen {
        let form = page.form(action);
        let path = form.value().attr("action").unwrap().to_owned();
        let mut fields = held(form);
        for (name, _) in changes {
            fields.retain(|(held, _)| held != name);
        }
        for (name, value) in changes {
            if !value.is_empty() {
                fields.push(((*name).to_owned(), (*value).to_owned()));
            }
        }
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        self.post(&path, &fields).await
    }

    /// Goes where a redirect leads.
    pub(crate) async fn follow(&mut self, seen: &Seen) -> Seen {
        assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.text());
        let to = seen.headers[header::LOCATION].to_str().unwrap().to_owned();
        let request = Request::get(to).body(Body::empty()).unwrap();
        self.send(request).await
    }
}

/// What a form holds as the page made it: what a browser would send.
fn held(form: ElementRef<'_>) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for element in form.select(&css("input, textarea, select")) {
        let value = element.value();
        let Some(name) = value.attr("name") else {
            continue;
        };
        let sent = match (value.name(), value.attr("type")) {
            ("input", Some("radio" | "checkbox")) if value.attr("checked").is_none() => continue,
            ("input", _) => value.attr("value").unwrap_or_default().to_owned(),
            ("textarea", _) => element.text().collect(),
            _ => {
                let chosen = element.select(&css("option[selected]")).next();
                let chosen = chosen.or_else(|| element.select(&css("option")).next());
                let chosen = chosen.and_then(|option| option.value().attr("value"));
                chosen.unwrap_or_default().to_owned()
            }
        };
        fields.push((name.to_owned(), sent));
    }
    fields
}

pub(crate) fn css(selector: &str) -> Selector {
    Selector::parse(selector).unwrap()
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn squeezed(element: ElementRef<'_>) -> String {
    let words = element.text().flat_map(str::split_whitespace);
    words.collect::<Vec<_>>().join(" ")
}

impl Seen {
    fn html(&self) -> Html {
        Html::parse_document(&self.body)
    }

    /// The texts of what a selector finds, with white space squeezed.
    pub(crate) fn all(&self, selector: &str) -> Vec<String> {
        self.html().select(&css(selector)).map(squeezed).collect()
    }

    pub(crate) fn one(&self, selector: &str) -> String {
        let found = self.all(selector);
        assert_eq!(found.len(), 1, "{selector} on {}", self.text());
        found.into_iter().next().unwrap()
    }

    pub(crate) fn has(&self, selector: &str) -> bool {
        self.html().select(&css(selector)).next().is_some()
    }

    pub(crate) fn attr(&self, selector: &str, name: &str) -> Option<String> {
        let html = self.html();
        let found = html.select(&css(selector)).next()?;
        found.value().attr(name).map(str::to_owned)
    }

    /// Where what a selector finds leads to.
    pub(crate) fn all_attrs(&self, selector: &str) -> Vec<String> {
        let html = self.html();
        let selector = css(selector);
        let found = html.select(&selector).filter_map(|element| {
            let value = element.value();
            let to = value.attr("href").or_else(|| value.attr("action"))?;
            (!to.starts_with('#')).then(|| to.to_owned())
        });
        found.collect()
    }

    /// The whole page as text.
    pub(crate) fn text(&self) -> String {
        self.all("body").join(" ")
    }

    /// The first form that is sent to an address which ends so.
    fn form(&self, action: &str) -> ElementRef<'static> {
        // A test's page lives as long as the test.
        let html: &'static Html = Box::leak(Box::new(self.html()));
        let selector = css(&format!("form[method=post][action$='{action}']"));
        html.select(&selector)
            .next()
            .unwrap_or_else(|| panic!("no form to {action} on {}", self.text()))
    }
}

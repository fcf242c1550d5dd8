//! The tab in a page of the host's.

use axum::Router;
use axum::http::{StatusCode, header};
use workflow_core::audit::Actor;
use workflow_core::ids::PracticeId;
use workflow_web::{Host, HostPage, Layout, Role, Unwelcome, Visitor};

use crate::browser::Browser;
use crate::support::sample::Sample;

const POLICY: &str = "default-src 'self'";

/// A host with a page of its own, in which it names who is signed in.
#[derive(Debug)]
struct Framing {
    practice: PracticeId,
    lets_in: bool,
}

#[async_trait::async_trait]
impl Host for Framing {
    async fn visitor(&self, _: &axum::http::request::Parts) -> Result<Visitor, Unwelcome> {
        if !self.lets_in {
            return Err(Unwelcome::Stranger);
        }
        Ok(Visitor {
            actor: Actor::person("Alex Reed"),
            role: Role::Editor,
            practice: self.practice.clone(),
        })
    }

    fn layout(&self, visitor: Option<&Visitor>) -> Layout {
        let who = visitor.map_or_else(|| "nobody".into(), |visitor| visitor.actor.to_string());
        let html = format!(
            "<!doctype html><html lang=\"en\"><head><title>{} | Kea</title>{}</head><body>\
             <nav id=\"kea\">{who}</nav>{}<footer>Kea</footer></body></html>",
            HostPage::TITLE,
            HostPage::HEAD,
            HostPage::CONTENT
        );
        let page = HostPage::new(html).and_then(|page| page.with_policy(POLICY));
        Layout::Host(page.expect("a page"))
    }
}

async fn begin(lets_in: bool) -> (Sample, Browser) {
    let sample = Sample::new().await;
    let practice = sample.practice.id().clone();
    let host = Framing { practice, lets_in };
    let tab = workflow_web::router(sample.world.workflows.clone(), host);
    let app = Router::new().nest("/clients", tab);
    (sample, Browser::at("", app))
}

#[tokio::test]
async fn every_page_stands_in_the_hosts() {
    let (sample, mut browser) = begin(true).await;
    let workflow = format!("/clients/client/{}/workflow/{}", sample.harbour, sample.bas);
    for path in [
        "/clients",
        &*workflow,
        &format!("{workflow}/edit"),
        "/clients/nowhere",
    ] {
        let page = browser.get(path).await;
        assert_eq!(page.one("#kea"), "Alex Reed", "{path}");
        assert_eq!(page.one("footer"), "Kea", "{path}");
        assert!(page.one("title").ends_with(" | Kea"), "{path}");
        assert!(page.has("body > .workflow-tab > main"), "{path}");
        assert_eq!(page.all("main").len(), 1, "{path}");
        // The host says itself what it is and who is signed in.
        assert!(!page.has(".brand") && !page.has(".who"), "{path}");
        assert_eq!(page.headers[header::CONTENT_SECURITY_POLICY], POLICY);
        let style = page.attr("link[rel=stylesheet]", "href").unwrap();
        let style = browser.get(&style).await;
        assert_eq!(style.status, StatusCode::OK);
        assert!(style.body.starts_with("@scope (.workflow-tab)"), "{path}");
    }
}

#[tokio::test]
async fn forms_and_redirects_work_in_the_hosts_page_too() {
    let (sample, mut browser) = begin(true).await;
    let workflow = format!(
        "/clients/client/{}/workflow/{}",
        sample.harbour, sample.by_hand
    );
    let page = browser.get(&format!("{workflow}/edit")).await;
    let saved = browser
        .submit(&page, "/edit", &[("name", "Loan support")])
        .await;
    let page = browser.follow(&saved).await;
    assert_eq!(page.one(".wf-title h2"), "Loan support");
    assert_eq!(page.one("#kea"), "Alex Reed");
}

#[tokio::test]
async fn whoever_is_turned_away_sees_the_hosts_page_with_nobody_in_it() {
    let (_, mut browser) = begin(false).await;
    let page = browser.get("/clients").await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert_eq!(page.one("#kea"), "nobody");
}

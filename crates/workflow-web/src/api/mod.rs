//! The API: what the pages do, as JSON, by the same services, for the same roles, within the same
//! practice.
//!
//! Its OpenAPI document is made from the handlers and served at `/api/openapi.json`.

mod changing;
mod document;
mod events;
mod given;
mod occurrences;
mod plans;
mod problem;
mod reading;
#[cfg_attr(
    not(test),
    expect(
        dead_code,
        reason = "they describe types of the core, and are never made"
    )
)]
mod schema;
mod sent;
mod taken;
mod visit;
mod webhooks;

use axum::Json;
use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::{get, post, put};

use self::problem::Problem;
use self::visit::Visit;
use crate::App;

/// The routes of the API, each with its place in the document: one list for both.
macro_rules! api {
    ($($method:ident $path:literal => $module:ident :: $handler:ident),* $(,)?) => {
        /// Every route of the API but the document itself.
        #[cfg(test)]
        pub(crate) const ROUTES: &[(&str, &str)] = &[$((stringify!($method), $path)),*];

        #[derive(utoipa::OpenApi)]
        #[openapi(paths($($module::$handler),*))]
        struct Routes;

        fn routes() -> Router<App> {
            Router::new()$(.route($path, $method($module::$handler)))*
        }
    };
}

api! {
    get "/practice" => reading::practice,
    get "/clients" => reading::clients,
    get "/clients/{client}" => reading::client,
    get "/clients/{client}/workflows" => reading::workflows,
    post "/clients/{client}/workflows" => changing::add,
    get "/attention" => reading::attention,
    get "/events" => events::events,
    get "/workflows/{workflow}" => reading::workflow,
    get "/workflows/{workflow}/schedule" => reading::schedule,
    get "/workflows/{workflow}/why" => reading::why,
    get "/workflows/{workflow}/audit" => reading::audit,
    put "/workflows/{workflow}/settings" => changing::edit,
    put "/workflows/{workflow}/billing" => changing::billing,
    post "/workflows/{workflow}/pause" => changing::pause,
    post "/workflows/{workflow}/resume" => changing::resume,
    post "/workflows/{workflow}/archive" => changing::archive,
    post "/workflows/{workflow}/duplicate" => changing::duplicate,
    post "/workflows/{workflow}/confirm" => changing::confirm,
    post "/workflows/{workflow}/deploy-now" => changing::deploy_now,
    post "/workflows/{workflow}/occurrences/{occurrence}/skip" => occurrences::skip,
    post "/workflows/{workflow}/occurrences/{occurrence}/move" => occurrences::move_to,
    post "/workflows/{workflow}/occurrences/{occurrence}/retry" => occurrences::retry,
    post "/workflows/{workflow}/occurrences/{occurrence}/release" => occurrences::release,
    post "/workflows/{workflow}/occurrences/{occurrence}/adopt" => occurrences::adopt,
    post "/workflows/{workflow}/occurrences/{occurrence}/give-up" => occurrences::give_up,
    post "/workflows/{workflow}/occurrences/{occurrence}/deploy-covered"
        => occurrences::deploy_covered,
    get "/webhooks" => webhooks::list,
    post "/webhooks" => webhooks::add,
    put "/webhooks/{webhook}" => webhooks::change,
    post "/webhooks/{webhook}/resume" => webhooks::resume,
    post "/webhooks/{webhook}/renew-secret" => webhooks::renew_secret,
    post "/webhooks/{webhook}/remove" => webhooks::remove,
    post "/plans" => plans::plan,
    post "/plans/apply" => plans::apply,
}

/// The API, to be nested at `/api`.
pub(crate) fn router(app: App) -> Router {
    routes()
        .route("/openapi.json", get(openapi))
        .fallback(nowhere)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(app.clone(), visit::guard))
        .with_state(app)
}

/// The OpenAPI document.
async fn openapi(visit: Visit) -> impl IntoResponse {
    Json(document::document(&visit.base))
}

async fn nowhere() -> Problem {
    Problem::not_found("address")
}

async fn wrong_method() -> Problem {
    let detail = "This address does not take this method.";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method", detail)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::{ROUTES, document};

    fn document() -> Value {
        serde_json::to_value(document::document("/clients/api")).unwrap()
    }

    fn operations(document: &Value) -> Vec<(String, String, Value)> {
        let paths = document["paths"].as_object().unwrap();
        let of = |(path, item): (&String, &Value)| {
            let item = item.as_object().unwrap().clone().into_iter();
            let path = path.clone();
            item.map(move |(method, operation)| (method, path.clone(), operation))
                .collect::<Vec<_>>()
        };
        paths.iter().flat_map(of).collect()
    }

    #[test]
    fn the_document_has_every_route_and_no_other() {
        let document = document();
        let documented: BTreeSet<(String, String)> = operations(&document)
            .into_iter()
            .map(|(method, path, _)| (method, path))
            .collect();
        let served = ROUTES.iter().map(|(method, path)| {
            let (method, path) = (*method, *path);
            (method.to_owned(), path.to_owned())
        });
        assert_eq!(documented, served.collect());
    }

    #[test]
    fn each_parameter_of_a_path_is_described_and_each_operation_has_its_own_name() {
        let document = document();
        let mut names = BTreeSet::new();
        for (method, path, operation) in operations(&document) {
            let at = format!("{method} {path}");
            let name = operation["operationId"].as_str().unwrap().to_owned();
            assert!(names.insert(name.clone()), "{at}: a second {name}");
            let described: BTreeSet<String> = operation["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|parameter| parameter["in"] == "path")
                .map(|parameter| parameter["name"].as_str().unwrap().to_owned())
                .collect();
            let holes: BTreeSet<String> = path
                .split('/')
                .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
                .map(str::to_owned)
                .collect();
            assert_eq!(described, holes, "{at}");
            assert!(!operation["summary"].as_str().unwrap().is_empty(), "{at}");
            for (status, answer) in operation["responses"].as_object().unwrap() {
                let is_success = status.starts_with('2');
                let content = answer["content"].as_object().unwrap();
                let media: Vec<_> = content.keys().map(String::as_str).collect();
                let expected = match (is_success, &*path) {
                    (true, "/events") => "text/event-stream",
                    (true, _) => "application/json",
                    (false, _) => "application/problem+json",
                };
                assert_eq!(media, [expected], "{at} {status}");
            }
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn references(value: &Value, found: &mut Vec<String>) {
            match value {
                Value::Object(fields) => {
                    if let Some(Value::String(to)) = fields.get("$ref") {
                        found.push(to.clone());
                    }
                    fields.values().for_each(|field| references(field, found));
                }
                Value::Array(items) => items.iter().for_each(|item| references(item, found)),
                _ => {}
            }
        }
        let document = document();
        assert_eq!(document["openapi"], json!("3.1.0"));
        assert_eq!(document["servers"], json!([{"url": "/clients/api"}]));
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(found.len() > 50);
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    }
}

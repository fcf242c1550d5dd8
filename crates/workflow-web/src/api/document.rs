//! The OpenAPI document: what the handlers say of themselves, and what is true of all of them.

use utoipa::OpenApi as _;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{
    ContentBuilder, InfoBuilder, OpenApi, Ref, RefOr, Required, ResponseBuilder, ServerBuilder,
};
use utoipa::{PartialSchema as _, ToSchema as _};

use super::Routes;
use super::problem::{MEDIA_TYPE, Problem};
use super::visit::KEY;

const DESCRIPTION: &str = "What the Workflow tab does, for programs. Whoever sends a request is \
    known to the host application as they are in the tab, with the same role in the same practice.\n\n\
    A command is carried out once for its `Idempotency-Key`. `If-Match` with the `ETag` that was \
    seen refuses a command where somebody else was faster; what replaces something whole needs it. \
    Every refusal is `application/problem+json` with the field and the reason, and nothing is \
    half-done.";

/// What any request may be answered with instead.
const ANY: [(&str, &str); 7] = [
    (
        "400",
        "A parameter or a header is wrong, or the body is no JSON.",
    ),
    ("401", "Nobody is signed in."),
    ("403", "Not allowed in this role, or in no role."),
    ("404", "There is no such thing in this practice."),
    (
        "409",
        "Things stand in the way, or somebody else was faster.",
    ),
    ("500", "Something went wrong; the log says more."),
    (
        "503",
        "The database or the host application did not answer.",
    ),
];

/// And what a request with a body may be.
const WRITING: [(&str, &str); 6] = [
    (
        "412",
        "It has changed since the version that `If-Match` names.",
    ),
    ("413", "The body is too large."),
    ("415", "The body is no `application/json`."),
    ("422", "A field has a fault."),
    ("428", "`If-Match` is missing."),
    ("502", "XPM did not give what was asked of it."),
];

/// The document of an API that is served there.
pub(super) fn document(base: &str) -> OpenApi {
    let mut api = Routes::openapi();
    api.info = InfoBuilder::new()
        .title("Workflow")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .build();
    api.servers = Some(vec![ServerBuilder::new().url(base).build()]);
    if let Some(components) = &mut api.components {
        let name = Problem::name().into_owned();
        components.schemas.insert(name, Problem::schema());
    }
    for item in api.paths.paths.values_mut() {
        complete(item);
    }
    api
}

fn complete(item: &mut PathItem) {
    for operation in [&mut item.get, &mut item.post, &mut item.put] {
        let Some(operation) = operation else { continue };
        answers(operation, &ANY);
    }
    for operation in [&mut item.post, &mut item.put] {
        let Some(operation) = operation else { continue };
        answers(operation, &WRITING);
        let parameters = operation.parameters.get_or_insert_default();
        parameters.push(header(
            KEY,
            "The command is carried out once for this key, however often it is sent.",
            128,
        ));
        parameters.push(header(
            "If-Match",
            "The `ETag` that was seen, or `*`; a change of it in between is refused.",
            64,
        ));
    }
}

fn answers(operation: &mut Operation, answers: &[(&str, &str)]) {
    for (status, description) in answers {
        let schema = Ref::from_schema_name(Problem::name());
        let content = ContentBuilder::new().schema(Some(schema)).build();
        let response = ResponseBuilder::new()
            .description(*description)
            .content(MEDIA_TYPE, content)
            .build();
        operation
            .responses
            .responses
            .entry((*status).to_owned())
            .or_insert(RefOr::T(response));
    }
}

fn header(name: &str, description: &str, longest: usize) -> Parameter {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(longest));
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(Schema::from(schema.build())))
        .build()
}

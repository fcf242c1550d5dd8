//! Signing in by OpenID Connect, for a Workflow tab that is served without a host application.
//!
//! [`SignIn`] knows the identity provider, by its discovery document; keeps sessions in a
//! [`SessionStore`](workflow_core::ports::sessions::SessionStore); and finds each person's role in each practice. It has two faces:
//! [`SignIn::router`] are the pages (in and out, one's own account, the roles of a practice), and
//! [`SignIn::host`] is the [`Host`](workflow_web::Host) that the tab asks who acts.
//!
//! ```
//! use std::sync::Arc;
//! use axum::Router;
//! use sign_in::{Settings, SignIn};
//! use workflow_core::ports::sessions::SessionStore;
//! use workflow_core::service::Workflows;
//!
//! fn application(
//!     workflows: Workflows,
//!     sessions: Arc<dyn SessionStore>,
//!     secret: secrecy::SecretString,
//! ) -> Result<Router, sign_in::SettingsError> {
//!     let settings = Settings::new(
//!         "https://identity.xero.com",
//!         "my-client-id",
//!         secret,
//!         "https://workflow.acme.example",
//!     )?;
//!     let sign_in = SignIn::new(settings, workflows.clone(), sessions)?;
//!     let tab = workflow_web::router(workflows, sign_in.host());
//!     Ok(sign_in.router().merge(tab))
//! }
//! # let _ = application;
//! ```
//!
//! * Authorization code with PKCE, `state` and `nonce`; the ID token is checked: signature by the
//!   provider's keys (never by a shared secret), issuer, audience, expiry, nonce, and the access
//!   token that it came with.
//! * A session's token is 32 random bytes in a cookie that no script reads; the store has its
//!   SHA-256 alone. It ends when it is not used, in any case after a while, at signing out, and
//!   when its person's last role is revoked. Signing in always begins a new one.
//! * Signing in is limited, for each address and over all of them.
//!
//! Serve the pages at the root, with the peer's address
//! ([`into_make_service_with_connect_info`](axum::Router::into_make_service_with_connect_info)).

mod arriving;
mod cookie;
mod host;
mod limiter;
mod pages;
mod provider;
mod refusal;
mod settings;
mod signed_in;
mod wire;

pub use self::host::SignInHost;
pub use self::limiter::Limits;
pub use self::settings::{Emails, Settings, SettingsError};
pub use self::signed_in::{SignIn, end_sessions_without_role};

//! The flags of signing in, and the commands about roles.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use workflow::access;
use workflow::ids::PracticeId;

use super::Database;

/// By which identity provider people sign in. The rest is in the `[sign_in]` table of the settings.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct SignIn {
    /// The identity provider that people sign in with, by OpenID Connect, such as
    /// <https://identity.xero.com>
    #[arg(long, env = "WORKFLOW_SIGN_IN_ISSUER", value_name = "URL")]
    pub(crate) sign_in_issuer: Option<String>,
    /// The application's client id at the identity provider
    #[arg(long, env = "WORKFLOW_SIGN_IN_CLIENT_ID", value_name = "ID")]
    pub(crate) sign_in_client_id: Option<String>,
    /// A file that holds the application's secret there; or the secret in WORKFLOW_SIGN_IN_SECRET
    #[arg(long, env = "WORKFLOW_SIGN_IN_SECRET_FILE", value_name = "FILE")]
    pub(crate) sign_in_secret_file: Option<PathBuf>,
}

/// Who may do what.
#[derive(Debug, Subcommand)]
pub(crate) enum Role {
    /// Give an account a role, in place of the one that it has
    Grant {
        #[command(flatten)]
        of: OfRole,
        /// The account: an e-mail address, or the issuer, a bar and the subject
        account: access::Account,
        /// What it may do: viewer, editor or administrator
        role: access::Role,
    },
    /// Take an account's role away; where it has no other, its sessions end
    Revoke {
        #[command(flatten)]
        of: OfRole,
        /// The account: an e-mail address, or the issuer, a bar and the subject
        account: access::Account,
    },
    /// List the accounts that have a role
    List {
        #[command(flatten)]
        of: OfRole,
        /// Print them as JSON
        #[arg(long)]
        json: bool,
    },
}

/// Whose roles.
#[derive(Debug, Args)]
pub(crate) struct OfRole {
    #[command(flatten)]
    pub(crate) database: Database,
    /// The practice; not needed where the database has one alone
    #[arg(long, env = "WORKFLOW_PRACTICE", value_name = "ID")]
    pub(crate) practice: Option<PracticeId>,
}

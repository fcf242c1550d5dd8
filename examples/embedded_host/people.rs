//! Who is signed in to the host: its own accounts and sessions, and what each may do in the tab.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use axum::http::header;
use axum::http::request::Parts;
use workflow::audit::Actor;
use workflow::ids::{ClientId, PracticeId};
use workflow::web::{Host, HostTab, Layout, Role, Transport, Unwelcome, Visitor};

use crate::page;

/// An account of the host's.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) name: &'static str,
    practice: &'static str,
    role: Role,
}

/// Two practices, and who has which part in them.
const ACCOUNTS: [Account; 4] = [
    Account {
        name: "Aroha",
        practice: "kea",
        role: Role::Administrator,
    },
    Account {
        name: "Ben",
        practice: "kea",
        role: Role::Editor,
    },
    Account {
        name: "Chloe",
        practice: "kea",
        role: Role::Viewer,
    },
    Account {
        name: "Dan",
        practice: "tui",
        role: Role::Administrator,
    },
];

/// The host's sessions, by the cookie that the browser brings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sessions {
    open: Arc<Mutex<HashMap<String, Account>>>,
}

impl Sessions {
    /// Signs somebody in; answers with the session's cookie. A real host asks for more than a name.
    pub(crate) fn sign_in(&self, name: &str) -> Option<String> {
        let account = ACCOUNTS.into_iter().find(|account| account.name == name)?;
        let id = workflow::system::ids().next().simple().to_string();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.insert(id.clone(), account);
        Some(id)
    }

    /// Whose session the request belongs to.
    pub(crate) fn account(&self, request: &Parts) -> Option<Account> {
        let cookies = request.headers.get_all(header::COOKIE).iter();
        let mut pairs = cookies
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='));
        let (_, id) = pairs.find(|(name, _)| *name == "kea_session")?;
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.get(id).cloned()
    }
}

/// What the tab asks the host.
#[async_trait]
impl Host for Sessions {
    async fn visitor(&self, request: &Parts) -> Result<Visitor, Unwelcome> {
        let url = Some("/sign-in".to_owned());
        let account = self.account(request).ok_or(Unwelcome::SignIn { url })?;
        let practice = account.practice.parse().map_err(|_| Unwelcome::Unknown)?;
        Ok(Visitor {
            actor: Actor::person(account.name),
            role: account.role,
            practice,
        })
    }

    /// The tab stands in the host's own page.
    fn layout(&self, visitor: Option<&Visitor>) -> Layout {
        let name = visitor.map(|visitor| visitor.actor.to_string());
        match page::around_the_tab(name.as_deref()) {
            Ok(page) => Layout::Host(page),
            Err(_) => Layout::Own,
        }
    }

    fn client_tabs(&self, _: &PracticeId, client: ClientId) -> Vec<HostTab> {
        vec![HostTab {
            label: "Invoices".into(),
            url: format!("/invoices/{client}"),
        }]
    }

    fn transport(&self) -> Transport {
        Transport::Loopback
    }
}

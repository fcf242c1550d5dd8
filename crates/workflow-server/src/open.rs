//! Opening the database and putting the service together over it.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::NaiveDate;
use workflow::ids::{ClientId, JobNumber, PracticeId, TemplateId};
use workflow::ports::gateway::{
    Answer, CreateJob, DirectoryPage, DirectoryPart, Failure as CallFailure, GatewayError, Job,
    JobGateway, JobList, Linking, Observed, OwnNumbers, Team,
};
use workflow::service::{PracticeHandle, Workflows};
use workflow::sqlite::{OpenError, SqliteStore};
use workflow::system;
use workflow::xpm::Xpm;

use crate::config::{Times, XpmSettings};
use crate::failure::{Failure, joined};
use crate::out;

/// Opens the database as its owner: to deploy and to hold tokens.
pub(crate) async fn owner(path: &Path, xpm: &XpmSettings) -> Result<SqliteStore, Failure> {
    let options = SqliteStore::options().key(xpm.key.clone());
    options.open(path).await.map_err(refused)
}

/// Refuses to go on with a key that opens none of the stored connections: what is stored would be
/// taken for lost. Where it opens some, the others are named.
pub(crate) async fn check_key(store: &SqliteStore) -> Result<(), Failure> {
    let check = store.check_key().await;
    let check = check.map_err(|error| Failure::other(joined(&error)))?;
    let fails: Vec<String> = check.fails.iter().map(ToString::to_string).collect();
    let fails = fails.join(", ");
    match (check.opens.is_empty(), check.fails.is_empty()) {
        (_, true) => Ok(()),
        (false, false) => {
            out::note(&format!(
                "the key of stored tokens does not open the connection of {fails}: connect again"
            ));
            Ok(())
        }
        (true, false) => Err(Failure::input(format!(
            "the key of stored tokens opens no stored connection ({fails}): give the key that they \
             were sealed under, or run `rotate-key` with both; where that key is lost, `disconnect` \
             each practice and connect it again"
        ))),
    }
}

/// Opens the database to edit: as its owner where it has none, beside its owner where it has one.
pub(crate) async fn editor(path: &Path) -> Result<SqliteStore, Failure> {
    match SqliteStore::options().open(path).await {
        Err(OpenError::Owned { .. }) => guest(path).await,
        opened => opened.map_err(refused),
    }
}

/// Opens the database beside its owner, or without one: to read and to edit.
pub(crate) async fn guest(path: &Path) -> Result<SqliteStore, Failure> {
    let opened = SqliteStore::options().guest().open(path).await;
    opened.map_err(refused)
}

/// Why the database could not be opened, and what to do.
#[expect(clippy::needless_pass_by_value, reason = "it is used with `map_err`")]
pub(crate) fn refused(error: OpenError) -> Failure {
    let sentence = joined(&error);
    match error {
        OpenError::Owned { .. } => Failure::other(format!(
            "{sentence}; only one process at a time deploys and holds tokens, so stop that one first"
        )),
        OpenError::NoFolder { .. } | OpenError::Missing { .. } => Failure::input(sentence),
        _ => Failure::other(sentence),
    }
}

/// The gateway to XPM.
pub(crate) fn gateway(settings: &XpmSettings, store: &SqliteStore) -> Result<Xpm, Failure> {
    let times = Times::within(settings.settle);
    let mut builder = Xpm::builder()
        .credentials(settings.client_id.clone(), settings.client_secret.clone())
        .tokens(Arc::new(store.clone()))
        .clock(system::clock())
        .time_out(times.request)
        .connect_time_out(times.connect);
    if let Some(api) = &settings.api {
        builder = builder.api(api.clone());
    }
    if let Some(identity) = &settings.identity {
        builder = builder.identity(identity.clone());
    }
    if let Some(authorize) = &settings.authorize {
        builder = builder.authorize(authorize.clone());
    }
    if let Some(scopes) = &settings.scopes {
        builder = builder.scopes(scopes.clone());
    }
    let built = builder.build();
    built.map_err(|error| Failure::input(format!("XPM: {}", joined(&error))))
}

/// The service over a store and a gateway.
pub(crate) fn service(store: SqliteStore, gateway: Arc<dyn JobGateway>) -> Workflows {
    let store = Arc::new(store);
    Workflows::new(system::ports(store.clone(), gateway)).keeping_secrets(store)
}

/// The service without XPM: what needs it is refused.
pub(crate) fn unplugged(store: SqliteStore) -> Workflows {
    service(store, Arc::new(Unplugged))
}

/// The practice that was named, or the one that there is.
pub(crate) async fn practice(
    workflows: &Workflows,
    named: Option<PracticeId>,
) -> Result<PracticeHandle, Failure> {
    let all = workflows.practices().await;
    let all = all.map_err(|error| Failure::other(joined(&error)))?;
    let ids = || {
        let ids: Vec<String> = all.iter().map(ToString::to_string).collect();
        ids.join(", ")
    };
    let id = match (named, all.as_slice()) {
        (Some(id), _) if all.contains(&id) => id,
        (None, [id]) => id.clone(),
        (_, []) => return Err(Failure::input("there is no practice in this database")),
        (Some(id), _) => {
            return Err(Failure::input(format!(
                "there is no practice {id}; there is {}",
                ids()
            )));
        }
        (None, _) => {
            return Err(Failure::input(format!(
                "which practice? give --practice: {}",
                ids()
            )));
        }
    };
    Ok(workflows.practice(id))
}

/// In place of XPM, in commands that do not reach it.
#[derive(Debug)]
pub(crate) struct Unplugged;

impl Unplugged {
    fn refuse<T>() -> Result<T, GatewayError> {
        let text = "this command does not reach XPM".to_owned();
        Err(GatewayError {
            failure: CallFailure::NotConnected { text },
            observed: Observed::default(),
            source: None,
        })
    }
}

#[async_trait]
impl JobGateway for Unplugged {
    /// It stands for XPM, whose rules hold for what a command decides without it.
    fn linking(&self) -> Linking {
        Linking::Needed
    }

    fn own_numbers(&self) -> OwnNumbers {
        OwnNumbers::Taken
    }

    async fn create_job(
        &self,
        _practice: &PracticeId,
        _job: &CreateJob,
    ) -> Result<Answer<Job>, GatewayError> {
        Self::refuse()
    }

    async fn apply_template(
        &self,
        _practice: &PracticeId,
        _job: &JobNumber,
        _template: TemplateId,
    ) -> Result<Answer<Job>, GatewayError> {
        Self::refuse()
    }

    async fn assign(
        &self,
        _practice: &PracticeId,
        _job: &JobNumber,
        _team: &Team,
    ) -> Result<Answer<Job>, GatewayError> {
        Self::refuse()
    }

    async fn job(
        &self,
        _practice: &PracticeId,
        _number: &JobNumber,
    ) -> Result<Answer<Option<Job>>, GatewayError> {
        Self::refuse()
    }

    async fn jobs_of_client(
        &self,
        _practice: &PracticeId,
        _client: ClientId,
    ) -> Result<Answer<JobList>, GatewayError> {
        Self::refuse()
    }

    async fn jobs_created(
        &self,
        _practice: &PracticeId,
        _from: NaiveDate,
        _to: NaiveDate,
    ) -> Result<Answer<JobList>, GatewayError> {
        Self::refuse()
    }

    async fn directory(
        &self,
        _practice: &PracticeId,
        _part: DirectoryPart,
        _cursor: Option<String>,
    ) -> Result<Answer<DirectoryPage>, GatewayError> {
        Self::refuse()
    }
}

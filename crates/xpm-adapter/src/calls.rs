//! The calls that the adapter makes: where each goes and what it carries.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use reqwest::{Method, Url};
use workflow_core::ids::{ClientId, JobNumber, TemplateId};
use workflow_core::ports::gateway::{CreateJob, DirectoryPart, Team};

use crate::wire::{self, IllegalText};

/// The longest answer about one job. A job carries its notes and tasks with it.
pub(crate) const ONE: usize = 4 << 20;
/// The longest list. A practice with fifteen thousand clients had one of fifty megabytes.
pub(crate) const LIST: usize = 64 << 20;

/// One call of XPM's API.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Call<'a> {
    Add(&'a CreateJob),
    ApplyTemplate(&'a JobNumber, TemplateId),
    Assign(&'a JobNumber, &'a Team),
    Get(&'a JobNumber),
    OfClient(ClientId),
    Created(NaiveDate, NaiveDate),
    Directory(DirectoryPart, Option<&'a str>),
    ClientsModified(DateTime<Utc>),
}

impl Call<'_> {
    /// Resource and verb, without anything that identifies a practice or a client: fit for a log.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Add(_) => "job.api/add",
            Self::ApplyTemplate(..) => "job.api/applytemplate",
            Self::Assign(..) => "job.api/assign",
            Self::Get(_) => "job.api/get",
            Self::OfClient(_) => "job.api/client",
            Self::Created(..) => "job.api/list",
            Self::Directory(DirectoryPart::Clients, _) => "client.api/paged-list",
            Self::ClientsModified(_) => "client.api/list",
            Self::Directory(DirectoryPart::Staff, _) => "staff.api/list",
            Self::Directory(DirectoryPart::Templates, _) => "template.api/list",
            Self::Directory(DirectoryPart::Categories, _) => "category.api/list",
        }
    }

    pub(crate) fn method(&self) -> Method {
        match self {
            Self::Add(_) | Self::ApplyTemplate(..) => Method::POST,
            Self::Assign(..) => Method::PUT,
            _ => Method::GET,
        }
    }

    /// The most bytes read of an answer.
    pub(crate) fn limit(&self) -> usize {
        if self.is_list() { LIST } else { ONE }
    }

    /// How long the exchange may take, its body included.
    pub(crate) fn time_out(&self, one: Duration, list: Duration) -> Duration {
        if self.is_list() { list } else { one }
    }

    fn is_list(&self) -> bool {
        matches!(
            self,
            Self::OfClient(_) | Self::Created(..) | Self::Directory(..) | Self::ClientsModified(_)
        )
    }

    /// The address, under the API's root.
    pub(crate) fn url(&self, api: &Url) -> Url {
        let mut url = api.clone();
        {
            let path = format!("{}practicemanager/3.1/{}", api.path(), self.kind());
            url.set_path(&path);
        }
        let segment = match self {
            Self::Get(number) => Some(number.to_string()),
            Self::OfClient(client) => Some(client.to_string()),
            _ => None,
        };
        if let (Some(segment), Ok(mut path)) = (segment, url.path_segments_mut()) {
            path.push(&segment);
        }
        match self {
            Self::OfClient(_) => {
                url.query_pairs_mut().append_pair("detailed", "true");
            }
            Self::Created(from, to) => {
                url.query_pairs_mut()
                    .append_pair("from", &wire::date(*from))
                    .append_pair("to", &wire::date(*to))
                    .append_pair("detailed", "true");
            }
            Self::Directory(DirectoryPart::Clients, cursor) => {
                let mut query = url.query_pairs_mut();
                query.append_pair("pageSize", "500");
                if let Some(cursor) = cursor {
                    query.append_pair("pageToken", cursor);
                }
            }
            Self::ClientsModified(since) => {
                let since = since.format("%Y-%m-%dT%H:%M:%S").to_string();
                url.query_pairs_mut().append_pair("modifiedsince", &since);
            }
            _ => {}
        }
        url
    }

    /// The body; `None` for a read.
    pub(crate) fn body(&self) -> Result<Option<String>, IllegalText> {
        match self {
            Self::Add(job) => wire::add(job).map(Some),
            Self::ApplyTemplate(job, template) => wire::apply_template(job, *template).map(Some),
            Self::Assign(job, team) => wire::assign(job, team).map(Some),
            _ => Ok(None),
        }
    }
}

/// Whether a path can name the job number: a URL drops `.` and `..`, and another call would be made.
pub(crate) fn fits_a_path(number: &JobNumber) -> bool {
    !matches!(number.as_str(), "." | "..")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn url(call: Call<'_>) -> String {
        call.url(&Url::parse("https://api.xero.com/").unwrap())
            .to_string()
    }

    #[test]
    fn every_read_has_the_address_of_the_contract() {
        let base = "https://api.xero.com/practicemanager/3.1";
        let number: JobNumber = "J 1/ä?x#%".parse().unwrap();
        let client = ClientId::new(Uuid::from_u128(1));
        let day = |d| NaiveDate::from_ymd_opt(2026, 11, d).unwrap();
        assert_eq!(
            url(Call::Get(&number)),
            format!("{base}/job.api/get/J%201%2F%C3%A4%3Fx%23%25")
        );
        assert_eq!(
            url(Call::OfClient(client)),
            format!("{base}/job.api/client/{client}?detailed=true")
        );
        assert_eq!(
            url(Call::Created(day(1), day(22))),
            format!("{base}/job.api/list?from=20261101&to=20261122&detailed=true")
        );
        assert_eq!(
            url(Call::Directory(DirectoryPart::Clients, Some("a+b="))),
            format!("{base}/client.api/paged-list?pageSize=500&pageToken=a%2Bb%3D")
        );
        assert_eq!(
            url(Call::Directory(DirectoryPart::Staff, None)),
            format!("{base}/staff.api/list")
        );
        let since = day(22).and_hms_opt(6, 7, 8).unwrap().and_utc();
        assert_eq!(
            url(Call::ClientsModified(since)),
            format!("{base}/client.api/list?modifiedsince=2026-11-22T06%3A07%3A08")
        );
    }

    #[test]
    fn a_number_of_dots_fits_no_path() {
        assert!(!fits_a_path(&"..".parse().unwrap()));
        assert!(!fits_a_path(&".".parse().unwrap()));
        assert!(fits_a_path(&"J1".parse().unwrap()));
        // The address parser drops encoded dots as well, but a percent sign is itself encoded.
        let number: JobNumber = "%2e%2e".parse().unwrap();
        assert!(url(Call::Get(&number)).ends_with("/job.api/get/%252e%252e"));
    }
}

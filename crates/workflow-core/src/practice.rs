//! The practice and the people and clients that it knows.

#[cfg(feature = "proptest")]
mod strategies;

use chrono::NaiveTime;
use uuid::Uuid;

#[cfg(feature = "proptest")]
pub use self::strategies::{arb_client, arb_directory_part, arb_listing, arb_person, arb_practice};
use crate::calendar::WorkingCalendar;
use crate::canonical::canonical;
use crate::ids::{ClientId, PersonId, PracticeId, StaffId};
use crate::numbering::JobNumbering;
use crate::ports::gateway::{DirectoryPart, DirectoryRow};
use crate::text::Name;
use crate::timing::FinancialYearEnd;
use crate::zone::ZoneName;

/// An accounting firm: the unit of isolation, of the time zone and working calendar, of the XPM
/// connection and of its call budget.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Practice {
    /// Its identity.
    pub id: PracticeId,
    /// Its name.
    pub name: Name,
    /// The time zone in which its dates are civil dates.
    pub zone: ZoneName,
    /// The time of day at which deployments of a day become due.
    pub deploy_time: NaiveTime,
    /// Its working days.
    pub calendar: WorkingCalendar,
    /// How many calls a day XPM grants it.
    pub daily_calls: DailyCalls,
    /// Whether it is connected to XPM.
    pub link: Link,
    /// Who numbers its jobs.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "JobNumbering::is_xpm")
    )]
    pub numbering: JobNumbering,
}
canonical!(struct Practice {
    id, name, zone, deploy_time, calendar, daily_calls, link, numbering
});

impl Practice {
    /// A practice that deploys at 06:00, on the starter tier, is not connected, and whose jobs XPM
    /// numbers.
    #[must_use]
    pub fn new(id: PracticeId, name: Name, zone: ZoneName, calendar: WorkingCalendar) -> Self {
        let deploy_time = NaiveTime::from_hms_opt(6, 0, 0).unwrap_or_default();
        let daily_calls = DailyCalls::Starter;
        Self {
            id,
            name,
            zone,
            deploy_time,
            calendar,
            daily_calls,
            link: Link::NotConnected,
            numbering: JobNumbering::Xpm,
        }
    }
}

/// How many calls a day XPM grants one practice, by the application's tier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum DailyCalls {
    /// 1,000 a day.
    #[default]
    Starter,
    /// 5,000 a day.
    Higher,
}
canonical!(
    enum DailyCalls {
        Starter,
        Higher,
    }
);

impl DailyCalls {
    /// The number of calls.
    #[must_use]
    pub fn count(self) -> u32 {
        match self {
            Self::Starter => 1_000,
            Self::Higher => 5_000,
        }
    }
}

/// Whether a practice is connected to XPM. The tokens themselves are in the token store.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Link {
    /// It was never connected, or was disconnected.
    NotConnected,
    /// It is connected.
    Connected {
        /// The XPM tenant.
        tenant: Uuid,
    },
    /// It was connected, and XPM no longer accepts the connection.
    Broken {
        /// What the sign-in service said.
        reason: String,
    },
}
canonical!(enum Link { NotConnected, Connected { tenant }, Broken { reason } });

/// A customer of the practice.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Client {
    /// Its XPM UUID.
    pub id: ClientId,
    /// Its name.
    pub name: Name,
    /// The month in which its financial year ends.
    pub year_end: FinancialYearEnd,
    /// Whether the practice still serves it.
    pub standing: Standing,
}
canonical!(struct Client { id, name, year_end, standing });

impl Client {
    /// A current client whose financial year ends in that month.
    #[must_use]
    pub fn new(id: ClientId, name: Name, year_end: FinancialYearEnd) -> Self {
        let standing = Standing::Current;
        Self {
            id,
            name,
            year_end,
            standing,
        }
    }
}

/// Whether something is still in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Standing {
    /// In use.
    #[default]
    Current,
    /// Archived or deleted in XPM.
    Gone,
}
canonical!(
    enum Standing {
        Current,
        Gone,
    }
);

/// One of the practice's own people.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Person {
    /// The host application's key.
    pub id: PersonId,
    /// The person's name.
    pub name: Name,
    /// The person's e-mail address.
    pub email: Option<String>,
    /// The member of XPM's staff that the person is linked to.
    pub staff: Option<StaffId>,
}
canonical!(struct Person { id, name, email, staff });

/// A row of XPM's directory (staff, job templates, categories), kept so that nobody waits for XPM.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Listing {
    /// Which part it belongs to.
    pub part: DirectoryPart,
    /// What XPM lists.
    pub row: DirectoryRow,
    /// Whether XPM still lists it.
    pub standing: Standing,
}
canonical!(struct Listing { part, row, standing });

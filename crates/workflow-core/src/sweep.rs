//! The sweep: what a nightly look over the jobs that XPM created found, and how far it came.
//!
//! A look-up settles what was lost at once. What XPM carries out later than the settle time, or what
//! was made before a backup was restored, only the sweep sees: it reads the markers of all jobs of
//! the last days, and compares them with the ledger. Where XPM lists jobs without their
//! descriptions there are no markers to read: then the clients that matter are looked through one
//! by one, and what could not be compared is [`Unchecked`].

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};

use crate::canonical::canonical;
use crate::deployment::{Deployment, JobRef, Marker, StepState};
use crate::ids::ClientId;

/// How far the sweep of a practice came, and what the ledger did not know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Sweep {
    /// The last of the practice's days whose jobs were all seen.
    pub through: NaiveDate,
    /// When the last sweep was made.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub swept_at: Option<DateTime<Utc>>,
    /// The last time that the store was restored from a backup.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub restored: Option<Restored>,
    /// Jobs with a marker of ours of which the ledger knows nothing: a sign of a restored backup, or
    /// of a job that somebody copied in XPM.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub strangers: Vec<Stranger>,
    /// What could not be compared; `None` once a sweep has compared it.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub unchecked: Option<Unchecked>,
}
canonical!(struct Sweep { through, swept_at, restored, strangers, unchecked });

/// Days whose jobs were not all compared with the ledger, since XPM listed them without their
/// descriptions. The next list that has descriptions covers them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Unchecked {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// When XPM was last asked for them.
    pub asked_at: DateTime<Utc>,
    /// Clients of a create whose reply was lost on these days, and whose jobs were not looked
    /// through yet. Of every other client nothing was lost, so a second job is not to be expected.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "BTreeSet::is_empty")
    )]
    pub clients: BTreeSet<ClientId>,
}
canonical!(struct Unchecked { from, to, asked_at, clients });

/// A store that was restored from a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Restored {
    /// When it was restored: what fell due before may have been deployed.
    pub at: DateTime<Utc>,
    /// When the backup was taken.
    pub taken_at: DateTime<Utc>,
}
canonical!(struct Restored { at, taken_at });

/// A job with a marker of ours of which the ledger knows nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Stranger {
    /// Its marker.
    pub marker: Marker,
    /// The job.
    pub job: JobRef,
}
canonical!(struct Stranger { marker, job });

impl Sweep {
    /// Whether a deployment may have in XPM what the ledger does not know of: it fell due before a
    /// backup was restored, or no sweep was made since, or the sweep saw its marker, or its job
    /// was found and never sent, so that whoever made it may have gone further.
    ///
    /// ```
    /// use workflow_core::sweep::Sweep;
    /// use workflow_core::testing::samples::{self, Stage};
    /// use workflow_core::workflow::Occurrence;
    /// let begun = samples::deployment(1, Occurrence::Once, samples::minute(5), Stage::Begun);
    /// let sweep = Sweep {
    ///     through: samples::day(0),
    ///     swept_at: None,
    ///     restored: None,
    ///     strangers: vec![],
    ///     unchecked: None,
    /// };
    /// assert!(!sweep.owes_a_look(&begun));
    /// ```
    #[must_use]
    pub fn owes_a_look(&self, deployment: &Deployment) -> bool {
        let restored = self.restored.is_some_and(|restored| {
            deployment.deploy_at() < restored.at || self.swept_at.is_none_or(|at| at < restored.at)
        });
        let seen = self
            .strangers
            .iter()
            .any(|stranger| stranger.marker == *deployment.marker());
        let found = deployment.steps().first().is_some_and(|create| {
            create.sends == 0 && create.lost > 0 && matches!(create.state, StepState::Done { .. })
        });
        restored || seen || found
    }
}

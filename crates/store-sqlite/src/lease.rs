//! Leases: who may deploy for a practice. Granted by an owner alone, and dead with it.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};
use workflow_core::deployment::Fence;
use workflow_core::ids::{HolderId, PracticeId};
use workflow_core::ports::store::{Lease, LeaseAnswer, LeaseRequest, StoreError};

use crate::batch::Stop;
use crate::commit::{fence_lost, start};
use crate::rows;
use crate::seat::Seat;
use crate::sql;

type Outcome<T> = Result<T, Stop<StoreError>>;

/// What is stored of a practice's lease.
#[derive(Debug)]
struct Row {
    /// The number of the last lease that was granted.
    fence: u64,
    /// `None` once it was given back.
    holder: Option<HolderId>,
    epoch: i64,
    since: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

/// Refuses a fence that is not the practice's, and any fence of a process that does not own the
/// database: its lock file may have been taken away, or it may be a guest.
pub(crate) fn check_fence(
    db: &Connection,
    seat: &Seat,
    practice: &PracticeId,
    fence: Option<Fence>,
) -> Outcome<()> {
    let Some(fence) = fence else { return Ok(()) };
    let epoch = current_epoch(db)?;
    let Some(row) = read(db, practice)? else {
        return Err(fence_lost(0));
    };
    let held = row.holder.is_some() && row.epoch == epoch && row.fence == fence.0;
    if !held {
        return Err(fence_lost(row.fence));
    }
    if seat.epoch == Some(epoch) {
        Ok(())
    } else {
        Err(seat.not_owner().into())
    }
}

/// Grants, renews or refuses.
pub(crate) fn lease(
    db: &Connection,
    seat: &Seat,
    practice: &PracticeId,
    request: &LeaseRequest,
) -> Outcome<LeaseAnswer> {
    let epoch = current_epoch(db)?;
    if seat.epoch != Some(epoch) {
        return Err(seat.not_owner().into());
    }
    let LeaseRequest { holder, now, time } = request;
    let before = read(db, practice)?;
    let last = before.as_ref().map_or(0, |row| row.fence);
    // A lease of an older epoch was granted to a process that is dead.
    let held = before
        .filter(|row| row.epoch == epoch)
        .and_then(|row| Some((row.holder.clone()?, row)));
    let (fence, since) = match held {
        Some((by, row)) if by == *holder => (last, row.since),
        Some((by, row)) if row.expires_at > *now => {
            let (holder, until) = (by, row.expires_at);
            return Ok(LeaseAnswer::Held { holder, until });
        }
        _ => (last + 1, *now),
    };
    let expires_at = now
        .checked_add_signed(*time)
        .unwrap_or(DateTime::<Utc>::MAX_UTC);
    start(db, practice)?;
    db.prepare_cached(sql::owner::PUT_LEASE)?.execute(params![
        practice.as_str(),
        rows::integer(fence),
        holder.as_str(),
        epoch,
        rows::stamp(since),
        rows::stamp(expires_at),
    ])?;
    Ok(LeaseAnswer::Granted(Lease {
        fence: Fence(fence),
        since,
        expires_at,
    }))
}

/// Gives a lease back, where it is the holder's and of this owner.
pub(crate) fn release(
    db: &Connection,
    seat: &Seat,
    practice: &PracticeId,
    holder: &HolderId,
) -> Outcome<()> {
    let Some(epoch) = seat.epoch else {
        return Ok(());
    };
    let mut statement = db.prepare_cached(sql::owner::RELEASE)?;
    statement.execute(params![practice.as_str(), holder.as_str(), epoch])?;
    Ok(())
}

pub(crate) fn current_epoch(db: &Connection) -> rusqlite::Result<i64> {
    db.prepare_cached(sql::owner::EPOCH)?
        .query_row([], |row| row.get(0))
}

fn read(db: &Connection, practice: &PracticeId) -> Outcome<Option<Row>> {
    let what = "a lease";
    let mut statement = db.prepare_cached(sql::owner::LEASE)?;
    let mut found = statement.query(params![practice.as_str()])?;
    let Some(row) = found.next()? else {
        return Ok(None);
    };
    let holder: Option<String> = row.get(1).map_err(|error| rows::damaged(what, &error))?;
    let holder = holder.map(HolderId::try_from).transpose();
    Ok(Some(Row {
        fence: rows::number(what, rows::column(row, 0, what)?)?,
        holder: holder.map_err(|error| rows::damaged(what, &error))?,
        epoch: rows::column(row, 2, what)?,
        since: rows::instant(rows::column(row, 3, what)?),
        expires_at: rows::instant(rows::column(row, 4, what)?),
    }))
}

//! Preflight: what of the coming days will fail, from what the practice knows.

use chrono::{DateTime, Days, TimeDelta, Utc};

use super::{CommandError, PracticeHandle};
use crate::plan::{Conflict, Flight, Preflight};
use crate::ports::store::{Activity, Whose};
use crate::practice::Link;

/// A connection that is not used for so long expires.
const LINK_LASTS: TimeDelta = TimeDelta::days(60);

/// The most occurrences of one workflow that are looked at.
const MOST_OF_ONE: usize = 4_000;

impl PracticeHandle {
    /// What of the next `days` days, today included, will fail or be held, and why. It makes no
    /// call: what it says of XPM's directory is what was last listed of it, and a part of the
    /// directory that was never listed says nothing.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`] where the practice was never set up, and any error of the store.
    pub async fn preflight(&self, days: u16) -> Result<Preflight, CommandError> {
        let ground = self.ground().await?;
        let now = self.now();
        let today = ground.zone.today(now);
        let ahead = Days::new(u64::from(days.saturating_sub(1)));
        let until = today.checked_add_days(ahead).unwrap_or(today);
        let active = Some(Activity::Active);
        let found = self.all_workflows(Whose::Everybody, active).await?;
        let known = self.known(found.iter().map(|found| &found.value)).await?;
        let mut flight = Flight::new(&known, today, until);
        for workflow in found.iter().map(|found| &found.value) {
            let Some(client) = known.clients.get(&workflow.client()) else {
                continue;
            };
            let placing = ground.placing(client.year_end, now);
            let upcoming = workflow.upcoming_checked(&placing, until, MOST_OF_ONE);
            flight.look(workflow, client, &upcoming);
        }
        match ground.practice.link {
            Link::NotConnected => flight.hits_all(Conflict::NotConnected, today),
            Link::Broken { reason } => flight.hits_all(Conflict::LinkBroken { reason }, today),
            Link::Connected { .. } => {
                let expires = self.connected_until().await?;
                let expires = expires.map(|at| ground.zone.today(at));
                let used = flight.first_day();
                if let Some(on) = expires.filter(|on| used.is_none_or(|day| *on <= day))
                    && on <= until
                {
                    flight.hits_all(Conflict::LinkExpires { on }, on);
                }
            }
        }
        let budget = self.budget().await?;
        Ok(flight.end(&budget, now))
    }

    /// Until when the practice's connection to XPM lasts where it is not used before: as the gateway
    /// knows it, else sixty days after the last call that was debited here. `None` where the
    /// practice is not connected or nothing is known. No call is made.
    ///
    /// # Errors
    ///
    /// As [`PracticeHandle::preflight`].
    pub async fn connected_until(&self) -> Result<Option<DateTime<Utc>>, CommandError> {
        if !matches!(self.practice().await?.value.link, Link::Connected { .. }) {
            return Ok(None);
        }
        let gateway = &self.service.ports.gateway;
        if let Some(until) = gateway.connected_until(&self.id).await {
            return Ok(Some(until));
        }
        // Every call renews the connection, and the budget remembers the last one.
        let last = self.store().budget(&self.id).await?;
        Ok(last.map(|budget| budget.minute_began + LINK_LASTS))
    }
}

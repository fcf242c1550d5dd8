//! Refreshing what is kept of XPM's directory, one call at a time, while nothing is to be deployed.

use std::sync::atomic::Ordering;

use workflow_core::ports::gateway::DirectoryPart;
use workflow_core::service::{Call, CommandError, Refreshed};

use super::{Driver, Held};
use crate::DirectoryRefresh;
use crate::application::Claim;

impl Driver {
    /// Makes one call of a refresh where one is due; says whether it did.
    pub(super) async fn refresh(&mut self, held: &Held) -> Result<bool, CommandError> {
        let left = self.options.directory == DirectoryRefresh::Left;
        let waits = self.refresh_from.is_some_and(|from| from > self.now());
        if left || waits || self.stuck || self.is_blocked() {
            return Ok(false);
        }
        let Some(call) = self.handle.refresh_due().await?.now else {
            return Ok(false);
        };
        let driven = self.shared.driven.load(Ordering::Relaxed);
        let _place = match self.place_aside(Claim::Due, driven) {
            Ok(place) => place,
            Err(until) => {
                self.refresh_from = Some(until);
                return Ok(false);
            }
        };
        let refresh = match self.handle.begin_refresh(&held.lease, call).await? {
            Ok(refresh) => refresh,
            Err(until) => {
                self.shared.application.give_back(self.handle.id());
                self.refresh_from = Some(until);
                return Ok(false);
            }
        };
        let call = Call::ListDirectory(refresh.call.clone());
        let outcome = self.call_aside(held, &call).await?;
        let refreshed = self
            .handle
            .refreshed(&held.lease, &refresh, &outcome)
            .await?;
        if let Some(refreshed) = refreshed {
            self.tell_refreshed(&refreshed);
        }
        Ok(true)
    }

    fn tell_refreshed(&self, refreshed: &Refreshed) {
        let Refreshed {
            directory,
            part,
            rows,
            changed,
            linked,
        } = refreshed;
        let practice = self.handle.id();
        if let Some(trouble) = &directory.listed(*part).trouble {
            let why = &trouble.text;
            tracing::warn!(%practice, ?part, why, "a part of XPM's directory could not be listed");
            return;
        }
        match directory.paging.get(part) {
            Some(paging) => {
                let (pages, so_far) = (paging.pages, paging.rows);
                tracing::info!(%practice, ?part, pages, so_far, "XPM's directory is being listed");
            }
            None if *part == DirectoryPart::Staff => {
                tracing::info!(%practice, ?part, rows, changed, linked, "XPM's directory was listed");
            }
            None => {
                tracing::info!(%practice, ?part, rows, changed, "XPM's directory was listed");
            }
        }
    }
}

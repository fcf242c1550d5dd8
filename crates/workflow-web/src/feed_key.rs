//! Addresses of calendar feeds that whoever holds one can read, and nobody can make up.

use std::fmt;

use axum::extract::Query;
use axum::http::request::Parts;
use workflow_core::deployment::Digest;
use workflow_core::ids::PracticeId;

use crate::host::{CalendarFeed, Unwelcome, percent_encoded};

/// A secret of the host that signs the addresses of calendar feeds.
///
/// Calendar programs do not sign in. So an address holds its own permission: the practice, and a
/// signature over practice and feed, which only the holder of the secret can make. Whoever is given
/// the address can read that one feed and nothing else; to call all addresses back, change the
/// secret.
///
/// ```
/// use axum::http::Request;
/// use workflow_web::{CalendarFeed, FeedKey};
///
/// let key = FeedKey::new(b"0123456789abcdef0123456789abcdef")?;
/// let address = key.address(&"acme".parse()?, &CalendarFeed::Practice, "/clients/calendar.ics");
/// let (request, ()) = Request::get(address).body(())?.into_parts();
/// assert_eq!(key.reader(&request, &CalendarFeed::Practice)?, "acme".parse()?);
/// assert!(FeedKey::new(b"short").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct FeedKey {
    secret: Vec<u8>,
}

/// A secret that is too short to sign with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the secret of calendar feeds must be {} bytes at least, got {got}",
    FeedKey::SHORTEST
)]
pub struct FeedKeyError {
    /// How many bytes there are.
    pub got: usize,
}

impl fmt::Debug for FeedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FeedKey").finish_non_exhaustive()
    }
}

impl FeedKey {
    /// The fewest bytes of a secret.
    pub const SHORTEST: usize = 32;

    /// A key with that secret, which is to be random and kept as any password is.
    ///
    /// # Errors
    ///
    /// [`FeedKeyError`] where it is shorter than [`FeedKey::SHORTEST`].
    pub fn new(secret: &[u8]) -> Result<Self, FeedKeyError> {
        let got = secret.len();
        if got < Self::SHORTEST {
            return Err(FeedKeyError { got });
        }
        let secret = secret.to_owned();
        Ok(Self { secret })
    }

    /// The address of a feed, for [`Host::feed_url`](crate::Host::feed_url): its path with the
    /// permission to read it.
    #[must_use]
    pub fn address(&self, practice: &PracticeId, feed: &CalendarFeed, path: &str) -> String {
        let named = percent_encoded(practice.as_str());
        let signature = self.signature(practice, feed);
        format!("{path}?practice={named}&key={signature}")
    }

    /// The practice whose feed an address lets somebody read, for
    /// [`Host::feed_reader`](crate::Host::feed_reader).
    ///
    /// # Errors
    ///
    /// [`Unwelcome::Stranger`] where the address was not made with this secret for this feed.
    pub fn reader(&self, request: &Parts, feed: &CalendarFeed) -> Result<PracticeId, Unwelcome> {
        let query = Query::<Vec<(String, String)>>::try_from_uri(&request.uri);
        let Query(query) = query.map_err(|_| Unwelcome::Stranger)?;
        let value = |name: &str| {
            let mut found = query.iter().filter(|(found, _)| found == name);
            found.next().map(|(_, value)| value.as_str())
        };
        let practice = value("practice").and_then(|name| name.parse::<PracticeId>().ok());
        let practice = practice.ok_or(Unwelcome::Stranger)?;
        let given = value("key").unwrap_or_default();
        // Digests of both are compared, so that how long it takes says nothing of the signature.
        let digest = |text: &str| Digest::of(&[&self.secret, text.as_bytes()]);
        let expected = self.signature(&practice, feed).to_string();
        match digest(given) == digest(&expected) {
            true => Ok(practice),
            false => Err(Unwelcome::Stranger),
        }
    }

    /// The secret is hashed around an inner digest of it and the message, so that no message can be
    /// lengthened.
    fn signature(&self, practice: &PracticeId, feed: &CalendarFeed) -> Digest {
        let message = format!("workflow feed 1\0{practice}\0{feed}");
        let inner = Digest::of(&[b"inner\0", &self.secret, b"\0", message.as_bytes()]);
        Digest::of(&[b"outer\0", &self.secret, b"\0", inner.as_str().as_bytes()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn parts(address: &str) -> Parts {
        Request::get(address).body(()).unwrap().into_parts().0
    }

    #[test]
    fn an_address_opens_its_own_feed_alone() {
        let key = FeedKey::new(&[7; 32]).unwrap();
        let acme: PracticeId = "acme".parse().unwrap();
        let client = CalendarFeed::Client("a0b1c2d3-0000-4000-8000-000000000001".parse().unwrap());
        let other = CalendarFeed::Client("a0b1c2d3-0000-4000-8000-000000000002".parse().unwrap());
        let address = key.address(&acme, &client, "/calendar.ics");
        assert_eq!(key.reader(&parts(&address), &client), Ok(acme.clone()));
        let stranger = Err(Unwelcome::Stranger);
        for feed in [other, CalendarFeed::Practice] {
            assert_eq!(key.reader(&parts(&address), &feed), stranger);
        }
        let renewed = FeedKey::new(&[8; 32]).unwrap();
        assert_eq!(renewed.reader(&parts(&address), &client), stranger);
        let swapped = address.replace("practice=acme", "practice=other");
        for forged in [
            &*swapped,
            "/calendar.ics",
            "/calendar.ics?practice=acme",
            "/calendar.ics?practice=acme&key=",
            "/calendar.ics?practice=%ff&key=%00",
            &address[..address.len() - 1],
        ] {
            assert_eq!(key.reader(&parts(forged), &client), stranger, "{forged}");
        }
    }

    #[test]
    fn a_secret_is_long_and_never_shown() {
        let error = FeedKey::new(&[1; 31]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the secret of calendar feeds must be 32 bytes at least, got 31"
        );
        assert_eq!(
            format!("{:?}", FeedKey::new(&[65; 32]).unwrap()),
            "FeedKey { .. }"
        );
    }
}
